"""Refresh what ``docs/guide.md`` takes from the program: ``python docs/make_guide.py``.

The table of metrics is made anew, every example is run again, and the lines that the guide shows get the numbers
of today. What the guide leaves out stays out. Lines that changed in more than their numbers are named and must be
rewritten by hand.
"""

from __future__ import annotations

import doctest
import os
import re
import tempfile
from pathlib import Path

from click.testing import CliRunner

from sbrt_qa.cli import main as program
from sbrt_qa.metrics import MetricKind, kinds

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "guide.md"
HEAD = "| metric | what it is | computed as | units | examples |\n| --- | --- | --- | --- | --- |\n"
GAP = "…\n"


def blocks(page: str, kind: str) -> list[str]:
    """Return the contents of every code block of one kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```", page, re.MULTILINE | re.DOTALL)


def steps(block: str) -> list[tuple[str, str]]:
    """Return each command of a console block with the output that stands below it."""
    parts = re.split(r"^\$ (.*)\n", block, flags=re.MULTILINE)[1:]
    return list(zip(parts[::2], parts[1::2], strict=True))


def lay_out(page: str, folder: Path) -> None:
    """Put the sample cases and every file that the page shows into a folder."""
    (folder / "sample_dicom").symlink_to(ROOT / "sample_dicom", target_is_directory=True)
    for text in (*blocks(page, "yaml"), *blocks(page, "csv")):
        (folder / text.split("\n", 1)[0].removeprefix("# ")).write_text(text, encoding="utf-8")


def with_metrics(page: str) -> str:
    """Return the page with its table of metrics made anew."""
    before, _, rest = page.partition(HEAD)
    after = rest.partition("\n\n")[2]
    return f"{before}{HEAD}{''.join(map(_row, kinds().values()))}\n{after}"


def _row(kind: MetricKind) -> str:
    units = ", ".join(f"`{unit}`" if unit else "none" for unit in kind.units)
    examples = " ".join(f"`{text}`" for text in kind.good)
    return f"| `{kind.key}` | {kind.title} | {kind.formula} | {units} | {examples} |\n"


def with_outputs(page: str) -> str:
    """Return the page with the numbers that its console examples print now."""
    for block in blocks(page, "console"):
        fresh, code = "", 0
        for command, shown in steps(block):
            if command == "echo $?":
                output = f"{code}\n"
            else:
                result = CliRunner().invoke(program, command.split()[1:])
                code, output = result.exit_code, renewed(shown, result.output)
            fresh += f"$ {command}\n{output}"
        page = page.replace(f"```console\n{block}```", f"```console\n{fresh}```")
    return page


def renewed(shown: str, real: str) -> str:
    """Return the shown lines as the real output has them now; lines are found by their words, without their numbers."""
    lines, position, runs = real.splitlines(keepends=True), 0, []
    for run in shown.split(GAP):
        words = [_words(line) for line in run.splitlines()]
        starts = range(position, len(lines) - len(words) + 1)
        at = next((k for k in starts if [_words(line) for line in lines[k : k + len(words)]] == words), None)
        if at is None:
            raise SystemExit(f"rewrite by hand; these lines are no longer printed:\n{run}\nprinted is now:\n{real}")
        position = at + len(words)
        runs.append("".join(lines[at:position]))
    return GAP.join(runs)


def _words(line: str) -> str:
    return re.sub(r"[\s█▐▌│−+]*[\d.]+(?=\D|$)", "#", line.rstrip())


def with_python(page: str) -> str:
    """Return the page with what its Python examples print now."""
    text = "".join(blocks(page, "pycon"))
    changes: list[tuple[str, str]] = []

    class Runner(doctest.DocTestRunner):
        def report_failure(self, out, test, example, got) -> None:  # noqa: ANN001, ARG002 - doctest's signature
            changes.append((example.want, got))

    Runner().run(doctest.DocTestParser().get_doctest(text, {}, "guide", None, 0))
    for old, new in changes:
        page = page.replace(f"\n{old}", f"\n{new}", 1)
    return page


def refreshed(page: str) -> str:
    """Return the page as the program of today would have it; runs the examples in a folder of its own."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        lay_out(page, Path(folder))
        os.chdir(folder)
        try:
            return with_python(with_outputs(with_metrics(page)))
        finally:
            os.chdir(before)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    print(f"wrote {PAGE.name}")
