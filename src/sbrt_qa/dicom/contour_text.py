r"""Contour coordinates, from the bytes ``x\y\z\x\y\z…`` straight to numbers.

A structure set holds a million of them. As text objects they take seconds; numpy parses the bytes
in a fifth of one. It is forgiving, though, so the characters, the number of values and their size
are checked against DICOM's decimal text (PS3.5, 6.2, DS).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_DECIMAL_CHARACTERS = b"0123456789+-.eE \\"
_FARTHEST_MM = 3000.0


class ContourTextError(ValueError):
    """The text of a contour is not a list of DICOM points."""


def parse_points(texts: Sequence[bytes]) -> list[NDArray[np.float64]]:
    """Parse the ContourData (3006,0050) of many contours at once.

    Parameters
    ----------
    texts : sequence of bytes
        One per contour, as in the file; padding at the end is allowed.

    Returns
    -------
    list of ndarray, shape (n, 3)
        Points of each contour: x, y, z in mm.

    Raises
    ------
    ContourTextError
        When a value is not a finite decimal number within ±3 m, is missing, or is not part of a triplet.
    """
    if not texts:
        return []
    trimmed = [text.rstrip(b" \0") for text in texts]
    counts = [text.count(b"\\") + 1 for text in trimmed]
    joined = b"\\".join(trimmed)
    foreign = joined.translate(None, _DECIMAL_CHARACTERS)
    if foreign:
        raise ContourTextError(
            f"characters that no decimal number has: {foreign[:16].decode('ascii', 'backslashreplace')}"
        )
    if any(count % 3 for count in counts):
        count = next(count for count in counts if count % 3)
        raise ContourTextError(f"{count} numbers in a contour, which is no multiple of three")
    if b" " in joined and any(value.isspace() for value in joined.split(b"\\")):
        raise ContourTextError("a value is missing")  # numpy reads a blank as -1
    values = _numbers(joined)
    if len(values) != sum(counts):
        raise ContourTextError(f"{sum(counts)} numbers are announced, {len(values)} can be read")
    if not (np.abs(values) <= _FARTHEST_MM).all():
        raise ContourTextError("a coordinate beyond 3 m")
    return np.split(values.reshape(-1, 3), np.cumsum(counts[:-1]) // 3)


def _numbers(joined: bytes) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy releases differ: text it cannot read warns or raises
        try:
            return np.fromstring(joined, dtype=np.float64, sep="\\")
        except (ValueError, DeprecationWarning):
            raise ContourTextError("a value that is no decimal number") from None
