"""Listener: a DICOM storage provider that puts what it receives into an inbox, and answers when it is on disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Self, cast

from pynetdicom import AE, evt

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.connection import Server
from sbrt_qa.pipeline.event import Event
from sbrt_qa.pipeline.inbox import NotTaken, Taken

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from pynetdicom.dimse_primitives import C_STORE
    from pynetdicom.events import Event as Request

    from sbrt_qa.pipeline.bounded_socket import BoundedSocket, Limits
    from sbrt_qa.pipeline.connection import Access
    from sbrt_qa.pipeline.inbox import Inbox
    from sbrt_qa.pipeline.intake import Draft, Intake

TITLE = "SBRT_QA"
_AT_HAND_S = 1.0  # for an association request that is here already
_VERIFICATION = "1.2.840.10008.1.1"
_STORAGE = "1.2.840.10008.5.1.4.1.1."
_RT = tuple(f"{_STORAGE}481.{last}" for last in range(1, 10))
_IMAGES = tuple(_STORAGE + last for last in ("2", "2.1", "4", "4.1", "128", "130", "7", "20"))
_OTHERS = tuple(_STORAGE + last for last in ("66", "66.1", "66.3", "66.4", "66.5", "11.1", "104.1"))
_PLAIN = ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2"]  # a deflated data set could not be looked into without unpacking
_COMPRESSED = [f"1.2.840.10008.1.2.{last}" for last in ("4.57", "4.70", "4.80", "4.90", "5")]

# Status of a C-STORE response (PS3.4, B.2.3; PS3.7, C)
SUCCESS, DUPLICATE, NOT_SUPPORTED, NO_RESOURCES, MISMATCH = 0x0000, 0x0111, 0x0122, 0xA700, 0xA900


class Listener:
    """Receives by C-STORE, and answers C-ECHO. Use it as a context manager.

    Parameters
    ----------
    inbox : Inbox
        Where files go.
    host, port : str, int
        Where to listen; port 0 takes any that is free.
    access : Access
        Who may send.
    limits : Limits
        What peers may take.
    tls : ssl.SSLContext, optional
        To listen behind TLS.
    say : callable
        Told what happens, a line each, without anything that was sent.

    Raises
    ------
    UsageError
        When it cannot listen there.
    """

    def __init__(
        self,
        inbox: Inbox,
        host: str,
        port: int,
        *,
        access: Access,
        limits: Limits,
        tls: ssl.SSLContext | None = None,
        say: Callable[[str], object] = lambda _line: None,
    ) -> None:
        self._inbox = inbox
        self._say = say
        entity = AE(TITLE)
        entity.maximum_pdu_size = limits.pdu_bytes
        entity.maximum_associations = 2 * limits.associations  # never reached: the server keeps the count
        entity.acse_timeout, entity.network_timeout = _AT_HAND_S, limits.idle_s
        entity.add_supported_context(_VERIFICATION, _PLAIN)
        for sop_class in (*_RT, *_IMAGES, *_OTHERS):
            entity.add_supported_context(sop_class, _PLAIN + (_COMPRESSED if sop_class in _IMAGES else []))
        try:
            self._server = Server(
                entity,
                (host, port),
                [(evt.EVT_C_STORE, self._store)],
                inbox=inbox,
                access=access,
                limits=limits,
                tls=tls,
                say=say,
            )
        except OSError as error:
            what = f"cannot listen on {host}, port {port}: {error.strerror or error}"
            raise UsageError(what, mend="choose another --host or --port") from error
        self.port = int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.1,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._say(Event("listening", port=self.port))
        return self

    def __exit__(self, *_: object) -> None:
        self._server.leave()
        self._thread.join()

    def _store(self, event: Request) -> int:
        connection = cast("BoundedSocket", event.assoc.dul.socket)
        connection.rest(busy=True)
        try:
            return self._status(event)
        finally:
            connection.rest(busy=False)

    def _status(self, event: Request) -> int:
        """Keep what was sent, and say so only when it is on disk."""
        asked = cast("C_STORE", event.request)
        if asked.AffectedSOPClassUID != event.context.abstract_syntax:
            cast("Intake", event.assoc.dimse).forget(cast("Draft", asked.DataSet))
            self._say("refused why=another-class-than-agreed")
            return NOT_SUPPORTED
        draft = cast("Draft", asked.DataSet)
        try:
            taken = self._taken(draft, asked)
        except NotTaken as error:
            self._say(f"refused why={str(error).replace(' ', '-')}")
            return MISMATCH
        except OSError:
            self._say("refused why=no-room")
            return NO_RESOURCES
        finally:
            cast("Intake", event.assoc.dimse).forget(draft)
        if taken is Taken.CONFLICT:
            self._say("refused why=other-bytes-under-the-same-uid kept=beside")
            return DUPLICATE
        return SUCCESS

    def _taken(self, draft: Draft, asked: C_STORE) -> Taken:
        if not self._inbox.has_room:
            raise OSError("the disk is nearly full")
        return self._inbox.take(draft.finish(), str(asked.AffectedSOPClassUID), str(asked.AffectedSOPInstanceUID))
