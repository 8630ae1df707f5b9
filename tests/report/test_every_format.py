"""What holds for all formats alike: they agree on the verdict, and nothing that a file says is obeyed."""

import csv
import io
import json
import re
import shutil
import subprocess
from dataclasses import replace
from xml.etree import ElementTree as ET

import pydicom
import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import formats
from sbrt_qa.report.terminal import render

HOSTILE = (
    "<script>alert(1)</script>\"'><img src=x onerror=alert(1)><b>x</b>&lt;&#x1b;",
    '=HYPERLINK("http://e.example","x")',
    "+1|cmd",
    "@SUM(A1)",
    "-2+3|b\n| c |\n# d",
    "\u202egnp.exe\u2066\x1b[31mPASS\x1b[0m\r\x07\ud800\uffff",
    "../../../etc/passwd C:\\x\x00y ]]><!-- {{7*7}}{% x %}",
    "x" * 10_000,
)
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]")


def pdf_text(content: bytes) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not here")
    done = subprocess.run(["pdftotext", "-raw", "-", "-"], input=content, capture_output=True, check=True)
    return done.stdout.decode("utf-8")


def verdict_in_xml(content: bytes) -> str:
    """What a pipeline concludes from failures, errors and notes alone."""
    root = ET.fromstring(content)
    notes = [element.text for element in root.iter("system-out")]
    if int(root.get("failures")):
        return "FAIL"
    if int(root.get("errors")):
        return "UNDECIDED"
    return "VARIATION" if any(note.startswith("verdict: VARIATION") for note in notes) else "PASS"


def verdict_in_csv(content: bytes) -> str:
    order = ("PASS", "VARIATION", "UNDECIDED", "FAIL")
    rows = csv.DictReader(io.StringIO(content.decode("utf-8"), newline=""))
    decisive = [row["verdict"] for row in rows if row["verdict"] and row["required"] == "yes"]
    return max(decisive, key=order.index)


def first_word(text: str) -> str:
    return re.search(r"\b(PASS|VARIATION|UNDECIDED|FAIL)\b", text)[0]


READERS = {
    ".json": lambda content: json.loads(content)["verdict"],
    ".xml": verdict_in_xml,
    ".csv": verdict_in_csv,
    ".md": lambda content: first_word(content.decode("utf-8")),
    ".html": lambda content: first_word(re.sub(r"(?s)<(style|script)\b.*?</\1>", "", content.decode("utf-8"))),
    ".pdf": lambda content: first_word(pdf_text(content)),
    ".dcm": lambda content: first_word(pydicom.dcmread(io.BytesIO(content)).DocumentTitle),
}


@pytest.fixture
def cases(mixed, make_evaluation, make_finding, make_check, make_curve):
    """One evaluation of each kind, by name."""
    curves = [make_curve("Duodenum", 14.0, 61.7)]
    varied = make_finding(verdict=Verdict.VARIATION, value=31.0, margin=-1.0, acceptable="<= 33 Gy")
    nobody = {"roi": None, "roi_number": None, "value": None, "interval": None, "margin": None}
    refused = [
        make_finding(constraint=f"R{n}", verdict=verdict, reason=("file-truncated",), **nobody)
        for n, verdict in enumerate((Verdict.UNDECIDED, Verdict.UNDECIDED, None))
    ]
    unread = make_check(id="case-readable", verdict=Verdict.UNDECIDED, reason=("file-truncated",), sentence="Cut off.")
    missing = make_finding(verdict=Verdict.UNDECIDED, reason=("structure-missing",), **nobody)
    no_protocol = make_check(id="protocol-given", verdict=Verdict.UNDECIDED, reason=("no-protocol",))
    empty = {"id": "", "patient_id": "", "plan_label": "", "plan_uid": "", "files": []}
    return {
        "fails": mixed,
        "passes": make_evaluation([make_finding()], [make_check()], curves),
        "varies": make_evaluation([varied], [make_check()], curves),
        "undecided": make_evaluation([missing, make_finding(constraint="B")], [make_check()], curves),
        "refused": make_evaluation(refused, [unread], case=empty),
        "no-protocol": make_evaluation(checks=[make_check(), no_protocol], curves=curves, protocol=None),
    }


