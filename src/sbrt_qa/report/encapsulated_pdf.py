"""DICOM Encapsulated PDF: the document for the record as an object of the plan's own study, ready to send back.

DICOM PS3.3 A.45.1 (Encapsulated PDF IOD). The UIDs follow from the content alone: the same judgement gives the same
object, and another one never takes its place.
"""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import TYPE_CHECKING, Any

from sbrt_qa._version import __version__
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._scorecard import plan_label
from sbrt_qa.report.pdf import FORMAT as PDF
from sbrt_qa.report.text import REPLACEMENT, clean, clip

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydicom.dataset import Dataset

    from sbrt_qa.protocol.finding import Evaluation

SOP_CLASS = "1.2.840.10008.5.1.4.1.1.104.1"
ION_PLAN = "1.2.840.10008.5.1.4.1.1.481.8"
SOURCES = {  # what the document is derived from, by its key in the record
    "plan_uid": "1.2.840.10008.5.1.4.1.1.481.5",
    "dose_uid": "1.2.840.10008.5.1.4.1.1.481.2",
    "structure_set_uid": "1.2.840.10008.5.1.4.1.1.481.3",
}
UTF_8 = "ISO_IR 192"
LONG_STRING = 64
SERIES_NUMBER = 9700
_UID = re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+", re.ASCII)


def derived_uid(*seed: str) -> str:
    """Return a UID that depends on the seed alone: 128 bits of its SHA-256 under the UUID root 2.25."""
    text = "\0".join(("sbrt-qa report", *seed))
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode('utf-8', 'surrogatepass')).digest()[:16], 'big')}"


def _write(evaluation: Evaluation) -> bytes:
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import dcmwrite
    from pydicom.uid import UID, ExplicitVRLittleEndian

    made = _object(evaluation, PDF.write(evaluation))
    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = UID(SOP_CLASS)
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.ImplementationClassUID = UID(derived_uid("implementation"))
    made.file_meta.ImplementationVersionName = f"SBRT_QA {__version__}"[:16]
    stream = BytesIO()
    dcmwrite(stream, made, enforce_file_format=True)
    return stream.getvalue()


def _object(evaluation: Evaluation, document: bytes) -> Dataset:
    from pydicom.dataset import Dataset

    case, made = evaluation.case, Dataset()
    digest = hashlib.sha256(document).hexdigest()
    study = _study_uid(evaluation, digest)
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
    made.Manufacturer, made.SoftwareVersions = "sbrt-qa", f"sbrt-qa {__version__}"
    made.DocumentTitle = f"Plan check: {evaluation.verdict.value}, {clip(_plain(plan_label(evaluation)), 200)}"
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


def _study_uid(evaluation: Evaluation, digest: str) -> str:
    """Return the plan's study; a study of its own where none can be told, so that nothing is misfiled."""
    stated = str(evaluation.case.get("study_uid") or "")
    return stated if _UID.fullmatch(stated) else derived_uid("study", stated, digest)


def _sources(evaluation: Evaluation) -> Iterator[Any]:
    from pydicom.dataset import Dataset

    said = {code for check in evaluation.checks for code in check.reason}
    for key, sop_class in SOURCES.items():
        uid = str(evaluation.case.get(key) or "")
        if _UID.fullmatch(uid):
            item = Dataset()
            item.ReferencedSOPClassUID = ION_PLAN if key == "plan_uid" and "plan-ion" in said else sop_class
            item.ReferencedSOPInstanceUID = uid
            yield item


# ---- text that DICOM takes: nothing is cut without a trace, or it could be another patient's


def long_string(text: str) -> str:
    """Return a value of VR LO: at most 64 characters, no backslash, no control characters."""
    return _short(_plain(text), LONG_STRING)


def person_name(text: str) -> str:
    """Return a value of VR PN: three groups of five components, each group at most 64 characters."""
    groups = _plain(text).split("=", 2)
    return "=".join(_short(_five(group.replace("=", REPLACEMENT)), LONG_STRING) for group in groups)


def _five(group: str) -> str:
    parts = group.split("^", 4)
    return "^".join((*parts[:4], *(part.replace("^", REPLACEMENT) for part in parts[4:])))


def _plain(text: str) -> str:
    return clean(text).replace("\\", REPLACEMENT)


def _short(text: str, most: int) -> str:
    """Cut what is too long, to as many bytes as it may have characters: not every reader counts the latter."""
    if len(text) <= most:
        return text
    return text.encode()[: most - len("…".encode())].decode("utf-8", "ignore") + "…"


FORMAT = Format(suffixes=(".dcm",), title="document in the plan's study (DICOM Encapsulated PDF)", write=_write)
