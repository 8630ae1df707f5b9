from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from sbrt_qa.checks import _catalogue, checks, plan_present
from sbrt_qa.errors import SbrtQaError

SHELF = sorted(checks())


@pytest.mark.parametrize("check_id", SHELF)
def test_a_good_case_passes(check_id, run, subject):
    outcome = run(check_id, subject)
    assert outcome.doubts == ()
    assert outcome.good


@pytest.mark.parametrize("check_id", SHELF)
def test_a_case_without_protocol_raises_no_doubt(check_id, run, subject):
    bare = replace(
        subject,
        fractions=(),
        prescription_gy=None,
        used={},
        required=frozenset(),
        targets=frozenset(),
        curve=None,
    )
    assert run(check_id, bare).doubts == ()


@pytest.mark.parametrize("check_id", SHELF)
def test_a_check_says_why_how_to_mend_and_whence(check_id):
    check = checks()[check_id]
    assert check.id == check_id
    for text in (check.title, check.why, check.mend, check.source):
        assert text.strip() == text
        assert len(text) > 8
    for sentence in (check.why, check.mend, check.source):
        assert sentence.endswith(".")


@pytest.mark.parametrize("check_id", SHELF)
def test_every_code_is_declared_once_with_its_meaning(check_id):
    check = checks()[check_id]
    assert check.codes
    assert tuple(check.meanings) == check.codes
    for code, meaning in check.meanings.items():
        assert re.fullmatch(r"[a-z]+(-[a-z]+)+", code)
        assert meaning.endswith(".")


def test_no_code_belongs_to_two_checks():
    every = [code for check in checks().values() for code in check.codes]
    assert len(every) == len(set(every))


def test_the_shelf_holds_the_checks_of_the_protocol_language():
    assert {
        "contour-gaps",
        "dose-belongs-to-plan",
        "dose-grid-covers",
        "dose-grid-spacing",
        "dose-type",
        "fractions",
        "prescription",
        "same-frame-of-reference",
        "same-patient",
        "structure-set-belongs",
        "structures-present",
        "structures-usable",
    } <= set(checks())
    assert checks()["dose-grid-spacing"].unit == "mm"


def test_two_checks_of_one_id_are_a_mistake(monkeypatch):
    shelf = SimpleNamespace(CHECK=plan_present.CHECK, __path__="")
    monkeypatch.setattr(_catalogue.importlib, "import_module", lambda _: shelf)
    monkeypatch.setattr(_catalogue.pkgutil, "iter_modules", lambda _: [SimpleNamespace(name=n) for n in "ab"])
    with pytest.raises(SbrtQaError, match="two checks are called 'plan-present'"):
        checks.__wrapped__()
