"""Integrals of functions that are smooth between known borders and end there like a root."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PANELS = 400  # in which sign changes are looked for
NODES, WEIGHTS = np.polynomial.legendre.leggauss(48)
BENT, STRETCH = np.sin(math.pi / 2 * NODES), math.pi / 2 * np.cos(math.pi / 2 * NODES)


def integrate(integrand: Callable[[Floats], Floats], borders: Sequence[float]) -> float:
    """Integral from the first to the last border.

    Gauss-Legendre nodes moved by a sine: a half-integer power at a border becomes a whole one, so
    that each piece converges like that of a smooth function.
    """
    total = 0.0
    for low, high in pairwise(borders):
        middle, half = (low + high) / 2, (high - low) / 2
        total += half * float(np.sum(WEIGHTS * STRETCH * integrand(middle + half * BENT)))
    return total


def roots(function: Callable[[Floats], Floats], half: float) -> list[float]:
    """Sign changes of a function on −half..half, looked for in panels that narrow towards the ends."""
    from scipy.optimize import brentq

    t = -half * np.cos(np.linspace(0.0, math.pi, PANELS + 1))
    value = function(t)
    change = np.flatnonzero(np.sign(value[:-1]) * np.sign(value[1:]) < 0.0)
    found = [float(brentq(lambda x: float(function(np.array([x]))[0]), t[k], t[k + 1], xtol=1e-14)) for k in change]
    return found + [float(x) for x in t[value == 0.0]]
