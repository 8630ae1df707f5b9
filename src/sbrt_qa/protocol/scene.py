"""Scene: what pictures of a case are made of. Reports draw it; every number in it is settled here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram import slabs
from sbrt_qa.histogram.where import coldest_and_hottest
from sbrt_qa.model import Dose, Grid
from sbrt_qa.protocol.places import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sbrt_qa.histogram import Sampling
    from sbrt_qa.histogram.where import Spot
    from sbrt_qa.model import Case, Image, ImagePlane, Structure
    from sbrt_qa.protocol.exhibits import Exhibits
    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.protocol.places import Place, Spots


@dataclass(frozen=True, slots=True, eq=False)
class Outlined:
    """A structure to draw.

    Parameters
    ----------
    structure : Structure
        Its closed contours.
    slabs_mm : tuple of (z, low, high)
        The height that each contour plane stands for, rising, end caps decided.
    """

    structure: Structure
    slabs_mm: tuple[tuple[float, float, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Dose, image and structures of one case in one frame of reference, and where its findings are decided.

    Parameters
    ----------
    dose : Dose
        On a grid along the patient's axes.
    image : Image or None
        The CT, where there is one along the same axes in the same frame.
    outlined : tuple of Outlined
        Contoured structures in file order, then derived ones that were judged.
    places : tuple of Place
        In the order of the findings; none for a finding that has no place, or whose structure is not drawn.
    hottest : Spot or None
        The hottest point of the target, where pictures open; None where it is not known.
    load_planes : callable
        Reads the image planes that the structures are drawn on.
    dose_stands : bool
        False where the case was refused: then the dose is all zero, and nothing of it is to be shown.
    """

    dose: Dose
    image: Image | None
    outlined: tuple[Outlined, ...]
    places: tuple[Place, ...]
    hottest: Spot | None
    load_planes: Callable[[], tuple[ImagePlane, ...]] = field(default=lambda: ())
    dose_stands: bool = True


def scene_of(exhibits: Exhibits, findings: tuple[Finding, ...]) -> Scene | None:
    """Gather what pictures of a judged case need.

    Parameters
    ----------
    exhibits : Exhibits
        The case with its curves and derived structures.
    findings : tuple of Finding
        What became of it.

    Returns
    -------
    Scene or None
        None for a dose that has no planes along the patient's axes.
    """
    case = exhibits.case
    if not _has_planes(case.dose.grid):
        return None
    outlined = tuple(_outlined(_drawable(case, exhibits, findings), exhibits.sampling))
    known: dict[int, tuple[Spot, Spot] | None] = {}

    def spots(structure: Structure) -> tuple[Spot, Spot] | None:
        if structure.number not in known:
            known[structure.number] = coldest_and_hottest(structure, case.dose, exhibits.sampling)
        return known[structure.number]

    drawn = {one.structure.number for one in outlined}
    found = (place_of(finding, exhibits, spots) for finding in findings if finding.roi_number in drawn)
    places = tuple(place for place in found if place is not None)
    opening = _opening(exhibits, spots)
    return Scene(case.dose, _image(case), outlined, places, opening, case.load_planes)


def scene_without_findings(case: Case, sampling: Sampling, *, refused: bool) -> Scene | None:
    """Gather what pictures of a case that was not judged need.

    Parameters
    ----------
    case : Case
        The case.
    sampling : Sampling
        Its end caps decide how far structures reach.
    refused : bool
        True where a check refused the case: its dose is not shown then, only image and contours.

    Returns
    -------
    Scene or None
        None where there are no planes to show: those of the dose, or of the CT for a refused case.
    """
    image = _image(case)
    if refused and (image is None or not _has_planes(image.grid)):
        return None
    dose = _no_dose_on(image) if refused and image is not None else case.dose
    if not _has_planes(dose.grid):
        return None
    outlined = tuple(_outlined(_contoured(case), sampling))
    return Scene(dose, image, outlined, (), None, case.load_planes, dose_stands=not refused)


def _has_planes(grid: Grid) -> bool:
    return min(grid.shape_zyx) >= 2 and grid.is_axis_aligned


def _no_dose_on(image: Image) -> Dose:
    """Return zero everywhere in the image: where there is a picture, and nothing to see of a dose."""
    x_mm, y_mm = (axis[:: max(axis.size // 100, 1)] for axis in (image.grid.x_mm, image.grid.y_mm))
    grid = Grid(x_mm, y_mm, image.grid.z_mm)
    return Dose(grid, np.zeros(grid.shape_zyx, dtype=np.float32), image.identity)


def _opening(exhibits: Exhibits, spots: Spots) -> Spot | None:
    """Return the hottest point of the first target."""
    role = exhibits.protocol.prescription.target
    for target in exhibits.matching.filled.get(role, ()):
        try:
            found = spots(target)
        except SbrtQaError:
            continue
        if found is not None:
            return found[1]
    return None


def _image(case: Case) -> Image | None:
    image = case.image
    if image is None or not image.grid.is_axis_aligned:
        return None
    frame_uid = image.identity.frame_uid
    return image if frame_uid and frame_uid == case.dose.frame_uid else None


def _drawable(case: Case, exhibits: Exhibits, findings: Iterable[Finding]) -> Iterable[Structure]:
    """Yield contoured structures that lie in the frame of the dose, then the derived ones of findings."""
    yield from _contoured(case)
    judged = {finding.roi_number for finding in findings}
    for role in exhibits.protocol.roles.values():
        if role.derive is not None:
            try:
                derived = exhibits.derived(role, exhibits.sampling)
            except SbrtQaError:
                continue  # its findings say why
            if derived.number < 0 and derived.number in judged:
                yield derived


def _contoured(case: Case) -> Iterable[Structure]:
    return (s for s in case.structures if not s.faults and s.frame_uid in {"", case.dose.frame_uid})


def _outlined(structures: Iterable[Structure], sampling: Sampling) -> Iterable[Outlined]:
    for structure in structures:
        try:
            yield Outlined(structure, slabs(structure, sampling))
        except SbrtQaError:
            continue  # bounds no volume: there is nothing to outline
