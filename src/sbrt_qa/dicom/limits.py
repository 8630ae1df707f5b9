"""How much is taken in: sizes are checked before memory is taken."""

from __future__ import annotations

from sbrt_qa.errors import CaseError

LARGEST = 512 * 2**20
LARGEST_TOGETHER = 4 * LARGEST  # one file is in memory at a time, apart from the RT objects

_HARMLESS = 16 * 2**20
_RATIO = 200


def largest_unpacked(packed: int, *, most: int = LARGEST) -> int:
    """Bytes that packed data of this size may grow to: 200 : 1 beyond 16 MiB, never more than ``most``."""
    return min(most, max(_HARMLESS, _RATIO * packed))


def too_large(size: int, where: str) -> CaseError:
    """Return the error for data that are, or claim to be, too large once they are in memory."""
    what = f"it holds {size} bytes or more once it is unpacked, which is too much to read"
    return CaseError(
        what, where=where, mend="export it uncompressed, in files of their usual size", code="file-too-large"
    )
