"""Plan -> RTPLAN with arcs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.phantom.writing.elements import NOON, SOP_CLASSES, decimal, decimals, item, new_object, reference
from sbrt_qa.phantom.writing.export import Arc, ControlPoint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydicom.dataset import Dataset

    from sbrt_qa.model import Beam, DoseReference, FractionGroup, Plan
    from sbrt_qa.phantom.writing.export import Export

MACHINE = "SYNTHETIC"
SAD_MM = "1000"
ONE_TURN = Arc(
    tuple(ControlPoint((181.0 + 358.0 * k / 8) % 360.0, k / 8) for k in range(9)),
)


def plan_object(plan: Plan, export: Export) -> Dataset:
    """RTPLAN of a plan.

    Parameters
    ----------
    plan : Plan
        Fractions, prescription and beams.
    export : Export
        ``arcs`` says how the treatment beams move; ``orientation`` is the patient position
        where the plan names none.

    Returns
    -------
    Dataset
    """
    made = new_object(plan.identity, "RTPLAN", 3)
    made.InstanceNumber = 1
    made.RTPlanLabel = plan.label[:16] or "PLAN"
    made.RTPlanDate = plan.identity.date
    made.RTPlanTime = NOON if plan.identity.date else ""
    made.RTPlanGeometry = plan.geometry or "PATIENT"
    if plan.intent:
        made.PlanIntent = plan.intent
    if plan.dose_references:
        made.DoseReferenceSequence = [_dose_reference(r, n) for n, r in enumerate(plan.dose_references, start=1)]
    beams = {beam.number: beam for group in plan.fraction_groups for beam in group.beams}
    if plan.fraction_groups:
        made.FractionGroupSequence = [_fraction_group(group) for group in plan.fraction_groups]
    if beams:
        made.BeamSequence = _beams(list(beams.values()), export.arcs)
    positions = plan.patient_positions or (export.orientation,)
    made.PatientSetupSequence = [
        item(PatientPosition=position, PatientSetupNumber=n) for n, position in enumerate(positions, start=1)
    ]
    if plan.related_plans:
        made.ReferencedRTPlanSequence = [
            reference(SOP_CLASSES["RTPLAN"], uid, RTPlanRelationship=relation) for relation, uid in plan.related_plans
        ]
    if plan.structure_set_uids:
        sets = [reference(SOP_CLASSES["RTSTRUCT"], uid) for uid in plan.structure_set_uids]
        made.ReferencedStructureSetSequence = sets
    _approve(made, plan)
    return made


def _approve(made: Dataset, plan: Plan) -> None:
    if not plan.approval:
        return
    made.ApprovalStatus = plan.approval
    if plan.approval != "UNAPPROVED":
        made.ReviewDate, made.ReviewTime = plan.identity.date, NOON if plan.identity.date else ""
        made.ReviewerName = "SYNTHETIC"


def _dose_reference(reference_: DoseReference, number: int) -> Dataset:
    prescription_gy = reference_.prescription_gy
    return item(
        DoseReferenceNumber=number,
        DoseReferenceStructureType=reference_.structure_type or "SITE",
        DoseReferenceDescription=reference_.description or None,
        DoseReferenceType=reference_.kind,
        TargetPrescriptionDose=None if prescription_gy is None else decimal(prescription_gy),
        ReferencedROINumber=reference_.roi_number,
    )


def _fraction_group(group: FractionGroup) -> Dataset:
    made = item(
        FractionGroupNumber=group.number,
        NumberOfFractionsPlanned="" if group.fractions is None else group.fractions,
        NumberOfBeams=len(group.beams),
        NumberOfBrachyApplicationSetups=0,
    )
    if group.beams:
        made.ReferencedBeamSequence = [
            item(
                BeamDose=None if beam.dose_gy is None else decimal(beam.dose_gy),
                BeamMeterset=None if beam.meterset is None else decimal(beam.meterset),
                ReferencedBeamNumber=beam.number,
            )
            for beam in group.beams
        ]
    return made


def _beams(beams: Sequence[Beam], arcs: Sequence[Arc]) -> list[Dataset]:
    treating = [beam for beam in beams if beam.delivery in {"", "TREATMENT"}]
    if arcs and len(arcs) != len(treating):
        raise UsageError(f"{len(arcs)} arcs for {len(treating)} treatment beams", mend="give one arc per beam, or none")
    arc_of = dict(zip((beam.number for beam in treating), arcs, strict=False))
    return [_beam(beam, arc_of.get(beam.number, ONE_TURN)) for beam in beams]


def _beam(beam: Beam, arc: Arc) -> Dataset:
    made = item(
        TreatmentMachineName=MACHINE,
        PrimaryDosimeterUnit="MU",
        SourceAxisDistance=SAD_MM,
        BeamLimitingDeviceSequence=_devices(arc),
        BeamNumber=beam.number,
        BeamName=beam.name or f"Arc{beam.number}",
        BeamType="DYNAMIC",
        RadiationType="PHOTON",
        TreatmentDeliveryType=beam.delivery or None,
        NumberOfWedges=0,
        NumberOfCompensators=0,
        NumberOfBoli=0,
        NumberOfBlocks=0,
        FinalCumulativeMetersetWeight="1",
        NumberOfControlPoints=len(arc.control_points),
        ReferencedPatientSetupNumber=1,
    )
    made.ControlPointSequence = [_control_point(arc, index) for index in range(len(arc.control_points))]
    return made


def _devices(arc: Arc) -> list[Dataset]:
    jaws = [item(RTBeamLimitingDeviceType=kind, NumberOfLeafJawPairs=1) for kind in ("ASYMX", "ASYMY")]
    if not arc.leaf_boundaries_mm:
        return jaws
    leaves = item(
        RTBeamLimitingDeviceType="MLCX",
        NumberOfLeafJawPairs=len(arc.leaf_boundaries_mm) - 1,
        LeafPositionBoundaries=decimals(arc.leaf_boundaries_mm),
    )
    return [*jaws, leaves]


def _control_point(arc: Arc, index: int) -> Dataset:
    point = arc.control_points[index]
    is_last = index == len(arc.control_points) - 1
    made = item(ControlPointIndex=index, CumulativeMetersetWeight=decimal(point.meterset_weight))
    positions = []
    if index == 0:
        made.NominalBeamEnergy = decimal(arc.energy_mv)
        x1, x2, y1, y2 = decimals(arc.jaws_mm)
        positions += [
            item(RTBeamLimitingDeviceType="ASYMX", LeafJawPositions=[x1, x2]),
            item(RTBeamLimitingDeviceType="ASYMY", LeafJawPositions=[y1, y2]),
        ]
    if point.leaves_mm:
        positions.append(item(RTBeamLimitingDeviceType="MLCX", LeafJawPositions=decimals(point.leaves_mm)))
    if positions:
        made.BeamLimitingDevicePositionSequence = positions
    made.GantryAngle = decimal(point.gantry_deg)
    made.GantryRotationDirection = "NONE" if is_last else arc.rotation
    if index == 0:
        made.update(_still(arc))
    return made


def _still(arc: Arc) -> Dataset:
    """Return what the first control point states once for the whole arc."""
    return item(
        BeamLimitingDeviceAngle=decimal(arc.collimator_deg),
        BeamLimitingDeviceRotationDirection="NONE",
        PatientSupportAngle="0",
        PatientSupportRotationDirection="NONE",
        TableTopEccentricAngle="0",
        TableTopEccentricRotationDirection="NONE",
        TableTopVerticalPosition="",
        TableTopLongitudinalPosition="",
        TableTopLateralPosition="",
        IsocenterPosition=decimals(arc.isocenter_mm),
    )
