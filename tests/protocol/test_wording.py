"""Sentences of checks begin with a capital and end with a full stop, so that several of them can be read in a row."""

from __future__ import annotations

import pytest

from sbrt_qa.errors import CaseError
from sbrt_qa.protocol.evaluate import refuse
from sbrt_qa.protocol.wording import as_sentence


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("no structure fills 'cord'", "No structure fills 'cord'."),
        ("'ctv' cannot be decided.", "'ctv' cannot be decided."),
        ("2 plans", "2 plans."),
    ],
)
def test_a_statement_becomes_a_sentence(text, sentence):
    assert as_sentence(text) == sentence


def test_the_reason_why_a_case_could_not_be_read_is_a_sentence():
    (reading, _) = refuse(CaseError("there is no RTDOSE object", mend="export it", code="dose-missing"), None).checks
    assert reading.sentence == "There is no RTDOSE object (export it)."
