"""Nelms 2015: solids of 24 mm in a dose of 4 to 28 Gy that changes by 1 Gy/mm."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sbrt_qa.commission.disk import Curves, answered, through_disk
from sbrt_qa.commission.document import Chapter, Criterion, Point, judged
from sbrt_qa.commission.published import NELMS, NELMS_FINE, NELMS_MATCHED
from sbrt_qa.commission.sets._nelms_tables import fine, matched, tables
from sbrt_qa.commission.shelf import ReferenceSet
from sbrt_qa.commission.wording import number, percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from sbrt_qa.histogram import DVH, Sampling
    from sbrt_qa.model import Dose
    from sbrt_qa.phantom.capped_truth import Turned
    from sbrt_qa.phantom.fields import Linear
    from sbrt_qa.phantom.loops import Axis
    from sbrt_qa.phantom.truth import Truth

    Ask = Callable[[DVH | Truth], float]

SIZE_MM, CENTRE_GY, TOLERANCE_PERCENT = 24.0, 16.0, 3.0
MOST_OFF_PERCENT = {"slab": 3.5, "shape": 2.0}
SPACINGS_MM, GRIDS_MM = (0.2, 1.0, 2.0, 3.0), ("1", "2", "3")
QUICK_SPACINGS_MM = (1.0, 2.0)  # the middle: the limit for all points is that of a mixture down to 0.2 mm
FINE_GRID = "0.4 x 0.4 x 0.2"
PLANES_MOVED, GRID_MOVED = 0.4, (0.31, -0.23, 0.17)  # shares of a slice and of a voxel
DIRECTIONS = {"AP": (0.0, 1.0, 0.0), "SI": (0.0, 0.0, -1.0)}  # along SI the base of the cone is hot, as published
SHAPES = ("sphere", "cylinder", "rotated cylinder", "cone", "rotated cone")

ASKS: Mapping[str, tuple[str, Ask]] = {
    "Volume": ("cc", lambda curve: curve.volume_cc),
    "Dmin": ("Gy", lambda curve: curve.min_gy),
    "Dmax": ("Gy", lambda curve: curve.max_gy),
    "Dmean": ("Gy", lambda curve: curve.mean_gy),
    "D99%": ("Gy", lambda curve: curve.dose_at(percent=99)),
    "D95%": ("Gy", lambda curve: curve.dose_at(percent=95)),
    "D5%": ("Gy", lambda curve: curve.dose_at(percent=5)),
    "D1%": ("Gy", lambda curve: curve.dose_at(percent=1)),
    "D0.03cc": ("Gy", lambda curve: curve.dose_at(cc=0.03)),
}


@dataclass(frozen=True, slots=True)
class _Case:
    """The five solids, contoured at one spacing, in a dose along one direction on several grids."""

    spacing_mm: float
    shifted: bool
    direction: str
    grids: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"NELMS {number(self.spacing_mm)} {self.layout} {self.direction}"

    @property
    def layout(self) -> str:
        return "shifted" if self.shifted else "aligned"

    @property
    def planes_mm(self) -> list[float]:
        """Contour planes: aligned ones lie on both ends of the solid, shifted ones all within it."""
        slices = round(SIZE_MM / self.spacing_mm)
        moved = PLANES_MOVED if self.shifted else 0.0
        return [(k + moved) * self.spacing_mm - SIZE_MM / 2 for k in range(slices + (not self.shifted))]

    def label(self, grid: str) -> str:
        spacing = f"contours {number(self.spacing_mm)} mm"
        return f"{spacing}, grid {grid} mm, {self.layout}, dose along {self.direction}"


def _cases(quick: bool) -> tuple[_Case, ...]:  # noqa: FBT001  the shelf's signature
    spacings, grids = (QUICK_SPACINGS_MM, ("3",)) if quick else (SPACINGS_MM, GRIDS_MM)
    return tuple(
        _Case(spacing, shifted, direction, (FINE_GRID, *grids) if spacing == 0.2 and not shifted else grids)
        for spacing in spacings
        for shifted in (False, True)
        for direction in DIRECTIONS
    )


# ---- one case: drawn, written, read, computed


def _measure(case: _Case, samplings: Sequence[Sampling], folder: Path) -> tuple[tuple[Point, ...], ...]:
    from sbrt_qa.model import Structure
    from sbrt_qa.phantom.fields import Linear
    from sbrt_qa.phantom.slices import Slicing, contours_on

    slicing = Slicing(case.spacing_mm, point_mm=0.2)
    drawn = [
        Structure(name, k, contours_on(_solid(name), case.planes_mm, slicing), "ORGAN")
        for k, name in enumerate(SHAPES, 1)
    ]
    field = Linear(DIRECTIONS[case.direction], CENTRE_GY)
    truths = [_truths(case, field, sampling) for sampling in samplings]
    found: list[list[Point]] = [[] for _ in samplings]
    doses = (_dose(case, grid, field) for grid in case.grids)
    for grid, read in zip(case.grids, through_disk(folder, case.id, doses, drawn), strict=True):
        for own, sampling, truth in zip(found, samplings, truths, strict=True):
            own.extend(_points(case, grid, Curves(read, sampling), truth))
    return tuple(map(tuple, found))


def _solid(name: str) -> Turned:
    from sbrt_qa.phantom.shapes import Cone, Cylinder, sphere

    half: float = SIZE_MM / 2
    axis: Axis = "x" if name.startswith("rotated") else "z"
    if name == "sphere":
        return sphere(half)
    return (Cylinder if name.endswith("cylinder") else Cone)(half, SIZE_MM, axis)


def _dose(case: _Case, grid: str, field: Linear) -> Dose:
    """Return the sampled dose; far from the solid it would be negative, which no export is."""
    import numpy as np

    from sbrt_qa.model import Grid
    from sbrt_qa.phantom.fields import sample

    steps = (0.4, 0.4, 0.2) if grid == FINE_GRID else (float(grid),) * 3
    x, y, z = (_axis(step, moved * step * case.shifted) for step, moved in zip(steps, GRID_MOVED, strict=True))
    dose = sample(field, Grid(x, y, z))
    return replace(dose, gy=np.maximum(dose.gy, 0.0))


def _axis(step: float, moved: float) -> NDArray[np.float64]:
    """Voxel centres round 0 that cover the solid, its end caps and one voxel more."""
    import numpy as np

    half = int(np.ceil((SIZE_MM / 2 + 1.5) / step)) + 1
    return np.asarray(step * np.arange(-half, half + 1, dtype=np.float64) + moved)


def _truth(case: _Case, name: str, field: Linear, sampling: Sampling) -> Truth:
    """Return the truth under the end-cap rule of the sampling."""
    from sbrt_qa.phantom.capped_truth import Ends, truth_of_capped
    from sbrt_qa.phantom.solid_truth import truth_of_solid

    if sampling.end_cap == "rounded":
        return truth_of_solid(_solid(name), field)
    most = {"half-slice": case.spacing_mm / 2, "none": 0.0, "max-1.5mm": 1.5}[sampling.end_cap]
    planes = case.planes_mm
    return truth_of_capped(_solid(name), field, Ends(planes[0], planes[-1], min(case.spacing_mm / 2, most)))


def _truths(case: _Case, field: Linear, sampling: Sampling) -> dict[tuple[str, str], float]:
    """Return what is true of every solid and metric, under the end-cap rule of the sampling."""
    truths = {name: _truth(case, name, field, sampling) for name in SHAPES}
    return {(name, metric): float(ask(truth)) for name, truth in truths.items() for metric, (_, ask) in ASKS.items()}


def _points(case: _Case, grid: str, curves: Curves, truths: Mapping[tuple[str, str], float]) -> Iterable[Point]:
    for name in SHAPES:
        for metric, (unit, ask) in ASKS.items():
            if metric == "Volume" and case.direction != "AP":
                continue  # the volume knows no dose: counted once, as published
            blank = Point(case.label(grid), name, metric, unit, None, truths[name, metric], TOLERANCE_PERCENT)
            yield answered(blank, partial(curves.ask, name, ask))


# ---- all cases: counted as published


def _chapter(points: tuple[Point, ...], sampling: Sampling, quick: bool) -> Chapter:  # noqa: FBT001  the shelf's signature
    return Chapter(
        set_id="nelms",
        title="Nelms 2015: five solids in a linear dose",
        source=NELMS,
        sampling=sampling,
        definitions=_definitions(sampling),
        criteria=tuple(_criteria(points, sampling, quick)),
        tables=tuple(tables(points, SHAPES, quick=quick)),
        points=points,
    )


def _definitions(sampling: Sampling) -> tuple[str, ...]:
    ends = (
        "the ideal solid"
        if sampling.end_cap == "rounded"
        else f"the ideal solid between its first and last contour plane, its end cuts continued by the end-cap rule "
        f"({sampling.end_cap})"
    )
    moved = ", ".join(f"{share:g}" for share in GRID_MOVED)
    built = (
        "Sphere, cylinder and cone along SI, cylinder and cone rotated to the left-right axis; 24 mm long and wide. "
        "Dose 16 Gy at the centre, 1 Gy/mm along AP or SI. Vertices at most 0.2 mm apart."
    )
    laid = (
        "Aligned: a contour plane on each end of the solid (a tip is a speck), voxel centres on the contour planes. "
        f"Shifted: planes moved by {PLANES_MOVED:g} of a slice, the grid by {moved} of a voxel."
    )
    counted = (
        f"Truth: {ends}. Deviations are in per cent of the local value; off means by more than 3 %. "
        "The volume is counted once for each solid, spacing and grid, as published."
    )
    return built, laid, counted


def _criteria(points: tuple[Point, ...], sampling: Sampling, quick: bool) -> Iterable[Criterion]:  # noqa: FBT001
    most = MOST_OFF_PERCENT[sampling.between]
    off = sum(point.off for point in points)
    yield judged(
        "NELMS-ALL",
        f"At most {most:g} % of all points are off by more than 3 %.",
        f"{off} of {len(points)}, {percent(off, len(points))}",
        met=100.0 * off <= most * len(points),
        points=points,
    )
    if quick:
        return
    for id_, which, name, published in (
        ("NELMS-FINE", fine(points), "0.2 mm contours, grids of 0.4 to 3 mm", NELMS_FINE),
        ("NELMS-MATCHED", matched(points), "contours and grid both 1, 2 or 3 mm", NELMS_MATCHED),
    ):
        best = min(sum(system[k].off for system in published.values()) for k in (0, 1))
        off = sum(point.off for point in which)
        yield judged(
            id_,
            f"With {name}, aligned: no more points off than the better published system's {best} of {len(which)}.",
            f"{off} of {len(which)}",
            met=off <= best,
            points=which,
        )


SET = ReferenceSet("nelms", "Nelms 2015", 1, _cases, _measure, _chapter)
