"""Every error a user can meet: what is wrong, where, and how to mend it.

Errors carry facts; only the command line turns them into exit codes.
"""

from __future__ import annotations


class SbrtQaError(Exception):
    """Anything that stops the program for a reason the user can mend.

    Parameters
    ----------
    what : str
        What is wrong, in one sentence without a full stop.
    where : str
        File, DICOM tag, ROI, or ``file:line:column``; empty when there is no place.
    mend : str
        What the user can do about it; empty when nothing helps.
    code : str
        Stable reason code (``hazards`` vocabulary, e.g. ``dose-units-relative``) that the
        record carries when this error makes a case undecided; empty for wrong usage.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "", code: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend
        self.code = code

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        mend = f" ({self.mend})" if self.mend else ""
        return f"{place}{self.what}{mend}"


class UsageError(SbrtQaError):
    """Asked wrongly: no such path, unknown protocol, an output that cannot be written (exit code 2)."""


class CaseError(SbrtQaError):
    """A case whose bytes, gray or geometry cannot be established (exit code 3, UNDECIDED)."""


class StructureNotFound(SbrtQaError, KeyError):
    """No structure of that name; the message lists near names."""

    __str__ = SbrtQaError.__str__


class MetricUndefined(SbrtQaError):
    """A metric that has no meaning here; it is never answered with 0 or NaN."""


class DoseOutsideGrid(MetricUndefined):
    """The answer depends on dose beyond the dose grid, which is unknown."""


class DerivationError(SbrtQaError):
    """A derived structure that cannot be made from its parts."""


class ProtocolError(SbrtQaError):
    """A protocol (or names) file with faults; all of them at once (exit code 2).

    Parameters
    ----------
    faults : sequence of SbrtQaError
        One per fault, each with ``where`` as ``file:line:column``.
    """

    def __init__(self, faults: list[SbrtQaError] | tuple[SbrtQaError, ...]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)
