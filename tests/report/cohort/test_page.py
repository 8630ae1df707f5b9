"""The page of a batch: who needs a person, how often each limit is met, and nothing from anywhere else."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from cohort_facts import cohort_from, plan, row, small_cohort

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report.cohort._constraints import _rate
from sbrt_qa.report.cohort.page import AT_ONCE, write_page

VOID = {"col", "meta", "br", "line", "rect", "polyline", "polygon", "input", "path", "circle"}
NASTY = "</script><img src=x onerror=alert(1)>'\"&\u202e\x1b[31m{{7*7}}\udcff"


class Reader(HTMLParser):
    """Collects the words below each heading, all tags, and faults of nesting."""

    def __init__(self, page):
        super().__init__(convert_charrefs=True)
        self.tags, self.open, self.faults, self.texts = [], [], [], {"": ""}
        self.heading = ""
        self.feed(page.decode("utf-8").replace("<br>", " "))
        assert (self.faults, self.open) == ([], [])

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "h2":
            self.heading = dict(attrs).get("id", "more")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append(tag)
        self.handle_data(" ")

    def handle_data(self, data):
        if not self.open or self.open[-1] not in {"script", "style"}:
            self.texts[self.heading] = self.texts.get(self.heading, "") + data

    def under(self, heading):
        return " ".join(self.texts[heading].split())

    def all(self, tag, key):
        return [attrs[key] for name, attrs in self.tags if name == tag and key in attrs]


@pytest.fixture(scope="module")
def small():
    return small_cohort()


@pytest.fixture(scope="module")
def read(small):
    return Reader(write_page(small))


def test_it_begins_with_how_the_plans_ended(read):
    head = read.under("")
    assert "8 plans judged by A protocol" in head
    assert "✖ FAIL" in head
    counted = "Of 8 plans 1 fails, 1 could not be decided, 1 passes with acceptable variations and 5 pass."
    assert f"{counted} 1 was not judged to the end." in head
    assert "● 5 PASS ▲ 1 VARIATION ◆ 1 UNDECIDED ✖ 1 FAIL" in head
    assert "p 1.0 (draft)" in head


def test_those_who_need_a_person_come_first_with_reason_and_record(read, small):
    text = read.under("waiting")
    assert text.index("site/patient-6") < text.index("site/patient-7")
    assert "DUO of Duodenum is 60.0. DUO" in text
    assert "stopped" in text
    assert "Not judged to the end: it took longer than 300 s" in text
    assert "CORD could not be evaluated. CORD case-stopped" in text
    assert not re.search(r"patient-[0-5]\b", text)
    assert set(read.all("a", "href")) >= {one.record for one in small.plans}
    assert "report" not in text


def test_what_was_stopped_comes_before_what_is_undecided():
    unknown = row("DUO", "Duodenum", None, verdict=Verdict.UNDECIDED, reason=("structure-missing",))
    plans = [plan(0, unknown), plan(1, unknown, stopped="it ran out of memory"), plan(2, row("DUO", "Duodenum", 31.0))]
    text = Reader(write_page(cohort_from(plans))).under("waiting")
    assert [text.index(f"patient-{n} ") for n in (2, 1, 0)] == sorted(text.index(f"patient-{n} ") for n in (2, 1, 0))


def test_a_plan_that_was_stopped_needs_a_person_whatever_its_verdict():
    plans = [plan(0, row("DUO", "Duodenum", 3.0), stopped="its worker died")]
    assert "its worker died" in Reader(write_page(cohort_from(plans))).under("waiting")


def test_reasons_that_are_one_sentence_are_told_once():
    same = [replace(row(f"C-{n}", "Liver", None, verdict=Verdict.UNDECIDED), sentence="No dose.") for n in range(9)]
    text = Reader(write_page(cohort_from([plan(0, *same)]))).under("waiting")
    assert text.count("No dose.") == 1
    assert "C-0 C-1 C-2 and 6 more" in text


def test_each_constraint_has_four_counts_and_the_share_that_passed(read):
    text = read.under("constraints")
    duo, cord, gall = (text[text.index(f"{name} D0.5cc[Gy]") :][:160] for name in ("duodenum", "cord", "gallbladder"))
    assert "≤ 30 Gy DUO 75.0 % of 8 ● 6 PASS ▲ 0 VARIATION ◆ 1 UNDECIDED ✖ 1 FAIL 23.00 Gy 20.30 to 49.50 Gy" in duo
    assert "87.5 % of 8 ● 7 PASS" in cord
    assert "100 % of 2 ● 2 PASS ▲ 0 VARIATION ◆ 0 UNDECIDED ✖ 0 FAIL 5 not there" in gall
    assert text.index("duodenum") < text.index("cord D0") < text.index("gallbladder")


def test_only_all_is_100_and_only_none_is_0():
    assert [_rate(passed, 2000) for passed in (0, 1, 1000, 1999, 2000)] == ["0 %", "0.1 %", "50.0 %", "99.9 %", "100 %"]
    assert _rate(0, 0) == "—"


def test_outliers_are_named_and_lead_to_their_plan(read):
    assert "Far from the others: site/patient-6 (Label) 60.00 Gy" in read.under("constraints")
    targets = [href for href in read.all("a", "href") if href.startswith("#plan-")]
    ids = {attrs.get("id") for _, attrs in read.tags}
    assert "#plan-6" in targets
    assert {target[1:] for target in targets} <= ids


def test_values_that_are_not_judged_have_a_place_of_their_own():
    told = replace(row("MEAN", "Liver", 9.0), verdict=None, goal="", goal_value=None)
    page = Reader(write_page(cohort_from([plan(0, told, row("DUO", "Duodenum", 3.0))])))
    assert "MEAN" not in page.under("constraints")
    assert "MEAN 1 9.00 Gy" in page.under("more")


def test_the_table_holds_every_plan_with_all_that_is_not_pass(read):
    text = read.under("plans")
    for number in range(8):
        assert f"site/patient-{number} (Label) TRIAL-{number}" in text
    assert "▲ VARIATION contour-gaps" in text
    assert "✖ FAIL DUO 60.00 Gy" in text
    assert "GALL" not in text


def test_a_report_is_linked_where_there_is_one(small):
    plans = (replace(small.plans[0], page="records/id-0.html"), *small.plans[1:])
    assert "records/id-0.html" in Reader(write_page(replace(small, plans=plans))).all("a", "href")


def test_the_numbers_of_the_curves_are_those_of_the_facts(small):
    data = held(write_page(small))
    assert [band["name"] for band in data["bands"]] == ["Cord", "Duodenum"]
    assert data["bands"][data["first"]]["name"] == "Duodenum"
    for band, facts in zip(data["bands"], small.bands, strict=True):
        assert band["gy"] == pytest.approx(facts.doses_gy, abs=1e-4)
        assert [small.plans[number].id for number in band["plans"]] == [by for by, _ in facts.curves]
        for text, (_, shares) in zip(band["curves"], facts.curves, strict=True):
            assert unpacked(text, len(shares)) == pytest.approx(shares, abs=0.5 / 4095)
            assert len(text) <= 2 * len(shares)
        for text, level in zip(band["levels"], (5, 25, 50, 75, 95), strict=True):
            assert unpacked(text, len(facts.doses_gy)) == pytest.approx(facts.quantiles[level], abs=0.5 / 4095)


def held(page):
    return json.loads(re.search(rb'id="cohort-data">(.*?)</script>', page, re.DOTALL)[1])


def unpacked(text, count):
    """Two letters of the URL alphabet of base64 are twelve bits."""
    text = text.ljust(2 * count, "A")
    pairs = (base64.urlsafe_b64decode(f"{text[2 * k : 2 * k + 2]}AA") for k in range(count))
    return [((pair[0] << 4) | (pair[1] >> 4)) / 4095 for pair in pairs]


def test_names_from_files_stay_text(small):
    bands = [replace(band, structure=NASTY) for band in small.bands]
    constraints = [replace(one, id=NASTY, structure=NASTY, metric=NASTY, unit=NASTY) for one in small.constraints]
    plans = [
        replace(
            one, export=NASTY, plan_label=NASTY, patient_id=NASTY, stopped=NASTY, record=f"//evil.example/{NASTY}",
            page="javascript:alert(1)",
            findings=tuple(replace(f, constraint=NASTY, sentence=NASTY) for f in one.findings),
        )
        for one in small.plans
    ]  # fmt: skip
    protocol = dict.fromkeys(("id", "title", "version", "status", "sha256"), NASTY)
    hostile = replace(small, protocol=protocol, plans=plans, constraints=tuple(constraints), bands=tuple(bands))
    page = write_page(hostile)
    reader = Reader(page)
    assert {tag for tag, _ in reader.tags} == {tag for tag, _ in Reader(write_page(small)).tags}
    assert page.count(b"<script") == 2
    assert not {"\u202e", "\x1b"} & set(page.decode("utf-8"))
    assert not any(name.startswith("on") for _, attrs in reader.tags for name in attrs)
    hrefs = reader.all("a", "href")
    assert all(re.fullmatch(r"#[\w-]+|[\w./%~-]+", href) and not href.startswith("/") for href in hrefs), hrefs
    assert held(page)["bands"][0]["name"].startswith("</script><img")


def test_it_needs_nothing_but_itself(small):
    page = write_page(small)
    assert page == write_page(small)
    text = page.decode("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?:|src=|url\(|@import|<link", text)
    script = files("sbrt_qa.report").joinpath("cohort/page.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
        in html.unescape(text)
    )


def test_no_plan_at_all_is_no_pass():
    read = Reader(write_page(cohort_from([])))
    assert "◆ UNDECIDED No plan was judged." in read.under("")
    assert "There was no plan to judge." in read.under("waiting")
    assert "PASS" not in "".join(read.texts.values()).replace("Not PASS", "")


def test_all_good_says_so_and_many_that_are_not_are_folded_away():
    good = Reader(write_page(cohort_from([plan(0, row("DUO", "Duodenum", 3.0))])))
    assert "None: every plan was judged, and none failed." in good.under("waiting")
    assert "Of 1 plan 1 passes." in good.under("")
    plans = [plan(n, row("DUO", "Duodenum", 31.0)) for n in range(AT_ONCE + 2)]
    text = Reader(write_page(cohort_from(plans))).under("waiting")
    assert " 2 more " in text
    assert all(f"patient-{n} " in text for n in range(AT_ONCE + 2))
