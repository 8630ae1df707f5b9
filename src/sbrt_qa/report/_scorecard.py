"""The scorecard as people read it: order, rounding, marks and sentences shared by every readable report."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.evaluate import is_harmless
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report.text import clean
from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding

STANDING = (
    "An independent consistency check, not a medical device. It does not verify the dose calculation "
    "or the delivery, and it does not consider earlier treatments."
)
VERIFY = "verify: this number has not yet been checked against its source."
DASH = "—"
METRIC_CELLS = 9
_LIMIT = re.compile(r"\s*(<=|<|>=|>)\s*([-+]?[\d.]+(?:[eE][-+]?\d+)?)")
_GLYPHS = {"<=": "≤", ">=": "≥"}


@dataclass(frozen=True, slots=True)
class Row:
    """One finding, ready to be read.

    Parameters
    ----------
    finding : Finding
        What is shown.
    name : str
        The ROI, or the role in parentheses where no ROI fills it.
    metric : str
        Metric without the unit that the value carries.
    value, limit, acceptable, margin : str
        Rounded for people; a dash where there is none.
    room : float or None
        Margin as a share of the goal, -1..1: what a bar shows.
    interval : str
        The numerical interval, rounded; empty where it is no wider than the rounding, or not known.
    marks : tuple of str
        What must not be missed: exact value, interval, second limit, verify, reason codes.
    """

    finding: Finding
    name: str
    metric: str
    value: str
    limit: str
    acceptable: str
    margin: str
    room: float | None
    interval: str
    marks: tuple[str, ...]


def scorecard(evaluation: Evaluation) -> tuple[Row, ...]:
    """Return the findings worst first: FAIL, UNDECIDED, VARIATION, PASS, then what decides nothing.

    Within a verdict the least margin, as a share of its limit, comes first. Optional structures that
    are not there follow the passed rows, and rows that are only reported come last.
    """
    rows = (row_of(finding) for finding in evaluation.findings)
    return tuple(sorted(rows, key=_badness))


def _badness(row: Row) -> tuple[float, float]:
    rank: float = -1.0 if row.finding.verdict is None else row.finding.verdict.rank
    if is_harmless(row.finding):
        rank = -0.5
    return -rank, 0.0 if row.room is None else _share(row.finding)


def is_absent(finding: Finding) -> bool:
    """Tell whether a row decides nothing because its structure is not there: optional, or only reported."""
    return is_harmless(replace(finding, required=False, verdict=Verdict.UNDECIDED)) and (
        finding.verdict is None or not finding.required
    )


def row_of(finding: Finding) -> Row:
    """Return one finding, ready to be read."""
    return Row(
        finding=finding,
        name=clean(finding.roi) if finding.roi is not None else f"({clean(finding.structure)})",
        metric=re.sub(r"\[[^\]]*\]$", "", clean(finding.metric)),
        value=DASH if finding.value is None else show(finding.value, finding.unit),
        limit=limit_text(finding.goal) or DASH,
        acceptable=limit_text(finding.acceptable),
        margin=_margin_text(finding),
        room=None if finding.margin is None else max(-1.0, min(1.0, _share(finding))),
        interval=_interval_words(finding),
        marks=tuple(_marks(finding)),
    )


def short_metric(metric: str) -> str:
    """Leave the parameters of a long metric out where there is no room for them: ``NTCP``, ``EQD2 D0.5cc``."""
    return metric if len(metric) <= METRIC_CELLS else re.sub(r"\([^)]*\)", "", metric).replace(":", " ")


def _share(finding: Finding) -> float:
    """Margin as a share of the goal; a goal of zero makes any margin all of it."""
    margin = finding.margin or 0.0
    if finding.goal_value:
        return margin / abs(finding.goal_value)
    return math.copysign(1.0, margin) if margin else 0.0


def limit_text(text: str) -> str:
    """Return a limit as people write it: ``≤ 30 Gy``."""
    return re.sub("[<>]=", lambda match: _GLYPHS[match[0]], clean(text))


def _margin_text(finding: Finding) -> str:
    if finding.margin is None:
        return DASH
    rounded = show(finding.margin, finding.unit).removesuffix(finding.unit).strip()
    if finding.margin and float(rounded) == 0.0:
        rounded = f"{finding.margin:.1g}"
    sign = "" if finding.margin <= 0.0 else "+"
    return (sign + rounded).replace("-", "−")


def _marks(finding: Finding) -> list[str]:
    marks = []
    if finding.acceptable:
        marks.append(f"acceptable {limit_text(finding.acceptable)}")
    if hides_decision(finding):
        marks.append(f"exactly {finding.value!r} {finding.unit}".rstrip())
    if finding.borderline:
        marks.append(f"borderline{_interval_text(finding)}")
    if finding.verify:
        marks.append("verify")
    if not finding.required and finding.value is None:
        marks.append("optional")
    return marks + [clean(code) for code in finding.reason]


def _interval_words(finding: Finding) -> str:
    if finding.interval is None or finding.value is None:
        return ""
    low, high = (DASH if end is None else show(end, finding.unit) for end in finding.interval)
    return "" if low == high else f"{low.removesuffix(finding.unit).strip()} to {high}"


def _interval_text(finding: Finding) -> str:
    if finding.interval is None:
        return ""
    low, high = (DASH if end is None else show(end, finding.unit) for end in finding.interval)
    return f": {low} to {high}"


def hides_decision(finding: Finding) -> bool:
    """Return whether the rounded value stands otherwise to a limit than the value itself."""
    if finding.value is None:
        return False
    rounded = float(show(finding.value, "", _digits(finding)))
    return any(
        _meets(rounded, limit) != _meets(finding.value, limit) for limit in (finding.goal, finding.acceptable) if limit
    )


def _digits(finding: Finding) -> int:
    text = show(finding.value or 0.0, finding.unit).removesuffix(finding.unit).strip()
    return len(text.partition(".")[2])


def _meets(value: float, limit: str) -> bool | None:
    match = _LIMIT.match(limit)
    if match is None:
        return None
    bound = float(match[2])
    return {"<=": value <= bound, "<": value < bound, ">=": value >= bound, ">": value > bound}[match[1]]


def headline(evaluation: Evaluation) -> str:
    """Return the verdict as one sentence that says what it rests on."""
    judged = [f for f in evaluation.findings if f.verdict is not None and not is_harmless(f)]
    verdict = evaluation.verdict
    if refusal := _refusal(evaluation):
        return f"Cannot be decided: the case was not judged. {refusal}"
    if verdict is Verdict.PASS:
        constraints, checks = _all(len(judged), "constraint"), _all(len(evaluation.checks), "check")
        return f"Meets the protocol: {constraints} and {checks} passed."
    opening = {
        Verdict.FAIL: "Does not meet the protocol",
        Verdict.UNDECIDED: "Cannot be decided",
        Verdict.VARIATION: "Meets the protocol with acceptable variations",
    }[verdict]
    if evaluation.protocol is None:
        opening = f"{opening} without a protocol"
    parts = [*_constraint_parts(judged, verdict), *_check_parts(evaluation.checks)]
    return f"{opening}: {', '.join(parts)}." if parts else f"{opening}."


def shared_reasons(evaluation: Evaluation) -> frozenset[str]:
    """Return the reason codes that every judged row carries: what is in doubt is the case, not a row."""
    judged = [f for f in evaluation.findings if f.verdict is not None]
    reasons = [frozenset(f.reason) for f in judged if f.verdict is Verdict.UNDECIDED]
    if len(reasons) < len(judged):
        return frozenset()
    return frozenset.intersection(*reasons) if len(reasons) > 1 else frozenset()


def _refusal(evaluation: Evaluation) -> str:
    """Return why the case as a whole was not judged; empty when it was."""
    shared = shared_reasons(evaluation)
    if not shared or any(finding.value is not None for finding in evaluation.findings):
        return ""
    sentences = (clean(check.sentence) for check in evaluation.checks if shared & set(check.reason))
    return next(sentences, "") if not evaluation.curves else ""


_WORDS = {Verdict.FAIL: "failed", Verdict.UNDECIDED: "undecided", Verdict.VARIATION: "with a variation"}


def _constraint_parts(judged: Sequence[Finding], worst: Verdict) -> list[str]:
    parts: list[str] = []
    for verdict, word in _WORDS.items():
        count = sum(finding.verdict is verdict for finding in judged)
        if count and verdict.rank <= worst.rank:
            of = "" if parts else f" of {_count(len(judged), 'constraint')}"
            parts.append(f"{count}{of} {word}")
    return parts


def _check_parts(checks: Sequence[CheckFinding]) -> list[str]:
    words = {Verdict.FAIL: "failed", Verdict.UNDECIDED: "undecided", Verdict.VARIATION: "with a warning"}
    counts = {verdict: sum(check.verdict is verdict for check in checks) for verdict in words}
    return [f"{_count(count, 'check')} {words[verdict]}" for verdict, count in counts.items() if count]


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _all(number: int, noun: str) -> str:
    return f"the only {noun}" if number == 1 else f"all {number} {noun}s"


def plan_label(evaluation: Evaluation) -> str:
    """Return the plan's label, or what stands for it."""
    case = evaluation.case
    if case.get("plan_label"):
        return clean(str(case["plan_label"]))
    if case.get("plan_uid"):
        return "plan without a label"
    return "no plan in the export" if case.get("id") else "could not be read"


