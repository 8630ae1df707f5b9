"""A small case that passes, as files in memory that can be spoiled, and what the program says of them."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pydicom
from dicom_maker import Export, Roi, _reference, box, dose_of, plan_of, set_of
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError, ProtocolError, UsageError
from sbrt_qa.protocol.evaluate import evaluate, refuse
from sbrt_qa.protocol.load import load_protocol
from sbrt_qa.report.record import record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sbrt_qa.protocol.definition import Protocol

CT = "1.2.840.10008.5.1.4.1.1.2"
PLAN_CLASS = "1.2.840.10008.5.1.4.1.1.481.5"
DOSE_CLASS = "1.2.840.10008.5.1.4.1.1.481.2"
SET_CLASS = "1.2.840.10008.5.1.4.1.1.481.3"
RING = 16
STEP_MM = 4.0
PROTOCOL = """\
schema: sbrt-qa/protocol/1
id: hazards
title: A liver bed of 50 Gy in 5 fractions
version: "1"
status: template
sources:
  paper: "Nobody, Nowhere 2020;1:1, table 1"
prescription:
  target: ptv
  fractions: [3, 5]
  dose: 50 Gy
structures:
  ptv:    {type: target, many: true, names: [PTVsb]}
  ctv:    {type: target, names: [CTVsb]}
  liver:  {names: [Liver]}
  cord:   {names: [SpinalCord]}
  kidney_l: {names: [Kidney_L]}
  kidney_r: {names: [Kidney_R]}
  heart: {names: [Heart]}
  spared: {derive: "liver - ctv"}
constraints:
  - {id: PTV-COVERAGE, structure: ptv, metric: "V100%[%]", goal: ">= 95 %", source: paper}
  - {id: PTV-HOT, structure: ptv, metric: "D0.03cc[%]", goal: "<= 130 %", source: paper}
  - {id: CTV-COVERAGE, structure: ctv, metric: "D99%[Gy]", goal: ">= 50 Gy", source: paper}
  - {id: LIVER-MEAN, structure: liver, metric: "Mean[Gy]", goal: "<= 30 Gy", source: paper}
  - {id: LIVER-SPARED, structure: spared, metric: "CV15Gy[cc]", goal: ">= 60 cc", source: paper}
  - {id: CORD-MAX, structure: cord, metric: "D0.035cc[Gy]", goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}, source: paper}
  - {id: CORD-COLD, structure: cord, metric: "V3Gy[cc]", goal: "<= 8 cc", acceptable: "<= 100 cc", source: paper}
  - {id: KIDNEY-L, structure: kidney_l, metric: "V12Gy[%]", goal: "<= 30 %", source: paper}
  - {id: KIDNEY-R, structure: kidney_r, metric: "V12Gy[%]", goal: "<= 30 %", source: paper}
  - {id: HEART-MAX, structure: heart, metric: "Max[Gy]", goal: "<= 30 Gy", required: false, source: paper}
  - {id: LIVER-D50, structure: liver, metric: "D50%[Gy]", report: true}
checks:
  dose-grid-spacing: {goal: "<= 5 mm", acceptable: "<= 6 mm"}
"""
AXES = (np.arange(-60.0, 60.1, 4.0), np.arange(-60.0, 60.1, 5.0), np.arange(-39.0, 39.1, 3.0))


def gy_at(x: np.ndarray, y: np.ndarray, z: np.ndarray) -> np.ndarray:
    """54 Gy in the target around (20, 0, 0), falling off outside, and a little more towards the patient's left."""
    beyond = np.maximum(np.maximum(np.abs(x - 20.0) - 15.0, np.abs(y) - 15.0), np.abs(z) - 15.0)
    return (54.0 + 0.02 * x) * np.exp(-np.maximum(beyond, 0.0) / 9.0)


def disc(x: float, y: float, radius: float) -> np.ndarray:
    """Outline of a round cross-section."""
    angle = np.arange(RING) * 2 * np.pi / RING
    return np.column_stack([x + radius * np.cos(angle), y + radius * np.sin(angle)])


def cylinder(
    centre: tuple[float, float], radius: float, z: tuple[float, float], step_mm: float = STEP_MM
) -> list[np.ndarray]:
    """Contours of an upright cylinder."""
    outline = disc(*centre, radius)
    planes = np.arange(z[0] + step_mm / 2, z[1], step_mm)
    return [np.column_stack([outline, np.full(RING, plane)]) for plane in planes]


