"""Writes small RT exports with pydicom, for tests that look at the program from outside only.

It shares no code with the package. Positions are patient millimetres (+x left, +y posterior, +z head); doses are
given as a function of position, so that the same dose can be stored in any orientation.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLAN = "1.2.840.10008.5.1.4.1.1.481.5"
DOSE = "1.2.840.10008.5.1.4.1.1.481.2"
SET = "1.2.840.10008.5.1.4.1.1.481.3"
STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"
DIRECTIONS = {  # direction of growing column index, of growing row index
    "HFS": ((1, 0, 0), (0, 1, 0)),
    "HFP": ((-1, 0, 0), (0, -1, 0)),
    "FFS": ((-1, 0, 0), (0, 1, 0)),
    "FFP": ((1, 0, 0), (0, -1, 0)),
}


@dataclass
class Roi:
    """A structure: a name, its contours (each an array of points in mm) and its interpreted type."""

    name: str
    contours: list[np.ndarray]
    kind: str = "ORGAN"
    contour_type: str = "CLOSED_PLANAR"


@dataclass
class Export:
    """What is to be written. ``edit`` holds one function per file (``plan``, ``dose``, ``set``) that may spoil it."""

    rois: list[Roi]
    gy: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray]
    axes_mm: tuple[np.ndarray, np.ndarray, np.ndarray]  # x, y, z of the dose points, rising
    seed: str = "acceptance"
    patient_position: str = "HFS"
    absolute_offsets: bool = False
    bits: int = 16
    fractions: int | None = 5
    prescription_gy: float | None = 50.0
    target: int = 1  # ROI number that the prescription is bound to
    edit: dict[str, Callable[[Dataset], None]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=lambda: {"plan": "a.dcm", "dose": "b.dcm", "set": "c.dcm"})

    def uid(self, what: str) -> str:
        return f"1.2.826.0.1.{zlib.crc32(self.seed.encode())}.{zlib.crc32(what.encode())}"


def write(folder: Path, export: Export) -> Path:
    """Write the files that ``export.files`` names into the folder and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    makers = {"plan": plan_of, "dose": dose_of, "set": set_of}
    for what, name in export.files.items():
        made = makers[what](export)
        if what in export.edit:
            export.edit[what](made)
        made.save_as(folder / name, enforce_file_format=True)
    return folder


def ring(points_xy: np.ndarray, z_mm: float) -> np.ndarray:
    """Points of one contour from its outline and its plane."""
    return np.column_stack([points_xy, np.full(len(points_xy), z_mm)])


def box(
    x: tuple[float, float], y: tuple[float, float], z: tuple[float, float], step_mm: float = 2.0
) -> list[np.ndarray]:
    """Contours of a box whose planes lie ``step_mm`` apart: with half-slice caps it is exactly the box."""
    outline = np.array([(x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1])], dtype=float)
    return [ring(outline, plane) for plane in np.arange(z[0] + step_mm / 2, z[1], step_mm)]


def _head(export: Export, sop_class: str, what: str, modality: str) -> Dataset:
    made = Dataset()
    made.file_meta = FileMetaDataset()
    made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    made.file_meta.MediaStorageSOPClassUID = made.SOPClassUID = sop_class
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID = export.uid(what)
    made.SpecificCharacterSet = "ISO_IR 192"
    made.InstanceCreationDate = "20240301"
    made.StudyDate, made.StudyTime = "20240301", "120000"
    made.Modality, made.Manufacturer = modality, "Acceptance"
    made.PatientName, made.PatientID, made.PatientBirthDate, made.PatientSex = "Nobody^Known", export.seed, "", "O"
    made.StudyInstanceUID, made.SeriesInstanceUID = export.uid("study"), export.uid(what + " series")
    made.FrameOfReferenceUID, made.StudyID, made.SeriesNumber = export.uid("frame"), "1", 1
    return made


def _reference(sop_class: str, uid: str) -> Dataset:
    made = Dataset()
    made.ReferencedSOPClassUID, made.ReferencedSOPInstanceUID = sop_class, uid
    return made


