"""One list of reason codes: nothing else is ever said, and nothing of the table of hazards is left unsaid."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sbrt_qa.reasons import reasons

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "src" / "sbrt_qa"
HAZARDS = ROOT.parent / "shared" / "reference" / "hazards.md"
CODE = re.compile(r"[a-z]+(-[a-z0-9]+)+")
# Conditions of ordinary exports of which nothing is said, and one that cannot arise.
SILENT = {
    "contour-closing-point", "encoding-plain", "extra-structures", "grid-offsets-noise", "optional-tag-empty",
    "private-tags", "setup-beams", "station-dates",
    "sampling-too-coarse",  # curves are integrated, not sampled
}  # fmt: skip


@pytest.fixture(scope="module")
def known():
    return {reason.code: reason for reason in reasons()}


def test_each_code_stands_once_with_one_sentence(known):
    assert len(known) == len(reasons())
    for reason in known.values():
        assert CODE.fullmatch(reason.code)
        assert reason.sentence.endswith(".")
        assert reason.where


def _given_as_code(tree):
    """Yield the literal codes of a module: ``code=`` of a call, and the last word of a fault."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        given = [word.value for word in call.keywords if word.arg == "code"]
        if getattr(call.func, "id", getattr(call.func, "attr", "")) in {"fault", "decimal", "decimals", "integer"}:
            given += call.args[-1:]
        yield from (node.value for node in given if isinstance(node, ast.Constant) and isinstance(node.value, str))


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_every_code_that_is_given_is_in_the_list(path, known):
    said = set(_given_as_code(ast.parse(path.read_text(encoding="utf-8"))))
    unknown = {code for code in said if CODE.fullmatch(code)} - known.keys()
    assert not unknown, "give each its sentence in reasons.py, or in the check that says it"


def test_every_code_in_the_list_is_said_somewhere(known):
    text = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py") if path.name != "reasons.py")
    assert not [code for code in known if f'"{code}"' not in text]


def test_the_table_of_hazards_is_covered(known):
    if not HAZARDS.exists():
        pytest.skip("the table of hazards is not beside the project")
    table = set(re.findall(r"`([a-z]+(?:-[a-z0-9]+)+)`", HAZARDS.read_text(encoding="utf-8")))
    assert len(table) > 100
    assert table - known.keys() - {"dose-grid-spacing"} == SILENT
