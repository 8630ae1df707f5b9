"""Planted faults: ``protocols lint`` refuses each with exit code 2, at its line and column, and says how to mend it."""

from __future__ import annotations

import pytest

GOOD = """\
schema: sbrt-qa/protocol/1
id: example-5fx
title: Example, 5 fractions
version: "1.0"
status: template
sources:
  own: Our own rule
prescription:
  target: ptv
  fractions: [3, 5]
  dose: {min: 30 Gy, max: 60 Gy}
structures:
  ptv:    {type: target, names: [PTVsb]}
  liver:  {names: [Liver]}
  cord:   {names: [SpinalCord]}
  spared: {derive: "liver - ptv"}
  prv:    {derive: "grow(cord, 5 mm)"}
constraints:
  - id: COVER
    structure: ptv
    metric: V100%[%]
    goal: ">= 95 %"
    acceptable: ">= 90 %"
    source: own
  - id: SPARED
    structure: spared
    metric: CV15Gy[cc]
    goal: ">= 700 cc"
    required: false
    source: own
  - id: CORD
    structure: cord
    metric: D0.035cc[Gy]
    goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}
    source: own
    why: Myelopathy.
  - id: PRV-MEAN
    structure: prv
    metric: Mean[Gy]
    report: true
checks:
  dose-grid-spacing: {goal: "<= 2.5 mm", acceptable: "<= 3 mm"}
"""

