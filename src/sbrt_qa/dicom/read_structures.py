"""RTSTRUCT -> StructureSet: three sequences, matched by ROI number and never by position."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.dicom.charset import charset_of, label, text
from sbrt_qa.dicom.contour_text import ContourTextError, parse_points
from sbrt_qa.dicom.strict import decimals, fault, integer, uid, uids, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError
from sbrt_qa.model import Contour, Structure, StructureSet

if TYPE_CHECKING:
    from sbrt_qa.dicom.charset import Charset
    from sbrt_qa.dicom.walk import Elements
    from sbrt_qa.model import Identity

Faults = tuple[tuple[str, str], ...]

_GEOMETRIES = frozenset({"CLOSED_PLANAR", "CLOSEDPLANAR_XOR", "OPEN_PLANAR", "OPEN_NONPLANAR", "POINT"})
_ORPHAN = "contour-orphan"
_INVALID = "contour-data-invalid"


def read_structures(ds: Elements, identity: Identity) -> StructureSet:
    """Read one RTSTRUCT object.

    Parameters
    ----------
    ds : Elements
        Its data set.
    identity : Identity
        Of the same object.

    Returns
    -------
    StructureSet
        Every defined ROI, in the order of StructureSetROISequence, with or without contours. An ROI
        whose contours cannot be trusted has none, and the reason in ``faults``
        (``contour-data-invalid``, ``contour-offset``). A name that cannot be decoded is a fault
        too (``charset-invalid``); its bytes show as escapes, so it is never taken for another.

    Raises
    ------
    CaseError
        ``contour-orphan`` when contours cannot be given to one ROI.
    """
    charset = charset_of(ds)
    contours = _by_number(ds, Tag.ROIContourSequence)
    observations = _by_number(ds, Tag.RTROIObservationsSequence)
    structures = []
    numbers = set()
    for item in ds.items(Tag.StructureSetROISequence):
        number = _number(item, Tag.ROINumber)
        if number in numbers:
            fault(
                item,
                Tag.ROINumber,
                f"{number} is given to two ROIs: their contours cannot be told apart",
                _ORPHAN,
            )
        numbers.add(number)
        read = _structure(item, contours.get(number, []), observations.get(number, []))
        structures.append(_named(read, item, charset_of(item, charset)))
    _refuse_orphans(contours, numbers)
    frames = uids(ds, Tag.ReferencedFrameOfReferenceSequence, Tag.FrameOfReferenceUID)
    identity = replace(identity, frame_uid=frames[0] if frames else identity.frame_uid)
    return StructureSet(identity=identity, structures=tuple(structures), frame_uids=frames)


def series_of(ds: Elements) -> tuple[str, ...]:
    """UIDs of the image series that a structure set was drawn on (3006,0010)>(3006,0012)>(3006,0014)."""
    return tuple(
        found
        for frame in ds.items(Tag.ReferencedFrameOfReferenceSequence)
        for study in frame.items(Tag.RTReferencedStudySequence)
        for found in uids(study, Tag.RTReferencedSeriesSequence, Tag.SeriesInstanceUID)
    )


def _named(structure: Structure, item: Elements, charset: Charset) -> Structure:
    try:
        return replace(structure, name=text(item, Tag.ROIName, charset))
    except CaseError as error:
        unreadable = (error.code, f"The name cannot be read: {error.what}.")
        return replace(structure, name=label(item, Tag.ROIName, charset), faults=(unreadable, *structure.faults))


def _structure(item: Elements, contours: list[Elements], observations: list[Elements]) -> Structure:
    kinds = {word(observation, Tag.RTROIInterpretedType) for observation in observations}
    found, faults = _contours(contours)
    return Structure(
        name="",
        number=_number(item, Tag.ROINumber),
        contours=found,
        kind=kinds.pop() if len(kinds) == 1 else "",
        frame_uid=uid(item, Tag.ReferencedFrameOfReferenceUID),
        color=_color(contours),
        stated_volume_cc=_volume_cc(item),
        faults=faults,
    )


def _contours(items: list[Elements]) -> tuple[tuple[Contour, ...], Faults]:
    """Contours of one ROI, or none with the reason why they cannot be trusted."""
    if len(items) > 1:
        return (), ((_INVALID, f"The contours are given in {len(items)} separate items for one ROI."),)
    contours = [contour for item in items for contour in item.items(Tag.ContourSequence)]
    drawn = [contour for contour in contours if not _is_blank(contour)]
    try:
        if any(_is_offset(contour) for contour in drawn):
            return (), (("contour-offset", "A contour is to be moved by a contour offset vector."),)
        points = parse_points([contour.raw(Tag.ContourData) for contour in drawn])
        for contour, own in zip(drawn, points, strict=True):
            _require_count(contour, len(own))
        geometries = [_geometry(contour) for contour in drawn]
    except ContourTextError as error:
        return (), ((_INVALID, f"The contours cannot be read: {error}."),)
    except CaseError as error:
        return (), ((error.code, f"The contours cannot be read: {error.what}."),)
    return tuple(map(Contour, points, geometries)), ()


def _is_blank(contour: Elements) -> bool:
    """Whether a contour says that it has no points, and has none."""
    return not contour.raw(Tag.ContourData) and integer(contour, Tag.NumberOfContourPoints, _INVALID) == 0


def _is_offset(contour: Elements) -> bool:
    return Tag.ContourOffsetVector in contour and any(decimals(contour, Tag.ContourOffsetVector, _INVALID))


def _require_count(contour: Elements, count: int) -> None:
    stated = integer(contour, Tag.NumberOfContourPoints, _INVALID)
    if stated not in (None, count):
        raise ContourTextError(f"{stated} points are announced, {count} are there")


def _geometry(contour: Elements) -> str:
    geometry = word(contour, Tag.ContourGeometricType)
    if geometry not in _GEOMETRIES:
        raise ContourTextError(f"the geometric type {geometry!r} is unknown")
    return geometry


def _by_number(ds: Elements, sequence: Tag) -> dict[int, list[Elements]]:
    """Items of a sequence by the ROI number they refer to."""
    found: dict[int, list[Elements]] = {}
    for item in ds.items(sequence):
        found.setdefault(_number(item, Tag.ReferencedROINumber), []).append(item)
    return found


def _number(item: Elements, tag: Tag) -> int:
    number = integer(item, tag, _ORPHAN)
    if number is None:
        fault(item, tag, "is missing: contours cannot be given to an ROI", _ORPHAN)
    return number


def _refuse_orphans(contours: dict[int, list[Elements]], numbers: set[int]) -> None:
    for number, items in contours.items():
        if number not in numbers and any(Tag.ContourSequence in item for item in items):
            what = f"{number} has contours, but no ROI of that number is defined"
            fault(items[0], Tag.ReferencedROINumber, what, _ORPHAN)


def _color(items: list[Elements]) -> tuple[int, int, int] | None:
    """Display colour; a malformed one is only a colour, so none."""
    values = word(items[0], Tag.ROIDisplayColor).split("\\") if items else []
    if len(values) != 3 or not all(v.strip().isdigit() and int(v) <= 255 for v in values):
        return None
    red, green, blue = map(int, values)
    return red, green, blue


def _volume_cc(item: Elements) -> float | None:
    """Stated volume; a malformed one is no statement."""
    try:
        values = decimals(item, Tag.ROIVolume, "roi-volume-differs")
    except CaseError:
        return None
    return values[0] if len(values) == 1 else None
