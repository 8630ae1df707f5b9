"""Curves of many plans: bands as small drawings, and every single curve packed for the page's script."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbrt_qa.report._thin import thin_points
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from markupsafe import Markup
    from numpy.typing import NDArray

    from sbrt_qa.report.cohort._constraints import ConstraintLine
    from sbrt_qa.report.cohort.facts import Band

WIDTH, HEIGHT = 220.0, 118.0
LEFT, RIGHT, TOP, FLOOR = 28.0, 6.0, 6.0, 100.0
LEVELS = (5, 25, 50, 75, 95)
STEPS = 4095  # a share of the volume in two letters: 12 bits
_LETTERS = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)
_WITHIN = 2e-3  # of the volume: what a small drawing may leave out


@dataclass(frozen=True, slots=True)
class Drawing:
    """The bands of one structure: name, number of plans, end of the axis, shapes in drawing coordinates."""

    name: str
    plans: int
    end: str
    outer: Markup
    inner: Markup
    middle: Markup


def drawings(bands: Sequence[Band]) -> tuple[Drawing, ...]:
    """Return a small drawing per structure, in a box of ``WIDTH`` by ``HEIGHT``, y downwards."""
    return tuple(_drawing(band) for band in bands)


def _drawing(band: Band) -> Drawing:
    from markupsafe import Markup

    doses_gy = np.array(band.doses_gy)
    lines = {level: _points(doses_gy, np.array(band.quantiles[level])) for level in LEVELS}
    outer, inner = (" ".join([*lines[low], *reversed(lines[high])]) for low, high in ((5, 95), (25, 75)))
    return Drawing(
        name=clean(band.structure) or "no name",
        plans=len({plan for plan, _ in band.curves}),
        end=f"{doses_gy[-1]:.3g}",
        outer=Markup(outer),  # noqa: S704 - numbers
        inner=Markup(inner),  # noqa: S704 - numbers
        middle=Markup(" ".join(lines[50])),  # noqa: S704 - numbers
    )


def _points(doses_gy: NDArray[np.float64], shares: NDArray[np.float64]) -> list[str]:
    end = float(doses_gy[-1]) or 1.0
    return [
        f"{LEFT + (WIDTH - LEFT - RIGHT) * dose / end:.1f},{TOP + (FLOOR - TOP) * (1 - share):.1f}"
        for dose, share in zip(*(part.tolist() for part in thin_points(doses_gy, shares, _WITHIN)), strict=True)
    ]


def data(bands: Sequence[Band], plans: Sequence[str], judged: Sequence[ConstraintLine]) -> dict[str, Any]:
    """Return what the page's script draws the curves from.

    Parameters
    ----------
    bands : sequence of Band
        One per structure.
    plans : sequence of str
        Ids in the order of their numbers.
    judged : sequence of ConstraintLine
        Whose structure is shown first: that of the constraint which is met least.

    Returns
    -------
    dict
        Plain data that JSON can hold. Shares of the volume are packed: two letters of six bits each per point,
        ``STEPS`` for the whole volume, zeros at the end left out.
    """
    numbers = {plan: number for number, plan in enumerate(plans)}
    return {
        "first": _first(bands, judged),
        "bands": [
            {
                "name": clean(band.structure) or "no name",
                "gy": [round(dose_gy, 4) for dose_gy in band.doses_gy],
                "levels": packed([band.quantiles[level] for level in LEVELS]),
                "plans": [numbers[plan] for plan, _ in band.curves],
                "curves": packed([shares for _, shares in band.curves]),
            }
            for band in bands
        ],
    }


def packed(lines: Sequence[Sequence[float]]) -> list[str]:
    """Pack lines of shares (0..1) of one length into letters."""
    steps = np.rint(np.clip(np.array(lines), 0.0, 1.0) * STEPS).astype(np.int64)
    letters = _LETTERS[np.stack([steps >> 6, steps & 63], axis=-1)]
    return [row.tobytes().decode("ascii").rstrip("A") for row in letters.reshape(len(lines), -1)]


def _first(bands: Sequence[Band], judged: Sequence[ConstraintLine]) -> int:
    names = {band.structure: number for number, band in enumerate(bands)}
    for line in sorted(judged, key=lambda line: line.badness):
        found = next((names[one.roi] for one in line.facts.readings if one.roi in names), None)
        if found is not None:
            return found
    return 0
