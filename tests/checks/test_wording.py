from __future__ import annotations

import pytest

from sbrt_qa.checks._wording import listed, short


@pytest.mark.parametrize(
    ("uid", "text"),
    [("", "none"), ("1.2.840.1000", "1.2.840.1000"), ("1.2.840.113619.604688", "…13619.604688")],
)
def test_uids_are_shortened_to_their_last_twelve_characters(uid, text):
    assert short(uid) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (list("abcde"), "a, b, c, d and e"),
        (list("abcdefg"), "a, b, c, d, e and 2 more"),
    ],
)
def test_long_lists_are_counted(words, text):
    assert listed(words) == text
