"""RTPLAN -> Plan: fractions, prescription and beams."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.dicom.charset import charset_of, label
from sbrt_qa.dicom.read_dose import structure_sets_of
from sbrt_qa.dicom.strict import decimal, fault, integer, uid, word
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.model import Beam, DoseReference, FractionGroup, Plan

if TYPE_CHECKING:
    from sbrt_qa.dicom.walk import Elements
    from sbrt_qa.model import Identity

_INVALID = "plan-value-invalid"
_ION_PLAN = "1.2.840.10008.5.1.4.1.1.481.8"


def read_plan(ds: Elements, identity: Identity) -> Plan:
    """Read one RTPLAN (or RT Ion Plan) object.

    Parameters
    ----------
    ds : Elements
        Its data set.
    identity : Identity
        Of the same object.

    Returns
    -------
    Plan

    Raises
    ------
    CaseError
        ``plan-value-invalid`` when a number that is there is no DICOM number; an absent one is None.
    """
    beams = _beams(ds)
    positions = {word(setup, Tag.PatientPosition) for setup in ds.items(Tag.PatientSetupSequence)} - {""}
    return Plan(
        identity=identity,
        fraction_groups=tuple(_fraction_group(item, beams) for item in ds.items(Tag.FractionGroupSequence)),
        dose_references=tuple(_dose_reference(ds, item) for item in ds.items(Tag.DoseReferenceSequence)),
        structure_set_uids=structure_sets_of(ds),
        related_plans=tuple(
            (word(item, Tag.RTPlanRelationship), uid(item, Tag.ReferencedSOPInstanceUID))
            for item in ds.items(Tag.ReferencedRTPlanSequence)
        ),
        approval=word(ds, Tag.ApprovalStatus),
        intent=word(ds, Tag.PlanIntent),
        geometry=word(ds, Tag.RTPlanGeometry),
        patient_positions=tuple(sorted(positions)),
        is_ion=identity.sop_class_uid == _ION_PLAN or Tag.IonBeamSequence in ds,
        is_brachy=bool(ds.items(Tag.ApplicationSetupSequence)),
    )


def _beams(ds: Elements) -> dict[int, tuple[str, str]]:
    """Name and delivery type of each beam by its number."""
    charset = charset_of(ds)
    found = {}
    for item in [*ds.items(Tag.BeamSequence), *ds.items(Tag.IonBeamSequence)]:
        number = _number(item, Tag.BeamNumber)
        if number in found:
            fault(item, Tag.BeamNumber, f"{number} is given to two beams", _INVALID)
        found[number] = label(item, Tag.BeamName, charset), word(item, Tag.TreatmentDeliveryType)
    return found


def _fraction_group(item: Elements, beams: dict[int, tuple[str, str]]) -> FractionGroup:
    return FractionGroup(
        number=_number(item, Tag.FractionGroupNumber),
        fractions=integer(item, Tag.NumberOfFractionsPlanned, _INVALID),
        beams=tuple(_beam(beam, beams) for beam in item.items(Tag.ReferencedBeamSequence)),
    )


def _beam(item: Elements, beams: dict[int, tuple[str, str]]) -> Beam:
    number = _number(item, Tag.ReferencedBeamNumber)
    name, delivery = beams.get(number, ("", ""))
    return Beam(
        number=number,
        name=name,
        delivery=delivery,
        meterset=decimal(item, Tag.BeamMeterset, _INVALID),
        dose_gy=decimal(item, Tag.BeamDose, _INVALID),
    )


def _dose_reference(ds: Elements, item: Elements) -> DoseReference:
    return DoseReference(
        kind=word(item, Tag.DoseReferenceType),
        structure_type=word(item, Tag.DoseReferenceStructureType),
        roi_number=integer(item, Tag.ReferencedROINumber, _INVALID),
        prescription_gy=decimal(item, Tag.TargetPrescriptionDose, _INVALID),
        description=label(item, Tag.DoseReferenceDescription, charset_of(item, charset_of(ds))),
    )


def _number(item: Elements, tag: Tag) -> int:
    number = integer(item, tag, _INVALID)
    if number is None:
        fault(item, tag, "is missing", _INVALID)
    return number
