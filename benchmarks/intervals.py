"""Test the numerical interval on random solids in random doses, where the truth is known.

Run ``python benchmarks/intervals.py`` (2,000 cases, some minutes) or with ``--cases``. Sizes 3–80 mm, contours and dose
grids 1–3 mm, offsets at random; spheres in Gaussian doses; spheres, ellipsoids, cylinders and cones along any axis in
linear ones. The truth is the ideal solid in the ideal dose. Prints the share of truths inside the interval, and its
median width above 10 cc.
"""

from __future__ import annotations

import argparse
from concurrent.futures import ProcessPoolExecutor
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram import Sampling, compute, interval, neighbours
from sbrt_qa.model import Grid
from sbrt_qa.phantom.fields import Gaussian, Linear, sample
from sbrt_qa.phantom.shapes import Cone, Cylinder, Ellipsoid, sphere
from sbrt_qa.phantom.slices import Slicing, structure
from sbrt_qa.phantom.solid_truth import truth_of_solid

if TYPE_CHECKING:
    from collections.abc import Callable

ASKED: dict[str, Callable] = {
    "D95%": lambda curve: curve.dose_at(percent=95),
    "D50%": lambda curve: curve.dose_at(percent=50),
    "D2%": lambda curve: curve.dose_at(percent=2),
    "D0.03cc": lambda curve: curve.dose_at(cc=0.03),
    "Volume": lambda curve: curve.volume_cc,
}


def random_solid(rng: np.random.Generator):
    """Make a solid of 3–80 mm at a random place, and how it is cut into contours."""
    size = float(np.exp(rng.uniform(np.log(3), np.log(80))))
    radius, centre, slice_mm = size / 2, tuple(rng.uniform(-2, 2, 3)), float(rng.uniform(1, 3))
    kind = rng.integers(6)
    flat = kind in {1, 2}
    solids = (
        lambda: sphere(radius, centre),
        lambda: Cylinder(radius, size, "z", centre),
        lambda: Cone(radius, size, "z", centre),
        lambda: Cylinder(radius, size, "x", centre),
        lambda: Cone(radius, size, "y", centre),
        lambda: Ellipsoid((radius, radius * rng.uniform(0.5, 1), radius * rng.uniform(0.5, 1)), centre),
    )
    if flat:  # flat ends: only contours that end half a slice before them can know where they are
        slice_mm = size / max(round(size / slice_mm), 1)
    offset = 0.0 if flat else float(rng.uniform(-0.5, 0.5)) * slice_mm
    return solids[kind](), size, Slicing(slice_mm, offset, min(1.0, size / 20)), kind == 0


def random_field(rng: np.random.Generator, size: float, *, round_solid: bool):
    """Make a Gaussian about as wide as the solid, or a linear dose of up to 25 Gy across it."""
    if round_solid and rng.random() < 0.6:
        shift = rng.uniform(-0.15, 0.15, 3) * size
        return Gaussian(max(size * rng.uniform(0.4, 1.0), 3.0), 60.0, tuple(shift))
    way = rng.normal(size=3)
    slope = rng.uniform(0.1, 1) * min(1, 50 / size)
    return Linear(tuple(way / np.linalg.norm(way) * slope), 60.0)


def one(seed: int) -> list[tuple[str, bool, float, float]]:
    """Ask everything of one random case: name, inside, relative width, volume."""
    rng = np.random.default_rng(seed)
    solid, size, slicing, round_solid = random_solid(rng)
    field = random_field(rng, size, round_solid=round_solid)
    spacing, half = float(rng.uniform(1, 3)), 0.55 * size + 10
    axes = [np.arange(-half, half + spacing, spacing) + shift for shift in rng.uniform(0, spacing, 3)]
    dose = sample(field, Grid(*axes))
    near = neighbours(Sampling())
    try:
        truth = truth_of_solid(solid, field)
        drawn = structure(solid, slicing)
        curves = [compute(drawn, dose, sampling) for sampling in (Sampling(), near.bare, near.best)]
    except SbrtQaError:
        return []  # drawn on one plane only, or a truth that is not known
    found = []
    for name, ask in ASKED.items():
        try:
            true, values = ask(truth), [ask(curve) for curve in curves]
        except SbrtQaError:
            continue  # smaller than the volume asked for
        low, high = interval(*values)
        found.append((name, low <= true <= high, (high - low) / abs(true), truth.volume_cc))
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261122)
    options = parser.parse_args()
    with ProcessPoolExecutor(2) as pool:
        seeds = range(options.seed, options.seed + options.cases)
        rows = [row for case in pool.map(one, seeds, chunksize=20) for row in case]
    print(f"{'quantity':<10} {'asked':>6} {'inside':>8} {'median width above 10 cc':>25}")
    for name in ASKED:
        mine = [row for row in rows if row[0] == name]
        wide = [row[2] for row in mine if row[3] > 10]
        inside = sum(row[1] for row in mine) / len(mine)
        print(f"{name:<10} {len(mine):>6} {inside:>8.2%} {np.median(wide):>25.2%}")
    print(f"{'all':<10} {len(rows):>6} {sum(row[1] for row in rows) / len(rows):>8.2%}")


if __name__ == "__main__":
    main()
