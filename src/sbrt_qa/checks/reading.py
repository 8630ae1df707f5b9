"""The files could be read as they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Outcome

if TYPE_CHECKING:
    from sbrt_qa.checks._catalogue import Subject

CODES = {
    "file-meta-missing": "A file has no file meta information and was read as implicit VR little endian; a warning.",
    "rescale-ignored": "The dose has a rescale slope or intercept, which has no meaning there and was ignored;"
    " a warning, or only a note where it would change nothing.",
    "dose-oblique": "The dose grid is tilted against the patient axes and was interpolated; a warning.",
}


def run(subject: Subject) -> Outcome:
    """Repeat what the reader found doubtful about the encoding, and what it had to interpolate."""
    case = subject.case
    doubts = [Doubt(Effect.WARN, code, sentence) for code, sentence in case.source.warnings]
    if case.dose.resampling:
        doubts.append(Doubt(Effect.WARN, "dose-oblique", case.dose.resampling))
    return Outcome("The files are encoded as DICOM asks, and the dose lies along the patient axes.", tuple(doubts))


CHECK = Check(
    id="reading",
    title="Files read as they stand",
    why="A file without its header may be encoded otherwise than it looks, and interpolated dose is not stored dose.",
    mend="Export again from the planning system, as DICOM files with an axial dose grid.",
    source="DICOM PS3.10, 7.1 File Meta Information; PS3.3 C.8.8.3 RT Dose Module;"
    " PS3.3 C.7.6.2 Image Plane Module, Image Orientation (Patient) (0020,0037).",
    codes=tuple(CODES),
    meanings=CODES,
    run=run,
)
