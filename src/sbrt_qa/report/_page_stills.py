"""Still pictures of the key slices for a page whose script does not run: the CT as one small picture, lines as SVG."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import numpy as np

from sbrt_qa.histogram.where import Spot
from sbrt_qa.report._key_slices import ISODOSES, Key, grey, isodose, judged, keys, outlines, plane
from sbrt_qa.report._lines import COLORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sbrt_qa.model import Image
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Scene
    from sbrt_qa.report._key_slices import Points

QUALITY = 55
ON_BLACK = ("#c98bf0", "#ff5f56", "#E69F00", "#00c48f", "#56B4E9")  # the isodoses, as they can be seen there
UNUSUAL = frozenset({"SUPPORT", "MARKER", "FIXATION", "REGISTRATION", "CONTROL", "ISOCENTER"})


def stills(evaluation: Evaluation, scene: Scene) -> list[dict[str, Any]]:
    """Return what the still pictures are drawn from, in mm from the corner of the dose grid.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.
    scene : Scene
        Of the same.

    Returns
    -------
    list of dict
        One or two: where the target is hottest and where the worst finding is decided, else the middle of the pictures.
    """
    numbers = judged(evaluation) or frozenset(
        one.structure.number for one in scene.outlined if one.structure.kind.upper() not in UNUSUAL
    )
    full_gy = evaluation.prescription.get("gy") or float(scene.dose.gy.max())
    return [_still(scene, key, full_gy, numbers) for key in keys(evaluation, scene) or [_middle(scene)]]


def _middle(scene: Scene) -> Key:
    """Return the hottest point of the dose; where the dose is not shown, the middle."""
    grid, gy = scene.dose.grid, scene.dose.gy
    k, j, i = np.unravel_index(int(gy.argmax()), gy.shape) if scene.dose_stands else (n // 2 for n in gy.shape)
    spot = Spot(float(grid.x_mm[i]), float(grid.y_mm[j]), float(grid.z_mm[k]), float(gy[k, j, i]))
    return Key(spot, "Hottest point of the dose" if scene.dose_stands else "CT and contours")


def _still(scene: Scene, key: Key, full_gy: float, numbers: frozenset[int]) -> dict[str, Any]:
    axes, z_mm = scene.dose.grid, key.spot.z_mm
    x0, y0 = float(axes.x_mm[0]), float(axes.y_mm[0])
    drawn = list(outlines(scene.outlined, z_mm, numbers))
    doses = plane(scene.dose, z_mm)
    shares = [(part, color) for (part, _), color in zip(ISODOSES, ON_BLACK, strict=True) if scene.dose_stands]
    lines = [(f"{part} %", color, list(isodose(doses, scene.dose, full_gy * part / 100))) for part, color in shares]
    return {
        "title": key.title,
        "z": f"z = {z_mm:.1f} mm" + (f" · cross: {key.spot.gy:.1f} Gy" if scene.dose_stands else ""),
        "width": round(float(axes.x_mm[-1]) - x0, 1),
        "height": round(float(axes.y_mm[-1]) - y0, 1),
        "picture": None if scene.image is None else _picture(scene.image, z_mm, (x0, y0)),
        "outlines": [
            {
                "name": one.name,
                "look": f"line-{COLORS.index(one.color)}" if one.color in COLORS else "body",
                "dash": " ".join(f"{part:g}" for part in one.dash) or "none",
                "path": "".join(_path(ring, (x0, y0)) + "z" for ring in one.rings),
            }
            for one in drawn
        ],
        "isodoses": [
            {"label": label, "color": color, "path": "".join(_path(line, (x0, y0)) for line in found)}
            for label, color, found in lines
            if found
        ],
        "cross": (round(key.spot.x_mm - x0, 1), round(key.spot.y_mm - y0, 1)),
    }


def _path(points: Points, corner: tuple[float, float]) -> str:
    moved = np.asarray(points, dtype=np.float64) - corner
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in moved.tolist())


def _picture(image: Image, z_mm: float, corner: tuple[float, float]) -> dict[str, Any] | None:
    """Return the plane as WebP, and where its outer edges lie."""
    levels = grey(image, z_mm)
    if levels is None:
        return None
    axes = image.grid
    step_x, step_y, _ = axes.spacing_mm
    return {
        "source": "data:image/webp;base64," + base64.b64encode(_webp(levels)).decode("ascii"),
        "x": round(float(axes.x_mm[0]) - step_x / 2 - corner[0], 2),
        "y": round(float(axes.y_mm[0]) - step_y / 2 - corner[1], 2),
        "width": round(step_x * axes.x_mm.size, 2),
        "height": round(step_y * axes.y_mm.size, 2),
    }


def _webp(levels: NDArray[np.uint8]) -> bytes:
    from PIL import Image as Picture

    stream = io.BytesIO()
    Picture.fromarray(levels).save(stream, "WEBP", quality=QUALITY, method=2)
    return stream.getvalue()
