"""DVHSequence of an RTDOSE -> what the planning system states, for comparison only.

Nothing here can stop a case: a curve that cannot be read is kept with the reason, because it is an opinion about the
dose and not the dose itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dicom.strict import decimal, fault, integer, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError
from sbrt_qa.model.stated_dvh import StatedDVH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.dicom.walk import Elements

_CODE = "dvh-unreadable"
_MOST_CURVES = 2000
_DECIMAL_CHARACTERS = b"0123456789+-.eE "
_KINDS = {"CUMULATIVE": {"CM3", "PERCENT"}, "DIFFERENTIAL": {"CM3", "PERCENT"}, "NATURAL": {"CM3", "PERCENT", "PER_U"}}
_NOISE = 1e-6  # of the largest volume: what a system's rounding may add where the curve is flat
_CUT = 0.01  # of the volume at the end of a curve that says it goes on
_LONGEST = 1 << 24  # bytes of one curve, half a million bins
_WIDEST = 1e6  # Gy, cGy or per cent in one curve; more is no dose


def read_embedded_dvhs(ds: Elements) -> tuple[StatedDVH, ...]:
    """Read what an RTDOSE object states about its structures.

    Parameters
    ----------
    ds : Elements
        Data set of the RTDOSE.

    Returns
    -------
    tuple of StatedDVH
        One per item of DVHSequence (3004,0050), in file order; empty without one. An item that cannot be
        read carries ``fault`` instead of bins.
    """
    try:
        items = ds.items(Tag.DVHSequence)
        if len(items) > _MOST_CURVES:
            fault(ds, Tag.DVHSequence, f"has {len(items)} items", _CODE)
    except CaseError as error:
        return (StatedDVH(fault=error.what),)
    normalization_gy = _number(ds, Tag.DVHNormalizationDoseValue)
    return tuple(_read(item, normalization_gy) for item in items)


def _read(item: Elements, normalization_gy: float | None) -> StatedDVH:
    included: tuple[int, ...] = ()
    excluded: tuple[int, ...] = ()
    try:
        included, excluded = _rois(item)
        kind, volume_units = word(item, Tag.DVHType), word(item, Tag.DVHVolumeUnits)
        _require_known(item, kind, volume_units)
        widths, volumes = _bins(item, kind)
    except CaseError as error:
        return StatedDVH(included, excluded, fault=error.what)
    statistics = (Tag.DVHMinimumDose, Tag.DVHMeanDose, Tag.DVHMaximumDose)
    least, mean, most = (_number(item, tag) for tag in statistics)
    return StatedDVH(
        included=included,
        excluded=excluded,
        kind=kind,
        dose_units=word(item, Tag.DoseUnits),
        dose_type=word(item, Tag.DoseType),
        volume_units=volume_units,
        widths=widths,
        volumes=volumes,
        statistics=(least, mean, most),
        normalization_gy=normalization_gy,
        stated_bins=_count(item),
    )


def _rois(item: Elements) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """ROI numbers that are added, and those that are taken away."""
    by_type: dict[str, list[int]] = {"INCLUDED": [], "EXCLUDED": []}
    for reference in item.items(Tag.DVHReferencedROISequence):
        number = integer(reference, Tag.ReferencedROINumber, _CODE)
        contribution = word(reference, Tag.DVHROIContributionType)
        if number is None or contribution not in by_type:
            what = f"names ROI {number} with the contribution {contribution!r}"
            fault(item, Tag.DVHReferencedROISequence, what, _CODE)
        by_type[contribution].append(number)
    return tuple(by_type["INCLUDED"]), tuple(by_type["EXCLUDED"])


def _require_known(item: Elements, kind: str, volume_units: str) -> None:
    if kind not in _KINDS:
        fault(item, Tag.DVHType, f"is {kind!r}, one of {', '.join(_KINDS)} is expected", _CODE)
    if volume_units not in _KINDS[kind]:
        fault(item, Tag.DVHVolumeUnits, f"is {volume_units!r}, which a {kind} curve cannot have", _CODE)
    units = word(item, Tag.DoseUnits)
    if units not in {"GY", "CGY", "RELATIVE"}:
        fault(item, Tag.DoseUnits, f"is {units!r}, GY or RELATIVE is expected", _CODE)


def _bins(item: Elements, kind: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Widths and volumes. DVHNumberOfBins (3004,0056) is often wrong; believed only where the curve is cut off too."""
    scaling = decimal(item, Tag.DVHDoseScaling, _CODE)
    if scaling is None or scaling <= 0:
        fault(item, Tag.DVHDoseScaling, f"is {scaling}, a positive number is expected", _CODE)
    values = _data(item)
    if values.size == 0 or values.size % 2:
        fault(item, Tag.DVHData, f"holds {values.size} values, pairs of width and volume are expected", _CODE)
    volumes = values[1::2]
    with np.errstate(over="ignore"):  # what is infinite then is no dose axis
        widths = values[::2] * scaling
        is_axis = (widths >= 0).all() and 0 < widths.sum() <= _WIDEST
    if not is_axis:
        fault(item, Tag.DVHData, "holds bin widths that make no dose axis", _CODE)
    noise = _NOISE * float(volumes.max())
    if not (noise > 0 and volumes.min() >= -noise):
        fault(item, Tag.DVHData, "holds volumes that are negative, or none at all", _CODE)
    if kind == "CUMULATIVE" and (np.diff(volumes) > noise).any():
        fault(item, Tag.DVHData, "holds a cumulative curve that rises", _CODE)
    if kind == "CUMULATIVE" and (_count(item) or 0) > widths.size and volumes[-1] > _CUT * volumes.max():
        fault(item, Tag.DVHData, f"ends after {widths.size} of {_count(item)} bins with volume left", _CODE)
    return widths, np.maximum(volumes, 0.0)


def _data(item: Elements) -> NDArray[np.float64]:
    """All values of DVHData; its thousands of numbers are checked together, by their characters."""
    raw = item.raw(Tag.DVHData).rstrip(b" \0")
    if len(raw) > _LONGEST:
        fault(item, Tag.DVHData, f"has {len(raw)} bytes", _CODE)
    parts = raw.split(b"\\") if raw else []
    if raw.replace(b"\\", b"").translate(None, _DECIMAL_CHARACTERS):
        fault(item, Tag.DVHData, "holds characters that no decimal number has", _CODE)
    try:
        values = np.array(list(map(float, parts)))
    except ValueError:
        fault(item, Tag.DVHData, "holds a value that is no decimal number", _CODE)
    if not np.isfinite(values).all():
        fault(item, Tag.DVHData, "holds a value that is not finite", _CODE)
    return values


def _count(item: Elements) -> int | None:
    try:
        return integer(item, Tag.DVHNumberOfBins, _CODE)
    except CaseError:
        return None


def _number(ds: Elements, tag: Tag) -> float | None:
    """Return a number that nothing depends on; None also when it is no number."""
    try:
        value = decimal(ds, tag, _CODE)
    except CaseError:
        return None
    return value if value is not None and math.isfinite(value) and value >= 0 else None
