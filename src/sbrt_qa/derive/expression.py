"""Expression: how a derived structure is made from others, as a protocol writes it.

::

    expression = term { ("+" | "-") term }            left to right
    term       = factor { "&" factor }                binds tighter than + and -
    factor     = role | "(" expression ")"
               | "grow"   "(" expression "," distance ")"
               | "shrink" "(" expression "," distance ")"
               | "ring"   "(" expression "," distance "," distance ")"
    role       = letter { letter | digit | "_" }      but not grow, shrink, ring
    distance   = number "mm"

This module is light on purpose: linting a protocol loads neither arrays nor polygons.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from sbrt_qa.derive.nodes import Boolean, Expression, Margin, Part, Ring, distance_text
from sbrt_qa.errors import DerivationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.derive.nodes import Node

RESERVED = ("grow", "shrink", "ring")
MAX_NESTING = 32
MAX_TOKENS = 256
MIN_MM, MAX_MM = 0.1, 100.0

_TOKEN = re.compile(
    r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<word>[A-Za-z][A-Za-z0-9_]*)|(?P<sign>[-−+&(),])|(?P<bad>\S))"
)


def parse(text: str) -> Expression:
    """Read an expression.

    Parameters
    ----------
    text : str
        For instance ``liver - ctv`` or ``grow(cord, 5 mm)``; blanks do not matter.

    Returns
    -------
    Expression

    Raises
    ------
    DerivationError
        When the text is no expression; names the character (counted from 1) and the remedy.
    """
    return Expression(_Reader(text).read())


class _Token(NamedTuple):
    kind: str
    text: str
    at: int

    def __str__(self) -> str:
        return f"'{self.text}' at character {self.at}" if self.kind != "end" else f"the end (character {self.at})"


class _Reader:
    """Recursive descent over the tokens of one text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens_of(text)
        self._next = 0
        self._depth = 0

    def read(self) -> Node:
        node = self._sum()
        if self._peek.kind != "end":
            raise self._fault(f"unexpected {self._peek}", "join two structures with '-', '+' or '&'")
        return node

    @property
    def _peek(self) -> _Token:
        return self._tokens[self._next]

    def _take(self) -> _Token:
        token = self._peek
        self._next += token.kind != "end"
        return token

    def _fault(self, what: str, mend: str) -> DerivationError:
        return DerivationError(f"in '{self._text}': {what}", mend=mend)

    def _sum(self) -> Node:
        node = self._product()
        while self._peek.text in {"+", "-"}:
            node = Boolean(self._take().text, node, self._product())
        return node

    def _product(self) -> Node:
        node = self._factor()
        while self._peek.text == "&":
            node = Boolean(self._take().text, node, self._factor())
        return node

    def _factor(self) -> Node:
        token = self._take()
        if token.text == "(":
            return self._nested(token, self._in_parentheses)
        if token.kind != "word":
            raise self._fault(f"expected a structure, found {token}", "name a role, or write '(', grow, shrink or ring")
        if token.text in RESERVED:
            return self._nested(token, lambda: self._operation(token))
        if self._peek.text == "(":
            known = "known are grow(a, 5 mm), shrink(a, 5 mm) and ring(a, 0 mm, 5 mm)"
            raise self._fault(f"unknown operation {token}", known)
        return Part(token.text)

    def _nested(self, token: _Token, inner: Callable[[], Node]) -> Node:
        self._depth += 1
        if self._depth > MAX_NESTING:
            raise self._fault(
                f"nested deeper than {MAX_NESTING} at {token}", "derive a structure of its own for a part"
            )
        node = inner()
        self._depth -= 1
        return node

    def _in_parentheses(self) -> Node:
        node = self._sum()
        self._expect(")")
        return node

    def _operation(self, word: _Token) -> Node:
        if self._peek.text != "(":
            raise self._fault(
                f"{word} is an operation, not a role", f"write {word.text}(…), or call the role otherwise"
            )
        self._expect("(")
        solid = self._sum()
        self._expect(",")
        node = self._ring(solid) if word.text == "ring" else self._margin(word, solid)
        self._expect(")")
        return node

    def _margin(self, word: _Token, solid: Node) -> Node:
        other = "shrink" if word.text == "grow" else "grow"
        at = self._peek.at
        mm = self._distance(f"use {other} for the other direction")
        if mm == 0:
            raise self._fault(f"{word.text} by 0 mm at character {at} changes nothing", "leave it out")
        return Margin(word.text, solid, mm)

    def _ring(self, solid: Node) -> Node:
        inwards = "a ring lies outside; for a shell inside write a - shrink(a, 5 mm)"
        inner_mm = self._distance(inwards)
        self._expect(",")
        at = self._peek.at
        outer_mm = self._distance(inwards)
        if outer_mm <= inner_mm:
            what = f"outer distance at character {at} must be more than the inner, {distance_text(inner_mm)}"
            raise self._fault(what, "write ring(a, inner, outer)")
        return Ring(solid, inner_mm, outer_mm)

    def _distance(self, negative_mend: str) -> float:
        number = self._take()
        if number.text == "-":
            raise self._fault(f"negative distance at character {number.at}", negative_mend)
        if number.kind != "number":
            raise self._fault(f"expected a distance, found {number}", "write e.g. '5 mm'")
        if number.text[0] == "0" and number.text[1:2].isdigit():
            raise self._fault(f"distance {number} begins with a zero", "leave it out, or set the point behind it")
        unit = self._take() if self._peek.kind == "word" else None
        if unit is None:
            raise self._fault(f"distance {number} has no unit", f"write '{number.text} mm'")
        if unit.text != "mm":
            right = distance_text(float(number.text) * 10) if unit.text == "cm" else "5 mm"
            raise self._fault(f"distances are in mm, found {unit}", f"write e.g. '{right}'")
        mm = float(number.text)
        if mm != 0 and not MIN_MM <= mm <= MAX_MM:
            raise self._fault(f"distance {number} is not within {MIN_MM:g} to {MAX_MM:g} mm", "distances are in mm")
        return mm

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token.text != sign:
            mend = "each distance follows a comma" if sign == "," else "check the parentheses"
            raise self._fault(f"expected '{sign}', found {token}", mend)


def _tokens_of(text: str) -> tuple[_Token, ...]:
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        token = _Token(kind, match[kind].replace("−", "-"), match.start(kind) + 1)
        if kind == "bad":
            what = f"in '{text}': unexpected {token}"
            raise DerivationError(what, mend="use role names, '-', '+', '&', parentheses and distances such as '5 mm'")
        tokens.append(token)
        if len(tokens) > MAX_TOKENS:
            what = f"the expression is longer than {MAX_TOKENS} words and signs at character {token.at}"
            raise DerivationError(what, mend="derive a structure of its own for a part")
    return (*tokens, _Token("end", "", len(text) + 1))
