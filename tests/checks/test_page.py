from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from sbrt_qa.checks import checks

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def maker():
    return runpy.run_path(str(DOCS / "make_checks.py"))


@pytest.fixture(scope="module")
def page(maker):
    return maker["page"]()


def test_the_page_of_reason_codes_is_up_to_date(maker):
    written = (DOCS / "reason-codes.md").read_text(encoding="utf-8")
    assert written == maker["codes_page"](), "reason codes have changed: run python docs/make_checks.py"


def test_the_page_is_up_to_date(page):
    written = (DOCS / "checks.md").read_text(encoding="utf-8")
    assert written == page, "the checks have changed: run python docs/make_checks.py"


def test_the_page_holds_every_check_and_code(page):
    for check in checks().values():
        assert f"## `{check.id}`: {check.title}" in page
        for text in (check.why, check.mend, check.source, *check.meanings.values()):
            assert text in page
        for code in check.codes:
            assert f"| `{code}` |" in page
