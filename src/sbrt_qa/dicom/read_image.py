"""CT slices -> Image, on demand and for pictures only: no number depends on it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sbrt_qa.dicom.orientation import in_plane_mm, read_orientation, read_position, to_patient
from sbrt_qa.dicom.part10 import is_plain, open_part10, unreadable_syntax
from sbrt_qa.dicom.strict import decimal, fault, unsigned
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import SbrtQaError
from sbrt_qa.model import Image

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sbrt_qa.dicom.folder import DicomObject
    from sbrt_qa.dicom.orientation import Orientation
    from sbrt_qa.dicom.walk import Elements

_CODE = "no-images"
_SAME_MM = 0.01
_BITS = 16
_STEEPEST = 1e6  # of a slope or an intercept; Hounsfield units end at some ten thousand


class _Slice(NamedTuple):
    orientation: Orientation
    rows_mm: NDArray[np.float64]
    columns_mm: NDArray[np.float64]
    position_mm: float
    hu: NDArray[np.int16]


def read_image(slices: Sequence[DicomObject]) -> Image | None:
    """Read one CT series.

    Parameters
    ----------
    slices : sequence of DicomObject
        The CT files of one series, in any order.

    Returns
    -------
    Image or None
        None when there are no slices, or they do not make one consistent stack.
    """
    try:
        return _stack(slices) if slices else None
    except (SbrtQaError, OSError):
        return None


def _stack(files: Sequence[DicomObject]) -> Image:
    pairs = [(_slice(open_plain(file)), file) for file in files]
    pairs.sort(key=lambda pair: pair[0].position_mm)
    slices = [pair[0] for pair in pairs]
    first = slices[0]
    for other in slices[1:]:
        if not _same_plane(first, other):
            raise SbrtQaError("the slices of the image differ in orientation, size or position", code=_CODE)
    stack = np.stack([plane.hu for plane in slices])
    positions = np.array([plane.position_mm for plane in slices])
    grid, hu = to_patient(stack, (positions, first.rows_mm, first.columns_mm), first.orientation)
    return Image(grid=grid, hu=hu, identity=pairs[0][1].identity)


def open_plain(file: DicomObject) -> Elements:
    """Read a file again and open it; compressed pixels are refused."""
    part10 = open_part10(file.reopen(), file.name)
    if not is_plain(part10.syntax):
        raise unreadable_syntax(part10.syntax, file.name)
    return part10.elements


def _slice(ds: Elements) -> _Slice:
    orientation = read_orientation(ds)
    hu = _hounsfield(ds)
    rows_mm, columns_mm = in_plane_mm(ds, orientation, (hu.shape[0], hu.shape[1]))
    return _Slice(orientation, rows_mm, columns_mm, read_position(ds)[orientation.frames.patient], hu)


def _hounsfield(ds: Elements) -> NDArray[np.int16]:
    rows, columns = (unsigned(ds, tag, _CODE) or 0 for tag in (Tag.Rows, Tag.Columns))
    stored = ds.view(Tag.PixelData) if Tag.PixelData in ds else memoryview(b"")
    if unsigned(ds, Tag.BitsAllocated, _CODE) != _BITS or len(stored) != rows * columns * 2 or not len(stored):
        fault(ds, Tag.PixelData, f"is not {rows} × {columns} numbers of {_BITS} bits", _CODE)
    signed = unsigned(ds, Tag.PixelRepresentation, _CODE)
    pixels = np.frombuffer(stored, dtype="<i2" if signed else "<u2").reshape(rows, columns)
    unused = _BITS - (unsigned(ds, Tag.BitsStored, _CODE) or _BITS)
    if unused > 0:  # bits above the stored ones may hold anything
        pixels = (pixels << unused) >> unused
    slope = decimal(ds, Tag.RescaleSlope, _CODE)
    intercept = decimal(ds, Tag.RescaleIntercept, _CODE)
    if slope is None or intercept is None:
        fault(ds, Tag.RescaleSlope, f"or {Tag.RescaleIntercept} is missing", _CODE)
    if max(abs(slope), abs(intercept)) > _STEEPEST:
        fault(
            ds, Tag.RescaleSlope, f"{slope:g} or {Tag.RescaleIntercept} {intercept:g} gives no Hounsfield units", _CODE
        )
    hu = pixels * np.float32(slope) + np.float32(intercept)
    rounded: NDArray[np.int16] = np.clip(np.rint(hu), -32768, 32767).astype(np.int16)
    return rounded


def _same_plane(a: _Slice, b: _Slice) -> bool:
    return a.orientation == b.orientation and all(
        p.shape == q.shape and bool((np.abs(p - q) <= _SAME_MM).all())
        for p, q in ((a.rows_mm, b.rows_mm), (a.columns_mm, b.columns_mm))
    )
