"""Scene: what pictures of a case are made of. Reports draw it; every number in it is settled here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram import slabs
from sbrt_qa.histogram.where import coldest_and_hottest
from sbrt_qa.protocol.places import place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sbrt_qa.histogram import Sampling
    from sbrt_qa.histogram.where import Spot
    from sbrt_qa.model import Case, Dose, Image, ImagePlane, Structure
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
    """

    dose: Dose
    image: Image | None
    outlined: tuple[Outlined, ...]
    places: tuple[Place, ...]
    hottest: Spot | None
    load_planes: Callable[[], tuple[ImagePlane, ...]] = field(default=lambda: ())


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
    if min(case.dose.grid.shape_zyx) < 2 or not case.dose.grid.is_axis_aligned:
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
    judged = {finding.roi_number for finding in findings}
    for structure in case.structures:
        if not structure.faults and structure.frame_uid in {"", case.dose.frame_uid}:
            yield structure
    for role in exhibits.protocol.roles.values():
        if role.derive is not None:
            try:
                derived = exhibits.derived(role, exhibits.sampling)
            except SbrtQaError:
                continue  # its findings say why
            if derived.number < 0 and derived.number in judged:
                yield derived


def _outlined(structures: Iterable[Structure], sampling: Sampling) -> Iterable[Outlined]:
    for structure in structures:
        try:
            yield Outlined(structure, slabs(structure, sampling))
        except SbrtQaError:
            continue  # bounds no volume: there is nothing to outline
