"""Doses of beams: added up when each is there once and on one grid, refused otherwise."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from pydicom.dataset import Dataset

from sbrt_qa.dicom.beam_doses import add
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError
from sbrt_qa.model import Dose, Grid, Identity

BEAMS = {1: ("TREATMENT", "1200.5"), 2: ("SETUP", None), 3: ("", "800"), 4: ("TREATMENT", "0"), 5: ("TREATMENT", None)}
TREATING = (1, 3, 5)
SHARES = {1: 0.5, 3: 0.3, 5: 0.2}


def of_beams(*numbers):
    """Refer to beams of the plan that the dose refers to."""

    def change(ds):
        group = Dataset()
        group.ReferencedFractionGroupNumber = 1
        group.ReferencedBeamSequence = []
        for number in numbers:
            beam = Dataset()
            beam.ReferencedBeamNumber = number
            group.ReferencedBeamSequence.append(beam)
        ds.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence = [group]

    return change


def five_beams(ds):
    items = []
    for number, (delivery, meterset) in BEAMS.items():
        beam = Dataset()
        beam.BeamNumber = number
        if delivery:
            beam.TreatmentDeliveryType = delivery
        referred = Dataset()
        referred.ReferencedBeamNumber = number
        if meterset is not None:
            referred.BeamMeterset = meterset
        items.append((beam, referred))
    ds.BeamSequence = [beam for beam, _ in items]
    ds.FractionGroupSequence[0].ReferencedBeamSequence = [referred for _, referred in items]


@pytest.fixture
def beams(made):
    """A plan of five beams, three of which treat, and one dose of each of the three; no dose of the plan."""
    made.write()
    made.edit("RP.dcm", five_beams)
    for number, share in SHARES.items():

        def change(ds, number=number, share=share):
            ds.SOPInstanceUID = f"1.2.5.{number}"
            ds.DoseSummationType = "BEAM"
            ds.DoseGridScaling = f"{float(ds.DoseGridScaling) * share:.9E}"
            of_beams(number)(ds)

        made.edit("RD.dcm", change, to=f"beam{number}.dcm")
    (made.folder / "RD.dcm").rename(made.folder.parent / "plan-dose.dcm")
    return made


def refused(made, code, text):
    with pytest.raises(CaseError, match=text) as caught:
        read_case(made.folder)
    assert caught.value.code == code
    assert "export the dose of the whole plan" in str(caught.value)


def test_a_complete_set_is_the_dose_of_the_plan(beams):
    case = read_case(beams.folder)
    np.testing.assert_allclose(case.dose.gy, beams.gy, rtol=2e-6, atol=1e-6)
    assert case.dose.summed_beams == TREATING
    assert case.dose.summation == "BEAM"
    assert case.dose.identity.sop_uid == "1.2.5.1"
    assert [file.sop_uid for file in case.source.files if file.role == "RTDOSE"] == ["1.2.5.1", "1.2.5.3", "1.2.5.5"]


def test_file_names_do_not_change_the_sum(beams):
    plain = read_case(beams.folder)
    for number, name in ((1, "z"), (3, "a"), (5, "m")):
        (beams.folder / f"beam{number}.dcm").rename(beams.folder / name)
    assert read_case(beams.folder).dose.gy.tobytes() == plain.dose.gy.tobytes()
    assert read_case(beams.folder).source == plain.source


def test_one_dose_may_be_of_several_beams(beams):
    (beams.folder / "beam5.dcm").unlink()
    refused(beams, "beam-dose-missing", "the dose of beam 5 is missing")
    beams.edit("beam3.dcm", of_beams(3, 5))
    assert read_case(beams.folder).dose.summed_beams == TREATING


def test_the_only_beam_may_be_the_plan(beams):
    for number in (3, 5):
        (beams.folder / f"beam{number}.dcm").unlink()
    case = read_case(beams.folder)
    assert (case.dose.summation, case.dose.summed_beams) == ("BEAM", ())  # the checks refuse it
    beams.edit("beam1.dcm", of_beams(*TREATING))
    assert read_case(beams.folder).dose.summed_beams == TREATING


@pytest.mark.parametrize("number", TREATING)
def test_a_missing_beam_is_refused(beams, number):
    (beams.folder / f"beam{number}.dcm").unlink()
    refused(beams, "beam-dose-missing", f"the dose of beam {number} is missing")


def test_a_repeated_beam_is_refused(beams):
    beams.edit("beam3.dcm", lambda ds: setattr(ds, "SOPInstanceUID", "1.2.6"), to="again.dcm")
    refused(beams, "beam-dose-repeated", "the dose of beam 3 is there more than once")
    beams.edit("beam1.dcm", of_beams(1, 5))
    refused(beams, "beam-dose-repeated", "the dose of beams 3, 5 is there more than once")


def test_a_dose_of_a_setup_beam_is_refused(beams):
    beams.edit("beam1.dcm", of_beams(1, 2))
    refused(beams, "dose-not-whole-plan", "there is a dose of beam 2, which the plan does not treat with")


def test_a_dose_of_no_beam_is_refused(beams):
    beams.edit("beam3.dcm", of_beams())
    refused(beams, "dose-not-whole-plan", "one of the beam doses does not say of which beam it is")


def test_several_fraction_groups_are_refused(beams):
    beams.edit("RP.dcm", lambda ds: ds.FractionGroupSequence.append(ds.FractionGroupSequence[0]))
    refused(beams, "dose-not-whole-plan", "the plan has 2 fraction groups")


def test_beams_of_the_other_plan_do_not_count(beams):
    def change(ds):
        other = Dataset()
        other.ReferencedSOPInstanceUID = "1.2.3.9"
        other.ReferencedFractionGroupSequence = ds.ReferencedRTPlanSequence[0].ReferencedFractionGroupSequence
        own = Dataset()
        own.ReferencedSOPInstanceUID = ds.ReferencedRTPlanSequence[0].ReferencedSOPInstanceUID
        ds.ReferencedRTPlanSequence = [own, other]

    beams.edit("beam5.dcm", change)
    refused(beams, "dose-not-whole-plan", "does not say of which beam")


def setting(**values):
    def change(ds):
        for keyword, value in values.items():
            setattr(ds, keyword, value)

    return change


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (setting(DoseType="EFFECTIVE"), "missing"),  # of another type: not one of them
        (setting(DoseType=""), "differ in their type"),
        (setting(PatientID="another"), "differ in their patient"),
        (setting(StudyInstanceUID="1.2.3.4"), "differ in their study"),
        (setting(FrameOfReferenceUID="1.2.3.4"), "differ in their frame of reference"),
        (setting(ReferencedStructureSetSequence=[]), "differ in their structure sets"),
        (setting(TissueHeterogeneityCorrection="WATER"), "differ in their heterogeneity correction"),
        (setting(SpatialTransformOfDose="RIGID"), "differ in their spatial transform"),
        (setting(PixelSpacing=["3", "2.1"]), "differ in their grid"),
        (setting(ImagePositionPatient=["-5", "-3", "-1.2"]), "differ in their grid"),
        (setting(ImagePositionPatient=["-5", "-3", "-1.005"]), None),
    ],
)
def test_doses_that_differ_are_not_added(beams, change, text):
    beams.edit("beam3.dcm", change)
    if text is None:
        assert read_case(beams.folder).dose.summed_beams == TREATING
    else:
        said = f"{text} and cannot be added up" if text.startswith("differ") else text
        refused(beams, "beam-dose-missing" if text == "missing" else "dose-not-whole-plan", said)


def test_everything_that_differs_is_named():
    axis = np.arange(2.0)
    one = Dose(Grid(axis, axis, axis), np.ones((2, 2, 2)), Identity("1.2", patient_id="A"), plan_uids=("1.3", "1.4"))
    same = replace(one, plan_uids=("1.4", "1.3"), gy=one.gy * 2)
    assert add([one, same], (1, 2)).gy.tolist() == np.full((2, 2, 2), 3.0).tolist()
    identity = replace(one.identity, patient_id="B", study_uid="1.5")
    other = replace(one, identity=identity, plan_uids=("1.3",), structure_set_uids=("1.6",))
    with pytest.raises(CaseError, match="differ in their patient, study, plans, structure sets and cannot be added"):
        add([one, other], (1, 2))


@pytest.mark.parametrize(("shift_mm", "is_same"), [(0.01, True), (-0.01, True), (0.0101, False), (-0.0101, False)])
@pytest.mark.parametrize("along", range(3))
def test_grids_are_the_same_to_a_hundredth_of_a_millimetre(shift_mm, is_same, along):
    axis, shifted = np.arange(2.0), np.array([shift_mm, 1.0])
    axes = [shifted if number == along else axis for number in range(3)]
    one, other = (Dose(Grid(*of), np.ones((2, 2, 2)), Identity("1.2")) for of in ([axis] * 3, axes))
    if is_same:
        assert add([one, other], (1, 2)).gy.max() == 2.0
        return
    with pytest.raises(CaseError, match="differ in their grid and cannot"):
        add([one, other], (1, 2))


def test_a_beam_number_that_is_none_is_refused(beams):
    beams.edit("beam3.dcm", of_beams(77))
    path = beams.folder / "beam3.dcm"
    element = b"\x0c\x30\x06\x00IS\x02\x00"
    path.write_bytes(path.read_bytes().replace(element + b"77", element + b"7x"))
    with pytest.raises(CaseError, match="ReferencedBeamNumber") as caught:
        read_case(beams.folder)
    assert caught.value.code == "dose-not-whole-plan"


def test_relative_beam_doses_are_refused(beams):
    beams.edit("beam3.dcm", setting(DoseUnits="RELATIVE"))
    with pytest.raises(CaseError, match="relative, not in Gy"):
        read_case(beams.folder)


def test_the_earliest_date_is_that_of_the_sum(beams):
    for number, date in ((1, ""), (3, "20260203"), (5, "20260107")):
        beams.edit(f"beam{number}.dcm", setting(InstanceCreationDate=date))
    assert read_case(beams.folder).dose.identity.date == "20260107"


def zeros(ds):
    ds.SOPInstanceUID = "1.2.7"
    ds.PixelData = bytes(len(ds.PixelData))


@pytest.mark.parametrize("summation", ["BEAM", "PLAN"])
def test_an_all_zero_placeholder_is_left_aside(beams, summation):
    def change(ds):
        zeros(ds)
        ds.DoseSummationType = summation
        of_beams(*TREATING)(ds)

    plain = read_case(beams.folder)
    beams.edit("beam1.dcm", change, to="zeros.dcm")
    case = read_case(beams.folder)
    assert case.dose.gy.tobytes() == plain.dose.gy.tobytes()
    (said,) = case.source.quirks
    assert said == "A dose of nothing but zeros beside the doses of the beams was left aside as a placeholder."
    assert dict(case.source.notes)["extra-objects"] == "1 further DICOM objects are not part of this case."
    assert plain.source.quirks == ()


def test_zeros_do_not_stand_for_a_missing_beam(beams):
    beams.edit("beam5.dcm", zeros)
    refused(beams, "beam-dose-missing", "beam 5")


def test_zeros_alone_stay_the_dose(beams):
    for number in TREATING:
        beams.edit(
            f"beam{number}.dcm", lambda ds, number=number: (zeros(ds), setting(SOPInstanceUID=f"1.3.{number}")(ds))
        )
    assert not read_case(beams.folder).dose.gy.any()


def test_a_dose_of_the_plan_goes_before_those_of_the_beams(beams):
    (beams.folder.parent / "plan-dose.dcm").rename(beams.folder / "RD.dcm")
    case = read_case(beams.folder)
    assert case.dose.summed_beams == ()
    assert case.dose.gy.tobytes() == beams.gy.tobytes()
    assert "3 other doses of this plan (BEAM)" in dict(case.source.notes)["beam-doses-unused"]


def test_the_dose_of_a_plan_keeps_the_beams_that_it_names(made):
    made.write()
    assert read_case(made.folder).dose.named_beams == ()
    made.edit("RD.dcm", of_beams(1, 3))
    assert read_case(made.folder).dose.named_beams == (1, 3)
