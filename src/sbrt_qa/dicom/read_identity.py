"""Elements -> Identity: who and what an object says it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.dicom.charset import charset_of, label
from sbrt_qa.dicom.strict import fault, uid, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.model import Identity

if TYPE_CHECKING:
    from sbrt_qa.dicom.walk import Elements

_OWN = {
    "RTPLAN": (Tag.RTPlanLabel, Tag.RTPlanDate),
    "RTSTRUCT": (Tag.StructureSetLabel, Tag.StructureSetDate),
}
_ORDINARY = (Tag.SeriesDescription, Tag.InstanceCreationDate)


def read_identity(ds: Elements, role: str) -> Identity:
    """Read the identifying attributes.

    Parameters
    ----------
    ds : Elements
        The data set.
    role : str
        RTPLAN, RTDOSE, RTSTRUCT, CT or OTHER; decides which attributes are the object's own label and date.

    Returns
    -------
    Identity

    Raises
    ------
    CaseError
        ``uid-invalid`` when the SOP Instance UID is missing or any UID is malformed.
    """
    charset = charset_of(ds)
    own_label, own_date = _OWN.get(role, _ORDINARY)
    sop_uid = uid(ds, Tag.SOPInstanceUID)
    if not sop_uid:
        fault(ds, Tag.SOPInstanceUID, "is missing: the object cannot be named or linked", "uid-invalid")
    return Identity(
        sop_uid=sop_uid,
        sop_class_uid=uid(ds, Tag.SOPClassUID),
        patient_id=label(ds, Tag.PatientID, charset),
        patient_name=label(ds, Tag.PatientName, charset),
        study_uid=uid(ds, Tag.StudyInstanceUID),
        series_uid=uid(ds, Tag.SeriesInstanceUID),
        frame_uid=uid(ds, Tag.FrameOfReferenceUID),
        label=label(ds, own_label, charset),
        date=word(ds, own_date),
        patient_position=word(ds, Tag.PatientPosition),
    )
