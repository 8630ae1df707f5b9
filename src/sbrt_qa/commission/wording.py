"""Numbers as text, the same in every table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.protocol.finding import Verdict

if TYPE_CHECKING:
    from sbrt_qa.commission.document import Commissioning

CLOSING = (
    "What this shows: how this installation computes volumes and dose-volume points of solids whose answers are known, "
    "from DICOM files to numbers. It does not show that a planning system's dose or a contour is right. Published "
    "results are those of the papers, for the versions tested there."
)

MARKS = {"PASS": "●", "UNDECIDED": "◆", "FAIL": "✖"}
SIGNED_BY = ("Institution", "Computer", "Run by", "Date", "Signature")


def number(value: float) -> str:
    """Return a number without needless zeros."""
    return f"{value:g}"


def signed(value: float, digits: int = 1) -> str:
    """Return a number with its sign; nothing is both zero and negative."""
    text = f"{value:+.{digits}f}"
    plain = text[1:]
    if not plain.strip("0."):
        return plain
    return text.replace("-", "−")


def percent(part: float, whole: float, digits: int = 1) -> str:
    """Return a share in per cent."""
    return f"{100.0 * part / whole:.{digits}f} %" if whole else "—"


def headline(document: Commissioning) -> str:
    """Return what was run, in one line."""
    part = " (quick: a part of each set, no filing)" if document.quick else ""
    points = sum(len(chapter.points) for chapter in document.chapters)
    return f"sbrt-qa commissioning: {points} numbers beside the truth{part}"


def versions_line(document: Commissioning) -> str:
    """Return what was tested and on what."""
    return " · ".join(f"{name} {version}" for name, version in document.versions)


def summary(document: Commissioning) -> str:
    """Return how many criteria are met, and which are not."""
    criteria = [(chapter, criterion) for chapter in document.chapters for criterion in chapter.criteria]
    open_ = [
        f"{criterion.id} ({chapter.sampling.between})"
        for chapter, criterion in criteria
        if criterion.verdict is not Verdict.PASS
    ]
    met = f"{len(criteria) - len(open_)} of {len(criteria)} criteria are met"
    return f"{met}; not: {', '.join(open_)}." if open_ else f"{met}."
