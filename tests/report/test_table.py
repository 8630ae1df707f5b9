import csv
import io

import pytest

from sbrt_qa.report import table


def rows(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def test_one_row_per_finding_then_one_per_check(mixed):
    found = rows(table.FORMAT.write(mixed))
    assert [row["id"] for row in found] == [f.constraint for f in mixed.findings] + [c.id for c in mixed.checks]
    assert [row["kind"] for row in found] == ["finding"] * 8 + ["check"] * 3
    assert all(None not in row and None not in row.values() for row in found)


def test_numbers_are_plain_and_complete(mixed):
    found = {row["id"]: row for row in rows(table.FORMAT.write(mixed))}
    assert found["STOMACH-MAX"]["value"] == "30.0004"
    assert found["UW5-DUO"]["margin"] == "-2.41"
    assert (found["LIVER-SPARED"]["low"], found["LIVER-SPARED"]["high"]) == ("1001.0", "1020.0")
    assert found["CORD-MAX"]["value"] == ""
    assert found["HEART-MEAN"]["verdict"] == ""
    assert found["contour-gap"]["verdict"] == "VARIATION"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
def test_no_name_is_a_formula(make_evaluation, make_finding, start):
    name = f'{start}HYPERLINK("http://x","y")'
    row = rows(table.FORMAT.write(make_evaluation([make_finding(roi=name, sentence=name)])))[0]
    assert row["roi"].startswith("'")
    assert row["sentence"].startswith("'")
    assert row["roi"][2:] == name[1:]


def test_lines_end_and_cells_are_quoted_as_rfc_4180_says(make_evaluation, make_finding):
    content = table.FORMAT.write(make_evaluation([make_finding(sentence='He said "no", twice.\nThen left.')]))
    assert content.count(b"\r\n") == 2
    assert b"\n" not in content.replace(b"\r\n", b"")
    assert b'"He said ""no"", twice.' in content
    assert b'\xef\xbf\xbdThen left."' in content


def test_curves_keep_every_edge(make_curve):
    curve = make_curve("-Liver", 20.0, 50.0)
    found = rows(table.FORMAT.curves([curve]))
    assert len(found) == curve.edges_gy.size
    assert {row["structure"] for row in found} == {"'-Liver"}
    assert [float(found[0][key]) for key in ("dose_gy", "volume_cc", "volume_percent")] == [0.0, 50.0, 100.0]
    assert found[7]["dose_gy"] == "0.07"
