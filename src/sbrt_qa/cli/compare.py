"""``sbrt-qa compare``: two plans of one patient, or two versions of one, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import colored, say, tell, width
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.errors import CaseError
    from sbrt_qa.protocol.finding import Evaluation

_OF_BOTH = {"strict": "--strict", "allow": "--allow"}  # never on one side only
_OF_AN_EXPORT = {
    "protocol": "--protocol",
    "names": "--names",
    "end_cap": "--end-cap",
    "between": "--between",
    "dose": "--dose",
}


@click.command("compare", short_help="Two plans, or two versions of one, side by side.")
@click.argument("a", type=click.Path(path_type=Path))
@click.argument("b", type=click.Path(path_type=Path))
@words.protocol
@words.outputs("Write the comparison; the suffix picks the format (.html, .json, .csv, .md). May be repeated.")
@words.names
@words.allow
@click.option("--plan-a", metavar="LABEL|UID", help="Which plan of A, where there are several.")
@click.option("--plan-b", metavar="LABEL|UID", help="Which plan of B, where there are several.")
@click.option("--strict", is_flag=True, help="Turn every VARIATION into FAIL.")
@click.option(
    "--deidentify", is_flag=True, help="Leave patient, labels, dates and UIDs out of the text and every report."
)
@words.sampling
def compare(a: Path, b: Path, outputs: tuple[Path, ...], **asked: Any) -> int:
    """Judge A and B by one protocol and set them side by side: what improved, and what got worse.

    Each is an export (folder, file or zip), or a JSON record that check has written. A difference counts only where
    the numerical intervals of the two values do not meet. The exit code is the worse of the two that check gives.
    """
    from sbrt_qa.report.comparison.writing import ensure_writable, write_comparison

    targets = words.distinct(outputs, ensure_writable)
    for path in (a, b):
        words.present(path)
    _refuse_what_a_record_cannot_follow((a, b), asked)
    words.tell_slips(asked["names"], asked["protocol"])
    sides = (_side(a, "A", asked["plan_a"], asked), _side(b, "B", asked["plan_b"], asked))

    from sbrt_qa.protocol.comparison import compare as side_by_side
    from sbrt_qa.report.comparison.terminal import render

    comparison = side_by_side(*sides)
    if asked["deidentify"]:
        from sbrt_qa.report.comparison.deidentified import deidentified_comparison

        comparison = deidentified_comparison(comparison)
    write_comparison(comparison, targets)
    say(render(comparison, color=colored(), width=width()))
    return {"PASS": 0, "VARIATION": 0, "FAIL": 1, "UNDECIDED": 3}[comparison.verdict.value]


def _is_record(path: Path) -> bool:
    return path.suffix.lower() == ".json" and path.is_file()


def _refuse_what_a_record_cannot_follow(paths: tuple[Path, Path], asked: dict[str, Any]) -> None:
    """Refuse words that a record, which is judged already, would silently not follow."""
    records = [_is_record(path) for path in paths]
    given = _OF_BOTH if any(records) else {}
    given = given | (_OF_AN_EXPORT if all(records) else {})
    given |= {
        name: f"--{name.replace('_', '-')}"
        for name, is_record in zip(("plan_a", "plan_b"), records, strict=True)
        if is_record
    }
    wrong = [option for name, option in given.items() if asked[name]]
    if wrong:
        raise UsageError(
            f"{', '.join(wrong)} cannot be applied to a record: it is judged already",
            mend="leave it out, or compare the exports",
        )


def _side(path: Path, name: str, plan: str | None, asked: dict[str, Any]) -> Evaluation:
    from sbrt_qa.workflow import judge, judged_before

    told = _explained(name, with_names=not asked["deidentify"])
    if _is_record(path):
        return judged_before(path, on_refusal=told)
    return judge(
        path,
        asked["protocol"],
        names=asked["names"],
        allow=asked["allow"],
        plan=plan,
        sampling=words.sampling_of(asked["end_cap"], asked["between"], asked["dose"]),
        strict=asked["strict"],
        on_refusal=told,
    )


def _explained(name: str, *, with_names: bool) -> Callable[[CaseError], None]:
    """Return what says why a side could not be read: its words may name the patient."""

    def explain(error: CaseError) -> None:
        code = error.code or "case-unreadable"
        tell(f"{name}: {error}" if with_names else f"{name}: could not be read ({code})")

    return explain


COMMAND = compare