# name: (what of the good file is exchanged, for what, with ¤ where the fault stands; words of the remedy)
FAULTS = {
    "duplicate key": ("status: template", "status: template\n¤status: published", "keep one of the two"),
    "duplicate key in a row": ("    why: Myelopathy.", "    ¤source: own", "keep one of the two"),
    "duplicate structure": ("  prv: ", "  ¤cord: {names: [Myelon]}\n  prv: ", "keep one of the two"),
    "duplicate id": ("- id: CORD", "- id: ¤COVER", "give each constraint its own id"),
    "015": ('"1.0"', "¤015", "write it without, or in quotes for text"),
    "octal": ("[3, 5]", "[3, ¤0o5]", "write it in decimal"),
    "hexadecimal": ("[3, 5]", "[3, ¤0x5]", "write it in decimal"),
    "sexagesimal 1:30": ("[3, 5]", "¤1:30", "write a plain number without quotes, colon or unit"),
    "on": ("report: true", "report: ¤on", "write true"),
    "yes": ("report: true", "report: ¤yes", "write true"),
    "no": ("required: false", "required: ¤no", "write false"),
    "off as a name": ("[Liver]", "[¤false]", 'write it in quotes: "false"'),
    "a date": ('"1.0"', "¤2024-05-01", "write it in quotes"),
    "a time stamp": ('"1.0"', "¤2024-05-01T10:00:00Z", "write it in quotes"),
    "a number for text": ('"1.0"', "¤1.0", 'write it in quotes: "1.0"'),
    "text for a number": ("[3, 5]", '¤"5"', "write a plain number without quotes"),
    "half a fraction": ("[3, 5]", "[3, ¤2.5]", "write a whole number"),
    "no fractions": ("[3, 5]", "[3, ¤0]", "write a whole number from 1 on"),
    "a list for text": ("metric: Mean[Gy]", "metric: ¤[Mean]", "write text"),
    "text for a list": ("[Liver]", "¤Liver", "write it in brackets: [Liver]"),
    "a mapping for a list": ("constraints:\n", "constraints: ¤{a: 1}\nx:\n", "write [a, b]"),
    "no value": ("why: Myelopathy.", "¤why:", "give it a value, or leave the key out"),
    "missing unit": ('">= 700 cc"', '¤">= 700"', "write '>= 700 cc'"),
    "missing unit of a metric": ("metric: Mean[Gy]", "metric: ¤Mean", "write Mean[Gy] or Mean[%]"),
    "Gy for cc": ('">= 700 cc"', '¤">= 700 Gy"', "give the number in cc, or choose a metric in Gy"),
    "cGy for Gy": ('"<= 20.3 Gy"', '¤"<= 2030 cGy"', "write '<= 20.3 Gy'"),
    "cm3 for cc": ('">= 700 cc"', '¤">= 700 cm3"', "write '>= 700 cc'"),
    "% for cc": ('">= 700 cc"', '¤">= 70 %"', "give the number in cc, or choose a metric in %"),
    "cm for mm": ('"<= 3 mm"', '¤"<= 0.3 cm"', "write '<= 3 mm'"),
    "swapped sense": ('">= 90 %"', '¤"<= 90 %"', "write it with >= like the goal"),
    "acceptable stricter than goal": ('">= 90 %"', '¤">= 99 %"', "exchange the two, or remove acceptable"),
    "a limit that every plan meets": ('">= 95 %"', '¤">= 0 %"', "check the number, or write report: true"),
    "percent above 100": ('">= 95 %"', '¤">= 950 %"', "check the number"),
    "comparison missing": ('">= 700 cc"', '¤"700 cc"', "write for instance '<= 700 cc'"),
    "comparison =": ('">= 700 cc"', '¤"= 700 cc"', "write <= or >= instead of ="),
    "comparison ≥": ('">= 700 cc"', '¤"≥ 700 cc"', "write >= instead of ≥"),
    "nan": ('">= 700 cc"', '¤">= nan cc"', "write a number"),
    "inf": ('"<= 20.3 Gy"', '¤"<= inf Gy"', "write a number"),
    ".nan": ('">= 700 cc"', "¤.nan", "write a number"),
    "negative": ('">= 700 cc"', '¤">= -700 cc"', "doses, volumes and lengths are not"),
    "decimal comma": ('"<= 20.3 Gy"', '¤"<= 20,3 Gy"', "write a decimal point: '<= 20.3 Gy'"),
    "exponent": ('">= 700 cc"', '¤">= 7e2 cc"', "write the number out, without an exponent"),
    "garbage behind a limit": ('">= 700 cc"', '¤">= 700 cc of liver"', "write for instance '>= 25.3 cc'"),
    "unknown role": ("structure: cord", "structure: ¤chord", "did you mean 'cord'?"),
    "unknown target": ("target: ptv", "target: ¤gtv", "did you mean 'ptv'?"),
    "target is no target": ("target: ptv", "target: ¤liver", "write type: target at structure 'liver'"),
    "unknown source": ("    source: own\n    why", "    source: ¤owm\n    why", "did you mean 'own'?"),
    "unknown check": ("  dose-grid-", "  ¤dose-grid-spaceing: {strict: true}\n  dose-grid-", "'dose-grid-spacing'"),
    "misspelt key": ("why: Myelopathy.", "¤wy: Myelopathy.", "did you mean 'why'?"),
    "misspelt key at the top": ("status: template", "¤statos: template\nstatus: template", "did you mean 'status'?"),
    "misspelt metric": ("metric: Mean[Gy]", "metric: ¤Maen[Gy]", "did you mean Mean[Gy]"),
    "metric in other capitals": ("metric: Mean[Gy]", "metric: ¤mean[Gy]", "did you mean Mean[Gy]"),
    "D700cc": ("D0.035cc[Gy]", "¤D700cc[Gy]", "write DC700cc[Gy] for the coldest part"),
    "D150cc behind a prefix": ("D0.035cc[Gy]", "¤EQD2(ab=3):D150cc[Gy]", "or CV15Gy[cc] for the volume below 15 Gy"),
    "D101%": ("D0.035cc[Gy]", "¤D101%[Gy]", "a part is more than 0 and at most 100 %"),
    "cyclic derivation": ('"liver - ptv"', '¤"spared - ptv"', "derive it from contoured structures"),
    "long cycle": ('"liver - ptv"}', '¤"x - ptv"}\n  x: {derive: "spared + cord"}', "derive it from contoured"),
    "derived from nothing known": ('"liver - ptv"', '¤"lever - ptv"', "did you mean 'liver'?"),
    "expression cut": ('"liver - ptv"', '¤"liver -"', "expected a structure"),
    "empty list of rows": ("constraints:\n", "constraints: ¤[]\nx:\n", "an empty list is an error, not a pass"),
    "empty list of names": ("[Liver]", "¤[]", "give it a value, or leave the key out"),
    "empty text": ("why: Myelopathy.", 'why: ¤""', "give it a value, or leave the key out"),
    "wrong schema": ("sbrt-qa/protocol/1", "¤sbrt-qa/protocol/2", "write 'sbrt-qa/protocol/1'"),
    "no such status": ("status: template", "status: ¤draft", "write 'template' or 'published'"),
    "no such evidence": ("why: Myelopathy.", "evidence: ¤A", "write 'S', 'S2', 'C' or 'M-hi'"),
    "recalled number not marked": ("why: Myelopathy.", "evidence: ¤M-hi", "add verify: true"),
    "tab for indentation": ("  own: Our", "¤\town: Our", "write blanks"),
    "tab between": ("status: template", "status:¤\ttemplate", "write blanks"),
    "NUL byte": ("Our own rule", "Our¤\0own rule", "remove it"),
    "invisible character": ("Our own rule", "Our¤\u200b own rule", "remove it"),
    "text turned round": ("Our own rule", "Our¤\u202e own rule", "remove it"),
    "anchor": ("{names: [Liver]}", "¤&a {names: [Liver]}", "leave it out"),
    "alias": ("{names: [Liver]}", "¤*a", "write the value out; in quotes when it is text"),
    "tag": ("{names: [Liver]}", "¤!!map {names: [Liver]}", "leave it out; in quotes when it is text"),
    "python tag": ("title: Example, 5 fractions", "title: ¤!!python/object/apply:os.system [ls]", "leave it out"),
    "merge key": ("  prv: ", "  ¤<<: {names: [Liver]}\n  prv: ", "write the keys out"),
    "second document": ("checks:\n", "¤---\nchecks:\n", "write one document a file"),
    "directive": ("schema:", "¤%YAML 1.1\n---\nschema:", "leave it out"),
    "trailing garbage": (
        'acceptable: "<= 3 mm"}\n',
        'acceptable: "<= 3 mm"} ¤}\n',
        "check the indentation, colons, br",
    ),
    "unclosed quote": ('acceptable: "<= 3 mm"', "acceptable: ¤'<= 3 mm", "close what is opened here"),
    "unclosed quote that meets another": (
        '"liver - ptv"}\n  prv:    {derive: "',
        '¤"liver - ptv}\n  prv:    {derive: "',
        "close them at the end of their text",
    ),
    "unclosed bracket": ("[3, 5]\n  dose", "¤[3, 5\n  dose", "close what is opened here"),
    "condition on nothing known": (
        "why: Myelopathy.",
        'when: {structure: ¤lever, metric: "Mean[Gy]", is: "> 9 Gy"}',
        "did you mean 'liver'?",
    ),
    "columns of two kinds": ('5: "<= 25.3 Gy"', '¤50 Gy: "<= 25.3 Gy"', "give all columns the same kind of key"),
    "a name that never matches": ("[Liver]", "[Liver, ¤z_Liver]", "remove it"),
}


