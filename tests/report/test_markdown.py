import re

import pytest

from sbrt_qa.report import markdown


def written(evaluation) -> str:
    return markdown.FORMAT.write(evaluation).decode("utf-8")


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def test_the_verdict_comes_first_and_the_worst_row_too(mixed):
    text = written(mixed)
    assert text.startswith(
        "# ✖ FAIL: LiverBed 5x10\n\n**Does not meet the protocol: 2 of 7 constraints failed, 1 undecided"
    )
    rows = [cells(line) for line in text.partition("## Scorecard")[2].partition("##")[0].strip().splitlines()]
    assert [row[2] for row in rows[2:5]] == ["UW5-DUO", "STOMACH-MAX", "CORD-MAX"]
    assert rows[2][:7] == ["✖ FAIL", "Duodenum", "UW5-DUO", "D0.5cc", "32.41 Gy", "≤ 30 Gy", "−2.41"]
    assert "exactly 30.0004 Gy" in rows[3][7]
    assert rows[4][0] == "◆ UNDECIDED"


def test_what_is_reported_stands_apart(mixed):
    text = written(mixed).partition("## Reported, not judged")[2].partition("##")[0]
    assert "| Heart | HEART-MEAN | Mean | 3.21 Gy | report |" in text


def test_every_check_is_listed(mixed):
    text = written(mixed).partition("## Checks")[2]
    assert text.index("VARIATION | Contours have no missing slices") < text.index("PASS | The dose is physical")


def test_a_case_without_a_protocol_says_so(make_evaluation, make_check):
    assert "| Protocol | none: only the integrity checks were run |" in written(
        make_evaluation(checks=[make_check()], protocol=None)
    )


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>x</script>", "&lt;script&gt;x&lt;/script&gt;"),
        ("a|b", r"a\|b"),
        ("a\\|b", r"a\\\|b"),
        ("![x](http://e.org)", r"\!\[x\](http\://e.org)"),
        ("www.e.org", r"www\.e.org"),
        ("a\n# b", "a\ufffd\\# b"),
        ("`$x$`", r"\`\$x\$\`"),
        ("me@e.org", "me&#64;e.org"),
        ("&lt;", "&amp;lt;"),
        ("PTV_1*2", r"PTV\_1\*2"),
        ("\u202e\x1b[31m", "\ufffd\ufffd\\[31m"),
    ],
)
def test_names_are_inert(make_evaluation, make_finding, name, shown):
    row = next(line for line in written(make_evaluation([make_finding(roi=name)])).splitlines() if "DUO-MAX" in line)
    assert cells(row)[1] == shown
    assert len(cells(row)) == 8