@pytest.mark.parametrize("kind", ["fails", "passes", "varies", "undecided", "refused", "no-protocol"])
@pytest.mark.parametrize("suffix", sorted(READERS))
def test_all_formats_tell_the_same_verdict(cases, suffix, kind):
    evaluation = cases[kind]
    content = formats()[suffix].write(evaluation)
    assert READERS[suffix](content) == evaluation.verdict.value == first_word(render(evaluation))


def test_no_format_is_forgotten():
    assert set(formats()) - set(READERS) == {".htm", ".png", ".svg", ".rtstruct.dcm"}


def test_a_refused_case_lists_every_constraint_as_undecided_without_a_number(cases):
    refused = cases["refused"]
    names = [finding.constraint for finding in refused.findings]
    written = {suffix: formats()[suffix].write(refused) for suffix in READERS}
    texts = {suffix: written[suffix].decode("utf-8") for suffix in (".json", ".xml", ".csv", ".md", ".html")}
    for text in (*texts.values(), pdf_text(written[".pdf"])):
        assert all(name in text for name in names)
        assert "21.304" not in text
    errors = [case for case in ET.fromstring(written[".xml"]).iter("testcase") if case.find("error") is not None]
    assert len(errors) == len(names) + 1


@pytest.fixture
def hostile(make_evaluation, make_finding, make_check, make_curve):
    """Every field that a file fills, filled by someone who means harm."""

    def build(name: str):
        return make_evaluation(
            [
                make_finding(roi=name, sentence=name, verdict=Verdict.FAIL, reason=(name,)),
                make_finding(constraint="B", roi=name, sentence=name, verdict=None, value=None, goal="", margin=None),
            ],
            [make_check(sentence=name, verdict=Verdict.UNDECIDED, reason=(name,))],
            [make_curve(name, 14.0, 61.7)],
            case={
                **dict.fromkeys(("id", "patient_id", "patient_name", "study_uid", "plan_label", "plan_uid"), name),
                "files": [{"role": "RTPLAN", "sop_uid": name, "sha256": "ab" * 32}],
            },
            colors={name: (1, 2, 3)},
        )

    return build


@pytest.mark.parametrize("name", HOSTILE, ids=range(len(HOSTILE)))
def test_names_are_inert_in_every_format(hostile, name):
    evaluation = hostile(name)
    written = {suffix: formats()[suffix].write(evaluation) for suffix in (*READERS, ".svg")}
    texts = {suffix: written[suffix].decode("utf-8") for suffix in (".html", ".md", ".xml", ".csv", ".svg")}
    texts["terminal"] = render(evaluation)
    for suffix, text in texts.items():
        assert FORBIDDEN.search(text) is None, suffix
    for suffix in (".html", ".md", ".svg"):
        assert not re.search(r"<script>alert|<img|<b>x|onerror=alert\(1\)>", texts[suffix]), suffix
    ET.fromstring(written[".xml"])
    ET.fromstring(written[".svg"])
    for row in csv.reader(io.StringIO(texts[".csv"], newline="")):
        assert not [cell for cell in row if cell[:1] in set("=@\t\r") or re.match(r"[+-](?![\d.]+$)", cell)]
    assert "Page" in str(written[".pdf"][:100_000])
    made = pydicom.dcmread(io.BytesIO(written[".dcm"]))
    assert made.StudyInstanceUID.is_valid
    assert isinstance(made.PatientID, str)
    assert not FORBIDDEN.search(made.PatientID + str(made.PatientName) + made.DocumentTitle)


def test_the_same_judgement_gives_the_same_bytes_in_any_order_of_facts(mixed):
    shuffled = replace(
        mixed,
        case=dict(reversed(mixed.case.items())),
        provenance=dict(reversed(mixed.provenance.items())),
        curves=tuple(reversed(mixed.curves)),
    )
    for suffix in (".json", ".pdf", ".dcm", ".xml", ".md", ".csv"):
        assert formats()[suffix].write(shuffled) == formats()[suffix].write(mixed), suffix
