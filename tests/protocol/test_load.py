"""Faults of a protocol file: each at its line and column, all at once."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from sbrt_qa.errors import ProtocolError, SbrtQaError, UsageError
from sbrt_qa.protocol.load import lint, load_protocol
from sbrt_qa.units import Unit

GOOD = """\
schema: sbrt-qa/protocol/1
id: example-5fx
title: Example, 5 fractions
version: "1.0"
status: template              # template | published
sources:
  example: "Author, Journal Year;Vol:page, table"
prescription:
  target: ptv
  fractions: [3, 5]
  dose: {min: 30 Gy, max: 60 Gy}
structures:
  ptv:    {type: target, many: true, names: [PTVsb, PTV, PTV_5000]}
  ctv:    {type: target, names: [CTVsb, CTV]}
  liver:  {names: [Liver]}
  cord:   {names: [SpinalCord]}
  heart:  {names: [Heart]}
  liver_spared: {derive: "liver - ctv"}
  cord_prv:     {derive: "grow(cord, 5 mm)"}
constraints:
  - id: PTV-COVERAGE
    structure: ptv
    metric: V100%[%]
    goal: ">= 95 %"
    acceptable: ">= 90 %"
    source: example
    why: Enough of the target receives the prescription.
    mend: Lower the normalisation isodose.
  - id: LIVER-SPARED
    structure: liver_spared
    metric: CV15Gy[cc]
    goal: ">= 700 cc"
    source: example
    evidence: S2
  - id: CORD-MAX
    structure: cord
    metric: D0.035cc[Gy]
    goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}
    acceptable: {5: "<= 26 Gy"}
    source: example
    evidence: M-hi
    verify: true
  - id: HEART-MEAN
    structure: heart
    metric: Mean[Gy]
    report: true
    required: false
checks:
  dose-grid-spacing: {goal: "<= 2.5 mm", acceptable: "<= 3 mm"}
