"""The sound twin of a damaged file: tells a file that was read wrongly from one that now says something else.

Whoever changes a digit of a point or of a dose, or takes away the last contour, makes another sound file: no reader can
know what it once said. So a case that passes with other numbers is held against its twin: the original files in which
only those values are replaced that pydicom finds in the damaged ones at the same place and that are legal there, and in
which contours lack that lack there. Everything else that was done to the files must have no effect at all.
"""

from __future__ import annotations

import io
import re
import warnings
from typing import TYPE_CHECKING

import pydicom
from tree import Element

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tree import DataSet

Place = tuple[int, ...]
LEGAL = {
    "DS": re.compile(rb" *[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)? *"),
    "IS": re.compile(rb" *[+-]?\d{1,10} *"),
    "UI": re.compile(rb"[0-9.]{0,64}\0?"),
    "CS": re.compile(rb"[A-Z0-9 _]{0,16}"),
    "DA": re.compile(rb"\d{8}"),
}
OF_FIXED_LENGTH = {"OW", "OB", "US", "UL", "AT"}
ROI_VOLUME, DVH_SEQUENCE, CONTOUR_SEQUENCE = 0x3006002C, 0x30040050, 0x30060040
DOUBT_ITSELF = {ROI_VOLUME, DVH_SEQUENCE}  # without them nobody can know of the doubt they hold


def twin(whole: DataSet, damaged: bytes) -> DataSet | None:
    """Make the twin of a damaged file; None when pydicom cannot read it at all.

    Parameters
    ----------
    whole : list of Element
        The file that is in order.
    damaged : bytes
        What became of it.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            stated = dict(_flat(pydicom.dcmread(io.BytesIO(damaged)), ()))
    except Exception:  # noqa: BLE001 - pydicom raises anything
        return None
    return _twin(whole, stated, ())


def _twin(ds: DataSet, stated: dict[Place, bytes], way: Place) -> DataSet:
    return [made for element in ds if (made := _element(element, stated, (*way, element.tag))) is not None]


def _element(element: Element, stated: dict[Place, bytes], place: Place) -> Element | None:
    if place not in stated:
        return None if DOUBT_ITSELF & set(place) else element
    if isinstance(element.value, list):
        count = int(stated[place]) if element.tag == CONTOUR_SEQUENCE else len(element.value)
        items = [_twin(item, stated, (*place, index)) for index, item in enumerate(element.value[:count])]
        return Element(element.tag, element.vr, items)
    value = stated[place]
    return Element(element.tag, element.vr, value) if _is_legal(element, value) else element


def _is_legal(element: Element, value: bytes) -> bool:
    if element.vr in OF_FIXED_LENGTH:
        return len(value) == len(element.value)
    rule = LEGAL.get(element.vr)
    return rule is None or all(rule.fullmatch(part) for part in value.split(b"\\"))


def _flat(ds: pydicom.Dataset, way: Place) -> Iterator[tuple[Place, bytes]]:
    """Yield every value with its way down; of a sequence the number of its items."""
    for tag in ds.keys():  # noqa: SIM118 - a data set yields elements, its keys are tags
        raw, element = ds.get_item(tag), ds[tag]
        if element.VR == "SQ":
            yield (*way, tag), str(len(element.value)).encode()
            for index, item in enumerate(element.value):
                yield from _flat(item, (*way, tag, index))
        else:
            yield (*way, tag), raw.value if isinstance(raw.value, bytes) else str(raw.value or "").encode()
