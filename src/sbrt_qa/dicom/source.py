"""Where a case came from: its files by UID and hash, and the ordinary oddities seen on the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.dicom.links import data_of
from sbrt_qa.dicom.orientation import aligned, read_axes
from sbrt_qa.dicom.quirks import long_decimals
from sbrt_qa.dicom.strict import decimal, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.errors import CaseError
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
    doses = [data_of(item) for item in chosen if item.role == "RTDOSE"]
    notes = {note for item in chosen for note in item.notes}
    notes |= {note for ds in doses for note in _dose_notes(ds)}
    if not slices:
        what = "No CT series of the dose's frame of reference: pictures show contours and dose only."
        notes.add(("no-images", what))
    extra = sum(map(len, objects.values())) - len(used)
    if extra:
        notes.add(("extra-objects", f"{extra} further DICOM objects are not part of this case."))
    quirks = {sentence for item in chosen for sentence in item.quirks}
    if any(map(long_decimals.applies, doses)):
        quirks.add(long_decimals.QUIRK.sentence)
    warnings = {warning for item in chosen for warning in item.warnings}
    warnings |= {warning for ds in doses for warning in _dose_warnings(ds)}
    positions = {item.identity.patient_position for item in used if item.role in {"CT", "RTDOSE"}} - {""}
    return Source(
        files=tuple(SourceFile(*file) for file in files),
        quirks=tuple(sorted(quirks)),
        notes=tuple(sorted(notes | _superseded(chosen, objects))),
        warnings=tuple(sorted(warnings)),
        patient_positions=tuple(sorted(positions)),
    )


def _superseded(chosen: Sequence[DicomObject], objects: Mapping[str, Sequence[DicomObject]]) -> set[tuple[str, str]]:
    """Say which objects there are in another version, by their label: never which one is right."""
    notes = set()
    for item in chosen:
        own = item.identity
        others = [o for o in objects[item.role] if o.identity.label == own.label and o.identity.sop_uid != own.sop_uid]
        if own.label and others:
            uids = ", ".join(sorted(other.identity.sop_uid for other in others))
            text = f"The {item.role} used here is {own.sop_uid}; another carries the same label: {uids}."
            notes.add(("object-superseded", text))
    return notes


def _dose_notes(ds: Elements) -> list[tuple[str, str]]:
    notes = []
    orientation = aligned(read_axes(ds))
    if orientation is not None and not orientation.is_supine_head_first:
        text = "The dose is not stored head first supine; it was turned into patient axes."
        notes.append(("orientation-not-hfs", text))
    if not _is_rescaled(ds) and Tag.RescaleSlope in ds:
        notes.append(("rescale-ignored", "The dose has a RescaleSlope of 1, which has no meaning there."))
    return notes


def _dose_warnings(ds: Elements) -> list[tuple[str, str]]:
    if not _is_rescaled(ds):
        return []
    slope, intercept = word(ds, Tag.RescaleSlope) or "none", word(ds, Tag.RescaleIntercept) or "none"
    text = f"The dose has a RescaleSlope ({slope}) and RescaleIntercept ({intercept}), which have no meaning there;"
    return [("rescale-ignored", f"{text} they were ignored, DoseGridScaling alone holds.")]


def _is_rescaled(ds: Elements) -> bool:
    """Whether the values would change if the rescaling of an image were taken for one of a dose."""
    usual = {Tag.RescaleSlope: 1.0, Tag.RescaleIntercept: 0.0}
    try:
        return any(decimal(ds, tag, "rescale-ignored") not in {None, value} for tag, value in usual.items())
    except CaseError:
        return True
