"""Bounded socket: bytes of one peer, no more at once than agreed, and none that take too long."""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pynetdicom.transport import AssociationSocket

from sbrt_qa.pipeline.doorbell import Doorbell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pynetdicom.association import Association

_PROGRESS_BYTES = 2**12  # smaller ones are sent by who only wants to stay
_PAUSE_S = 0.002


@dataclass(frozen=True, slots=True)
class Limits:
    """What peers may take.

    Parameters
    ----------
    pdu_bytes : int
        Length of a protocol data unit, as told to every peer.
    associations : int
        At once; further ones wait for their turn.
    waiting : int
        Connections without association; the oldest gives way to a new one.
    arrival_s : float
        From connection to association request (ARTIM), and the longest wait for a turn.
    idle_s : float
        Silence of an association, and the longest time for one protocol data unit.
    """

    pdu_bytes: int = 2**17
    associations: int = 64
    waiting: int = 128
    arrival_s: float = 10.0
    idle_s: float = 60.0


class BoundedSocket(AssociationSocket):
    """The socket of an association, which begins with what was read before, and reads no more than agreed."""

    def __init__(self, assoc: Association, client_socket: socket.socket, ahead: bytes, limits: Limits) -> None:
        super().__init__(assoc, client_socket=client_socket)
        self._ahead = ahead
        self._limits = limits
        self._since_s = time.monotonic()
        self.bell = Doorbell()
        self.is_busy = False

    @property
    def idle_s(self) -> float:
        """For how long nothing was kept of what it sent, and no larger piece of anything came."""
        return 0.0 if self.is_busy else time.monotonic() - self._since_s

    def rest(self, *, busy: bool) -> None:
        """Say that the association begins or ends something that takes time."""
        self._since_s, self.is_busy = time.monotonic(), busy

    @property
    def ready(self) -> bool:
        """Whether there is something to read; waits for it a little where there is nothing else to do."""
        held = self.socket
        if self._ahead or getattr(held, "pending", int)():  # bytes that TLS has read already make nothing ready
            return True
        if held is None:
            time.sleep(_PAUSE_S)  # closed: the thread that asks is about to end
        elif self.event_queue.empty():
            self.bell.wait(held)
        return super().ready

    def recv(self, nr_bytes: int) -> bytearray:
        """Read so many bytes, or fewer where the peer has gone.

        Raises
        ------
        ConnectionAbortedError
            When more is announced than agreed; nothing of it is read.
        TimeoutError
            When it takes too long.
        """
        if self._ahead:
            part, self._ahead = self._ahead[:nr_bytes], self._ahead[nr_bytes:]
            return bytearray(part)
        if nr_bytes > self._limits.pdu_bytes:
            raise ConnectionAbortedError("a protocol data unit is longer than agreed")
        held = cast("socket.socket", self.socket)
        _answer_at_once(held)
        read = exactly(held, nr_bytes, self._limits.idle_s)
        if len(read) >= _PROGRESS_BYTES:
            self._since_s = time.monotonic()
        return read

    def close(self) -> None:
        """Close the connection, also where the peer closed it before."""
        held = self.socket
        super().close()
        if held is not None:
            held.close()

    def cut(self) -> None:
        """End the connection from outside; whoever reads from it notices."""
        wake(self.socket)


def exactly(source: socket.socket, wanted: int, seconds: float) -> bytearray:
    """Read so many bytes within a time, or fewer where the peer has gone.

    Raises
    ------
    TimeoutError
        When they take longer.
    """
    read = bytearray()
    for left_s in _time_left(seconds):
        source.settimeout(left_s)
        part = source.recv(wanted - len(read))
        read += part
        if not part or len(read) == wanted:
            break
    source.settimeout(seconds)
    return read


def _time_left(seconds: float) -> Iterator[float]:
    until_s = time.monotonic() + seconds
    while (left_s := until_s - time.monotonic()) > 0:
        yield left_s
    raise TimeoutError


def _answer_at_once(held: socket.socket) -> None:
    """Hold back neither answers nor acknowledgements: a sender of small pieces would wait 40 ms for each of them."""
    held.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_QUICKACK"):
        held.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)  # Linux forgets it now and then


def wake(held: socket.socket | None) -> None:
    """End a connection so that a thread that reads from it wakes up."""
    if held is not None:
        try:
            held.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it has ended already
