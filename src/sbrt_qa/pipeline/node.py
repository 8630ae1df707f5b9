"""Node: an archive that documents are sent to by C-STORE."""

from __future__ import annotations

import re
import socket
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydicom import dcmread
from pynetdicom import AE
from pynetdicom.status import code_to_category
from pynetdicom.transport import AddressInformation, AssociationSocket

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.listener import DUPLICATE, TITLE
from sbrt_qa.report.encapsulated_pdf import SOP_CLASS

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pynetdicom.association import Association

_PLAIN = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]
_CONNECT_S, _ANSWER_S = 10.0, 60.0
_TITLE = r"[!-\[\]-~][ -\[\]-~]{0,15}"
_NODE = re.compile(rf"(?P<title>{_TITLE})@(?P<host>\[[0-9A-Fa-f:.]+\]|[^\s@:\[\]/]+):(?P<port>[0-9]{{1,5}})")


class Unreachable(Exception):
    """A node that cannot be talked to now; the text says why, in one word."""


class _Socket(AssociationSocket):
    """A socket that is closed also where no connection came about; the library's own is left to the garbage."""

    def _shutdown_socket(self) -> None:
        held = self.socket
        super()._shutdown_socket()
        if held is not None:
            held.close()

    def cut(self) -> None:
        """End the connection from outside; whoever waits for the node wakes up."""
        held = self.socket
        if held is not None:
            with suppress(OSError):
                held.shutdown(socket.SHUT_RDWR)


class _Entity(AE):
    def __init__(self, title: str, made: list[_Socket]) -> None:
        super().__init__(title)
        self._made = made

    def _create_socket(
        self, assoc: Association, address: AddressInformation, tls_args: tuple[ssl.SSLContext, str] | None
    ) -> AssociationSocket:
        made = _Socket(assoc, address=address)
        made.tls_args = tls_args
        self._made[:] = [made]
        return made


@dataclass(frozen=True, slots=True)
class Node:
    """Where to send.

    Parameters
    ----------
    title : str
        Its application entity title.
    host, port : str, int
        Where it listens.
    calling : str
        By which title it knows us.
    tls : ssl.SSLContext, optional
        To send behind TLS.
    """

    title: str
    host: str
    port: int
    calling: str = TITLE
    tls: ssl.SSLContext | None = None
    _made: list[_Socket] = field(default_factory=list, init=False, repr=False, compare=False)

    def hang_up(self) -> None:
        """End the connection that there may be, from another thread."""
        for made in self._made:
            made.cut()

    @contextmanager
    def reached(self) -> Iterator[Callable[[Path], int]]:
        """Yield what sends a file and returns the status of the answer; 0 where the node has it, now or since before.

        Raises
        ------
        Unreachable
            When there is no association, or no answer.
        """
        entity = _Entity(self.calling, self._made)
        entity.connection_timeout = _CONNECT_S
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = _ANSWER_S
        entity.add_requested_context(SOP_CLASS, _PLAIN)
        tls = None if self.tls is None else (self.tls, self.host)
        try:
            assoc = entity.associate(self.host, self.port, ae_title=self.title, tls_args=tls)
        except OSError as error:  # a host without address
            raise Unreachable("no-connection") from error
        try:
            if not assoc.is_established:
                raise Unreachable(_why_not(assoc))
            yield lambda file: _status_of(assoc.send_c_store(dcmread(file)))
        finally:
            if assoc.is_established:
                assoc.release()


def node_of(text: str, calling: str = TITLE, tls: ssl.SSLContext | None = None) -> Node:
    """Read ``TITLE@HOST:PORT``; the rest is as for :class:`Node`.

    Raises
    ------
    UsageError
        When it is none.
    """
    found = _NODE.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 2**16:
        what = f"{text!r} is no node to send to"
        raise UsageError(what, mend="write TITLE@HOST:PORT, for instance ARCHIVE@192.168.7.4:104")
    if not re.fullmatch(_TITLE, calling):
        raise UsageError(f"{calling!r} is no title", mend="give up to 16 plain letters, digits and signs, no backslash")
    return Node(found["title"].rstrip(), found["host"].strip("[]"), int(found["port"]), calling, tls)


def _why_not(assoc: object) -> str:
    if getattr(assoc, "rejected_contexts", None) and not getattr(assoc, "accepted_contexts", None):
        return "no-encapsulated-pdf-there"
    return "association-rejected" if getattr(assoc, "is_rejected", False) else "no-connection"


def _status_of(answer: object) -> int:
    status = getattr(answer, "Status", None)
    if status is None:
        raise Unreachable("no-answer")
    taken = code_to_category(status) in {"Success", "Warning"} or status == DUPLICATE  # our UIDs follow from content
    return 0 if taken else int(status)
