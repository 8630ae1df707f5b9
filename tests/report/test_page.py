import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import page
from sbrt_qa.report.record import record

VOID = {"col", "meta", "br", "line", "rect", "polyline", "polygon", "input"}


class Reader(HTMLParser):
    """Collects text and tags, and notes tags that are not closed in order."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.text, self.tags, self.open, self.faults = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID and (not self.open or self.open.pop() != tag):
            self.faults.append(tag)

        if tag in {"td", "th", "dt", "dd", "li", "p"}:
            self.text.append(" ")

    def handle_data(self, data):
        self.text.append(data)


def read(evaluation):
    reader = Reader()
    reader.feed(page.FORMAT.write(evaluation).decode("utf-8"))
    assert reader.faults == []
    assert reader.open == []
    return reader, " ".join("".join(reader.text).split())


def test_the_page_says_everything(mixed):
    _, text = read(mixed)
    for said in (
        "✖ FAIL",
        "Does not meet the protocol: 2 of 7 constraints failed, 1 undecided",
        "LiverBed 5x10",
        "crlm-liver-bed-5fx 1.0 (template)",
        "50.00 Gy in 5 fractions",
        "exactly 30.0004 Gy",
        "borderline",
        "verify",
        "No structure fills the role cord",
        "Weigh the duodenum more",
        "Author, Journal 2020;1:1, table 2",
        "Stomach has 1 missing slice",
        "plan-unapproved",
        "93.0 %",
        "end caps half-slice, between contours slab, dose trilinear",
        "ab" * 32,
        "cd" * 32,
        "it does not consider earlier treatments",
    ):
        assert said in text, said
    for finding in mixed.findings:
        assert finding.constraint in text


def test_rows_come_worst_first(mixed):
    _, text = read(mixed)
    order = ["UW5-DUO", "STOMACH-MAX", "CORD-MAX", "PTV-COVERAGE", "KIDNEY-L", "LIVER-SPARED", "HEART-MEAN"]
    assert [text.index(name) for name in order] == sorted(text.index(name) for name in order)


def scripts(content):
    """What may run, and what is only data."""
    found = re.findall(r"<script([^>]*)>(.*?)</script>", content, flags=re.DOTALL)
    return [text for kind, text in found if not kind], [text for kind, text in found if kind]


def test_the_page_loads_nothing_and_runs_only_the_shipped_script(mixed):
    reader, _ = read(mixed)
    assert not {tag for tag, _ in reader.tags} & {"link", "img", "iframe", "object", "base", "a", "form"}
    for _, attributes in reader.tags:
        assert not {"src", "href", "xlink:href", "action"} & set(attributes)
        assert not any(name.startswith("on") for name in attributes)
    content = page.FORMAT.write(mixed).decode()
    assert "url(" not in content.replace('"url(#dvh-clip)"', "")
    assert "@import" not in content
    shipped = files("sbrt_qa.report").joinpath("page.js").read_bytes()
    run, _ = scripts(content)
    assert [text.encode() for text in run] == [shipped]
    digest = base64.b64encode(hashlib.sha256(shipped).digest()).decode()
    policy = f"default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-{digest}'"
    assert policy in html.unescape(content)
    assert not re.search(r"https?://", content.replace('"http://www.w3.org/2000/svg"', ""))


def test_the_curves_for_the_script_are_those_of_the_record(mixed):
    _, (data,) = scripts(page.FORMAT.write(mixed).decode())
    curves = {curve["name"]: curve for curve in json.loads(data)["curves"]}
    stated = {curve["structure"]: curve for curve in record(mixed)["curves"]}
    assert set(curves) == set(stated)
    for name, curve in curves.items():
        assert (curve["gy"], curve["cc"]) == (stated[name]["edges_gy"], stated[name]["cumulative_cc"])
        assert (curve["low"], curve["high"], curve["volume"]) == (
            stated[name]["min_gy"],
            stated[name]["max_gy"],
            stated[name]["volume_cc"],
        )
    assert curves["Duodenum"]["marks"][0]["says"] == "Duodenum: D0.5cc[Gy] <= 30 Gy"
    assert not curves["ChestWall"]["covered"]


@pytest.mark.parametrize(
    "attack", ["<script>alert(1)</script>", '"><img src=x onerror=1>', "{{ 7*7 }}", "\u202eSSAP\x1b"]
)
def test_names_are_text_and_never_markup(make_evaluation, make_finding, make_check, make_curve, attack):
    evaluation = make_evaluation(
        [
            make_finding(
                roi=attack,
                constraint=attack,
                verdict=Verdict.FAIL,
                margin=-1.0,
                reason=(attack,),
                sentence=attack,
                source=attack,
                why=attack,
                mend=attack,
            )
        ],
        [make_check(id=attack, title=attack, sentence=attack, reason=(attack,))],
        [make_curve(attack, 20.0, 10.0)],
        case={"id": attack, "plan_label": attack, "patient_id": attack, "files": []},
        provenance={"quirks": [attack], "notes": [{"code": attack, "sentence": attack}]},
    )
    content = page.FORMAT.write(evaluation).decode()
    reader, text = read(evaluation)
    run, data = scripts(content)
    assert len(run) == len(data) == 1
    assert content.count("<script") == 2
    assert "<" not in data[0]
    assert "onerror" not in {name for _, attributes in reader.tags for name in attributes}
    assert "49" not in re.sub(r"[\d.,]+", lambda m: "" if len(m[0]) > 2 else m[0], text)
    assert "\u202e" not in content
    assert "\x1b" not in content
    assert attack.replace("\u202e", "\ufffd").replace("\x1b", "\ufffd")[:20] in text


def test_a_page_without_anything_is_a_page(make_evaluation):
    _, text = read(make_evaluation(protocol=None, prescription={"gy": None, "fractions": None, "source": ""}))
    assert "UNDECIDED" in text
    assert "none: only the integrity checks were run" in text


def test_an_uncovered_structure_shows_dashes(make_evaluation, make_curve):
    _, text = read(make_evaluation(curves=[make_curve("Heart", 5.0, 10.0, covered=0.0)]))
    assert "Heart 10.00 cc — — — 0.0 %" in text
