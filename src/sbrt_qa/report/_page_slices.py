"""What the slices of the page are drawn from: dose, image and outlines, packed small enough for one file.

Pictures only: the dose is rounded and may be thinned out, the image is smoothed. No number of the scorecard comes from
here.
"""

from __future__ import annotations

import base64
import io
import math
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from sbrt_qa.model import Dose, Image
    from sbrt_qa.protocol.scene import Outlined, Scene

DOSE_POINTS = 1_000_000
DOSE_LEVELS = 4000
IMAGE_POINTS = 2_600_000
IMAGE_BYTES = 560_000
IMAGE_MM = 1.5  # finer pixels than this are averaged
QUALITIES = (60, 45, 30, 18)
# Hounsfield units and the grey levels they are stored as: fine for soft tissue, coarse for air and bone.
HU_KNOTS = (-1000.0, -160.0, 300.0, 1500.0)
GREY_KNOTS = (0.0, 42.0, 226.0, 255.0)
OUTLINE_MM = 0.2  # outlines are drawn to within this
UNIT_MM = 0.1
TARGET_KINDS = {"GTV", "CTV", "ITV", "PTV"}
HIDDEN_KINDS = {"SUPPORT", "MARKER", "FIXATION", "REGISTRATION", "CONTROL", "ISOCENTER"}


@dataclass(frozen=True, slots=True, eq=False)
class _Box:
    """A stretch of an array along z, y and x, every so many points."""

    z: slice
    y: slice
    x: slice


def slices(scene: Scene) -> dict[str, Any]:
    """Pack a scene for the page's script.

    Parameters
    ----------
    scene : Scene
        From the evaluation.

    Returns
    -------
    dict
        Plain data that JSON can hold.
    """
    return {
        "dose": _dose(scene.dose),
        "withheld": not scene.dose_stands,
        "image": None if scene.image is None else _image(scene.image, scene.dose),
        "structures": [_structure(one) for one in scene.outlined],
        "outlines": _packed(_outlines(scene.outlined)),
        "places": [
            {
                "constraint": clean(place.constraint),
                "roi": place.roi_number,
                "at": _rounded((place.spot.x_mm, place.spot.y_mm, place.spot.z_mm)),
                "side": place.side,
                "gy": place.threshold_gy,
                "sentence": clean(place.sentence),
            }
            for place in scene.places
        ],
        "start": _rounded(_start(scene)),
    }


def note(scene: Scene) -> str:
    """Say how far the pictures are rounded and thinned out."""
    if not scene.dose_stands:
        return (
            f"the dose is not shown, because the case was refused; contours to {OUTLINE_MM:g} mm, the CT is smoothed."
        )
    steps = _dose_steps(scene.dose)
    step_gy = max(float(scene.dose.gy.max()), 1e-3) / DOSE_LEVELS
    thinned = (
        ""
        if steps == (1, 1, 1)
        else f", of every {steps[2]} × {steps[1]} × {steps[0]} grid points along x, y and z one"
    )
    return f"the dose is rounded to {step_gy:.2g} Gy{thinned}, contours to {OUTLINE_MM:g} mm, the CT is smoothed."


