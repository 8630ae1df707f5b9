"""A number that is not yet checked against its source is marked in every report."""

from __future__ import annotations

import json

import pytest

from sbrt_qa.report._catalogue import formats
from sbrt_qa.report.terminal import render


@pytest.fixture
def marked(make_evaluation, make_finding, make_curve):
    def make(*, verify: bool):
        return make_evaluation([make_finding(verify=verify)], curves=[make_curve("Duodenum", 20.0, 60.0)])

    return make


@pytest.mark.parametrize("suffix", sorted(set(formats()) - {".rtstruct.dcm"}))  # contours, and no limits
def test_every_format_shows_what_is_not_yet_checked(suffix, marked):
    """A format that has nothing to say about it writes the same with and without the mark."""
    write = formats()[suffix].write
    assert write(marked(verify=True)) != write(marked(verify=False))


def test_the_mark_is_in_words_where_people_read(marked):
    said = "verify: this number has not yet been checked against its source."
    assert said in render(marked(verify=True))
    assert said not in render(marked(verify=False))
    page = formats()[".html"].write(marked(verify=True)).decode()
    assert said in page
    assert '<span class="tag">verify</span>' in page
    drawn = formats()[".svg"].write(marked(verify=True)).decode()
    assert "verify: 1 number not yet checked" in drawn
    (finding,) = json.loads(formats()[".json"].write(marked(verify=True)))["findings"]
    assert finding["verify"] is True


def test_a_reported_row_says_on_the_page_why_it_is_reported(make_evaluation, make_finding):
    why = "Published for lung: less than 4.5 at 22 cc."
    row = make_finding(verdict=None, goal="", goal_value=None, margin=None, why=why)
    assert why in formats()[".html"].write(make_evaluation([row])).decode()
