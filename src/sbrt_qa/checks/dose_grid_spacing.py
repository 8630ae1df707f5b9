"""The dose grid is fine enough."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Measured, Outcome

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {"dose-grid-coarse": "The largest spacing of the dose grid is above the protocol's limit."}

DECIMALS = 3  # plane positions carry noise: 3.00000000000001 mm is 3 mm


def run(subject: Subject) -> Outcome:
    """Measure the largest distance between neighbouring dose points along x, y and z."""
    x, y, z = subject.case.dose.grid.spacing_mm
    largest_mm = round(max(x, y, z), DECIMALS)
    text = f"The dose grid spacing is {x:.2f} x {y:.2f} x {z:.2f} mm (x, y, z)."
    return Outcome(text, measured=Measured(largest_mm, "mm", text, "dose-grid-coarse"))


CHECK = Check(
    id="dose-grid-spacing",
    title="Dose grid spacing",
    why="On a coarse grid the dose to small volumes and the edge of a small target are interpolation, not calculation.",
    mend="Calculate on a finer grid; 2 mm or less is recommended for SBRT.",
    source="AAPM TG-101: a calculation grid of 2 mm or finer for SBRT, above 3 mm discouraged.",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
    unit="mm",
)
