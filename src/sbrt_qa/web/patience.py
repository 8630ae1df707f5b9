"""Patience: how long a connection may be held that does not ask for anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

PATIENCE_S = 10.0


class Impatient(H11Protocol):
    """Closes connections that bring no whole heading of a request in time: their number is limited, and others wait."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to count."""
        super().connection_made(transport)
        self.loop.call_later(PATIENCE_S, self._look, None)

    def _look(self, before: Any) -> None:
        """Close where nothing was asked since the last look; an answer that is being made takes the time it takes."""
        if self.transport.is_closing():
            return
        if self.cycle is before and (before is None or before.response_complete):
            self.transport.close()
            return
        self.loop.call_later(PATIENCE_S, self._look, self.cycle)
