"""One small case with unequal spacings and counts, and ways to damage its files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pydicom
import pytest
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag

from sbrt_qa.model import Beam, Contour, Dose, DoseReference, FractionGroup, Grid, Image, Plan, Structure, StructureSet
from sbrt_qa.phantom.writer import Export, identity, write_case

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

GRID = Grid(np.arange(7) * 2.0 - 5, np.arange(5) * 3.0 - 3, np.array([-1.0, 1.5, 4.0, 9.0]))
GY = (np.arange(GRID.z_mm.size * GRID.y_mm.size * GRID.x_mm.size).reshape(GRID.shape_zyx) * 0.25).astype(np.float32)
IDS = {role: identity("T1", role) for role in ("CT", "RTDOSE", "RTSTRUCT", "RTPLAN")}


class Made:
    """The objects of the case, and a folder with their files."""

    grid, gy, ids = GRID, GY, IDS
    dose = Dose(
        GRID,
        GY,
        IDS["RTDOSE"],
        summation="PLAN",
        kind="PHYSICAL",
        plan_uids=(IDS["RTPLAN"].sop_uid,),
        structure_set_uids=(IDS["RTSTRUCT"].sop_uid,),
        heterogeneity=("IMAGE", "ROI_OVERRIDE"),
    )
    image = Image(GRID, np.rint(GY * 40 - 1000).astype(np.int16), IDS["CT"])
    points = tuple(np.array([[-2.5, -1.25, z], [3, -1.25, z], [3, 4.5, z], [-2.5, 4.5, z]]) for z in GRID.z_mm)
    structure_set = StructureSet(
        IDS["RTSTRUCT"],
        (
            Structure("PTVsb", 7, tuple(map(Contour, points)), kind="PTV", stated_volume_cc=12.5),
            Structure("Leer – 空", 2, ()),
            Structure(
                "Liver", 3, (Contour(points[0], "CLOSEDPLANAR_XOR"), Contour(points[1][:1], "POINT")), kind="ORGAN"
            ),
        ),
        frame_uids=(IDS["RTSTRUCT"].frame_uid,),
    )
    plan = Plan(
        IDS["RTPLAN"],
        (FractionGroup(1, 5, (Beam(1, "A1", "TREATMENT", 1200.5, 5.1), Beam(2, "S", "SETUP"))),),
        (DoseReference("TARGET", "VOLUME", 7, 50.0, "PTVsb"),),
        (IDS["RTSTRUCT"].sop_uid,),
        related_plans=(("PRIOR", "1.2.3.4"),),
        approval="APPROVED",
        intent="CURATIVE",
    )

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, *, images: bool = False, export: Export | None = None) -> Path:
        """Write plan, dose and structure set, and the CT when asked."""
        write_case(
            self.folder,
            dose=self.dose,
            structure_set=self.structure_set,
            plan=self.plan,
            image=self.image if images else None,
            export=export or Export(),
        )
        return self.folder

    def edit(self, name: str, change: Callable[[pydicom.Dataset], object], *, to: str | None = None) -> Path:
        """Change one file (or write the change to another)."""
        ds = pydicom.dcmread(self.folder / name)
        change(ds)
        ds.save_as(self.folder / (to or name))
        return self.folder


def put(ds: pydicom.Dataset, keyword: str, raw: bytes, vr: str | None = None) -> None:
    """Set the bytes of an element, whatever they are, padded to an even length as every writer does."""
    tag = Tag(tag_for_keyword(keyword))
    raw += b" " * (len(raw) % 2)
    ds[tag] = RawDataElement(
        tag, vr or dictionary_VR(tag), len(raw), raw, 0, is_implicit_VR=False, is_little_endian=True
    )


@pytest.fixture
def made(tmp_path):
    return Made(tmp_path / "export")


@pytest.fixture(name="put")
def put_fixture():
    return put
