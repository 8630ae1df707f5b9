"""What every DICOM object made here shares: UIDs that follow from the content, texts that fit, and the file itself."""

from __future__ import annotations

import hashlib
import re
from io import BytesIO
from typing import TYPE_CHECKING

from sbrt_qa._version import __version__
from sbrt_qa.report.text import REPLACEMENT, clean

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

SOP_CLASSES = {  # of what was judged, by its key in the record
    "plan_uid": "1.2.840.10008.5.1.4.1.1.481.5",
    "dose_uid": "1.2.840.10008.5.1.4.1.1.481.2",
    "structure_set_uid": "1.2.840.10008.5.1.4.1.1.481.3",
}
UTF_8 = "ISO_IR 192"
LONG_STRING = 64
_UID = re.compile(r"(?=.{1,64}$)(0|[1-9]\d*)(\.(0|[1-9]\d*))+", re.ASCII)


def derived_uid(*seed: str) -> str:
    """Return a UID that depends on the seed alone: 128 bits of its SHA-256 under the UUID root 2.25."""
    text = "\0".join(("sbrt-qa report", *seed))
    return f"2.25.{int.from_bytes(hashlib.sha256(text.encode('utf-8', 'surrogatepass')).digest()[:16], 'big')}"


def sound_uid(text: str) -> str:
    """Return a UID as it is, and nothing for what is none."""
    return text if _UID.fullmatch(text) else ""


def file_of(made: Dataset) -> bytes:
    """Return a DICOM file of an object: explicit VR little endian, the same object giving the same bytes."""
    from pydicom.dataset import FileMetaDataset
    from pydicom.filewriter import dcmwrite
    from pydicom.uid import UID, ExplicitVRLittleEndian

    made.file_meta = FileMetaDataset()
    made.file_meta.MediaStorageSOPClassUID = UID(made.SOPClassUID)
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.ImplementationClassUID = UID(derived_uid("implementation"))
    made.file_meta.ImplementationVersionName = f"SBRT_QA {__version__}"[:16]
    stream = BytesIO()
    dcmwrite(stream, made, enforce_file_format=True)
    return stream.getvalue()


# ---- text that DICOM takes: nothing is cut without a trace, or it could be another patient's


def long_string(text: str) -> str:
    """Return a value of VR LO: at most 64 characters, no backslash, no control characters."""
    return _short(plain(text), LONG_STRING)


def person_name(text: str) -> str:
    """Return a value of VR PN: three groups of five components, each group at most 64 characters."""
    groups = plain(text).split("=", 2)
    return "=".join(_short(_five(group.replace("=", REPLACEMENT)), LONG_STRING) for group in groups)


def _five(group: str) -> str:
    parts = group.split("^", 4)
    return "^".join((*parts[:4], *(part.replace("^", REPLACEMENT) for part in parts[4:])))


def plain(text: str) -> str:
    """Return a text without control characters and backslashes, which would end a value."""
    return clean(text).replace("\\", REPLACEMENT)


def _short(text: str, most: int) -> str:
    """Cut what is too long, to as many bytes as it may have characters: not every reader counts the latter."""
    if len(text) <= most:
        return text
    return text.encode()[: most - len("…".encode())].decode("utf-8", "ignore") + "…"
