"""``sbrt-qa protocols``: the protocol library."""

from __future__ import annotations

import click

from sbrt_qa.cli._console import say, tell


@click.group("protocols", short_help="List, show and check protocols.")
def protocols() -> None:
    """List the shipped protocols, show one in plain sentences, or check a file."""


@protocols.command("list")
def list_shipped() -> int:
    """List the shipped protocols."""
    from sbrt_qa.protocol.library import shipped
    from sbrt_qa.protocol.load import load_protocol

    known = [load_protocol(name) for name in shipped()]
    wide = max((len(protocol.id) for protocol in known), default=0)
    for protocol in known:
        fractions = ", ".join(map(str, protocol.prescription.fractions)) + " fx"
        facts = f"{protocol.version:>5}  {protocol.status:9}  {fractions:10}"
        say(f"{protocol.id:{wide}}  {facts}  {protocol.title}\n")
    return 0


@protocols.command("show")
@click.argument("protocol", metavar="ID|FILE")
def show(protocol: str) -> int:
    """Print every constraint of a protocol as one plain sentence."""
    from sbrt_qa.protocol.load import load_protocol
    from sbrt_qa.protocol.sentences import show as in_words

    say(in_words(load_protocol(protocol)))
    return 0


@protocols.command("lint")
@click.argument("protocol", metavar="FILE|ID")
def lint(protocol: str) -> int:
    """Check a protocol file: every fault as file:line:column with its remedy, or OK.

    Warnings point at what is allowed and more often a slip: a unit, a direction, a limit far from the library's.
    They never change the exit code.
    """
    from sbrt_qa.protocol.lint_hints import hints
    from sbrt_qa.protocol.load import read

    reading = read(protocol)
    faults, warnings = reading.faults.sorted(), hints(reading)
    for fault in faults:
        tell(str(fault))
    for warning in warnings:
        tell(f"{warning.where}: warning: {warning.what} ({warning.mend})")
    if faults:
        return 2
    count = f" ({len(warnings)} warning{'s' if len(warnings) > 1 else ''})" if warnings else ""
    say(f"{protocol}: OK{count}\n")
    return 0


COMMAND = protocols
