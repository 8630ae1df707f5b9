r"""Contour coordinates, from the bytes ``x\y\z\x\y\z…`` straight to numbers.

A structure set holds a million of them. As text objects they take seconds; numpy's own parser takes a third of one,
and plain numbers (sign, digits, point) are read digit by digit, all at once, in a fraction of that. numpy is forgiving,
so the characters, the number of values and their size are checked against DICOM's decimal text (PS3.5, 6.2, DS).
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
_MOST_DIGITS = 15  # so many digits make a whole number that a double holds exactly
_POWERS = 10.0 ** np.arange(_MOST_DIGITS + 1)
_DIGITS = np.frombuffer(b"0123456789", np.uint8)
_SHIFT, _DIGIT = np.ones(256), np.zeros(256)
_SHIFT[_DIGITS], _DIGIT[_DIGITS] = 10.0, np.arange(10.0)
_AT_ONCE = 1 << 14  # numbers; their arrays stay in the processor's cache


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
    values = _plain_numbers(joined)
    if values is None:
        values = _numbers(joined)
    if len(values) != sum(counts):
        raise ContourTextError(f"{sum(counts)} numbers are announced, {len(values)} can be read")
    if not (np.abs(values) <= _FARTHEST_MM).all():
        raise ContourTextError("a coordinate beyond 3 m")
    return np.split(values.reshape(-1, 3), np.cumsum(counts[:-1]) // 3)


def _plain_numbers(joined: bytes) -> NDArray[np.float64] | None:
    """Read numbers of a sign, at most 15 digits and a point; None when any is written otherwise.

    The digits make a whole number, divided by a power of ten. Both are exact in double precision and the
    division rounds once, so the result is the double nearest to the text, as Python's own.
    """
    if any(other in joined for other in (b" ", b"e", b"E")):
        return None
    text = np.frombuffer(joined + b"\\", np.uint8)
    marks = np.flatnonzero((text == ord("\\")) | (text == ord(".")))
    is_point = text[marks] == ord(".")
    if (is_point[1:] & is_point[:-1]).any():
        return None
    last = np.flatnonzero(~is_point)  # of each number; the mark before it may be its point
    ends, has_point = marks[last], is_point[last - 1]
    decimals = np.where(has_point, ends - marks[last - 1] - 1, 0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    is_negative = text[starts] == ord("-")
    is_signed = is_negative | (text[starts] == ord("+"))
    digits = ends - starts - is_signed - has_point
    if np.count_nonzero(is_signed) != joined.count(b"-") + joined.count(b"+"):
        return None
    if digits.min() < 1 or digits.max() > _MOST_DIGITS:
        return None
    parts = [slice(k, k + _AT_ONCE) for k in range(0, ends.size, _AT_ONCE)]
    values = np.concatenate([_whole_numbers(text, starts[part], ends[part]) for part in parts])
    values /= _POWERS.take(decimals)
    np.negative(values, out=values, where=is_negative)
    return values


def _whole_numbers(text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.float64]:
    """Read the digits of each number as one whole number; what is no digit is passed over."""
    values = np.zeros(ends.size)
    at = starts.copy()
    for _ in range(int((ends - starts).max())):
        character = text.take(np.minimum(at, ends))  # behind its end a number meets the separator again and again
        values *= _SHIFT.take(character)
        values += _DIGIT.take(character)
        at += 1
    return values


def _numbers(joined: bytes) -> NDArray[np.float64]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # numpy releases differ: text it cannot read warns or raises
        try:
            return np.fromstring(joined, dtype=np.float64, sep="\\")
        except (ValueError, DeprecationWarning):
            raise ContourTextError("a value that is no decimal number") from None
