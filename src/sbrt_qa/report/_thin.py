"""Curves with the points that straight lines cannot replace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.histogram.curve import DVH

TOLERANCE = 5e-4  # of the volume: 0.05 %


def thin(curve: DVH, tolerance: float = TOLERANCE) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Leave out the points that linear interpolation gives back within a tolerance.

    Parameters
    ----------
    curve : DVH
        The full curve.
    tolerance : float
        Largest vertical distance of a left-out point, as a share of the structure's volume.

    Returns
    -------
    edges_gy, cumulative_cc : ndarray
        Points of the curve, the first and the first one at no volume included.
    """
    return thin_points(curve.edges_gy, curve.cumulative_cc, tolerance * curve.volume_cc)


def thin_points(
    doses: NDArray[np.float64], volumes: NDArray[np.float64], within: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Do the same for plain points of a falling curve; ``within`` is in the unit of the volumes."""
    last = int(np.argmax(volumes <= 0.0)) or doses.size - 1
    edges_gy, volume_cc = doses[: last + 1], volumes[: last + 1]
    keep = np.zeros(edges_gy.size, dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, edges_gy.size - 1)]
    while spans:
        first, final = spans.pop()
        if final - first < 2:
            continue
        line = np.interp(edges_gy[first:final], edges_gy[[first, final]], volume_cc[[first, final]])
        distance = np.abs(volume_cc[first:final] - line)
        farthest = int(np.argmax(distance))
        if distance[farthest] > within:
            keep[first + farthest] = True
            spans += [(first, first + farthest), (first + farthest, final)]
    return edges_gy[keep], volume_cc[keep]
