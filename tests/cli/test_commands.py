import copy
import csv
import io
import re
import shutil
import zipfile

import pydicom
import pytest

from sbrt_qa.protocol.site_names import load_names


def test_dvh_prints_one_row_per_structure(run, export):
    result = run("dvh", export)
    assert result.exit_code == 0
    rows = {line.split()[0]: line.split()[1:] for line in result.stdout.splitlines()[1:5]}
    assert rows["PTVsb"] == ["16.00", "50.00", "55.00", "60.00", "50.20", "50.50", "55.00", "59.80", "59.98", "100"]
    assert rows["Liver"][:4] == ["80.00", "10.00", "35.00", "60.00"]
    assert rows["Body"][0] == "192.00"
    assert rows["Body"][1:5] == ["0.00", "—", "—", "—"]
    assert set(rows["Empty\ufffd"]) == {"—"}
    assert "of Body lies outside the dose grid" in " ".join(result.stdout.split())
    assert "end caps: half-slice; between contours: slab; dose: trilinear" in result.stdout
    assert result.stdout.count("lies outside the dose grid") == 1
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_dvh_prints_the_volumes_from_several_doses(run, export):
    lines = run("dvh", export, "-s", "Liver", "-s", "Body").stdout.splitlines()
    heading, liver, body = lines[4:7]
    assert heading.split() == ["Structure", "V5Gy", "V10Gy", "V15Gy", "V20Gy", "V30Gy", "V40Gy", "V50Gy"]
    assert liver.split() == ["Liver", "80.00", "80.00", "72.00", "64.00", "48.00", "32.00", "16.00"]
    assert set(body.split()[1:]) == {"—"}  # a third of it lies outside the dose grid


def test_dvh_of_named_structures_only_and_each_once(run, export):
    result = run("dvh", export, "-s", "Liver", "--structure", "PTVsb", "-s", "Liver")
    assert [line.split()[0] for line in result.stdout.splitlines()[1:3]] == ["Liver", "PTVsb"]
    assert "Body" not in result.stdout


def test_dvh_of_an_unknown_structure_suggests_near_names(run, export):
    result = run("dvh", export, "-s", "liver")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no structure named 'liver' (near names: Liver)" in result.stderr


def test_dvh_of_a_named_structure_without_a_volume_is_undecided(run, export):
    result = run("dvh", export, "-s", "Empty\u202e")
    assert result.exit_code == 3
    assert "bounds no volume" in result.stdout


def test_dvh_follows_the_conventions_asked_for(run, export):
    result = run("dvh", export, "-s", "PTVsb", "--end-cap", "none")
    assert result.stdout.splitlines()[1].split()[1] == "15.20"
    assert "end caps: none" in result.stdout


def test_dvh_writes_curves(run, export, tmp_path):
    words = [word for name in ("c.csv", "c.svg", "c.png") for word in ("-o", tmp_path / name)]
    assert run("dvh", export, *words).exit_code == 0
    rows = list(csv.DictReader(io.StringIO((tmp_path / "c.csv").read_text(encoding="utf-8"))))
    assert {row["structure"] for row in rows} == {"PTVsb", "Liver", "Body"}
    half = next(row for row in rows if row["structure"] == "PTVsb" and row["dose_gy"] == "55")
    assert float(half["volume_percent"]) == pytest.approx(50.0, abs=0.1)
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")
    refused = run("dvh", export, "-o", tmp_path / "c.html")
    assert refused.exit_code == 2
    assert ".csv, .png, .svg" in refused.stderr


def test_dvh_says_what_the_checks_hold_against_a_curve(run, export, tmp_path):
    folder = shutil.copytree(export, tmp_path / "export")
    ds = pydicom.dcmread(folder / "RS.dcm")
    contours = ds.ROIContourSequence[1].ContourSequence
    contours.append(copy.deepcopy(contours[3]))
    ds.save_as(folder / "RS.dcm")
    result = run("dvh", folder, "-s", "Liver")
    assert result.exit_code == 0
    assert "\n! Liver: contours lie on each other, as if drawn or exported twice (z -13.0" in result.stdout
    assert "\n!" not in run("dvh", folder, "-s", "PTVsb").stdout


