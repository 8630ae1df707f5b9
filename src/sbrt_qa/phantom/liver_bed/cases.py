"""The four synthetic cases: what was cut, how it is irradiated, what is drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.model import (
    Beam,
    Contour,
    Dose,
    DoseReference,
    FractionGroup,
    Grid,
    Image,
    Plan,
    Structure,
    StructureSet,
)
from sbrt_qa.phantom.liver_bed.beams import Patient, Rays, Sweep
from sbrt_qa.phantom.liver_bed.contours import contours
from sbrt_qa.phantom.liver_bed.delivery import arcs
from sbrt_qa.phantom.liver_bed.organs import organs
from sbrt_qa.phantom.liver_bed.painting import painted
from sbrt_qa.phantom.liver_bed.planning import Aim, planned_dose
from sbrt_qa.phantom.liver_bed.space import PIXEL_MM, SLICE_MM, Region, Space
from sbrt_qa.phantom.liver_bed.target import Resection, operated
from sbrt_qa.phantom.writer import Export, identity, write_case

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from sbrt_qa.model import Identity

PRESCRIPTION_GY, FRACTIONS, METERSET_MU = 50.0, 5, 2870.0
DRAWN_MM = (-95.0, 80.0)  # slices on which organs are drawn: a margin of 5 mm around them stays in the dose grid
BODY_MM = (-100.0, 85.0)  # slices on which the body is drawn: it ends in the dose grid, so that the whole body is known
ALL_MM = (-500.0, 500.0)


@dataclass(frozen=True, slots=True)
class Story:
    """One case.

    Parameters
    ----------
    folder : str
        Name of its folder.
    patient_id : str
        Synthetic patient; all UIDs follow from it.
    resection : Resection
        What was cut.
    aim : Aim
        How it is irradiated.
    with_cord : bool
        False leaves the spinal cord undrawn.
    with_image : bool
        True writes the CT.
    """

    folder: str
    patient_id: str
    resection: Resection
    aim: Aim
    with_cord: bool = True
    with_image: bool = False


def _there_and_back(start_deg: float, stop_deg: float) -> tuple[Sweep, Sweep]:
    return Sweep(start_deg, stop_deg, clockwise=True), Sweep(stop_deg, start_deg, clockwise=False)


_DEEP = Resection((-102, 20, 18), (38, 42, 42), (-67, 6, 24), (25, 27, 26))
_DEEP_AIM = Aim(_there_and_back(160, 340))
STORIES = (
    Story("meets-all", "SYNTH-LB-01", _DEEP, _DEEP_AIM, with_image=True),
    Story(
        "acceptable-variation",
        "SYNTH-LB-02",
        Resection((-147, -14, 4), (40, 54, 54), (-110, -16, 6), (25, 30, 30)),
        Aim(_there_and_back(181, 35)),
    ),
    Story(
        "duodenum-overdose",
        "SYNTH-LB-03",
        Resection((-50, -62, -34), (31, 31, 36), (-64, -36, -33), (23, 23, 25)),
        Aim((*_there_and_back(181, 60), Sweep(181, 60, clockwise=True))),
    ),
    Story("no-cord", "SYNTH-LB-04", _DEEP, _DEEP_AIM, with_cord=False),
)


# name, kind, colour
DRAWN = (
    ("External", "EXTERNAL", (0, 255, 0)),
    ("CTVsb", "CTV", (255, 128, 255)),
    ("PTVsb", "PTV", (255, 0, 0)),
    ("Liver", "ORGAN", (165, 105, 60)),
    ("SpinalCord", "ORGAN", (255, 255, 0)),
    ("SpinalCanal", "ORGAN", (200, 200, 120)),
    ("Duodenum", "ORGAN", (255, 190, 0)),
    ("Stomach", "ORGAN", (255, 140, 90)),
    ("Bowel_Small", "ORGAN", (120, 200, 80)),
    ("Bowel_Large", "ORGAN", (60, 150, 60)),
    ("Kidney_L", "ORGAN", (0, 190, 255)),
    ("Kidney_R", "ORGAN", (0, 130, 255)),
    ("Heart", "ORGAN", (230, 60, 110)),
    ("Esophagus", "ORGAN", (190, 140, 255)),
    ("Spleen", "ORGAN", (140, 90, 170)),
    ("Lung_L", "ORGAN", (110, 220, 220)),
    ("Lung_R", "ORGAN", (70, 190, 200)),
    ("GreatVes", "ORGAN", (220, 30, 30)),
    ("Chestwall", "ORGAN", (170, 170, 170)),
    ("Skin", "ORGAN", (240, 210, 180)),
    ("z_Ring", "CONTROL", (0, 90, 130)),
    ("Clips", "MARKER", (255, 255, 255)),
    ("CouchSurface", "SUPPORT", (90, 90, 150)),
)
REACH_MM = {"External": BODY_MM, "CouchSurface": ALL_MM}
KEYHOLED = {"Skin"}


@cache
def space() -> Space:
    """Return the CT's pixel centres, on which all anatomy is evaluated."""
    x_mm, y_mm = np.arange(-164.5, 165.0, PIXEL_MM), np.arange(-113.75, 158.0, PIXEL_MM)
    return Space(x_mm, y_mm, np.arange(-110.0, 96.0, SLICE_MM))


