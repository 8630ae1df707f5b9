"""The smallest case that passes: a target in a liver, a cord, a few hundred voxels, three slices of CT."""

from __future__ import annotations

import io
import warnings
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pydicom
from pydicom.data import get_testdata_file
from tree import Element, Encoding, file_of, tree_of

from sbrt_qa.model import Beam, Contour, Dose, DoseReference, FractionGroup, Grid, Image, Plan, Structure, StructureSet
from sbrt_qa.phantom.writer import Arc, ControlPoint, Export, identity, write_case

if TYPE_CHECKING:
    from tree import DataSet

SEED = "fuzz"
CT_FILES = 3
PROTOCOL = """\
schema: sbrt-qa/protocol/1
id: fuzz
title: A liver bed of 50 Gy in 5 fractions
version: "1"
status: template
sources: {paper: "Nobody, Nowhere 2020;1:1, table 1"}
prescription: {target: ptv, fractions: 5, dose: 50 Gy}
structures:
  ptv: {type: target, names: [PTV]}
  liver: {names: [Liver]}
  cord: {names: [SpinalCord]}
  spared: {derive: "liver - ptv"}
constraints:
  - {id: PTV-COVERAGE, structure: ptv, metric: "V100%[%]", goal: ">= 90 %", source: paper}
  - {id: LIVER-MEAN, structure: liver, metric: "Mean[Gy]", goal: "<= 40 Gy", source: paper}
  - {id: LIVER-SPARED, structure: spared, metric: "CV40Gy[cc]", goal: ">= 5 cc", source: paper}
  - {id: CORD-MAX, structure: cord, metric: "D0.035cc[Gy]", goal: "<= 25.3 Gy", source: paper}
  - {id: CORD-MEAN, structure: cord, metric: "Mean[Gy]", report: true}
checks:
  dose-grid-spacing: {goal: "<= 5 mm", acceptable: "<= 6 mm"}
"""
_OUTLINES = {  # x, y and z from and to in mm, step 4 mm
    ("PTV", "PTV"): ((-8, 8), (-8, 8), (-8, 8)),
    ("Liver", "ORGAN"): ((-16, 16), (-16, 12), (-16, 16)),
    ("SpinalCord", "ORGAN"): ((-3, 3), (16, 19), (-16, 16)),
}


def _box(x: tuple[float, float], y: tuple[float, float], z: tuple[float, float]) -> tuple[Contour, ...]:
    corners = ((x[0], y[0]), (x[1], y[0]), (x[1], y[1]), (x[0], y[1]))
    planes = np.arange(z[0] + 2.0, z[1], 4.0)
    return tuple(Contour(np.array([(*corner, plane) for corner in corners])) for plane in planes)


def _structures() -> StructureSet:
    made = []
    for number, ((name, kind), (x, y, z)) in enumerate(_OUTLINES.items(), start=1):
        volume_cc = (x[1] - x[0]) * (y[1] - y[0]) * (z[1] - z[0]) / 1000
        made.append(Structure(name, number, _box(x, y, z), kind, stated_volume_cc=volume_cc))
    return StructureSet(identity(SEED, "RTSTRUCT"), tuple(made))


def _dose(structures: StructureSet) -> Dose:
    x, y, z = np.arange(-20.0, 20.1, 4), np.arange(-20.0, 24.1, 4), np.arange(-20.0, 20.1, 4)
    away = np.maximum(np.abs(x)[None, None, :], np.abs(y)[None, :, None])
    away = np.maximum(np.maximum(away, np.abs(z)[:, None, None]) - 8, 0)
    gy = (56.0 + 0.1 * x[None, None, :]) * np.exp(-away / 9)
    return Dose(
        Grid(x, y, z),
        gy,
        identity(SEED, "RTDOSE"),
        "PLAN",
        "PHYSICAL",
        (identity(SEED, "RTPLAN").sop_uid,),
        (structures.identity.sop_uid,),
    )