def protocol_line(evaluation: Evaluation) -> str:
    """Return id, version and status of the protocol; says so where there is none."""
    protocol = evaluation.protocol
    if protocol is None:
        return "none: only the integrity checks were run"
    status = f" ({protocol['status']})" if protocol.get("status") else ""
    return clean(f"{protocol.get('id', '')} {protocol.get('version', '')}".strip() + status)


def verify_line(evaluation: Evaluation) -> str:
    """Return how many rows rest on a number that is not yet checked; empty when none does."""
    count = sum(finding.verify for finding in evaluation.findings)
    return f"verify: {_count(count, 'number')} not yet checked" if count else ""


def prescription_line(evaluation: Evaluation) -> str:
    """Return dose, fractions and where they are stated."""
    stated = evaluation.prescription
    gy, fractions, source = stated.get("gy"), stated.get("fractions"), stated.get("source")
    dose = "dose unknown" if gy is None else show(float(gy), "Gy")
    course = "number of fractions unknown" if fractions is None else f"in {_count(int(fractions), 'fraction')}"
    origin = f" (from the {clean(str(source))})" if source else ""
    return f"{dose}{', ' if gy is None or fractions is None else ' '}{course}{origin}"


def sampling_line(provenance: Mapping[str, Any]) -> str:
    """Return the conventions of the curves in words; empty when the evaluation has none."""
    sampling = provenance.get("sampling") or {}
    words = {"end_cap": "end caps", "between": "between contours", "dose": "dose"}
    return clean(", ".join(f"{word} {sampling[key]}" for key, word in words.items() if key in sampling))
