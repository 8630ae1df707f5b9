"""RTDOSE -> Dose: gray on a grid in patient axes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dicom.beam_doses import beams_of
from sbrt_qa.dicom.oblique import Tilted, straighten
from sbrt_qa.dicom.orientation import aligned, in_plane_mm, read_axes, read_position, read_spacing, to_patient
from sbrt_qa.dicom.read_embedded_dvh import read_embedded_dvhs
from sbrt_qa.dicom.strict import decimal, fault, integer, lengths_mm, uids, unsigned, word, words
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError
from sbrt_qa.model import Dose, DoseWithoutPixels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.dicom.orientation import Orientation
    from sbrt_qa.dicom.walk import Elements
    from sbrt_qa.model import Grid, Identity

_MOST_VOXELS = 10**9
_MOST_GY = 10_000.0  # a curve of bins of 0.01 Gy takes memory with the dose
_SAME_MM = 0.01
_BYTES = {16: 2, 32: 4}


def plans_of(ds: Elements) -> tuple[str, ...]:
    """UIDs of the plans a dose says it belongs to (300C,0002)."""
    return uids(ds, Tag.ReferencedRTPlanSequence, Tag.ReferencedSOPInstanceUID)


def structure_sets_of(ds: Elements) -> tuple[str, ...]:
    """UIDs of the structure sets a dose or plan refers to (300C,0060)."""
    return uids(ds, Tag.ReferencedStructureSetSequence, Tag.ReferencedSOPInstanceUID)


def read_dose(ds: Elements, identity: Identity) -> Dose:
    """Read one RTDOSE object.

    Parameters
    ----------
    ds : Elements
        Its data set, with plain little-endian pixel data.
    identity : Identity
        Of the same object.

    Returns
    -------
    Dose
        Gray as float32 ``[z, y, x]``, positions rising along every axis. Type, summation and links
        are kept as written: checks judge them.

    Raises
    ------
    CaseError
        When gray or geometry cannot be established; the code is one of ``dose-units-relative``,
        ``dose-units-unknown``, ``dose-without-pixels``, ``dose-scaling-invalid``, ``dose-pixel-format``,
        ``dose-pixels-signed``, ``dose-frame-count``, ``dose-single-plane``, ``dose-too-large``,
        ``dose-orientation-invalid``, ``dose-oblique``, ``dose-spacing-invalid``, ``dose-offsets-invalid``,
        ``dose-implausible``.
    """
    _require_gray(ds)
    pixels = _pixels(ds, _shape(ds))
    gy = np.empty(pixels.shape, dtype=np.float32)
    with np.errstate(over="ignore"):  # Dose refuses what is not finite
        # float64 inside, because neither float32 nor int32 holds an unsigned 32-bit number
        np.multiply(pixels, _scaling(ds), out=gy, dtype=np.float64, casting="same_kind")
    if _MOST_GY < gy.max() < np.inf:
        fault(ds, Tag.DoseGridScaling, f"makes {gy.max():.0f} Gy, which no treatment gives", "dose-implausible")
    grid, placed, resampling = _placed(ds, gy)
    return Dose(
        grid=grid,
        gy=placed,
        identity=identity,
        summation=word(ds, Tag.DoseSummationType),
        kind=word(ds, Tag.DoseType),
        plan_uids=plans_of(ds),
        structure_set_uids=structure_sets_of(ds),
        heterogeneity=words(ds, Tag.TissueHeterogeneityCorrection),
        spatial_transform=word(ds, Tag.SpatialTransformOfDose),
        stated_dvhs=read_embedded_dvhs(ds),
        named_beams=tuple(beam for plan in dict.fromkeys(plans_of(ds)) for beam in beams_of(ds, plan)),
        resampling=resampling,
    )


def _placed(ds: Elements, gy: NDArray[np.float32]) -> tuple[Grid, NDArray[np.float32], str]:
    """Turn the stored planes into patient axes; what was interpolated for that is said in the text."""
    frames, rows, columns = gy.shape
    axes = read_axes(ds)
    orientation = aligned(axes)
    offsets = _offsets(ds, frames)
    if orientation is not None:
        frames_mm = _frames_mm(ds, orientation, offsets)
        return *to_patient(gy, (frames_mm, *in_plane_mm(ds, orientation, (rows, columns))), orientation), ""
    if offsets[0] != 0:
        what = f"begins with {offsets[0]}; 0 is expected in a tilted grid"
        fault(ds, Tag.GridFrameOffsetVector, what, "dose-offsets-invalid")
    forwards = slice(None, None, 1 if offsets[-1] > 0 else -1)
    per_row, per_column = read_spacing(ds)
    positions_mm = (
        offsets[forwards],
        per_row * np.arange(rows, dtype=float),
        per_column * np.arange(columns, dtype=float),
    )
    return straighten(Tilted(gy[forwards], positions_mm, axes, np.array(read_position(ds))), ds.where)


def _require_gray(ds: Elements) -> None:
    units = word(ds, Tag.DoseUnits)
    if units == "RELATIVE":
        mend = "export the absolute dose; it is never rescaled by the prescription"
        raise CaseError("the dose is relative, not in Gy", where=ds.where, mend=mend, code="dose-units-relative")
    if units != "GY":
        fault(ds, Tag.DoseUnits, f"is {units!r}, GY is expected", "dose-units-unknown")


def _scaling(ds: Elements) -> float:
    scaling = decimal(ds, Tag.DoseGridScaling, "dose-scaling-invalid")
    if scaling is None or scaling <= 0:
        fault(ds, Tag.DoseGridScaling, f"is {scaling}, a positive number is expected", "dose-scaling-invalid")
    return scaling


def _shape(ds: Elements) -> tuple[int, int, int]:
    """Frames, rows, columns."""
    if Tag.PixelData not in ds:
        raise DoseWithoutPixels(ds.where, read_embedded_dvhs(ds))
    frames = integer(ds, Tag.NumberOfFrames, "dose-frame-count")
    rows, columns = (unsigned(ds, tag, "dose-pixel-format") for tag in (Tag.Rows, Tag.Columns))
    shape = 1 if frames is None else frames, rows or 0, columns or 0
    if min(shape) < 1:
        fault(
            ds,
            Tag.Rows,
            f"and {Tag.Columns}, {Tag.NumberOfFrames} give a grid of {shape}",
            "dose-pixel-format",
        )
    if shape[0] * shape[1] * shape[2] > _MOST_VOXELS:
        fault(ds, Tag.NumberOfFrames, f"gives {shape[0] * shape[1] * shape[2]} voxels", "dose-too-large")
    return shape


def _pixels(ds: Elements, shape: tuple[int, int, int]) -> NDArray[np.generic]:
    """View the stored integers, shape (frames, rows, columns)."""
    bits = _bits(ds)
    stored = ds.view(Tag.PixelData)
    needed = shape[0] * shape[1] * shape[2] * _BYTES[bits]
    if len(stored) != needed:
        frames, rows, columns = shape
        what = f"has {len(stored)} bytes; {frames} frames of {rows} × {columns} with {bits} bits need {needed}"
        fault(ds, Tag.PixelData, what, "dose-frame-count")
    if min(shape) < 2:
        what = f"the dose grid of {shape[0]} frames, {shape[1]} rows and {shape[2]} columns encloses no volume"
        mend = "export the dose of the whole volume"
        raise CaseError(what, where=ds.where, mend=mend, code="dose-single-plane")
    sign = "i" if unsigned(ds, Tag.PixelRepresentation, "dose-pixels-signed") else "u"
    return np.frombuffer(stored, dtype=f"<{sign}{_BYTES[bits]}").reshape(shape)


def _bits(ds: Elements) -> int:
    """BitsAllocated, when everything else about the pixels agrees with it."""
    code = "dose-pixel-format"
    bits = unsigned(ds, Tag.BitsAllocated, code)
    stated: dict[Tag, tuple[int | str | None, set[int | str | None]]] = {
        Tag.BitsAllocated: (bits, {16, 32}),
        Tag.BitsStored: (unsigned(ds, Tag.BitsStored, code), {bits}),
        Tag.HighBit: (unsigned(ds, Tag.HighBit, code), {(bits or 0) - 1}),
        Tag.SamplesPerPixel: (unsigned(ds, Tag.SamplesPerPixel, code), {1}),
        Tag.PhotometricInterpretation: (word(ds, Tag.PhotometricInterpretation), {"MONOCHROME2"}),
    }
    for tag, (found, allowed) in stated.items():
        if found not in allowed:
            expected = " or ".join(str(value) for value in sorted(allowed, key=str))
            fault(ds, tag, f"is {found}, {expected} is expected", code)
    signed = unsigned(ds, Tag.PixelRepresentation, "dose-pixels-signed")
    if signed not in ({0, 1} if word(ds, Tag.DoseType) == "ERROR" else {0}):
        fault(ds, Tag.PixelRepresentation, f"is {signed}, 0 (unsigned) is expected", "dose-pixels-signed")
    assert bits is not None
    return bits


def _offsets(ds: Elements, count: int) -> NDArray[np.float64]:
    """GridFrameOffsetVector (3004,000C): one offset per frame, rising or falling throughout."""
    offsets = np.array(lengths_mm(ds, Tag.GridFrameOffsetVector, "dose-offsets-invalid"))
    if len(offsets) != count:
        what = f"holds {len(offsets)} offsets for {count} frames"
        fault(ds, Tag.GridFrameOffsetVector, what, "dose-frame-count")
    steps = np.diff(offsets)
    if not ((steps > 0).all() or (steps < 0).all()):
        fault(ds, Tag.GridFrameOffsetVector, "neither rises nor falls throughout", "dose-offsets-invalid")
    return offsets


def _frames_mm(ds: Elements, orientation: Orientation, offsets: NDArray[np.float64]) -> NDArray[np.float64]:
    """Position of each frame along its patient axis."""
    code = "dose-offsets-invalid"
    origin, axis = read_position(ds), orientation.frames
    if offsets[0] == 0:
        frames_mm: NDArray[np.float64] = origin[axis.patient] + axis.sense * offsets
    elif orientation.is_supine_head_first and abs(offsets[0] - origin[2]) <= _SAME_MM:
        frames_mm = offsets
    else:
        what = f"begins with {offsets[0]}; 0, or the patient z {origin[2]} of a (1,0,0, 0,1,0) grid, is expected"
        fault(ds, Tag.GridFrameOffsetVector, what, code)
    if axis.patient != 2 and np.ptp(np.diff(offsets)) > _SAME_MM:
        fault(ds, Tag.GridFrameOffsetVector, "is uneven along x or y, which is not read", code)
    return frames_mm
