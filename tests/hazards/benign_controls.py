"""What is ordinary in real exports: the case keeps its verdict, and its numbers."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from dicom_maker import dose_of
from dose_hazards import give_dvh
from file_hazards import deflated
from hazard_case import (
    AXES,
    DOSE_CLASS,
    EXPORT,
    PLAN_CLASS,
    Pile,
    base,
    bytes_of,
    contour_of,
    disc,
    draw,
    points_of,
    put,
    reference,
)
from plan_hazards import another_uid, copied, slices
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.random import Generator

EXACT = 0.0
ADDED = 1e-12  # relative: sums that begin elsewhere
ENCODED = 1e-5  # relative: coordinates written anew, in steps of 0.0001 mm
BENIGN: list[tuple[Callable[..., None], float]] = []


def benign(tolerance: float = EXACT) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Put a change that must not matter on the shelf, with the tolerance of the numbers."""

    def shelve(change: Callable[..., None]) -> Callable[..., None]:
        BENIGN.append((change, tolerance))
        return change

    return shelve


def each(pile: Pile) -> tuple[Dataset, Dataset, Dataset]:
    return pile.plan, pile.dose, pile.structures


@benign()
def approved_or_silent_about_it(pile: Pile, rng: Generator) -> None:
    if rng.integers(2):
        pile.plan.ApprovalStatus = "APPROVED"
    else:
        del pile.plan.ApprovalStatus


@benign()
def a_few_images(pile: Pile, rng: Generator) -> None:
    slices(pile, "HFS", count=int(rng.integers(1, 5)))


@benign()
def optional_tags_empty_or_absent(pile: Pile, rng: Generator) -> None:
    optional = [
        "PatientBirthDate", "PatientSex", "Manufacturer", "StudyDate", "StudyTime", "StudyID", "SeriesNumber",
        "InstanceCreationDate", "RTPlanLabel", "RTPlanDate", "RTPlanTime", "StructureSetLabel", "StructureSetDate",
        "StructureSetTime", "PlanIntent", "PatientName", "SliceThickness", "RTPlanGeometry", "PatientPosition",
        "PatientSetupSequence", "FrameIncrementPointer", "InstanceCreationDate",
    ]  # fmt: skip
    for ds in each(pile):
        for keyword in optional:
            if keyword in ds and rng.integers(2):
                if rng.integers(2) and not keyword.endswith(("Sequence", "Pointer")):
                    put(ds, keyword, b"")
                else:
                    delattr(ds, keyword)
    for roi in pile.structures.RTROIObservationsSequence:
        roi.RTROIInterpretedType = "" if rng.integers(2) else roi.RTROIInterpretedType
    pile.dose.SliceThickness = [None, "0"][rng.integers(2)]


@benign()
def prescription_only_in_the_protocol(pile: Pile, rng: Generator) -> None:
    del pile.plan.DoseReferenceSequence[0].TargetPrescriptionDose


@benign()
def more_structures(pile: Pile, rng: Generator) -> None:
    for number, name in enumerate(["Couch", "zRing", "_opt", "Ring_2cm", "NTCP", "Dose 5000[cGy]"], start=50):
        roi, drawing, meaning = Dataset(), Dataset(), Dataset()
        roi.ROINumber, roi.ROIName, roi.ROIGenerationAlgorithm = number, name, ""
        roi.ReferencedFrameOfReferenceUID = pile.roi("Liver").ReferencedFrameOfReferenceUID
        pile.structures.StructureSetROISequence.insert(int(rng.integers(5)), roi)
        meaning.ObservationNumber = meaning.ReferencedROINumber = number
        meaning.RTROIInterpretedType = str(rng.choice(["SUPPORT", "CONTROL", "AVOIDANCE", ""]))
        pile.structures.RTROIObservationsSequence.append(meaning)
        if rng.integers(3):
            drawing.ReferencedROINumber = number
            drawing.ContourSequence = Sequence(
                [contour_of(np.column_stack([disc(0, 0, 90), np.full(16, z)])) for z in (-90.0, 90.0)]
            )
            pile.structures.ROIContourSequence.append(drawing)


@benign()
def more_objects(pile: Pile, rng: Generator) -> None:
    other = copied(pile, "dose", another_uid(rng))
    other.ReferencedRTPlanSequence = Sequence([reference(PLAN_CLASS, another_uid(rng))])
    registration = copied(pile, "plan", another_uid(rng))
    registration.SOPClassUID = registration.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.66.1"
    pile.extra |= {"other.dcm": bytes_of(other), "REG.dcm": bytes_of(registration)}
    pile.extra |= {"readme.txt": b"08 of nothing\n", "DICOMDIR": rng.bytes(500), "empty": b""}


