"""A real browser for the tests of the page."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from devtools import Chromium, Tab

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("needs chromium (Debian: apt install chromium)")
    browser = Chromium(program, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def open_page(chromium):
    """``open_page(path, size, script=…, media=…)``; whatever is open is closed afterwards."""
    tabs = []

    def opened(path, *args, **more):
        tabs.append(Tab(chromium, path, *args, **more))
        return tabs[-1]

    yield opened
    for tab in tabs:
        tab.close()


@pytest.fixture(scope="session")
def axe():
    if not AXE.is_file():
        pytest.skip("needs axe-core (npm install --no-save axe-core)")
    return AXE.read_text(encoding="utf-8")
