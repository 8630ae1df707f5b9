"""What every object shares: patient, study, series, equipment, and the bytes of a file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sbrt_qa.model import Identity

SOP_CLASSES = {
    "CT": "1.2.840.10008.5.1.4.1.1.2",
    "RTDOSE": "1.2.840.10008.5.1.4.1.1.481.2",
    "RTSTRUCT": "1.2.840.10008.5.1.4.1.1.481.3",
    "RTPLAN": "1.2.840.10008.5.1.4.1.1.481.5",
}
STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"  # retired, but the one every structure set uses
NOON = "120000"


def uid(*seed: object) -> str:
    """UID that depends on the seed alone: 128 bits of its SHA-256 under the UUID root 2.25."""
    text = "/".join(str(part) for part in seed)
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], 'big')}"


IMPLEMENTATION_UID = uid("sbrt_qa", "phantom", "writer")


def decimal(value: float) -> str:
    """Decimal text of at most 16 characters (VR DS), as exact as they allow."""
    text = repr(float(value)).removesuffix(".0")
    if len(text) <= 16:
        return text
    text = f"{value:.14g}"
    return text if len(text) <= 16 else f"{value:.10g}"


def decimals(values: Iterable[float]) -> list[str]:
    """One decimal text per value."""
    return [decimal(value) for value in values]


def item(**elements: object) -> Dataset:
    """Sequence item of these elements; None leaves an element out."""
    made = Dataset()
    for keyword, value in elements.items():
        if value is not None:
            setattr(made, keyword, value)
    return made


def reference(sop_class_uid: str, sop_uid: str, **more: object) -> Dataset:
    """Item that points to another SOP instance."""
    return item(ReferencedSOPClassUID=sop_class_uid, ReferencedSOPInstanceUID=sop_uid, **more)


def new_object(identity: Identity, modality: str, series_number: int) -> Dataset:
    """Dataset with the modules that all objects share. What the identity leaves empty is left out.

    Parameters
    ----------
    identity : Identity
        UIDs, patient, label and date.
    modality : str
        CT, RTDOSE, RTSTRUCT or RTPLAN; also chooses the SOP class when the identity has none.
    series_number : int
        SeriesNumber.

    Returns
    -------
    Dataset
    """
    made = item(
        SpecificCharacterSet="ISO_IR 192",
        InstanceCreationDate=identity.date or None,
        InstanceCreationTime=NOON if identity.date else None,
        SOPClassUID=identity.sop_class_uid or SOP_CLASSES[modality],
        SOPInstanceUID=identity.sop_uid,
        StudyDate=identity.date,
        StudyTime=NOON if identity.date else "",
        AccessionNumber="",
        Modality=modality,
        Manufacturer="sbrt_qa",
        ManufacturerModelName="phantom",
        ReferringPhysicianName="",
        SeriesDescription=identity.label[:64] or None,
        OperatorsName="",
        PatientName=identity.patient_name,
        PatientID=identity.patient_id,
        PatientBirthDate="",
        PatientSex="",
        StudyInstanceUID=identity.study_uid or None,
        SeriesInstanceUID=identity.series_uid or None,
        StudyID="1",
        SeriesNumber=series_number,
    )
    if identity.frame_uid:
        made.FrameOfReferenceUID = identity.frame_uid
        made.PositionReferenceIndicator = ""
    return made


def save(dataset: Dataset, path: Path, *, implicit_vr: bool) -> None:
    """Write a DICOM file whose bytes depend on the dataset alone."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = ImplicitVRLittleEndian if implicit_vr else ExplicitVRLittleEndian
    meta.ImplementationClassUID = UID(IMPLEMENTATION_UID)
    meta.ImplementationVersionName = "SBRT_QA_PHANTOM"
    dataset.file_meta = meta
    dcmwrite(path, dataset, implicit_vr=implicit_vr, little_endian=True, enforce_file_format=True)
