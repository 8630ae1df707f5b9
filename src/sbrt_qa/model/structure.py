"""Structures: closed contours on planes, and the set that holds them."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.errors import SbrtQaError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model.identity import Identity


PLAIN_MM2 = 1e-4  # more needs no second look
ROUNDING_MM = 1e-9


@dataclass(frozen=True, slots=True, eq=False)
class Contour:
    """One contour in patient coordinates.

    Parameters
    ----------
    points_mm : ndarray, shape (n, 3)
        Vertices (x, y, z) in mm, DICOM patient axes; a read-only copy is kept. The last joins the first.
    geometry : str
        ContourGeometricType (3006,0042): CLOSED_PLANAR, CLOSEDPLANAR_XOR, POINT, OPEN_PLANAR, OPEN_NONPLANAR.
    """

    points_mm: NDArray[np.float64]
    geometry: str = "CLOSED_PLANAR"
    _bounds_area: bool | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        own = np.array(self.points_mm, dtype=np.float64)
        if own.ndim != 2 or own.shape[1] != 3:
            raise SbrtQaError(f"contour points must have shape (n, 3), got {own.shape}", code="contour-data-invalid")
        own.setflags(write=False)
        object.__setattr__(self, "points_mm", own)

    @property
    def is_closed(self) -> bool:
        """True when the contour bounds an area (CLOSED_PLANAR or CLOSEDPLANAR_XOR)."""
        return self.geometry in {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}

    @property
    def bounds_area(self) -> bool:
        """True unless there are fewer than three points, all on a line, or a line that runs back the way it came."""
        if self._bounds_area is None:  # many ask, and points never change
            object.__setattr__(self, "_bounds_area", len(self.points_mm) >= 3 and _bounds_area(self.points_mm))
        return bool(self._bounds_area)

    @property
    def z_mm(self) -> float:
        """Mean z of the vertices."""
        return float(self.points_mm[:, 2].mean())


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """A region of interest. It has no volume of its own: that depends on ``Sampling``.

    Parameters
    ----------
    name : str
        ROIName (3006,0026), stripped of padding, otherwise as written.
    number : int
        ROINumber (3006,0022); derived structures have a negative number.
    contours : tuple of Contour
        All contours, in file order, the unusable ones included.
    kind : str
        RTROIInterpretedType (3006,00A4): PTV, CTV, ORGAN, EXTERNAL, SUPPORT, ...; empty when absent.
    frame_uid : str
        ReferencedFrameOfReferenceUID (3006,0024); empty when absent.
    color : tuple of int, optional
        ROIDisplayColor (3006,002A), RGB 0..255.
    stated_volume_cc : float, optional
        ROIVolume (3006,002C) as the file states it.
    faults : tuple of (code, sentence)
        What the reader found wrong with this ROI alone; a judged ROI with faults is UNDECIDED.
    slabs_mm : tuple of (z, low, high), optional
        Set only for derived structures, whose end caps are already decided: the contours at plane z
        hold from low to high, and z between two slabs belongs to no slab. None for contoured
        structures, whose slabs follow from their planes and ``Sampling``.
    """

    name: str
    number: int
    contours: tuple[Contour, ...]
    kind: str = ""
    frame_uid: str = ""
    color: tuple[int, int, int] | None = None
    stated_volume_cc: float | None = None
    faults: tuple[tuple[str, str], ...] = ()
    slabs_mm: tuple[tuple[float, float, float], ...] | None = None

    def __repr__(self) -> str:
        return f"Structure({self.name!r}, number={self.number}, kind={self.kind!r}, contours={len(self.contours)})"

    @property
    def closed_contours(self) -> tuple[Contour, ...]:
        """The contours that bound an area; one that bounds none stands for no plane either."""
        return tuple(c for c in self.contours if c.is_closed and c.bounds_area)


@dataclass(frozen=True, slots=True, eq=False)
class StructureSet:
    """One RTSTRUCT object.

    Parameters
    ----------
    identity : Identity
        UIDs and patient; ``frame_uid`` is the first of ``frame_uids``.
    structures : tuple of Structure
        In the order of StructureSetROISequence.
    frame_uids : tuple of str
        Referenced frames of reference (3006,0010)>(0020,0052).
    """

    identity: Identity
    structures: tuple[Structure, ...]
    frame_uids: tuple[str, ...] = field(default=())


def _bounds_area(points_mm: NDArray[np.float64]) -> bool:
    with np.errstate(invalid="ignore"):
        x, y = points_mm[:, 0] - points_mm[0, 0], points_mm[:, 1] - points_mm[0, 1]
        # Measured from the first point, the edges that meet there add nothing.
        twice_mm2 = abs(float(x[:-1] @ y[1:] - y[:-1] @ x[1:]))
    if twice_mm2 > 2 * PLAIN_MM2 or not np.isfinite(points_mm).all():
        return True  # what is no number nobody knows: whoever computes with it refuses it
    if np.linalg.svd(points_mm - points_mm.mean(axis=0), compute_uv=False)[1] <= ROUNDING_MM:
        return False
    return bool(np.ptp(points_mm[:, 2]) > ROUNDING_MM) or _even_odd_mm2(x, y) > 0


def _even_odd_mm2(x: NDArray[np.float64], y: NDArray[np.float64]) -> float:
    """Area by the even-odd rule, along lines half way between the vertices: the lobes of a figure of eight add up."""
    one, other = np.stack([y, x]), np.stack([np.roll(y, -1), np.roll(x, -1)])
    # Each edge from its lower end to its upper one: on the way back it is cut in the very same place.
    (y0, x0), (y1, x1) = np.where(y <= other[0], one, other), np.where(y <= other[0], other, one)
    area = 0.0
    for low, high in pairwise(np.unique(y).tolist()):
        middle = (low + high) / 2
        cut = (y0 <= middle) & (y1 > middle)
        at = np.sort(x0[cut] + (middle - y0[cut]) / (y1[cut] - y0[cut]) * (x1[cut] - x0[cut]))
        area += (high - low) * float((at[1::2] - at[::2]).sum())
    return area
