"""A comparison without identity: made from two judgements without identity, so that no format has to think of it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.protocol.comparability import WHO
from sbrt_qa.protocol.comparison import compare
from sbrt_qa.report.deidentified import deidentified

if TYPE_CHECKING:
    from sbrt_qa.protocol.comparison import Comparison


def deidentified_comparison(comparison: Comparison) -> Comparison:
    """Return the same comparison of two judgements without identity.

    Parameters
    ----------
    comparison : Comparison
        The comparison.

    Returns
    -------
    Comparison
        Whether both are of one patient is told from what it was made of; everything else from what is left.
    """
    hidden = compare(deidentified(comparison.a), deidentified(comparison.b))
    who = (note for note in comparison.notes if note.code in WHO)
    rest = (note for note in hidden.notes if note.code not in WHO)
    return replace(hidden, notes=(*who, *rest))
