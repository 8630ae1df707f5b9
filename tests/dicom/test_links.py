"""Links: UIDs decide; a choice is refused with its candidates and the way to choose."""

from __future__ import annotations

import shutil

import pytest
from pydicom.dataset import Dataset

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError, UsageError
from sbrt_qa.model import DoseAsked


def refused(made, code, text, **choice):
    with pytest.raises(CaseError, match=text) as caught:
        read_case(made.folder, **choice)
    assert caught.value.code == code
    return str(caught.value)


def changed(**values):
    def change(ds):
        for keyword, value in values.items():
            setattr(ds, keyword, value)

    return change


def referring(*uids, keyword="ReferencedRTPlanSequence"):
    def change(ds):
        items = []
        for uid in uids:
            item = Dataset()
            item.ReferencedSOPInstanceUID = uid
            items.append(item)
        setattr(ds, keyword, items)

    return change


def both(*changes):
    return lambda ds: [change(ds) for change in changes]


def test_several_plans_need_a_choice(made):
    made.write()
    made.edit("RP.dcm", changed(SOPInstanceUID="1.2.3", RTPlanLabel="Plan B"), to="RP2.dcm")
    made.edit("RD.dcm", both(changed(SOPInstanceUID="1.2.4"), referring("1.2.3")), to="RD2.dcm")
    text = refused(made, "plan-ambiguous", r"there are 2 plans: 'Plan B' \(1\.2\.3\), 'T1' \(2\.25\.")
    assert "choose one by its label or UID with --plan, or plan= in Python" in text
    assert read_case(made.folder, plan="Plan B").id == "1.2.3"
    assert read_case(made.folder, plan="Plan B").dose.identity.sop_uid == "1.2.4"
    assert read_case(made.folder, plan="T1").dose.identity == made.dose.identity
    assert read_case(made.folder, plan=made.plan.identity.sop_uid).plan.label == "T1"


def test_a_label_that_two_plans_share_is_no_choice(made):
    made.write()
    made.edit("RP.dcm", changed(SOPInstanceUID="1.2.3"), to="RP2.dcm")
    assert "choose one by its UID with --plan" in refused(made, "plan-ambiguous", "there are 2 plans", plan="T1")
    assert "choose one by its UID with --plan" in refused(made, "plan-ambiguous", "there are 2 plans")


def test_a_plan_that_is_not_there_was_asked_wrongly(made):
    made.write()
    with pytest.raises(UsageError, match=r"no plan has the label or UID 'Plan C' \(there are: 'T1' \(2\.25"):
        read_case(made.folder, plan="Plan C")
    (made.folder / "RP.dcm").unlink()
    with pytest.raises(UsageError, match="the export holds no RTPLAN"):
        read_case(made.folder, plan="T1")


def test_without_a_plan_the_dose_names_the_case(made):
    made.write()
    (made.folder / "RP.dcm").unlink()
    case = read_case(made.folder)
    assert case.plan is None
    assert case.id == made.dose.identity.sop_uid


@pytest.mark.parametrize(("name", "code"), [("RD.dcm", "dose-missing"), ("RS.dcm", "structures-missing")])
def test_dose_and_structures_must_be_there(made, name, code):
    made.write()
    (made.folder / name).unlink()
    refused(made, code, "there is no RT")


@pytest.mark.parametrize(
    "change", [referring(), referring("1.2.3.9"), lambda ds: delattr(ds, "ReferencedRTPlanSequence")]
)
def test_the_only_dose_is_read_whatever_it_refers_to(made, change):
    made.write()
    dose = read_case(made.edit("RD.dcm", change)).dose
    assert dose.plan_uids in {(), ("1.2.3.9",)}


def test_the_dose_that_refers_to_the_plan_is_taken(made):
    made.write()
    made.edit("RD.dcm", both(changed(SOPInstanceUID="1.2.4"), referring("1.2.3.9")), to="A.dcm")
    made.edit("RD.dcm", both(changed(SOPInstanceUID="1.2.5"), referring()), to="B.dcm")
    assert read_case(made.folder).dose.identity == made.dose.identity


