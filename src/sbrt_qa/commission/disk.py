"""To disk and back: a test case is written as DICOM and read through the same door as a clinical export."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram import compute

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from pathlib import Path

    from sbrt_qa.commission.document import Point
    from sbrt_qa.histogram import DVH, Sampling
    from sbrt_qa.model import Case, Dose, Structure


def through_disk(folder: Path, label: str, doses: Iterable[Dose], structures: Sequence[Structure]) -> Iterator[Case]:
    """Write a structure set, then each dose in turn, and read the two back every time.

    Parameters
    ----------
    folder : Path
        Made when absent; holds ``RS.dcm`` and the last ``RD.dcm`` afterwards.
    label : str
        Names the case; its UIDs follow from it.
    doses : iterable of Dose
        What is written; their identity is replaced.
    structures : sequence of Structure
        What is drawn.

    Yields
    ------
    Case
        As read, one for each dose.
    """
    from sbrt_qa.dicom.read_case import read_case
    from sbrt_qa.model import StructureSet
    from sbrt_qa.phantom.writer import identity, write_case

    drawn = StructureSet(identity(label, "RTSTRUCT"), tuple(structures))
    write_case(folder, structure_set=drawn)
    for dose in doses:
        linked = replace(dose, identity=identity(label, "RTDOSE"), structure_set_uids=(drawn.identity.sop_uid,))
        write_case(folder, dose=linked)
        yield read_case(folder)


@dataclass(frozen=True, slots=True)
class Curves:
    """The curves of a case as read, under one convention: each computed when it is first asked for.

    Parameters
    ----------
    case : Case
        As read.
    sampling : Sampling
        The convention.
    """

    case: Case
    sampling: Sampling
    found: dict[str, DVH] = field(default_factory=dict, repr=False)

    def ask(self, name: str, question: Callable[[DVH], float]) -> float:
        """Return the answer of the curve of one structure."""
        if name not in self.found:
            self.found[name] = compute(self.case.structure(name), self.case.dose, self.sampling)
        return float(question(self.found[name]))


def answered(point: Point, question: Callable[[], float]) -> Point:
    """Return a point with its value, or with the reason why there is none."""
    try:
        return replace(point, value=float(question()))
    except SbrtQaError as error:
        return replace(point, reason=str(error))
