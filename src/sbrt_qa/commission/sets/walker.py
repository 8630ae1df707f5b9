"""Walker 2025: spheres in a Gaussian dose as wide as they are, and the indices of conformity and fall-off."""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, pi
from typing import TYPE_CHECKING

from sbrt_qa.commission.disk import Curves, answered, through_disk
from sbrt_qa.commission.document import Chapter, Criterion, Point, Table, judged
from sbrt_qa.commission.published import WALKER, WALKER_MGI, WALKER_PCI, WALKER_SYSTEMS
from sbrt_qa.commission.shelf import ReferenceSet
from sbrt_qa.commission.wording import number, signed
from sbrt_qa.errors import MetricUndefined

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from sbrt_qa.histogram import Sampling
    from sbrt_qa.model import Structure
    from sbrt_qa.phantom.fields import Gaussian

RADII_MM, QUICK_RADII_MM = (2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0), (2.0, 9.0)
LAYOUTS = {"on a slice": 0.0, "between slices": 0.5}  # of a slice
PEAK_GY, SLICE_MM, POINT_MM, MARGIN_MM = 10.0, 1.0, 0.1, 3.0
JUDGED_MM, VOLUME_PERCENT = 9.0, 5.0
# With slabs a sphere is a stack of discs, as in the published systems: their spread is the limit. With its shape, 2 %.
LIMITS_PERCENT = {"slab": {"PCI": 8.0, "MGI": 5.0}, "shape": {"PCI": 2.0, "MGI": 2.0}}
TARGET, BODY = "PTV", "Body"


@dataclass(frozen=True, slots=True)
class _Case:
    """One sphere."""

    radius_mm: float
    layout: str

    @property
    def label(self) -> str:
        return f"R {number(self.radius_mm)} mm, {self.layout}"


def _cases(quick: bool) -> tuple[_Case, ...]:  # noqa: FBT001  the shelf's signature
    return tuple(_Case(radius, layout) for radius in (QUICK_RADII_MM if quick else RADII_MM) for layout in LAYOUTS)


# ---- one case: drawn, written, read, computed


def _measure(case: _Case, samplings: Sequence[Sampling], folder: Path) -> tuple[tuple[Point, ...], ...]:
    from sbrt_qa.phantom.fields import Gaussian, grid_around, sample

    field = Gaussian(case.radius_mm, PEAK_GY)
    half = _half_mm(field)
    grid = grid_around(((-half, half),) * 3, SLICE_MM, SLICE_MM)
    (read,) = through_disk(folder, f"WALKER {case.label}", [sample(field, grid)], _drawn(case, half))
    return tuple(tuple(_points(case, field, Curves(read, sampling))) for sampling in samplings)


def _half_mm(field: Gaussian) -> float:
    """Return half the side of the body: well beyond the 50 % isodose, on grid planes."""
    return float(round(field.radius_mm(_prescription_gy() / 2) + MARGIN_MM))


def _prescription_gy() -> float:
    """Dose on the surface of every sphere, where r = R = sigma."""
    return PEAK_GY * exp(-0.5)


def _drawn(case: _Case, half_mm: float) -> tuple[Structure, ...]:
    import numpy as np

    from sbrt_qa.model import Structure
    from sbrt_qa.phantom.shapes import box, sphere
    from sbrt_qa.phantom.slices import Slicing, contours_on

    slicing = Slicing(SLICE_MM, point_mm=POINT_MM)
    reach = half_mm + 1
    planes = np.arange(-reach, reach + 1) * SLICE_MM + LAYOUTS[case.layout] * SLICE_MM
    body = box((2 * half_mm,) * 3)
    return (
        Structure(TARGET, 1, contours_on(sphere(case.radius_mm), planes, slicing), "PTV"),
        Structure(BODY, 2, contours_on(body, planes, slicing), "EXTERNAL"),
    )


def _points(case: _Case, field: Gaussian, curves: Curves) -> Iterable[Point]:
    """Return volumes and indices; the truth is that of the ideal sphere in the ideal dose."""
    full_gy = _prescription_gy()
    ball_cc, cloud_cc = (4 / 3 * pi * field.radius_mm(gy) ** 3 / 1000 for gy in (full_gy, full_gy / 2))
    limits = LIMITS_PERCENT[curves.sampling.between]

    def volume() -> float:
        return curves.ask(TARGET, lambda curve: curve.volume_cc)

    def covered() -> float:
        return curves.ask(TARGET, lambda curve: curve.volume_at(gy=full_gy))

    def above(share: float) -> float:
        return curves.ask(BODY, lambda curve: curve.volume_at(gy=share * full_gy))

    for name, metric, unit, truth, question in (
        (TARGET, "Volume", "cc", ball_cc, volume),
        (TARGET, "V100% in PTV", "cc", ball_cc, covered),
        (BODY, "V100%", "cc", ball_cc, lambda: above(1.0)),
        (BODY, "V50%", "cc", cloud_cc, lambda: above(0.5)),
        (TARGET, "PCI", "", 1.0, lambda: _ratio(covered() ** 2, volume() * above(1.0))),
        (TARGET, "MGI", "", cloud_cc / ball_cc, lambda: _ratio(above(0.5), covered())),
    ):
        blank = Point(case.label, name, metric, unit, None, truth, limits.get(metric, VOLUME_PERCENT))
        yield answered(blank, question)


