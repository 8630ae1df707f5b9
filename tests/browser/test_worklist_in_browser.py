"""The work list in a real browser: from a push by storescu to the verdict on the page, and what a person does then."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from axe import ASK, serious
from hazard_case import PROTOCOL, Pile

if TYPE_CHECKING:
    from pathlib import Path

storescu = shutil.which("storescu")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(storescu is None, reason="needs storescu (Debian: apt install dcmtk)"),
]
UID = re.compile(rb"(1\.2\.826\.0\.1\.)\d(\d+\.\d+)")


class Service:
    """A command that goes on until it is told to stop; knows what its log says of where it listens."""

    def __init__(self, *words) -> None:
        command = [sys.executable, "-m", "sbrt_qa", *map(str, words)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        self.lines = []

    def said(self, pattern):
        """Read the log until a line is like that."""
        for line in self.process.stderr:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found[1]
        raise AssertionError(self.lines)

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stderr.read()
        code = self.process.wait(20)
        self.process.stderr.close()
        return code


@dataclass
class Clinic:
    """A listener and a work list over one folder."""

    place: Path
    receive: Service
    port: str
    address: str
    is_filled: bool = False

    def push(self, pile):
        """Send a case as a planning system does."""
        folder = self.place / "sent"
        shutil.rmtree(folder, ignore_errors=True)
        pile.protocol = None
        pile.write(folder)
        subprocess.run([storescu, "+sd", "127.0.0.1", self.port, folder], check=True, timeout=60)


@pytest.fixture(scope="module")
def clinic(tmp_path_factory):
    place = tmp_path_factory.mktemp("clinic")
    (place / "protocol.yaml").write_text(PROTOCOL, encoding="utf-8")
    quick = ("--settle", 0.3, "--poll", 0.1, "--workers", 1, "--keep-free", 0)
    receive = Service("receive", "-p", place / "protocol.yaml", "-o", place / "out", "--port", 0, *quick)
    port = receive.said(r"listening.*port=(\d+)")
    serve = Service("serve", place / "out", "--port", 0)
    address = serve.said(r"address=(http://127\.0\.0\.1:\d+/)")
    yield Clinic(place, receive, port, address)
    assert serve.end() == 0
    receive.end()


@pytest.fixture
def tab(open_page, clinic):
    """The list with a case that passes and one that fails, whichever tests ran before."""
    if not clinic.is_filled:
        clinic.push(patient("GOOD", 8))
        clinic.push(patient("HOT", 9, times=1.5))
        clinic.is_filled = True
    opened = open_page(clinic.address)
    for word in ("PASS", "FAIL"):
        opened.until(f"document.querySelector('tr[data-state=current] .badge.{word}')")
    return opened


def patient(name, digit, times=1.0):
    """Return a case of a patient of its own, with UIDs of its own and a scaled dose."""
    pile = Pile.fresh()
    pile.dose.DoseGridScaling = float(pile.dose.DoseGridScaling) * times
    for file in ("plan", "dose", "structures"):
        getattr(pile, file).PatientID = name
        pile.on_bytes[file] = lambda content: UID.sub(rb"\g<1>%d\2" % digit, content)
    return pile


def test_from_a_push_to_the_verdict_on_the_page(open_page, clinic):
    tab = open_page(clinic.address)
    assert "PUSHED" not in tab.js("document.body.textContent")
    clinic.push(patient("PUSHED", 7))
    row = "[...document.querySelectorAll('tr[data-case]')].find(row => row.textContent.includes('PUSHED'))"
    tab.until(f"{row}?.dataset.state == 'current'")
    assert tab.js(f"{row}.querySelector('.badge').textContent").split() == ["●", "PASS"]
    assert tab.faults() == []
    tab.go(tab.js(f"{row}.querySelector('a').href"))
    tab.until("document.querySelector('.banner.PASS')")
    tab.click(".links a")
    tab.until("location.pathname.endsWith('/report') && document.documentElement.classList.contains('script')")
    assert tab.js("document.querySelector('.banner .word').textContent").split() == ["●", "PASS"]
    assert tab.faults() == []
    assert {re.sub(r"^(https?://[^/]+/).*", r"\1", url) for url in tab.requests()} == {clinic.address}


def test_a_person_searches_looks_and_acknowledges(tab, clinic):
    tab.type("#text", "HOT")
    tab.until("document.querySelectorAll('tr[data-case]').length == 1 && location.search.includes('HOT')")
    tab.click("tr[data-case] a")
    tab.until("document.querySelector('.banner.FAIL')")
    tab.click(".acknowledge summary")
    tab.type(".acknowledge[open] input[name=name]", "A. Physicist")
    tab.type(".acknowledge[open] textarea", "Measured again.")
    tab.click(".acknowledge[open] button")
    tab.until("document.querySelector('#seen tbody')")
    assert "Measured again." in tab.js("document.querySelector('#seen tbody').textContent")
    assert tab.js("document.querySelector('.banner .word').textContent").split() == ["✖", "FAIL"]
    tab.go(clinic.address + "audit")
    assert "A. Physicist" in tab.js("document.querySelector('tbody').textContent")
    assert tab.faults() == []


def test_while_it_is_evaluated_again_a_case_is_not_green(tab, clinic):
    tab.click("tr:has(.badge.PASS) a")
    tab.until("document.querySelector('.banner.PASS')")
    tab.click(".again button")
    tab.until("document.querySelector('.banner.UNDECIDED[data-state=being-evaluated]')")
    tab.until("document.querySelector('.banner.PASS[data-state=current]')")
    tab.until("document.querySelector('[data-other] .badge.PASS')")
    assert tab.faults() == []


def test_what_is_not_renewed_any_more_is_hidden(tab, clinic):
    seen = "getComputedStyle(document.querySelector('{}')).visibility"
    for path, section, green in (
        ("", "#cases", ".cases .badge.PASS"),
        (
            tab.js("document.querySelector('tr:has(.badge.PASS) a').getAttribute('href')")[1:],
            "#standing",
            ".banner.PASS",
        ),
    ):
        tab.go(clinic.address + path)
        assert tab.js(seen.format(green)) == "visible"
        assert tab.js(seen.format(".silent")) == "hidden"
        ages = f"document.querySelector('{section}').getAnimations({{subtree: true}}).forEach(one => one.finish())"
        assert tab.js(f"{ages}; [{seen.format(green)}, {seen.format('.silent')}].join()") == "hidden,visible"
        tab.until(f"{seen.format(green)} == 'visible'")  # once the list answers again


def test_a_trend_leads_to_its_case(tab, clinic):
    tab.go(clinic.address + "trends")
    assert tab.js("document.querySelectorAll('.trend a').length") >= 2
    tab.js("document.querySelector('.trend a').dispatchEvent(new MouseEvent('click', {bubbles: true}))")
    tab.until("location.pathname.startsWith('/cases/')")
    assert tab.faults() == []


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (1280, "dark"), (390, "light")])
def test_no_page_has_a_serious_fault_of_access(tab, clinic, axe, width, theme):
    tab.do("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    tab.do("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
    for path in ("", tab.js("document.querySelector('tr:has(.FAIL) a').getAttribute('href')")[1:], "trends", "audit"):
        tab.go(clinic.address + path)
        tab.js("document.querySelectorAll('details').forEach(part => { part.open = true; })")
        tab.do("Page.setBypassCSP", enabled=True)
        tab.js(axe + "; undefined")
        assert serious(json.loads(tab.js(ASK))) == [], path
        assert tab.js("document.documentElement.scrollWidth <= innerWidth"), path


@pytest.mark.usefixtures("tab")
def test_every_page_works_without_a_script(open_page, clinic):
    tab = open_page(clinic.address, script=False)
    document = tab.do("DOM.getDocument", depth=-1)["root"]
    html = tab.do("DOM.getOuterHTML", nodeId=document["nodeId"])["outerHTML"]
    assert html.count("<tr data-case") >= 2
    assert '<form method="get"' in html


def test_what_changed_since_turns_undecided_before_your_eyes(tab, clinic):
    case = tab.js("document.querySelector('tr:has(.badge.PASS)').dataset.case")
    clinic.receive.process.send_signal(signal.SIGSTOP)  # nobody judges it anew meanwhile
    try:
        for file in (clinic.place / "out" / "inbox").rglob("*.dcm"):
            file.write_bytes(file.read_bytes() + b"\0\0")
        tab.until(f"document.querySelector('tr[data-case=\"{case}\"][data-state=files-changed] .badge.UNDECIDED')")
        assert tab.js("document.querySelector('.badge.PASS')") is None
    finally:
        clinic.receive.process.send_signal(signal.SIGCONT)
