"""Ask sbrt_qa: curves through its front door, and of each the metrics as a protocol asks for them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import sbrt_qa as qa
from beside.answers import answer
from beside.curve import PERCENTS, SMALL_CC
from sbrt_qa.metrics import Subject, parse

if TYPE_CHECKING:
    from pathlib import Path

ASKED = {
    "Volume": "Volume[cc]",
    "Dmin": "Min[Gy]",
    "Dmax": "Max[Gy]",
    "Dmean": "Mean[Gy]",
    **{name: f"{name}[Gy]" for name in (*PERCENTS, *SMALL_CC)},
}


def ask(folder: Path) -> dict[str, Any]:
    """Return every value, and the reason where it is refused."""
    case = qa.read_case(folder)
    sampling = qa.Sampling(between=os.environ.get("BETWEEN", "slab"))
    values: dict[str, dict[str, float]] = {}
    refused: dict[str, dict[str, str]] = {}
    said = []
    for structure in case.structures:
        curve = qa.dvh(case, structure, sampling)
        own, why = values.setdefault(structure.name, {}), refused.setdefault(structure.name, {})
        for name, metric in ASKED.items():
            try:
                own[name] = parse(metric).measure(Subject(curve, None))
            except qa.SbrtQaError as error:
                why[name] = str(error)
        if curve.covered < 1.0:
            said.append(f"{structure.name}: {curve.covered:.1%} of the volume lies inside the dose grid")
    return {"values": values, "refused": refused, "said": said}


def work(folder: Path) -> None:
    """Read a case and draw all curves."""
    case = qa.read_case(folder)
    for structure in case.structures:
        qa.dvh(case, structure)


if __name__ == "__main__":
    qa.read_case, qa.dvh, qa.Sampling  # noqa: B018  loads them before the clock starts, as the peers are loaded
    answer(ask, work)
