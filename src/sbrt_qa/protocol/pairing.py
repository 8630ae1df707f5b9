"""Pairing: which finding of one evaluation answers which of another. Nothing is guessed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from sbrt_qa.protocol.finding import Finding

    Key = Callable[[Finding], Hashable]


def _asked(found: Finding) -> tuple[str, ...]:
    return found.constraint, found.structure, found.metric


_SAME_ROI: tuple[Key, ...] = (
    lambda found: (*_asked(found), found.roi, found.roi_number),
    lambda found: (*_asked(found), found.roi),
)
_SAME_ROW: tuple[Key, ...] = (
    _asked,  # the structure is called otherwise, or is missing on one side
    lambda found: (found.structure, found.metric),  # the row is called otherwise
)


def pairs(ones: Sequence[Finding], others: Sequence[Finding]) -> list[tuple[Finding | None, Finding | None]]:
    """Pair findings by ever weaker keys, each only where it says one finding on each side without doubt.

    Parameters
    ----------
    ones, others : sequence of Finding
        Those of A and those of B.

    Returns
    -------
    list of (Finding or None, Finding or None)
        Each finding of both exactly once; None where the other side has none.
    """
    left, right = dict(enumerate(ones)), dict(enumerate(others))
    found: dict[int, int] = {}
    for key in (*_SAME_ROI, *_SAME_ROW):
        everywhere = key in _SAME_ROW  # two targets of a row are never taken for one another
        mine = _unique(key, dict(enumerate(ones)) if everywhere else left)
        theirs = _unique(key, dict(enumerate(others)) if everywhere else right)
        for shared in mine.keys() & theirs.keys():
            if mine[shared] in left and theirs[shared] in right:
                found[mine[shared]] = theirs[shared]
                del left[mine[shared]], right[theirs[shared]]
    paired = [(one, others[found[k]] if k in found else None) for k, one in enumerate(ones)]
    return [*paired, *((None, other) for other in right.values())]


def _unique(key: Key, findings: dict[int, Finding]) -> dict[Hashable, int]:
    counts = Counter(map(key, findings.values()))
    return {key(found): number for number, found in findings.items() if counts[key(found)] == 1}
