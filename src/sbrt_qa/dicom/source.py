"""Where a case came from: its files by UID and hash, and the ordinary oddities seen on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.dicom.links import data_of
from sbrt_qa.dicom.orientation import read_orientation
from sbrt_qa.dicom.quirks import long_decimals
from sbrt_qa.dicom.strict import word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.model import Source, SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sbrt_qa.dicom.folder import DicomObject
    from sbrt_qa.dicom.walk import Elements


def source_of(
    chosen: Sequence[DicomObject], slices: Sequence[DicomObject], objects: Mapping[str, Sequence[DicomObject]]
) -> Source:
    """Build the source of a case.

    Parameters
    ----------
    chosen : sequence of DicomObject
        The plan, dose and structure set.
    slices : sequence of DicomObject
        The CT files of the case.
    objects : mapping of role to DicomObjects
        Everything that was found.

    Returns
    -------
    Source
        Independent of file names and their order.
    """
    used = [*chosen, *slices]
    files = sorted((item.role, item.identity.sop_uid, item.sha256) for item in used)
    notes = {note for item in chosen for note in item.notes}
    notes |= {note for item in chosen if item.role == "RTDOSE" for note in _dose_notes(data_of(item))}
    if not slices:
        notes.add(
            (
                "no-images",
                "No CT series of the dose's frame of reference: pictures show contours and dose only.",
            )
        )
    extra = sum(map(len, objects.values())) - len(used)
    if extra:
        notes.add(("extra-objects", f"{extra} further DICOM objects are not part of this case."))
    quirks = {sentence for item in chosen for sentence in item.quirks}
    if any(item.role == "RTDOSE" and long_decimals.applies(data_of(item)) for item in chosen):
        quirks.add(long_decimals.QUIRK.sentence)
    return Source(tuple(SourceFile(*file) for file in files), tuple(sorted(quirks)), tuple(sorted(notes)))


def _dose_notes(ds: Elements) -> list[tuple[str, str]]:
    notes = []
    if not read_orientation(ds).is_supine_head_first:
        notes.append(
            ("orientation-not-hfs", "The dose is not stored head first supine; it was turned into patient axes.")
        )
    if Tag.RescaleSlope in ds:
        slope = word(ds, Tag.RescaleSlope)
        notes.append(
            ("rescale-ignored", f"The dose has a RescaleSlope ({slope}), which has no meaning there; it was ignored.")
        )
    return notes
