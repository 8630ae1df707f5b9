"""Plan: what RTPLAN says about fractions, prescription and beams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sbrt_qa.model.identity import Identity


@dataclass(frozen=True, slots=True)
class Beam:
    """One treatment or setup beam.

    Parameters
    ----------
    number : int
        BeamNumber (300A,00C0).
    name : str
        BeamName (300A,00C2).
    delivery : str
        TreatmentDeliveryType (300A,00CE); empty when absent.
    meterset : float or None
        BeamMeterset (300A,0086) from the fraction group.
    dose_gy : float or None
        BeamDose (300A,0084): dose **per fraction** at the beam's dose point.
    """

    number: int
    name: str = ""
    delivery: str = ""
    meterset: float | None = None
    dose_gy: float | None = None

    @property
    def treats(self) -> bool:
        """False for a setup beam or one with a meterset of 0; a meterset that is not stated may be any."""
        return self.delivery != "SETUP" and self.meterset != 0


@dataclass(frozen=True, slots=True)
class FractionGroup:
    """One fraction group.

    Parameters
    ----------
    number : int
        FractionGroupNumber (300A,0071).
    fractions : int or None
        NumberOfFractionsPlanned (300A,0078); None when empty.
    beams : tuple of Beam
        The beams it references.
    """

    number: int
    fractions: int | None
    beams: tuple[Beam, ...] = ()


@dataclass(frozen=True, slots=True)
class DoseReference:
    """One dose reference: a prescription, or a limit for an organ.

    Parameters
    ----------
    kind : str
        DoseReferenceType (300A,0020): TARGET or ORGAN_AT_RISK.
    structure_type : str
        DoseReferenceStructureType (300A,0014): POINT, VOLUME, COORDINATES, SITE.
    roi_number : int or None
        ReferencedROINumber (3006,0084), for VOLUME and POINT.
    prescription_gy : float or None
        TargetPrescriptionDose (300A,0026): the whole course, in Gy.
    description : str
        DoseReferenceDescription (300A,0016).
    """

    kind: str
    structure_type: str = ""
    roi_number: int | None = None
    prescription_gy: float | None = None
    description: str = ""

    @property
    def is_target(self) -> bool:
        """True for a target; also for an item without a type, since only a target has a prescription to give."""
        return self.kind in {"TARGET", ""}


@dataclass(frozen=True, slots=True)
class Plan:
    """One RTPLAN object.

    Parameters
    ----------
    identity : Identity
        UIDs and patient; ``label`` is RTPlanLabel (300A,0002).
    fraction_groups : tuple of FractionGroup
        (300A,0070).
    dose_references : tuple of DoseReference
        (300A,0010).
    structure_set_uids : tuple of str
        (300C,0060).
    related_plans : tuple of (relationship, SOP Instance UID)
        (300C,0002) with RTPlanRelationship (300A,0055).
    approval, intent, geometry : str
        ApprovalStatus (300E,0002), PlanIntent (300A,000A), RTPlanGeometry (300A,000C).
    patient_positions : tuple of str
        (0018,5100) of the patient setups. Annotation only; geometry never depends on it.
    is_ion, is_brachy : bool
        Decided by SOP class and sequences, not by Modality text.
    """

    identity: Identity
    fraction_groups: tuple[FractionGroup, ...] = ()
    dose_references: tuple[DoseReference, ...] = ()
    structure_set_uids: tuple[str, ...] = ()
    related_plans: tuple[tuple[str, str], ...] = ()
    approval: str = ""
    intent: str = ""
    geometry: str = ""
    patient_positions: tuple[str, ...] = ()
    is_ion: bool = False
    is_brachy: bool = False

    @property
    def label(self) -> str:
        """RTPlanLabel."""
        return self.identity.label

    @property
    def fractions(self) -> int | None:
        """Number of planned fractions; None when unstated or when there are several fraction groups."""
        return self.fraction_groups[0].fractions if len(self.fraction_groups) == 1 else None
