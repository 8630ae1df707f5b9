"""No identity of a marked case is left in anything that ``check --deidentify`` writes or says."""

import json
import shutil
import subprocess
from io import BytesIO

import numpy as np
import pydicom
import pytest

from sbrt_qa.model import Beam, Contour, Dose, DoseReference, FractionGroup, Grid, Plan, Structure, StructureSet
from sbrt_qa.phantom.writer import identity, write_case
from sbrt_qa.report import formats

NAME, NUMBER, LABEL = "Marknamov^Firstina^Li", "MRKID7788", "LabelMarked"
TYPED = ("marknamov", "firstina", "mrkid7788", "mrkid", "labelmarked", "20240115", "2024-01-15", "19.04.1961")


def box(name, number, x, kind):
    corners = np.array([(x[0], -20), (x[1], -20), (x[1], 20), (x[0], 20)], dtype=float)
    planes = np.arange(-19.0, 20.0, 2.0)
    return Structure(name, number, tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in planes), kind)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("Marknamov") / "MRKID7788"
    ids = {r: identity(NUMBER, r, label=LABEL, patient=NAME) for r in ("RTDOSE", "RTSTRUCT", "RTPLAN")}
    axis = np.arange(-60.0, 61.0, 2.0)
    gy = np.broadcast_to(np.clip(axis + 50, 0, None), (axis.size,) * 3).astype(np.float32)
    links = {"plan_uids": (ids["RTPLAN"].sop_uid,), "structure_set_uids": (ids["RTSTRUCT"].sop_uid,)}
    structures = (
        box("PTVsb", 1, (0, 10), "PTV"),
        box("Liver", 2, (-40, 10), "ORGAN"),
        box("Body", 3, (-80, 40), "EXTERNAL"),
        box("Old_MarkNamov_19.04.1961", 4, (-10, 10), "ORGAN"),
    )
    write_case(
        folder,
        dose=Dose(Grid(axis, axis, axis), gy, ids["RTDOSE"], summation="PLAN", kind="PHYSICAL", **links),
        structure_set=StructureSet(ids["RTSTRUCT"], structures, frame_uids=(ids["RTSTRUCT"].frame_uid,)),
        plan=Plan(
            ids["RTPLAN"],
            (FractionGroup(1, 5, (Beam(1, "A1", "TREATMENT", 1000.0, 10.0),)),),
            (DoseReference("TARGET", "VOLUME", 1, 50.0, "PTVsb"),),
            (ids["RTSTRUCT"].sop_uid,),
            intent="CURATIVE",
        ),
    )
    return folder


def uids(folder) -> set[str]:
    """Every UID of the export that is no number of the standard itself."""
    found = set()

    def collect(_dataset, element):
        values = element.value if element.VM > 1 else [element.value]
        found.update(str(value) for value in values if element.VR == "UI")

    for file in folder.glob("*.dcm"):
        pydicom.dcmread(file).walk(collect)
    return {uid for uid in found if uid and not uid.startswith("1.2.840.10008.")}


def tails(folder) -> set[str]:
    """The end of every UID: a shortened one tells as much."""
    return {uid[-10:] for uid in uids(folder)}


def plain(name: str, content: bytes) -> str:
    """Everything legible in a file, in small letters: its bytes, and the text of a PDF in it."""
    text = content.decode("utf-8", "replace")
    if name.endswith(".dcm"):
        content = pydicom.dcmread(BytesIO(content)).EncapsulatedDocument
    if name.endswith((".dcm", ".pdf")):
        if shutil.which("pdftotext") is None:
            pytest.skip("pdftotext (poppler-utils) is not here")
        done = subprocess.run(["pdftotext", "-", "-"], input=content, capture_output=True, check=True)
        text += done.stdout.decode("utf-8")
    return text.lower()


@pytest.fixture(scope="module")
def words():
    """One output of every format."""
    return [f"out{suffix}" for suffix in formats() if suffix != ".rtstruct.dcm"]  # refused: contours need their images


def outputs(folder, names) -> list[object]:
    return [word for name in names for word in ("-o", folder / name)]


def test_the_identity_is_there_without_the_option(run, marked, protocols, tmp_path, words):
    run("check", marked, "-p", protocols / "fails.yaml", *outputs(tmp_path, words))
    text = plain("out.json", (tmp_path / "out.json").read_bytes())
    assert all(word in text for word in ("marknamov", "mrkid7788", "labelmarked", "19.04.1961"))
    assert any(uid in text for uid in uids(marked))


@pytest.mark.parametrize("kind", ["fails", "undecided", None])
def test_no_identity_is_left_in_any_format(run, marked, protocols, tmp_path, words, kind):
    asked = [] if kind is None else ["-p", protocols / f"{kind}.yaml"]
    done = run("check", marked, *asked, "--deidentify", *outputs(tmp_path, words))
    with_names = run("check", marked, *asked)
    assert done.exit_code == with_names.exit_code
    written = {name: plain(name, (tmp_path / name).read_bytes()) for name in words}
    for name, text in (written | {"terminal": done.output.lower()}).items():
        assert [word for word in (*TYPED, *tails(marked)) if word in text] == [], name


def test_no_identity_is_left_where_the_case_cannot_be_read(run, marked, protocols, tmp_path, words):
    damaged = tmp_path / "Marknamov"
    shutil.copytree(marked, damaged)
    content = (damaged / "RD.dcm").read_bytes()
    (damaged / "RD.dcm").write_bytes(content[: len(content) // 2])
    done = run("check", damaged, "-p", protocols / "fails.yaml", "--deidentify", *outputs(tmp_path, words))
    assert done.exit_code == 3
    assert "the case could not be read (file-truncated)" in done.output
    texts = [plain(name, (tmp_path / name).read_bytes()) for name in words]
    for text in (*texts, done.output.lower()):
        assert [word for word in (*TYPED, *tails(marked)) if word in text] == []


def test_uids_are_replaced_by_the_same_ones_every_time(run, marked, protocols, tmp_path):
    for name, kind in (("a.json", "fails"), ("b.json", "passes")):
        run("check", marked, "-p", protocols / f"{kind}.yaml", "--deidentify", "-o", tmp_path / name)
    first, second = (json.loads((tmp_path / name).read_bytes())["case"] for name in ("a.json", "b.json"))
    assert first == second
    assert pydicom.uid.UID(first["plan_uid"]).is_valid
    assert first["patient_id"].startswith("anon-")
    assert {file["sop_uid"] for file in first["files"]} >= {first["plan_uid"], first["dose_uid"]}


def test_the_object_to_send_says_that_it_is_anonymous(run, marked, protocols, tmp_path):
    run("check", marked, "-p", protocols / "fails.yaml", "--deidentify", "-o", tmp_path / "a.dcm")
    made = pydicom.dcmread(tmp_path / "a.dcm")
    assert (made.PatientIdentityRemoved, made.BurnedInAnnotation, str(made.PatientName)) == ("YES", "NO", "")
