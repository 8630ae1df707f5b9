from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from sbrt_qa.metrics import kinds
from sbrt_qa.metrics._ntcp_models import MODELS
from sbrt_qa.metrics._prefix import PREFIXES

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def page():
    return runpy.run_path(str(DOCS / "make_metrics.py"))["page"]()


def test_the_page_is_up_to_date(page):
    written = (DOCS / "metrics.md").read_text(encoding="utf-8")
    assert written == page, "the metrics have changed: run python docs/make_metrics.py"


def test_the_page_holds_every_metric_prefix_and_model(page):
    for kind in kinds().values():
        assert f"## `{kind.key}`: {kind.title}" in page
        assert kind.formula in page
        assert kind.reference in page
    for entry in (*kinds().values(), *PREFIXES):
        for text in (*entry.good, *entry.bad):
            assert f"`{text}`" in page
    for model in MODELS.values():
        assert f"| `{model.name}` | {model.n:g} | {model.m:g} | {model.td50_gy:g} Gy |" in page
