"""The list of attributes agrees with the DICOM dictionary."""

from __future__ import annotations

import pytest
from pydicom.datadict import keyword_for_tag

from sbrt_qa.dicom.tags import Tag


@pytest.mark.parametrize("tag", Tag)
def test_keyword_is_the_dictionary_s(tag):
    assert keyword_for_tag(tag) == tag.name


def test_text_names_keyword_and_number():
    assert str(Tag.DoseGridScaling) == "DoseGridScaling (3004,000E)"
