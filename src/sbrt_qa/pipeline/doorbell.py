"""Doorbell: what lets the threads of an association sleep until there is something to do.

pynetdicom looks a thousand times a second whether a byte has come or an answer is to be sent, twice for each
association. Here both wait, and whoever has something for them rings.
"""

from __future__ import annotations

import queue
import select
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

NAP_S = 0.05  # the longest sleep: what nobody rings for is noticed by then


class Doorbell:
    """Wakes a thread that waits for bytes."""

    def __init__(self) -> None:
        self._heard, self._button = socket.socketpair()
        self._heard.setblocking(False)
        self._button.setblocking(False)

    def ring(self) -> None:
        """Wake who waits, or will."""
        with suppress(OSError):  # it is full of rings already, or taken down
            self._button.send(b"\0")

    def wait(self, source: socket.socket) -> None:
        """Sleep until there are bytes to read, somebody rings, or a nap is over."""
        try:
            waiting = select.poll()
            for held in (source, self._heard):
                waiting.register(held, select.POLLIN)
            waiting.poll(NAP_S * 1000)
        except (OSError, ValueError):  # one of them was closed: let nobody spin on it
            time.sleep(NAP_S / 10)
        with suppress(OSError):
            self._heard.recv(64)

    def take_down(self) -> None:
        """Close it."""
        self._heard.close()
        self._button.close()


class RingingQueue(queue.Queue[Any]):
    """A queue that tells when something was put into it."""

    def __init__(self, ring: Callable[[], object]) -> None:
        super().__init__()
        self._ring = ring

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: FBT001, FBT002 - queue.Queue's signature
        """Put it in, then ring."""
        super().put(item, block, timeout)
        self._ring()
