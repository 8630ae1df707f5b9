"""Write the phantoms as DICOM, and the truth beside them: ``python -m beside.make_phantoms FOLDER [--quick]``.

One folder for each set of contours, holding ``CT/`` (which only PlatiPy needs) and one folder for each dose with
``RS.dcm`` and ``RD.dcm``; ``truth.json`` says what is true of every structure of every case.
"""

from __future__ import annotations

import argparse
import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from beside.phantoms import CUTS, FIELDS, SOLIDS, SPACINGS_MM, Layout, cut, dose, layouts, numbers, truth
from sbrt_qa.model import Grid, Image, Structure, StructureSet
from sbrt_qa.phantom.slices import Slicing, contours_on
from sbrt_qa.phantom.writer import identity, write_case

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sbrt_qa.model import Dose

CUT_FROM = Layout(2.0, shifted=False)
CT_HALF_MM, CT_PIXEL_MM, CT_MORE = 40.0, 1.0, 3  # field of view, pixel, slices beyond the contours


def doses(layout: Layout, grids_mm: tuple[float, ...]) -> Iterator[tuple[str, str, Dose]]:
    """Yield every dose of one set of contours: its name, its field's name and itself."""
    for name, field in FIELDS.items():
        for grid_mm in grids_mm:
            yield f"grid-{grid_mm:g}-{name}", name, dose(layout, field, grid_mm)
        if layout == CUT_FROM and name in CUTS:
            yield f"cut-2-{name}", name, cut(dose(layout, field, 2.0), *CUTS[name])


def write_layout(folder: Path, layout: Layout, grids_mm: tuple[float, ...]) -> dict[str, dict[str, dict[str, float]]]:
    """Write every case of one set of contours; return what is true, by case and structure."""
    of = folder.name
    drawn = structures(layout)
    write_case(folder, structure_set=drawn)
    write_case(folder / "CT", image=image(layout))
    known = {
        name: {solid: numbers(truth(layout, shape, field)) for solid, shape in SOLIDS.items()}
        for name, field in FIELDS.items()
    }
    found = {}
    for case, field, made in doses(layout, grids_mm):
        linked = replace(made, identity=identity(of, "RTDOSE"), structure_set_uids=(drawn.identity.sop_uid,))
        write_case(folder / case, dose=linked)
        shutil.copy(folder / "RS.dcm", folder / case / "RS.dcm")
        found[f"{of}/{case}"] = known[field]
    return found


def structures(layout: Layout) -> StructureSet:
    """Return the solids as contoured; the hollow one by keyhole contours."""
    own = identity(layout.name, "RTSTRUCT")
    slicing = Slicing(layout.spacing_mm, point_mm=0.2, holes="keyhole")
    drawn = [
        Structure(name, number, contours_on(solid, layout.planes_mm, slicing), "ORGAN", own.frame_uid)
        for number, (name, solid) in enumerate(SOLIDS.items(), start=1)
    ]
    return StructureSet(own, tuple(drawn), (own.frame_uid,))


def image(layout: Layout) -> Image:
    """Return a CT of water whose slices are the contour planes and some more."""
    side = np.arange(-CT_HALF_MM, CT_HALF_MM + CT_PIXEL_MM, CT_PIXEL_MM)
    planes, step = layout.planes_mm, layout.spacing_mm
    z = planes[0] + step * np.arange(-CT_MORE, len(planes) + CT_MORE)
    return Image(Grid(side, side, z), np.zeros((z.size, side.size, side.size), np.int16), identity(layout.name, "CT"))


def main() -> None:
    """Write everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quick", action="store_true", help="2 mm contours and grids only")
    given = parser.parse_args()
    spacings = (2.0,) if given.quick else SPACINGS_MM
    known: dict[str, dict[str, dict[str, float]]] = {}
    for layout in layouts(spacings):
        known |= write_layout(given.folder / layout.name, layout, spacings)
    (given.folder / "truth.json").write_text(json.dumps(known), encoding="utf-8")


if __name__ == "__main__":
    main()
