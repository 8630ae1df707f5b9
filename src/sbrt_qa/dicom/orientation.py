"""From rows, columns and frames to ``[z, y, x]``: every orientation along the patient axes, by position alone.

The affine is P = IPP + column * spacing * R + row * spacing * C + offset * (R x C) with R and C from
ImageOrientationPatient (DICOM PS3.3, C.7.6.2). Prone, feet-first and decubitus are expressed there
and nowhere else; PatientPosition is annotation and is never looked at. What is tilted goes through ``oblique``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np

from sbrt_qa.dicom.strict import decimals, fault, lengths_mm
from sbrt_qa.dicom.tags import Tag
from sbrt_qa.model import Grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sbrt_qa.dicom.walk import Elements

Number = TypeVar("Number", bound=np.generic)

_ORTHONORMAL_WITHIN = 1e-3
_ALIGNED_WITHIN = 1e-4  # 0.05 mm at the far side of a 500 mm grid


class Axis(NamedTuple):
    """A patient axis (0 x, 1 y, 2 z) and the sense (+1 or -1) in which an array index runs along it."""

    patient: int
    sense: int


class Orientation(NamedTuple):
    """The patient axes of a stack of planes: along its frames, its rows' index and its columns' index."""

    frames: Axis
    rows: Axis
    columns: Axis

    @property
    def is_supine_head_first(self) -> bool:
        """True for (1,0,0, 0,1,0), the one orientation whose frame offsets may be patient z."""
        return self == (Axis(2, 1), Axis(1, 1), Axis(0, 1))


def read_axes(ds: Elements) -> NDArray[np.float64]:
    """Read ImageOrientationPatient (0020,0037) as the three axes of a stack of planes.

    Parameters
    ----------
    ds : Elements
        Data set of a dose or an image plane.

    Returns
    -------
    ndarray, shape (3, 3)
        Unit vectors along which frames, rows and columns are counted, one per row.

    Raises
    ------
    CaseError
        ``dose-orientation-invalid`` when it is not two orthogonal unit vectors.
    """
    tag = Tag.ImageOrientationPatient
    cosines = decimals(ds, tag, "dose-orientation-invalid")
    if len(cosines) != 6:
        fault(ds, tag, f"holds {len(cosines)} numbers, six are expected", "dose-orientation-invalid")
    limited = np.clip(cosines, -2, 2)  # what is longer stays wrong, and its square stays finite
    along_row, along_column = limited[:3], limited[3:]
    gram = np.array([along_row @ along_row - 1, along_column @ along_column - 1, along_row @ along_column])
    if not (np.abs(gram) <= _ORTHONORMAL_WITHIN).all():
        fault(ds, tag, f"{cosines} is not two orthogonal unit vectors", "dose-orientation-invalid")
    return np.array([np.cross(along_row, along_column), along_column, along_row])


def aligned(axes: NDArray[np.float64]) -> Orientation | None:
    """Return which patient axes these are, or None where they are tilted."""
    found = [_axis(vector) for vector in axes]
    return None if None in found else Orientation(*(axis for axis in found if axis is not None))


def read_orientation(ds: Elements) -> Orientation:
    """Read an ImageOrientationPatient (0020,0037) along the patient axes.

    Raises
    ------
    CaseError
        ``dose-orientation-invalid`` as `read_axes`, ``dose-oblique`` when it is tilted.
    """
    found = aligned(read_axes(ds))
    if found is None:
        fault(ds, Tag.ImageOrientationPatient, "is tilted against the patient axes", "dose-oblique")
    return found


def _axis(vector: NDArray[np.float64]) -> Axis | None:
    """Return the patient axis along which a unit vector points."""
    patient = int(np.argmax(np.abs(vector)))
    sense = 1 if vector[patient] > 0 else -1
    within = np.abs(np.delete(vector, patient)) <= _ALIGNED_WITHIN
    return Axis(patient, sense) if within.all() else None


def read_position(ds: Elements) -> tuple[float, float, float]:
    """Read ImagePositionPatient (0020,0032): the centre of the first voxel, in mm.

    Raises
    ------
    CaseError
        ``dose-orientation-invalid`` when it is not three numbers.
    """
    position = lengths_mm(ds, Tag.ImagePositionPatient, "dose-orientation-invalid")
    if len(position) != 3:
        what = f"holds {len(position)} numbers, three are expected"
        fault(ds, Tag.ImagePositionPatient, what, "dose-orientation-invalid")
    x, y, z = position
    return x, y, z


def read_spacing(ds: Elements) -> tuple[float, float]:
    """Read PixelSpacing (0028,0030): from row to row, then from column to column, in mm.

    Raises
    ------
    CaseError
        ``dose-spacing-invalid`` when it is not two positive numbers.
    """
    spacing = lengths_mm(ds, Tag.PixelSpacing, "dose-spacing-invalid")
    if len(spacing) != 2 or min(spacing) <= 0:
        fault(ds, Tag.PixelSpacing, f"is {spacing}, two positive numbers are expected", "dose-spacing-invalid")
    return spacing


def in_plane_mm(ds: Elements, orientation: Orientation, shape: tuple[int, int]) -> list[NDArray[np.float64]]:
    """Patient coordinates of the rows and of the columns of a plane.

    Parameters
    ----------
    ds : Elements
        Data set with ImagePositionPatient and PixelSpacing.
    orientation : Orientation
        Its orientation.
    shape : (int, int)
        Number of rows and of columns.

    Returns
    -------
    list of two ndarrays
        Millimetres of each row and of each column, along the patient axes named by ``orientation``.

    Raises
    ------
    CaseError
        As `read_position` and `read_spacing`.
    """
    origin = read_position(ds)
    axes = (orientation.rows, orientation.columns)
    return [
        origin[axis.patient] + axis.sense * step * np.arange(count, dtype=np.float64)
        for axis, step, count in zip(axes, read_spacing(ds), shape, strict=True)
    ]


def to_patient(
    values: NDArray[Number], positions_mm: Sequence[NDArray[np.float64]], orientation: Orientation
) -> tuple[Grid, NDArray[Number]]:
    """Turn a stack of planes so that its axes are z, y, x and every position rises.

    Parameters
    ----------
    values : ndarray, shape (frames, rows, columns)
        Any values.
    positions_mm : sequence of three ndarrays
        Position of each frame, row and column along its patient axis.
    orientation : Orientation
        Which patient axes these are.

    Returns
    -------
    (Grid, ndarray)
        The grid, and a view of ``values`` with shape ``grid.shape_zyx``.
    """
    array_axis = {axis.patient: number for number, axis in enumerate(orientation)}
    turned = values.transpose([array_axis[patient] for patient in (2, 1, 0)])
    positions = [positions_mm[array_axis[patient]] for patient in (2, 1, 0)]
    flips = tuple(slice(None, None, -1 if p[0] > p[-1] else 1) for p in positions)
    z_mm, y_mm, x_mm = (p[flip] for p, flip in zip(positions, flips, strict=True))
    return Grid(x_mm=x_mm, y_mm=y_mm, z_mm=z_mm), turned[flips]