"""


@pytest.fixture
def faults_of(tmp_path, monkeypatch):
    """Lint a text under the name ``plan.yaml``."""
    monkeypatch.chdir(tmp_path)

    def run(text: str | bytes) -> tuple[SbrtQaError, ...]:
        content = text if isinstance(text, bytes) else text.encode()
        (tmp_path / "plan.yaml").write_bytes(content)
        return lint("plan.yaml")

    return run


@pytest.fixture
def load(tmp_path):
    def run(text: str):
        path = tmp_path / "plan.yaml"
        path.write_text(text, encoding="utf-8")
        return load_protocol(path)

    return run


def planted(old: str, new: str) -> tuple[str, str]:
    """Exchange a part of the good file; ``¤`` marks where the fault must be reported, and is taken out."""
    assert GOOD.count(old) == 1, old
    text = GOOD.replace(old, new)
    at = text.index("¤")
    line = text.count("\n", 0, at) + 1
    column = at - (text.rfind("\n", 0, at) + 1) + 1
    return text.replace("¤", ""), f"plan.yaml:{line}:{column}"


ROW = "  - id: HEART-MEAN\n"
MEAN = "metric: Mean[Gy]\n    report: true"

PLANTED = {
    # keys
    "duplicate key": ("title: Ex", "title: A\n¤title: Ex", "yaml-duplicate-key", "'title' stands here a second time"),
    "duplicate role": ("  heart:  {", "  ¤cord: {names: [X]}\n  heart:  {", "yaml-duplicate-key", "first in line 16"),
    "duplicate id": ("id: HEART-MEAN", "id: ¤CORD-MAX", "yaml-duplicate-key", "'CORD-MAX' stands here a second"),
    "misspelt key": ("evidence: S2", "¤evidense: S2", "yaml-unknown-key", "did you mean 'evidence'?"),
    "unknown key": ("status: t", "¤colour: red\nstatus: t", "yaml-unknown-key", "unknown key 'colour'"),
    "unknown key in dose": ("max: 60 Gy}", "max: 60 Gy, ¤mx: 1 Gy}", "yaml-unknown-key", "did you mean 'm"),
    "no type of dose": ("checks:\n", "dose: {type: ¤ERROR}\nchecks:\n", "yaml-type", "write 'PHYSICAL' or 'EFFECTIVE'"),
    "no sum of doses": (
        "checks:\n",
        "dose: {summation: ¤BEAM}\nchecks:\n",
        "yaml-type",
        "write 'PLAN' or 'MULTI_PLAN'",
    ),
    "unknown key in the dose asked": (
        "checks:\n",
        "dose: {¤sum: PLAN}\nchecks:\n",
        "yaml-unknown-key",
        "known here are type, summation",
    ),
    "effective twice": (
        "metric: Mean[Gy]\n    report: true\n    required: false\n",
        "metric: ¤EQD2(ab=3):D0.5cc[Gy]\n    report: true\n    required: false\ndose: {type: EFFECTIVE}\n",
        "metric-undefined",
        "cannot be converted again (leave the conversion out, or judge the physical dose)",
    ),
    "missing key": (
        "  fractions: [3, 5]\n  dose: {min: 30 Gy, max: 60 Gy}\n",
        "  dose: 50 Gy\n",
        "yaml-missing-key",
        "'fractions' is missing in 'prescription' (for instance fractions: 5)",
    ),
    "missing id": ("  - id: HEART-MEAN\n    s", "  - ¤s", "yaml-missing-key", "key 'id' is missing"),
    "merge key": ("  heart:  {", "  ¤<<: {names: [X]}\n  heart:  {", "yaml-forbidden", "a merge key (<<)"),
    "number as role": ("  heart:  {", "  ¤7: {names: [X]}\n  heart:  {", "yaml-type", "key 7 cannot stand here"),
    "boolean as role": ("  heart:  {", "  ¤true: {names: [X]}\n  heart:  {", "yaml-type", "key 'true' is not text"),
    "nothing as role": ("  heart:  {", "  ¤~: {names: [X]}\n  heart:  {", "yaml-type", "key '~' is not text"),
    "hyphen in role": ("  heart:  {", "  ¤he-art: {names: [X]}\n  heart:  {", "yaml-type", "'he-art' cannot stand"),
    "list as key": ("  heart:  {", "  ? ¤[a]\n  : {names: [X]}\n  heart:  {", "yaml-forbidden", "not plain text"),
    # values
    "version as number": ('version: "1.0"', "version: ¤1.0", "yaml-type", 'write it in quotes: "1.0"'),
    "leading zero": ('version: "1.0"', "version: ¤015", "yaml-plain-value", "015 begins with a zero"),
    "date": ('version: "1.0"', "version: ¤2024-05-01", "yaml-plain-value", "reads as a date (write it in quotes)"),
    "number as name": ("names: [Heart]", "names: [Heart, ¤12]", "yaml-type", "this is the number 12"),
    "boolean as name": ("names: [Heart]", "names: [Heart, ¤true]", "yaml-type", 'write it in quotes: "true"'),
    "date as name": ("names: [Heart]", "names: [¤2024-05-01]", "yaml-plain-value", "reads as a date"),
    "on for true": ("report: true", "report: ¤on", "yaml-type", "this is the text 'on' (write true)"),
    "no for false": ("required: false", "required: ¤no", "yaml-type", "write false"),
    "quoted boolean": ("verify: true", 'verify: ¤"true"', "yaml-type", "must be true or false"),
    "empty value": (
        "why: Enough of the target receives the prescription.",
        "¤why:",
        "yaml-empty",
        "'why' has no value",
    ),
    "null value": ("why: Enough of the target receives the prescription.", "¤why: ~", "yaml-empty", "no value"),
    "one name without brackets": ("names: [Heart]", "names: ¤Heart", "yaml-type", "write it in brackets: [Heart]"),
    "no names": ("names: [Heart]", "names: ¤[]", "yaml-type", "'names' is empty"),
    "blank title": ("title: Example, 5 fractions", 'title: ¤"  "', "yaml-type", "'title' is empty"),
    "wrong schema": ("sbrt-qa/protocol/1", "¤sbrt-qa/protocol/2", "yaml-type", "write 'sbrt-qa/protocol/1'"),
    "wrong status": ("status: template ", "status: ¤draft ", "yaml-type", "write 'template' or 'published'"),
    "wrong evidence": ("evidence: S2", "evidence: ¤M-lo", "yaml-type", "'S', 'S2', 'C' or 'M-hi'"),
    "wrong id": ("id: example-5fx", "id: ¤Example 5fx", "yaml-type", "'Example 5fx'"),
    "wrong type": ("type: target, names", "type: ¤organ, names", "yaml-type", "write 'target'"),
    "row is no mapping": (ROW, "  - ¤just words\n" + ROW, "yaml-type", "must be a mapping"),
    # prescription
    "zero fractions": ("fractions: [3, 5]", "fractions: [3, 5, ¤0]", "fractions-invalid", "0 is no number"),
    "same fractions": ("fractions: [3, 5]", "fractions: [3, 5, ¤3]", "fractions-invalid", "a second time"),
    "fractions as text": ("fractions: [3, 5]", 'fractions: [¤"3", 5]', "yaml-type", "a whole number"),
    "fractions with colon": ("fractions: [3, 5]", "fractions: ¤1:30", "yaml-type", "this is the text '1:30'"),
    "half fractions": ("fractions: [3, 5]", "fractions: [3, 5, ¤2.5]", "yaml-type", "a whole number"),
    "unknown target": ("target: ptv", "target: ¤ptw", "structure-unknown", "did you mean 'ptv'?"),
    "target is an organ": ("target: ptv", "target: ¤liver", "target-type", "'liver' is not of type target"),
    "dose range reversed": ("min: 30 Gy, max: 60 Gy", "min: ¤60 Gy, max: 30 Gy", "dose-range", "exchange them"),
    "dose in cGy": ("min: 30 Gy", "min: ¤3000 cGy", "limit-unit", "write '30 Gy'"),
    "dose zero": ("min: 30 Gy", "min: ¤0 Gy", "dose-range", "a prescription of 0 Gy"),
    "dose without unit": ("min: 30 Gy", "min: ¤'30'", "limit-unit", "'30' has no unit (write '30 Gy')"),
    "dose as number": ("min: 30 Gy", "min: ¤30", "yaml-type", "must be text"),
    # structures
    "neither names nor derive": ("heart:  {names: [Heart]}", "¤heart: {many: false}", "role-names", "neither names"),
    "names and derive": ('{derive: "liver', '{names: [A], derive: "liver', "role-names", "both names and derive"),
    "many derived": ('{derive: "liver', '{many: ¤true, derive: "liver', "role-names", "cannot be many"),
    "reserved role": (
        "heart:  {names: [Heart]}",
        "heart: {names: [Heart]}\n  ¤grow: {names: [G]}",
        "role-reserved",
        "op",
    ),
    "bad expression": ('"liver - ctv"', '¤"liver - "', "derive-invalid", "in 'liver - ': expected a structure"),
    "derive unknown": ('"liver - ctv"', '¤"liver - ctw"', "structure-unknown", "did you mean 'ctv'?"),
    "derive cycle": ('"liver - ctv"', '¤"liver - liver_spared"', "derive-cycle", "liver_spared → liver_spared"),
    "never name": ("names: [Heart]", "names: [Heart, ¤z_Heart]", "name-never-matches", "begins with 'z'"),
    # rows
    "unknown structure": ("structure: heart", "structure: ¤hart", "structure-unknown", "did you mean 'heart'?"),
    "unknown source": (
        "source: example\n    evidence: S2",
        "source: ¤exampel\n    evidence: S2",
        "source-unknown",
        "'exa",
    ),
    "unknown metric": (MEAN, "metric: ¤Meen[Gy]\n    report: true", "metric-unknown", "did you mean Mean[Gy]"),
    "metric without unit": (MEAN, "metric: ¤Mean\n    report: true", "limit-unit", "write Mean[Gy]"),
    "metric in wrong unit": (MEAN, "metric: ¤Mean[cc]\n    report: true", "limit-unit", "cannot be in cc"),
    "hottest or coldest": (MEAN, "metric: ¤D700cc[Gy]\n    report: true", "metric-two-readings", "write DC700cc[Gy]"),
    "no goal": (MEAN, "metric: Mean[Gy]\n    source: example", "goal-missing", "'HEART-MEAN' has no goal"),
    "no source": (MEAN, "metric: Mean[Gy]\n    goal: '< 9 Gy'", "source-missing", "judged and names no source"),
    "report with goal": (MEAN, MEAN + "\n    ¤goal: '< 9 Gy'", "report-with-limit", "never judged"),
    "report with acceptable": (MEAN, MEAN + "\n    ¤acceptable: '< 9 Gy'", "report-with-limit", "never judged"),
    "recalled, not marked": ("evidence: S2", "evidence: ¤M-hi", "evidence-unverified", "add verify: true"),
    # limits
    "limit without unit": ('">= 700 cc"', '¤">= 700"', "limit-unit", "write '>= 700 cc'"),
    "limit in wrong unit": ('">= 700 cc"', '¤">= 700 Gy"', "limit-unit", "not in cc"),
    "limit in other spelling": ('">= 700 cc"', '¤">= 700 cm3"', "limit-unit", "write '>= 700 cc'"),
    "limit in cGy": ('"<= 20.3 Gy"', '¤"<= 2030 cGy"', "limit-unit", "write '<= 20.3 Gy'"),
    "limit nan": ('">= 700 cc"', '¤">= nan cc"', "limit-not-finite", "not finite"),
    "limit too large": ('">= 700 cc"', f'¤">= {"9" * 400} cc"', "limit-not-finite", "not finite"),
    "limit .inf": ('">= 700 cc"', "¤.inf", "yaml-plain-value", ".inf is not a finite number"),
    "limit negative": ('">= 700 cc"', '¤">= -700 cc"', "limit-negative", "is negative"),
    "limit as number": ('">= 700 cc"', "¤700", "yaml-type", "must be text, this is the number 700"),
    "limit without sign": ('">= 700 cc"', '¤"700 cc"', "limit-comparison", "write for instance '<= 700 cc'"),
    "limit with =": ('">= 700 cc"', '¤"= 700 cc"', "limit-comparison", "write <= or >= instead of ="),
    "limit with ≥": ('">= 700 cc"', '¤"≥ 700 cc"', "limit-comparison", "write >= instead of ≥"),
    "decimal comma": ('"<= 20.3 Gy"', '¤"<= 20,3 Gy"', "limit-number", "write a decimal point: '<= 20.3 Gy'"),
    "exponent": ('">= 700 cc"', '¤">= 7e2 cc"', "limit-number", "without an exponent"),
    "share above 100": ('">= 95 %"', '¤">= 950 %"', "limit-impossible", "never above 100 %"),
    "always met": ('">= 95 %"', '¤">= 0 %"', "limit-always-met", "met by every plan"),
    "stricter acceptable": ('">= 90 %"', '¤">= 99 %"', "acceptable-stricter", "stricter than goal '>= 95 %'"),
    "stricter by its sign": ('">= 90 %"', '¤"> 95 %"', "acceptable-stricter", "stricter than goal"),
    "stricter in a column": ('"<= 26 Gy"', '¤"<= 25 Gy"', "acceptable-stricter", "stricter than goal '<= 25.3 Gy'"),
    "opposite acceptable": ('">= 90 %"', '¤"<= 99 %"', "acceptable-direction", "opposite directions"),
    "acceptable only": ('goal: ">= 700 cc"', 'acceptable: ">= 650 cc"', "acceptable-without-goal", "has no goal"),
    "acceptable column only": (
        '{3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}\n    acceptable: {5',
        '{3: "<= 20.3 Gy"}\n    acceptable: {¤5',
        "acceptable-without-goal",
        "acceptable for 5 fractions",
    ),
    "column of no fractions": ('{3: "<= 20.3', '{¤0: "<= 22 Gy", 3: "<= 20.3', "fractions-invalid", "from 1 on"),
    "quoted column": ('{3: "<= 20.3', '{¤"4": "<= 22 Gy", 3: "<= 20.3', "yaml-type", "a whole number of fractions"),
    "same column twice": ('{3: "<= 20.3', '{3: "<= 19 Gy", ¤3: "<= 20.3', "yaml-duplicate-key", "'3' stands here"),
    "no columns": ('{5: "<= 26 Gy"}', "¤{}", "yaml-type", "'acceptable' is empty"),
    # checks
    "unknown check": (
        "  dose-grid-spacing",
        "  ¤dose-grid-spcing",
        "check-unknown",
        "did you mean 'dose-grid-spacing'",
    ),
    "check in wrong unit": ('"<= 2.5 mm"', '¤"<= 0.25 cm"', "limit-unit", "write '<= 2.5 mm'"),
    "check stricter": ('"<= 3 mm"', '¤"<= 2 mm"', "acceptable-stricter", "stricter than goal"),
    "check opposite": ('"<= 3 mm"', '¤">= 3 mm"', "acceptable-direction", "opposite"),
    "check without goal": (
        '{goal: "<= 2.5 mm", ',
        "{¤",
        "acceptable-without-goal",
        "has an acceptable limit and no goal",
    ),
    "check not measured": (
        "checks:\n",
        'checks:\n  contour-gaps: {¤goal: "<= 1 mm"}\n',
        "check-limit",
        "measures nothing",
    ),
    "check strictness": ("checks:\n", "checks:\n  contour-gaps: {strict: ¤yes}\n", "yaml-type", "write true"),
    # what YAML allows and this file must not hold
    "anchor": ("title: Example", "title: ¤&a Example", "yaml-forbidden", "an anchor (&a)"),
    "alias": ("title: Example, 5 fractions", "title: ¤*a", "yaml-forbidden", "an alias (*a)"),
    "tag": ("title: Example", "title: ¤!!str Example", "yaml-forbidden", "a tag (tag:yaml.org,2002:str)"),
    "tab": ("template              #", "template ¤\t#", "yaml-forbidden", "a tab is not allowed"),
    "second document": ("checks:\n", "¤---\nchecks:\n", "yaml-forbidden", "a second document"),
    "invisible character": ("Author", "Au¤\u200bthor", "yaml-forbidden", "an invisible character (U+200B)"),
    "hidden line break": ("# template |", "# template ¤\u2028|", "yaml-forbidden", "U+2028"),
    # syntax
    "unclosed bracket": ("[CTVsb, CTV]}\n  liver:  {names: [Liver]}", "[CTVsb, CTV¤}\n", "yaml-syntax", "not readable"),
    "bad indentation": ("    metric: Mean", "   ¤metric: Mean", "yaml-syntax", "not readable as YAML"),
    "limit without quotes": (
        '">= 95 %"\n',
        "¤>= 95 %\n",
        "yaml-syntax",
        'stands without quotes (write it in quotes, as in ">= 95 %")',
    ),
    "colon in plain text": ("why: Enough", "why: Enough¤: more", "yaml-syntax", "not readable as YAML"),
}
UNMARKED = {
    "missing key": "plan.yaml:8:1",
    "names and derive": "plan.yaml:18:3",
    "no goal": "plan.yaml:43:5",
    "no source": "plan.yaml:43:5",
    "acceptable only": "plan.yaml:29:5",
}


def test_the_good_file_has_no_fault(faults_of):
    assert faults_of(GOOD) == ()


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_reported_once_at_its_place(name, faults_of):
    old, new, code, words = PLANTED[name]
    if name in UNMARKED:
        text, where = GOOD.replace(old, new), UNMARKED[name]
        assert GOOD.count(old) == 1
    else:
        text, where = planted(old, new)
    faults = faults_of(text)
    assert [(fault.where, fault.code) for fault in faults] == [(where, code)], [str(fault) for fault in faults]
    assert words in str(faults[0])
    assert faults[0].mend


def test_all_faults_are_reported_at_once_and_by_line(faults_of):
    text = GOOD
    for name in ("version as number", "misspelt key", "limit in cGy", "unknown check", "unknown target", "anchor"):
        old, new, *_ = PLANTED[name]
        text = text.replace(old, new.replace("¤", ""))
    codes = [fault.code for fault in faults_of(text)]
    assert codes == [
        "yaml-forbidden", "yaml-type", "structure-unknown", "yaml-unknown-key", "limit-unit", "check-unknown",
    ]  # fmt: skip


def test_one_row_reports_faults_of_shape_and_of_meaning_together(faults_of):
    row = '  - {id: A B, structure: livver, metric: "D700cc[Gy]", goal: 5, sorce: example, report: no}\n'
    codes = sorted(fault.code for fault in faults_of(GOOD.replace(ROW, row + ROW)))
    assert codes == [
        "metric-two-readings", "structure-unknown",
        "yaml-type", "yaml-type", "yaml-type", "yaml-unknown-key",
    ]  # fmt: skip


def test_a_role_or_source_with_a_fault_is_not_called_unknown_as_well(faults_of):
    faults = faults_of(GOOD.replace("liver:  {names: [Liver]}", "liver:  [Liver]"))
    assert [fault.code for fault in faults] == ["yaml-type"]


def test_the_two_readings_of_a_large_hot_part_are_explained(faults_of):
    text, _ = planted(*PLANTED["hottest or coldest"][:2])
    assert str(faults_of(text)[0]) == (
        "plan.yaml:45:13: 'D700cc[Gy]' has two readings: dose to the hottest 700 cc, or highest dose in the coldest "
        "700 cc (write DC700cc[Gy] for the coldest part, or CV15Gy[cc] for the volume below 15 Gy)"
    )


def test_a_longer_cycle_is_reported_once(faults_of):
    text = GOOD.replace('"liver - ctv"', '"cord_prv + liver"').replace("grow(cord, 5 mm)", "liver_spared - heart")
    assert [(fault.code, fault.what) for fault in faults_of(text)] == [
        ("derive-cycle", "'liver_spared' is derived from itself: liver_spared → cord_prv → liver_spared")
    ]


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        (b"", "plan.yaml:1:1", "the file is empty"),
        (b"# only a comment\n", "plan.yaml:1:1", "the file is empty"),
        (b"~", "plan.yaml:1:1", "the file is empty"),
        (b"a: 1\nb: \xff\n", "plan.yaml:2:4", "the text is not UTF-8"),
        ("é: ".encode() + b"\xff\n", "plan.yaml:1:4", "the text is not UTF-8"),
        (GOOD.encode("utf-16"), "plan.yaml:1:1", "the text is not UTF-8"),
        (b"a" * (256 * 1024 + 1), "plan.yaml:1:1", "the file is too large"),
        (b"%YAML 1.1\n---\na: 1\n", "plan.yaml:1:1", "a directive (%) is not allowed in this file"),
        (b"a: " + b"[" * 40 + b"]" * 40, "plan.yaml:1:35", "nesting deeper than 32 is not allowed in this file"),
        (b"- 1\n" * 20_000, "plan.yaml:10000:3", "holding more than 10000 keys and values is not allowed"),
        (b"- a\n- b\n", "plan.yaml:1:1", "this entry must be a mapping of keys and values, this is a list"),
        (b"just words\n", "plan.yaml:1:1", "this entry must be a mapping"),
        (b"\tid: a\n", "plan.yaml:1:1", "a tab is not allowed"),
        (b"a: \x01\n", "plan.yaml:1:4", "an invisible character (U+0001)"),
    ],
)
def test_a_file_that_is_no_protocol_at_all(content, where, what, faults_of):
    first = faults_of(content)[0]
    assert first.where == where
    assert first.what.startswith(what)


def test_an_alias_bomb_is_refused_and_never_expanded(faults_of):
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 3000))
    faults = faults_of("a0: &a0 [x]\n" + levels)
    assert len(faults) == 100
    assert {fault.code for fault in faults} == {"yaml-forbidden"}


def test_a_file_without_constraints_is_an_error_not_a_pass(faults_of):
    head = GOOD[: GOOD.index("constraints:")]
    assert [(f.where, f.code) for f in faults_of(head + "constraints: []\n")] == [("plan.yaml:20:14", "no-constraints")]
    assert [(f.where, f.code) for f in faults_of(head)] == [("plan.yaml:1:1", "no-constraints")]


def test_loading_raises_one_error_with_every_fault(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD.replace("700 cc", "700").replace("structure: heart", "structure: hart"), encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:
        load_protocol(path)
    assert len(caught.value.faults) == 2
    assert str(caught.value).count("\n") == 1
    assert f"{path}:32:11: '>= 700' has no unit (write '>= 700 cc')" in str(caught.value)


def test_the_good_file_becomes_a_protocol(load):
    protocol = load(GOOD)
    assert (protocol.id, protocol.version, protocol.status) == ("example-5fx", "1.0", "template")
    assert (protocol.prescription.target, protocol.prescription.fractions) == ("ptv", (3, 5))
    assert (protocol.prescription.min_gy, protocol.prescription.max_gy) == (30.0, 60.0)
    assert protocol.roles["ptv"].many
    assert protocol.roles["ptv"].kind == "target"
    assert protocol.roles["liver_spared"].derive.roles == {"liver", "ctv"}
    assert [row.id for row in protocol.constraints] == ["PTV-COVERAGE", "LIVER-SPARED", "CORD-MAX", "HEART-MEAN"]
    cord = protocol.constraints[2]
    assert cord.where.endswith("plan.yaml:35:5")
    assert cord.goal.always is None
    assert cord.goal.at(5).value == 25.3
    assert cord.goal.at(4) is None
    assert cord.acceptable.at(3) is None
    assert (cord.evidence, cord.verify) == ("M-hi", True)
    heart = protocol.constraints[3]
    assert heart.is_report
    assert not heart.required
    rule = protocol.checks["dose-grid-spacing"]
    assert (rule.goal.value, rule.goal.unit, rule.acceptable.text) == (2.5, Unit.MM, "<= 3 mm")


def test_one_number_of_fractions_and_one_dose(load):
    text = GOOD.replace("[3, 5]", "5").replace("{min: 30 Gy, max: 60 Gy}", "50 Gy")
    text = text.replace('3: "<= 20.3 Gy", ', "")
    protocol = load(text)
    assert protocol.prescription.fractions == (5,)
    assert protocol.prescription.single_gy == 50.0


def test_the_hash_follows_the_content_and_not_the_layout(load):
    same = GOOD.replace("[3, 5]", "[5, 3]").replace('">= 95 %"', "'>=  95.0 %'").replace("# template | published", "")
    same = same.replace("report: true", "report: true\n    verify: false").replace("liver - ctv", "liver-ctv")
    same = same.replace('version: "1.0"\nstatus: template', 'status: template\nversion: "1.0"')
    digest = load(GOOD).sha256
    assert len(digest) == 64
    assert load(same).sha256 == digest
    for old, new in (
        ("25.3 Gy", "25.4 Gy"),
        ("<= 26 Gy", "< 26 Gy"),
        ("Author", "Writer"),
        ("verify: true\n", "verify: true\n    required: false\n"),
    ):
        assert load(GOOD.replace(old, new)).sha256 != digest


def test_which_dose_is_judged_is_part_of_the_protocol(load):
    usual, spelt_out = load(GOOD), load(GOOD + "dose: {type: PHYSICAL, summation: PLAN}\n")
    other = load(GOOD + "dose: {type: EFFECTIVE, summation: MULTI_PLAN}\n")
    assert (usual.dose_kind, usual.dose_summation) == ("PHYSICAL", "PLAN")
    assert (other.dose_kind, other.dose_summation) == ("EFFECTIVE", "MULTI_PLAN")
    assert usual.sha256 == spelt_out.sha256 != other.sha256


def test_long_texts_lose_their_line_breaks(load):
    text = GOOD.replace("why: Enough of the target receives", "why: >-\n      Enough of the target\n      receives")
    assert load(text).constraints[0].why == "Enough of the target receives the prescription."


def test_windows_line_ends_and_a_byte_order_mark_are_read(faults_of):
    assert faults_of(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode()) == ()


def test_an_unknown_id_lists_what_is_shipped_and_what_is_near():
    with pytest.raises(UsageError, match=r"unknown protocol 'crlm-liver-bed-5f' \(did you mean 'crlm-liver-bed-5fx'"):
        load_protocol("crlm-liver-bed-5f")
    with pytest.raises(UsageError, match=r"unknown protocol 'qqqq' \(shipped are crlm-liver-bed-3fx, "):
        load_protocol("qqqq")


def test_a_missing_file_and_a_folder_are_wrong_usage(tmp_path):
    with pytest.raises(UsageError, match="there is no protocol file"):
        load_protocol(tmp_path / "none.yaml")
    with pytest.raises(UsageError, match="is not a protocol file"):
        load_protocol(tmp_path)


def test_a_path_object_is_never_an_id(tmp_path, monkeypatch):
    from pathlib import Path

    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match="there is no protocol file"):
        load_protocol(Path("crlm-liver-bed-5fx"))


def test_linting_loads_no_arrays_and_no_polygons(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_text(GOOD.replace("checks:\n", "checks:\n  contour-gaps: {strict: true}\n"), encoding="utf-8")
    program = f"""
        import sys
        from sbrt_qa.protocol.load import lint
        from sbrt_qa.protocol.sentences import show
        assert lint({str(path)!r}) == ()
        print([name for name in ("numpy", "scipy", "shapely", "matplotlib", "pydicom") if name in sys.modules])
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(program)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
