"""``sbrt-qa receive``: a DICOM listener; what it receives is judged when it is complete and quiet."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _judging as judging
from sbrt_qa.cli import _options as words
from sbrt_qa.cli import _sending as sending
from sbrt_qa.cli import _service as service
from sbrt_qa.cli._console import say
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from sbrt_qa.pipeline.connection import Access
    from sbrt_qa.pipeline.inbox import Inbox
    from sbrt_qa.pipeline.listener import Listener

_FILE = click.Path(path_type=Path)


@click.command("receive", short_help="Receive cases by DICOM and judge them.")
@words.protocol
@click.option("-o", "--output", type=_FILE, required=True, metavar="OUT", help="Where to.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=11112, show_default=True, help="Port; 0 takes a free one."
)
@click.option("--called", multiple=True, metavar="TITLE", help="Be called by this title only; may be repeated.")
@click.option("--calling", multiple=True, metavar="TITLE", help="Let this title send; may be repeated.")
@click.option("--from", "addresses", multiple=True, metavar="NETWORK", help="Let this address or network send.")
@click.option("--tls-cert", type=_FILE, metavar="FILE", help="Listen behind TLS with this certificate (PEM).")
@click.option("--tls-key", type=_FILE, metavar="FILE", help="Its key.")
@click.option("--tls-ca", type=_FILE, metavar="FILE", help="Let only senders in that show a certificate of this CA.")
@click.option("--max-pdu", type=click.IntRange(4096, 2**20), default=2**17, show_default=True, help="Bytes of a PDU.")
@click.option("--associations", type=click.IntRange(1, 200), default=64, show_default=True, help="At once.")
@click.option("--idle", type=click.FloatRange(1), default=60, show_default=True, help="Seconds of silence.")
@click.option("--largest", type=click.FloatRange(0), default=2, show_default=True, help="GB of one instance.")
@click.option("--keep-free", type=click.FloatRange(0), default=1, show_default=True, help="GB of disk to keep free.")
@sending.options
@service.patience_options
@judging.options
@service.service
def receive(output: Path, **asked: Any) -> int:
    """Listen for DICOM instances (C-STORE, C-ECHO), and judge each study once it is complete and quiet.

    An instance is answered with success when it is on disk, byte for byte. With --send-to the report on each plan goes
    back to an archive, as DICOM Encapsulated PDF. SIGTERM or Ctrl-C end it. Standard error
    gets one line per event, without patient data.
    """
    judging.ensure_protocol("a listener", asked)
    access, node = _access(asked), sending.node_of(asked)

    from sbrt_qa.pipeline.inbox import Inbox, Room
    from sbrt_qa.pipeline.store import Store
    from sbrt_qa.pipeline.watch import Watch, keep_watch

    question, patience = judging.question_of(asked), service.patience_of(asked)
    with Store(output) as store:
        inbox = Inbox(output, Room(int(asked["largest"] * 1e9), int(asked["keep_free"] * 1e9)))
        watch = Watch(inbox.root, store, question, judging.crew_of(asked), patience=patience, say=service.log)
        sender = sending.sender(watch, output, question, node, asked)
        with service.until_told() as stop, sender, _listener(inbox, access, asked):
            keep_watch(watch, patience, stop)
        tally = watch.standing()
        say(service.last_word(tally, len(watch.waiting), output))
    return judging.CODES[tally.verdict]


def _access(asked: Mapping[str, Any]) -> Access:
    """Return who may send; whoever listens beyond this machine has to say so."""
    from ipaddress import ip_address, ip_network

    sending.ensure_net("receiving")
    from sbrt_qa.pipeline.connection import Access

    try:
        networks = tuple(ip_network(text, strict=False) for text in asked["addresses"])
        is_here = ip_address(asked["host"]).is_loopback
    except ValueError as error:
        raise UsageError(
            str(error), mend="give addresses such as 192.168.7.4, networks such as 192.168.7.0/24"
        ) from error
    if not is_here and not networks:
        what = f"{asked['host']} can be reached from other machines"
        raise UsageError(what, mend="say from which addresses to receive, with --from")
    return Access(asked["called"], asked["calling"], networks)


def _listener(inbox: Inbox, access: Access, asked: Mapping[str, Any]) -> Listener:
    from sbrt_qa.pipeline.bounded_socket import Limits
    from sbrt_qa.pipeline.listener import Listener

    return Listener(
        inbox,
        asked["host"],
        asked["port"],
        access=access,
        limits=Limits(asked["max_pdu"], asked["associations"], idle_s=asked["idle"]),
        tls=_tls(asked),
        say=service.log,
    )


def _tls(asked: Mapping[str, Any]) -> ssl.SSLContext | None:
    import ssl

    cert, key, authority = (asked[name] for name in ("tls_cert", "tls_key", "tls_ca"))
    if cert is None:
        if key is not None or authority is not None:
            raise UsageError("TLS needs a certificate", mend="name it with --tls-cert")
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(cert, key)
        if authority is not None:
            context.load_verify_locations(authority)
            context.verify_mode = ssl.CERT_REQUIRED
    except OSError as error:  # ssl.SSLError too
        what = f"certificate or key cannot be used: {error.strerror or error}"
        raise UsageError(what, mend="give PEM files that belong together") from error
    return context


COMMAND = receive