def _ratio(upper: float, lower: float) -> float:
    if lower <= 0.0:
        raise MetricUndefined("an index over an empty volume has no meaning")
    return upper / lower


# ---- all cases


def _chapter(points: tuple[Point, ...], sampling: Sampling, quick: bool) -> Chapter:  # noqa: ARG001, FBT001  the shelf's signature
    return Chapter(
        set_id="walker",
        title="Walker 2025: spheres in a Gaussian dose",
        source=WALKER,
        sampling=sampling,
        definitions=_definitions(),
        criteria=tuple(_criteria(points, sampling)),
        tables=tuple(_tables(points)),
        points=points,
    )


def _definitions() -> tuple[str, ...]:
    built = (
        "Spheres of R = 2 to 9 mm on 1 mm slices, the centre on a slice or half way between two; planes through the "
        "sphere, and specks where one touches it. Gaussian dose with sigma = R and a peak of 10 Gy, centred on the "
        "sphere and on a voxel of a 1 mm grid (the paper states no grid). 100 % is the dose on the surface, 6.07 Gy."
    )
    indices = (
        "PCI (Paddick) is V100% in the PTV squared, over its volume and V100%; MGI is V50% over V100% in the PTV. "
        "The isodose volumes are those of a body round the sphere. Truth: the ideal sphere in the ideal dose, where "
        "V(D) = 4/3 pi (sigma sqrt(2 ln(10 Gy / D)))³, PCI is 1 and MGI 3.69."
    )
    return built, indices


def _criteria(points: tuple[Point, ...], sampling: Sampling) -> Iterable[Criterion]:
    spread = " (the spread of the published systems)" if sampling.between == "slab" else ""
    for metric, limit in LIMITS_PERCENT[sampling.between].items():
        own = [p for p in points if p.metric == metric and p.case.startswith(f"R {number(JUDGED_MM)} mm")]
        yield judged(
            f"WALKER-{metric}",
            f"{metric} of the sphere of R = {number(JUDGED_MM)} mm is within {limit:g} % of the truth{spread}.",
            ", ".join(_found(point) for point in own),
            met=not any(point.off for point in own),
            points=own,
        )


def _found(point: Point) -> str:
    layout = point.case.split(", ")[1]
    if point.value is None or point.error_percent is None:
        return f"{layout} none"
    return f"{layout} {point.value:.3f} ({signed(point.error_percent)} %)"


def _tables(points: tuple[Point, ...]) -> Iterable[Table]:
    for metric, published in (("PCI", WALKER_PCI), ("MGI", WALKER_MGI)):
        own = [point for point in points if point.metric == metric]
        rows = tuple((p.case, *_pair(p), *_systems(p.case, published)) for p in own)
        yield Table(f"{metric}, truth {own[0].truth:.2f}", ("Sphere", "here", "% off", *WALKER_SYSTEMS), rows)
    header = ("Sphere", "volume", "V100% in PTV", "V100%", "V50%")
    cases = dict.fromkeys(point.case for point in points)
    yield Table("Volumes: per cent off", header, tuple((case, *_off(points, case)) for case in cases))


def _off(points: Iterable[Point], case: str) -> list[str]:
    return [_pair(point)[1] for point in points if point.case == case and point.unit == "cc"]


def _pair(point: Point) -> tuple[str, str]:
    if point.value is None or point.error_percent is None:
        return "—", "—"
    return f"{point.value:.3f}", signed(point.error_percent)


def _systems(case: str, published: Mapping[tuple[float, str], tuple[float, ...]]) -> tuple[str, ...]:
    radius, layout = case.removeprefix("R ").split(" mm, ")
    found = published.get((float(radius), layout))
    return tuple(f"{value:.2f}" for value in found) if found else ("—",) * len(WALKER_SYSTEMS)


SET = ReferenceSet("walker", "Walker 2025", 3, _cases, _measure, _chapter)
