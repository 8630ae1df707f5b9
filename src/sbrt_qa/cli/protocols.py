"""``sbrt-qa protocols``: the protocol library."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from sbrt_qa.cli._console import say, tell
from sbrt_qa.errors import ProtocolError

if TYPE_CHECKING:
    from sbrt_qa.errors import SbrtQaError


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
    """Check a protocol file: every fault as file:line:column, or OK."""
    faults = _faults(protocol)
    for fault in faults:
        tell(str(fault))
    if faults:
        return 2
    say(f"{protocol}: OK\n")
    return 0


def _faults(protocol: str) -> tuple[SbrtQaError, ...]:
    from sbrt_qa.protocol.load import lint as faults_of

    try:
        return faults_of(protocol)
    except ProtocolError as error:
        return error.faults


COMMAND = protocols
