"""``sbrt-qa check``: one case, judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import colored, draws, say, tell, width

if TYPE_CHECKING:
    from pathlib import Path

    from sbrt_qa.errors import CaseError


@click.command("check", short_help="Judge one case by a protocol.")
@words.case_path
@words.protocol
@words.outputs(
    "Write a report; the suffix picks the format (.html, .pdf, .dcm, .rtstruct.dcm, .json, .xml, .csv, .md, "
    ".png, .svg). "
    "May be repeated."
)
@words.names
@words.allow
@words.plan
@click.option("--strict", is_flag=True, help="Turn every VARIATION into FAIL.")
@click.option(
    "--deidentify", is_flag=True, help="Leave patient, labels, dates and UIDs out of the scorecard and every report."
)
@words.plot
@words.sampling
def check(path: Path, outputs: tuple[Path, ...], **asked: Any) -> int:
    """Read the case at PATH (folder, file or zip), judge it and print the scorecard.

    Reports are written at exit codes 0, 1 and 3 alike. Where one cannot be written the code is 2 and no
    verdict is printed. Without a protocol only the integrity checks run, and the case stays UNDECIDED.
    """
    targets = words.writable(outputs)
    words.present(path)
    words.tell_slips(asked["names"], asked["protocol"])
    sampling = words.sampling_of(asked["end_cap"], asked["between"], asked["dose"])

    from sbrt_qa.report import write_reports
    from sbrt_qa.report.terminal import render
    from sbrt_qa.workflow import judge

    evaluation = judge(
        path,
        asked["protocol"],
        names=asked["names"],
        allow=asked["allow"],
        plan=asked["plan"],
        sampling=sampling,
        strict=asked["strict"],
        on_refusal=_explain_without_names if asked["deidentify"] else _explain,
    )
    if asked["deidentify"]:
        from sbrt_qa.report.deidentified import deidentified

        evaluation = deidentified(evaluation)
    write_reports(evaluation, targets)
    say(render(evaluation, color=colored(), width=width(), plot=draws(asked["plot"])))
    return {"PASS": 0, "VARIATION": 0, "FAIL": 1, "UNDECIDED": 3}[evaluation.verdict.value]


def _explain(error: CaseError) -> None:
    """Say which file is at fault: names stay out of every report."""
    tell(str(error))


def _explain_without_names(error: CaseError) -> None:
    """Say only what kind of fault it is: its place and its words may name the patient."""
    tell(f"the case could not be read ({error.code or 'case-unreadable'})")


COMMAND = check
