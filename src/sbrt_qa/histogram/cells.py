"""Cells: the chords of a structure collected in the cells of the dose grid.

Each cell of the dose grid is cut into equal parts along y and z, thin enough for the structure. What a chord covers of
them follows from its two ends alone: an end at the share f of a cell leaves 1 − f of that cell, and all of the cells
beyond, to its right; what begins at the first end and not at the second is the chord. So ends are counted where they
lie and summed once from left to right, and between two cells that have an end nothing changes, however long a chord
is. The same sums of positions give the centroid of what is covered: each part knows how much of the structure it holds,
and where.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram.arrays import runs_of, spread

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from sbrt_qa.histogram.rows import Chords
    from sbrt_qa.model import Grid

    Floats = NDArray[np.float64]
    Indices = NDArray[np.intp]

AT_A_TIME = 500_000  # parts of cells looked at at a time
NOTHING = 1e-9  # a smaller share of a part is rounding
WHOLE = 1 - 1e-9
_SIGNS = np.array([[1.0], [-1.0]])


@dataclass(frozen=True, slots=True)
class Lattice:
    """The cells of a dose grid, each cut into equal parts.

    Parameters
    ----------
    grid : Grid
        Along the patient's axes.
    y_parts, z_parts : int
        Parts of each cell along y and z. Along x, where the dose in a part is linear, cells stay whole.
    """

    grid: Grid
    y_parts: int
    z_parts: int

    def faces_z_mm(self) -> Floats:
        """Heights between the layers of parts, rising."""
        z = self.grid.z_mm
        within = np.arange(self.z_parts) / self.z_parts
        return np.append((z[:-1, None] + np.diff(z)[:, None] * within).reshape(-1), z[-1])


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Rows of parts along x: everything that the parts of one row have in common.

    Parameters
    ----------
    fy, fz : ndarray of float32
        Where in its cell the middle of a part lies along y and z, 0..1.
    volume : ndarray
        Of a part, in mm³.
    """

    fy: NDArray[np.float32]
    fz: NDArray[np.float32]
    volume: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """Parts of cells that a structure covers.

    Parameters
    ----------
    lattice : Lattice
        Of the parts.
    places : Places
        The rows of parts they lie in.
    whole, whole_row : ndarray of int
        Parts covered altogether: the grid point at the low corner of their cell, as a flat index, and their row.
    part, part_row : ndarray of int
        The same for parts covered only in part, ...
    share : ndarray
        ... of which this share is covered, 0..1, ...
    offset : ndarray, shape (3, parts)
        ... with its centroid this far from the middle along x, y and z, in units of the part, ...
    width : ndarray, shape (3, parts)
        ... and as wide as an even stretch of the same variance.
    """

    lattice: Lattice
    places: Places
    whole: Indices
    whole_row: Indices
    part: Indices
    part_row: Indices
    share: Floats
    offset: Floats
    width: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Chords:
    """Chords inside the grid, sorted by slab, in units of the lattice.

    ``column`` and ``along`` (shape (2, chords)) tell the cell of both ends and where in it they lie; ``y`` is measured
    from the middle of the strip.
    """

    slab: Indices
    strip: Indices
    y: Floats
    depth: Floats
    column: Indices
    along: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Pieces:
    """Slabs cut at the faces between layers, sorted by layer, in units of the lattice; z from the layer's middle."""

    layer: Indices
    slab: Indices
    z: Floats
    height: Floats


