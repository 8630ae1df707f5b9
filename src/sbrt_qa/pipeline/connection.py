"""Connection: one peer, from the first byte to the last, within limits that hold before anything is believed.

pynetdicom reads as many bytes as a peer announces, and lets an association request wait for ever in pieces. So a
connection waits outside, in a thread that sleeps, until its whole association request is there and admitted; and an
association reads through a socket that refuses what is too large or too slow.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty
from socketserver import BaseServer
from typing import TYPE_CHECKING, Any, cast

from pynetdicom.fsm import TRANSITION_TABLE, StateMachine
from pynetdicom.transport import RequestHandler, ThreadedAssociationServer

from sbrt_qa.pipeline.bounded_socket import BoundedSocket, Limits, exactly, wake
from sbrt_qa.pipeline.doorbell import RingingQueue
from sbrt_qa.pipeline.intake import Intake

if TYPE_CHECKING:
    import socket
    import ssl
    from collections.abc import Callable
    from ipaddress import IPv4Network, IPv6Network

    from pynetdicom import AE
    from pynetdicom.association import Association
    from pynetdicom.events import EventHandlerType

    from sbrt_qa.pipeline.inbox import Inbox

_HEADER = 6
_ASSOCIATE_RQ = 1
_LONGEST_REQUEST = 2**18
_GIVES_WAY_S = 2.0
_LOOK_S = 0.02
_PAUSE_S = 1e-4
_OVER = ("Sta1", "Sta13")
_OURS = ("Evt9", "Evt11", "Evt14", "Evt15")  # something of ours is to be sent

# result, source, reason of an A-ASSOCIATE-RJ (PS3.8, 9.3.4)
CALLED_UNKNOWN, CALLING_UNKNOWN = (1, 1, 7), (1, 1, 3)
NO_ROOM, TOO_MANY = (2, 3, 1), (2, 3, 2)


@dataclass(frozen=True, slots=True)
class Access:
    """Who may associate; an empty tuple lets everybody.

    Parameters
    ----------
    called, calling : tuple of str
        Application entity titles.
    addresses : tuple of networks
        From where.
    """

    called: tuple[str, ...] = ()
    calling: tuple[str, ...] = ()
    addresses: tuple[IPv4Network | IPv6Network, ...] = ()


class Lobby:
    """Connections that have not associated yet; where there are too many, the oldest leaves."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._inside: dict[int, socket.socket] = {}

    def enter(self, guest: socket.socket) -> None:
        """Let a connection wait."""
        with self._lock:
            while len(self._inside) >= self._most:
                wake(self._inside.pop(next(iter(self._inside))))
            self._inside[id(guest)] = guest

    def leave(self, guest: socket.socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._inside.pop(id(guest), None)

    def clear(self) -> None:
        """Send everybody away."""
        with self._lock:
            for guest in self._inside.values():
                wake(guest)


class Server(ThreadedAssociationServer):
    """Listens, and gives each connection a thread that sleeps until its association request is there."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        entity: AE,
        address: tuple[str, int],
        handlers: list[EventHandlerType],
        *,
        inbox: Inbox,
        access: Access,
        limits: Limits,
        tls: ssl.SSLContext | None,
        say: Callable[[str], object],
    ) -> None:
        self.inbox, self.access, self.limits, self.tls, self.say = inbox, access, limits, tls, say
        self.lobby = Lobby(limits.waiting)
        self.door = threading.Lock()
        super().__init__(
            entity,
            address,
            entity.ae_title,
            entity.supported_contexts,
            evt_handlers=handlers,
            request_handler=Visitor,
        )

    def verify_request(self, request: Any, client_address: Any) -> bool:  # noqa: ARG002 - socketserver's signature
        """Whether a connection may come from this address."""
        if not self.access.addresses:
            return True
        from ipaddress import ip_address

        address = ip_address(str(client_address[0]).partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None) or address
        allowed = any(mapped in network for network in self.access.addresses)
        if not allowed:
            self.say("refused why=address")
        return allowed

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002 - socketserver's signature
        """Say that a connection ended badly; what it sent is nobody's business."""
        self.say("refused why=error")

    def has_seat(self) -> bool:
        """Wait until there is room for another association; one that does nothing gives way."""
        until_s = time.monotonic() + self.limits.arrival_s
        while len(active := self._sockets()) >= self.limits.associations:
            laziest = max(active, key=lambda one: one.idle_s)
            if laziest.idle_s > _GIVES_WAY_S:
                laziest.cut()
            if time.monotonic() > until_s:
                return False
            time.sleep(_LOOK_S)
        return True

    def leave(self) -> None:
        """Stop listening, and end every connection."""
        BaseServer.shutdown(self)
        self.server_close()
        self.lobby.clear()
        for assoc in self.active_associations:
            cast("BoundedSocket", assoc.dul.socket).cut()
            assoc.join(self.limits.arrival_s)

    def _sockets(self) -> list[BoundedSocket]:
        return [cast("BoundedSocket", one.dul.socket) for one in self.active_associations]


class States(StateMachine):
    """The states of an association; what comes when it is over, such as an answer to who has gone, goes nowhere."""

    def do_action(self, event: str) -> None:
        """Go to the next state, where there is one."""
        if self.current_state not in _OVER or (event, self.current_state) in TRANSITION_TABLE:
            super().do_action(event)
        elif event in _OURS:
            with suppress(Empty):
                self.dul.to_provider_queue.get_nowait()


class Visitor(RequestHandler):
    """One connection, until it becomes an association or is sent away."""

    server: Server

    def handle(self) -> None:
        """Wait for the association request, admit it or not, and see the association to its end."""
        connection, assoc = cast("socket.socket", self.request), None
        self.server.lobby.enter(connection)
        try:
            connection = self._behind_tls(connection)
            assoc = self._admitted(connection)
        except (OSError, ValueError):  # TimeoutError and ssl.SSLError too: it never became an association
            self.server.say("refused why=no-association-request")
        finally:
            self.server.lobby.leave(cast("socket.socket", self.request))
        if assoc is not None:
            held = cast("BoundedSocket", assoc.dul.socket)
            assoc.join()
            assoc.dul.join(self.server.limits.idle_s)
            cast("Intake", assoc.dimse).forget_all()
            held.bell.take_down()
        self.server.shutdown_request(connection)

    def _admitted(self, connection: socket.socket) -> Association | None:
        """Return the association, begun; None when it is refused."""
        request = _first_unit(connection, self.server.limits.arrival_s)
        with self.server.door:
            refusal = self._refusal(request)
            if refusal is None:
                return self._associate(connection, request)
        self.server.say(f"rejected why={'-'.join(map(str, refusal))}")
        connection.sendall(b"\x03\x00\x00\x00\x00\x04\x00" + bytes(refusal))
        return None

    def _behind_tls(self, guest: socket.socket) -> socket.socket:
        if self.server.tls is None:
            return guest
        guest.settimeout(self.server.limits.arrival_s)
        return self.server.tls.wrap_socket(guest, server_side=True)

    def _refusal(self, request: bytes) -> tuple[int, int, int] | None:
        """Return why an association request is not admitted; None when it is."""
        called, calling = (request[start : start + 16].decode("latin-1").strip(" \0") for start in (10, 26))
        access = self.server.access
        if access.called and called not in access.called:
            return CALLED_UNKNOWN
        if access.calling and calling not in access.calling:
            return CALLING_UNKNOWN
        if not self.server.inbox.has_room:
            return NO_ROOM
        return None if self.server.has_seat() else TOO_MANY

    def _associate(self, connection: socket.socket, request: bytes) -> Association:
        visited, self.request = self.request, connection
        assoc = self._create_association()
        self.request = visited
        assoc.dul.event_queue.get_nowait()  # that there is a connection: its bounded socket says so again
        held = assoc.dul.socket = BoundedSocket(assoc, connection, request, self.server.limits)
        intake = assoc.dimse = Intake(assoc, self.server.inbox)
        assoc.dul.state_machine = States(assoc.dul)
        assoc.dul.to_provider_queue = RingingQueue(held.bell.ring)
        assoc.dul.to_user_queue = RingingQueue(intake.wake)
        assoc.dul._run_loop_delay = _PAUSE_S  # noqa: SLF001 - it waits in its socket instead
        assoc.start()
        return assoc


def _first_unit(guest: socket.socket, seconds: float) -> bytes:
    """Read an association request as a whole; ValueError when it is none."""
    until_s = time.monotonic() + seconds
    header = exactly(guest, _HEADER, seconds)
    length = int.from_bytes(header[2:], "big")
    if len(header) < _HEADER or header[0] != _ASSOCIATE_RQ or length > _LONGEST_REQUEST:
        raise ValueError("no association request")
    body = exactly(guest, length, max(until_s - time.monotonic(), 0.0))
    if len(body) < length:
        raise ValueError("half an association request")
    return bytes(header + body)
