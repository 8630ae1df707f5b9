"""Plan: numbers as written, absent ones as None, malformed ones refused."""

from __future__ import annotations

import pytest
from pydicom.dataset import Dataset

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError


def test_everything_written_is_read(made):
    case = read_case(made.write())
    plan = case.plan
    assert plan.identity == made.plan.identity
    assert plan.label == "T1"
    assert plan.fraction_groups == made.plan.fraction_groups
    assert plan.fractions == 5
    assert plan.dose_references == made.plan.dose_references
    assert plan.structure_set_uids == made.plan.structure_set_uids
    assert plan.related_plans == (("PRIOR", "1.2.3.4"),)
    assert (plan.approval, plan.intent, plan.geometry) == ("APPROVED", "CURATIVE", "PATIENT")
    assert plan.patient_positions == ("HFS",)
    assert (plan.is_ion, plan.is_brachy) == (False, False)
    assert case.id == plan.identity.sop_uid


def test_absent_numbers_are_none(made):
    def change(ds):
        ds.FractionGroupSequence[0].NumberOfFractionsPlanned = None
        del ds.FractionGroupSequence[0].ReferencedBeamSequence[0].BeamMeterset
        del ds.DoseReferenceSequence[0].TargetPrescriptionDose

    made.write()
    plan = read_case(made.edit("RP.dcm", change)).plan
    assert plan.fractions is None
    assert plan.fraction_groups[0].beams[0].meterset is None
    assert plan.dose_references[0].prescription_gy is None


@pytest.mark.parametrize("raw", [b"nan", b"50\\60", b"5O", b"50 Gy", b"1e999"])
def test_a_malformed_prescription_is_refused(made, put, raw):
    made.write()
    folder = made.edit("RP.dcm", lambda ds: put(ds.DoseReferenceSequence[0], "TargetPrescriptionDose", raw))
    with pytest.raises(CaseError, match=r"RP\.dcm: TargetPrescriptionDose \(300A,0026\)") as caught:
        read_case(folder)
    assert caught.value.code == "plan-value-invalid"


@pytest.mark.parametrize("raw", [b"5.0", b"five", b"5\\3"])
def test_a_malformed_number_of_fractions_is_refused(made, put, raw):
    made.write()
    folder = made.edit("RP.dcm", lambda ds: put(ds.FractionGroupSequence[0], "NumberOfFractionsPlanned", raw))
    with pytest.raises(CaseError, match="NumberOfFractionsPlanned"):
        read_case(folder)


def test_two_beams_of_one_number_are_refused(made):
    made.write()
    folder = made.edit("RP.dcm", lambda ds: ds.BeamSequence.append(ds.BeamSequence[0]))
    with pytest.raises(CaseError, match="1 is given to two beams"):
        read_case(folder)


@pytest.mark.parametrize("keyword", ["IonBeamSequence", "SOPClassUID"])
def test_an_ion_plan_is_known_by_class_or_beams(made, keyword):
    def change(ds):
        if keyword == "SOPClassUID":
            ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.481.8"
        else:
            beam = Dataset()
            beam.BeamNumber = 9
            ds.IonBeamSequence = [beam]

    made.write()
    assert read_case(made.edit("RP.dcm", change)).plan.is_ion


def test_a_brachy_plan_is_known_by_its_setups(made):
    made.write()
    folder = made.edit("RP.dcm", lambda ds: setattr(ds, "ApplicationSetupSequence", [Dataset()]))
    assert read_case(folder).plan.is_brachy