EXPORT = Export(
    [
        Roi("PTVsb", box((10, 30), (-10, 10), (-12, 12), STEP_MM), "PTV"),
        Roi("CTVsb", cylinder((20, 0), 7, (-8, 8)), "CTV"),
        Roi("Liver", box((-30, 40), (-30, 30), (-24, 24), STEP_MM)),
        Roi("SpinalCord", cylinder((-5, 40), 6, (-36, 36))),
        Roi("Kidney_L", cylinder((40, 45), 8, (-36, -12))),
        Roi("Kidney_R", cylinder((-35, 45), 8, (-36, -12))),
        Roi("BODY", box((-80, 80), (-80, 80), (-52, 52), STEP_MM), "EXTERNAL"),
        Roi("zOptimiser", cylinder((20, 0), 20, (-16, 16)), "CONTROL"),
        Roi("Isocentre", [np.array([[20.0, 0.0, 0.0]])], "ISOCENTER", "POINT"),
    ],
    gy_at,
    AXES,
    seed="hazards",
)


def put(ds: Dataset, keyword: str, raw: bytes) -> None:
    """Set the bytes of an element, whatever they are, padded to an even length as every writer does."""
    tag = Tag(tag_for_keyword(keyword))
    raw += b" " * (len(raw) % 2)
    ds[tag] = RawDataElement(tag, dictionary_VR(tag), len(raw), raw, 0, is_implicit_VR=False, is_little_endian=True)


def _complete(plan: Dataset) -> None:
    """Give the plan what an ordinary one has: a second beam, a setup beam, a second level, an organ, setups."""
    (group,), (beam,) = plan.FractionGroupSequence, plan.BeamSequence
    group.ReferencedBeamSequence[0].BeamDose = 5.0
    for number, delivery in ((2, "TREATMENT"), (3, "SETUP")):
        other, given = Dataset(), Dataset()
        other.BeamNumber, other.BeamName, other.BeamType, other.RadiationType = number, f"B{number}", "STATIC", "PHOTON"
        other.TreatmentDeliveryType, other.NumberOfControlPoints = delivery, 0
        plan.BeamSequence.append(other)
        given.ReferencedBeamNumber = number
        if delivery == "TREATMENT":
            given.BeamMeterset, given.BeamDose = 1200.0, 5.0
        group.ReferencedBeamSequence.append(given)
    group.NumberOfBeams = 3
    setup, organ = Dataset(), Dataset()
    setup.PatientSetupNumber, setup.PatientPosition = 1, "HFS"
    plan.PatientSetupSequence = Sequence([setup])
    beam.ReferencedPatientSetupNumber = 1
    organ.DoseReferenceNumber, organ.DoseReferenceType = 2, "ORGAN_AT_RISK"
    organ.DoseReferenceStructureType, organ.ReferencedROINumber = "VOLUME", 4
    plan.DoseReferenceSequence.append(organ)


@cache
def base() -> dict[str, bytes]:
    """Bytes of the three files of the case that is in order."""
    made = {"plan": plan_of(EXPORT), "dose": dose_of(EXPORT), "structures": set_of(EXPORT)}
    _complete(made["plan"])
    return {name: bytes_of(ds) for name, ds in made.items()}


def bytes_of(ds: Dataset, **how: Any) -> bytes:
    file = io.BytesIO()
    ds.save_as(file, enforce_file_format=True, **how)
    return file.getvalue()


