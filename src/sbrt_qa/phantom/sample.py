"""The synthetic sample: four liver-bed cases that anyone may have."""

from __future__ import annotations

from pathlib import Path


def write_samples(folder: Path) -> tuple[Path, ...]:
    """Write the four synthetic cases, byte for byte the same every time.

    ``meets-all`` (with CT) keeps every limit of the shipped liver-bed protocol,
    ``acceptable-variation`` passes with variations, ``duodenum-overdose`` fails on the duodenum,
    and ``no-cord`` cannot be decided, for nobody drew the spinal cord.

    Parameters
    ----------
    folder : Path
        Made when absent; files of the same names are replaced.

    Returns
    -------
    tuple of Path
        The four case folders, in that order.
    """
    from sbrt_qa.phantom.liver_bed.cases import STORIES, write_story

    for story in STORIES:
        write_story(Path(folder), story)
    return tuple(Path(folder) / story.folder for story in STORIES)