def dose_grid() -> Grid:
    """Voxel centres of the dose: the whole body, and 5 mm around each organ in it, but not the couch."""
    return Grid(np.arange(-157.5, 156.0, 2.5), np.arange(-102.5, 106.0, 2.5), np.arange(-102.5, 88.0, 2.5))


@cache
def _organs() -> Mapping[str, Region]:
    return organs(space())


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A case before it is written: the regions, the image, the dose and the arcs."""

    regions: Mapping[str, Region]
    clips_mm: tuple[tuple[float, float, float], ...]
    image: Image
    dose: Dose
    export: Export


@cache
def planned(resection: Resection, aim: Aim) -> Planned:
    """Operate, plan and calculate; shared by cases that differ in what is drawn only.

    Parameters
    ----------
    resection : Resection
        What was cut.
    aim : Aim
        How it is irradiated.

    Returns
    -------
    Planned
        With empty identities.
    """
    where = space()
    regions, clips = operated(where, _organs(), resection)
    hu = painted(where, regions, clips)
    density = np.clip((hu + 1000.0) / 1000.0, 0.02, 1.6)
    density[regions["External"].level > 0] = 0.0
    target = regions["PTVsb"]
    z, y, x = np.nonzero(target.level < 0)
    cut = target.box
    middle = (where.x_mm[cut[2]][x].mean(), where.y_mm[cut[1]][y].mean(), where.z_mm[cut[0]][z].mean())
    isocenter = tuple(float(np.round(v)) for v in middle)
    rays = Rays(Patient(where, density, target, (isocenter[0], isocenter[1], isocenter[2])), dose_grid())
    relative, fluence = planned_dose(rays, aim)
    nobody = identity("", "RTDOSE")
    return Planned(
        regions,
        clips,
        Image(Grid(where.x_mm, where.y_mm, where.z_mm), hu, nobody),
        Dose(
            dose_grid(),
            (PRESCRIPTION_GY * relative).astype(np.float32),
            nobody,
            summation="PLAN",
            kind="PHYSICAL",
            heterogeneity=("IMAGE",),
        ),
        Export(bits=16, arcs=arcs(rays, aim, fluence)),
    )


def write_story(folder: Path, story: Story) -> None:
    """Write one case into a folder of its own.

    Parameters
    ----------
    folder : Path
        Parent of the case's folder.
    story : Story
        Which case.
    """
    made = planned(story.resection, story.aim)
    ids = {
        role: identity(story.patient_id, role, label=label, patient="SYNTHETIC^LIVERBED")
        for role, label in (
            ("CT", "CT abdomen"),
            ("RTSTRUCT", "LiverBed"),
            ("RTPLAN", "LiverBed"),
            ("RTDOSE", "LiverBed"),
        )
    }
    write_case(
        folder / story.folder,
        dose=replace(made.dose, identity=ids["RTDOSE"], plan_uids=(ids["RTPLAN"].sop_uid,)),
        structure_set=_drawn(made, story, ids["RTSTRUCT"]),
        plan=_plan(made, ids),
        image=replace(made.image, identity=ids["CT"]) if story.with_image else None,
        export=made.export,
    )


def _drawn(made: Planned, story: Story, own: Identity) -> StructureSet:
    listed = [row for row in DRAWN if story.with_cord or row[0] != "SpinalCord"]
    structures = []
    for number, (name, kind, color) in enumerate(listed, start=1):
        z_range = REACH_MM.get(name, DRAWN_MM)
        widest_mm = 25.0 if kind == "SUPPORT" else 6.0
        rings = contours(space(), made.regions[name], z_range, keyhole=name in KEYHOLED, widest_mm=widest_mm)
        structures.append(Structure(name, number, rings, kind=kind, color=color))
    clip = Contour(np.array([made.clips_mm[-1]]), geometry="POINT")
    structures.append(Structure("Clip_Gallbladder", len(structures) + 1, (clip,), kind="MARKER", color=(255, 255, 255)))
    return StructureSet(own, tuple(structures), (own.frame_uid,))


def _plan(made: Planned, ids: Mapping[str, Identity]) -> Plan:
    beams = made.export.arcs
    share = 1 / len(beams)
    return Plan(
        ids["RTPLAN"],
        (
            FractionGroup(
                1,
                FRACTIONS,
                tuple(
                    Beam(
                        number,
                        f"Arc {number} {arc.rotation}",
                        "TREATMENT",
                        round(METERSET_MU * share, 1),
                        round(PRESCRIPTION_GY / FRACTIONS * share, 6),
                    )
                    for number, arc in enumerate(beams, start=1)
                ),
            ),
        ),
        (DoseReference("TARGET", "VOLUME", 3, PRESCRIPTION_GY, "PTVsb"),),
        (ids["RTSTRUCT"].sop_uid,),
        approval="UNAPPROVED",
        intent="CURATIVE",
        geometry="PATIENT",
        patient_positions=("HFS",),
    )
