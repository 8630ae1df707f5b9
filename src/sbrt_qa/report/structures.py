"""RTSTRUCT: the structures that were derived to be judged, as contours to look at in the planning system.

DICOM PS3.3 A.19 (RT Structure Set IOD). Each region is cut at the planes of the images that the case was drawn on;
a hole is a contour inside a contour, as planning systems write it. The UIDs follow from the content alone.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa._version import __version__
from sbrt_qa.errors import UsageError
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._dicom import SOP_CLASSES, UTF_8, derived_uid, file_of, long_string, person_name, plain, sound_uid
from sbrt_qa.report._lines import COLORS
from sbrt_qa.report._scorecard import protocol_line
from sbrt_qa.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from pydicom.dataset import Dataset

    from sbrt_qa.model import ImagePlane
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Outlined, Scene

SOP_CLASS = SOP_CLASSES["structure_set_uid"]
DETACHED_STUDY = "1.2.840.10008.3.1.2.3.1"  # retired, and what everybody writes there
SERIES_NUMBER = 9701
LEAST_PLANES = 2  # one contour has no thickness
PLACES = 4  # of a coordinate in mm
MOST_TEXT = 1000  # of VR ST, which holds 1024


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A derived structure as contours on image planes.

    Parameters
    ----------
    outlined : Outlined
        The structure.
    rings : tuple of (ImagePlane, points)
        x and y of each ring in mm, plane by plane, rising.
    volume_cc : float or None
        As judged.
    """

    outlined: Outlined
    rings: tuple[tuple[ImagePlane, NDArray[np.float64]], ...]
    volume_cc: float | None

    @property
    def name(self) -> str:
        """Name of the structure: its expression with the names of its parts."""
        return self.outlined.structure.name


def _write(evaluation: Evaluation) -> bytes:
    scene = evaluation.load_scene()
    derived = [one for one in scene.outlined if one.structure.number < 0] if scene else []
    if scene is None or not derived:
        raise _nothing(_why(evaluation, scene))
    planes = scene.load_planes()
    if not sound_uid(scene.dose.frame_uid):
        raise _nothing("the dose states no frame of reference")
    if not planes:
        raise _nothing("the planes of the images they belong on are not known")
    volumes = {curve.name: curve.volume_cc for curve in evaluation.curves}
    cuts = [Cut(one, tuple(cut(one, planes)), volumes.get(one.structure.name)) for one in derived]
    drawn = [one for one in cuts if len({plane.z_mm for plane, _ in one.rings}) >= LEAST_PLANES]
    if not drawn:
        raise _nothing("each of them is thinner than the distance of two images")
    made = _object(evaluation, scene.dose.frame_uid, drawn, [one.name for one in cuts if one not in drawn])
    made.ReferencedFrameOfReferenceSequence = [_frame(scene.dose.frame_uid, planes)]
    return file_of(made)


def _nothing(why: str) -> UsageError:
    return UsageError(f"there are no derived structures to write: {why}", mend="leave this output out")


def _why(evaluation: Evaluation, scene: Scene | None) -> str:
    if evaluation.case.get("deidentified"):
        return "without identity, contours cannot be given to any image"
    if evaluation.protocol is None:
        return "without a protocol none is asked for"
    if scene is None or not scene.dose_stands:
        return "the case was not judged, or its dose lies on tilted planes"
    return "no limit that was judged asks for a derived structure"


def cut(one: Outlined, planes: Sequence[ImagePlane]) -> Iterator[tuple[ImagePlane, NDArray[np.float64]]]:
    """Yield the rings of a structure on each plane that it reaches.

    Parameters
    ----------
    one : Outlined
        The structure, as a stack of slabs of constant cross-section.
    planes : sequence of ImagePlane
        Rising.

    Yields
    ------
    (ImagePlane, ndarray of shape (n, 2))
        Plane, and x and y in mm.
    """
    z_mm, low_mm, high_mm = np.array(one.slabs_mm).T
    contours = one.structure.closed_contours
    slab = np.searchsorted((z_mm[1:] + z_mm[:-1]) / 2, [contour.z_mm for contour in contours])
    for plane in planes:
        held = int(np.searchsorted(low_mm, plane.z_mm, side="right")) - 1
        if held >= 0 and plane.z_mm < high_mm[held]:
            for k in np.flatnonzero(slab == held):
                yield plane, contours[k].points_mm[:, :2]


# ---- the object


def _object(evaluation: Evaluation, frame: str, cuts: Sequence[Cut], left_out: Sequence[str]) -> Dataset:
    from pydicom.dataset import Dataset

    case, made = evaluation.case, Dataset()
    digest = _digest(cuts)
    study = sound_uid(str(case.get("study_uid") or "")) or derived_uid("study", digest)
    made.SpecificCharacterSet = UTF_8
    made.SOPClassUID = SOP_CLASS
    made.SOPInstanceUID = derived_uid("structures", study, frame, digest)
    made.PatientName = person_name(str(case.get("patient_name") or ""))
    made.PatientID = long_string(str(case.get("patient_id") or ""))
    made.StudyInstanceUID = study
    made.SeriesInstanceUID = derived_uid("structures series", study, str(case.get("plan_uid") or ""))
    made.SeriesNumber, made.InstanceNumber, made.Modality = SERIES_NUMBER, 1, "RTSTRUCT"
    made.SeriesDescription = "Plan check: derived structures"
    made.Manufacturer, made.SoftwareVersions = "sbrt-qa", f"sbrt-qa {__version__}"
    made.FrameOfReferenceUID = frame
    made.StructureSetLabel = "Plan check"
    made.StructureSetName = "Derived structures"
    made.StructureSetDescription = _description(evaluation, left_out)
    made.ApprovalStatus = "UNAPPROVED"
    for keyword in _UNKNOWN:
        setattr(made, keyword, None)
    if source := sound_uid(str(case.get("structure_set_uid") or "")):
        made.PredecessorStructureSetSequence = [_reference(SOP_CLASS, source)]
    made.StructureSetROISequence = [_roi(n, one, frame) for n, one in enumerate(cuts, start=1)]
    made.ROIContourSequence = [_contours(n, one) for n, one in enumerate(cuts, start=1)]
    made.RTROIObservationsSequence = [_observation(n) for n, _ in enumerate(cuts, start=1)]
    return made


