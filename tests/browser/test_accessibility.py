"""What axe-core finds on the page, in both themes and on a narrow screen: no serious and no critical fault."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from axe import ASK, serious
from devtools import Tab

import sbrt_qa as qa
from sbrt_qa.protocol.finding import Verdict

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def tab(chromium, axe, tmp_path_factory):
    """One page with every verdict on it, everything on it unfolded."""
    case = qa.read_case(ROOT / "sample_dicom" / "duodenum-overdose")
    evaluation = qa.evaluate(case, qa.load_protocol("crlm-liver-bed-5fx"))
    words = cycle([*Verdict, None])
    evaluation = replace(
        evaluation,
        findings=tuple(replace(f, verdict=next(words), borderline=True) for f in evaluation.findings),
        checks=tuple(replace(c, verdict=next(words) or Verdict.FAIL) for c in evaluation.checks),
    )
    path = tmp_path_factory.mktemp("page") / "report.html"
    qa.write_report(evaluation, path)
    tab = Tab(chromium, path)
    tab.js(axe + "; document.querySelectorAll('details').forEach(part => { part.open = true; })")
    yield tab
    tab.close()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_no_serious_fault(tab, width, theme):
    tab.do("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    tab.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
    answer = json.loads(tab.js(ASK))
    assert serious(answer) == []
    assert set(answer["passed"]) >= {"color-contrast", "label", "button-name", "select-name", "list"}


def test_a_fault_would_be_found(open_page, axe, tmp_path):
    path = tmp_path / "bad.html"
    path.write_text("<!DOCTYPE html><html><title>x</title><p style='color:#bbb'>pale</p><img src='data:,'></html>")
    tab = open_page(path)
    tab.js(axe + "; undefined")
    assert {f["id"] for f in serious(json.loads(tab.js(ASK)))} >= {"color-contrast", "image-alt", "html-has-lang"}
