"""A record read back is the evaluation it was written from; one that was edited is refused."""

import json

import pytest

from sbrt_qa.errors import CaseError, UsageError
from sbrt_qa.report.read_record import read_record
from sbrt_qa.report.record import FORMAT, record


@pytest.fixture
def written(mixed, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(FORMAT.write(mixed))
    return path


def test_what_is_written_is_read_back(mixed, written):
    again = record(read_record(written))
    first = record(mixed)
    assert again.keys() == first.keys()
    for key in first.keys() - {"curves"}:
        assert again[key] == first[key], key
    for one, other in zip(again["curves"], first["curves"], strict=True):
        assert {k: v for k, v in one.items() if k not in {"edges_gy", "cumulative_cc"}} == pytest.approx(
            {k: v for k, v in other.items() if k not in {"edges_gy", "cumulative_cc"}}
        )


def edited(path, change):
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def row(content, name):
    return next(found for found in content["findings"] if found["constraint"] == name)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda c: c.update(verdict="PASS"), "the record says PASS, but its rows make it FAIL"),
        (lambda c: row(c, "UW5-DUO").update(verdict="PASS"), "'UW5-DUO' of the record does not follow"),
        (lambda c: row(c, "UW5-DUO").update(verdict="VARIATION"), "'UW5-DUO' of the record does not follow"),
        (lambda c: row(c, "PTV-COVERAGE").update(verdict="PASS"), "'PTV-COVERAGE'"),
        (lambda c: row(c, "KIDNEY-L").update(verdict="FAIL"), "'KIDNEY-L'"),
        (lambda c: row(c, "KIDNEY-L").update(goal="at most 10"), "'KIDNEY-L'"),
        (lambda c: row(c, "KIDNEY-L").update(value=None), "'KIDNEY-L'"),
        (lambda c: row(c, "CORD-MAX").update(reason=[]), "'CORD-MAX'"),
        (lambda c: c.update(schema="sbrt-qa/evaluation/2"), "schema: Input should be"),
        (lambda c: c.update(findings=5), "findings"),
        (lambda c: c.update(more=1), "more"),
        (lambda c: row(c, "UW5-DUO").update(value="32"), "value"),
        (lambda c: c["curves"][0].update(volume_cc=-1.0), "curves.0.volume_cc"),
        (lambda c: c["curves"][0]["edges_gy"].pop(), "is none"),
        (lambda c: c["curves"][0]["cumulative_cc"].reverse(), "is none"),
        (lambda c: c["curves"][0].update(covered=0.5), "is none"),
        (lambda c: c["provenance"].pop("sampling"), "conventions"),
        (lambda c: c["provenance"]["sampling"].update(end_cap="other"), "conventions"),
        (lambda c: c["case"].update(files=3), "case.files"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(written, change, says):
    with pytest.raises(CaseError) as caught:
        read_record(edited(written, change))
    assert says in str(caught.value)
    assert caught.value.code == "record-unreadable"


def test_a_record_without_a_protocol_is_never_decided(make_evaluation, make_check, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(FORMAT.write(make_evaluation([], [make_check()], protocol=None)))
    with pytest.raises(CaseError, match="judged without a protocol"):
        read_record(path)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"\xff\xfe", b'{"schema": NaN}', b'{"a": 1e999}', b'{"a": 1, "a": 2}', b"[" * 100_000],
)
def test_what_is_no_record_is_refused(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(CaseError, match="the record is"):
        read_record(path)


def test_a_record_that_cannot_be_opened_was_asked_wrongly(tmp_path):
    with pytest.raises(UsageError, match="cannot be opened"):
        read_record(tmp_path / "none.json")


def test_a_variation_turned_to_fail_by_strict_holds(mixed, tmp_path):
    path = tmp_path / "a.json"
    path.write_bytes(FORMAT.write(mixed))
    edited(path, lambda content: row(content, "PTV-COVERAGE").update(verdict="FAIL"))
    assert read_record(path).verdict.value == "FAIL"
