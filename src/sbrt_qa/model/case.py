"""Case: one plan with its dose, structures and image, linked by UIDs."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sbrt_qa.errors import StructureNotFound

if TYPE_CHECKING:
    from collections.abc import Callable

    from sbrt_qa.model.dose import Dose
    from sbrt_qa.model.image import Image, ImagePlane
    from sbrt_qa.model.plan import Plan
    from sbrt_qa.model.structure import Structure, StructureSet


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One DICOM file that the case was read from. Names and folders are not kept.

    Parameters
    ----------
    role : str
        RTPLAN, RTDOSE, RTSTRUCT or CT.
    sop_uid : str
        SOP Instance UID.
    sha256 : str
        Hex digest of the file's bytes.
    """

    role: str
    sop_uid: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where a case came from.

    Parameters
    ----------
    files : tuple of SourceFile
        Sorted by role and UID.
    quirks : tuple of str
        Vendor oddities that the reader put right, one sentence each.
    notes : tuple of (code, sentence)
        Ordinary oddities seen while reading; they never change a verdict.
    warnings : tuple of (code, sentence)
        Doubtful encodings seen while reading, for the checks to warn of.
    patient_positions : tuple of str
        PatientPosition (0018,5100) of the CT slices and the dose, each once. Annotation only.
    """

    files: tuple[SourceFile, ...] = ()
    quirks: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    warnings: tuple[tuple[str, str], ...] = ()
    patient_positions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """One plan to be judged.

    Parameters
    ----------
    id : str
        Stable identifier made from the UIDs: the plan's SOP Instance UID, without a plan the dose's.
    plan : Plan or None
        None when the export holds no RTPLAN: curves need none, judged limits do.
    dose : Dose
        The plan's dose.
    structure_set : StructureSet
        The structures the dose was planned on.
    load_image : callable, optional
        Reads the CT, or returns None; called only for pictures.
    load_planes : callable, optional
        Reads the planes of the images that the structures are drawn on, rising; called only to draw new contours.
    source : Source
        Files, quirks and notes.
    """

    id: str
    plan: Plan | None
    dose: Dose
    structure_set: StructureSet
    load_image: Callable[[], Image | None] = field(default=lambda: None)
    load_planes: Callable[[], tuple[ImagePlane, ...]] = field(default=lambda: ())
    source: Source = field(default_factory=Source)

    def __repr__(self) -> str:
        label = None if self.plan is None else self.plan.label
        return f"Case(plan={label!r}, structures={len(self.structures)}, id={self.id!r})"

    @property
    def structures(self) -> tuple[Structure, ...]:
        """All structures, in file order."""
        return self.structure_set.structures

    @property
    def image(self) -> Image | None:
        """The CT, read on demand; None when there is none."""
        return self.load_image()

    def structure(self, name: str) -> Structure:
        """Return the structure of exactly this name.

        Parameters
        ----------
        name : str
            ROI name as written in the file.

        Returns
        -------
        Structure

        Raises
        ------
        StructureNotFound
            When no structure, or more than one, has this name; near names are listed.
        """
        found = [s for s in self.structures if s.name == name]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(str(s.number) for s in found)
            raise StructureNotFound(
                f"{len(found)} structures are named {name!r} (ROI numbers {numbers})",
                mend="rename them in the planning system",
                code="structure-ambiguous",
            )
        names = [s.name for s in self.structures]
        folded = {n.casefold(): n for n in names}
        near = [folded[n] for n in difflib.get_close_matches(name.casefold(), folded, n=5, cutoff=0.5)]
        mend = f"near names: {', '.join(near)}" if near else f"there are: {', '.join(names) or 'none'}"
        raise StructureNotFound(f"no structure named {name!r}", mend=mend, code="structure-missing")
