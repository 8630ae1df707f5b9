"""Stanley 2021: radiosurgical spheres of 3 to 20 mm at many positions between voxels and slices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from math import pi
from operator import attrgetter, methodcaller
from typing import TYPE_CHECKING

from sbrt_qa.commission.disk import Curves, answered, through_disk
from sbrt_qa.commission.document import Chapter, Criterion, Point, judged
from sbrt_qa.commission.published import STANLEY
from sbrt_qa.commission.sets._stanley_tables import by_case, deviations, mean, tables
from sbrt_qa.commission.shelf import ReferenceSet
from sbrt_qa.commission.wording import number, signed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from sbrt_qa.histogram import Sampling
    from sbrt_qa.model import Dose, Structure
    from sbrt_qa.phantom.fields import Stanley
    from sbrt_qa.phantom.shapes import Box3

    Triple = tuple[float, float, float]

DIAMETERS_MM = (3.0, 5.0, 7.0, 10.0, 15.0, 20.0)
POSITIONS, QUICK_POSITIONS = 50, 8
PER_CASE = 10  # spheres that share one dose
PEAK_GY, SLICE_MM, NODES = 20.0, 1.0, 16
VERTICES = 188  # on the largest circle of a sphere, about
SHARES = {"V100%": 1.0, "V50%": 0.5}  # of the dose on the surface
VOLUME_PERCENT = {3.0: 2.0}
USUAL_VOLUME_PERCENT, DOSE_PERCENT = 1.0, 2.0
UNITS_MM = {"cm": 10.0, "mm": 1.0}  # of the lengths in the dose model
ROOM_MM = {"cm": 6.0, "mm": 3.0}  # from a sphere to its box: well beyond the half dose
LATTICE = (11, 27, 19)  # the positions are a lattice in the voxel: on every axis each 50th of it is met once


@dataclass(frozen=True, slots=True)
class _Case:
    """Some of the spheres of one size, each in a box of its own, in one dose."""

    diameter_mm: float
    unit: str
    first: int
    count: int

    @property
    def id(self) -> str:
        return f"STANLEY {number(self.diameter_mm)} mm in {self.unit} {self.first + 1}"

    @property
    def asks_volume(self) -> bool:
        """The volume knows no dose: measured with one of the two."""
        return self.unit == "cm"


@dataclass(frozen=True, slots=True)
class _Sphere:
    """One sphere: its number, its centre, and the box it has to itself, whose faces are grid planes."""

    index: int
    centre_mm: Triple
    box_mm: Box3


def _cases(quick: bool) -> tuple[_Case, ...]:  # noqa: FBT001  the shelf's signature
    diameters, positions = (DIAMETERS_MM[:3], QUICK_POSITIONS) if quick else (DIAMETERS_MM, POSITIONS)
    return tuple(
        _Case(diameter, unit, first, min(PER_CASE, positions - first))
        for diameter in diameters
        for unit in UNITS_MM
        for first in range(0, positions, PER_CASE)
    )


# ---- one case: drawn, written, read, computed


def _measure(case: _Case, samplings: Sequence[Sampling], folder: Path) -> tuple[tuple[Point, ...], ...]:
    from sbrt_qa.phantom.fields import Stanley

    spheres = _spheres(case)
    fields = [Stanley(case.diameter_mm, PEAK_GY, own.centre_mm, UNITS_MM[case.unit]) for own in spheres]
    (read,) = through_disk(folder, case.id, [_dose(spheres, fields)], _drawn(case, spheres))
    blanks = [_blanks(case, read.dose, own, field) for own, field in zip(spheres, fields, strict=True)]
    return tuple(
        tuple(
            point
            for own, blank, field in zip(spheres, blanks, fields, strict=True)
            for point in _points(curves, own, blank, field.edge_gy)
        )
        for curves in (Curves(read, sampling) for sampling in samplings)
    )


def _spheres(case: _Case) -> list[_Sphere]:
    """Place the spheres in a row of boxes along x, each off the grid by its own part of a voxel."""
    half = round(case.diameter_mm / 2 + ROOM_MM[case.unit])
    found = []
    for place in range(case.count):
        index = case.first + place
        off = [(index * step % POSITIONS + 0.5) / POSITIONS - 0.5 for step in LATTICE]
        middle = 2 * half * place
        box = ((middle - half, middle + half), (-half, half), (-half, half))
        found.append(_Sphere(index, (middle + off[0], off[1], off[2]), box))
    return found


def _dose(spheres: Sequence[_Sphere], fields: Sequence[Stanley]) -> Dose:
    """Return the sampled dose of all spheres: far from each the others are flat, so the highest holds."""
    import numpy as np

    from sbrt_qa.phantom.fields import grid_around, sample

    first, last = spheres[0].box_mm, spheres[-1].box_mm
    grid = grid_around(((first[0][0], last[0][1]), first[1], first[2]), SLICE_MM, SLICE_MM)
    doses = [sample(field, grid) for field in fields]
    return replace(doses[0], gy=np.max([dose.gy for dose in doses], axis=0))


def _drawn(case: _Case, spheres: Sequence[_Sphere]) -> list[Structure]:
    """Every box, and its sphere where its volume is asked, on the planes z = ..., −1, 0, 1, ... mm."""
    import numpy as np

    from sbrt_qa.model import Structure
    from sbrt_qa.phantom.shapes import box, sphere
    from sbrt_qa.phantom.slices import Slicing, contours_on

    slicing = Slicing(SLICE_MM, point_mm=pi * case.diameter_mm / VERTICES)
    drawn = []
    for number_, own in enumerate(spheres):
        (x0, x1), (y0, y1), (z0, z1) = own.box_mm
        planes = np.arange(z0, z1 + SLICE_MM / 2, SLICE_MM)
        ball = sphere(case.diameter_mm / 2, own.centre_mm)
        room = box((x1 - x0, y1 - y0, z1 - z0), ((x0 + x1) / 2, (y0 + y1) / 2, (z0 + z1) / 2))
        drawn.append(Structure(_room(own), 2 * number_ + 2, contours_on(room, planes, slicing), "CONTROL"))
        if case.asks_volume:
            drawn.append(Structure(_name(own), 2 * number_ + 1, contours_on(ball, planes, slicing), "GTV"))
    return drawn


def _name(own: _Sphere) -> str:
    return f"Sphere {own.index + 1}"


def _room(own: _Sphere) -> str:
    return f"Box {own.index + 1}"


def _blanks(case: _Case, dose: Dose, own: _Sphere, field: Stanley) -> tuple[Point, ...]:
    """Return the three numbers of a sphere without their values: the truth, and what the ideal dose would give."""
    from sbrt_qa.phantom.trilinear_truth import volume_above_cc

    size = f"{number(case.diameter_mm)} mm"
    found = []
    if case.asks_volume:
        tolerance = VOLUME_PERCENT.get(case.diameter_mm, USUAL_VOLUME_PERCENT)
        found.append(Point(size, _name(own), "Volume", "cc", None, pi * case.diameter_mm**3 / 6000, tolerance))
    for metric, share in SHARES.items():
        gy = share * field.edge_gy
        ideal_cc = 4 / 3 * pi * field.radius_mm(gy) ** 3 / 1000
        truth_cc = volume_above_cc(dose, gy, own.box_mm, NODES)
        found.append(
            Point(f"{size}, model in {case.unit}", _name(own), metric, "cc", None, truth_cc, DOSE_PERCENT, ideal_cc)
        )
    return tuple(found)


def _points(curves: Curves, own: _Sphere, blanks: tuple[Point, ...], edge_gy: float) -> Iterable[Point]:
    for blank in blanks:
        if blank.metric == "Volume":
            yield answered(blank, partial(curves.ask, _name(own), attrgetter("volume_cc")))
        else:
            above = methodcaller("volume_at", gy=SHARES[blank.metric] * edge_gy)
            yield answered(blank, partial(curves.ask, _room(own), above))


# ---- all cases


def _chapter(points: tuple[Point, ...], sampling: Sampling, quick: bool) -> Chapter:  # noqa: FBT001  the shelf's signature
    if not _is_linear(sampling):
        points = tuple(point if point.ideal is None else replace(point, truth=point.ideal) for point in points)
    return Chapter(
        set_id="stanley",
        title="Stanley 2021: small spheres in a radiosurgical dose",
        source=STANLEY,
        sampling=sampling,
        definitions=_definitions(sampling),
        criteria=tuple(_criteria(points, sampling, quick)),
        tables=tuple(tables(points, UNITS_MM)),
        points=points,
    )


def _is_linear(sampling: Sampling) -> bool:
    return sampling.dose == "trilinear"


def _definitions(sampling: Sampling) -> tuple[str, ...]:
    built = (
        "Spheres of 3 to 20 mm on 1 mm slices and a 1 mm grid, each at its own place between voxels and slices (an "
        "even lattice, not chance), drawn on the planes through it. The dose is the paper's radial model; 100 % is "
        "the dose on the sphere's surface."
    )
    units = (
        "The model is run twice. With its lengths in cm the dose falls to half within 3.8 mm of the surface, and the "
        "sampled dose alone reproduces the published deviations of TPS-D: the published results are set beside it. "
        "With its lengths in mm the dose falls ten times faster: a harder test, without published results."
    )
    truth = (
        "that of the sampled dose with linear interpolation between voxels. Its distance to the ideal dose is a "
        "property of the data, not of a program: a 1 mm grid cannot carry such gradients."
        if _is_linear(sampling)
        else f"the ideal dose, and they are not judged: what {sampling.dose} interpolation makes of the samples is "
        "not known in closed form."
    )
    counted = f"V100% and V50% are measured in a box round each sphere (the paper: out to 25 %). Their truth is {truth}"
    return built, units, counted


def _criteria(points: tuple[Point, ...], sampling: Sampling, quick: bool) -> Iterable[Criterion]:  # noqa: FBT001
    if not quick:
        volumes = by_case(points, "Volume")
        means = {size: mean(own) for size, own in volumes.items()}
        yield judged(
            "STANLEY-VOLUME",
            "The mean volume over all positions is within 2 % of the truth at 3 mm and within 1 % from 5 mm.",
            ", ".join(f"{size} {signed(mean, 2)} %" for size, mean in means.items()),
            met=all(abs(means[size]) <= own[0].tolerance_percent for size, own in volumes.items()),
            points=[point for own in volumes.values() for point in own],
        )
    for metric in SHARES if _is_linear(sampling) else ():
        own = [point for point in points if point.metric == metric]
        found = deviations(own)
        yield judged(
            f"STANLEY-{metric.removesuffix('%')}",
            f"{metric} is within {DOSE_PERCENT:g} % of the truth of the sampled dose at every size and position.",
            f"{signed(min(found), 2)} to {signed(max(found), 2)} %" if found else "nothing",
            met=not any(point.off for point in own),
            points=own,
        )


SET = ReferenceSet("stanley", "Stanley 2021", 2, _cases, _measure, _chapter)