def test_no_dose_of_the_plan(made):
    made.write()
    for number in (1, 2):
        made.edit("RD.dcm", both(changed(SOPInstanceUID=f"1.2.{number}"), referring("1.2.3.9")), to=f"{number}.dcm")
    (made.folder / "RD.dcm").unlink()
    refused(made, "dose-missing", "none of 2 doses belongs to the plan")


def test_two_doses_without_a_reference_are_a_choice(made):
    made.write()
    made.edit("RD.dcm", referring())
    made.edit("RD.dcm", changed(SOPInstanceUID="1.2.4", SeriesDescription="again"), to="B.dcm")
    text = refused(
        made, "dose-ambiguous", r"2 doses do not say that they belong to the plan: 'again' \(1\.2\.4\), 'T1'"
    )
    assert "keep only the dose of the plan in the folder" in text


def test_two_doses_of_the_plan_are_a_choice(made):
    made.write()
    made.edit("RD.dcm", changed(SOPInstanceUID="1.2.4"), to="B.dcm")
    refused(made, "dose-ambiguous", "2 doses fit")


def beam_doses(made, count):
    for number in range(count):
        change = changed(SOPInstanceUID=f"1.2.5.{number}", DoseSummationType="BEAM")
        made.edit("RD.dcm", change, to=f"beam{number}.dcm")


@pytest.mark.parametrize("summation", ["PLAN", "FRACTION", ""])
def test_the_dose_of_the_whole_plan_beside_beam_doses(made, summation):
    made.write()
    beam_doses(made, 3)
    made.edit("RD.dcm", changed(DoseSummationType=summation))
    assert read_case(made.folder).dose.identity == made.dose.identity
    (made.folder / "RP.dcm").unlink()
    assert read_case(made.folder).dose.identity == made.dose.identity


def test_a_plan_dose_goes_before_a_dose_of_several_plans(made):
    made.write()
    made.edit("RD.dcm", changed(SOPInstanceUID="1.2.4", DoseSummationType="MULTI_PLAN"), to="B.dcm")
    assert read_case(made.folder).dose.summation == "PLAN"


def test_only_doses_of_parts(made):
    made.write()
    beam_doses(made, 3)
    (made.folder / "RP.dcm").unlink()
    (made.folder / "RD.dcm").unlink()
    refused(made, "dose-not-whole-plan", r"only doses of parts of the plan \(3 × BEAM\)")
    for number in (1, 2):
        (made.folder / f"beam{number}.dcm").unlink()
    assert read_case(made.folder).dose.summation == "BEAM"


def test_doses_of_sessions_are_not_added_up(made):
    made.write()
    for number, summation in enumerate(("BEAM_SESSION", "BRACHY")):
        change = changed(SOPInstanceUID=f"1.2.5.{number}", DoseSummationType=summation)
        made.edit("RD.dcm", change, to=f"{number}.dcm")
    (made.folder / "RD.dcm").unlink()
    refused(made, "dose-not-whole-plan", r"only doses of parts of the plan \(2 × BEAM_SESSION, BRACHY\)")


def test_a_dose_left_aside_for_that_of_the_whole_plan_is_noted(made):
    made.write()
    beam_doses(made, 2)
    said = dict(read_case(made.folder).source.notes)["beam-doses-unused"]
    assert said == "2 other doses of this plan (BEAM) were left aside: the dose of the whole plan is there."


def test_a_dose_that_does_not_say_what_it_sums_leaves_a_choice(made):
    made.write()
    made.edit("RD.dcm", changed(SOPInstanceUID="1.2.4", DoseSummationType=""), to="B.dcm")
    refused(made, "dose-ambiguous", "2 doses fit")


