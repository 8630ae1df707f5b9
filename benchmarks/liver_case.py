"""A liver case of 21 structures with about 350,000 contour points and a VMAT-like dose, made in memory.

Used by the timings; nothing in it is taken from a patient.
"""

from __future__ import annotations

import numpy as np

from sbrt_qa.model import (
    Beam,
    Contour,
    Dose,
    DoseReference,
    FractionGroup,
    Grid,
    Identity,
    Plan,
    Structure,
    StructureSet,
)

FRAME = "1.2.826.0.1.3680043.10.1.1"
# name, centre (x, y, z), semi-axes (x, y, z) in mm, loops per slice
ORGANS = (
    ("External", (0, 0, 0), (165, 105, 110), 1),
    ("Liver", (-60, -10, 20), (80, 65, 75), 1),
    ("CTVsb", (-45, 5, 25), (24, 22, 22), 1),
    ("PTVsb", (-45, 5, 25), (29, 27, 27), 1),
    ("SpinalCord", (0, 70, 0), (6, 5, 105), 1),
    ("SpinalCanal", (0, 70, 0), (10, 9, 105), 1),
    ("Duodenum", (-20, 0, -30), (16, 14, 35), 1),
    ("Stomach", (55, -40, 25), (45, 32, 50), 1),
    ("Bowel_Small", (10, -20, -60), (10, 10, 45), 9),
    ("Bowel_Large", (20, -20, -50), (16, 15, 55), 5),
    ("Kidney_L", (60, 45, -30), (28, 26, 55), 1),
    ("Kidney_R", (-60, 50, -40), (28, 26, 55), 1),
    ("Heart", (20, -40, 85), (45, 38, 22), 1),
    ("Esophagus", (8, 45, 80), (9, 8, 28), 1),
    ("Lung_L", (80, 0, 80), (50, 65, 28), 1),
    ("Lung_R", (-80, 0, 85), (50, 65, 22), 1),
    ("Gallbladder", (-45, -45, -10), (14, 12, 22), 1),
    ("GreatVes", (6, 45, 0), (11, 10, 105), 1),
    ("Spleen", (105, 30, 40), (30, 40, 48), 1),
    ("Pancreas", (20, -10, -5), (45, 12, 18), 1),
    ("Skin", (0, 0, 0), (165, 105, 110), 1),
)


def _contours(organ: tuple, slice_mm: float, point_mm: float) -> list[Contour]:
    name, centre, axes, loops = organ
    contours = []
    start = -np.floor(axes[2] / slice_mm) * slice_mm
    for z in np.arange(start, axes[2], slice_mm):
        scale = np.sqrt(max(1 - (z / axes[2]) ** 2, 0))
        if name in {"External", "Skin", "SpinalCord", "SpinalCanal", "GreatVes"}:
            scale = 0.9 + 0.1 * scale
        if scale * min(axes[:2]) < 1.5:
            continue
        for loop in range(loops):
            shift = (0.0, 0.0) if loops == 1 else (60 * np.cos(2.4 * loop + z / 40), 40 * np.sin(2.4 * loop + z / 40))
            rings = (1.0, 0.97) if name == "Skin" else (1.0,)
            for ring in rings:
                a, b = axes[0] * scale * ring, axes[1] * scale * ring
                count = max(int(2 * np.pi * np.sqrt((a * a + b * b) / 2) / point_mm), 12)
                t = 2 * np.pi * np.arange(count) / count
                wobble = 1 + 0.03 * np.sin(3 * t + z / 25) + 0.015 * np.sin(7 * t - z / 12)
                x = centre[0] + shift[0] + a * wobble * np.cos(t)
                y = centre[1] + shift[1] + b * wobble * np.sin(t)
                contours.append(Contour(np.round(np.column_stack([x, y, np.full(count, centre[2] + z)]), 2)))
    return contours


def structures(slice_mm: float = 2.5, point_mm: float = 0.9, organs: tuple = ORGANS) -> StructureSet:
    """Return the 21 structures; ``point_mm`` is chosen so that there are about 350,000 points."""
    made = tuple(
        Structure(organ[0], number, tuple(_contours(organ, slice_mm, point_mm)), "ORGAN", FRAME)
        for number, organ in enumerate(organs, start=1)
    )
    return StructureSet(Identity(FRAME + ".2", frame_uid=FRAME, patient_id="BENCH"), made, (FRAME,))


def dose(spacing_mm: float = 2.0, patient_id: str = "BENCH") -> Dose:
    """Return a dose on a grid that covers the body, peaked in the PTV with arms of lower dose."""
    x, y, z = (np.arange(-half, half + spacing_mm / 2, spacing_mm) for half in (190.0, 125.0, 110.0))
    dx, dy = (x + 45)[None, None, :], (y - 5)[None, :, None]
    dz = (z - 25)[:, None, None]
    r = np.sqrt(dx**2 + dy**2 + (1.3 * dz) ** 2)
    star = 1 + 0.2 * np.cos(5 * np.arctan2(dy, dx))
    gy = 62 / (1 + np.exp((r - 33) / 4)) + 9 * star * np.exp(-r / 90) * np.exp(-((dz / 45) ** 4)) + 0.05
    identity = Identity(FRAME + ".3", frame_uid=FRAME, patient_id=patient_id)
    return Dose(Grid(x, y, z), gy.astype(np.float32), identity, "PLAN", "PHYSICAL", (FRAME + ".4",), (FRAME + ".2",))


def plan() -> Plan:
    """Return a plan of 50 Gy in 5 fractions to the PTV."""
    identity = Identity(FRAME + ".4", frame_uid=FRAME, patient_id="BENCH", label="BENCH")
    target = next(number for number, organ in enumerate(ORGANS, start=1) if organ[0] == "PTVsb")
    beams = (Beam(1, "ARC1", "TREATMENT", 900.0, 10.0),)
    return Plan(
        identity,
        (FractionGroup(1, 5, beams),),
        (DoseReference("TARGET", "VOLUME", target, 50.0),),
        (FRAME + ".2",),
        approval="UNAPPROVED",
        patient_positions=("HFS",),
    )
