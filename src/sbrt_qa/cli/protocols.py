"""``sbrt-qa protocols``: the protocol library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sbrt_qa.cli._console import say, tell
from sbrt_qa.cli._files import deliver

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.protocol.definition import Protocol

Function = TypeVar("Function", bound="Callable[..., Any]")


def _output(what: str) -> Callable[[Function], Function]:
    """Return the option ``-o`` of a command that makes one new file."""
    return click.option(
        "-o",
        "--output",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"Write {what} to this file, which must not be there yet.",
    )


@click.group("protocols", short_help="List, show, check, compare and make protocols.")
def protocols() -> None:
    """List the shipped protocols; show, check, compare and make protocol files."""


@protocols.command("list")
def list_shipped() -> int:
    """List the shipped protocols."""
    from sbrt_qa.protocol.library import shipped
    from sbrt_qa.protocol.load import load_protocol

    known = [load_protocol(name) for name in shipped()]
    rows = [(one.id, one.version, one.status, _fractions(one), one.title) for one in known]
    wide = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (f"{cell:{width}}" for cell, width in zip(row, wide, strict=True))
        say("  ".join(cells).rstrip() + "\n")
    return 0


def _fractions(protocol: Protocol) -> str:
    return ", ".join(map(str, protocol.prescription.fractions)) + " fx"


@protocols.command("show", short_help="Print a protocol in plain sentences.")
@click.argument("protocol", metavar="ID|FILE")
def show(protocol: str) -> int:
    """Print every constraint of a protocol as one plain sentence."""
    from sbrt_qa.protocol.load import load_protocol
    from sbrt_qa.protocol.sentences import show as in_words

    say(in_words(load_protocol(protocol)))
    return 0


@protocols.command("lint", short_help="Check a protocol file for faults and slips.")
@click.argument("protocol", metavar="FILE|ID")
def lint(protocol: str) -> int:
    """Check a protocol file: every fault as file:line:column with its remedy, or OK.

    Warnings point at what is allowed and more often a slip: a unit, a direction, a limit far from the library's.
    They never change the exit code, and are told once the file has no fault.
    """
    from sbrt_qa.protocol.lint_hints import hints
    from sbrt_qa.protocol.load import read

    reading = read(protocol)
    faults = reading.faults.sorted()
    for fault in faults:
        tell(str(fault))
    if faults:
        return 2
    warnings = hints(reading)
    for warning in warnings:
        tell(f"{warning.where}: warning: {warning.what} ({warning.mend})")
    count = f" ({len(warnings)} warning{'s' if len(warnings) > 1 else ''})" if warnings else ""
    say(f"{protocol}: OK{count}\n")
    return 0


@protocols.command("diff", short_help="Compare two protocols by meaning.")
@click.argument("old", metavar="A")
@click.argument("new", metavar="B")
def diff(old: str, new: str) -> int:
    """Compare two protocols (ids or files) by meaning: what B asks and says otherwise than A.

    Order, layout, comments and the spelling of numbers are no difference. The exit code is 0 whether they differ or
    not, because nothing is judged; 2 when one of them cannot be read.
    """
    from sbrt_qa.protocol.diff import differences
    from sbrt_qa.protocol.load import load_protocol

    one, other = load_protocol(old), load_protocol(new)
    found = differences(one, other)
    if not found:
        say("no difference in meaning\n")
        return 0
    lines = [f"{one.id} {one.version} → {other.id} {other.version}"]
    for title, judged in (("Asked differently", True), ("Asked alike, said differently", False)):
        block = [f"  {difference.what}: {difference.change}" for difference in found if difference.judged is judged]
        lines += ["", title, *block] if block else []
    say("\n".join(lines) + "\n")
    return 0


@protocols.command("schema", short_help="Print the JSON Schema of a protocol file.")
@_output("the schema")
def schema(output: Path | None) -> int:
    """Print the JSON Schema of a protocol file, for editors that check while you type."""
    import json

    from sbrt_qa.protocol.json_schema import json_schema

    deliver(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", output)
    return 0


@protocols.command("new", short_help="Print a protocol to begin with.")
@click.argument("protocol_id", metavar="ID")
@_output("the protocol")
def new(protocol_id: str, output: Path | None) -> int:
    """Print a protocol to begin with: commented, without fault, its numbers mere examples."""
    from sbrt_qa.protocol.template import template

    deliver(template(protocol_id), output)
    return 0


@protocols.command("hash", short_help="Print the lines of an allow-list.")
@click.argument("protocols_asked", metavar="ID|FILE...", nargs=-1, required=True)
def hash_of(protocols_asked: tuple[str, ...]) -> int:
    """Print SHA-256, id and version of each protocol: the lines of an allow-list for check --allow.

    The hash is that of the content: the same for every layout, comment and order of keys.
    """
    from sbrt_qa.protocol.allow_list import entry_of
    from sbrt_qa.protocol.load import load_protocol

    entries = [entry_of(load_protocol(protocol)) for protocol in protocols_asked]
    say("".join(f"{entry}\n" for entry in entries))
    return 0


@protocols.command("export", short_help="Print a protocol as a CSV table.")
@click.argument("protocol", metavar="ID|FILE")
@_output("the table")
def export(protocol: str, output: Path | None) -> int:
    """Print a protocol as a CSV table, for spreadsheets; import reads it back without loss.

    Only the comments of the file are not in it.
    """
    from sbrt_qa.protocol.exchange.write_csv import write_csv
    from sbrt_qa.protocol.load import load_protocol

    deliver(write_csv(load_protocol(protocol)), output)
    return 0


@protocols.command("import", short_help="Make a protocol file of a CSV table.")
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path))
@_output("the protocol")
@click.option("--id", "protocol_id", default="", metavar="ID", help="The protocol's id; else made of the file's name.")
@click.option(
    "--fractions",
    type=click.IntRange(min=1),
    multiple=True,
    metavar="N",
    help="Number of fractions it is for; may be repeated.",
)
@click.option("--target", default="", metavar="NAME", help="What is prescribed to, where the table leaves it open.")
def import_file(path: Path, output: Path | None, protocol_id: str, fractions: tuple[int, ...], target: str) -> int:
    """Make a protocol file of a CSV table of constraints, or of a PlanScoreCard in JSON.

    Rows that cannot be read are refused one by one, with the reason; they stand in the file as comments, and the exit
    code is 2. What was read is marked 'verify' until somebody has checked it.
    """
    from sbrt_qa.protocol.exchange.import_table import import_table

    made = import_table(path, protocol_id=protocol_id, fractions=fractions, target=target)
    for error in made.refused:
        tell(f"not read: {error}")
    for note in made.notes:
        tell(f"note: {note}")
    deliver(made.text, output)
    return 2 if made.refused else 0


COMMAND = protocols
