"""The page as a person uses it, in a real browser, against the numbers of the record."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from devtools import Tab

import sbrt_qa as qa
from sbrt_qa.histogram.where import dose_at_points
from sbrt_qa.model import Grid, Identity, Image
from sbrt_qa.report.record import record

ROOT = Path(__file__).resolve().parents[2]
CASE = ROOT / "sample_dicom" / "duodenum-overdose"


def with_image(case):
    """A CT made up for the test: Hounsfield units that rise along x, 3 per mm, zero at x = 0."""
    x, y, z = (
        np.arange(axis[0] - 30, axis[-1] + 30, step)
        for axis, step in zip(
            (case.dose.grid.x_mm, case.dose.grid.y_mm, case.dose.grid.z_mm), (3.0, 3.0, 5.0), strict=True
        )
    )
    hu = np.broadcast_to(3 * x, (z.size, y.size, x.size))
    image = Image(Grid(x, y, z), hu.astype(np.int16), Identity("1.2.3", frame_uid=case.dose.frame_uid))
    return replace(case, load_image=lambda: image)


@pytest.fixture(scope="module")
def judged():
    case = with_image(qa.read_case(CASE))
    return case, qa.evaluate(case, qa.load_protocol("crlm-liver-bed-5fx"))


@pytest.fixture(scope="module")
def written(judged, tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "report.html"
    qa.write_report(judged[1], path)
    return path


@pytest.fixture(scope="module")
def tab(chromium, written):
    """One page for all tests that leave it as it is but for what is shown."""
    tab = Tab(chromium, written)
    yield tab
    tab.close()


def centre(tab, selector):
    """Middle of an element in the window, after bringing it into sight."""
    return tab.js(
        f"(() => {{ const e = document.querySelector('{selector}'); e.scrollIntoView({{block: 'center'}});"
        "const b = e.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, b.width, b.height]; })()"
    )


def test_the_page_stays_within_its_budget(written):
    assert written.stat().st_size < 1_500_000


def test_it_says_the_verdict_asks_for_nothing_and_complains_of_nothing(tab):
    assert "Does not meet the protocol: 3 of 24 constraints failed" in tab.js("document.body.innerText")
    assert tab.js("document.getElementById('slices-fault').textContent") == ""
    assert tab.faults() == []
    assert tab.requests() == []


def test_the_crosshair_reads_the_curves_of_the_record(tab, judged):
    names = [curve.name for curve in judged[1].curves if curve.statistics_gy]
    for name in ("Duodenum", "Liver", "PTVsb", "SpinalCord"):
        assert name in names
        curve = next(c for c in judged[1].curves if c.name == name)
        for gy in (0.0, 0.5, 12.34, 18.0, 49.5, 60.0, 80.0):
            read = tab.js(f"(p => p.volumeAt(p.curves.data.curves.find(c => c.name === '{name}'), {gy}))(sbrtQa)")
            assert read == pytest.approx(curve.volume_at(gy=gy), abs=6e-4 * curve.volume_cc)
        for share in (0.1, 2, 50, 95, 100):
            part = share / 100 * curve.volume_cc
            read = tab.js(f"(p => p.doseAt(p.curves.data.curves.find(c => c.name === '{name}'), {part}))(sbrtQa)")
            there = curve.volume_at(gy=read)
            assert abs(there - part) <= 1e-3 * curve.volume_cc or read == pytest.approx(
                curve.dose_at(cc=part), abs=0.05
            )


def test_the_mouse_moves_the_crosshair_and_the_table_follows(tab, judged):
    x, y, *_ = centre(tab, "#dvh svg.drawing")
    tab.mouse("mouseMoved", x, y)
    gy = tab.js("sbrtQa.curves.state.gy")
    curve = next(c for c in judged[1].curves if c.name == "Liver")
    row = tab.js(
        "[...document.querySelectorAll('#dvh-read tbody tr')].find(r => r.querySelector('.named').textContent"
        " === 'Liver').cells[1].textContent"
    )
    shown = float(re.search(r"([\d.]+) %", row)[1])
    assert shown == pytest.approx(100 * curve.volume_at(gy=gy) / curve.volume_cc, abs=0.11)
    assert f"V at {gy:.2f} Gy" in tab.js("document.getElementById('dvh-at-dose').textContent")


def test_toggles_units_and_zoom_redraw_the_curves(tab):
    lines = "document.querySelectorAll('#dvh polyline').length"
    label = "document.querySelector('#dvh svg.drawing').textContent"
    every = tab.js(lines)
    tab.js("document.querySelector('#dvh-read input').click()")
    assert tab.js(lines) == every - 1
    tab.js("document.getElementById('dvh-none').click()")
    assert tab.js(lines) == 0
    tab.js("document.getElementById('dvh-all').click()")
    for control, word in (("percent", "% of prescription"), ("cc", "Volume (cc)"), ("differential", "Volume per dose")):
        assert word not in tab.js(label)
        tab.js(f"document.getElementById('dvh-{control}').click()")
        assert word in tab.js(label)
        tab.js(f"document.getElementById('dvh-{control}').click()")
    x, y, width, _ = centre(tab, "#dvh svg.drawing")
    tab.mouse("mousePressed", x, y - 60, button="left", clickCount=1)
    tab.mouse("mouseMoved", x + width / 5, y + 60, button="left", buttons=1)
    tab.mouse("mouseReleased", x + width / 5, y + 60, button="left", clickCount=1)
    low, high = tab.js("sbrtQa.curves.state.x")
    assert 10 < low < high < 60
    tab.js("document.getElementById('dvh-whole').click()")
    assert tab.js("sbrtQa.curves.state.x") is None


def test_a_finding_leads_to_where_it_is_decided(tab, judged):
    scene = judged[1].load_scene()
    number = next(k for k, place in enumerate(scene.places) if place.constraint == "UW5-DUO")
    place = scene.places[number]
    tab.js(f"document.querySelector('button[data-place=\"{number}\"]').click()")
    point = tab.js("sbrtQa.slices.state.point")
    assert [point[axis] for axis in "xyz"] == pytest.approx(
        [place.spot.x_mm, place.spot.y_mm, place.spot.z_mm], abs=1e-3
    )
    assert tab.js("document.getElementById('slices-says').textContent") == place.sentence
    assert f"{place.spot.gy:.1f} Gy" in tab.js("document.getElementById('slices-point').textContent")
    assert tab.js("document.activeElement.id") == "view-axial"


def test_unpacked_dose_and_image_are_those_of_the_case(tab, judged):
    case, _ = judged
    rng = np.random.default_rng(7)
    grid = case.dose.grid
    for _ in range(12):
        x, y, z = (float(rng.uniform(axis[0], axis[-1])) for axis in (grid.x_mm, grid.y_mm, grid.z_mm))
        point = json.dumps({"x": x, "y": y, "z": z})
        exact = dose_at_points(case.dose, *(np.array([at]) for at in (x, y, z)))[0]
        assert tab.js(f"sbrtQa.valueAt(sbrtQa.slices.dose, {point})") == pytest.approx(exact, abs=0.02)
        # Soft tissue has a grey level each 2.5 HU, air and bone one each 20 and 40.
        within = 25 if -160 <= 3 * x <= 300 else 80
        assert tab.js(f"sbrtQa.valueAt(sbrtQa.slices.image, {point})") == pytest.approx(3 * x, abs=within)


def test_slices_scroll_by_wheel_keys_and_slider(tab):
    z = "sbrtQa.slices.state.point.z"
    x, y, *_ = centre(tab, "#view-axial")
    start = tab.js(z)
    tab.mouse("mouseWheel", x, y, deltaX=0, deltaY=120)
    assert tab.js(f"new Promise(done => setTimeout(() => done({z}), 150))") != start
    tab.js("document.getElementById('view-axial').focus()")
    before = tab.js(z)
    tab.key("ArrowUp")
    assert tab.js(z) == pytest.approx(before + 5.0)
    tab.key("Home")
    assert tab.js(z) == pytest.approx(tab.js("sbrtQa.slices.image.z[0]"))
    tab.js("(s => { s.value = 3; s.dispatchEvent(new Event('input')); })(document.getElementById('slider-axial'))")
    assert tab.js(z) == pytest.approx(tab.js("sbrtQa.slices.image.z[3]"))


def test_a_click_sets_the_point_of_all_three_slices(tab, judged):
    x, y, *_ = centre(tab, "#view-axial")
    tab.mouse("mousePressed", x, y, button="left", clickCount=1)
    tab.mouse("mouseReleased", x, y, button="left", clickCount=1)
    grid = judged[0].dose.grid
    point = tab.js("sbrtQa.slices.state.point")
    assert point["x"] == pytest.approx((grid.x_mm[0] + grid.x_mm[-1]) / 2, abs=1.0)
    assert point["y"] == pytest.approx((grid.y_mm[0] + grid.y_mm[-1]) / 2, abs=1.0)


def test_windows_and_layers_change_the_picture(tab):
    tab.js("sbrtQa.slices.show(-1)")
    picture = "document.getElementById('view-axial').toDataURL()"
    seen = {tab.js(picture)}
    for layer in ("image", "wash", "lines", "outlines", "crosshair"):
        tab.js(f"document.getElementById('layer-{layer}').click()")
        seen.add(tab.js(picture))
        tab.js(f"document.getElementById('layer-{layer}').click()")
    for window in ("liver", "lung", "bone"):
        tab.js(
            f"(s => {{ s.value = '{window}'; s.dispatchEvent(new Event('change')); }})"
            "(document.getElementById('slices-window'))"
        )
        seen.add(tab.js(picture))
    assert len(seen) == 9


def test_isolines_and_crossings_are_exact_on_a_plane(tab):
    plane = "Float32Array.from({length: 20}, (_, k) => 2 * (k % 5) + Math.floor(k / 5))"
    segments = tab.js(f"sbrtQa.isolines({plane}, 5, 4, 4.5)")
    assert segments
    for u0, v0, u1, v1 in segments:
        assert 2 * u0 + v0 == pytest.approx(4.5)
        assert 2 * u1 + v1 == pytest.approx(4.5)
    rings = "[[[0,0],[10,0],[10,10],[0,10]],[[4,4],[6,4],[6,6],[4,6]]]"
    assert tab.js(f"sbrtQa.crossings({rings}, 1, 5)") == [0, 4, 6, 10]
    assert tab.js("sbrtQa.niceStep(62, 12)") == 10


@pytest.mark.parametrize(("size", "theme"), [((390, 844), "dark"), ((820, 1180), "light"), ((1600, 1000), "dark")])
def test_nothing_sticks_out_sideways(open_page, written, size, theme):
    tab = open_page(written, size, media=[("prefers-color-scheme", theme)])
    assert tab.js("document.documentElement.scrollWidth") <= size[0]
    assert tab.faults() == []


def test_every_control_can_be_reached_and_has_a_name(tab):
    nameless = tab.js(
        "[...document.querySelectorAll('button, input, select, canvas, [tabindex]')].filter(e => e.offsetParent"
        " && !(e.innerText || e.getAttribute('aria-label') || (e.labels && e.labels.length))).map(e => e.outerHTML)"
    )
    assert nameless == []
    unreachable = tab.js(
        "[...document.querySelectorAll('canvas, #dvh svg.drawing')].filter(e => e.tabIndex !== 0).length"
    )
    assert unreachable == 0


def test_without_its_script_the_page_still_shows_tables_and_curves(open_page, written):
    tab = open_page(written, script=False)
    shown = tab.do("DOM.getDocument", depth=0)["root"]["nodeId"]
    boxes = {}
    parts = {"curves": ".chart.static svg", "row": ".card .one", "still": ".stills svg", "viewer": "#viewer"}
    for name, selector in parts.items():
        node = tab.do("DOM.querySelector", nodeId=shown, selector=selector)["nodeId"]
        try:
            boxes[name] = tab.do("DOM.getBoxModel", nodeId=node)["model"]["height"] > 10
        except AssertionError:
            boxes[name] = False
    assert boxes == {"curves": True, "row": True, "still": True, "viewer": False}


def test_hostile_names_stay_text(open_page, judged, tmp_path):
    names = {
        "Stomach": "</script><script>alert(1)</script>",
        "Heart": '"><img src=x onerror=alert(1)>',
        "Spleen": "a" * 10_000,
    }
    case, _ = judged
    others = tuple(replace(s, name=names.get(s.name, s.name)) for s in case.structures)
    hostile = replace(case, structure_set=replace(case.structure_set, structures=others))
    path = tmp_path / "hostile.html"
    qa.write_report(qa.evaluate(hostile, qa.load_protocol("crlm-liver-bed-5fx")), path)
    tab = open_page(path, (390, 844))
    assert tab.js("document.querySelectorAll('img').length") == 0
    assert tab.js("document.documentElement.scrollWidth") <= 390
    for name in names.values():
        assert tab.js(f"document.getElementById('viewer').textContent.includes({json.dumps(name[:60])})")
    assert tab.faults() == []
    assert tab.requests() == []


def test_the_same_evaluation_gives_the_same_bytes(judged, written):
    from sbrt_qa.report.page import FORMAT

    assert FORMAT.write(judged[1]) == written.read_bytes()
    assert record(judged[1])["verdict"] == "FAIL"


def test_it_prints_on_a4_without_controls(tab):
    printed = tab.pdf()
    assert printed.startswith(b"%PDF")
    assert 4 <= len(re.findall(rb"/Type /Page\b", printed)) <= 20
    tab.do("Emulation.setEmulatedMedia", media="print")
    assert tab.js("getComputedStyle(document.querySelector('.tools')).display") == "none"
    assert tab.js("getComputedStyle(document.querySelector('.chart.static')).display") != "none"
