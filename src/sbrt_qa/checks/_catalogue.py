"""The shelf of integrity checks: every file in this folder is one check.

To add a check, add a file with a module constant ``CHECK``; nothing else is edited.
A check says what is doubtful and how far the doubt reaches; the judge turns that into verdicts.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sbrt_qa.checks._compared import Compared
    from sbrt_qa.histogram import Sampling
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.model import Case, Structure


class Effect(StrEnum):
    """How far a doubt reaches (the behaviours of the hazard table)."""

    NOTE = "note"  # PASS with a sentence
    WARN = "warn"  # VARIATION; UNDECIDED where the protocol says strict
    CHECK = "check"  # the check is UNDECIDED, numbers are shown, the case cannot be PASS
    FINDING = "finding"  # findings that use the named ROIs are UNDECIDED; the check itself is a VARIATION
    LIMITS = "limits"  # every judged finding is UNDECIDED, numbers are shown
    REFUSE = "refuse"  # the case is not judged: no dose numbers at all


@dataclass(frozen=True, slots=True)
class Reading:
    """Another way to read a ROI, where nobody can say which way is meant.

    Parameters
    ----------
    code : str
        Reason code of the findings whose verdict depends on it.
    other : callable
        ``(Structure, Sampling) -> Structure``: the ROI read the other way.
    """

    code: str
    other: Callable[[Structure, Sampling], Structure]


@dataclass(frozen=True, slots=True)
class Doubt:
    """One thing a check found.

    Parameters
    ----------
    effect : Effect
        How far it reaches.
    code : str
        Stable reason code.
    sentence : str
        What is wrong, with the values seen.
    rois : tuple of int
        For ``Effect.FINDING``: the ROI numbers whose findings are UNDECIDED.
    reading : Reading or None
        Where there is one, findings that use ``rois`` are UNDECIDED only if it leads to another verdict, whatever
        the effect.
    """

    effect: Effect
    code: str
    sentence: str
    rois: tuple[int, ...] = ()
    reading: Reading | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A number that the protocol may limit (``checks:`` in the protocol file).

    Parameters
    ----------
    value : float
        What was measured.
    unit : str
        Its unit, e.g. ``mm``.
    sentence : str
        The measurement in words.
    code : str
        Reason code when a limit is not met.
    unlimited : Doubt or None
        What the check says by itself where the protocol sets no limit.
    """

    value: float
    unit: str
    sentence: str
    code: str
    unlimited: Doubt | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check has to say: any number of doubts, at most one measurement, and a sentence when all is well.

    ``compared`` holds the planning system's own curves beside ours, for the reports.
    """

    good: str
    doubts: tuple[Doubt, ...] = ()
    measured: Measured | None = None
    compared: tuple[Compared, ...] = ()


@dataclass(frozen=True, slots=True)
class Subject:
    """What a check may look at.

    Parameters
    ----------
    case : Case
        The case.
    fractions : tuple of int
        Numbers of fractions the protocol is for; empty without a protocol.
    prescription_gy : (float, float) or None
        Allowed prescription range of the protocol; None when it states none.
    plan_prescription_gy : float or None
        What the plan prescribes to the judged target; None when it does not say.
    used : mapping of role to tuple of Structure
        The ROIs of the case that fill a role of a constraint (also as part of a derived role), by role.
    required : frozenset of str
        The roles of ``used`` that a required, judged constraint needs.
    targets : frozenset of int
        ROI numbers that fill a role of type target.
    missing : mapping of role to sentence
        Roles of required constraints that nothing fills, or more than one ROI, with the sentence that says so.
    ambiguous : frozenset of str
        The roles of ``missing`` that more than one ROI fills.
    dose_kind, dose_summation : str
        Which dose the protocol judges: PHYSICAL or EFFECTIVE, PLAN or MULTI_PLAN.
    curve_under : callable or None
        ``(Structure, Sampling) -> DVH`` under other conventions, remembered.
    curve : callable
        ``Structure -> DVH`` under the default sampling, remembered; raises where there is no volume.
    """

    case: Case
    fractions: tuple[int, ...] = ()
    prescription_gy: tuple[float, float] | None = None
    plan_prescription_gy: float | None = None
    used: Mapping[str, tuple[Structure, ...]] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    targets: frozenset[int] = frozenset()
    missing: Mapping[str, str] = field(default_factory=dict)
    curve: Callable[[Structure], DVH] | None = None
    ambiguous: frozenset[str] = frozenset()
    dose_kind: str = "PHYSICAL"
    dose_summation: str = "PLAN"
    curve_under: Callable[[Structure, Sampling], DVH] | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One integrity check.

    Parameters
    ----------
    id, title : str
        Kebab-case id, and what it verifies in a few words.
    why, mend : str
        How the error would mislead, and how to put it right.
    source : str
        TG-275, MPPG 11.a, DICOM part or measured experience.
    codes : tuple of str
        Every reason code it can give.
    run : callable
        ``Subject -> Outcome``.
    unit : str
        Unit of its measurement when the protocol may limit it, else empty.
    meanings : mapping of code to sentence
        What each of ``codes`` means and how far it reaches, for the documentation.
    """

    id: str
    title: str
    why: str
    mend: str
    source: str
    codes: tuple[str, ...]
    run: Callable[[Subject], Outcome]
    unit: str = ""
    meanings: Mapping[str, str] = field(default_factory=dict)


@cache
def checks() -> Mapping[str, Check]:
    """Every check of this folder by its id, in alphabetical order."""
    package = importlib.import_module("sbrt_qa.checks")
    found: dict[str, Check] = {}
    for info in pkgutil.iter_modules(package.__path__):
        if not info.name.startswith("_"):
            check: Check = importlib.import_module(f"sbrt_qa.checks.{info.name}").CHECK
            if check.id in found:
                raise SbrtQaError(f"two checks are called {check.id!r}", where=info.name)
            found[check.id] = check
    return dict(sorted(found.items()))
