"""The sheets behind the scorecard: curves, checks, sources, what was not checked, and where it all comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._facts import NOT_CHECKED, SHAPES, is_refused, plain_facts
from sbrt_qa.report._lines import lines
from sbrt_qa.report._scorecard import DASH, STANDING, sampling_line, scorecard
from sbrt_qa.report._stated import stated_rows
from sbrt_qa.report.sheet import SMALL, SOFT, TONES, WIDTH, grid, ruled, title, words
from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation

NAME_CELLS = 60
NO_SLICES = "There are no slices: dose and contours of this judgement are not at hand, or lie on tilted planes."


def curves(evaluation: Evaluation) -> Iterator[Any]:
    from reportlab.platypus import KeepTogether, Spacer

    from sbrt_qa.report._plot import Curves

    if not evaluation.curves:
        text = "The case was not judged, so there are no curves." if is_refused(evaluation) else "There are no curves."
        yield from (*title("Dose-volume curves"), words(text, 8, color=SOFT))
        return
    gy = evaluation.prescription.get("gy")
    drawn = lines(evaluation.curves, evaluation)
    key = "Triangles: limits, pointing to where the curve has to pass."
    key += "" if gy is None else " Vertical dots: the prescription."
    key += " Fine dots: the planning system's own curve." if any(line.stated_gy for line in drawn) else ""
    sampling = sampling_line(evaluation.provenance)
    legend = words(f"{key}{f' Conventions: {sampling}.' if sampling else ''}", 7, color=SOFT)
    yield KeepTogether([*title("Dose-volume curves")[1:], Curves(drawn, gy, WIDTH), Spacer(1, 4), legend])
    ordered = sorted(evaluation.curves, key=lambda curve: (curve.name.casefold(), curve.name))
    heads = ("Structure", "Volume", "Minimum", "Mean", "Maximum", "Inside the dose grid")
    body = [[words(head, 7, bold=True, color=SOFT) for head in heads]]
    body += [[words(cell, 7.5, longest=NAME_CELLS) for cell in _statistics(curve)] for curve in ordered]
    yield Spacer(1, 6)
    yield grid(body, (0.34, 0.13, 0.12, 0.12, 0.12, 0.17), ruled(), repeat=1)


def slices(evaluation: Evaluation) -> Iterator[Any]:
    """Yield the key slices, or say that there are none."""
    from reportlab.platypus import KeepTogether

    from sbrt_qa.report._print_slices import key_slices

    if not evaluation.curves:
        return
    drawn = key_slices(evaluation)
    heading = title("Key slices")
    yield KeepTogether([*heading[1:], *(drawn or [words(NO_SLICES, 8, color=SOFT)])])


def _statistics(curve: DVH) -> tuple[str, ...]:
    doses = (DASH if gy is None else show(gy, "Gy") for gy in curve.statistics_gy or (None, None, None))
    covered = "all" if curve.uncovered_cc == 0.0 else f"{min(100 * curve.covered, 99.9):.1f} %"
    return curve.name, show(curve.volume_cc, "cc"), *doses, covered


def stated(evaluation: Evaluation) -> Iterator[Any]:
    rows = stated_rows(evaluation)
    if not rows:
        return
    yield from title("The planning system's own curves")
    heads = ("Structure", "Volume", "Mean", "D95%", "D50%", "D2%", "Result")
    body = [[words(head, 7, bold=True, color=SOFT) for head in heads]]
    for row in rows:
        numbers = [" ".join(text for text in (cell.stated, cell.apart) if text) for cell in row.cells]
        body.append([words(cell, 7, longest=NAME_CELLS) for cell in (row.name, *numbers)] + [words(row.result, 7)])
    yield grid(body, (0.18, 0.125, 0.125, 0.125, 0.125, 0.125, 0.195), ruled(), repeat=1)
    yield words("Stated by the planning system, and how far ours lies from it.", 7, color=SOFT)


def checks(evaluation: Evaluation) -> Iterator[Any]:
    if not evaluation.checks:
        return
    passed = sum(check.verdict is Verdict.PASS for check in evaluation.checks)
    yield from title(f"Integrity checks: {passed} of {len(evaluation.checks)} passed")
    body = []
    for check in sorted(evaluation.checks, key=lambda check: -check.verdict.rank):
        word = check.verdict.value
        codes = " · ".join(dict.fromkeys((check.id, *check.reason)))
        mark = words(f"{SHAPES[word]} {word}", 7.5, bold=word != "PASS", color=TONES[word])
        body.append([mark, [words(check.title, 7.5), words(codes, SMALL, color=SOFT)], words(check.sentence, 7.5)])
    yield grid(body, (0.16, 0.30, 0.54), ruled())


def numbers(evaluation: Evaluation) -> dict[str, int]:
    """Give each source a number in the order of the scorecard."""
    cited = (row.finding.source for row in scorecard(evaluation) if row.finding.source)
    return {source: number for number, source in enumerate(dict.fromkeys(cited), start=1)}


def sources(evaluation: Evaluation) -> Iterator[Any]:
    cited = numbers(evaluation)
    if cited:
        yield from title("Sources of the limits")
        yield grid([[words(str(number), 7.5), words(text, 7.5)] for text, number in cited.items()], (0.04, 0.96))


def limits(_evaluation: Evaluation) -> Iterator[Any]:
    yield from title("What was not checked")
    yield words(STANDING, 7.5)
    yield grid([[words("–", 7.5), words(text, 7.5)] for text in NOT_CHECKED], (0.025, 0.975))


def provenance(evaluation: Evaluation, record: str) -> Iterator[Any]:
    yield from title("Provenance")
    facts = [*plain_facts(evaluation.case), *plain_facts(evaluation.provenance)]
    facts += [(f"Protocol {label.lower()}", text) for label, text in plain_facts(evaluation.protocol or {})]
    facts.append(("SHA-256 of the record", f"{record} (the JSON file of this judgement)"))
    yield grid([[words(label, 7, color=SOFT), words(text, 7)] for label, text in facts], (0.20, 0.80), ruled())
    files: Sequence[dict[str, Any]] = evaluation.case.get("files") or ()
    if files:
        yield from title("Files")
        yield grid([_file(file) for file in files], (0.11, 0.89), ruled())


def _file(file: dict[str, Any]) -> list[Any]:
    uid, digest = (
        words(str(file.get("sop_uid", "")), SMALL),
        words(f"SHA-256 {file.get('sha256', '')}", SMALL, color=SOFT),
    )
    return [words(str(file.get("role", "")), 7), [uid, digest]]