def plan_of(export: Export) -> Dataset:
    """One treatment beam, one fraction group, one prescription bound to the target."""
    made = _head(export, PLAN, "plan", "RTPLAN")
    made.RTPlanLabel, made.RTPlanDate, made.RTPlanTime = "LiverBed", "20240301", "120000"
    made.RTPlanGeometry, made.PlanIntent, made.ApprovalStatus = "PATIENT", "CURATIVE", "UNAPPROVED"
    made.ReferencedStructureSetSequence = Sequence([_reference(SET, export.uid("set"))])
    if export.prescription_gy is not None:
        target = Dataset()
        target.DoseReferenceNumber, target.DoseReferenceType = 1, "TARGET"
        target.DoseReferenceStructureType, target.ReferencedROINumber = "VOLUME", export.target
        target.TargetPrescriptionDose = export.prescription_gy
        made.DoseReferenceSequence = Sequence([target])
    beam, given, group = Dataset(), Dataset(), Dataset()
    beam.BeamNumber, beam.BeamName, beam.BeamType, beam.RadiationType = 1, "Arc1", "DYNAMIC", "PHOTON"
    beam.TreatmentDeliveryType, beam.NumberOfControlPoints = "TREATMENT", 0
    made.BeamSequence = Sequence([beam])
    given.ReferencedBeamNumber, given.BeamMeterset = 1, 1500.0
    if export.prescription_gy is not None and export.fractions:
        given.BeamDose = export.prescription_gy / export.fractions
    group.FractionGroupNumber, group.NumberOfFractionsPlanned = 1, export.fractions
    group.NumberOfBeams, group.NumberOfBrachyApplicationSetups = 1, 0
    group.ReferencedBeamSequence = Sequence([given])
    made.FractionGroupSequence = Sequence([group])
    return made


def dose_of(export: Export) -> Dataset:
    """The dose of the whole plan in gray, stored the way the patient lay."""
    made = _head(export, DOSE, "dose", "RTDOSE")
    made.DoseUnits, made.DoseType, made.DoseSummationType = "GY", "PHYSICAL", "PLAN"
    made.ReferencedRTPlanSequence = Sequence([_reference(PLAN, export.uid("plan"))])
    made.ReferencedStructureSetSequence = Sequence([_reference(SET, export.uid("set"))])
    along_column, along_row = DIRECTIONS[export.patient_position]
    frames = np.cross(along_column, along_row)
    x, y, z = export.axes_mm
    stored_x, stored_y, stored_z = x[:: along_column[0]], y[:: along_row[1]], z[:: int(frames[2])]
    gy = export.gy(stored_x[None, None, :], stored_y[None, :, None], stored_z[:, None, None])
    gy = np.broadcast_to(gy, (len(z), len(y), len(x)))
    scaling = float(f"{gy.max() / (2**export.bits - 1) * 1.0000001:.9e}")
    kind = {16: "<u2", 32: "<u4"}[export.bits]
    made.PixelData = np.rint(gy / scaling).astype(kind).tobytes()
    made.DoseGridScaling = f"{scaling:.9e}"
    made.BitsAllocated = made.BitsStored = export.bits
    made.HighBit, made.PixelRepresentation, made.SamplesPerPixel = export.bits - 1, 0, 1
    made.PhotometricInterpretation = "MONOCHROME2"
    made.NumberOfFrames, made.Rows, made.Columns = len(z), len(y), len(x)
    made.FrameIncrementPointer = 0x3004000C
    made.PatientPosition = export.patient_position
    made.ImageOrientationPatient = [*along_column, *along_row]
    made.ImagePositionPatient = [stored_x[0], stored_y[0], stored_z[0]]
    made.PixelSpacing = [abs(y[1] - y[0]), abs(x[1] - x[0])]
    first = stored_z[0] if export.absolute_offsets else 0.0
    made.GridFrameOffsetVector = [f"{first + abs(plane - stored_z[0]):.6g}" for plane in stored_z]
    return made


def set_of(export: Export) -> Dataset:
    """Structures numbered from 1, contours as given."""
    made = _head(export, SET, "set", "RTSTRUCT")
    made.StructureSetLabel, made.StructureSetDate, made.StructureSetTime = "Liver", "20240301", "110000"
    frame = Dataset()
    frame.FrameOfReferenceUID = export.uid("frame")
    made.ReferencedFrameOfReferenceSequence = Sequence([frame])
    definitions, drawings, meanings = Sequence(), Sequence(), Sequence()
    for number, roi in enumerate(export.rois, start=1):
        definition, drawing, meaning = Dataset(), Dataset(), Dataset()
        definition.ROINumber, definition.ROIName, definition.ROIGenerationAlgorithm = number, roi.name, "MANUAL"
        definition.ReferencedFrameOfReferenceUID = export.uid("frame")
        definitions.append(definition)
        drawing.ReferencedROINumber, drawing.ROIDisplayColor = number, [200, 40, 40]
        if roi.contours:
            drawing.ContourSequence = Sequence([_contour(points, roi.contour_type) for points in roi.contours])
        drawings.append(drawing)
        meaning.ObservationNumber = meaning.ReferencedROINumber = number
        meaning.RTROIInterpretedType, meaning.ROIInterpreter = roi.kind, ""
        meanings.append(meaning)
    made.StructureSetROISequence = definitions
    made.ROIContourSequence = drawings
    made.RTROIObservationsSequence = meanings
    return made


def _contour(points: np.ndarray, contour_type: str) -> Dataset:
    made = Dataset()
    made.ContourGeometricType, made.NumberOfContourPoints = contour_type, len(points)
    made.ContourData = [f"{value:.4f}" for value in np.asarray(points, dtype=float).ravel()]
    return made