@dataclass
class Pile:
    """The files of one case, to be spoiled: data sets, bytes for the last moment, further files, the protocol."""

    plan: Dataset
    dose: Dataset
    structures: Dataset
    protocol: str | None = PROTOCOL
    dropped: set[str] = field(default_factory=set)
    extra: dict[str, bytes] = field(default_factory=dict)
    on_bytes: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    wanted: str | None = None
    archive: bytes | None = None  # takes the place of all files

    @classmethod
    def fresh(cls) -> Pile:
        return cls(**{name: pydicom.dcmread(io.BytesIO(data)) for name, data in base().items()})

    def files(self) -> dict[str, bytes]:
        made = {f"{name}.dcm": bytes_of(getattr(self, name)) for name in ("plan", "dose", "structures")}
        made = {name: self.on_bytes.get(name[:-4], bytes)(data) for name, data in made.items()}
        return {name: data for name, data in made.items() if name[:-4] not in self.dropped} | self.extra

    def write(self, folder: Path) -> Path:
        """Write everything; returns the folder, or the archive."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in self.files().items():
            (folder / name).write_bytes(data)
        if self.archive is not None:
            folder = folder / "export.zip"
            folder.write_bytes(self.archive)
        if self.protocol is not None:
            (folder.parent / f"{folder.name}.yaml").write_text(self.protocol, encoding="utf-8")
        return folder

    def number(self, name: str) -> int:
        """ROI number of a structure."""
        return next(int(r.ROINumber) for r in self.structures.StructureSetROISequence if r.ROIName == name)

    def roi(self, name: str) -> Dataset:
        """Its item in StructureSetROISequence."""
        return next(r for r in self.structures.StructureSetROISequence if r.ROIName == name)

    def drawing(self, name: str) -> Dataset:
        """Its item in ROIContourSequence."""
        number = self.number(name)
        return next(r for r in self.structures.ROIContourSequence if r.ReferencedROINumber == number)

    def contours(self, name: str) -> Sequence:
        return self.drawing(name).ContourSequence

    def meaning(self, name: str) -> Dataset:
        """Its item in RTROIObservationsSequence."""
        number = self.number(name)
        return next(r for r in self.structures.RTROIObservationsSequence if r.ReferencedROINumber == number)

    def pixels(self) -> np.ndarray:
        shape = (int(self.dose.NumberOfFrames), self.dose.Rows, self.dose.Columns)
        kind = "<u2" if self.dose.BitsAllocated == 16 else "<u4"
        return np.frombuffer(self.dose.PixelData, kind).reshape(shape)


def points_of(contour: Dataset) -> np.ndarray:
    return np.array(contour.ContourData, dtype=float).reshape(-1, 3)


def draw(contour: Dataset, points: np.ndarray) -> Dataset:
    """Put other points into a contour."""
    contour.NumberOfContourPoints = len(points)
    contour.ContourData = [f"{value:.4f}" for value in np.asarray(points, dtype=float).ravel()]
    return contour


def contour_of(points: np.ndarray, geometry: str = "CLOSED_PLANAR") -> Dataset:
    made = Dataset()
    made.ContourGeometricType = geometry
    return draw(made, points)


def reference(sop_class: str, uid: str) -> Dataset:
    return _reference(sop_class, uid)


@dataclass(frozen=True)
class Answer:
    """What the program says: the record, and the exit code; for a protocol that is refused, its codes."""

    record: dict[str, Any]
    exit_code: int
    invalid: tuple[str, ...] = ()

    @property
    def verdict(self) -> str:
        return self.record["verdict"] if self.record else "INVALID"

    def finding(self, constraint: str) -> dict[str, Any]:
        return next(f for f in self.record["findings"] if f["constraint"] == constraint)

    @property
    def judged(self) -> list[dict[str, Any]]:
        return [f for f in self.record["findings"] if f["verdict"] is not None]

    @property
    def numbers(self) -> dict[tuple[str, str | None], float | None]:
        return {(f["constraint"], f["roi"]): f["value"] for f in self.record["findings"]}

    @property
    def codes(self) -> set[str]:
        """Every reason code anywhere."""
        if not self.record:
            return set(self.invalid)
        said = {code for part in ("findings", "checks") for one in self.record[part] for code in one["reason"]}
        return said | {note["code"] for note in self.record["provenance"]["notes"]} | set(self.invalid)

    def checks_with(self, code: str) -> list[dict[str, Any]]:
        return [check for check in self.record["checks"] if code in check["reason"]]

    def findings_with(self, code: str) -> list[dict[str, Any]]:
        return [found for found in self.record["findings"] if code in found["reason"]]


EXIT = {"PASS": 0, "VARIATION": 0, "FAIL": 1, "UNDECIDED": 3}
_LOADED: dict[str, Protocol] = {}


def answer_of(folder: Path, pile: Pile, *, strict: bool = False) -> Answer:
    """Judge the files that a pile was written to; only errors that a user can meet are caught."""
    protocol = _protocol(folder, pile)
    if isinstance(protocol, Answer):
        return protocol
    try:
        evaluation = evaluate(read_case(folder, plan=pile.wanted), protocol, strict=strict)
    except CaseError as error:
        evaluation = refuse(error, protocol)
    except UsageError as error:
        return Answer({}, 2, (error.code,))
    made = record(evaluation)
    return Answer(made, EXIT[made["verdict"]])


def _protocol(folder: Path, pile: Pile) -> Any:
    if pile.protocol is None:
        return None
    path = folder.parent / f"{folder.name}.yaml"
    try:
        return _loaded(path, pile.protocol)
    except ProtocolError as error:
        return Answer({}, 2, tuple(fault.code for fault in error.faults))


def _loaded(path: Path, text: str) -> Protocol:
    if text not in _LOADED:
        _LOADED[text] = load_protocol(path)
    return _LOADED[text]
