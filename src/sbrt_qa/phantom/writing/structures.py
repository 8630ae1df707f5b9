"""StructureSet -> RTSTRUCT."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pydicom.charset import default_encoding
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from sbrt_qa.phantom.writing.elements import (
    NOON,
    SOP_CLASSES,
    STUDY_CLASS,
    decimal,
    item,
    new_object,
    reference,
)
from sbrt_qa.phantom.writing.image import slice_uid

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

    from sbrt_qa.model import Contour, Image, Structure, StructureSet

CONTOUR_DATA = Tag(0x30060050)
LONGEST_EXPLICIT = 65534  # bytes of a DS element with explicit VR: its length has 16 bits
PALETTE = (
    (255, 0, 0), (0, 160, 255), (0, 200, 0), (255, 200, 0), (255, 0, 255), (0, 220, 220), (255, 128, 0),
    (150, 100, 255), (140, 200, 80), (255, 130, 170), (160, 120, 80), (120, 160, 200),
)  # fmt: skip


def structure_set_object(structure_set: StructureSet, image: Image | None) -> Dataset:
    """RTSTRUCT of a structure set.

    Parameters
    ----------
    structure_set : StructureSet
        Contours in patient coordinates.
    image : Image or None
        When given, the set refers to its slices, and each contour to the slice it lies on.

    Returns
    -------
    Dataset
    """
    made = new_object(structure_set.identity, "RTSTRUCT", 2)
    made.StructureSetLabel = structure_set.identity.label[:16] or "STRUCTURES"
    made.StructureSetDate = structure_set.identity.date
    made.StructureSetTime = NOON if structure_set.identity.date else ""
    made.InstanceNumber = 1
    made.ReferencedFrameOfReferenceSequence = _frames(structure_set, image)
    made.StructureSetROISequence = [_roi(s, structure_set.identity.frame_uid) for s in structure_set.structures]
    made.ROIContourSequence = [_contours(s, image) for s in structure_set.structures]
    made.RTROIObservationsSequence = [
        item(
            ObservationNumber=number,
            ReferencedROINumber=structure.number,
            RTROIInterpretedType=structure.kind,
            ROIInterpreter="",
        )
        for number, structure in enumerate(structure_set.structures, start=1)
    ]
    return made


def needs_implicit_vr(made: Dataset) -> bool:
    """Tell whether a contour is too long for the explicit form."""
    contours = (c for roi in made.ROIContourSequence for c in roi.get("ContourSequence", ()))
    return any((c.get_item(CONTOUR_DATA).length or 0) > LONGEST_EXPLICIT for c in contours)


def keep_raw(made: Dataset, *, implicit_vr: bool) -> None:
    """Say how the file will be encoded, so that contour data are written as the bytes they are."""
    for roi in made.ROIContourSequence:
        for contour in roi.get("ContourSequence", ()):
            contour.set_original_encoding(implicit_vr, True, default_encoding)


def _frames(structure_set: StructureSet, image: Image | None) -> list[Dataset]:
    identity = structure_set.identity
    uids = structure_set.frame_uids or ((identity.frame_uid,) if identity.frame_uid else ())
    frames = [item(FrameOfReferenceUID=uid) for uid in uids]
    for frame in frames:
        if image is not None and image.identity.frame_uid == frame.FrameOfReferenceUID:
            slices = [reference(SOP_CLASSES["CT"], slice_uid(image, index)) for index in range(image.grid.z_mm.size)]
            series = item(SeriesInstanceUID=image.identity.series_uid, ContourImageSequence=slices)
            study = reference(STUDY_CLASS, image.identity.study_uid, RTReferencedSeriesSequence=[series])
            frame.RTReferencedStudySequence = [study]
    return frames


def _roi(structure: Structure, frame_uid: str) -> Dataset:
    volume_cc = structure.stated_volume_cc
    return item(
        ROINumber=structure.number,
        ReferencedFrameOfReferenceUID=structure.frame_uid or frame_uid or None,
        ROIName=structure.name,
        ROIVolume=None if volume_cc is None else decimal(volume_cc),
        ROIGenerationAlgorithm="",
    )


def _contours(structure: Structure, image: Image | None) -> Dataset:
    color = structure.color or PALETTE[structure.number % len(PALETTE)]
    made = item(ROIDisplayColor=list(color), ReferencedROINumber=structure.number)
    if structure.contours:
        made.ContourSequence = [_contour(c, n, image) for n, c in enumerate(structure.contours, start=1)]
    return made


def _contour(contour: Contour, number: int, image: Image | None) -> Dataset:
    made = item(
        ContourGeometricType=contour.geometry,
        NumberOfContourPoints=len(contour.points_mm),
        ContourNumber=number,
    )
    if image is not None:
        index = int(np.argmin(np.abs(image.grid.z_mm - contour.z_mm)))
        if abs(float(image.grid.z_mm[index]) - contour.z_mm) < 0.01:
            made.ContourImageSequence = [reference(SOP_CLASSES["CT"], slice_uid(image, index))]
    data = "\\".join(map(decimal, contour.points_mm.ravel().tolist())).encode("ascii")
    data += b" " * (len(data) % 2)
    # As bytes: a million numbers as text objects take seconds and say nothing more.
    made[CONTOUR_DATA] = RawDataElement(
        CONTOUR_DATA, "DS", len(data), data, 0, is_implicit_VR=False, is_little_endian=True
    )
    return made