@benign()
def the_same_file_twice(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["plan", "dose", "structures"]))
    pile.extra["copy.dcm"] = bytes_of(getattr(pile, name))


@benign()
def nested_contours_of_what_nobody_judges(pile: Pile, rng: Generator) -> None:
    contours = pile.contours("zOptimiser")
    for contour in list(contours):
        z = points_of(contour)[0, 2]
        contours.append(contour_of(np.column_stack([disc(20, 0, float(rng.uniform(2, 15))), np.full(16, z)])))


@benign(ENCODED)
def points_that_add_nothing(pile: Pile, rng: Generator) -> None:
    for name in ("PTVsb", "Liver", "SpinalCord"):
        for contour in pile.contours(name):
            points = points_of(contour)
            how = rng.integers(3)
            if how == 0:
                points = np.vstack([points, points[:1]])  # closed by its first point
            elif how == 1:
                points = np.repeat(points, 2, axis=0)
            else:
                middle = (points + np.roll(points, -1, axis=0)) / 2
                points = np.stack([points, middle], axis=1).reshape(-1, 3)
            draw(contour, points)


@benign(ENCODED)
def contours_in_another_order_and_direction(pile: Pile, rng: Generator) -> None:
    for drawing in pile.structures.ROIContourSequence:
        contours = list(drawing.ContourSequence)
        for contour in contours:
            points = points_of(contour)
            points = points[::-1] if rng.integers(2) else points
            draw(contour, np.roll(points, int(rng.integers(len(points))), axis=0))
        drawing.ContourSequence = Sequence([contours[k] for k in rng.permutation(len(contours))])


@benign(ENCODED)
def noise_of_decimal_text(pile: Pile, rng: Generator) -> None:
    offsets = [float(v) for v in pile.dose.GridFrameOffsetVector]
    put(pile.dose, "GridFrameOffsetVector", "\\".join(f"{v - 2e-14 * (v > 0):.14f}"[:16] for v in offsets).encode())
    put(pile.dose, "PixelSpacing", b"5.0000000000000\\3.99999999999998")


@benign()
def planes_stored_downwards(pile: Pile, rng: Generator) -> None:
    z = float(pile.dose.ImagePositionPatient[2])
    offsets = [float(v) for v in pile.dose.GridFrameOffsetVector]
    pile.dose.PixelData = pile.pixels()[::-1].tobytes()
    x, y, _ = pile.dose.ImagePositionPatient
    pile.dose.ImagePositionPatient = [x, y, z + offsets[-1]]
    pile.dose.GridFrameOffsetVector = [-v for v in offsets]


@benign()
def absolute_offsets(pile: Pile, rng: Generator) -> None:
    z = float(pile.dose.ImagePositionPatient[2])
    pile.dose.GridFrameOffsetVector = [z + float(v) for v in pile.dose.GridFrameOffsetVector]


@benign()
def another_patient_position(pile: Pile, rng: Generator) -> None:
    position = str(rng.choice(["HFP", "FFS", "FFP"]))
    made = dose_of(replace(EXPORT, patient_position=position))
    for keyword in ("PixelData", "ImageOrientationPatient", "ImagePositionPatient", "GridFrameOffsetVector"):
        setattr(pile.dose, keyword, getattr(made, keyword))
    pile.dose.PatientPosition = pile.plan.PatientSetupSequence[0].PatientPosition = position
    slices(pile, position)


@benign()
def thirty_two_bits(pile: Pile, rng: Generator) -> None:
    wide = pile.pixels().astype("<u4")
    pile.dose.BitsAllocated = pile.dose.BitsStored = 32
    pile.dose.HighBit, pile.dose.PixelData = 31, wide.tobytes()


@benign(ADDED)
def a_larger_grid(pile: Pile, rng: Generator) -> None:
    more = [int(n) for n in rng.integers(1, 6, 6)]
    axes = []
    for k, axis in enumerate(AXES):
        step = axis[1] - axis[0]
        axes.append(axis[0] + step * np.arange(-more[k], axis.size + more[k + 3]))
    made = dose_of(replace(EXPORT, axes_mm=tuple(axes)))
    for keyword in ("PixelData", "ImagePositionPatient", "GridFrameOffsetVector", "NumberOfFrames", "Rows", "Columns"):
        setattr(pile.dose, keyword, getattr(made, keyword))


@benign()
def statistics_of_the_dvh_in_percent(pile: Pile, rng: Generator) -> None:
    give_dvh(pile, "PTVsb", 1.0)
    (item,) = pile.dose.DVHSequence
    for keyword in ("DVHMinimumDose", "DVHMaximumDose", "DVHMeanDose"):
        setattr(item, keyword, f"{100 * float(getattr(item, keyword)) / 50.0:.5g}")


