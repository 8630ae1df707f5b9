"""Sampling: the conventions under which contours and voxels become a curve."""

from __future__ import annotations

from dataclasses import dataclass, fields

from sbrt_qa.errors import UsageError

END_CAPS = ("half-slice", "none", "max-1.5mm", "rounded")
BETWEEN = ("slab", "shape")
DOSE = ("trilinear", "cubic")


@dataclass(frozen=True, slots=True)
class Sampling:
    """The conventions of a curve: frozen, and printed in every report.

    Parameters
    ----------
    end_cap : {"half-slice", "none", "max-1.5mm", "rounded"}
        How far the structure reaches beyond its first and last contour: half the distance to
        the neighbouring plane, not at all, half the distance but at most 1.5 mm, or as far as its shape suggests
        (to where it closes by itself within one gap, else half of it). DICOM fixes none.
    between : {"slab", "shape"}
        What holds between two contours: each contour holds for half the gap to each side, or the outline is
        interpolated from several planes (see ``shape``); beyond the ends the shape goes on as far as ``end_cap`` says.
    dose : {"trilinear", "cubic"}
        Dose between grid points; cubic reads it on a grid three times as fine (see ``cubic``).
    fineness : float
        1 is the stated step (see ``compute``); 2 halves it, 0.5 doubles it, which the numerical
        interval looks at.

    Raises
    ------
    UsageError
        If a choice is unknown; the message lists the known ones.
    """

    end_cap: str = "half-slice"
    between: str = "slab"
    dose: str = "trilinear"
    fineness: float = 1.0

    def __post_init__(self) -> None:
        for name, known in (("end_cap", END_CAPS), ("between", BETWEEN), ("dose", DOSE)):
            value = getattr(self, name)
            if value not in known:
                raise UsageError(f"unknown {name} {value!r}", mend=f"choose one of: {', '.join(known)}")
        if not 0.1 <= self.fineness <= 16:
            raise UsageError(f"fineness must lie between 0.1 and 16, got {self.fineness!r}")

    def __str__(self) -> str:
        return f"end caps: {self.end_cap}; between contours: {self.between}; dose: {self.dose}"

    def as_dict(self) -> dict[str, str | float]:
        """Plain data for a record."""
        return {field.name: getattr(self, field.name) for field in fields(self)}
