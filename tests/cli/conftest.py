"""One small case on disk: boxes in a dose that rises by 1 Gy per mm along x, and protocols to judge it by."""

from __future__ import annotations

import numpy as np
import pytest
from click.testing import CliRunner

from sbrt_qa.cli import main
from sbrt_qa.model import Beam, Contour, Dose, DoseReference, FractionGroup, Grid, Plan, Structure, StructureSet
from sbrt_qa.phantom.writer import identity, write_case

HEAD = """\
schema: sbrt-qa/protocol/1
id: boxes
title: Boxes
version: "1"
status: template
sources:
  paper: "Nobody, Nowhere 2020;1:1"
prescription:
  target: ptv
  fractions: 5
  dose: 50 Gy
structures:
  ptv:   {type: target, many: true, names: [PTVsb]}
  liver: {names: [Liver]}
  cord:  {names: [SpinalCord]}
constraints:
"""
ROWS = {
    "passes": '  - {id: COVER, structure: ptv, metric: "V50Gy[%]", goal: ">= 95 %", source: paper}\n',
    "varies": '  - {id: MEAN, structure: liver, metric: "Mean[Gy]", goal: "<= 30 Gy", acceptable: "<= 40 Gy", '
    "source: paper}\n",
    "fails": '  - {id: MEAN, structure: liver, metric: "Mean[Gy]", goal: "<= 20 Gy", source: paper}\n',
    "undecided": '  - {id: CORD, structure: cord, metric: "Max[Gy]", goal: "<= 25 Gy", source: paper}\n',
    "broken": "  - {id: COVER, structure: ptv, metric: 'V50Gy[%]', goal: '>= 95', source: paper}\n",
}


def box(name: str, number: int, x: tuple[float, float], kind: str) -> Structure:
    corners = np.array([(x[0], -20), (x[1], -20), (x[1], 20), (x[0], 20)], dtype=float)
    planes = np.arange(-19.0, 20.0, 2.0)
    return Structure(name, number, tuple(Contour(np.column_stack([corners, np.full(4, z)])) for z in planes), kind)


@pytest.fixture(scope="session")
def export(tmp_path_factory):
    """The case: PTVsb 50..60 Gy, Liver 10..60 Gy, a structure that leaves the dose grid, an empty one."""
    folder = tmp_path_factory.mktemp("case") / "export"
    ids = {role: identity("CLI", role) for role in ("RTDOSE", "RTSTRUCT", "RTPLAN")}
    axis = np.arange(-60.0, 61.0, 2.0)
    gy = np.broadcast_to(np.clip(axis + 50, 0, None), (axis.size,) * 3).astype(np.float32)
    links = {"plan_uids": (ids["RTPLAN"].sop_uid,), "structure_set_uids": (ids["RTSTRUCT"].sop_uid,)}
    structures = (
        box("PTVsb", 1, (0, 10), "PTV"),
        box("Liver", 2, (-40, 10), "ORGAN"),
        box("Body", 3, (-80, 40), "EXTERNAL"),
        Structure("Empty\u202e", 4, ()),
    )
    frame = ids["RTSTRUCT"].frame_uid
    write_case(
        folder,
        dose=Dose(Grid(axis, axis, axis), gy, ids["RTDOSE"], summation="PLAN", kind="PHYSICAL", **links),
        structure_set=StructureSet(ids["RTSTRUCT"], structures, frame_uids=(frame,)),
        plan=Plan(
            ids["RTPLAN"],
            (FractionGroup(1, 5, (Beam(1, "A1", "TREATMENT", 1000.0, 10.0),)),),
            (DoseReference("TARGET", "VOLUME", 1, 50.0, "PTVsb"),),
            (ids["RTSTRUCT"].sop_uid,),
            intent="CURATIVE",
        ),
    )
    return folder


@pytest.fixture(scope="session")
def protocols(tmp_path_factory):
    folder = tmp_path_factory.mktemp("protocols")
    for name, row in ROWS.items():
        (folder / f"{name}.yaml").write_text(HEAD + row, encoding="utf-8")
    return folder


@pytest.fixture
def run():
    """Run the program with words; paths may stand among them."""

    def call(*words: object, **settings):
        return CliRunner(**settings).invoke(main, [str(word) for word in words])

    return call
