"""A comparison in every format: word for word on the terminal, inert and complete elsewhere."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.comparison import compare
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report.comparison.deidentified import deidentified_comparison
from sbrt_qa.report.comparison.record import comparison_record, schema
from sbrt_qa.report.comparison.terminal import render
from sbrt_qa.report.comparison.writing import ensure_writable, formats, write_comparison
from sbrt_qa.report.record import schema as record_schema
from sbrt_qa.report.text import cells

GOLDEN = Path(__file__).parent / "golden"
ANSI = re.compile(r"\x1b\[[0-9;]*m")
NAMES = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "=HYPERLINK(1)",
    "\x1b[32mPASS\u202e",
    "肝臓と十二指腸の間の辺縁部分",
    "x" * 300,
)


@pytest.fixture
def better(mixed, make_curve):
    """The plan of ``mixed`` planned again: duodenum and stomach spared, the kidney lost, the cord contoured."""
    values = {
        "UW5-DUO": {"value": 28.0, "interval": (27.8, 28.2), "verdict": Verdict.PASS, "margin": 2.0},
        "STOMACH-MAX": {"value": 30.001, "margin": -0.001},
        "KIDNEY-L": {
            "value": 12.0,
            "interval": (11.9, 12.1),
            "verdict": Verdict.FAIL,
            "margin": -2.0,
            "borderline": False,
        },
        "CORD-MAX": {
            "roi": "SpinalCord",
            "roi_number": 9,
            "value": 12.0,
            "interval": (11.9, 12.1),
            "verdict": Verdict.PASS,
            "margin": 13.3,
            "reason": (),
        },
        "CHEST-WALL": {"value": 11.0, "interval": (10.5, 11.4), "margin": 19.0},
    }
    findings = tuple(replace(found, **values.get(found.constraint, {})) for found in mixed.findings[:-1])
    curves = (*(curve for curve in mixed.curves if curve.name != "Heart"), make_curve("SpinalCord", 5.0, 30.0))
    case = {**mixed.case, "patient_id": "P", "plan_label": "LiverBed again", "structure_set_uid": "1.9", "files": []}
    return replace(mixed, findings=findings, curves=curves, case=case)


@pytest.fixture
def compared(mixed, better):
    return compare(replace(mixed, case={**mixed.case, "patient_id": "P"}), better)


@pytest.fixture
def hostile(mixed):
    roi = {found.roi: name for found, name in zip(mixed.findings, NAMES, strict=False)}
    findings = tuple(
        replace(found, roi=roi.get(found.roi, found.roi), constraint=f"{found.constraint}\x1b[2J")
        for found in mixed.findings
    )
    curves = tuple(replace(curve, name=roi.get(curve.name, curve.name)) for curve in mixed.curves)
    named = replace(
        mixed, findings=findings, curves=curves, case={"id": "1", "plan_label": "</title>\r\nPASS", "files": []}
    )
    return compare(mixed, named)


@pytest.mark.parametrize("name", ["compared", "compared-hostile"])
def test_the_terminal_says_it_word_for_word_as_agreed(name, compared, hostile):
    comparison = {"compared": compared, "compared-hostile": hostile}[name]
    assert render(comparison) == (GOLDEN / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [72, 80, 110, 120])
def test_no_line_is_wider_than_asked_and_none_holds_control_characters(width, compared, hostile):
    for comparison in (compared, hostile):
        for line in render(comparison, width=width).splitlines():
            assert cells(line) <= width
            assert line.isprintable()


def test_colour_changes_nothing_but_colour(compared):
    plain = ANSI.sub("", render(compared, color=True))
    assert plain.split() == render(compared).split()


def test_one_verdict_stands_alone_on_its_line(compared, hostile):
    for comparison in (compared, hostile):
        alone = [line.strip() for line in render(comparison).splitlines() if line.strip() in {v.value for v in Verdict}]
        assert alone == [comparison.verdict.value]


def test_the_record_follows_its_schema_and_holds_both_records_whole(compared, hostile):
    for comparison in (compared, hostile):
        content = json.loads(formats()[".json"].write(comparison))
        jsonschema.Draft202012Validator(schema()).validate(content)
        for side in "ab":
            jsonschema.Draft202012Validator(record_schema()).validate(content[side])
        assert content == comparison_record(comparison)
    line = next(line for line in comparison_record(compared)["lines"] if line["constraint"] == "UW5-DUO")
    assert (line["verdict_change"], line["change"], line["a"]["value"], line["b"]["value"]) == (
        "verdict better",
        "improved",
        32.41,
        28.0,
    )
    assert line["difference"] == pytest.approx(28.0 - 32.41)


def test_the_table_has_a_row_for_each_line_and_check_and_no_formula(compared, hostile):
    for comparison in (compared, hostile):
        rows = list(csv.DictReader(io.StringIO(formats()[".csv"].write(comparison).decode(), newline="")))
        assert len(rows) == len(comparison.lines) + len(comparison.checks)
        assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "@"))]
    assert any(row["roi_b"] == "'=HYPERLINK(1)" for row in rows)


def test_markdown_and_page_hold_every_name_as_text_only(hostile):
    for suffix in (".md", ".html"):
        text = formats()[suffix].write(hostile).decode("utf-8")
        assert "<script>alert" not in text
        assert "<img" not in text
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "alert(1)" in text.replace("\\", "")


def test_the_page_shows_both_sides_and_what_changed(compared):
    text = formats()[".html"].write(compared).decode("utf-8")
    for words in (
        "LiverBed again",
        "Verdict better",
        "Now decided",
        "Improved, same verdict",
        "30.00 cc",
        "Duodenum, B",
    ):
        assert words in text, words
    data = json.loads(re.search(r'id="curves-data">(.*?)</script>', text)[1])
    assert data["sides"] == ["A", "B"]
    pairs = {}
    for curve in data["curves"]:
        pairs.setdefault(curve["pair"], []).append(curve)
    for both in pairs.values():
        assert len({(curve["name"], curve["color"]) for curve in both}) == 1
        assert {curve["side"]: curve["dash"] for curve in both}.items() <= {0: "", 1: "7 2"}.items()
    shown = {curve["name"] for curve in data["curves"] if not curve["hidden"]}
    assert {"Duodenum", "Kidney_L"} <= shown
    assert "Stomach" not in shown


def test_the_same_comparison_gives_the_same_bytes(mixed, better):
    for entry in formats().values():
        assert entry.write(compare(mixed, better)) == entry.write(compare(mixed, better))


def test_without_identity_the_patients_are_still_compared_but_not_named(mixed):
    case = {**mixed.case, "patient_name": "Mustermann^Erika", "patient_id": "ID123456", "study_uid": "1.2.3.4.5"}
    a, b = (replace(mixed, case={**case, "patient_id": number}) for number in ("ID123456", "ID654321"))
    hidden = deidentified_comparison(compare(a, b))
    assert "other-patient" in {note.code for note in hidden.notes}
    for text in (render(hidden), *(entry.write(hidden).decode() for entry in formats().values())):
        assert not re.search("Mustermann|Erika|ID123456|ID654321", text)


def test_an_unknown_suffix_names_the_known_ones(tmp_path, compared):
    with pytest.raises(UsageError, match=r"end the name with one of: \.csv, \.htm, \.html, \.json, \.md"):
        ensure_writable(tmp_path / "a.pdf")
    with pytest.raises(UsageError):
        write_comparison(compared, [tmp_path / "a.html", tmp_path / "none" / "b.html"])
    assert not list(tmp_path.iterdir())
