"""The page of a batch in a real browser: a plan is found by keyboard, curve or mark, and shown everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from cohort_facts import small_cohort
from devtools import Tab

from sbrt_qa.report.cohort.page import write_page

NASTY = "<img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def cohort():
    found = small_cohort()
    return replace(found, plans=(*found.plans[:5], replace(found.plans[5], export=NASTY), *found.plans[6:]))


@pytest.fixture(scope="module")
def written(cohort, tmp_path_factory):
    path = tmp_path_factory.mktemp("cohort") / "summary.html"
    path.write_bytes(write_page(cohort))
    return path


@pytest.fixture(scope="module")
def shared(chromium, written):
    tab = Tab(chromium, written)
    yield tab
    tab.close()


@pytest.fixture
def tab(shared):
    """One page for all tests, with nothing picked and nothing searched for."""
    shared.js("sbrtQa.pick(null); document.getElementById('find').value = ''; document.activeElement.blur()")
    shared.js("for (const id of ['find', 'only']) document.getElementById(id).dispatchEvent(new Event('input'))")
    return shared


def shown(tab):
    """Numbers of the plans that the table shows, from the top."""
    rows = "[...document.querySelectorAll('table.all tbody tr')].filter(row => row.offsetParent)"
    return tab.js(f"{rows}.map(row => Number(row.dataset.of))")


def picked(tab):
    return tab.js("[...document.querySelectorAll('table.all tr.here')].map(row => Number(row.dataset.of))")


def place(tab, gy, share):
    """Where a point of the curves lies in the window."""
    return tab.js(
        "(() => { const svg = document.querySelector('#panel svg'); svg.scrollIntoView({block: 'center'});"
        f"const box = svg.getBoundingClientRect(); const [x, y] = sbrtQa.curves.place({gy}, {share});"
        "return [box.x + x, box.y + y]; })()"
    )


def test_plans_are_found_and_sorted_with_the_keyboard_alone(tab):
    assert shown(tab) == list(range(8))
    tab.key("/", text="/")
    tab.do("Input.insertText", text="duo LABEL")
    assert shown(tab) == [6, 7]
    assert tab.js("document.getElementById('shown').textContent") == "2 of 8"
    tab.do("Input.insertText", text=" nowhere")
    assert shown(tab) == []
    assert tab.js("document.getElementById('nothing').hidden") is False
    tab.key("Escape")
    assert shown(tab) == list(range(8))
    tab.js("document.querySelector('th[data-sort=verdict] button').focus()")
    tab.key("Enter", text="\r")
    assert shown(tab) == [6, 7, 1, 0, 2, 3, 4, 5]
    assert tab.js("document.querySelector('th[data-sort=verdict]').getAttribute('aria-sort')") == "ascending"
    tab.key("Enter", text="\r")
    assert shown(tab) == list(range(8))


def test_a_curve_says_whose_it_is_and_picks_its_plan_everywhere(tab, cohort):
    band = next(band for band in cohort.bands if band.structure == "Duodenum")
    assert tab.js("document.getElementById('band').selectedOptions[0].textContent") == "Duodenum (7)"
    gy = 30.5  # half of the volume of the plan that ends at 61 Gy: no other curve is near
    x, y = place(tab, gy, 0.5)
    tab.mouse("mouseMoved", x, y)
    assert tab.js("document.getElementById('tip').textContent") == "site/patient-6 (Label)"
    shares = dict(band.curves)["id-6"]
    told = f"site/patient-6 (Label): {100 * np.interp(gy, band.doses_gy, shares):.1f} %"
    middle = np.interp(gy, band.doses_gy, band.quantiles[50])
    text = tab.js("document.getElementById('reading').innerText")
    assert told in text
    assert f"median {100 * middle:.1f} %" in text
    for kind in ("mousePressed", "mouseReleased"):
        tab.mouse(kind, x, y, button="left", clickCount=1)
    assert picked(tab) == [6]
    assert tab.js("document.querySelectorAll('.waiting tr.here').length") == 1
    assert "FAIL site/patient-6" in " ".join(tab.js("document.getElementById('chosen').innerText").split())
    assert tab.js("document.querySelectorAll('.strip circle.here').length") == 3
    assert tab.js("document.querySelectorAll('#panel polyline.held').length") == 1
    tab.key("Escape")
    assert picked(tab) == []
    assert tab.js("document.getElementById('chosen').hidden") is True


def test_the_arrow_keys_go_from_curve_to_curve(tab):
    tab.js("sbrtQa.curves.state.gy = 10; document.querySelector('#panel svg').focus()")
    tab.js("sbrtQa.pick(4)")
    tab.key("ArrowUp")
    assert picked(tab) == [5]
    tab.key("ArrowDown")
    tab.key("ArrowDown")
    assert picked(tab) == [3]


def test_a_mark_and_an_outlier_lead_to_their_plan_and_names_stay_text(tab):
    x, y = tab.js(
        "(() => { const mark = document.querySelector('.strip [data-p=\"5\"]');"
        "mark.scrollIntoView({block: 'center'}); const box = mark.getBoundingClientRect();"
        "return [box.x + box.width / 2, box.y + box.height / 2]; })()"
    )
    tab.mouse("mouseMoved", x, y)
    assert tab.js("document.getElementById('tip').textContent") == f"{NASTY} (Label): 25 Gy"
    for kind in ("mousePressed", "mouseReleased"):
        tab.mouse(kind, x, y, button="left", clickCount=1)
    assert picked(tab) == [5]
    tab.js("document.querySelector('.far-names a').click()")
    assert picked(tab) == [6]
    assert tab.js("document.querySelectorAll('main img').length") == 0
    assert tab.faults() == []
    assert tab.requests() == []


def test_it_fits_a_phone_and_is_readable_without_script(open_page, written):
    phone = open_page(written, (390, 844), media=[("prefers-color-scheme", "dark")])
    assert phone.js("document.documentElement.scrollWidth") <= 390
    phone.do("Emulation.setDeviceMetricsOverride", width=1600, height=900, deviceScaleFactor=1, mobile=False)
    assert phone.js("document.documentElement.scrollWidth") <= 1600
    assert phone.faults() == []
    bare = open_page(written, script=False)
    assert shown(bare) == list(range(8))
    assert bare.js("document.getElementById('find').offsetParent === null") is True
    assert bare.js("document.querySelectorAll('.smalls polygon').length") == 4
    assert bare.faults() == []
