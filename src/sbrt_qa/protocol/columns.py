"""Columns: a limit as a row writes it, or one for each number of fractions, prescription or volume."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.protocol.definition import Limit, LimitByFractions
from sbrt_qa.protocol.limit_table import UNITS, LimitTable
from sbrt_qa.protocol.limits import read_amount, read_limit
from sbrt_qa.units import Unit

if TYPE_CHECKING:
    from sbrt_qa.metrics import Metric
    from sbrt_qa.protocol.draft import Draft
    from sbrt_qa.protocol.limit_table import Limits
    from sbrt_qa.protocol.yaml_source import Path

    Key: TypeAlias = int | str
    Written: TypeAlias = str | dict[Key, str] | None

HOW_TO_KEY = "write a whole number of fractions (5), a prescription (50 Gy) or a volume of the structure (30 cc)"


def read_limits(draft: Draft, path: Path, written: Written, metric: Metric) -> Limits | None:
    """Read a limit, or one for each column; None when there is none or it has a fault."""
    if written is None:
        return None
    if isinstance(written, str):
        always = draft.attempt(path, lambda: sensible_limit(written, metric, str(path[-1])), code="limit-number")
        return LimitByFractions(always) if always is not None else None
    kinds = {key: _kind(draft, (*path, key), key) for key in written}
    by = next(iter(kinds.values()), "")
    for key, kind in kinds.items():
        if kind and by and kind != by:
            what = f"column '{key}' is a {kind}, the first column is a {by}"
            draft.fault(
                (*path, key), what, mend="give all columns the same kind of key", code="columns-mixed", key=True
            )
    columns: dict[float, Limit] = {}
    for key, text in written.items():
        limit = draft.attempt((*path, key), partial(sensible_limit, text, metric, str(path[-1])), code="limit-number")
        if limit is None or not kinds[key]:
            continue
        at = amount(key)
        if at in columns:
            what = f"column '{key}' stands here a second time"
            draft.fault((*path, key), what, mend="remove one", code="yaml-duplicate-key", key=True)
        first = next(iter(columns.values()), limit)
        if by != "volume" and limit.is_upper != first.is_upper:
            what = f"'{limit.text}' and the '{first.text}' of another column point in opposite directions"
            draft.fault((*path, key), what, mend="use one direction in all columns", code="columns-mixed")
        columns[at] = limit
    return _made(draft, path, by, columns)


def _made(draft: Draft, path: Path, by: str, columns: dict[float, Limit]) -> Limits | None:
    if not columns or not by:
        return None
    if by not in UNITS:
        return LimitByFractions(columns={int(key): limit for key, limit in columns.items()})
    if by == "volume" and len({limit.comparison for limit in columns.values()}) > 1:
        what = "the columns by volume are compared in different ways, so nothing lies between them"
        draft.fault(path, what, mend="use one comparison in all of them", code="columns-mixed")
    return LimitTable(by, columns)


def _kind(draft: Draft, path: Path, key: Key) -> str:
    """Tell what a column's key stands for; empty, and a fault, when for nothing."""
    if isinstance(key, int):
        if key < 1:
            what = f"{key} is no number of fractions"
            draft.fault(path, what, mend="write a whole number from 1 on", code="fractions-invalid", key=True)
        return "number of fractions"
    for by, unit in UNITS.items():
        if key.endswith(unit):
            at = draft.attempt(path, partial(read_amount, key, Unit(unit)), code="limit-number", key=True)
            if at == 0:
                draft.fault(path, f"'{key}' is nothing", mend=HOW_TO_KEY, code="limit-number", key=True)
            return by if at else ""
    draft.fault(path, f"key '{key}' cannot stand here", mend=HOW_TO_KEY, code="yaml-type", key=True)
    return ""


def amount(key: Key) -> float:
    """Return the number of a column's key."""
    return float(key) if isinstance(key, int) else float(key.removesuffix("Gy").removesuffix("cc"))


def sensible_limit(text: str, metric: Metric, key: str) -> Limit:
    """Read the limit of a metric; refuses one that no plan can meet, and one that every plan meets.

    Parameters
    ----------
    text : str
        For instance ``<= 25.3 Gy``.
    metric : Metric
        What is limited.
    key : {"goal", "acceptable", "is"}
        Where it stands; what is acceptable may be met by every plan.
    """
    limit = read_limit(text, metric.unit)
    if limit.value > metric.most:
        what = "a share of a structure" if metric.counts_volume else metric.text
        raise SbrtQaError(
            f"'{text}': {what} is never above {metric.most:g} {metric.unit}".rstrip(),
            mend="check the number",
            code="limit-impossible",
        )
    if (limit.comparison, limit.value) in {("<", 0), (">", metric.most)}:
        raise SbrtQaError(f"'{text}' is met by no plan", mend="check comparison and number", code="limit-impossible")
    if key != "acceptable" and always_met(limit, metric):
        raise SbrtQaError(
            f"'{text}' is met by every plan",
            mend="check the number, or " + ("leave out when" if key == "is" else "write report: true"),
            code="limit-always-met",
        )
    return limit


def always_met(limit: Limit, metric: Metric) -> bool:
    """Whether no value that a metric can have breaks a limit."""
    return (limit.comparison, limit.value) in {(">=", 0), ("<=", metric.most)}


def judge_pair(draft: Draft, path: Path, goal: Limits, acceptable: Limits, written: Written) -> None:
    """Note an acceptable limit that points the other way, is stricter, or has no goal beside it."""
    if goal.columns and acceptable.columns and _by(goal) != _by(acceptable):
        what = f"acceptable depends on the {_by(acceptable)}, goal on the {_by(goal)}"
        draft.fault(path, what, mend="give both the same columns", code="columns-mixed")
        return
    keys = {amount(key): key for key in written} if isinstance(written, dict) else {}
    for at, second in acceptable.columns.items() or [(None, acceptable.always)]:
        place = path if at is None else (*path, keys[at])
        firsts = list(goal.columns.values()) if at is None and goal.columns else [_beside(goal, at)]
        for first in firsts:
            if first is None:
                what = f"acceptable for {_said(keys[at or 0])}, where there is no goal"
                draft.fault(place, what, mend="add the goal, or remove this", code="acceptable-without-goal", key=True)
            elif second is not None and (fault := pair_fault(first, second)):
                draft.fault(place, fault[0], mend=fault[1], code=fault[2])
                break


def _beside(goal: Limits, at: float | None) -> Limit | None:
    if at is None or goal.always is not None:
        return goal.always
    return goal.at(int(at)) if isinstance(goal, LimitByFractions) else goal.at(at)


def _by(limits: Limits) -> str:
    return limits.by if isinstance(limits, LimitTable) else "number of fractions"


def _said(key: Key) -> str:
    return f"{key} fractions" if isinstance(key, int) else key


def pair_fault(goal: Limit, acceptable: Limit) -> tuple[str, str, str] | None:
    """Return what is wrong with an acceptable limit beside its goal: what, mend, code; else None."""
    if goal.is_upper != acceptable.is_upper:
        what = f"acceptable '{acceptable.text}' and goal '{goal.text}' point in opposite directions"
        return what, f"write it with {goal.comparison} like the goal", "acceptable-direction"
    beyond = acceptable.value - goal.value if goal.is_upper else goal.value - acceptable.value
    tighter_sign = beyond == 0 and goal.comparison.endswith("=") and not acceptable.comparison.endswith("=")
    if beyond < 0 or tighter_sign:
        what = f"acceptable '{acceptable.text}' is stricter than goal '{goal.text}'"
        return what, "exchange the two, or remove acceptable", "acceptable-stricter"
    return None
