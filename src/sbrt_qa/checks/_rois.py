"""The structures of a case as the checks see them: used or not, their planes, area and volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import SbrtQaError
from sbrt_qa.histogram.slabs import SAME_PLANE_MM

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.checks._catalogue import Subject
    from sbrt_qa.model import Contour, Structure


def used(subject: Subject) -> tuple[Structure, ...]:
    """Every structure that fills a role of the protocol, each once, in file order."""
    numbers = {structure.number for group in subject.used.values() for structure in group}
    return tuple(s for s in subject.case.structures if s.number in numbers)


def unused(subject: Subject) -> tuple[Structure, ...]:
    """Every structure that fills no role, in file order."""
    numbers = {structure.number for group in subject.used.values() for structure in group}
    return tuple(s for s in subject.case.structures if s.number not in numbers)


def area_mm2(contour: Contour) -> float:
    """Signed area of the contour seen along z, in mm²; the lobes of a figure of eight cancel."""
    x, y = (contour.points_mm[:, :2] - contour.points_mm[0, :2]).T
    # Measured from the first point, the edges that meet there add nothing.
    return float((x[:-1] * y[1:] - y[:-1] * x[1:]).sum()) / 2


def planes_mm(structure: Structure) -> NDArray[np.float64]:
    """Positions z of the planes on which the structure has area, rising, in mm.

    Planes closer than 0.05 mm to the one before are the same plane.
    """
    z = np.sort([c.z_mm for c in structure.closed_contours])
    return z[np.diff(z, prepend=-np.inf) > SAME_PLANE_MM]


def usual_step_mm(planes: NDArray[np.float64]) -> float:
    """Median step between planes in mm (the lower one of an even number); 0 for fewer than two planes."""
    steps = np.sort(np.diff(planes))
    return float(steps[(steps.size - 1) // 2]) if steps.size else 0.0


def volume_cc(subject: Subject, structure: Structure) -> float:
    """Volume in cc: the curve's where there is one, else contour areas times the usual step."""
    if subject.curve is not None:
        try:
            return subject.curve(structure).volume_cc
        except SbrtQaError:
            pass  # a structure without a curve is estimated below
    area = sum(abs(area_mm2(contour)) for contour in structure.closed_contours)
    return area * usual_step_mm(planes_mm(structure)) / 1000


def centre_x_mm(structure: Structure) -> float | None:
    """Position x of the centre of area over all contours, in mm; None for a structure without area."""
    moment = total = 0.0
    for contour in structure.closed_contours:
        first = contour.points_mm[0, :2]
        x, y = (contour.points_mm[:, :2] - first).T
        cross = x[:-1] * y[1:] - y[:-1] * x[1:]
        area = float(cross.sum()) / 2
        own = float(((x[:-1] + x[1:]) * cross).sum()) / 6 + float(first[0]) * area
        moment += own if area > 0 else -own
        total += abs(area)
    return moment / total if total > 0 else None
