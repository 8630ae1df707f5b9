"""``sbrt-qa checks``: the integrity checks and the reason codes, explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sbrt_qa.cli._console import say, width
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.checks import Check
    from sbrt_qa.reasons import Reason


@click.group("checks", short_help="List and explain the integrity checks.")
def checks() -> None:
    """List the integrity checks that every case goes through, or explain one of them or a reason code."""


@checks.command("list")
def list_all() -> int:
    """List every check: its id, and what it verifies."""
    from sbrt_qa.checks import checks as shelf

    known = shelf()
    wide = max(map(len, known))
    for check in known.values():
        say(f"{check.id:{wide}}  {check.title}\n")
    return 0


@checks.command("show", short_help="Explain a check or a reason code.")
@click.argument("word", metavar="ID|CODE")
def show(word: str) -> int:
    """Explain a check: why it is made, how to mend what it finds, its source and its codes; or one reason code."""
    from sbrt_qa.checks import checks as shelf
    from sbrt_qa.reasons import reasons

    codes = {reason.code: reason for reason in reasons()}
    if word in shelf():
        lines = _check(shelf()[word])
    elif word in codes:
        lines = _reason(codes[word])
    else:
        raise _unknown(word, [*shelf(), *codes])
    say("".join(f"{line.rstrip()}\n" for line in lines))
    return 0


def _check(check: Check) -> Iterator[str]:
    yield f"{check.id}: {check.title}"
    parts = [("why", check.why), ("mend", check.mend), ("source", check.source)]
    if check.unit:
        parts.append(("limits", f"The protocol may set them, in {check.unit}."))
    yield from _described(parts)
    yield ""
    for code, meaning in check.meanings.items():
        yield code
        yield from _described([("", meaning)])


def _reason(reason: Reason) -> Iterator[str]:
    yield reason.code
    yield from _described([("", reason.sentence), ("said by", reason.where)])


def _described(parts: list[tuple[str, str]]) -> Iterator[str]:
    from sbrt_qa.report.text import fold

    for name, text in parts:
        first, *more = fold(text, width() - 10)
        yield f"  {name:8}{first}"
        for line in more:
            yield f"{'':10}{line}"


def _unknown(word: str, known: list[str]) -> UsageError:
    import difflib

    near = difflib.get_close_matches(word, known, n=3)
    mend = f"near: {', '.join(near)}" if near else "see sbrt-qa checks list"
    return UsageError(f"there is no check or reason code {word!r}", mend=mend)


COMMAND = checks
