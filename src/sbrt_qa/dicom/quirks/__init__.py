"""Vendor oddities that the reader puts right: one file each, with where it was seen."""

from __future__ import annotations

from sbrt_qa.dicom.quirks._catalogue import Quirk, quirks

__all__ = ["Quirk", "quirks"]
