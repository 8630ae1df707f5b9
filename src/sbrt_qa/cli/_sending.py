"""Words of the commands that send the document of each plan to an archive."""

from __future__ import annotations

import ssl
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _judging as judging
from sbrt_qa.cli import _service as service
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from sbrt_qa.cli import _options as words
    from sbrt_qa.pipeline.node import Node
    from sbrt_qa.pipeline.task import Question
    from sbrt_qa.pipeline.watch import Watch

_FILE = click.Path(path_type=Path)
_TLS = ("send_tls_ca", "send_tls_cert", "send_tls_key")


def options(command: words.Function) -> words.Function:
    """Add to a command where to send documents, and how."""
    for option in (
        click.option("--send-tls-key", type=_FILE, metavar="FILE", help="Its key."),
        click.option("--send-tls-cert", type=_FILE, metavar="FILE", help="Show the archive this certificate (PEM)."),
        click.option("--send-tls-ca", type=_FILE, metavar="FILE", help="Send behind TLS, to a certificate of this CA."),
        click.option(
            "--send-as", default="SBRT_QA", show_default=True, metavar="TITLE", help="Our title when sending."
        ),
        click.option("--send-to", metavar="TITLE@HOST:PORT", help="Send the report on each plan to this archive."),
    ):
        command = option(command)
    return command


def node_of(asked: Mapping[str, Any]) -> Node | None:
    """Return where to send; None where nothing is to be sent."""
    if asked["send_to"] is None:
        if any(asked[name] is not None for name in _TLS):
            raise UsageError("TLS for sending needs an archive to send to", mend="name it with --send-to")
        return None
    ensure_net("sending")
    from sbrt_qa.pipeline.node import node_of

    return node_of(asked["send_to"], asked["send_as"], _tls(asked))


def sender(
    watch: Watch, output: Path, question: Question, node: Node | None, asked: Mapping[str, Any]
) -> AbstractContextManager[object]:
    """Return a context in which the documents of a watch are sent, where there is an archive to send them to."""
    if node is None:
        return nullcontext()
    from dataclasses import replace

    from sbrt_qa.pipeline.document import bind
    from sbrt_qa.pipeline.outbox import Outbox
    from sbrt_qa.pipeline.send_back import SendBack, Waits

    crew = replace(judging.crew_of(asked), workers=1, task=bind)
    waits = Waits(look_s=asked["poll"])
    return SendBack(
        watch,
        output,
        question,
        crew,
        outbox=Outbox(output),
        node=node,
        waits=waits,
        say=service.log,
        at_the_end=asked.get("once", False),
    )


def ensure_net(what: str) -> None:
    """Refuse to go on without the network's library."""
    from importlib.util import find_spec

    if find_spec("pynetdicom") is None:
        raise UsageError(f"{what} needs pynetdicom", mend="pip install 'sbrt-qa[net]'")


def _tls(asked: Mapping[str, Any]) -> ssl.SSLContext | None:
    authority, cert, key = (asked[name] for name in _TLS)
    if authority is None:
        if cert is not None or key is not None:
            raise UsageError("sending behind TLS needs to know whom to trust", mend="name the CA with --send-tls-ca")
        return None
    if key is not None and cert is None:
        raise UsageError("a key for sending needs its certificate", mend="name it with --send-tls-cert")
    try:
        context = ssl.create_default_context(cafile=authority)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        if cert is not None:
            context.load_cert_chain(cert, key)
    except OSError as error:  # ssl.SSLError too
        what = f"certificate or key for sending cannot be used: {error.strerror or error}"
        raise UsageError(what, mend="give PEM files that belong together") from error
    return context
