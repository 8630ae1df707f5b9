"""Image -> one CT object per slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.writing.elements import decimal, decimals, item, new_object, uid
from sbrt_qa.phantom.writing.geometry import lay

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from sbrt_qa.model import Image
    from sbrt_qa.phantom.writing.export import Export


def slice_uid(image: Image, index: int) -> str:
    """SOP Instance UID of slice ``index`` (counted along +z); the first is the image's own."""
    return image.identity.sop_uid if index == 0 else uid(image.identity.sop_uid, "slice", index)


def image_objects(image: Image, export: Export) -> Iterator[Dataset]:
    """CT objects of an image, from the feet to the head.

    Parameters
    ----------
    image : Image
        Hounsfield units on a grid.
    export : Export
        Orientation.

    Yields
    ------
    Dataset
    """
    laid = lay(image.hu, image.grid, export.orientation)
    intercept = min(-1024, int(image.hu.min()))
    for index in range(image.grid.z_mm.size):
        towards_head = laid.positions_mm[-1, 2] >= laid.positions_mm[0, 2]
        frame = index if towards_head else image.grid.z_mm.size - 1 - index
        stored = (laid.frames[frame].astype(np.int32) - intercept).astype("<u2")
        made = new_object(image.identity, "CT", 1)
        made.SOPInstanceUID = slice_uid(image, index)
        made.update(
            item(
                BodyPartExamined="ABDOMEN",
                ImageType=["ORIGINAL", "PRIMARY", "AXIAL"],
                SliceThickness=decimal(image.grid.spacing_mm[2] or 1.0),
                KVP="120",
                PatientPosition=export.orientation,
                AcquisitionNumber=1,
                InstanceNumber=index + 1,
                ImagePositionPatient=decimals(laid.positions_mm[frame]),
                ImageOrientationPatient=decimals(laid.cosines),
                SamplesPerPixel=1,
                PhotometricInterpretation="MONOCHROME2",
                Rows=stored.shape[0],
                Columns=stored.shape[1],
                PixelSpacing=decimals(laid.spacing_mm),
                BitsAllocated=16,
                BitsStored=16,
                HighBit=15,
                PixelRepresentation=0,
                WindowCenter="40",
                WindowWidth="400",
                RescaleIntercept=str(intercept),
                RescaleSlope="1",
                RescaleType="HU",
                PixelData=stored.tobytes(),
            )
        )
        made["PixelData"].VR = "OW"
        yield made
