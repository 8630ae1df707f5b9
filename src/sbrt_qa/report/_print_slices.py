"""Key slices on a sheet: image, outlines and isodose lines where the target is hottest and where a finding is decided.

Pictures only: no number of the scorecard comes from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from reportlab.platypus import Flowable

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report._lines import COLORS
from sbrt_qa.report._running import fitted
from sbrt_qa.report._scorecard import scorecard
from sbrt_qa.report.sheet import FONT, INK, RULE, SOFT, WIDTH, grid, printable, tone, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from sbrt_qa.histogram.where import Spot
    from sbrt_qa.model import Dose, Image
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Outlined, Scene

    Points = Sequence[tuple[float, float]]

ISODOSES = ((110, "#7b1fa2"), (100, "#b3201a"), (80, "#E69F00"), (50, "#009E73"), (20, "#56B4E9"))  # per cent
WINDOW_HU = (-160.0, 240.0)
ROOM, GAP, KEY_ROW, MOST_NAMES = WIDTH / 2 - 6, 12.0, 9.5, 14
TALLEST = 230.0
OUTLINE_DASHES: tuple[tuple[float, ...], ...] = ((), (6.0, 1.5))  # a second round of colours
APART_MM = 1.0  # two pictures of nearly the same plane tell nothing new


@dataclass(frozen=True, slots=True)
class Key:
    """One slice worth a look: where, and why."""

    spot: Spot
    title: str


def key_slices(evaluation: Evaluation) -> list[Any]:
    """Return the slices of an evaluation side by side; empty where there is nothing to draw."""
    scene = evaluation.load_scene()
    if scene is None:
        return []
    prescription_gy = evaluation.prescription.get("gy")
    drawn: list[list[Any]] = [
        [words(key.title, 7.5, bold=True, longest=90), Slice(scene, key.spot, prescription_gy, _judged(evaluation))]
        for key in _keys(evaluation, scene)
    ]
    if not drawn:
        return []
    return [grid([[*drawn, ""][:2]], (0.5, 0.5))]


def _keys(evaluation: Evaluation, scene: Scene) -> list[Key]:
    """Choose the hottest point of the target, and the place of the worst finding on another plane."""
    found = [] if scene.hottest is None else [Key(scene.hottest, "Hottest point of the target")]
    places = {(place.constraint, place.roi_number): place for place in scene.places}
    for row in scorecard(evaluation):
        place = places.get((row.finding.constraint, row.finding.roi_number or 0))
        if row.finding.verdict in {None, Verdict.PASS} or place is None:
            continue
        if all(abs(place.spot.z_mm - key.spot.z_mm) > APART_MM for key in found):
            found.append(Key(place.spot, f"{row.name}: where {row.finding.constraint} is decided"))
            break
    return found[:2]


def _judged(evaluation: Evaluation) -> frozenset[int]:
    return frozenset(f.roi_number for f in evaluation.findings if f.roi_number is not None and f.verdict is not None)


@dataclass(frozen=True, slots=True)
class Outline:
    """One structure on one plane: its look, and its rings."""

    name: str
    color: str
    dash: tuple[float, ...]
    rings: tuple[Points, ...]


class Slice(Flowable):  # type: ignore[misc]  # reportlab has no types
    """One axial slice, seen from the feet: front above, the patient's left on the right.

    Parameters
    ----------
    scene : Scene
        What is drawn.
    spot : Spot
        Marked by a cross; chooses the plane.
    prescription_gy : float or None
        What the isodoses are per cent of; without it, of the highest dose.
    judged : frozenset of int
        ROI numbers to outline beside the patient's own outline.
    """

    def __init__(self, scene: Scene, spot: Spot, prescription_gy: float | None, judged: frozenset[int]) -> None:
        super().__init__()
        self.dose, self.image, self.spot = scene.dose, scene.image, spot
        self.full_gy = prescription_gy or float(scene.dose.gy.max())
        self.of = "prescription" if prescription_gy else "highest dose"
        self.outlines = list(_outlines(scene.outlined, spot.z_mm, judged))
        x_mm, y_mm = self.dose.grid.x_mm, self.dose.grid.y_mm
        self.scale = min(ROOM / (x_mm[-1] - x_mm[0]), TALLEST / (y_mm[-1] - y_mm[0]))
        self.picture = float((x_mm[-1] - x_mm[0]) * self.scale), float((y_mm[-1] - y_mm[0]) * self.scale)
        self.keys = KEY_ROW * (2 + (min(len(self.outlines), MOST_NAMES) + 1) // 2)
        self.width, self.height = ROOM, self.picture[1] + self.keys + 4

    def draw(self) -> None:
        """Draw on the current page."""
        canvas: Any = self.canv
        canvas.saveState()
        frame = canvas.beginPath()
        frame.rect(0, self.keys, *self.picture)
        canvas.clipPath(frame, stroke=0, fill=0)
        if self.image is not None:
            self._draw_image(self.image)
        for outline in self.outlines:
            for ring in outline.rings:
                self._line([*ring, ring[0]], outline.color, 0.9, outline.dash)
        plane = _plane(self.dose, self.spot.z_mm)
        for percent, color in ISODOSES:
            for line in _isodose(plane, self.dose, self.full_gy * percent / 100):
                self._line(line, color, 0.7, (2.0, 1.2))
        self._cross()
        canvas.restoreState()
        canvas.setStrokeColor(tone(RULE))
        canvas.rect(0, self.keys, *self.picture, stroke=1, fill=0)
        self._legend()

    def _at(self, x_mm: float, y_mm: float) -> tuple[float, float]:
        axes = self.dose.grid
        return (x_mm - axes.x_mm[0]) * self.scale, self.keys + (axes.y_mm[-1] - y_mm) * self.scale

    def _line(self, points: Points, color: str, weight: float, dash: Sequence[float] = ()) -> None:
        canvas: Any = self.canv
        canvas.setStrokeColor(tone(color))
        canvas.setLineWidth(weight)
        canvas.setDash(list(dash))
        path = canvas.beginPath()
        path.moveTo(*self._at(*points[0]))
        for point in points[1:]:
            path.lineTo(*self._at(*point))
        canvas.drawPath(path, stroke=1, fill=0)

    def _draw_image(self, image: Image) -> None:
        """Draw the nearest plane, pixels centred on their positions."""
        from PIL import Image as Picture
        from reportlab.lib.utils import ImageReader

        axes = image.grid
        k = int(np.abs(axes.z_mm - self.spot.z_mm).argmin())
        if abs(axes.z_mm[k] - self.spot.z_mm) > float(np.diff(axes.z_mm).max(initial=APART_MM)):
            return
        grey = np.rint(np.interp(image.hu[k], WINDOW_HU, (0, 255))).astype(np.uint8)
        step_x, step_y, _ = axes.spacing_mm
        left, low = self._at(float(axes.x_mm[0]) - step_x / 2, float(axes.y_mm[-1]) + step_y / 2)
        right, top = self._at(float(axes.x_mm[-1]) + step_x / 2, float(axes.y_mm[0]) - step_y / 2)
        canvas: Any = self.canv
        canvas.drawImage(ImageReader(Picture.fromarray(grey)), left, low, right - left, top - low)

    def _cross(self) -> None:
        x, y = self._at(self.spot.x_mm, self.spot.y_mm)
        canvas: Any = self.canv
        canvas.setDash([])
        for color, weight in (("#ffffff", 2.2), (INK, 0.9)):
            canvas.setStrokeColor(tone(color))
            canvas.setLineWidth(weight)
            canvas.line(x - 5, y, x + 5, y)
            canvas.line(x, y - 5, x, y + 5)

    def _legend(self) -> None:
        canvas: Any = self.canv
        y = self.keys - KEY_ROW
        canvas.setFont(FONT, 6.5)
        canvas.setFillColor(tone(SOFT))
        canvas.drawString(0, y, f"z = {self.spot.z_mm:.1f} mm · cross: {self.spot.gy:.1f} Gy")
        y -= KEY_ROW
        canvas.drawString(0, y, f"Isodoses, % of {self.of}:")
        for number, (percent, color) in enumerate(ISODOSES):
            self._entry(96 + 32 * number, y, (color, (2.0, 1.2)), str(percent), 20)
        for number, outline in enumerate(self.outlines[:MOST_NAMES]):
            if number % 2 == 0:
                y -= KEY_ROW
            self._entry(ROOM / 2 * (number % 2), y, (outline.color, outline.dash), outline.name, ROOM / 2 - 30)

    def _entry(self, x: float, y: float, look: tuple[str, Sequence[float]], text: str, room: float) -> None:
        canvas: Any = self.canv
        canvas.setStrokeColor(tone(look[0]))
        canvas.setLineWidth(1.1)
        canvas.setDash(list(look[1]))
        canvas.line(x, y + 2, x + 11, y + 2)
        canvas.setDash([])
        canvas.drawString(x + 13, y, fitted(printable(text, 60), FONT, 6.5, room))


def _outlines(outlined: Iterable[Outlined], z_mm: float, judged: frozenset[int]) -> Iterator[Outline]:
    """Yield what is judged and reaches this plane, and the patient's outline in grey; each name once."""
    number, seen = 0, set()
    for one in outlined:
        name, is_body = one.structure.name, one.structure.kind.upper() == "EXTERNAL"
        if name in seen or not (is_body or one.structure.number in judged):
            continue
        seen.add(name)
        rings = tuple(_rings(one, z_mm))
        if not rings:
            continue
        if is_body:
            yield Outline(name, SOFT, (), rings)
            continue
        yield Outline(name, COLORS[number % len(COLORS)], OUTLINE_DASHES[number // len(COLORS) % 2], rings)
        number += 1


def _rings(one: Outlined, z_mm: float) -> Iterator[Points]:
    """Yield the rings of the slab that holds the plane."""
    index = next((k for k, (_, low, high) in enumerate(one.slabs_mm) if low <= z_mm <= high), None)
    if index is None:
        return
    planes = np.array([z for z, _, _ in one.slabs_mm])
    contours = one.structure.closed_contours
    own = np.searchsorted((planes[1:] + planes[:-1]) / 2, [contour.points_mm[0, 2] for contour in contours])
    for k in np.flatnonzero(own == index):
        yield [(float(x), float(y)) for x, y in contours[k].points_mm[:, :2]]


def _plane(dose: Dose, z_mm: float) -> NDArray[np.float64]:
    """Dose on a plane, linear between the two around it."""
    at = float(np.interp(z_mm, dose.grid.z_mm, np.arange(dose.grid.z_mm.size)))
    below = min(int(at), dose.gy.shape[0] - 2)
    low, high = (np.asarray(dose.gy[k], dtype=np.float64) for k in (below, below + 1))
    return np.asarray(low + (high - low) * (at - below))


def _isodose(plane: NDArray[np.float64], dose: Dose, gy: float) -> Iterator[Points]:
    from skimage.measure import find_contours

    rows, columns = np.arange(plane.shape[0]), np.arange(plane.shape[1])
    for line in find_contours(plane, gy):  # type: ignore[no-untyped-call]  # skimage has no types here
        x_mm = np.interp(line[:, 1], columns, dose.grid.x_mm)
        y_mm = np.interp(line[:, 0], rows, dose.grid.y_mm)
        yield list(zip(x_mm.tolist(), y_mm.tolist(), strict=True))
