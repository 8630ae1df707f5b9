import json
import re

import pytest

from sbrt_qa.commission.formats.text import render
from sbrt_qa.commission.strips import HEIGHT, LEFT, WIDTH, strips
from sbrt_qa.commission.wording import signed, summary
from sbrt_qa.commission.writing import formats, write_commissioning
from sbrt_qa.errors import UsageError


@pytest.mark.parametrize("suffix", [".html", ".json", ".pdf", ".txt"])
def test_every_format_gives_the_same_bytes_twice(by_hand, suffix):
    write = formats()[suffix].write
    assert write(by_hand) == write(by_hand)
    assert len(write(by_hand)) > 500


def test_there_are_four_formats():
    assert list(formats()) == [".html", ".json", ".pdf", ".txt"]


def test_the_record_holds_every_number_and_why_one_is_missing(by_hand):
    record = json.loads(formats()[".json"].write(by_hand))
    assert (record["schema"], record["verdict"], record["quick"]) == ("sbrt-qa/commissioning/1", "FAIL", False)
    one, refused = record["chapters"][1]["points"]
    assert (one["value"], one["truth"], one["off"]) == (10.1, 10.0, False)
    assert one["error_percent"] == pytest.approx(1.0)
    assert (refused["value"], refused["error_percent"], refused["reason"]) == (None, None, "it has no thickness")
    assert record["chapters"][0]["sampling"]["end_cap"] == "half-slice"


def test_text_ends_with_the_verdict_on_a_line_of_its_own(by_hand):
    lines = render(by_hand, 80).splitlines()
    assert lines[-1] == "FAIL"
    assert lines[-2] == "1 of 3 criteria are met; not: TWO-ALL (slab), THREE-ALL (slab)."
    assert all(len(line) <= 80 for line in lines)


def test_text_says_how_many_rows_it_leaves_out(quick):
    shortened = render(quick, 100, longest=2)
    assert re.search(r"… and \d+ more; a file \(-o\) holds all", shortened)
    assert "more; a file" not in render(quick, 100)


def test_a_quick_run_says_so(quick):
    assert "quick: a part of each set, no filing" in render(quick).splitlines()[0]


def test_the_page_is_whole_safe_and_complete(by_hand):
    page = formats()[".html"].write(by_hand).decode()
    assert "default-src 'none'" in page
    assert "<script" not in page
    assert "://" not in page
    assert "1 of 2 &lt;b&gt;&amp; more&lt;/b&gt;" in page
    assert page.count("<tr><td>2 mm</td>") == 5
    assert "it has no thickness" in page
    assert "Signature" in page
    digest = re.search(r"<code>([0-9a-f]{64})</code>", page)
    assert digest


def test_the_page_and_the_pdf_name_the_record_they_belong_to(by_hand, tmp_path):
    import hashlib

    write_commissioning(by_hand, [tmp_path / "c.json", tmp_path / "c.html", tmp_path / "c.pdf"])
    digest = hashlib.sha256((tmp_path / "c.json").read_bytes()).hexdigest()
    assert digest in (tmp_path / "c.html").read_text(encoding="utf-8")


def test_the_pdf_embeds_its_fonts_and_knows_no_date(by_hand):
    made = formats()[".pdf"].write(by_hand)
    assert made.startswith(b"%PDF-")
    assert made.count(b"/FontFile2") == 2
    assert b"Helvetica" not in made
    assert b"/CreationDate (D:20000101" in made
    assert len(re.findall(rb"/Type /Page\b", made)) == 4  # a title page and one for each chapter


def test_dots_stay_on_the_picture_and_show_what_is_off(by_hand):
    laid = strips(by_hand.chapters[2])
    assert [strip.name for strip in laid.strips] == ["D95%", "Dmean"]
    dots = [dot for strip in laid.strips for dot in strip.dots]
    assert [dot.off for dot in dots] == [True, False]
    assert all(LEFT <= dot.x <= WIDTH and 0 <= dot.y <= HEIGHT for dot in dots)
    assert dots[0].y < laid.strips[0].tolerance_y[0] < laid.zero_y < dots[1].y


def test_a_missing_number_has_no_dot(by_hand):
    assert len(strips(by_hand.chapters[1]).strips[0].dots) == 1


@pytest.mark.parametrize(
    ("value", "text"), [(1.25, "+1.2"), (-1.26, "−1.3"), (0.0, "0.0"), (-0.04, "0.0"), (0.04, "0.0")]
)
def test_signs_are_shown_but_never_of_nothing(value, text):
    assert signed(value) == text


def test_nothing_is_written_when_one_file_cannot_be(by_hand, tmp_path):
    with pytest.raises(
        UsageError, match=r"cannot tell the format of 'c\.docx' \(end the name with one of: \.html, \.json"
    ):
        write_commissioning(by_hand, [tmp_path / "c.json", tmp_path / "c.docx"])
    with pytest.raises(UsageError, match="there is no folder"):
        write_commissioning(by_hand, [tmp_path / "c.json", tmp_path / "nowhere" / "c.pdf"])
    assert list(tmp_path.iterdir()) == []


def test_the_summary_names_what_is_not_met(by_hand, quick):
    assert summary(by_hand).startswith("1 of 3 criteria are met; not: ")
    assert re.fullmatch(r"(\d+) of \1 criteria are met\.", summary(quick))
