"""What a planning system states about a structure, as a curve in gray: units, bins and statistics made plain."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from sbrt_qa.model import StatedDVH

# Where the volumes stand, as a share of the bin; the first is what DICOM writes, and holds where nothing tells.
CUMULATIVE = {"lower bin edges": 0.0, "bin centres": 0.5, "upper bin edges": 1.0}
BINNED = {"bins edge to edge": 0.0, "bins around their lower edges": -0.5, "bins around their upper edges": 0.5}
SUM_PERCENT = 0.5  # a curve in per cent that does not make 100 % is not that of a whole structure
BIN_SHARE, ROUNDING = 0.3, 2e-3  # how near a stated mean must be to be that of a reading
FINE = 0.1  # bins of at most this share of the mean: there a mean in a wrong unit does not fit by chance
MOST_GY, MOST_CC = 1e6, 1e9  # nothing beyond is a dose or a structure
MAX_ROUNDING = 5e-3


@dataclass(frozen=True, slots=True, eq=False)
class StatedCurve:
    """A stated curve that can be laid over ours.

    Parameters
    ----------
    doses_gy, shares : ndarray, shape (n,)
        Cumulative curve: share of the volume, 1 to 0, that receives at least each dose. Doses rise.
    volume_cc : float or None
        Stated volume; None where the curve is in per cent.
    statistics_gy : (min, mean, max) or None
        As stated, in gray; None unless the curve itself confirms what unit they are in.
    unit : str
        What the statistics are in: ``Gy``, ``cGy`` or ``per cent of …``; empty when not confirmed.
    reading : str
        Where in its bin each volume stands: a name of ``CUMULATIVE`` or ``BINNED``.
    slack_gy : float
        Dose that the width of the bins leaves open; 0 where the stated mean confirms the reading.
    is_cgy, is_odd : bool
        The dose axis, or the statistics, are in another unit than the file says.
    is_contradicted : bool
        Bins that are fine enough to tell say that mean and maximum are not those of the curve, in no known unit.
    """

    doses_gy: NDArray[np.float64]
    shares: NDArray[np.float64]
    volume_cc: float | None
    statistics_gy: tuple[float | None, float, float | None] | None
    unit: str
    reading: str
    slack_gy: float
    is_cgy: bool = False
    is_odd: bool = False
    is_contradicted: bool = False

    @property
    def mean_gy(self) -> float:
        """Stated mean dose where its unit is certain, else that of the curve."""
        return _mean(self.doses_gy, self.shares) if self.statistics_gy is None else self.statistics_gy[1]

    @property
    def max_gy(self) -> float:
        """Stated maximum dose where its unit is certain, else the end of the curve."""
        stated = None if self.statistics_gy is None else self.statistics_gy[2]
        return _end(self.doses_gy, self.shares) if stated is None else stated

    def dose_of(self, share: float) -> float:
        """Dose that the hottest part of this size (0..1) receives at least, in Gy."""
        return float(np.interp(-share, -self.shares, self.doses_gy))


def stated_curves(
    stated: Sequence[StatedDVH], gy_per_unit: Sequence[float], references_gy: Mapping[str, float]
) -> list[StatedCurve | None]:
    """Make curves in gray of what one file states.

    Parameters
    ----------
    stated : sequence of StatedDVH
        Items of one file.
    gy_per_unit : sequence of float
        For each, gray per unit of its dose axis; 0 where it is not known.
    references_gy : mapping of name to dose
        What its statistics may be per cent of.

    Returns
    -------
    list of StatedCurve or None
        None for an item with a fault, of unknown unit, or whose volumes do not make a whole structure. Of the
        possible readings of the bins, and of the possible units of the statistics, the pair is taken whose mean is
        that of the curve, and of several the one that holds for most curves of the file. A unit other than Gy must
        hold for a curve of fine bins, for in coarse ones many fit. Without such a pair each volume stands where DICOM
        puts it, at the lower edge of its bin, and a bin width is left open.
    """
    units = {"Gy": 1.0, "cGy": 0.01, **{f"per cent of {name}": gy / 100 for name, gy in references_gy.items()}}
    with np.errstate(all="ignore"):  # what overflows is no curve, and found out below
        drafts = [_draft(item, gy, units) for item, gy in zip(stated, gy_per_unit, strict=True)]
    known = [draft for draft in drafts if draft is not None]
    every = Counter((fit.unit, fit.reading) for draft in known for fit in draft.fits)
    sure = {"Gy"} | {fit.unit for draft in known if draft.is_fine for fit in draft.fits}
    units = {unit: gy for unit, gy in units.items() if unit in sure}
    return [None if draft is None else _chosen(draft, units, every) for draft in drafts]


@dataclass(frozen=True, slots=True)
class _Fit:
    """A unit of the statistics and a reading of the bins under which the means agree, and how well, in bins."""

    unit: str
    reading: str
    misfit: float


@dataclass(frozen=True, slots=True, eq=False)
class _Draft:
    """A curve whose bins can still be read in several ways."""

    stated: StatedDVH
    points: Mapping[str, NDArray[np.float64]]
    shares: NDArray[np.float64]
    volume_cc: float | None
    bin_gy: float
    is_cgy: bool
    fits: tuple[_Fit, ...]

    @property
    def is_fine(self) -> bool:
        return self.bin_gy <= FINE * _mean(self.points[next(iter(self.points))], self.shares)


def _draft(stated: StatedDVH, gy_per_unit: float, units: Mapping[str, float]) -> _Draft | None:
    widths = stated.widths * gy_per_unit
    found = None if stated.fault or not widths.any() else _cumulative(stated, widths)
    edges, inside = np.append(0.0, np.cumsum(widths)), np.append(widths, widths[-1:])
    if found is None or not edges[-1] <= MOST_GY:
        return None
    shares, volume_cc = found
    # A bin across which the curve stays level leaves nothing open, however wide: as one from 0 to the minimum.
    bin_gy = float(widths[shares[:-1] > shares[1:]].max(initial=0.0)) or float(widths.max())
    readings = CUMULATIVE if stated.kind == "CUMULATIVE" else BINNED
    points = {name: np.maximum(edges + shift * inside, 0.0) for name, shift in readings.items()}
    fits = tuple(
        _Fit(unit, name, misfit / bin_gy)
        for name, doses in points.items()
        for unit, misfit in _fits(stated, (doses, shares, bin_gy), units)
    )
    is_cgy = stated.dose_units == "GY" and gy_per_unit != 1.0
    return _Draft(stated, points, shares, volume_cc, bin_gy, is_cgy, fits)


def _chosen(draft: _Draft, units: Mapping[str, float], every: Counter[tuple[str, str]]) -> StatedCurve:
    usual = next(iter(draft.points))
    fits = [fit for fit in draft.fits if fit.unit in units]
    if not fits:
        is_contradicted = draft.is_fine and draft.stated.statistics[1] is not None
        return StatedCurve(
            doses_gy=draft.points[usual],
            shares=draft.shares,
            volume_cc=draft.volume_cc,
            statistics_gy=None,
            unit="",
            reading=usual,
            slack_gy=draft.bin_gy,
            is_cgy=draft.is_cgy,
            is_contradicted=is_contradicted,
        )
    fit = max(fits, key=lambda fit: (every[fit.unit, fit.reading], -fit.misfit))
    is_sharp = fit.misfit <= BIN_SHARE  # else rounded too far to tell one end of a bin from the other
    reading, slack_gy = (fit.reading, 0.0) if is_sharp else (usual, draft.bin_gy)
    return StatedCurve(
        doses_gy=draft.points[reading],
        shares=draft.shares,
        volume_cc=draft.volume_cc,
        statistics_gy=_scaled(draft.stated.statistics, units[fit.unit]),
        unit=fit.unit,
        reading=reading,
        slack_gy=slack_gy,
        is_cgy=draft.is_cgy,
        is_odd=draft.stated.dose_units == "GY" and fit.unit != ("cGy" if draft.is_cgy else "Gy"),
    )


def _scaled(
    statistics: tuple[float | None, float | None, float | None], gy: float
) -> tuple[float | None, float, float | None] | None:
    low, mean, high = (None if value is None else value * gy for value in statistics)
    return None if mean is None else (low, mean, high)


def _cumulative(stated: StatedDVH, widths_gy: NDArray[np.float64]) -> tuple[NDArray[np.float64], float | None] | None:
    """Share of the volume from each bin on, with a last 0, and the whole volume in cc where it is stated."""
    volumes = stated.volumes
    if stated.kind != "CUMULATIVE":
        if stated.volume_units == "PER_U":
            volumes = _per_u(volumes, widths_gy)
        volumes = np.cumsum(volumes[::-1])[::-1]
    whole = float(volumes[0])
    if not 0 < whole <= MOST_CC:
        return None
    if stated.volume_units == "PERCENT" and abs(whole - 100.0) > SUM_PERCENT:
        return None
    shares = np.append(np.minimum.accumulate(volumes / whole), 0.0)
    return shares, None if stated.volume_units == "PERCENT" else whole


def _per_u(density: NDArray[np.float64], widths_gy: NDArray[np.float64]) -> NDArray[np.float64]:
    """Volume of each bin of a natural curve, whose ordinate is volume per u with u = dose^(-3/2)."""
    edges = np.append(0.0, np.cumsum(widths_gy))
    u = edges**-1.5
    return np.where(density > 0, density * (u[:-1] - u[1:]), 0.0)


def _fits(
    stated: StatedDVH, curve: tuple[NDArray[np.float64], NDArray[np.float64], float], units: Mapping[str, float]
) -> Iterator[tuple[str, float]]:
    """Yield the units in which the stated mean and maximum are those of the curve, and how far the mean is off."""
    doses, shares, bin_gy = curve
    _, stated_mean, stated_max = stated.statistics
    if stated_mean is None:
        return
    mean, end = _mean(doses, shares), _end(doses, shares)
    for unit, gy in units.items():
        misfit = abs(stated_mean * gy - mean)
        ends = stated_max is None or abs(stated_max * gy - end) <= 2 * bin_gy + MAX_ROUNDING * end
        if ends and misfit <= BIN_SHARE * bin_gy + ROUNDING * mean:
            yield unit, misfit


def _mean(doses: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    """Area under a cumulative curve: below its first point all volume has at least that dose."""
    return float(doses[0] * shares[0] + (np.diff(doses) * (shares[1:] + shares[:-1]) / 2).sum())


def _end(doses: NDArray[np.float64], shares: NDArray[np.float64]) -> float:
    """First dose that no volume reaches."""
    return float(doses[int(np.argmax(shares <= 1e-7))])
