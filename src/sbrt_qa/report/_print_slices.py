"""Key slices on a sheet: image, outlines and isodose lines where the target is hottest and where a finding is decided.

Pictures only: no number of the scorecard comes from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from reportlab.platypus import Flowable

from sbrt_qa.report._key_slices import ISODOSES, grey, isodose, judged, keys, outlines, plane
from sbrt_qa.report._running import fitted
from sbrt_qa.report.sheet import FONT, INK, RULE, SOFT, WIDTH, grid, printable, tone, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.histogram.where import Spot
    from sbrt_qa.model import Image
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Scene
    from sbrt_qa.report._key_slices import Points

ROOM, GAP, KEY_ROW, MOST_NAMES = WIDTH / 2 - 6, 12.0, 9.5, 14
TALLEST = 230.0


def key_slices(evaluation: Evaluation) -> list[Any]:
    """Return the slices of an evaluation side by side; empty where there is nothing to draw."""
    scene = evaluation.load_scene()
    if scene is None:
        return []
    prescription_gy = evaluation.prescription.get("gy")
    drawn: list[list[Any]] = [
        [words(key.title, 7.5, bold=True, longest=90), Slice(scene, key.spot, prescription_gy, judged(evaluation))]
        for key in keys(evaluation, scene)
    ]
    if not drawn:
        return []
    return [grid([[*drawn, ""][:2]], (0.5, 0.5))]


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
    numbers : frozenset of int
        ROI numbers to outline beside the patient's own outline.
    """

    def __init__(self, scene: Scene, spot: Spot, prescription_gy: float | None, numbers: frozenset[int]) -> None:
        super().__init__()
        self.dose, self.image, self.spot = scene.dose, scene.image, spot
        self.full_gy = prescription_gy or float(scene.dose.gy.max())
        self.of = "prescription" if prescription_gy else "highest dose"
        self.outlines = list(outlines(scene.outlined, spot.z_mm, numbers))
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
        doses = plane(self.dose, self.spot.z_mm)
        for percent, color in ISODOSES:
            for line in isodose(doses, self.dose, self.full_gy * percent / 100):
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

        axes, levels = image.grid, grey(image, self.spot.z_mm)
        if levels is None:
            return
        step_x, step_y, _ = axes.spacing_mm
        left, low = self._at(float(axes.x_mm[0]) - step_x / 2, float(axes.y_mm[-1]) + step_y / 2)
        right, top = self._at(float(axes.x_mm[-1]) + step_x / 2, float(axes.y_mm[0]) - step_y / 2)
        canvas: Any = self.canv
        canvas.drawImage(ImageReader(Picture.fromarray(levels)), left, low, right - left, top - low)

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
