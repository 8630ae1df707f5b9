"""Identity: who and what a DICOM object says it is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identity:
    """The identifying attributes that every DICOM object carries; empty text when absent.

    Parameters
    ----------
    sop_uid, sop_class_uid : str
        SOP Instance UID (0008,0018) and SOP Class UID (0008,0016).
    patient_id, patient_name : str
        (0010,0020) and (0010,0010), stripped of padding.
    study_uid, series_uid : str
        (0020,000D) and (0020,000E).
    frame_uid : str
        Frame of Reference UID (0020,0052).
    label : str
        The object's own label: RTPlanLabel, StructureSetLabel, SeriesDescription.
    date : str
        The object's own date as written, YYYYMMDD: RTPlanDate, StructureSetDate, InstanceCreationDate.
    patient_position : str
        PatientPosition (0018,5100) of an image or dose, e.g. HFS. Annotation only; geometry never depends on it.
    """

    sop_uid: str
    sop_class_uid: str = ""
    patient_id: str = ""
    patient_name: str = ""
    study_uid: str = ""
    series_uid: str = ""
    frame_uid: str = ""
    label: str = ""
    date: str = ""
    patient_position: str = ""
