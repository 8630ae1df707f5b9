"""Dose -> RTDOSE."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.writing.elements import SOP_CLASSES, decimal, decimals, item, new_object, reference
from sbrt_qa.phantom.writing.geometry import lay

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from sbrt_qa.model import Dose
    from sbrt_qa.phantom.writing.export import Export

GRID_FRAME_OFFSET_VECTOR = 0x3004000C


def dose_object(dose: Dose, export: Export) -> Dataset:
    """RTDOSE of a dose, its full range spread over the bits.

    Parameters
    ----------
    dose : Dose
        Gray on a grid.
    export : Export
        Orientation, offsets and bits.

    Returns
    -------
    Dataset
    """
    laid = lay(dose.gy, dose.grid, export.orientation, descending=export.descending)
    stored, scaling = _quantised(laid.frames, export.bits)
    made = new_object(dose.identity, "RTDOSE", 4)
    made.update(
        item(
            InstanceNumber=1,
            SliceThickness="",
            ImagePositionPatient=decimals(laid.positions_mm[0]),
            ImageOrientationPatient=decimals(laid.cosines),
            SamplesPerPixel=1,
            PhotometricInterpretation="MONOCHROME2",
            NumberOfFrames=stored.shape[0],
            FrameIncrementPointer=GRID_FRAME_OFFSET_VECTOR,
            Rows=stored.shape[1],
            Columns=stored.shape[2],
            PixelSpacing=decimals(laid.spacing_mm),
            BitsAllocated=export.bits,
            BitsStored=export.bits,
            HighBit=export.bits - 1,
            PixelRepresentation=0,
            DoseUnits="GY",
            DoseType=dose.kind or None,
            SpatialTransformOfDose=dose.spatial_transform or None,
            DoseSummationType=dose.summation or None,
            TissueHeterogeneityCorrection=list(dose.heterogeneity) or None,
            DoseGridScaling=scaling,
        )
    )
    absolute = laid.positions_mm[0, 2] if export.offsets == "absolute" else 0.0
    made.GridFrameOffsetVector = decimals(laid.offsets_mm + absolute)
    _link(made, dose)
    made.PixelData = _even(stored.astype(f"<u{export.bits // 8}").tobytes())
    made["PixelData"].VR = "OW"
    return made


def _link(made: Dataset, dose: Dose) -> None:
    if dose.plan_uids:
        made.ReferencedRTPlanSequence = [reference(SOP_CLASSES["RTPLAN"], uid) for uid in dose.plan_uids]
    if dose.structure_set_uids:
        sets = [reference(SOP_CLASSES["RTSTRUCT"], uid) for uid in dose.structure_set_uids]
        made.ReferencedStructureSetSequence = sets


def _quantised(gy: NDArray[np.float32], bits: int) -> tuple[NDArray[np.uint64], str]:
    if gy.min() < 0:
        raise UsageError("a negative dose cannot be written", mend="the writer knows no DoseType ERROR")
    top = 2**bits - 1
    scaling = decimal(float(f"{float(gy.max()) / top:.9e}")) if gy.max() > 0 else "1"
    stored = np.rint(gy.astype(np.float64) / float(scaling))
    return np.minimum(stored, top).astype(np.uint64), scaling


def _even(data: bytes) -> bytes:
    return data + b"\0" * (len(data) % 2)
