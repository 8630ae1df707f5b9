"""Cases laid below a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hazard_case import Pile

if TYPE_CHECKING:
    from pathlib import Path


def lay(folder: Path, pile: Pile | None = None) -> None:
    """Write a case, the good one unless another is given, into a folder."""
    pile = pile or Pile.fresh()
    pile.protocol = None
    pile.write(folder)
