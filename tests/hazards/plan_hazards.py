"""P and L: what can be wrong with the plan, and with what belongs together."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from hazard_case import CT, PLAN_CLASS, Pile, bytes_of, put, reference
from hazard_kinds import Behaviour, hazard
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

if TYPE_CHECKING:
    from numpy.random import Generator

REFUSE, LIMITS, FINDING, CHECK, WARN, NOTE = (
    Behaviour.REFUSE,
    Behaviour.LIMITS,
    Behaviour.FINDING,
    Behaviour.CHECK,
    Behaviour.WARN,
    Behaviour.NOTE,
)


def another_uid(rng: Generator) -> str:
    return str(generate_uid(entropy_srcs=[str(rng.integers(10**6))]))


@hazard("P01", LIMITS, "fractions-mismatch", "limit-for-fractions-missing")
def other_number_of_fractions(pile: Pile, rng: Generator) -> None:
    fractions = int(rng.choice([1, 2, 4, 6, 8, 10, 25]))
    pile.plan.FractionGroupSequence[0].NumberOfFractionsPlanned = fractions
    for beam in pile.plan.FractionGroupSequence[0].ReferencedBeamSequence:
        if "BeamDose" in beam:
            beam.BeamDose = round(25.0 / fractions, 4)


@hazard("P01", FINDING, "limit-for-fractions-missing", only=("CORD-MAX",))
def no_limit_for_these_fractions(pile: Pile, rng: Generator) -> None:
    pile.protocol = pile.protocol.replace('{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}', '{3: "<= 20.3 Gy"}')


@hazard("P01", LIMITS, "fractions-missing")
def fractions_missing(pile: Pile, rng: Generator) -> None:
    group = pile.plan.FractionGroupSequence[0]
    how = rng.integers(4)
    if how == 0:
        group.NumberOfFractionsPlanned = None
    elif how == 1:
        del group.NumberOfFractionsPlanned
    elif how == 2:
        group.NumberOfFractionsPlanned = 0
    else:
        del pile.plan.FractionGroupSequence


@hazard("P02", LIMITS, "fraction-groups-many")
def several_fraction_groups(pile: Pile, rng: Generator) -> None:
    other = Dataset()
    other.FractionGroupNumber, other.NumberOfFractionsPlanned = 2, int(rng.integers(1, 6))
    other.NumberOfBeams, other.NumberOfBrachyApplicationSetups = 0, 0
    pile.plan.FractionGroupSequence.append(other)


@hazard("P03", FINDING, "prescription-missing", only=("PTV-COVERAGE", "PTV-HOT"))
def nobody_prescribes(pile: Pile, rng: Generator) -> None:
    if rng.integers(2):
        del pile.plan.DoseReferenceSequence
    else:
        del pile.plan.DoseReferenceSequence[0].TargetPrescriptionDose
    pile.protocol = pile.protocol.replace("dose: 50 Gy", "dose: {min: 30 Gy, max: 60 Gy}")


@hazard("P03", FINDING, "prescription-missing", only=("PTV-COVERAGE", "PTV-HOT"))
def two_prescriptions_and_none_for_the_target(pile: Pile, rng: Generator) -> None:
    references = pile.plan.DoseReferenceSequence
    other = Dataset()
    other.update(references[0])
    del references[0].ReferencedROINumber
    del other.ReferencedROINumber
    other.TargetPrescriptionDose = float(rng.uniform(30, 49))
    references.append(other)


@hazard("P04", CHECK, "prescription-outside-protocol")
def prescription_outside_the_protocol(pile: Pile, rng: Generator) -> None:
    gy = round(float(rng.choice([rng.uniform(42, 49), rng.uniform(51, 55)])), 2)
    pile.plan.DoseReferenceSequence[0].TargetPrescriptionDose = gy


@hazard("P05", REFUSE, "dose-implausible")
def prescription_in_cgy_or_per_fraction(pile: Pile, rng: Generator) -> None:
    gy = pile.plan.DoseReferenceSequence[0].TargetPrescriptionDose
    pile.plan.DoseReferenceSequence[0].TargetPrescriptionDose = gy * 100 if rng.integers(2) else gy / 5


@hazard("P05", CHECK, "prescription-implausible")
def prescription_far_from_the_beams(pile: Pile, rng: Generator) -> None:
    for beam in pile.plan.FractionGroupSequence[0].ReferencedBeamSequence:
        if "BeamDose" in beam:
            beam.BeamDose = float(beam.BeamDose) * float(rng.choice([100, 5, 0.2, 0.01]))


@hazard("P05", REFUSE, "plan-value-invalid")
def numbers_of_the_plan_are_none(pile: Pile, rng: Generator) -> None:
    text = [b"nan", b"1_0", b"5,0", b"inf", b"50\\50"][rng.integers(5)]
    if rng.integers(2):
        put(pile.plan.DoseReferenceSequence[0], "TargetPrescriptionDose", text)
    else:
        put(pile.plan.FractionGroupSequence[0], "NumberOfFractionsPlanned", text)


@hazard("P06", CHECK, "plan-rejected")
def rejected(pile: Pile, rng: Generator) -> None:
    pile.plan.ApprovalStatus = "REJECTED"


@hazard("P07", CHECK, "plan-not-for-treatment")
def not_for_treatment(pile: Pile, rng: Generator) -> None:
    choice = int(rng.integers(5))
    if choice == 4:
        pile.plan.RTPlanGeometry = "TREATMENT_DEVICE"
    else:
        pile.plan.PlanIntent = ["VERIFICATION", "MACHINE_QA", "RESEARCH", "SERVICE"][choice]


def related(pile: Pile, relation: str, uid: str) -> None:
    item = reference(PLAN_CLASS, uid)
    item.RTPlanRelationship = relation
    pile.plan.ReferencedRTPlanSequence = Sequence([item])


@hazard("P08", CHECK, "plan-concurrent")
def concurrent_plan(pile: Pile, rng: Generator) -> None:
    related(pile, "CONCURRENT", another_uid(rng))


@hazard("P08", WARN, "plan-prior")
def earlier_plan(pile: Pile, rng: Generator) -> None:
    related(pile, str(rng.choice(["PRIOR", "PREDECESSOR"])), another_uid(rng))


@hazard("P10", REFUSE, "plan-ion")
def ion_plan(pile: Pile, rng: Generator) -> None:
    if rng.integers(2):
        pile.plan.SOPClassUID = pile.plan.file_meta.MediaStorageSOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"
    else:
        pile.plan.IonBeamSequence = pile.plan.BeamSequence
        del pile.plan.BeamSequence


@hazard("P10", REFUSE, "plan-brachy")
def brachy_plan(pile: Pile, rng: Generator) -> None:
    pile.plan.ApplicationSetupSequence = Sequence([Dataset()])


def slices(pile: Pile, position: str, count: int = 3) -> None:
    """Add a few CT slices of the frame of reference."""
    for k in range(count):
        made = Dataset()
        made.file_meta = FileMetaDataset()
        made.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        made.SOPClassUID = made.file_meta.MediaStorageSOPClassUID = CT
        uid = generate_uid(entropy_srcs=[f"slice{k}"])
        made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid
        made.Modality, made.PatientID, made.PatientName = "CT", pile.dose.PatientID, pile.dose.PatientName
        made.StudyInstanceUID, made.SeriesInstanceUID = pile.dose.StudyInstanceUID, generate_uid(entropy_srcs=["ct"])
        made.FrameOfReferenceUID, made.PatientPosition = pile.dose.FrameOfReferenceUID, position
        made.ImagePositionPatient, made.ImageOrientationPatient = [-60, -60, 3.0 * k], [1, 0, 0, 0, 1, 0]
        made.Rows = made.Columns = 4
        made.PixelSpacing, made.BitsAllocated, made.BitsStored, made.HighBit = [30, 30], 16, 16, 15
        made.PixelRepresentation, made.SamplesPerPixel, made.PhotometricInterpretation = 1, 1, "MONOCHROME2"
        made.RescaleSlope, made.RescaleIntercept, made.PixelData = 1, 0, bytes(32)
        pile.extra[f"CT{k}.dcm"] = bytes_of(made)


@hazard("P11", WARN, "patient-position-differs")
def plan_and_images_lie_differently(pile: Pile, rng: Generator) -> None:
    plan, images = rng.choice(["HFS", "HFP", "FFS", "FFP", "HFDL"], 2, replace=False)
    pile.plan.PatientSetupSequence[0].PatientPosition = str(plan)
    if rng.integers(2):
        slices(pile, str(images))
        del pile.dose.PatientPosition
    else:
        pile.dose.PatientPosition = str(images)


# --- L ---------------------------------------------------------------------------------------------


@hazard("L01", REFUSE, "dose-other-plan")
def dose_of_another_plan(pile: Pile, rng: Generator) -> None:
    pile.dose.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID = another_uid(rng)


@hazard("L01", WARN, "dose-plan-link-missing")
def dose_without_plan_link(pile: Pile, rng: Generator) -> None:
    del pile.dose.ReferencedRTPlanSequence


@hazard("L02", REFUSE, "structure-set-other")
def another_structure_set(pile: Pile, rng: Generator) -> None:
    which = [("plan",), ("dose",), ("plan", "dose")][rng.integers(3)]
    uid = another_uid(rng)
    for name in which:
        getattr(pile, name).ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = uid


@hazard("L02", WARN, "structure-set-link-missing")
def nobody_names_the_structure_set(pile: Pile, rng: Generator) -> None:
    del pile.plan.ReferencedStructureSetSequence
    del pile.dose.ReferencedStructureSetSequence


@hazard("L02", NOTE, "rs-reference-missing-in-dose")
def only_the_plan_names_the_structure_set(pile: Pile, rng: Generator) -> None:
    del pile.dose.ReferencedStructureSetSequence


@hazard("L03", CHECK, "structure-set-newer")
def structure_set_edited_after_the_dose(pile: Pile, rng: Generator) -> None:
    pile.structures.StructureSetDate = f"202403{int(rng.integers(3, 31)):02d}"


@hazard("L04", REFUSE, "frame-of-reference-differs")
def frames_differ(pile: Pile, rng: Generator) -> None:
    uid = another_uid(rng)
    how = rng.integers(3)
    if how == 0:
        pile.dose.FrameOfReferenceUID = uid
    elif how == 1:
        pile.plan.FrameOfReferenceUID = uid
    else:
        pile.structures.ReferencedFrameOfReferenceSequence[0].FrameOfReferenceUID = uid
        pile.structures.FrameOfReferenceUID = uid


@hazard("L04", REFUSE, "frame-of-reference-differs")
def dose_without_frame(pile: Pile, rng: Generator) -> None:
    del pile.dose.FrameOfReferenceUID


@hazard("L05", REFUSE, "patient-differs")
def two_patients(pile: Pile, rng: Generator) -> None:
    getattr(pile, str(rng.choice(["plan", "dose", "structures"]))).PatientID = f"P{rng.integers(1000)}"


@hazard("L05", NOTE, "patient-name-differs")
def name_spelt_differently(pile: Pile, rng: Generator) -> None:
    getattr(pile, str(rng.choice(["plan", "dose", "structures"]))).PatientName = "Nobody^Knowne"


@hazard("L05", WARN, "study-differs")
def two_studies(pile: Pile, rng: Generator) -> None:
    getattr(pile, str(rng.choice(["plan", "dose", "structures"]))).StudyInstanceUID = another_uid(rng)


def copied(pile: Pile, name: str, uid: str) -> Dataset:
    made = Dataset()
    made.update(getattr(pile, name))
    made.file_meta = FileMetaDataset()
    made.file_meta.update(getattr(pile, name).file_meta)
    made.SOPInstanceUID = made.file_meta.MediaStorageSOPInstanceUID = uid
    return made


@hazard("L06", REFUSE, "plan-ambiguous", "dose-ambiguous", "structure-set-ambiguous")
def several_fit(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["plan", "dose", "structures"]))
    made = copied(pile, name, another_uid(rng))
    if name == "dose":
        made.DoseGridScaling = f"{float(made.DoseGridScaling) * rng.uniform(0.5, 1.5):.8e}"
    if name == "structures":
        refer = reference(made.SOPClassUID, made.SOPInstanceUID)
        pile.plan.ReferencedStructureSetSequence.append(refer)
    pile.extra["another.dcm"] = bytes_of(made)


@hazard("L06", REFUSE, "plan-ambiguous", "dose-ambiguous", "structure-set-ambiguous")
def two_versions_of_one_object(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["plan", "dose", "structures"]))
    made = copied(pile, name, str(getattr(pile, name).SOPInstanceUID))
    made.InstanceCreationDate = "20240302"
    pile.extra["another.dcm"] = bytes_of(made)


@hazard("L07", REFUSE, "dose-missing", "structures-missing")
def dose_or_structures_missing(pile: Pile, rng: Generator) -> None:
    pile.dropped.add(str(rng.choice(["dose", "structures"])))


@hazard("L07", LIMITS, "plan-missing", "fractions-missing")
def plan_missing(pile: Pile, rng: Generator) -> None:
    pile.dropped.add("plan")


@hazard("L08", NOTE, "object-superseded")
def revised_plan_beside_the_chosen_one(pile: Pile, rng: Generator) -> None:
    made = copied(pile, "plan", another_uid(rng))
    made.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset = 1.0
    pile.extra["another.dcm"] = bytes_of(made)
    pile.wanted = str(pile.plan.SOPInstanceUID)


@hazard("L09", REFUSE, "dose-other-plan", "structure-set-other")
def links_broken_by_an_anonymiser(pile: Pile, rng: Generator) -> None:
    """Each object was given a new UID, and nobody followed the references; the labels still agree."""
    for ds in (pile.plan, pile.dose, pile.structures):
        if ds is not pile.dose:
            ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = another_uid(rng)
    pile.dose.SeriesDescription = pile.plan.RTPlanLabel


@hazard("L10", NOTE, "plan-unapproved")
def dates_absent_or_odd(pile: Pile, rng: Generator) -> None:
    for ds in (pile.plan, pile.dose, pile.structures):
        for keyword in ("InstanceCreationDate", "StudyDate", "StructureSetDate", "RTPlanDate"):
            if keyword in ds and rng.integers(2):
                put(ds, keyword, [b"", b"2024", b"99999999", b"yesterday", b"20240230"][rng.integers(5)])


@hazard("L11", NOTE, "modality-text-differs")
def modality_text_differs(pile: Pile, rng: Generator) -> None:
    getattr(pile, str(rng.choice(["plan", "dose", "structures"]))).Modality = str(rng.choice(["CT", "OT", "RTIMAGE"]))


def without_meta(ds: Dataset, *, implicit_vr: bool) -> bytes:
    """Write the data set alone, without preamble and file meta information."""
    made, file = Dataset(), io.BytesIO()
    made.update(ds)
    made.save_as(file, implicit_vr=implicit_vr, little_endian=True, enforce_file_format=False)
    return file.getvalue()


@hazard("L11", WARN, "file-meta-missing")
def no_file_meta(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["plan", "dose", "structures"]))
    pile.on_bytes[name] = lambda _: without_meta(getattr(pile, name), implicit_vr=True)


@hazard("L11", REFUSE, "transfer-syntax")
def no_file_meta_and_explicit(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["plan", "dose", "structures"]))
    pile.on_bytes[name] = lambda _: without_meta(getattr(pile, name), implicit_vr=False)
