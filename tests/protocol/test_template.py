"""The protocol to begin with is without fault, and its id is the user's own."""

from __future__ import annotations

import pytest

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.lint_hints import hints
from sbrt_qa.protocol.load import read_content
from sbrt_qa.protocol.template import template


def test_it_is_without_fault_and_gives_no_cause_for_hints():
    reading = read_content(template("our-liver-5fx").encode(), "own.yaml")
    assert not reading.faults
    assert hints(reading) == ()
    assert reading.protocol.id == "our-liver-5fx"
    assert all(row.verify for row in reading.protocol.constraints if not row.is_report)


@pytest.mark.parametrize(
    "word", ["", "Own", "own file", "a: b", "own\n", "015", "-a", "a#b", "ü", "a" * 65, "true", "null", "a # b"]
)
def test_an_odd_id_is_refused_with_a_remedy(word):
    with pytest.raises(UsageError, match="cannot be the id of a protocol"):
        template(word)


def test_the_id_of_a_shipped_protocol_is_taken():
    with pytest.raises(UsageError, match="give your own file an id of its own"):
        template("tg101-abdomen")
