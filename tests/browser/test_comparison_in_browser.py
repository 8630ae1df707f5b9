"""The page of a comparison in a real browser: both curves of a structure, read by one crosshair."""

import numpy as np
import pytest

from sbrt_qa.histogram.curve import DVH
from sbrt_qa.protocol.comparison import compare
from sbrt_qa.protocol.finding import Evaluation, Finding, Verdict
from sbrt_qa.report.comparison.writing import write_comparison


def curve(name, end_gy):
    """A straight fall from the whole volume at 1 Gy to none."""
    edges = np.array([0.0, 1.0, end_gy, end_gy + 1.0])
    return DVH(name, edges, np.array([80.0, 80.0, 0.0, 0.0]), 80.0, (1.0, (1 + end_gy) / 2, end_gy))


def side(verdict, gy):
    found = Finding(
        "DUO", "duodenum", "Max[Gy]", "Duodenum", 7, verdict, gy, "Gy", (gy, gy), "<= 30 Gy", "", 30.0, 30.0 - gy,
        borderline=False, reason=(), sentence=f"It is {gy} Gy.",
    )  # fmt: skip
    prescription = {"gy": 50.0, "fractions": 5, "source": "plan"}
    curves = (curve("Duodenum", gy), curve("Liver", 40.0))
    return Evaluation(verdict, (found,), (), {"id": "1", "plan_label": "P"}, None, prescription, curves)


@pytest.fixture(scope="module")
def judged():
    return side(Verdict.PASS, 21.0), side(Verdict.FAIL, 41.0)


@pytest.fixture(scope="module")
def written(judged, tmp_path_factory):
    path = tmp_path_factory.mktemp("comparison") / "compared.html"
    write_comparison(compare(*judged), [path])
    return path


def test_the_crosshair_reads_both_curves_of_a_structure(open_page, written, judged):
    tab = open_page(written, (1600, 1000), media=[("prefers-color-scheme", "dark")])
    assert "A is PASS, B is FAIL" in tab.js("document.body.innerText")
    row = "document.querySelector('#dvh-read tbody tr')"
    assert tab.js(f"{row}.textContent") == "Duodenum"
    tab.js("sbrtQa.curves.reads(2.5, 10)")
    texts = tab.js(f"[...{row}.cells].slice(1).map(cell => cell.textContent)")
    curves = [next(c for c in side.curves if c.name == "Duodenum") for side in judged]
    volumes = [100 * c.volume_at(gy=2.5) / c.volume_cc for c in curves]
    read = [float(text.split()[0]) for text in texts]
    assert read == pytest.approx([*volumes, *(c.dose_at(percent=10) for c in curves)], abs=0.11)
    lines = "document.querySelectorAll('#dvh polyline').length"
    before = tab.js(lines)
    tab.js(f"{row}.querySelector('input').click()")
    assert tab.js(lines) == before - 2
    tab.js("document.getElementById('dvh-none').click()")
    assert tab.js(lines) == 0
    assert tab.faults() == []
    assert tab.requests() == []


@pytest.mark.parametrize("size", [(390, 844), (1600, 1000)])
def test_nothing_sticks_out_sideways_and_dashes_tell_the_sides_apart(open_page, written, size):
    tab = open_page(written, size)
    assert tab.js("document.documentElement.scrollWidth") <= size[0]
    dashes = "[...document.querySelectorAll('#dvh polyline')].map(line => line.getAttribute('stroke-dasharray'))"
    assert set(tab.js(dashes)) == {"none", "7 2"}
    assert tab.faults() == []
