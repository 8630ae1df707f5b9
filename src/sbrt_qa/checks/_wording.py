"""How the checks word what they saw."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

UID_TAIL = 12
MOST_NAMES = 5


def short(uid: str) -> str:
    """Return the last 12 characters of a UID, enough to tell two apart; ``none`` for an empty one."""
    if not uid:
        return "none"
    return uid if len(uid) <= UID_TAIL else f"…{uid[-UID_TAIL:]}"


def listed(words: Iterable[str]) -> str:
    """Join words to ``a, b and c``; from the sixth on they are only counted."""
    every = list(words)
    if len(every) > MOST_NAMES:
        return f"{', '.join(every[:MOST_NAMES])} and {len(every) - MOST_NAMES} more"
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} and {every[-1]}"
