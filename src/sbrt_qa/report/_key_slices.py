"""Key slices: where the target is hottest and where a finding is decided, and the lines and greys to draw there.

Pictures only: no number of the scorecard comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._lines import COLORS
from sbrt_qa.report._scorecard import scorecard
from sbrt_qa.report.sheet import SOFT

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from sbrt_qa.histogram.where import Spot
    from sbrt_qa.model import Dose, Image
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Outlined, Scene

    Points = Sequence[tuple[float, float]]

ISODOSES = ((110, "#7b1fa2"), (100, "#b3201a"), (80, "#E69F00"), (50, "#009E73"), (20, "#56B4E9"))  # per cent
WINDOW_HU = (-160.0, 240.0)
OUTLINE_DASHES: tuple[tuple[float, ...], ...] = ((), (6.0, 1.5))  # a second round of colours
APART_MM = 1.0  # two pictures of nearly the same plane tell nothing new


@dataclass(frozen=True, slots=True)
class Key:
    """One slice worth a look: where, and why."""

    spot: Spot
    title: str


def keys(evaluation: Evaluation, scene: Scene) -> list[Key]:
    """Choose the hottest point of the target, and the place of the worst finding on another plane."""
    found = [] if scene.hottest is None else [Key(scene.hottest, "Hottest point of the target")]
    places = {(place.constraint, place.roi_number): place for place in scene.places}
    for row in scorecard(evaluation):
        place = places.get((row.finding.constraint, row.finding.roi_number or 0))
        if row.finding.verdict in {None, Verdict.PASS} or place is None:
            continue
        if all(abs(place.spot.z_mm - other.spot.z_mm) > APART_MM for other in found):
            found.append(Key(place.spot, f"{row.name}: where {row.finding.constraint} is decided"))
            break
    return found[:2]


def judged(evaluation: Evaluation) -> frozenset[int]:
    return frozenset(f.roi_number for f in evaluation.findings if f.roi_number is not None and f.verdict is not None)


@dataclass(frozen=True, slots=True)
class Outline:
    """One structure on one plane: its look, and its rings."""

    name: str
    color: str
    dash: tuple[float, ...]
    rings: tuple[Points, ...]


def outlines(outlined: Iterable[Outlined], z_mm: float, numbers: frozenset[int]) -> Iterator[Outline]:
    """Yield what is judged and reaches this plane, and the patient's outline in grey; each name once."""
    number, seen = 0, set()
    for one in outlined:
        name, is_body = one.structure.name, one.structure.kind.upper() == "EXTERNAL"
        if name in seen or not (is_body or one.structure.number in numbers):
            continue
        seen.add(name)
        rings = tuple(_rings(one, z_mm))
        if not rings:
            continue
        if is_body:
            yield Outline(name, SOFT, (), rings)
            continue
        yield Outline(name, COLORS[number % len(COLORS)], OUTLINE_DASHES[number // len(COLORS) % 2], rings)
        number += 1


def _rings(one: Outlined, z_mm: float) -> Iterator[Points]:
    """Yield the rings of the slab that holds the plane."""
    index = next((k for k, (_, low, high) in enumerate(one.slabs_mm) if low <= z_mm <= high), None)
    if index is None:
        return
    planes = np.array([z for z, _, _ in one.slabs_mm])
    contours = one.structure.closed_contours
    own = np.searchsorted((planes[1:] + planes[:-1]) / 2, [contour.points_mm[0, 2] for contour in contours])
    for k in np.flatnonzero(own == index):
        yield [(float(x), float(y)) for x, y in contours[k].points_mm[:, :2]]


def plane(dose: Dose, z_mm: float) -> NDArray[np.float64]:
    """Dose on a plane, linear between the two around it."""
    at = float(np.interp(z_mm, dose.grid.z_mm, np.arange(dose.grid.z_mm.size)))
    below = min(int(at), dose.gy.shape[0] - 2)
    low, high = (np.asarray(dose.gy[k], dtype=np.float64) for k in (below, below + 1))
    return np.asarray(low + (high - low) * (at - below))


def isodose(on: NDArray[np.float64], dose: Dose, gy: float) -> Iterator[Points]:
    from skimage.measure import find_contours

    rows, columns = np.arange(on.shape[0]), np.arange(on.shape[1])
    for line in find_contours(on, gy):  # type: ignore[no-untyped-call]  # skimage has no types here
        x_mm = np.interp(line[:, 1], columns, dose.grid.x_mm)
        y_mm = np.interp(line[:, 0], rows, dose.grid.y_mm)
        yield list(zip(x_mm.tolist(), y_mm.tolist(), strict=True))


def grey(image: Image, z_mm: float) -> NDArray[np.uint8] | None:
    """Return the nearest plane of an image as grey levels; None beyond its ends."""
    axes = image.grid
    k = int(np.abs(axes.z_mm - z_mm).argmin())
    if abs(axes.z_mm[k] - z_mm) > float(np.diff(axes.z_mm).max(initial=APART_MM)):
        return None
    levels: NDArray[np.uint8] = np.rint(np.interp(image.hu[k], WINDOW_HU, (0, 255))).astype(np.uint8)
    return levels