def _plan(structures: StructureSet) -> Plan:
    return Plan(
        identity(SEED, "RTPLAN"),
        (FractionGroup(1, 5, (Beam(1, "Arc1", "TREATMENT", 2000.0, 10.0),)),),
        (DoseReference("TARGET", "VOLUME", 1, 50.0, "PTV"),),
        (structures.identity.sop_uid,),
        patient_positions=("HFS",),
    )


def _image() -> Image:
    axis = np.arange(-20.0, 20.1, 10)
    z = np.arange(CT_FILES) * 4.0
    return Image(Grid(axis, axis, z), np.zeros((CT_FILES, axis.size, axis.size), np.int16), identity(SEED, "CT"))


def _with_stated_curve(dose: DataSet, curve: tuple[int, float, list[tuple[float, float]]]) -> None:
    """Put a cumulative curve into the dose, as planning systems do."""
    number, mean_gy, points = curve
    pairs = "\\".join(f"{width:.5f}\\{cc:.5f}" for width, cc in points)
    contribution = [Element(0x30040062, "CS", b"INCLUDED"), Element(0x30060084, "IS", str(number).encode())]
    item = [
        Element(0x30040001, "CS", b"CUMULATIVE"),
        Element(0x30040002, "CS", b"GY"),
        Element(0x30040004, "CS", b"PHYSICAL"),
        Element(0x30040052, "DS", b"1"),
        Element(0x30040054, "CS", b"CM3"),
        Element(0x30040056, "IS", str(len(points)).encode()),
        Element(0x30040058, "DS", pairs.encode()),
        Element(0x30040060, "SQ", [contribution]),
        Element(0x30040074, "DS", f"{mean_gy:.5f}".encode()),
    ]
    at = next(index for index, element in enumerate(dose) if element.tag > 0x30040050)
    dose.insert(at, Element(0x30040050, "SQ", [item]))


@cache
def trees() -> dict[str, DataSet]:
    """Return the files of the case as trees, by name: ``RP``, ``RD``, ``RS``, ``CT.001`` and so on."""
    structures = _structures()
    few = Arc(tuple(ControlPoint(angle, weight) for angle, weight in ((181.0, 0.0), (179.0, 1.0))))
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_case(
            folder,
            dose=_dose(structures),
            structure_set=structures,
            plan=_plan(structures),
            image=_image(),
            export=Export(bits=16, arcs=(few,)),
        )
        made = {path.stem: tree_of(pydicom.dcmread(path)) for path in sorted(folder.iterdir())}
        _state_curve(folder, made["RD"])
    return made


def _state_curve(folder: Path, dose: DataSet) -> None:
    import sbrt_qa

    curve = sbrt_qa.dvh(sbrt_qa.read_case(folder), "Liver")
    edges, cc = curve.edges_gy, curve.cumulative_cc
    kept = np.linspace(0, edges.size - 1, 40).astype(int)
    widths = np.diff(edges[kept], append=edges[-1] + 0.01)
    _with_stated_curve(dose, (2, float(curve.mean_gy), list(zip(widths.tolist(), cc[kept].tolist(), strict=True))))


@cache
def files() -> dict[str, bytes]:
    """Return the files as they are."""
    return {name: file_of(tree, Encoding()) for name, tree in trees().items()}


@cache
def foreign() -> dict[str, DataSet]:
    """Return the RT files that come with pydicom, each under the name of the file of ours whose place it takes."""
    there = {"RP": "rtplan.dcm", "RD": "rtdose.dcm", "RS": "rtstruct.dcm"}
    found = {name: get_testdata_file(file, download=False) for name, file in there.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one of them holds a UID that is none
        return {name: tree_of(pydicom.dcmread(path, force=True)) for name, path in found.items() if path}


def as_pydicom(data: bytes) -> pydicom.Dataset:
    """Read a file with pydicom, which knows nothing of the reader under test."""
    return pydicom.dcmread(io.BytesIO(data))
