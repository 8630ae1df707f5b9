"""The changes that the tests are asked to notice."""

from __future__ import annotations

import ast

from changes import changes_of, unchanged
from reach import LIKELY, LIKELY_FILES, Reach

TEXT = '''
"""Docstring."""
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nowhere import Nothing

LIMIT = 3


def f(x: "Nothing", most=2) -> bool:
    """Say."""
    assert x != 7
    if not x:
        raise ValueError("no words are changed")
    return x <= LIMIT and x + 1 < most
'''


def test_every_place_is_changed_and_nothing_else(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(TEXT, encoding="utf-8")
    assert [change.what for change in changes_of(path, "m.py")] == [
        "LIMIT = 4",
        "def f(x: 'Nothing', most=3) -> bool:",
        "if x:",
        "raise ValueError('no words are changed') -> pass",
        "return x <= LIMIT and x + 1 < most -> return None",
        "return x <= LIMIT or x + 1 < most",
        "return x < LIMIT and x + 1 < most",
        "return x > LIMIT and x + 1 < most",
        "return x <= LIMIT and x + 1 <= most",
        "return x <= LIMIT and x + 1 >= most",
        "return x <= LIMIT and x - 1 < most",
        "return x <= LIMIT and x + 2 < most",
    ]
    assert len({change.source for change in changes_of(path, "m.py")}) == 12
    assert ast.dump(ast.parse(unchanged(path, "m.py").source)) == ast.dump(ast.parse(TEXT))


def test_a_constant_is_tested_where_it_is_used(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(TEXT, encoding="utf-8")
    first, default, *_ = changes_of(path, "m.py")
    assert first.lines == (8, 16)
    assert default.lines == (11, 13, 14, 16)
    assert (first.key, str(first)) == ("m.py module: LIMIT = 4", "m.py:8 module: LIMIT = 4")


def test_likely_tests_come_first():
    quick = [f"tests/a/test_m.py::test_{n}" for n in range(LIKELY + 1)]
    others = [f"tests/b/test_{n}.py::test_it" for n in range(LIKELY_FILES + 1)]
    seconds = {test: float(n) for n, test in enumerate([*others, *quick])}
    reach = Reach({"src/m.py": {"8": quick, "9": others, "10": []}}, seconds)
    assert reach.tests("src/m.py", (8,)) == (quick, [])
    assert reach.tests("src/m.py", (8, 9)) == ([*quick, *others[:LIKELY_FILES]], others[LIKELY_FILES:])
    likely, _ = reach.tests("src/m.py", (10,))
    assert likely[0] == quick[0]
    assert reach.tests("src/other.py", (1,)) == ([], [])
    named = "tests/a/test_m.py::test_data"
    assert Reach({}, {named: 0.1}).tests("src/m.py", (1,)) == ([named], [])