@benign()
def private_tags(pile: Pile, rng: Generator) -> None:
    for ds in (*each(pile), pile.roi("Liver"), pile.contours("Liver")[0], pile.plan.FractionGroupSequence[0]):
        block = ds.private_block(0x3249, "Vendor of tests", create=True)
        block.add_new(0x00, "UN", rng.bytes(32))
        block.add_new(0x01, "LO", "DoseGridScaling 10")
        block.add_new(0x10, "SQ", Sequence([Dataset()]))


@benign()
def other_uids(pile: Pile, rng: Generator) -> None:
    """Give every UID of the case another one, in the bytes, of the same length."""
    known = {pile.plan.SOPInstanceUID, pile.dose.SOPInstanceUID, pile.structures.SOPInstanceUID}
    known |= {pile.dose.FrameOfReferenceUID, pile.dose.StudyInstanceUID}
    new = {}
    for uid in sorted(known):
        digits = "".join(str(d) for d in rng.integers(1, 10, len(uid) - 6))
        new[uid.encode()] = b"1.2.3." + digits.encode()
    for name in ("plan", "dose", "structures"):
        pile.on_bytes[name] = lambda data: _replaced(data, new)


def _replaced(data: bytes, new: dict[bytes, bytes]) -> bytes:
    for old, other in new.items():
        data = data.replace(old, other)
    return data


@benign()
def items_of_sequences_in_another_order(pile: Pile, rng: Generator) -> None:
    for name in ("StructureSetROISequence", "ROIContourSequence", "RTROIObservationsSequence"):
        items = list(getattr(pile.structures, name))
        setattr(pile.structures, name, Sequence([items[k] for k in rng.permutation(len(items))]))
    for ds, name in ((pile.plan, "BeamSequence"), (pile.plan, "DoseReferenceSequence")):
        setattr(ds, name, Sequence(list(getattr(ds, name))[::-1]))


@benign()
def another_encoding(pile: Pile, rng: Generator) -> None:
    for name in ("plan", "dose", "structures"):
        how = int(rng.integers(4))
        if how == 0:
            pile.on_bytes[name] = _implicit
        elif how == 1:
            deflated(pile, name)
        elif how == 2:
            pile.on_bytes[name] = _undefined_lengths


def _implicit(data: bytes) -> bytes:
    ds = pydicom.dcmread(io.BytesIO(data))
    for element in ds.iterall():
        del element  # every raw value is parsed, so that it can be written in the other syntax
    ds.file_meta.TransferSyntaxUID = pydicom.uid.ImplicitVRLittleEndian
    return bytes_of(ds, implicit_vr=True, little_endian=True)


def _undefined_lengths(data: bytes) -> bytes:
    ds = pydicom.dcmread(io.BytesIO(data))
    for element in ds.iterall():
        if element.VR == "SQ":
            element.is_undefined_length = True
            for item in element.value:
                item.is_undefined_length_sequence_item = True
    return bytes_of(ds)


@benign()
def other_file_names(pile: Pile, rng: Generator) -> None:
    files = list(base().values())
    pile.dropped |= {"plan", "dose", "structures"}
    for index, k in enumerate(rng.permutation(3)):
        pile.extra[str(rng.choice(["{}", "{}.dcm", "RS{}.DCM", "IM-{}.tmp"])).format(index)] = files[k]


@benign()
def an_archive(pile: Pile, rng: Generator) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in pile.files().items():
            archive.writestr(f"export {rng.integers(9)}/{name}", data)
    pile.archive = file.getvalue()


@benign()
def another_dose_that_names_another_plan(pile: Pile, rng: Generator) -> None:
    made = copied(pile, "dose", another_uid(rng))
    made.ReferencedRTPlanSequence = Sequence([reference(PLAN_CLASS, another_uid(rng))])
    made.PixelData = bytes(len(made.PixelData))
    assert made.SOPClassUID == DOSE_CLASS
    pile.extra["other.dcm"] = bytes_of(made)


HOLE_DRAWN_AS = ("nested", "xor", "keyhole")


def with_a_hole(how: str, rng: Generator) -> Pile:
    """Give the liver a hole far from the target, on every plane, drawn in one of three ways."""
    pile = Pile.fresh()
    x, y, radius = float(rng.uniform(-22, -12)), float(rng.uniform(-20, 20)), float(rng.uniform(3, 7))
    contours = pile.contours("Liver")
    for contour in list(contours):
        outline, z = points_of(contour), points_of(contour)[0, 2]
        inner = np.column_stack([disc(x, y, radius), np.full(16, z)])[::-1]
        if how == "keyhole":
            channel = np.vstack([outline, outline[:1], inner, inner[:1]])
            draw(contour, channel)
        else:
            contours.append(contour_of(inner))
    if how == "xor":
        for contour in contours:
            contour.ContourGeometricType = "CLOSEDPLANAR_XOR"
    return pile
