"""Compared: what became of one curve that the planning system states."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.checks._stated_curve import StatedCurve


@dataclass(frozen=True, slots=True)
class CurveNumbers:
    """Volume in cc and doses in Gy of one curve; None where they are not known."""

    volume_cc: float | None
    min_gy: float | None
    mean_gy: float
    max_gy: float
    d95_gy: float
    d50_gy: float
    d2_gy: float


@dataclass(frozen=True, slots=True)
class Difference:
    """How far our curve lies from the stated one, positive where ours is larger.

    Parameters
    ----------
    volume_percent : float or None
        Of the stated volume; None where none is stated.
    mean_percent : float
        Of the stated mean dose, or of a twentieth of the plan's maximum where that is more.
    d95_percent, d50_percent, d2_percent : float
        Of the plan's maximum dose.
    curve_volume_percent, curve_dose_percent : float
        Largest difference of volume at equal dose, in per cent of the volume, and of dose at equal volume, from 1 to
        99 per cent of it, in per cent of the plan's maximum. Neither has a sign.
    largest_percent : float
        What is judged: the largest of the differences in mean, in volume where it is 0.5 cc or more, in the maximum
        where the structure holds the plan's hot spot, and between the curves, where a point counts with its distance
        in dose or in volume, whichever is less; a dose is measured against the structure's own maximum.
    """

    volume_percent: float | None
    mean_percent: float
    d95_percent: float
    d50_percent: float
    d2_percent: float
    curve_volume_percent: float
    curve_dose_percent: float
    largest_percent: float


class Agreement(StrEnum):
    """What became of one stated curve."""

    AGREES = "agrees"
    EXPLAINED = "explained"  # by another named convention
    DIFFERS = "differs"
    NOT_COMPARED = "not compared"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True, eq=False)
class Compared:
    """One stated curve beside ours.

    Parameters
    ----------
    roi : str
        Name of the structure, or its number where it has none here.
    roi_number : int or None
        None where the file names several or none.
    agreement : Agreement
        What became of it.
    sentence : str
        Why, or how the stated curve was read, without full stop.
    convention : str
        The named convention that explains the difference, such as ``end caps: none``; empty when none does or
        none has to.
    curve : StatedCurve or None
        The stated curve.
    stated, own : CurveNumbers or None
        The numbers of both.
    difference : Difference or None
        Under our conventions.
    remaining_percent : float or None
        The largest difference under the convention that explains it, else ``difference.largest_percent``.
    is_miscounted : bool
        The file states another number of bins than it holds.
    """

    roi: str
    roi_number: int | None
    agreement: Agreement
    sentence: str
    convention: str = ""
    curve: StatedCurve | None = None
    stated: CurveNumbers | None = None
    own: CurveNumbers | None = None
    difference: Difference | None = None
    remaining_percent: float | None = None
    is_miscounted: bool = False

    def alone(self) -> Compared:
        """Return only what is stated, without any number of ours."""
        text = "reported by the planning system; the case was not judged"
        if self.agreement is Agreement.UNREADABLE:
            return self
        return Compared(self.roi, self.roi_number, Agreement.NOT_COMPARED, text, curve=self.curve, stated=self.stated)
