"""DICOM Encapsulated PDF: the document for the record as an object of the plan's own study, ready to send back.

DICOM PS3.3 A.45.1 (Encapsulated PDF IOD). The UIDs follow from the content alone: the same judgement gives the same
object, and another one never takes its place.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from sbrt_qa._version import __version__
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._dicom import SOP_CLASSES, UTF_8, derived_uid, file_of, long_string, person_name, plain, sound_uid
from sbrt_qa.report._scorecard import plan_label
from sbrt_qa.report.pdf import FORMAT as PDF
from sbrt_qa.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydicom.dataset import Dataset

    from sbrt_qa.protocol.finding import Evaluation

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"
ION_PLAN = "1.2.840.10008.5.1.4.1.1.481.8"
MAKER = "sbrt-qa"
SERIES_NUMBER = 9700


def write(evaluation: Evaluation, filed: Mapping[str, str] | None = None) -> bytes:
    """Return the DICOM file of a judgement.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.
    filed : mapping, optional
        ``study_uid``, ``patient_id`` and ``patient_name`` to file it under, for a case that could not be read and
        whose record therefore names nobody.
    """
    return file_of(_object(evaluation, PDF.write(evaluation), filed or {}))


def _object(evaluation: Evaluation, document: bytes, filed: Mapping[str, str]) -> Dataset:
    from pydicom.dataset import Dataset

    case, made = {**evaluation.case, **filed}, Dataset()
    digest = hashlib.sha256(document).hexdigest()
    study = study_of(case) or derived_uid("study", str(case.get("study_uid") or ""), digest)
    made.SpecificCharacterSet = UTF_8
    made.SOPClassUID = SOP_CLASS
    made.SOPInstanceUID = derived_uid("instance", study, digest)
    made.PatientName = person_name(str(case.get("patient_name") or ""))
    made.PatientID = long_string(str(case.get("patient_id") or ""))
    made.StudyInstanceUID = study
    made.SeriesInstanceUID = derived_uid("series", study, str(case.get("plan_uid") or ""))
    made.SeriesNumber, made.InstanceNumber = SERIES_NUMBER, 1
    made.Modality, made.ConversionType = "DOC", "WSD"
    made.SeriesDescription = "Plan check"
    made.Manufacturer, made.SoftwareVersions = MAKER, f"{MAKER} {__version__}"
    made.DocumentTitle = f"Plan check: {evaluation.verdict.value}, {clip(plain(plan_label(evaluation)), 200)}"
    made.MIMETypeOfEncapsulatedDocument = "application/pdf"
    made.EncapsulatedDocumentLength = len(document)
    made.EncapsulatedDocument = document + b"\0" * (len(document) % 2)
    for keyword in _UNKNOWN:
        setattr(made, keyword, None)
    made.ConceptNameCodeSequence = []
    _about_identity(made, str(case.get("deidentified") or ""))
    if sources := list(_sources(evaluation)):
        made.SourceInstanceSequence = sources
    return made


# Must be there and may be empty: the record does not hold them, and nothing is guessed.
_UNKNOWN = (
    *("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber"),
    *("ReferringPhysicianName", "ContentDate", "ContentTime", "AcquisitionDateTime"),
)


def _about_identity(made: Dataset, method: str) -> None:
    made.BurnedInAnnotation = "NO" if method else "YES"
    if method:
        made.PatientIdentityRemoved = "YES"
        made.DeidentificationMethod = long_string(method)


def study_of(case: Mapping[str, Any]) -> str:
    """Return the plan's study; nothing where none can be told: the object gets one of its own, and is not misfiled."""
    return sound_uid(str(case.get("study_uid") or ""))


def _sources(evaluation: Evaluation) -> Iterator[Any]:
    from pydicom.dataset import Dataset

    said = {code for check in evaluation.checks for code in check.reason}
    for key, sop_class in SOP_CLASSES.items():
        if uid := sound_uid(str(evaluation.case.get(key) or "")):
            item = Dataset()
            item.ReferencedSOPClassUID = ION_PLAN if key == "plan_uid" and "plan-ion" in said else sop_class
            item.ReferencedSOPInstanceUID = uid
            yield item


FORMAT = Format(suffixes=(".dcm",), title="document in the plan's study (DICOM Encapsulated PDF)", write=write)