def planted(old: str, new: str) -> tuple[str, str]:
    assert GOOD.count(old) == 1, old
    text = GOOD.replace(old, new)
    before = text[: text.index("¤")]
    return text.replace("¤", ""), f"{before.count(chr(10)) + 1}:{len(before) - before.rfind(chr(10))}"


@pytest.fixture
def lint(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def call(content: str | bytes):
        (tmp_path / "plan.yaml").write_bytes(content if isinstance(content, bytes) else content.encode())
        result = run("protocols", "lint", "plan.yaml")
        assert "Traceback" not in result.stderr
        assert "internal error" not in result.stderr
        return result

    return call


def test_the_good_file_is_accepted(lint):
    result = lint(GOOD)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "plan.yaml: OK\n", "")


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_refused_at_its_place_with_a_remedy(name, lint):
    old, new, mend = FAULTS[name]
    text, place = planted(old, new)
    result = lint(text)
    assert result.exit_code == 2
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if line.startswith(f"plan.yaml:{place}: ")]
    assert lines, result.stderr
    assert all(line.endswith(")") for line in lines)
    assert mend in lines[0]


WHOLE = {
    "an alias bomb of 10 MB": (b"a: &a [x]\n" + b"b: [*a, *a, *a]\n" * 620_000, "1:1", "at most 256 KB are read"),
    "a smaller alias bomb": (b"a: &a [x]\n" + b"b: &b [*a, *a, *a]\n" * 9_000, "1:4", "leave it out"),
    "not UTF-8": (GOOD.replace("Our own", "Unsere f\xfcr").encode("latin-1"), "7:16", "save the file as UTF-8"),
    "UTF-16": (GOOD.encode("utf-16"), "1:1", "save the file as UTF-8"),
    "UTF-16 without a mark": (GOOD.encode("utf-16-le"), "1:2", "save the file as UTF-8"),
    "a second byte order mark": (b"\xef\xbb\xbf\xef\xbb\xbf" + GOOD.encode(), "1:1", "remove it"),
    "empty": (b"", "1:1", "protocols show"),
    "only a comment": (b"# schema: sbrt-qa/protocol/1\n", "1:1", "protocols show"),
    "a list": (b"- schema: sbrt-qa/protocol/1\n", "1:1", "write a mapping of keys and values"),
    "brackets without end": (b"a: " + b"[" * 200_000, "1:35", "write it flatter"),
    "JSON with a comma too many": (b'{"schema": "sbrt-qa/protocol/1",, "id": "a"}', "1:33", "brackets and quotes"),
    "a names file": (b"schema: sbrt-qa/names/1\nstructures: {}\n", "1:9", "write 'sbrt-qa/protocol/1'"),
}  # fmt: skip


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_that_is_wrong_as_a_whole_is_refused_at_its_place(name, lint):
    content, place, mend = WHOLE[name]
    result = lint(content)
    assert result.exit_code == 2
    lines = [line for line in result.stderr.splitlines() if line.startswith(f"plan.yaml:{place}: ")]
    assert lines, result.stderr[:500]
    assert mend in lines[0]