def _start(scene: Scene) -> tuple[float, float, float]:
    if scene.hottest is not None:
        return scene.hottest.x_mm, scene.hottest.y_mm, scene.hottest.z_mm
    grid = scene.dose.grid
    k, j, i = np.unravel_index(int(scene.dose.gy.argmax()), scene.dose.gy.shape)
    if not scene.dose_stands:
        k, j, i = (n // 2 for n in scene.dose.gy.shape)
    return float(grid.x_mm[i]), float(grid.y_mm[j]), float(grid.z_mm[k])


def _rounded(numbers: Iterable[float]) -> list[float]:
    return [round(float(number), 3) for number in numbers]


# --- dose -----------------------------------------------------------------------------------------


def _dose(dose: Dose) -> dict[str, Any]:
    steps = _dose_steps(dose)
    box = _Box(*(slice(None, None, step) for step in steps))
    gy = dose.gy[box.z, box.y, box.x]
    step_gy = max(float(gy.max()), 1e-3) / DOSE_LEVELS
    levels = np.clip(np.rint(gy / step_gy), 0, 65535).astype(np.uint16)
    apart = np.diff(np.diff(levels, axis=2, prepend=np.uint16(0)), axis=1, prepend=np.uint16(0))
    return {**_axes(dose, box), "step": step_gy, "every": list(steps), "data": _packed(apart)}


def _dose_steps(dose: Dose) -> tuple[int, ...]:
    """Return how many points to step along z, y and x: always the finest axis is thinned out next."""
    steps = [1, 1, 1]
    spacing_mm = dose.grid.spacing_mm[::-1]
    while math.prod(-(-n // step) for n, step in zip(dose.gy.shape, steps, strict=True)) > DOSE_POINTS:
        axis = min(range(3), key=lambda k: spacing_mm[k] * steps[k])
        steps[axis] += 1
    return tuple(steps)


def _axes(on: Dose | Image, box: _Box) -> dict[str, Any]:
    grid = on.grid
    return {
        name: _rounded(at[part])
        for name, at, part in zip("xyz", (grid.x_mm, grid.y_mm, grid.z_mm), (box.x, box.y, box.z), strict=True)
    }


def _packed(numbers: NDArray[Any]) -> str:
    """Pack 16-bit integers: low bytes, then high bytes, deflated, as text."""
    plain = numbers.astype("<u2" if numbers.dtype == np.uint16 else "<i2").ravel().view(np.uint8)
    apart = np.concatenate([plain[::2], plain[1::2]])
    squeeze = zlib.compressobj(6, zlib.DEFLATED, -15)
    return base64.b64encode(squeeze.compress(apart.tobytes()) + squeeze.flush()).decode("ascii")


# --- image ----------------------------------------------------------------------------------------


def _image(image: Image, dose: Dose) -> dict[str, Any] | None:
    """Return the image around the dose as one mosaic of slices; None where the two do not meet."""
    box = _around(image, dose)
    grey = np.interp(image.hu[box.z, box.y, box.x], HU_KNOTS, GREY_KNOTS)
    if not grey.size:
        return None
    axes = _axes(image, box)
    extra = 0
    while True:
        steps = _image_steps(image, grey.shape, extra)
        small, at = _averaged(grey, axes, steps)
        for quality in QUALITIES:
            columns, picture = _mosaic(small, quality)
            if len(picture) <= IMAGE_BYTES:
                source = "data:image/webp;base64," + base64.b64encode(picture).decode("ascii")
                return {**at, "columns": columns, "hu": HU_KNOTS, "grey": GREY_KNOTS, "every": steps, "source": source}
        extra += 1


def _around(image: Image, dose: Dose) -> _Box:
    parts = []
    for own, other in (
        (image.grid.z_mm, dose.grid.z_mm),
        (image.grid.y_mm, dose.grid.y_mm),
        (image.grid.x_mm, dose.grid.x_mm),
    ):
        step = float(np.diff(own).max()) if own.size > 1 else 0.0
        inside = np.flatnonzero((own >= other[0] - step) & (own <= other[-1] + step))
        parts.append(slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0))
    return _Box(*parts)


def _image_steps(image: Image, shape: tuple[int, ...], extra: int) -> list[int]:
    """Return how many planes to skip through and how many pixels to average, so that the image is small enough."""
    pixel_mm = image.grid.spacing_mm[0]
    plane = max(int(IMAGE_MM / pixel_mm), 1) if pixel_mm > 0 else 1
    steps = [1, plane, plane]
    while math.prod(-(-n // step) for n, step in zip(shape, steps, strict=True)) > IMAGE_POINTS:
        steps = [steps[0], steps[1] + 1, steps[2] + 1] if steps[1] * pixel_mm < 3 else [steps[0] + 1, *steps[1:]]
    return [steps[0] + extra // 2, steps[1] + (extra + 1) // 2, steps[2] + (extra + 1) // 2]


def _averaged(
    grey: NDArray[np.float64], axes: dict[str, list[float]], steps: Sequence[int]
) -> tuple[NDArray[np.uint8], dict[str, list[float]]]:
    """Average pixels in the plane and leave out planes; axes hold the centres of what is left."""
    along_z, along_y, along_x = steps
    kept = grey[::along_z]
    rows, columns = max(kept.shape[1] // along_y, 1), max(kept.shape[2] // along_x, 1)
    along_y, along_x = min(along_y, kept.shape[1]), min(along_x, kept.shape[2])
    kept = kept[:, : rows * along_y, : columns * along_x]
    small = kept.reshape(kept.shape[0], rows, along_y, columns, along_x).mean(axis=(2, 4))
    y = np.array(axes["y"])[: rows * along_y].reshape(rows, along_y).mean(axis=1)
    x = np.array(axes["x"])[: columns * along_x].reshape(columns, along_x).mean(axis=1)
    at = {"x": _rounded(x), "y": _rounded(y), "z": axes["z"][::along_z]}
    return np.rint(small).astype(np.uint8), at


def _mosaic(planes: NDArray[np.uint8], quality: int) -> tuple[int, bytes]:
    """Lay the planes out side by side in one picture: number of columns, and the file."""
    from PIL import Image as Picture

    count, rows, columns = planes.shape
    across = max(math.ceil(math.sqrt(count * rows / columns)), 1)
    sheet = np.zeros((-(-count // across) * rows, across * columns), dtype=np.uint8)
    for number, plane in enumerate(planes):
        j, i = number // across * rows, number % across * columns
        sheet[j : j + rows, i : i + columns] = plane
    stream = io.BytesIO()
    Picture.fromarray(sheet).save(stream, "WEBP", quality=quality, method=2)  # half the time of 3 for 4 % more
    return across, stream.getvalue()


# --- outlines -------------------------------------------------------------------------------------


def _structure(one: Outlined) -> dict[str, Any]:
    structure, kind = one.structure, one.structure.kind.upper()
    return {
        "name": clean(structure.name),
        "roi": structure.number,
        "color": None if structure.color is None else [int(part) for part in structure.color],
        "hidden": kind in HIDDEN_KINDS or structure.number < 0 or structure.name.lower().startswith(("_", "z_", "z-")),
        "target": kind in TARGET_KINDS,
    }


def _outlines(outlined: Sequence[Outlined]) -> NDArray[np.int16]:
    """Write all outlines as one list of numbers in tenths of a millimetre.

    For each structure the number of slabs; for each slab its low and high face and the number of rings; for each ring
    the number of points, the first point, and the steps to the others.
    """
    numbers: list[NDArray[np.int64]] = []
    for one in outlined:
        rings = _rings(one)
        numbers.append(np.array([len(one.slabs_mm)]))
        for own, (_, low, high) in zip(rings, one.slabs_mm, strict=True):
            numbers.append(np.array([round(low / UNIT_MM), round(high / UNIT_MM), len(own)]))
            for ring in own:
                numbers += [np.array([len(ring)]), np.diff(ring, axis=0, prepend=0).ravel()]
    joined = np.concatenate(numbers) if numbers else np.zeros(0, dtype=np.int64)
    return np.clip(joined, -32768, 32767).astype(np.int16)


def _rings(one: Outlined) -> list[list[NDArray[np.int64]]]:
    """Return the rings on each slab, thinned and rounded."""
    import shapely

    z_mm = np.array([z for z, _, _ in one.slabs_mm])
    middles = (z_mm[1:] + z_mm[:-1]) / 2
    found: list[list[NDArray[np.int64]]] = [[] for _ in one.slabs_mm]
    contours = one.structure.closed_contours
    lines = shapely.linestrings(
        np.concatenate([np.vstack([c.points_mm[:, :2], c.points_mm[:1, :2]]) for c in contours]),
        indices=np.repeat(np.arange(len(contours)), [len(c.points_mm) + 1 for c in contours]),
    )
    thinned = np.asarray(shapely.simplify(lines, OUTLINE_MM))
    for contour, line in zip(contours, thinned, strict=True):
        points = np.rint(shapely.get_coordinates(line)[:-1] / UNIT_MM).astype(np.int64)
        if len(points) >= 3:
            found[int(np.searchsorted(middles, contour.z_mm))].append(points)
    return found
