"""Rows: one entry of ``constraints`` becomes a Constraint, or faults that say what it cannot mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.metrics import parse
from sbrt_qa.protocol.columns import judge_pair, read_limits, sensible_limit
from sbrt_qa.protocol.definition import Condition, Constraint
from sbrt_qa.protocol.draft import near

if TYPE_CHECKING:
    from sbrt_qa.metrics import Metric
    from sbrt_qa.protocol.draft import Draft
    from sbrt_qa.protocol.yaml_source import Path

_HOT_PART = re.compile(r"(?:.*:)?D([0-9]+(?:\.[0-9]+)?)cc(?:\[.*)?")
_NO_LEVEL = re.compile(r"(?:.*:)?C?V0(?:\.0*)?(?:Gy|%)\[.*")
TWO_READINGS_FROM_CC = 100.0


@dataclass(frozen=True, slots=True)
class Known:
    """What rows may refer to: role ids, those of them that several structures may fill, and source keys."""

    roles: frozenset[str]
    many: frozenset[str]
    sources: frozenset[str]


def read_rows(draft: Draft, rows: list[dict[str, Any]], known: Known) -> tuple[Constraint, ...]:
    """Read every row; the result is complete only when no fault was noted."""
    first_line: dict[str, int] = {}
    constraints = []
    for number, row in enumerate(rows):
        path: Path = ("constraints", number)
        if path in draft.source.faulty:
            continue
        row_id = row.get("id", "")
        if row_id in first_line:
            what = f"constraint id '{row_id}' stands here a second time (first in line {first_line[row_id]})"
            draft.fault((*path, "id"), what, mend="give each constraint its own id", code="yaml-duplicate-key")
        elif row_id:
            first_line[row_id] = draft.source.place((*path, "id")).line
        constraint = _read_row(draft, path, row, known)
        if constraint is not None:
            constraints.append(constraint)
    return tuple(constraints)


def _read_row(draft: Draft, path: Path, row: dict[str, Any], known: Known) -> Constraint | None:
    _judge_references(draft, path, row, known)
    _judge_evidence(draft, path, row)
    metric = (
        draft.attempt((*path, "metric"), lambda: metric_of(row["metric"]), code="metric-unknown")
        if "metric" in row
        else None
    )
    goal = acceptable = None
    if _is_judged(draft, path, row) and metric is not None:
        goal = read_limits(draft, (*path, "goal"), row.get("goal"), metric)
        acceptable = read_limits(draft, (*path, "acceptable"), row.get("acceptable"), metric)
        if goal is not None and acceptable is not None:
            judge_pair(draft, (*path, "acceptable"), goal, acceptable, row.get("acceptable"))
    if metric is None:
        return None
    return Constraint(
        id=row.get("id", ""),
        structure=row.get("structure", ""),
        metric=metric,
        goal=goal,
        acceptable=acceptable,
        required=row.get("required", True),
        source=row.get("source", ""),
        why=" ".join(row.get("why", "").split()),
        mend=" ".join(row.get("mend", "").split()),
        evidence=row.get("evidence", ""),
        verify=row.get("verify", False),
        suggested=row.get("suggested", False),
        where=draft.where(path),
        when=_condition(draft, (*path, "when"), row, known),
    )


def _condition(draft: Draft, path: Path, row: dict[str, Any], known: Known) -> Condition | None:
    """Read where a row is asked; None when everywhere, or when that has a fault."""
    form = row.get("when")
    if form is None:
        return None
    if row.get("report", False):
        what = "a report row is always reported, so 'when' has no effect"
        draft.fault(path, what, mend="leave out when, or report", code="report-with-limit", key=True)
    role = form.get("structure", "")
    if role and role not in known.roles:
        mend = near(role, known.roles, "define it under structures")
        draft.fault((*path, "structure"), f"unknown structure '{role}'", mend=mend, code="structure-unknown")
    elif role in known.many:
        what = f"'{role}' may be several structures, so it is not clear which one 'when' looks at"
        draft.fault((*path, "structure"), what, mend="derive their union", code="condition-many")
    if "metric" not in form or "is" not in form:
        return None
    metric = draft.attempt((*path, "metric"), lambda: metric_of(form["metric"]), code="metric-unknown")
    if metric is None:
        return None
    limit = draft.attempt((*path, "is"), lambda: sensible_limit(form["is"], metric, "is"), code="limit-number")
    return None if limit is None else Condition(role, metric, limit)


def _judge_references(draft: Draft, path: Path, row: dict[str, Any], known: Known) -> None:
    if "structure" in row and row["structure"] not in known.roles:
        mend = near(row["structure"], known.roles, "define it under structures")
        what = f"unknown structure '{row['structure']}'"
        draft.fault((*path, "structure"), what, mend=mend, code="structure-unknown")
    if "source" in row and row["source"] not in known.sources:
        mend = near(row["source"], known.sources, "define it under sources")
        draft.fault((*path, "source"), f"unknown source '{row['source']}'", mend=mend, code="source-unknown")


def _judge_evidence(draft: Draft, path: Path, row: dict[str, Any]) -> None:
    if row.get("evidence") == "M-hi" and not row.get("verify", False) and (*path, "verify") not in draft.source.faulty:
        what = "evidence M-hi (recalled, not seen in the source) without verify"
        draft.fault((*path, "evidence"), what, mend="add verify: true", code="evidence-unverified")


def _is_judged(draft: Draft, path: Path, row: dict[str, Any]) -> bool:
    """Note what a report row must not have and a judged row must; True when limits are to be read."""
    if (*path, "report") in draft.source.faulty:
        return False
    if row.get("report", False):
        for key in ("goal", "acceptable"):
            if draft.has((*path, key)):
                what = f"a report row is never judged, so '{key}' has no effect"
                draft.fault((*path, key), what, mend=f"leave out {key}, or report", code="report-with-limit", key=True)
        return False
    if not draft.has((*path, "goal")):
        what = f"constraint {_title(row)} has no goal"
        code = "goal-missing"
        if draft.has((*path, "acceptable")):
            what, code = f"{what}, only an acceptable limit", "acceptable-without-goal"
        draft.fault(path, what, mend="add goal: '<= 25.3 Gy', or report: true", code=code)
    if not draft.has((*path, "source")):
        what = f"constraint {_title(row)} is judged and names no source"
        draft.fault(path, what, mend="add source: with a key of sources", code="source-missing")
    return True


def _title(row: dict[str, Any]) -> str:
    return f"'{row['id']}'" if "id" in row else "without id"


def metric_of(text: str) -> Metric:
    """Return a metric of the grammar; refuses in a protocol what two readers may read differently."""
    plain = "".join(text.split())
    if _NO_LEVEL.fullmatch(plain):
        what = f"'{text}' has no dose level: every plan gives at least 0 Gy everywhere"
        raise SbrtQaError(what, mend="write the level, or Volume[cc]", code="metric-unknown")
    match = _HOT_PART.fullmatch(plain)
    if match is not None and float(match[1]) >= TWO_READINGS_FROM_CC:
        part = f"{match[1]} cc"
        raise SbrtQaError(
            f"'{text}' has two readings: dose to the hottest {part}, or highest dose in the coldest {part}",
            mend=f"write DC{match[1]}cc[Gy] for the coldest part, or CV15Gy[cc] for the volume below 15 Gy",
            code="metric-two-readings",
        )
    return parse(text)