def test_a_byte_order_mark_shifts_no_place(lint):
    text, place = planted(*FAULTS["misspelt key"][:2])
    assert f"plan.yaml:{place}: unknown key 'wy'" in lint(b"\xef\xbb\xbf" + text.encode()).stderr
    assert lint(b"\xef\xbb\xbf" + GOOD.encode()).exit_code == 0


def test_line_ends_of_other_systems_shift_no_line(lint):
    text, place = planted(*FAULTS["misspelt key"][:2])
    assert f"plan.yaml:{place}: unknown key 'wy'" in lint(text.replace("\n", "\r\n")).stderr


def test_warnings_are_told_and_do_not_change_the_exit_code(lint):
    result = lint(GOOD.replace('"<= 20.3 Gy"', '">= 20.3 Gy"').replace(', 5: "<= 25.3 Gy"', ""))
    assert (result.exit_code, result.stdout) == (0, "plan.yaml: OK (2 warnings)\n")
    assert result.stderr == (
        "plan.yaml:34:11: warning: there is no limit for 5 fractions, which this protocol is for: the row is UNDECIDED "
        "there (add the column, or leave the row to a protocol of its own)\n"
        "plan.yaml:34:15: warning: '>= 20.3 Gy' points against the usual sense of D0.035cc[Gy] of 'cord' "
        "(did you mean '<= 20.3 Gy'? Keep it when the source says so)\n"
    )
