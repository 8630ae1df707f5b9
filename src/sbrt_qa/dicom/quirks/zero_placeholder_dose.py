"""A dose of nothing but zeros beside the doses of the beams."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.dicom.quirks._catalogue import Quirk
from sbrt_qa.dicom.tags import Tag

if TYPE_CHECKING:
    from sbrt_qa.dicom.walk import Elements

QUIRK = Quirk(
    id="zero-placeholder-dose",
    seen="Exports of Oncentra: an all-zero dose that refers to all beams, beside one dose per beam.",
    meaning="Zeros add nothing to a sum, and the doses of the beams must still be complete without it; alone,"
    " an all-zero dose is refused.",
    sentence="A dose of nothing but zeros beside the doses of the beams was left aside as a placeholder.",
)


def applies(ds: Elements) -> bool:
    """Whether a dose has pixels and all of them are zero."""
    return Tag.PixelData in ds and not np.frombuffer(ds.view(Tag.PixelData), np.uint8).any()
