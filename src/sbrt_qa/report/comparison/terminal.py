"""A comparison on a terminal: verdict changes first, wrapped to the width, colour only where asked."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from sbrt_qa.protocol.comparison import Change, Group, Step
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._ink import no_paint, paint_with
from sbrt_qa.report._scorecard import DASH, METRIC_CELLS, STANDING, shared_reasons, short_metric
from sbrt_qa.report.comparison._wording import INTERVALS, SIDES, check_word, facts, grouped, headline, verdict_word
from sbrt_qa.report.text import clean, clip, fold, pad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.comparison import CheckLine, Comparison, Line
    from sbrt_qa.report._ink import Paint
    from sbrt_qa.report.comparison._wording import Side

NARROWEST = 72
WIDE = 110  # from here on the constraint has a column of its own
_FIXED = (("METRIC", METRIC_CELLS), ("A", 10), ("B", 10), ("CHANGE", 8), ("LIMIT", 10), ("VERDICT", 10))
_RIGHT = {"A", "B", "CHANGE"}
_QUIET = {Group.SAME, Group.EQUAL, Group.REPORTED, Group.ABSENT, Group.BETTER}
_TONES = {Change.WORSE: "FAIL", Change.BETTER: "PASS", Change.UNKNOWN: "UNDECIDED"}
_STEP_TONES = {Step.WORSE: "FAIL", Step.LOST: "UNDECIDED", Step.FOUND: "UNDECIDED", Step.BETTER: "PASS"}


def render(comparison: Comparison, *, color: bool = False, width: int = 80) -> str:
    """Return a comparison as text.

    Parameters
    ----------
    comparison : Comparison
        The two evaluations.
    color : bool
        True for ANSI colours.
    width : int
        Cells per line, at least 72; no line is longer.

    Returns
    -------
    str
        Lines ending with a newline. The worse of both verdicts stands alone on its line as one upper-case word.
    """
    width = max(width, NARROWEST)
    paint = paint_with if color else no_paint
    parts = (_header, _notes, _groups, _checks, _footer)
    lines = [line for part in parts for line in part(comparison, width, paint)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _header(comparison: Comparison, width: int, paint: Paint) -> Iterator[str]:
    half = (width - 18) // 2
    yield ""
    yield f" {'':13} {paint(pad('A', half), 'quiet')} {paint('B', 'quiet')}"
    for label, a, b in (("Verdict", comparison.a.verdict, comparison.b.verdict), *facts(comparison)):
        if a == b:
            yield f" {paint(pad(label, 13), 'quiet')} {clip(clean(a), width - 16)}"
            continue
        for number, (one, other) in enumerate(zip_longest(fold(a, half - 1), fold(b, half - 1), fillvalue="")):
            yield f" {paint(pad('' if number else label, 13), 'quiet')} {pad(one, half)} {other}"
    word = comparison.verdict.value
    yield ""
    yield f" {paint(f' {word} ', f'{word} badge')}" if paint is paint_with else f"  {word}"
    yield ""
    for line in fold(headline(comparison), width - 3):
        yield f"  {paint(line, 'strong')}"
    yield ""


def _notes(comparison: Comparison, width: int, paint: Paint) -> Iterator[str]:
    for note in comparison.notes:
        for number, line in enumerate(fold(clean(note.sentence), width - 5)):
            yield f" {' ' if number else paint('!', 'VARIATION')} {line}"
    if comparison.notes:
        yield ""


def _groups(comparison: Comparison, width: int, paint: Paint) -> Iterator[str]:
    free = width - 2 - sum(size + 1 for _, size in _FIXED)
    columns: tuple[tuple[str, int], ...] = (("STRUCTURE", free), *_FIXED)
    if width >= WIDE:
        columns = (("STRUCTURE", free - 25), ("CONSTRAINT", 24), *_FIXED)
    found = grouped(comparison)
    shared = shared_reasons(comparison.a) | shared_reasons(comparison.b)
    if found:
        heading = " ".join(pad(title, size, right=title in _RIGHT) for title, size in columns)
        yield " " + paint(heading.rstrip(), "quiet")
    for group, sides in found:
        if group is Group.ABSENT:
            yield f" {paint(f'{group}: {len(sides)}', 'quiet')}"
            yield ""
            continue
        title = f"{group.upper()} ({len(sides)})"
        yield f" {paint(title, 'strong')} {paint('─' * max(width - 3 - len(title), 0), 'quiet')}"
        for side in sides:
            yield from _row(side, columns, paint)
            yield from _details(side, width, paint)
            if _speaks(side.line, shared):
                for text in fold(clean(side.line.findings[0].sentence), width - 5):
                    yield f"   {text}"
        yield ""


def _row(side: Side, columns: tuple[tuple[str, int], ...], paint: Paint) -> Iterator[str]:
    line = side.line
    finding = line.findings[0]
    tone = _STEP_TONES.get(line.step) or _TONES.get(line.change, "")
    cells = {
        "STRUCTURE": (side.name, "" if line.group in _QUIET else "strong"),
        "CONSTRAINT": (clean(finding.constraint), "quiet"),
        "METRIC": (short_metric(side.metric), ""),
        "A": (DASH if side.a is None else side.a.value, ""),
        "B": (DASH if side.b is None else side.b.value, "strong"),
        "CHANGE": (side.difference, tone),
        "LIMIT": (side.limit, ""),
        "VERDICT": (verdict_word(finding.verdict) + ("~" if finding.borderline else ""), _style(finding.verdict)),
    }
    folded = [fold(cells[title][0], size) for title, size in columns]
    for texts in zip_longest(*folded, fillvalue=""):
        padded = [
            (pad(text, size, right=title in _RIGHT), title) for text, (title, size) in zip(texts, columns, strict=True)
        ]
        yield " " + " ".join(paint(text, cells[title][1]) if cells[title][1] else text for text, title in padded)


def _style(verdict: Verdict | None) -> str:
    return "quiet" if verdict is None else verdict.value


def _details(side: Side, width: int, paint: Paint) -> Iterator[str]:
    """Say what the columns cannot: what the verdict was, and what else differs; nothing below rows that stayed."""
    line = side.line
    notes = [] if width >= WIDE else [clean(line.findings[0].constraint)]
    if line.a is not None and line.b is not None and line.step is not Step.NONE:
        notes.append(f"was {verdict_word(line.a.verdict)} in A")
        if line.change is Change.SAME:
            notes.append(str(line.change))
    notes += side.marks
    if line.group in _QUIET and not side.marks:
        return
    for text in fold(" · ".join(notes), width - 5) if notes else ():
        yield f"   {paint(text, 'quiet')}"


def _speaks(line: Line, shared: frozenset[str]) -> bool:
    """Tell whether a row needs its sentence: where B fails or lost its verdict, unless all rows say the same."""
    found = line.findings[0]
    if found.reason and shared.issuperset(found.reason):
        return False
    return line.group is Group.LOST or (line.step is not Step.NONE and found.verdict is Verdict.FAIL)


def _checks(comparison: Comparison, width: int, paint: Paint) -> Iterator[str]:
    changed = [line for line in comparison.checks if line.step is not Step.NONE]
    alone = {
        side: [getattr(line, side.lower()) for line in comparison.checks if check_word(line) == f"only in {side}"]
        for side in SIDES
    }
    same = [line for line in comparison.checks if not check_word(line)]
    yield f" {paint('CHECKS', 'quiet')}  {len(same)} of {len(comparison.checks)} have the same verdict in A and B"
    for line in changed:
        yield from _check(line, width, paint)
    for side, checks in alone.items():
        doubtful = [f"{check.id} {check.verdict}" for check in checks if check.verdict is not Verdict.PASS]
        text = f"Only in {side}: {len(checks)}{', not passed ' if doubtful else ''}{', '.join(doubtful)}"
        for part in fold(clean(text), width - 5) if checks else ():
            yield f"   {part}"
    kept = [
        f"{line.b.id} {line.b.verdict}" for line in same if line.b is not None and line.b.verdict is not Verdict.PASS
    ]
    for part in fold(clean(f"Not passed in A and B: {', '.join(kept)}"), width - 5) if kept else ():
        yield f"   {part}"
    yield ""


def _check(line: CheckLine, width: int, paint: Paint) -> Iterator[str]:
    was, found = line.a, line.b
    if was is None or found is None:
        return
    word = paint(pad(found.verdict.value, 10), _STEP_TONES.get(line.step, "quiet"))
    yield f" {word} {clip(clean(found.title), width - 30)} {paint(f'was {was.verdict.value}', 'quiet')}"
    for text in fold(clean(found.sentence), width - 14):
        yield f"{'':12}{text}"


def _footer(comparison: Comparison, width: int, paint: Paint) -> Iterator[str]:
    for note in (INTERVALS, STANDING):
        for line in fold(note, width - 2):
            yield f" {paint(line, 'quiet')}"
    word = comparison.verdict.value
    first, *more = fold(f"{word}: {headline(comparison)}", width - 2)
    yield ""
    yield f" {paint(word, word)}{paint(first.removeprefix(word), 'strong')}"
    for line in more:
        yield f" {paint(line, 'strong')}"