def test_of_two_types_of_dose_the_one_asked_for_is_taken(made):
    made.write()
    made.edit("RD.dcm", changed(SOPInstanceUID="1.2.4", DoseType="EFFECTIVE"), to="B.dcm")
    made.edit("RD.dcm", changed(SOPInstanceUID="1.2.5", DoseSummationType="MULTI_PLAN"), to="C.dcm")
    assert read_case(made.folder).dose.identity == made.dose.identity
    assert read_case(made.folder, dose=DoseAsked(kind="EFFECTIVE")).dose.identity.sop_uid == "1.2.4"
    assert read_case(made.folder, dose=DoseAsked(summation="MULTI_PLAN")).dose.identity.sop_uid == "1.2.5"
    made.edit("B.dcm", changed(DoseType=""))
    refused(made, "dose-ambiguous", "2 doses fit")


def test_doses_of_different_plans_without_a_plan_are_a_choice(made):
    made.write()
    (made.folder / "RP.dcm").unlink()
    made.edit("RD.dcm", both(changed(SOPInstanceUID="1.2.4"), referring("1.2.3.9")), to="B.dcm")
    refused(made, "dose-ambiguous", "belong to different plans, and the export holds no plan to choose by")


def test_the_structure_set_that_the_plan_refers_to_is_taken(made):
    made.write()
    made.edit("RS.dcm", changed(SOPInstanceUID="1.2.4"), to="A.dcm")
    assert read_case(made.folder).structure_set.identity == made.structure_set.identity
    made.edit("RP.dcm", referring("1.2.4", keyword="ReferencedStructureSetSequence"))
    assert read_case(made.folder).structure_set.identity.sop_uid == "1.2.4"


def test_the_dose_s_structure_set_where_the_plan_names_none(made):
    made.write()
    made.edit("RS.dcm", changed(SOPInstanceUID="1.2.4"), to="A.dcm")
    made.edit("RP.dcm", lambda ds: delattr(ds, "ReferencedStructureSetSequence"))
    assert read_case(made.folder).structure_set.identity == made.structure_set.identity
    (made.folder / "RP.dcm").unlink()
    assert read_case(made.folder).structure_set.identity == made.structure_set.identity


def test_the_only_structure_set_is_read_whatever_refers_to_it(made):
    made.write()
    made.edit("RS.dcm", changed(SOPInstanceUID="1.2.4"))
    assert read_case(made.folder).structure_set.identity.sop_uid == "1.2.4"


def test_two_structure_sets_of_which_none_is_referred_to(made):
    made.write()
    made.edit("RS.dcm", changed(SOPInstanceUID="1.2.4", StructureSetLabel="new"), to="A.dcm")
    made.edit("RS.dcm", changed(SOPInstanceUID="1.2.5"))
    text = refused(
        made, "structure-set-ambiguous", r"refer to 0 of 2 structure sets: 'new' \(1\.2\.4\), 'T1' \(1\.2\.5\)"
    )
    assert "keep only the structure set the plan was made on" in text


@pytest.mark.parametrize(
    ("name", "code"),
    [("RP.dcm", "plan-ambiguous"), ("RD.dcm", "dose-ambiguous"), ("RS.dcm", "structure-set-ambiguous")],
)
def test_two_versions_of_one_object_are_a_choice_and_a_copy_is_not(made, name, code):
    made.write()
    shutil.copy(made.folder / name, made.folder / "copy.dcm")
    assert len(read_case(made.folder).source.files) == 3
    made.edit(name, changed(PatientSex="O"), to="copy.dcm")
    refused(made, code, "two different RT.* files have the UID 2\\.25")


def test_of_two_broken_files_the_same_is_reported_whatever_their_names(made, tmp_path):
    contents = {name: (made.write() / name).read_bytes()[:-10] for name in ("RD.dcm", "RS.dcm")}
    said = []
    for number, names in enumerate((("a", "b"), ("b", "a"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        for name, content in zip(names, contents.values(), strict=True):
            (folder / name).write_bytes(content)
        with pytest.raises(CaseError) as caught:
            read_case(folder)
        said.append((caught.value.code, caught.value.what))
    assert said[0] == said[1]
