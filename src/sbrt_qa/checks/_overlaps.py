"""How the closed contours of one plane lie to each other: apart, one in the other, crossing, or one on the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sbrt_qa.histogram.arrays import spread
from sbrt_qa.histogram.slabs import SAME_PLANE_MM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sbrt_qa.model import Contour, Structure

    Numbers = NDArray[np.float64]
    Indices = NDArray[np.intp]

LINE_MM = 0.5
FEWEST, MOST = 24, 200  # lines through a contour
SPECK_MM2 = 2.0  # less than this is the noise of drawing: 5 mm³ on a slice of 2.5 mm
WALL_MM = 0.3  # outlines nearer than this all around bound no wall: one outline, drawn twice
FULL_TURN = 2 * np.pi


class Overlap(NamedTuple):
    """Area of a plane that a structure's contours enclose more than once.

    Parameters
    ----------
    how : str
        ``nested`` (one contour within another), ``coincide`` (one on another), ``cross``, or ``self`` (one
        contour that runs around the same area twice).
    z_mm : float
        The plane.
    geometries : frozenset of str
        ContourGeometricType of the contours.
    """

    how: str
    z_mm: float
    geometries: frozenset[str]


def overlaps(structure: Structure) -> tuple[Overlap, ...]:
    """Find every area of at least 2 mm² that a structure's closed contours enclose more than once.

    Areas are measured along lines that are 0.5 mm apart, in contours of less than 12 or more than 100 mm
    one 24th or one 200th of their height.
    """
    contours = structure.closed_contours
    if not contours:
        return ()
    outline = _Outline.of(contours)
    return (*_between(contours, outline), *_within(contours, outline))


def _between(contours: tuple[Contour, ...], outline: _Outline) -> Iterator[Overlap]:
    pairs = _pairs(outline)
    own_mm2, shared_mm2 = _shared(outline, *pairs.T)
    for k in np.flatnonzero(shared_mm2 > SPECK_MM2):
        smaller, larger = pairs[k]
        if own_mm2[k] - shared_mm2[k] > SPECK_MM2:
            how = "cross"
        else:
            between_mm2 = abs(outline.area_mm2[larger]) - abs(outline.area_mm2[smaller])
            how = "nested" if between_mm2 > WALL_MM * outline.perimeter_mm[smaller] else "coincide"
        yield Overlap(how, contours[smaller].z_mm, frozenset(contours[c].geometry for c in (smaller, larger)))


def _within(contours: tuple[Contour, ...], outline: _Outline) -> Iterator[Overlap]:
    # A contour that crosses nothing turns once around; only the others need to be measured.
    winding = np.flatnonzero(np.abs(np.abs(outline.turns) - 1) > 0.1)
    for k in winding[_wound_twice(outline, winding) > SPECK_MM2]:
        yield Overlap("self", contours[k].z_mm, frozenset((contours[k].geometry,)))


@dataclass(frozen=True, slots=True, eq=False)
class _Outline:
    """The vertices of all contours, each with its follower, and what is known of every contour."""

    x: Numbers
    y: Numbers
    following: Indices
    start: Indices
    size: Indices
    box: Numbers  # (contours, low or high, x or y)
    area_mm2: Numbers
    perimeter_mm: Numbers
    turns: Numbers
    plane: Indices

    @classmethod
    def of(cls, contours: tuple[Contour, ...]) -> _Outline:
        points = np.concatenate([contour.points_mm for contour in contours])
        start, size, following = _chain(np.array([len(contour.points_mm) for contour in contours]))
        (x, y), z = points[:, :2].T.copy(), points[:, 2]
        (u, v) = (points[:, :2] - np.repeat(points[start, :2], size, axis=0)).T
        dx, dy = x[following] - x, y[following] - y
        ahead_x, ahead_y = dx[following], dy[following]
        turn = np.arctan2(dx * ahead_y - dy * ahead_x, dx * ahead_x + dy * ahead_y)
        return cls(
            x=x,
            y=y,
            following=following,
            start=start,
            size=size,
            box=np.stack([np.minimum.reduceat(points[:, :2], start), np.maximum.reduceat(points[:, :2], start)], 1),
            area_mm2=np.add.reduceat(u * dy - v * dx, start) / 2,
            perimeter_mm=np.add.reduceat(np.hypot(dx, dy), start),
            turns=np.add.reduceat(turn, start) / FULL_TURN,
            plane=_planes(np.add.reduceat(z, start) / size),
        )


def _chain(size: Indices) -> tuple[Indices, Indices, Indices]:
    """First vertex and size of each contour, and the vertex that follows each vertex."""
    end = np.cumsum(size)
    following = np.arange(1, end[-1] + 1)
    following[end - 1] = end - size
    return end - size, size, following


def _planes(z_mm: Numbers) -> Indices:
    """Count planes upwards; a contour within 0.05 mm of the one before lies on its plane."""
    order = np.argsort(z_mm, kind="stable")
    plane = np.empty(z_mm.size, dtype=np.intp)
    plane[order] = np.cumsum(np.diff(z_mm[order], prepend=z_mm[order[0]]) > SAME_PLANE_MM)
    return plane


def _pairs(outline: _Outline) -> Indices:
    """Pairs of contours on one plane whose boxes meet, the smaller one first, shape (pairs, 2)."""
    order = np.argsort(outline.plane, kind="stable")
    planes = np.split(order, np.flatnonzero(np.diff(outline.plane[order])) + 1)
    found = [np.empty((0, 2), dtype=np.intp)]
    for own in planes:
        if own.size > 1:
            low, high = outline.box[own, 0], outline.box[own, 1]
            before = (low[:, None] < high[None, :]).all(axis=2)
            found.append(own[np.argwhere(np.triu(before & before.T, 1))])
    pairs = np.concatenate(found)
    area = np.abs(outline.area_mm2[pairs])
    return np.where((area[:, 0] > area[:, 1])[:, None], pairs[:, ::-1], pairs)


@dataclass(frozen=True, slots=True, eq=False)
class _Lines:
    """Lines along x through contours: lowest y, distance and number for each contour, and its first line."""

    low: Numbers
    step: Numbers
    count: Indices
    first: Indices

    @classmethod
    def through(cls, outline: _Outline, contour: Indices) -> _Lines:
        low, high = outline.box[contour, :, 1].T
        count = np.clip(np.ceil((high - low) / LINE_MM), FEWEST, MOST).astype(np.intp)
        return cls(low, np.maximum((high - low) / count, 1e-9), count, np.cumsum(count) - count)


@dataclass(frozen=True, slots=True, eq=False)
class _Cuts:
    """Where edges cross lines: the line's number, x, and +1 for an edge that rises in y, -1 for one that falls."""

    line: Indices
    x: Numbers
    sense: Numbers


