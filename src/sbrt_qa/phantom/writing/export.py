"""How an object is written: orientation, offsets, bits, and the arcs of the plan."""

from __future__ import annotations

from dataclasses import dataclass

from sbrt_qa.errors import UsageError

Signed = tuple[int, int]  # (canonical axis 0 = x, 1 = y, 2 = z; sign)

# Direction in which the column index and the row index grow, in the grid's own axes (PS3.3 C.7.6.2.1.1).
ORIENTATIONS: dict[str, tuple[Signed, Signed]] = {
    "HFS": ((0, 1), (1, 1)),
    "HFP": ((0, -1), (1, -1)),
    "FFS": ((0, -1), (1, 1)),
    "FFP": ((0, 1), (1, -1)),
    "HFDL": ((1, -1), (0, 1)),
    "HFDR": ((1, 1), (0, -1)),
}


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """One control point of an arc.

    Parameters
    ----------
    gantry_deg : float
        Gantry angle, 0 to below 360 (IEC).
    meterset_weight : float
        Cumulative, 0 at the first and 1 at the last control point.
    leaves_mm : tuple of float
        Leaf positions at the isocentre plane, first all of bank 1 then all of bank 2; empty without leaves.
    """

    gantry_deg: float
    meterset_weight: float
    leaves_mm: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Arc:
    """How one treatment beam moves.

    Parameters
    ----------
    control_points : tuple of ControlPoint
        At least two.
    rotation : str
        CW or CC, as seen facing the gantry.
    isocenter_mm : (x, y, z)
        In patient coordinates.
    collimator_deg : float
        Beam limiting device angle.
    jaws_mm : (x1, x2, y1, y2)
        Jaw positions at the isocentre plane.
    leaf_boundaries_mm : tuple of float
        One more than there are leaf pairs; empty without leaves.
    energy_mv : float
        Nominal beam energy.
    """

    control_points: tuple[ControlPoint, ...]
    rotation: str = "CW"
    isocenter_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)
    collimator_deg: float = 0.0
    jaws_mm: tuple[float, float, float, float] = (-50.0, 50.0, -50.0, 50.0)
    leaf_boundaries_mm: tuple[float, ...] = ()
    energy_mv: float = 6.0


@dataclass(frozen=True, slots=True)
class Export:
    """How a case is written. The defaults are what most planning systems do.

    Parameters
    ----------
    orientation : {"HFS", "HFP", "FFS", "FFP", "HFDL", "HFDR"}
        Orientation of the dose and image arrays in the file. The patient coordinates stay the same.
    offsets : {"relative", "absolute"}
        Form of GridFrameOffsetVector: from 0, or patient z (legal with HFS only).
    descending : bool
        Dose frames against the slice normal: the offsets fall.
    bits : {16, 32}
        Bits of a dose value.
    implicit_vr : bool
        Implicit VR Little Endian instead of Explicit. A structure set with a contour longer than
        65534 bytes is always implicit: the explicit form has no room for it.
    arcs : tuple of Arc
        One per treatment beam of the plan, in its order; by default each turns once around the origin.

    Raises
    ------
    UsageError
        If a choice is unknown, or absolute offsets are asked of a position other than HFS.
    """

    orientation: str = "HFS"
    offsets: str = "relative"
    descending: bool = False
    bits: int = 32
    implicit_vr: bool = False
    arcs: tuple[Arc, ...] = ()

    def __post_init__(self) -> None:
        known = (
            ("orientation", tuple(ORIENTATIONS)),
            ("offsets", ("relative", "absolute")),
            ("bits", (16, 32)),
        )
        for name, choices in known:
            if getattr(self, name) not in choices:
                listed = ", ".join(map(str, choices))
                raise UsageError(f"unknown {name} {getattr(self, name)!r}", mend=f"choose one of: {listed}")
        if self.offsets == "absolute" and self.orientation != "HFS":
            raise UsageError(
                f"absolute frame offsets are not legal with {self.orientation}", mend="use HFS or relative"
            )
