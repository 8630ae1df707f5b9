"""Inventory: what is there, what refers to what, what was left aside."""

from __future__ import annotations

from sbrt_qa.dicom.inventory import Ignored, Link, Series, inventory


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
