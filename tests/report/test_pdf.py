import hashlib
import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import formats, pdf
from sbrt_qa.report._scorecard import headline
from sbrt_qa.report.sheet import printable

needs_text = pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext (poppler-utils) is not here")


def pages(evaluation, folder, order: str = "-layout") -> list[str]:
    """Text of each page, line by line or in the order of drawing."""
    made = folder / "report.pdf"
    made.write_bytes(pdf.FORMAT.write(evaluation))
    done = subprocess.run(["pdftotext", order, made, "-"], capture_output=True, check=True)
    return done.stdout.decode("utf-8").split("\f")[:-1]


def together(evaluation, folder) -> str:
    return " ".join(" ".join(pages(evaluation, folder, "-raw")).split())


@needs_text
def test_every_page_names_patient_plan_protocol_record_and_its_number(mixed, tmp_path):
    case = mixed.case | {"patient_name": "Doe^Jane", "patient_id": "4711"}
    evaluation = replace(mixed, case=case, checks=mixed.checks * 20)
    found = pages(evaluation, tmp_path)
    record = hashlib.sha256(formats()[".json"].write(evaluation)).hexdigest()
    assert len(found) >= 3
    for number, page in enumerate(found, start=1):
        head, foot = "\n".join(page.split("\n")[:4]), " ".join(page.split())[-120:]
        assert "ID 4711 · Doe^Jane" in head
        assert "Plan LiverBed 5x10" in head
        assert "Protocol crlm-liver-bed-5fx 1.0 (template)" in head
        assert "FAIL" in head
        assert record[:12] in foot
        assert foot.endswith(f"page {number} of {len(found)}")


@needs_text
def test_the_verdict_is_a_sentence_and_the_worst_row_comes_first(mixed, tmp_path):
    text = together(mixed, tmp_path)
    assert f"{headline(mixed)} Scorecard" in text
    ids = ["UW5-DUO", "STOMACH-MAX", "CORD-MAX", "PTV-COVERAGE", "KIDNEY-L", "CHEST-WALL", "HEART-MEAN"]
    places = [text.index(name) for name in ids]
    assert places == sorted(places)
    assert "exactly 30.0004 Gy" in text
    assert "borderline: 29.80 Gy to 30.30 Gy" in text
    assert "Weigh the duodenum more, or accept less coverage on its side." in text


@needs_text
def test_it_says_what_was_not_checked_and_leaves_room_to_sign(mixed, tmp_path):
    text = together(mixed, tmp_path)
    for said in ("What was not checked", "earlier and other treatments", "Medical physicist", "Signature", "ab" * 32):
        assert said in text
    assert "There are no slices: dose and contours of this judgement are not at hand" in text


@needs_text
def test_a_case_that_was_not_judged_shows_no_curves_and_every_row(make_evaluation, make_finding, tmp_path):
    rows = [
        make_finding(constraint=f"R{n}", roi=None, verdict=Verdict.UNDECIDED, value=None, margin=None, reason=("x",))
        for n in range(30)
    ]
    text = together(make_evaluation(rows, case={"id": "", "files": []}), tmp_path)
    assert "The case was not judged, so there are no curves." in text
    assert "Patient unknown" in text
    assert all(f"R{n} · x" in text for n in range(30))


@needs_text
@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Łódź Ümit Ørsted", "Łódź Ümit Ørsted"),
        ("Σωκράτης Иванов", "Σωκράτης Иванов"),
        ("肝a", "[U+809D]a"),
        ("<b>bold</b> &amp; <br/>", "<b>bold</b> &amp; <br/>"),
        ("a\x1b[31m\u202eb", "a\ufffd[31m\ufffdb"),
        ("../../etc/passwd", "../../etc/passwd"),
    ],
)
def test_names_are_shown_and_never_obeyed(make_evaluation, make_finding, make_curve, tmp_path, name, shown):
    evaluation = make_evaluation(
        [make_finding(roi=name, sentence=name)],
        curves=[make_curve(name, 20.0, 5.0)],
        case={"id": "1.2", "plan_label": name, "patient_name": name, "patient_id": name},
    )
    text = together(evaluation, tmp_path)
    assert text.count(shown) >= 5


def test_what_the_font_lacks_stands_as_its_number():
    assert printable("PTV 王小明 x") == "PTV [U+738B U+5C0F U+660E] x"
    assert printable("plain") == "plain"


def test_words_from_right_to_left_are_laid_out_that_way():
    assert printable("a שלום עולם b") == f"a {'שלום עולם'[::-1]} b"


@pytest.mark.parametrize("name", ["x" * 10_000, "word " * 2_000, "肝" * 10_000, "a|" * 5_000])
def test_endless_names_cannot_break_the_layout(make_evaluation, make_finding, make_check, make_curve, name):
    evaluation = make_evaluation(
        [make_finding(roi=name, sentence=name, why=name, mend=name, source=name, verdict=Verdict.FAIL)],
        [make_check(title=name, sentence=name, verdict=Verdict.UNDECIDED, reason=(name,))],
        [make_curve(name, 20.0, 5.0)],
        case={"id": name, "plan_label": name, "patient_name": name, "patient_id": name, "files": []},
    )
    made = pdf.FORMAT.write(evaluation)
    assert len(re.findall(rb"/Type /Page\b", made)) < 10


def test_many_structures_and_no_curve_at_all_fit(make_evaluation, make_curve, make_finding, make_check):
    many = [make_curve(f"PTV_{number}", 10.0 + number / 5, 5.0) for number in range(150)]
    rows = [make_finding(roi=curve.name, constraint=curve.name) for curve in many]
    assert pdf.FORMAT.write(make_evaluation(rows, curves=many)).startswith(b"%PDF-1.")
    assert pdf.FORMAT.write(make_evaluation(checks=[make_check()], protocol=None)).startswith(b"%PDF-1.")


def test_the_same_judgement_gives_the_same_bytes_and_embeds_its_fonts(mixed):
    made = pdf.FORMAT.write(mixed)
    assert made == pdf.FORMAT.write(replace(mixed))
    assert made.count(b"/FontFile2") == 2
    assert b"/CreationDate (D:2000" in made
