"""Decimal text longer than the 16 characters that DICOM allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.dicom.quirks._catalogue import Quirk
from sbrt_qa.dicom.tags import Tag

if TYPE_CHECKING:
    from sbrt_qa.dicom.walk import Elements

QUIRK = Quirk(
    id="long-decimals",
    seen="Common in exports of research systems and of converters, which write every digit of a double.",
    meaning="The digits are all there and form one number; reading them in full is nearer to what was meant"
    " than cutting them at the sixteenth.",
    sentence="Decimal texts longer than 16 characters were read in full.",
)

_LONGEST = 16
_LOOKED_AT = (
    Tag.ImagePositionPatient,
    Tag.ImageOrientationPatient,
    Tag.PixelSpacing,
    Tag.GridFrameOffsetVector,
    Tag.DoseGridScaling,
)


def applies(ds: Elements) -> bool:
    """Whether an attribute that places or scales a dose holds such a text (PS3.5, 6.2, DS)."""
    return any(len(part.strip(b" \0")) > _LONGEST for tag in _LOOKED_AT for part in ds.raw(tag).split(b"\\"))