def test_dvh_of_a_folder_without_a_case_is_three(run, tmp_path):
    result = run("dvh", tmp_path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "there is no readable RT object" in result.stderr


def test_inspect_lists_objects_links_and_structures(run, export):
    result = run("inspect", export)
    assert result.exit_code == 0
    for said in ("RTPLAN", "RTDOSE", "RTSTRUCT", "RP.dcm", "refers to RTSTRUCT here"):
        assert said in result.stdout
    assert re.search(r"PTVsb +PTV +16\.00", result.stdout)
    assert re.search(r"Empty\ufffd +—", result.stdout)


def test_inspect_says_which_role_each_structure_fills_and_what_is_missing(run, export, protocols):
    result = run("inspect", export, "-p", protocols / "undecided.yaml")
    assert result.exit_code == 0
    assert re.search(r"PTVsb +PTV +16\.00 +ptv\n", result.stdout)
    assert re.search(r"Liver +ORGAN +80\.00 +liver\n", result.stdout)
    assert "no structure fills 'cord'" in result.stdout


def test_inspect_follows_the_names_of_the_site(run, export, protocols, tmp_path):
    names = tmp_path / "names.yaml"
    names.write_text("schema: sbrt-qa/names/1\nstructures:\n  cord: {aliases: [Body]}\n", encoding="utf-8")
    result = run("inspect", export, "-p", protocols / "undecided.yaml", "--names", names)
    assert re.search(r"Body +EXTERNAL +192\.00 +cord\n", result.stdout)
    assert "ROLES  all 3 are filled" in result.stdout


def test_inspect_shows_what_is_there_before_it_says_what_is_missing(run, export, tmp_path):
    for name in ("RP.dcm", "RS.dcm"):
        (tmp_path / name).write_bytes((export / name).read_bytes())
    (tmp_path / "notes.txt").write_text("hello")
    result = run("inspect", tmp_path)
    assert result.exit_code == 3
    assert re.search(r"RTDOSE +missing", result.stdout)
    assert "notes.txt" in result.stdout
    assert "dose" in result.stderr.lower()


def test_a_zip_gives_the_bytes_that_its_folder_gives(run, export, protocols, tmp_path):
    packed = tmp_path / "export.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in export.iterdir():
            archive.write(path, f"deep/er/{path.name}")
    made = []
    for name, path in (("folder", export), ("zip", packed)):
        record, curves = tmp_path / f"{name}.json", tmp_path / f"{name}.csv"
        judged = run("check", path, "-p", protocols / "passes.yaml", "-o", record)
        drawn = run("dvh", path, "-o", curves)
        listed = run("inspect", path).stdout.replace("deep/er/", "")
        made.append((judged.exit_code, record.read_bytes(), drawn.stdout, curves.read_bytes(), listed))
    assert made[0][0] == 0
    assert made[0] == made[1]


def test_inspect_shows_each_of_several_plans_with_what_belongs_to_it(run, export, tmp_path):
    import pydicom

    for name in ("RP.dcm", "RD.dcm", "RS.dcm"):
        (tmp_path / name).write_bytes((export / name).read_bytes())
    plan = pydicom.dcmread(export / "RP.dcm")
    plan.SOPInstanceUID, plan.RTPlanLabel = "1.2.3", "Plan B"
    plan.save_as(tmp_path / "RP2.dcm")
    result = run("inspect", tmp_path)
    assert result.exit_code == 3
    cases = result.stdout.partition("CASES\n")[2]
    assert re.search(r"^  Plan B +1\.2\.3\n    patient \S+\n    RTDOSE RD\.dcm\n", cases, re.MULTILINE)
    assert "the dose does not refer to this plan" in cases
    assert "there are 2 plans" in result.stderr
    assert "--plan" in result.stderr
    assert run("inspect", tmp_path, "--plan", "1.2.3").exit_code == 0


def test_protocols_list_names_the_shipped_ones(run):
    result = run("protocols", "list")
    assert result.exit_code == 0
    assert re.search(r"^crlm-liver-bed-5fx +1\.0 +template +5 fx +\S", result.stdout, re.MULTILINE)
    assert "tg101-abdomen" in result.stdout


def test_protocols_show_says_each_constraint_in_a_sentence(run, protocols):
    result = run("protocols", "show", protocols / "passes.yaml")
    assert result.exit_code == 0
    assert "must be at least 95 %." in " ".join(result.stdout.split())


def test_protocols_lint(run, protocols):
    good = run("protocols", "lint", protocols / "passes.yaml")
    assert (good.exit_code, good.stdout) == (0, f"{protocols / 'passes.yaml'}: OK\n")
    bad = run("protocols", "lint", protocols / "broken.yaml")
    assert (bad.exit_code, bad.stdout) == (2, "")
    assert re.fullmatch(r".*broken\.yaml:17:\d+: .*\(.*\)\n", bad.stderr)
    absent = run("protocols", "lint", protocols / "absent.yaml")
    assert absent.exit_code == 2
    assert "absent.yaml" in absent.stderr


def test_protocols_lint_tells_all_faults(run, protocols, tmp_path):
    text = (protocols / "passes.yaml").read_text().replace("version:", "verison:").replace(">= 95 %", ">= 95 Gy")
    (tmp_path / "two.yaml").write_text(text)
    result = run("protocols", "lint", tmp_path / "two.yaml")
    assert result.exit_code == 2
    assert len(result.stderr.splitlines()) >= 2
    assert all(re.match(r".*two\.yaml:\d+:\d+: ", line) for line in result.stderr.splitlines())


def test_every_shipped_protocol_is_without_fault(run):
    for name in ("crlm-liver-bed-3fx", "crlm-liver-bed-5fx", "tg101-abdomen"):
        assert run("protocols", "lint", name).exit_code == 0


def test_sample_says_where_it_wrote(run, tmp_path, monkeypatch):
    import sbrt_qa.phantom.sample as room

    monkeypatch.setattr(room, "write_samples", lambda folder: (folder / "meets-all", folder / "no-cord"))
    result = run("sample", tmp_path / "new" / "samples")
    assert result.exit_code == 0
    assert [line.rsplit("/", 1)[1] for line in result.stdout.splitlines()] == ["meets-all", "no-cord"]
    assert (tmp_path / "new" / "samples").is_dir()


def test_sample_below_a_file_is_asked_wrongly(run, tmp_path):
    (tmp_path / "file").touch()
    result = run("sample", tmp_path / "file" / "x")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "cannot write below" in result.stderr


def test_inspect_says_how_far_the_names_follow_tg263(run, export):
    said = " ".join(run("inspect", export).stdout.partition("\nNAMES")[2].split())
    assert re.match(r"by AAPM TG-263: [0-9]+ standard, [0-9]+ of its form only, [0-9]+ not compliant", said)


def test_inspect_suggests_a_names_file_and_prints_nothing_else(run, export, protocols, tmp_path):
    result = run("inspect", export, "--suggest", "-p", protocols / "undecided.yaml")
    assert result.exit_code == 0
    path = tmp_path / "suggested.yaml"
    path.write_text(result.stdout, encoding="utf-8")
    known = load_names(path).aliases
    assert known["Liver"] == ("Liver",)
    assert "OBJECTS" not in result.stdout
    assert "# Roles of the protocol that nothing fills:\n" in result.stdout
    assert run("inspect", export, "-p", protocols / "undecided.yaml", "--names", path).exit_code == 0