# Must be there and may be empty: the record does not hold them, and nothing is guessed.
_UNKNOWN = (
    *("PatientBirthDate", "PatientSex", "StudyDate", "StudyTime", "StudyID", "AccessionNumber", "OperatorsName"),
    *("ReferringPhysicianName", "PositionReferenceIndicator", "StructureSetDate", "StructureSetTime"),
)


def _digest(cuts: Sequence[Cut]) -> str:
    """Return a hash of every name, plane and coordinate as written."""
    hashed = hashlib.sha256()
    for one in cuts:
        hashed.update(one.name.encode("utf-8", "surrogatepass") + b"\0")
        for plane, ring in one.rings:
            hashed.update(f"{plane.sop_uid}\0{_data(ring, plane.z_mm)}\0".encode())
    return hashed.hexdigest()


def _description(evaluation: Evaluation, left_out: Sequence[str]) -> str:
    text = f"Derived to be judged by {protocol_line(evaluation)}. For viewing; not for planning."
    if left_out:
        text += f" Left out, as fewer than two images cut them: {', '.join(left_out)}."
    return clip(plain(text), MOST_TEXT // 4)


def _reference(sop_class: str, uid: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = sop_class, uid
    return item


def _frame(frame_uid: str, planes: Sequence[ImagePlane]) -> Dataset:
    """Return the frame of reference with every image of it, by study and series."""
    from pydicom.dataset import Dataset

    item = Dataset()
    item.FrameOfReferenceUID = frame_uid
    known = sorted((p for p in planes if p.sop_uid and p.series_uid and p.study_uid), key=_home)
    studies = []
    for study, in_study in groupby(known, key=lambda plane: plane.study_uid):
        listed = _reference(DETACHED_STUDY, study)
        listed.RTReferencedSeriesSequence = []
        for series, images in groupby(in_study, key=lambda plane: plane.series_uid):
            own = Dataset()
            own.SeriesInstanceUID = series
            own.ContourImageSequence = [_reference(plane.sop_class_uid, plane.sop_uid) for plane in images]
            listed.RTReferencedSeriesSequence.append(own)
        studies.append(listed)
    if studies:
        item.RTReferencedStudySequence = studies
    return item


def _home(plane: ImagePlane) -> tuple[str, str, float]:
    return plane.study_uid, plane.series_uid, plane.z_mm


def _roi(number: int, one: Cut, frame_uid: str) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ROINumber = number
    item.ReferencedFrameOfReferenceUID = frame_uid
    item.ROIName = long_string(one.name.replace("−", "-"))  # not every planning system takes the true minus
    item.ROIDescription = clip(plain(f"{one.name}, derived by sbrt-qa"), MOST_TEXT // 4)
    if one.volume_cc is not None:
        item.ROIVolume = f"{one.volume_cc:.8g}"
    item.ROIGenerationAlgorithm = "AUTOMATIC"
    return item


def _contours(number: int, one: Cut) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ReferencedROINumber = number
    color = COLORS[(number - 1) % len(COLORS)]
    item.ROIDisplayColor = [int(color[k : k + 2], 16) for k in (1, 3, 5)]
    item.ContourSequence = [_contour(plane, ring, k) for k, (plane, ring) in enumerate(one.rings, start=1)]
    return item


def _contour(plane: ImagePlane, ring: NDArray[np.float64], number: int) -> Dataset:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset

    item = Dataset()
    if plane.sop_uid:
        item.ContourImageSequence = [_reference(plane.sop_class_uid, plane.sop_uid)]
    item.ContourGeometricType = "CLOSED_PLANAR"
    item.NumberOfContourPoints = len(ring)
    item.ContourNumber = number
    # A hundred thousand numbers: as text they are right already, and need not become objects first.
    item.add(DataElement("ContourData", "DS", _data(ring, plane.z_mm), already_converted=True))
    return item


def _data(ring: NDArray[np.float64], z_mm: float) -> str:
    z = _number(z_mm)
    return "\\".join(f"{_number(x)}\\{_number(y)}\\{z}" for x, y in ring.tolist())


def _number(mm: float) -> str:
    """Return a coordinate without needless digits; there is no minus zero."""
    text = f"{mm:.{PLACES}f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _observation(number: int) -> Dataset:
    from pydicom.dataset import Dataset

    item = Dataset()
    item.ObservationNumber = item.ReferencedROINumber = number
    item.RTROIInterpretedType, item.ROIInterpreter = "CONTROL", None
    return item


FORMAT = Format(suffixes=(".rtstruct.dcm",), title="derived structures (DICOM RTSTRUCT)", write=_write)
