"""The scorecard on a terminal: worst first, wrapped to the width, colour only where asked."""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._ink import no_paint, paint_with
from sbrt_qa.report._scorecard import (
    METRIC_CELLS,
    STANDING,
    VERIFY,
    headline,
    is_absent,
    plan_label,
    prescription_line,
    protocol_line,
    sampling_line,
    scorecard,
    shared_reasons,
    short_metric,
)
from sbrt_qa.report._stated import stated_rows
from sbrt_qa.report.text import clean, clip, fold, pad

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.protocol.finding import CheckFinding, Evaluation
    from sbrt_qa.report._ink import Paint
    from sbrt_qa.report._scorecard import Row

NARROWEST = 72
WIDE = 110  # from here on the constraint has a column of its own
SCREEN = 24
_BAR = ""
_FIXED = (("METRIC", METRIC_CELLS), ("VALUE", 10), ("LIMIT", 10), ("MARGIN", 7), (_BAR, 7), ("VERDICT", 10))
_RIGHT = {"VALUE", "MARGIN"}
_STATED = ("volume", "mean", "D95%")


def render(evaluation: Evaluation, color: bool = False, width: int = 80, *, plot: bool = False) -> str:  # noqa: FBT001, FBT002 - part of the contract between rooms
    """Return the scorecard as text.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.
    color : bool
        True for ANSI colours.
    width : int
        Cells per line, at least 72; no line is longer.
    plot : bool
        True where braille can be shown: the curves of the judged structures, the worst first.

    Returns
    -------
    str
        Lines ending with a newline. The verdict stands alone on its line as one upper-case word.
    """
    width = max(width, NARROWEST)
    paint = paint_with if color else no_paint
    body = [_table, _checks, _stated]
    if shared_reasons(evaluation):
        body = [_checks, _table, _stated]  # what is wrong with the whole case comes before the rows that suffer from it
    if plot:
        body.append(_curves)
    lines = [line for part in (_header, *body, _footer) for line in part(evaluation, width, paint)]
    if len(lines) > SCREEN:
        lines += _again(evaluation, width, paint)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _header(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    facts = (
        ("Plan", plan_label(evaluation)),
        ("Protocol", protocol_line(evaluation)),
        ("Prescription", prescription_line(evaluation)),
    )
    yield ""
    for label, text in facts:  # one line each: nothing before the verdict may stand on a line of its own
        yield f" {paint(pad(label, 13), 'quiet')} {clip(text, width - 16)}"
    word = evaluation.verdict.value
    yield ""
    yield f" {paint(f' {word} ', f'{word} badge')}" if paint is paint_with else f"  {word}"
    yield ""
    for line in fold(headline(evaluation), width - 3):
        yield f"  {paint(line, 'strong')}"
    yield ""


def _again(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    """Say the verdict once more where it has left the screen by now, but not alone on its line."""
    word = evaluation.verdict.value
    first, *more = fold(f"{word}: {headline(evaluation)}", width - 2)
    yield ""
    yield f" {paint(word, word)}{paint(first.removeprefix(word), 'strong')}"
    for line in more:
        yield f" {paint(line, 'strong')}"


def _table(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    rows = scorecard(evaluation)
    if not rows:
        return
    columns = _columns(width)
    heading = " ".join(pad(title, size, right=title in _RIGHT) for title, size in columns)
    yield " " + paint(heading.rstrip(), "quiet")
    yield " " + paint("─" * (width - 2), "quiet")
    shared = shared_reasons(evaluation)
    for row in rows:
        yield from _row(row, columns, paint)
        yield from _details(row, width, paint)
        if _speaks(row, shared):
            for line in fold(clean(row.finding.sentence), width - 5):
                yield f"   {line}"
    yield ""


def _columns(width: int) -> tuple[tuple[str, int], ...]:
    """Return title and size of every column; the name takes what the others leave."""
    free = width - 2 - sum(size + 1 for _, size in _FIXED)
    if width < WIDE:
        return ("STRUCTURE", free), *_FIXED
    return ("STRUCTURE", free - 25), ("CONSTRAINT", 24), *_FIXED


def _row(row: Row, columns: tuple[tuple[str, int], ...], paint: Paint) -> Iterator[str]:
    finding = row.finding
    style = finding.verdict.value if finding.verdict is not None else "quiet"
    unjudged = "not asked" if finding.goal else "report"
    word = unjudged if finding.verdict is None else finding.verdict.value
    cells = {
        "STRUCTURE": (row.name, "" if style in {"PASS", "quiet"} else "strong"),
        "CONSTRAINT": (clean(finding.constraint), "quiet"),
        "METRIC": (short_metric(row.metric), ""),
        "VALUE": (row.value, "strong"),
        "LIMIT": (row.limit, ""),
        "MARGIN": (row.margin, style),
        _BAR: (_bar(row.room), style),
        "VERDICT": (word + ("~" if finding.borderline else ""), style),
    }
    folded = [[cells[title][0]] if title == _BAR else fold(cells[title][0], size) for title, size in columns]
    for line in zip_longest(*folded, fillvalue=""):
        texts = zip(line, columns, strict=True)
        padded = [(pad(text, size, right=title in _RIGHT), cells[title][1]) for text, (title, size) in texts]
        yield " " + " ".join(paint(text, look) if look else text for text, look in padded)


def _details(row: Row, width: int, paint: Paint) -> Iterator[str]:
    notes = row.marks if width >= WIDE else (clean(row.finding.constraint), *row.marks)
    if short_metric(row.metric) != row.metric:
        notes = (row.metric, *notes)
    for line in fold(" · ".join(notes), width - 5) if notes else ():
        yield f"   {paint(line, 'quiet')}"


def _speaks(row: Row, shared: frozenset[str]) -> bool:
    """Tell whether a row needs its sentence: not where all is well, and not where a check has said it for all."""
    finding = row.finding
    if is_absent(finding) or (finding.reason and shared.issuperset(finding.reason)):
        return False
    return finding.value is None or finding.verdict not in {Verdict.PASS, None}


def _bar(room: float | None) -> str:
    """Draw room left to the right of an axis, room missing to its left; half a cell: a sixth of the goal."""
    if room is None:
        return ""
    halves = min(6, max(1, round(abs(room) * 6))) if room else 0
    full, half = divmod(halves, 2)
    if room < 0:
        return pad("▐" * half + "█" * full, 3, right=True) + "│"
    return "   │" + "█" * full + "▌" * half


def _checks(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    if not evaluation.checks:
        return
    passed = sum(check.verdict is Verdict.PASS for check in evaluation.checks)
    yield f" {paint('CHECKS', 'quiet')}  {passed} of {len(evaluation.checks)} passed"
    doubtful = [check for check in evaluation.checks if check.verdict is not Verdict.PASS]
    for check in sorted(doubtful, key=lambda check: -check.verdict.rank):
        yield from _check(check, width, paint)
    yield ""


def _check(check: CheckFinding, width: int, paint: Paint) -> Iterator[str]:
    word = check.verdict.value
    for number, line in enumerate(fold(clean(check.title), width - 14)):
        yield f" {paint(pad(word if number == 0 else '', 10), word)} {line}"
    codes = dict.fromkeys(clean(text) for text in (check.id, *check.reason))
    for line in fold(" · ".join(codes), width - 14):
        yield f"{'':12}{paint(line, 'quiet')}"
    for line in fold(clean(check.sentence), width - 14):
        yield f"{'':12}{line}"


def _stated(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    """Show the planning system's own curves that are not ours; all of them where nothing could be compared."""
    rows = stated_rows(evaluation)
    compared = [row for row in rows if row.is_compared]
    if compared:
        agreeing = sum(row.agreement == "agrees" for row in compared)
        text = f"{agreeing} of {len(compared)} own curves agree with ours"
        shown = [row for row in compared if row.agreement != "agrees"]
    else:
        text, shown = "its own curves, which were not compared", list(rows)
    if rows:
        yield f" {paint('PLANNING SYSTEM', 'quiet')}  {text}"
    for row in shown:
        numbers = ", ".join(f"{title} {cell.stated}" for title, cell in zip(_STATED, row.cells, strict=False))
        what = f"{row.result}; stated: {numbers}" if row.is_compared else numbers
        for line in fold(f"{row.name}: {what}", width - 5):
            yield f"   {line}"
    if rows:
        yield ""


def _curves(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    from sbrt_qa.report._dots import dots

    judged = (row.finding.roi for row in scorecard(evaluation) if row.finding.verdict is not None)
    by_name = {curve.name: curve for curve in evaluation.curves}
    asked = [by_name[name] for name in dict.fromkeys(judged) if name in by_name]
    drawn = list(dots(asked or evaluation.curves, width, paint, evaluation.prescription.get("gy")))
    yield from [*drawn, ""] if drawn else []


def _footer(evaluation: Evaluation, width: int, paint: Paint) -> Iterator[str]:
    notes = []
    if any(finding.borderline for finding in evaluation.findings):
        notes.append("~ borderline: the numerical interval reaches across a limit.")
    if any(finding.verify for finding in evaluation.findings):
        notes.append(VERIFY)
    if sampling := sampling_line(evaluation.provenance):
        notes.append(f"Curves: {sampling}.")
    for note in (*notes, STANDING):
        for line in fold(note, width - 2):
            yield f" {paint(line, 'quiet')}"
