"""Meaning: data of the right shape become a Protocol, or faults that say what they cannot mean."""

from __future__ import annotations

import importlib
import pkgutil
from functools import partial
from typing import TYPE_CHECKING, Any

from sbrt_qa.derive.expression import RESERVED, parse
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.columns import pair_fault
from sbrt_qa.protocol.definition import CheckRule, Limit, PrescriptionRule, Protocol, Role
from sbrt_qa.protocol.draft import Draft, near
from sbrt_qa.protocol.limits import read_amount, read_limit
from sbrt_qa.protocol.naming import rule_that_ignores
from sbrt_qa.protocol.rows import Known, read_rows
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.checks import Check
    from sbrt_qa.protocol.yaml_source import Path

_CONVERTED = ("EQD2(", "BED(", "NTCP(")


def read_protocol(draft: Draft) -> Protocol:
    """Read a whole file; the result means something only when no fault was noted."""
    data = draft.source.data
    roles = _roles(draft, data.get("structures", {}))
    prescription = _prescription(draft, data.get("prescription", {}), roles)
    known = Known(
        roles=frozenset(draft.written(("structures",))),
        many=frozenset(role.id for role in roles.values() if role.many),
        sources=frozenset(draft.written(("sources",))),
    )
    rows = data.get("constraints", [])
    if not rows and draft.has(("constraints",)) and ("constraints",) not in draft.source.faulty:
        mend = "an empty list is an error, not a pass: add a constraint"
        draft.fault(("constraints",), "there are no constraints", mend=mend, code="no-constraints")
    dose_kind, dose_summation = _dose_asked(draft, data.get("dose", {}))
    return Protocol(
        id=data.get("id", ""),
        title=" ".join(data.get("title", "").split()),
        version=data.get("version", ""),
        status=data.get("status", ""),
        sources={key: " ".join(text.split()) for key, text in data.get("sources", {}).items()},
        prescription=prescription,
        roles=roles,
        constraints=read_rows(draft, rows, known),
        checks=_checks(draft, data.get("checks", {})),
        dose_kind=dose_kind,
        dose_summation=dose_summation,
    )


def _dose_asked(draft: Draft, form: Mapping[str, Any]) -> tuple[str, str]:
    """Read which dose is judged; an effective one cannot be converted to one a second time."""
    kind, summation = form.get("type", "PHYSICAL"), form.get("summation", "PLAN")
    rows = draft.source.data.get("constraints", []) if kind == "EFFECTIVE" else []
    for number, row in enumerate(rows):
        own: Path = ("constraints", number)
        for path, part in ((own, row or {}), ((*own, "when"), (row or {}).get("when", {}))):
            if "".join(part.get("metric", "").split()).startswith(_CONVERTED):
                what = "the dose is an effective one already (dose: {type: EFFECTIVE}) and cannot be converted again"
                mend = "leave the conversion out, or judge the physical dose"
                draft.fault((*path, "metric"), what, mend=mend, code="metric-undefined")
    return kind, summation


def _roles(draft: Draft, structures: Mapping[str, Any]) -> dict[str, Role]:
    roles = {}
    for role_id, form in structures.items():
        path: Path = ("structures", role_id)
        derive = None
        if "derive" in form:
            derive = draft.attempt((*path, "derive"), partial(parse, form["derive"]), code="derive-invalid")
        names = tuple(name for name in form.get("names", ()) if name is not None)
        _judge_role(draft, path, form)
        roles[role_id] = Role(role_id, names, form.get("type", ""), form.get("many", False), derive)
    _judge_derivations(draft, roles)
    outlines = [role.id for role in roles.values() if role.kind == "external"]
    for role_id in outlines[1:]:
        what = f"'{role_id}' and '{outlines[0]}' are both of type external"
        draft.fault(("structures", role_id, "type"), what, mend="keep one outline of the patient", code="external-type")
    return roles


def _judge_role(draft: Draft, path: Path, form: Mapping[str, Any]) -> None:
    role_id = path[-1]
    if role_id in RESERVED:
        what = f"'{role_id}' is an operation and cannot be a structure"
        draft.fault(path, what, mend="choose another key", code="role-reserved", key=True)
    if form.get("type") == "external" and (form.get("many", False) or draft.has((*path, "derive"))):
        what = f"structure '{role_id}' is the outline of the patient, which is contoured and one"
        draft.fault((*path, "type"), what, mend="give it names, and neither many nor derive", code="external-type")
    has_names, is_derived = draft.has((*path, "names")), draft.has((*path, "derive"))
    if has_names == is_derived:
        what = f"structure '{role_id}' has " + ("both names and derive" if has_names else "neither names nor derive")
        draft.fault(path, what, mend="give it one of the two", code="role-names", key=True)
    if is_derived and form.get("many", False):
        what = f"derived structure '{role_id}' cannot be many"
        draft.fault((*path, "many"), what, mend="leave it out", code="role-names")
    for number, name in enumerate(form.get("names", ())):
        rule = "" if name is None else rule_that_ignores(name)
        if rule:
            what = f"name '{name}' can never match: {rule}"
            draft.fault((*path, "names", number), what, mend="remove it", code="name-never-matches")


def _judge_derivations(draft: Draft, roles: Mapping[str, Role]) -> None:
    known = frozenset(draft.written(("structures",)))
    parts = {role.id: sorted(role.derive.roles) for role in roles.values() if role.derive is not None}
    for role_id, names in parts.items():
        for name in names:
            if name not in known:
                what = f"'{role_id}' is derived from unknown structure '{name}'"
                path = ("structures", role_id, "derive")
                draft.fault(path, what, mend=near(name, known), code="structure-unknown")
    done: set[str] = set()
    for role_id in parts:
        cycle = _cycle(role_id, parts, (), done)
        if cycle:
            what = f"'{cycle[0]}' is derived from itself: {' → '.join((*cycle, cycle[0]))}"
            mend = "derive it from contoured structures"
            draft.fault(("structures", cycle[0], "derive"), what, mend=mend, code="derive-cycle")


