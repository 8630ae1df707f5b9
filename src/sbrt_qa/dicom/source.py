"""Where a case came from: its files by UID and hash, and the ordinary oddities seen on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.model import Source, SourceFile

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sbrt_qa.dicom.folder import DicomObject


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
    return Source(files=tuple(SourceFile(*file) for file in files), notes=tuple(sorted(notes)))