def _cut(outline: _Outline, contour: Indices, lines: _Lines) -> _Cuts:
    """Cut each contour by its lines."""
    own, vertex = spread(outline.start[contour], outline.size[contour])
    after = outline.following[vertex]
    # An edge owns the lines from its lower end up to its upper one, so every contour has an even number of cuts.
    at0, at1 = ((outline.y[v] - lines.low[own]) / lines.step[own] - 0.5 for v in (vertex, after))
    n0, n1 = (np.clip(np.ceil(at), 0, lines.count[own]).astype(np.intp) for at in (at0, at1))
    edge, number = spread(np.minimum(n0, n1), np.abs(n1 - n0))
    x0, x1 = outline.x[vertex][edge], outline.x[after][edge]
    x = x0 + (number - at0[edge]) / (at1 - at0)[edge] * (x1 - x0)
    return _Cuts(lines.first[own[edge]] + number, x, np.sign(n1 - n0)[edge].astype(np.float64))


def _enclosed(line: Indices, x: Numbers, lines: _Lines) -> Numbers:
    """Length inside by the even-odd rule, for each line."""
    if x.size == 0:
        return np.zeros(int(lines.count.sum()))
    # One key for line and x, so that one sort does; x never reaches the next line.
    order = np.argsort(line + 0.999 * (x - x.min()) / max(float(np.ptp(x)), 1.0))
    sign = np.where(np.arange(line.size) % 2, 1.0, -1.0)
    return np.asarray(np.bincount(line[order], sign * x[order], int(lines.count.sum())), dtype=np.float64)


def _area(length: Numbers, lines: _Lines) -> Numbers:
    """Area of each contour from the lengths on its lines."""
    contour = np.repeat(np.arange(lines.count.size), lines.count)
    return np.asarray(np.bincount(contour, length, lines.count.size) * lines.step, dtype=np.float64)


def _shared(outline: _Outline, smaller: Indices, larger: Indices) -> tuple[Numbers, Numbers]:
    """Area of the smaller contour of each pair, and how much of it the larger one encloses, in mm²."""
    lines = _Lines.through(outline, smaller)
    one, other = (_cut(outline, contour, lines) for contour in (smaller, larger))
    own = _enclosed(one.line, one.x, lines)
    both = own + _enclosed(other.line, other.x, lines)
    either = _enclosed(np.append(one.line, other.line), np.append(one.x, other.x), lines)
    return _area(own, lines), _area((both - either) / 2, lines)


def _wound_twice(outline: _Outline, contour: Indices) -> Numbers:
    """Area that each contour runs around twice in the same sense, in mm²."""
    lines = _Lines.through(outline, contour)
    cuts = _cut(outline, contour, lines)
    # The length times the number of windings, minus the length inside: what even-odd leaves out, twice.
    wound = np.abs(np.bincount(cuts.line, cuts.sense * cuts.x, int(lines.count.sum())))
    return _area(np.maximum(wound - _enclosed(cuts.line, cuts.x, lines), 0.0) / 2, lines)