def _cycle(role_id: str, parts: Mapping[str, list[str]], above: tuple[str, ...], done: set[str]) -> tuple[str, ...]:
    """Return one circle of derivations that is reached from a role and was not seen before, else ()."""
    if role_id in above:
        return above[above.index(role_id) :]
    if role_id in done or role_id not in parts:
        return ()
    found: tuple[str, ...] = ()
    for name in parts[role_id]:
        found = found or _cycle(name, parts, (*above, role_id), done)
    done.add(role_id)
    return found


def _prescription(draft: Draft, form: Mapping[str, Any], roles: Mapping[str, Role]) -> PrescriptionRule:
    path: Path = ("prescription",)
    target = form.get("target", "")
    if target and target not in draft.written(("structures",)):
        mend = near(target, roles, "define it under structures")
        draft.fault((*path, "target"), f"unknown structure '{target}'", mend=mend, code="structure-unknown")
    elif (
        target in roles and roles[target].kind != "target" and ("structures", target, "type") not in draft.source.faulty
    ):
        mend = f"write type: target at structure '{target}'"
        draft.fault((*path, "target"), f"'{target}' is not of type target", mend=mend, code="target-type")
    min_gy, max_gy = _dose(draft, (*path, "dose"), form.get("dose"))
    return PrescriptionRule(target, _fractions(draft, (*path, "fractions"), form.get("fractions")), min_gy, max_gy)


def _fractions(draft: Draft, path: Path, written: int | list[int] | None) -> tuple[int, ...]:
    if written is None:
        return ()
    numbers = [written] if isinstance(written, int) else [number for number in written if isinstance(number, int)]
    for index, number in enumerate(numbers):
        at = path if isinstance(written, int) else (*path, index)
        if number < 1:
            what = f"{number} is no number of fractions"
            draft.fault(at, what, mend="write a whole number from 1 on", code="fractions-invalid")
        elif number in numbers[:index]:
            draft.fault(at, f"{number} fractions stand here a second time", mend="remove it", code="fractions-invalid")
    return tuple(sorted(set(numbers)))


def _dose(draft: Draft, path: Path, written: str | Mapping[str, str] | None) -> tuple[float | None, float | None]:
    if written is None:
        return None, None
    if isinstance(written, str):
        gy = draft.attempt(path, lambda: _prescribed_gy(written), code="limit-number")
        return gy, gy
    ends = [
        draft.attempt((*path, end), partial(_prescribed_gy, written[end]), code="limit-number")
        for end in ("min", "max")
        if end in written
    ]
    low, high = ends if len(ends) == 2 else (None, None)
    if low is not None and high is not None and low > high:
        what = f"the smallest dose ({written['min']}) is more than the largest ({written['max']})"
        draft.fault((*path, "min"), what, mend="exchange them", code="dose-range")
    return low, high


def _prescribed_gy(text: str) -> float:
    gy = read_amount(text, Unit.GY)
    if gy == 0:
        raise SbrtQaError("a prescription of 0 Gy", mend="write the total dose of all fractions", code="dose-range")
    return gy


def _checks(draft: Draft, forms: Mapping[str, Any]) -> dict[str, CheckRule]:
    rules = {}
    for check_id, form in forms.items():
        path: Path = ("checks", check_id)
        if check_id not in check_ids():
            mend = near(check_id, check_ids(), "there are no checks")
            draft.fault(path, f"unknown check '{check_id}'", mend=mend, code="check-unknown", key=True)
            continue
        goal = _check_limit(draft, (*path, "goal"), form)
        acceptable = _check_limit(draft, (*path, "acceptable"), form)
        if draft.has((*path, "acceptable")) and not draft.has((*path, "goal")):
            what = f"check '{check_id}' has an acceptable limit and no goal"
            draft.fault((*path, "acceptable"), what, mend="add goal", code="acceptable-without-goal", key=True)
        if goal is not None and acceptable is not None and (fault := pair_fault(goal, acceptable)):
            draft.fault((*path, "acceptable"), fault[0], mend=fault[1], code=fault[2])
        rules[check_id] = CheckRule(goal, acceptable, form.get("strict", False))
    return rules


def check_ids() -> frozenset[str]:
    """Return the id of every check by its file's name, because checks load arrays and linting must not."""
    modules = pkgutil.iter_modules(importlib.import_module("sbrt_qa.checks").__path__)
    return frozenset(module.name.replace("_", "-") for module in modules if not module.name.startswith("_"))


def _check_limit(draft: Draft, path: Path, form: Mapping[str, Any]) -> Limit | None:
    check_id, key = str(path[1]), str(path[2])
    if key not in form:
        return None
    check: Check = importlib.import_module(f"sbrt_qa.checks.{check_id.replace('-', '_')}").CHECK
    if not check.unit:
        what = f"check '{check_id}' measures nothing that could be limited"
        draft.fault(path, what, mend="leave the limit out; strict: true is possible", code="check-limit", key=True)
        return None
    limit = draft.attempt(path, lambda: read_limit(form[key], Unit(check.unit)), code="limit-number")
    if key == "goal" and limit is not None and not limit.is_upper:
        what = f"'{limit.text}': check '{check_id}' measures what should be small"
        mend = f"write '<={limit.text.removeprefix(limit.comparison)}'"
        draft.fault(path, what, mend=mend, code="check-limit")
    return limit
