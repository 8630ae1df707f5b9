"""Write the liver case as DICOM: ``python -m beside.make_liver FOLDER``, of any size.

``FOLDER/case`` is what every program reads; ``FOLDER/CT`` only PlatiPy needs.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

import numpy as np

import liver_case
from sbrt_qa.model import Grid, Image, StructureSet
from sbrt_qa.phantom.writer import identity, write_case

CT_HALF_MM, CT_SLICE_MM = (200.0, 150.0, 120.0), 2.5


def structures(point_mm: float, copies: int) -> StructureSet:
    """Return the 21 structures, or each of them several times."""
    made = liver_case.structures(point_mm=point_mm)
    count = len(made.structures)
    again = [
        replace(one, name=one.name + "b" * copy, number=one.number + count * copy)
        for copy in range(copies)
        for one in made.structures
    ]
    return replace(made, structures=tuple(again))


def image() -> Image:
    """Return a CT of water with 1 mm pixels whose slices are the contour planes."""
    x, y = (np.arange(-half, half + 1.0) for half in CT_HALF_MM[:2])
    z = np.arange(-CT_HALF_MM[2], CT_HALF_MM[2] + CT_SLICE_MM, CT_SLICE_MM)
    return Image(Grid(x, y, z), np.zeros((z.size, y.size, x.size), np.int16), identity("liver", "CT"))


def main() -> None:
    """Write it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--spacing", type=float, default=2.0, help="mm between voxels of the dose")
    parser.add_argument("--point", type=float, default=0.9, help="mm between points of a contour")
    parser.add_argument("--copies", type=int, default=1, help="how often every structure is there")
    parser.add_argument("--ct", action="store_true", help="a CT too")
    given = parser.parse_args()
    write_case(
        given.folder / "case",
        dose=liver_case.dose(given.spacing),
        structure_set=structures(given.point, given.copies),
        plan=liver_case.plan(),
    )
    if given.ct:
        write_case(given.folder / "CT", image=image())


if __name__ == "__main__":
    main()