def collect(chords: Chords, slab_mm: Floats, lattice: Lattice) -> Iterator[Cells]:
    """Collect chords in the parts of the cells, a stretch of layers at a time.

    Parameters
    ----------
    chords : Chords
        Sorted by slab; none may straddle a strip of the lattice.
    slab_mm : ndarray, shape (slabs, 2)
        Low and high z of each slab.
    lattice : Lattice
        The parts.
    """
    inside, pieces = _inside(chords, lattice), _pieces(slab_mm, lattice)
    if inside.slab.size == 0 or pieces.layer.size == 0:
        return
    begin = np.searchsorted(inside.slab, pieces.slab)
    count = np.searchsorted(inside.slab, pieces.slab, "right") - begin
    strips = int(inside.strip.min()), int(inside.strip.max()) + 1
    columns = int(inside.column.min()), int(inside.column.max()) + 1
    layers = max(AT_A_TIME // ((strips[1] - strips[0]) * (columns[1] - columns[0])), 1)
    dx, dy, _ = lattice.grid.spacing_mm
    volumes = np.diff(lattice.faces_z_mm()) * (dx * dy / lattice.y_parts)
    for bottom in range(int(pieces.layer[0]), int(pieces.layer[-1]) + 1, layers):
        used = slice(*np.searchsorted(pieces.layer, [bottom, bottom + layers]))
        piece, chord = spread(begin[used], count[used])
        if chord.size:
            yield _cells(
                inside, pieces, (used.start + piece, chord), _Box(bottom, layers, strips, columns, lattice, volumes)
            )


@dataclass(frozen=True, slots=True)
class _Box:
    """A stretch of the lattice; ``volumes`` are those of one part on each of its layers."""

    bottom: int
    layers: int
    strips: tuple[int, int]
    columns: tuple[int, int]
    lattice: Lattice
    volumes: Floats

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns."""
        return self.layers * (self.strips[1] - self.strips[0]), self.columns[1] - self.columns[0]

    def places(self) -> tuple[Places, Indices]:
        """Return the rows of parts, and the grid point at the left end of each as a flat index."""
        lattice = self.lattice
        _, ny, nx = lattice.grid.shape_zyx
        layer, strip = self.bottom + np.arange(self.layers), np.arange(*self.strips)
        fy = (strip % lattice.y_parts + 0.5) / lattice.y_parts
        fz = (layer % lattice.z_parts + 0.5) / lattice.z_parts
        volume = self.volumes[np.minimum(layer, self.volumes.size - 1)]
        corner = (layer // lattice.z_parts)[:, None] * ny + strip // lattice.y_parts
        places = Places(
            np.tile(fy.astype(np.float32), layer.size),
            np.repeat(fz.astype(np.float32), strip.size),
            np.repeat(volume, strip.size),
        )
        return places, (corner * nx + self.columns[0]).reshape(-1)


def _cells(chords: _Chords, pieces: _Pieces, pairs: tuple[Indices, Indices], box: _Box) -> Cells:
    """Collect some chords, each for one piece of its slab."""
    piece, chord = pairs
    rows, columns = box.size
    y, depth = chords.y.take(chord), chords.depth.take(chord)
    z, height = pieces.z.take(piece), pieces.height.take(piece)
    row = (pieces.layer.take(piece) - box.bottom) * (rows // box.layers) + chords.strip.take(chord) - box.strips[0]
    cell = chords.column.take(chord, axis=1)
    cell += row * columns - box.columns[0]
    covered = depth * height
    squares = covered * (y * y + depth * depth / 12), covered * (z * z + height * height / 12)
    totals = (covered, covered * y, covered * z, *squares)
    sums = _sums(cell, chords.along.take(chord, axis=1), totals, rows * columns)
    places, origin = box.places()
    row = sums.ended // columns
    corner = sums.ended + (origin - np.arange(rows) * columns).take(row)
    runs = np.flatnonzero((sums.behind[0] > NOTHING) & (sums.beyond > 0))
    is_whole = sums.behind[0, runs] > WHOLE
    inner, rest = runs[is_whole], runs[~is_whole]
    run, part = spread(corner[rest] + 1, sums.beyond[rest])
    rest = rest[run]
    here = np.flatnonzero(sums.here[0] > NOTHING)
    moments = np.concatenate([sums.here.take(here, axis=1), sums.behind.take(rest, axis=1)], axis=1)
    share, offset, square = moments[0], moments[1:4] / moments[0], moments[4:] / moments[0]
    return Cells(
        box.lattice,
        places,
        runs_of(corner[inner] + 1, sums.beyond[inner]),
        np.repeat(row[inner], sums.beyond[inner]),
        np.concatenate([corner[here], part]),
        np.concatenate([row[here], row[rest]]),
        share,
        offset,
        np.sqrt(12 * np.maximum(square - offset * offset, 0.0)),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """What chords cover of cells, its first moments along x, y and z, and its second ones.

    Parameters
    ----------
    ended : ndarray of int
        Cells that have an end, rising.
    here, behind : ndarray, shape (7, ended)
        Sums in each of these cells, and in all cells from there to the next of them.
    beyond : ndarray of int
        Number of the latter.
    """

    ended: Indices
    here: Floats
    behind: Floats
    beyond: Indices


def _sums(cell: Indices, along: Floats, totals: tuple[Floats, ...], cells: int) -> _Sums:
    """Sum what begins at the first ends of chords, less what begins at the second, from left to right.

    Parameters
    ----------
    cell, along : ndarray, shape (2, chords)
        Cell of both ends, and where in it they lie.
    totals : tuple of ndarray, shape (chords,)
        What a chord covers of each cell that it passes through, its moments along y and z, and its second ones.
    cells : int
        Number of cells.
    """
    has = np.zeros(cells, dtype=bool)
    has[cell[0]] = has[cell[1]] = True
    ended = np.flatnonzero(has)
    number = np.empty(cells, dtype=np.intp)
    number[ended] = np.arange(ended.size)
    at = number.take(cell).reshape(-1)
    here, behind = np.empty((7, ended.size)), np.zeros((7, ended.size))
    for moment, total in zip((0, 2, 3, 5, 6), totals, strict=True):
        signed = _SIGNS * total
        behind[moment] = np.cumsum(np.bincount(at, signed.reshape(-1), ended.size))
        signed *= along
        here[moment] = behind[moment] - np.bincount(at, signed.reshape(-1), ended.size)
    # From f to 1 the moments about the middle are (f − f²) / 2 and 1/24 − (f − 1/2)³ / 3; of a whole cell 0 and 1/12.
    signed = _SIGNS * totals[0]
    here[1] = np.bincount(at, (signed * (along - along * along) * 0.5).reshape(-1), ended.size)
    behind[4] = behind[0] / 12
    off = along - 0.5
    missing = signed * (1 / 24 + off * off * off / 3)  # a power would take longer than all the rest
    here[4] = behind[4] - np.bincount(at, missing.reshape(-1), ended.size)
    return _Sums(ended, here, behind, _gaps(ended))


def _gaps(rising: Indices) -> Indices:
    """Return how many integers lie between each and the next; none after the last."""
    gaps = np.zeros_like(rising)
    np.subtract(rising[1:], rising[:-1] + 1, out=gaps[:-1])
    return gaps


def _inside(chords: Chords, lattice: Lattice) -> _Chords:
    """Cut chords to the grid and express them in units of the lattice."""
    grid = lattice.grid
    dx, dy, _ = grid.spacing_mm
    u = np.clip((np.stack([chords.x0, chords.x1]) - grid.x_mm[0]) / dx, 0.0, grid.x_mm.size - 1)
    v = (chords.y - grid.y_mm[0]) * (lattice.y_parts / dy)
    # A row that crosses the edge of the grid is cut there, so its middle tells on which side it lies.
    kept = np.flatnonzero((u[1] > u[0]) & (v > 0) & (v < (grid.y_mm.size - 1) * lattice.y_parts))
    u, v = u.take(kept, axis=1), v.take(kept)
    column, strip = np.minimum(u.astype(np.intp), grid.x_mm.size - 2), v.astype(np.intp)
    depth = chords.depth[kept] * (lattice.y_parts / dy)
    return _Chords(chords.slab[kept], strip, v - strip - 0.5, depth, column, u - column)


def _pieces(slab_mm: Floats, lattice: Lattice) -> _Pieces:
    """Cut slabs at the faces between layers; what lies outside the grid is left out."""
    faces = lattice.faces_z_mm()
    low, high = np.maximum(slab_mm[:, 0], faces[0]), np.minimum(slab_mm[:, 1], faces[-1])
    known = np.flatnonzero(high > low)
    first = np.searchsorted(faces, low[known], "right") - 1
    last = np.searchsorted(faces, high[known], "left")
    slab, layer = spread(first, last - first)
    slab = known[slab]
    bottom, top = np.maximum(low[slab], faces[layer]), np.minimum(high[slab], faces[layer + 1])
    thick = faces[layer + 1] - faces[layer]
    order = np.argsort(layer, kind="stable")
    middle = ((bottom + top) * 0.5 - faces[layer]) / thick - 0.5
    return _Pieces(layer[order], slab[order], middle[order], ((top - bottom) / thick)[order])
