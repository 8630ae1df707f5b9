"""What axe-core finds on the page, in both themes and on a narrow screen: no serious and no critical fault."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import cycle
from pathlib import Path

import pytest
from devtools import Tab

import sbrt_qa as qa
from sbrt_qa.protocol.finding import Verdict

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
ASK = """axe.run(document).then(result => JSON.stringify({
  passed: result.passes.map(rule => rule.id),
  faults: result.violations.map(rule => ({
    id: rule.id, impact: rule.impact,
    where: rule.nodes.map(node => `${node.html.slice(0, 200)} ${node.failureSummary}`),
  })),
}))"""


@pytest.fixture(scope="module")
def axe():
    if not AXE.is_file():
        pytest.skip("needs axe-core (npm install --no-save axe-core)")
    return AXE.read_text(encoding="utf-8")


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


def serious(answer):
    return [fault for fault in answer["faults"] if fault["impact"] in {"serious", "critical"}]


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
