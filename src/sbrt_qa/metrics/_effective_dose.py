"""Means of powers of dose: what gEUD, effective volume and complication probability have in common."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from sbrt_qa.metrics._linear_quadratic import Curve


def mean_power(curve: Curve, exponent: float, unit_gy: float) -> float:
    """Return the volume-weighted mean of (dose / unit) to a power.

    Parameters
    ----------
    curve : DVH or ConvertedCurve
        The structure.
    exponent : float
        Not 0.
    unit_gy : float
        More than 0; near the largest dose (smallest for a negative exponent) it keeps the powers small.
    """

    def power(gy: NDArray[np.float64]) -> NDArray[np.float64]:
        import numpy as np

        with np.errstate(divide="ignore", over="ignore"):  # 0 to a negative power is infinite, and is meant so
            return np.power(gy / unit_gy, exponent)

    return curve.average(power)


def generalised_mean_gy(curve: Curve, exponent: float) -> float:
    """Return the generalised equivalent uniform dose in Gy; 0 where a negative exponent meets a part without dose."""
    if exponent < 0:
        unit_gy = curve.min_gy
        if unit_gy == 0:
            return 0.0
        mean = mean_power(curve, exponent, unit_gy)
        return unit_gy * math.pow(mean, 1 / exponent) if mean > 0 else math.inf
    unit_gy = curve.max_gy or 1.0
    return unit_gy * math.pow(mean_power(curve, exponent, unit_gy), 1 / exponent)
