"""Inventory: what is there, what refers to what, what was left aside."""

from __future__ import annotations

from sbrt_qa.dicom.inventory import Ignored, Link, Linked, Series, inventory


def test_a_complete_case(made):
    found = inventory(made.write(images=True))
    assert [(item.role, item.identity.label) for item in found.objects] == [
        ("RTPLAN", "T1"),
        ("RTDOSE", "T1"),
        ("RTSTRUCT", "T1"),
    ]
    plan, dose, structures = found.objects
    to_set = Link("RTSTRUCT", structures.identity.sop_uid, resolved=True)
    assert plan.links == (to_set,)
    assert dose.links == (Link("RTPLAN", plan.identity.sop_uid, resolved=True), to_set)
    assert found.series == (Series(made.image.identity.series_uid, dose.identity.frame_uid, 4),)
    assert found.ignored == ()
    assert found.of_role("RTDOSE") == (dose,)
    assert found.cases == (Linked(plan, (dose,), structures, ()),)


def test_what_is_broken_is_listed_not_raised(made):
    made.write()
    (made.folder / "RP.dcm").unlink()
    path = made.folder / "RS.dcm"
    path.write_bytes(path.read_bytes()[:-7])
    (made.folder / "a.txt").write_text("hello")
    made.edit("RD.dcm", lambda ds: setattr(ds, "SOPClassUID", "1.2.840.10008.5.1.4.1.1.66.1"), to="REG.dcm")
    found = inventory(made.folder)
    (dose,) = found.objects
    assert [link.resolved for link in dose.links] == [False, False]
    assert [(item.name, item.code) for item in found.ignored] == [
        ("REG.dcm", ""),
        ("RS.dcm", "file-truncated"),
        ("a.txt", ""),
    ]
    assert found.ignored[0] == Ignored("REG.dcm", "a DICOM object that the check does not need")
    assert "cut or damaged" in found.ignored[1].reason


def test_each_plan_with_what_belongs_to_it(made):
    made.write()

    def another(ds):
        ds.SOPInstanceUID = "1.2.3"
        ds.RTPlanLabel = "Plan B"
        ds.ReferencedStructureSetSequence[0].ReferencedSOPInstanceUID = "1.2.9"

    made.edit("RP.dcm", another, to="RP2.dcm")
    made.edit("RD.dcm", lambda ds: setattr(ds, "SOPInstanceUID", "1.2.4"), to="RD2.dcm")
    made.edit("RS.dcm", lambda ds: setattr(ds, "SOPInstanceUID", "1.2.5"), to="RS2.dcm")
    other, own = inventory(made.folder).cases
    assert (other.plan.identity.label, other.doses, other.structure_set) == ("Plan B", (), None)
    assert [code for code, _ in other.doubts] == ["dose-missing"]
    assert (own.plan.identity.label, own.doses, own.structure_set) == ("T1", (), None)
    assert [code for code, _ in own.doubts] == ["dose-ambiguous"]
    (made.folder / "RD2.dcm").unlink()
    other, own = inventory(made.folder).cases
    assert (other.doses[0].name, other.doubts[0]) == (
        "RD.dcm",
        ("dose-other-plan", "the dose does not refer to this plan"),
    )
    assert (own.doses[0].name, own.structure_set.name, own.doubts) == ("RD.dcm", "RS.dcm", ())
    (made.folder / "RS2.dcm").unlink()
    other, own = inventory(made.folder).cases
    assert [code for code, _ in other.doubts] == ["dose-other-plan", "structure-set-other"]


def test_oddities_are_listed_with_the_object(made):
    made.write()
    made.edit("RS.dcm", lambda ds: setattr(ds, "Modality", "RTDOSE"))
    (structures,) = inventory(made.folder).of_role("RTSTRUCT")
    assert structures.notes == (
        ("modality-text-differs", "The RTSTRUCT calls itself 'RTDOSE'; its SOP class decides."),
    )


def test_what_refers_to_no_uid_is_listed_with_the_reason(made, put):
    made.write()

    def change(ds):
        put(ds.ReferencedStructureSetSequence[0], "ReferencedSOPInstanceUID", b"../etc")

    (ignored,) = inventory(made.edit("RP.dcm", change)).ignored
    assert (ignored.name, ignored.code) == ("RP.dcm", "uid-invalid")
