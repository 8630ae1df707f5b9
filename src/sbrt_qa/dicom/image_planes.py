"""The image planes that structures are drawn on: of the CT in hand, else as the structure set refers to them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sbrt_qa.dicom.contour_text import ContourTextError, parse_points
from sbrt_qa.dicom.links import data_of
from sbrt_qa.dicom.orientation import read_orientation, read_position
from sbrt_qa.dicom.part10 import open_part10
from sbrt_qa.dicom.strict import integer, uid
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError
from sbrt_qa.model import ImagePlane

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sbrt_qa.dicom.folder import DicomObject
    from sbrt_qa.dicom.walk import Elements

    Homes = dict[str, tuple[str, str]]

SAME_PLANE_MM = 0.05  # as for the slabs
_Z = 2
_CODE = "contour-data-invalid"


def image_planes(slices: Sequence[DicomObject], structure_set: DicomObject, frame_uid: str) -> tuple[ImagePlane, ...]:
    """Return the planes on which new contours can be drawn.

    Parameters
    ----------
    slices : sequence of DicomObject
        The CT files of the case; where there are none, the planes are those of the contours.
    structure_set : DicomObject
        What was drawn, and on which images by its own references.
    frame_uid : str
        Frame of reference of the dose.

    Returns
    -------
    tuple of ImagePlane
        Rising, each height once; without an image where none, or more than one, is said to be there. Empty where the
        CT is not axial or cannot be read.
    """
    try:
        found = [_of_slice(file) for file in slices] if slices else [*_of_contours(data_of(structure_set), frame_uid)]
    except (CaseError, ContourTextError, OSError):
        return ()
    return tuple(_each_once(found))


def _of_slice(file: DicomObject) -> ImagePlane:
    elements = open_part10(file.reopen(), file.name).elements
    if read_orientation(elements).frames.patient != _Z:
        raise CaseError("the image is not axial", code="no-images")
    own = file.identity
    return ImagePlane(read_position(elements)[_Z], own.sop_class_uid, own.sop_uid, own.series_uid, own.study_uid)


def _of_contours(ds: Elements, frame_uid: str) -> Iterator[ImagePlane]:
    homes = _homes(ds, frame_uid)
    others = {
        integer(item, Tag.ROINumber, _CODE)
        for item in ds.items(Tag.StructureSetROISequence)
        if uid(item, Tag.ReferencedFrameOfReferenceUID) not in {"", frame_uid}
    }
    contours = [
        contour
        for item in ds.items(Tag.ROIContourSequence)
        if integer(item, Tag.ReferencedROINumber, _CODE) not in others
        for contour in item.items(Tag.ContourSequence)
        if contour.raw(Tag.ContourData)
    ]
    for contour, points in zip(contours, parse_points([c.raw(Tag.ContourData) for c in contours]), strict=True):
        yield _of_contour(contour, float(points[:, _Z].min() + points[:, _Z].max()) / 2, homes)


def _of_contour(contour: Elements, z_mm: float, homes: Homes) -> ImagePlane:
    images = contour.items(Tag.ContourImageSequence)
    if len(images) != 1:
        return ImagePlane(z_mm)
    image = uid(images[0], Tag.ReferencedSOPInstanceUID)
    if image not in homes:
        return ImagePlane(z_mm)
    return ImagePlane(z_mm, uid(images[0], Tag.ReferencedSOPClassUID), image, *homes[image])


def _homes(ds: Elements, frame_uid: str) -> Homes:
    """Return series and study of every image that is listed for a frame of reference."""
    return {
        uid(image, Tag.ReferencedSOPInstanceUID): (
            uid(series, Tag.SeriesInstanceUID),
            uid(study, Tag.ReferencedSOPInstanceUID),
        )
        for frame in ds.items(Tag.ReferencedFrameOfReferenceSequence)
        if uid(frame, Tag.FrameOfReferenceUID) == frame_uid
        for study in frame.items(Tag.RTReferencedStudySequence)
        for series in study.items(Tag.RTReferencedSeriesSequence)
        for image in series.items(Tag.ContourImageSequence)
    }


def _each_once(found: Iterable[ImagePlane]) -> Iterator[ImagePlane]:
    """Take planes at one height as one; what they do not agree on, nobody knows."""
    planes = sorted(found, key=lambda plane: plane.z_mm)
    starts = [k for k, _ in enumerate(planes) if not k or planes[k].z_mm - planes[k - 1].z_mm > SAME_PLANE_MM]
    for first, last in pairwise([*starts, len(planes)]):
        images = {plane.sop_uid: plane for plane in planes[first:last] if plane.sop_uid}
        yield images.popitem()[1] if len(images) == 1 else ImagePlane(planes[first].z_mm)
