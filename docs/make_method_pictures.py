"""Make the pictures of ``docs/how-numbers-are-computed.md``: ``python docs/make_method_pictures.py``.

What they show is computed by the engine itself: chords, ends of a sphere and the interval are not drawn by hand.
"""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.histogram import Sampling, interval
from sbrt_qa.histogram.rows import cross, edges, extent, strips
from sbrt_qa.histogram.sampling import END_CAPS
from sbrt_qa.histogram.shape import between_planes
from sbrt_qa.histogram.slabs import on_slabs, planes
from sbrt_qa.model import Contour
from sbrt_qa.phantom.shapes import sphere
from sbrt_qa.phantom.slices import Slicing, structure

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sbrt_qa.histogram.rows import Edges

IMAGES = Path(__file__).resolve().parent / "images"
FONT = "system-ui, 'Segoe UI', 'DejaVu Sans', Helvetica, Arial, sans-serif"
INK, QUIET, FAINT, PAPER = "#24292f", "#6e7781", "#d8dee4", "#ffffff"
BLUE, PALE, RED, GREEN, AMBER = "#0969da", "#ddf0ff", "#cf222e", "#1a7f37", "#bf8700"
COLD, HOT = (0.87, 0.93, 0.98), (0.99, 0.78, 0.55)
Points = "Iterable[tuple[float, float]]"


class Sheet:
    """A drawing that grows by elements; y points downwards."""

    def __init__(self, title: str, width: float, height: float) -> None:
        self.title, self.width, self.height = title, width, height
        self.parts: list[str] = []

    def path(self, points: Points, style: str, *, closed: bool = False) -> None:
        """Add a line through points, or an area."""
        listed = " L".join(f"{x:.1f} {y:.1f}" for x, y in points)
        self.parts.append(f'<path d="M{listed}{"Z" if closed else ""}" {style}/>')

    def line(self, x0: float, y0: float, x1: float, y1: float, style: str) -> None:
        """Add a straight line."""
        self.parts.append(f'<path d="M{x0:.1f} {y0:.1f} L{x1:.1f} {y1:.1f}" {style}/>')

    def box(self, x: float, y: float, size: tuple[float, float], style: str) -> None:
        """Add a rectangle."""
        self.parts.append(f'<rect x="{x:.1f}" y="{y:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}" {style}/>')

    def dot(self, x: float, y: float, radius: float, style: str) -> None:
        """Add a disc."""
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}" {style}/>')

    def text(self, x: float, y: float, words: str, style: str = "") -> None:
        """Add a line of text; its left end lies at x unless the style says otherwise."""
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(words)}</text>')

    def svg(self) -> str:
        """Return the file."""
        body = "\n".join(" ".join(part.split()) for part in self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}" '
            f'width="{self.width:g}" role="img">\n<title>{escape(self.title)}</title>\n'
            f'<rect width="100%" height="100%" rx="8" fill="{PAPER}"/>\n'
            f'<g font-family="{FONT}" font-size="13" fill="{INK}">\n{body}\n</g>\n</svg>\n'
        )


HEAD, SMALL = 'font-weight="600" font-size="14"', f'fill="{QUIET}" font-size="12"'
MIDDLE = 'text-anchor="middle"'


def stroke(color: str, width: float = 1.5, more: str = "") -> str:
    """Return the style of a line."""
    return f'fill="none" stroke="{color}" stroke-width="{width:g}" stroke-linejoin="round" {more}'


def fill(color: str, opacity: float = 1.0, more: str = "") -> str:
    """Return the style of an area."""
    return f'fill="{color}" fill-opacity="{opacity:g}" {more}'


# ---- contours, slabs, rows, chords

GRID_MM, ROW_MM, SLAB_MM = 5.0, 2.5, 3.0
NODES_MM = np.arange(-20.0, 21, GRID_MM)
SIZES = ((0.55, -2.0), (0.85, -1.0), (1.0, 0.0), (0.9, 1.0), (0.6, 2.0))  # of the outline, and its shift in mm
CHOSEN_ROW_MM = 3.75


def outline(size: float, shift: float) -> np.ndarray:
    """Return a kidney-like outline in mm."""
    t = 2 * np.pi * np.arange(72) / 72
    radius = size * (15.0 + 2.2 * np.cos(2 * t) - 2.4 * np.exp(-(((t - 4.7) / 0.5) ** 2)))
    return np.column_stack([shift + radius * np.cos(t), radius * 0.8 * np.sin(t)])


def dose_gy(x: np.ndarray, y: float) -> np.ndarray:
    """Return the dose at grid points of the pictures."""
    return np.asarray(10.0 + 38.0 * np.exp(-((x - 6.0) ** 2 + (y - 4.0) ** 2) / (2 * 11.0**2)))


def chords() -> list[tuple[float, float, float, float]]:
    """Return the chords of the middle slab, as the engine makes them: x0, x1, y and depth."""
    flat = outline(*SIZES[2])
    own = edges((Contour(np.column_stack([flat, np.zeros(len(flat))])),), np.zeros(1, dtype=np.intp))
    rows = strips(own, float(NODES_MM[0]), ROW_MM, 1.0)
    found = cross(own, rows)
    ends = zip(found.x[::2], found.x[1::2], found.row[::2], strict=True)
    return [(float(a), float(b), float(rows.y[r]), float(rows.depth[r])) for a, b, r in ends]


def chosen_chord() -> tuple[float, float, float, float]:
    """Return the chord that the next picture takes apart."""
    return min(chords(), key=lambda chord: abs(chord[2] - CHOSEN_ROW_MM))


def chords_svg() -> str:
    """Draw contours as slabs, and one slab cut into rows and chords over the dose grid."""
    sheet = Sheet("From contours to slabs, rows and chords", 760, 384)
    sheet.text(24, 30, "1  Contours become slabs", HEAD)
    sheet.text(24, 48, "each holds for half the gap to its neighbours", SMALL)
    for level, (size, shift) in enumerate(SIZES):
        _slab(sheet, outline(size, shift), level)
    sheet.text(24, 352, "the middle one, seen from above →", f'fill="{BLUE}" font-size="12"')
    sheet.text(372, 30, "2  A slab becomes rows, a row becomes chords", HEAD)
    sheet.text(372, 48, "rows never straddle a line of the dose grid", SMALL)
    _from_above(sheet)
    return sheet.svg()


def _slab(sheet: Sheet, flat: np.ndarray, level: int) -> None:
    """Draw one slab in an oblique view."""

    def seen(z: float) -> list[tuple[float, float]]:
        return [(176 + 7.4 * x + 2.2 * y, 196 - 2.6 * y - 15.0 * z) for x, y in flat]

    z = SLAB_MM * (level - 2)
    low, high, middle = (seen(z + up) for up in (-1.36, 1.36, 0.0))
    color, opacity = (BLUE, 0.9) if level == 2 else ("#8c959f", 0.8)
    sheet.path(_hull(low + high), fill(PALE if level == 2 else "#eaeef2", 1.0, f'stroke="{color}"'), closed=True)
    sheet.path(high, fill("#f6fbff" if level == 2 else "#f6f8fa", 1.0, f'stroke="{color}"'), closed=True)
    hull = _hull(middle)
    left, right = min(hull), max(hull)
    front = [p for p in middle if p[1] > left[1] + (p[0] - left[0]) * (right[1] - left[1]) / (right[0] - left[0])]
    front.sort()
    sheet.path([left, *front, right], stroke(RED, 2.0, f'stroke-opacity="{opacity}"'))
    if level == 4:
        sheet.text(right[0] + 12, right[1] + 4, "contour", f'fill="{RED}" font-size="12"')


def _hull(points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return the convex hull."""
    ordered = sorted(points)
    made: list[tuple[float, float]] = []
    for way in (ordered, ordered[::-1]):
        start = len(made)
        for x, y in way:
            while len(made) > start + 1 and _turn(made[-2], made[-1], (x, y)) <= 0:
                made.pop()
            made.append((x, y))
        made.pop()
    return made


def _turn(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _from_above(sheet: Sheet) -> None:
    """Draw the middle slab over the dose grid."""
    nodes_y = NODES_MM[1:-1]

    def at(x: float, y: float) -> tuple[float, float]:
        return 552 + 8.6 * x, 204 - 8.6 * y

    for y in nodes_y[:-1]:
        for x in NODES_MM[:-1]:
            share = float((dose_gy(np.array(x + GRID_MM / 2), y + GRID_MM / 2) - 10) / 38)
            shade = "#" + "".join(f"{round(255 * (c + share * (h - c))):02x}" for c, h in zip(COLD, HOT, strict=True))
            sheet.box(*at(x, y + GRID_MM), (43.0, 43.0), fill(shade))
    for x in NODES_MM:
        sheet.line(*at(x, nodes_y[0]), *at(x, nodes_y[-1]), stroke(PAPER, 1.6))
    for y in nodes_y:
        sheet.line(*at(NODES_MM[0], y), *at(NODES_MM[-1], y), stroke(PAPER, 1.6))
        for x in NODES_MM:
            sheet.dot(*at(x, y), 2.0, fill("#8c959f"))
    chosen = chosen_chord()
    for x0, x1, y, depth in chords():
        mine = (x0, x1, y, depth) == chosen
        sheet.line(*at(x0, y), *at(x1, y), stroke(RED if mine else BLUE, 3.0 if mine else 1.3))
        if mine:
            (left, top), (right, bottom) = at(x0, y + depth / 2), at(x1, y - depth / 2)
            sheet.box(left, top, (right - left, bottom - top), fill(RED, 0.18))
            for node in NODES_MM[(x0 < NODES_MM) & (x1 > NODES_MM)]:
                sheet.dot(*at(node, y), 3.6, fill(PAPER, 1.0, f'stroke="{RED}" stroke-width="2"'))
    sheet.path([at(x, y) for x, y in outline(*SIZES[2])], stroke(INK, 2.0), closed=True)
    sheet.text(380, 352, "• voxel centres; colour: dose", SMALL)
    sheet.text(380, 370, "one row and its chord, cut at the grid: taken apart below", f'fill="{RED}" font-size="12"')


# ---- one chord and what it adds


def ramp_svg() -> str:
    """Draw the dose along one chord, and the ramps of its pieces."""
    sheet = Sheet("One chord, its dose, and what it adds to the histogram", 760, 350)
    x0, x1, y, _ = chosen_chord()
    on_nodes = dose_gy(NODES_MM, y)
    inner = NODES_MM[(x0 < NODES_MM) & (x1 > NODES_MM)]
    cuts = np.concatenate([[x0], inner, [x1]])
    doses = np.interp(cuts, NODES_MM, on_nodes)
    picked = 2
    sheet.text(24, 30, "3  Dose along the chord", HEAD)
    sheet.text(24, 48, "linear between grid lines: no sampling error", SMALL)

    def at(x: float, gy: float) -> tuple[float, float]:
        return 210 + 9.0 * x, 292 - 4.4 * gy

    sheet.line(*at(-19, 0), *at(20, 0), stroke(QUIET, 1.0))
    for node in NODES_MM[(NODES_MM >= -15) & (NODES_MM <= 20)]:
        sheet.line(*at(node, 0), *at(node, 47), stroke(FAINT, 1.0))
    area = [at(cuts[picked], 0), at(cuts[picked], doses[picked])]
    area += [at(cuts[picked + 1], doses[picked + 1]), at(cuts[picked + 1], 0)]
    sheet.path(area, fill(RED, 0.15), closed=True)
    sheet.path([at(a, b) for a, b in zip(cuts, doses, strict=True)], stroke(BLUE, 2.4))
    for a, b in zip(cuts, doses, strict=True):
        sheet.dot(*at(a, b), 3.2, fill(PAPER, 1.0, f'stroke="{BLUE}" stroke-width="1.8"'))
    sheet.line(*at(x0, 0), *at(x1, 0), stroke(RED, 4.0))
    for name, place in (("a", picked), ("b", picked + 1)):
        px, py = at(cuts[place], doses[place])
        sheet.line(px, py, 392, py, stroke(RED, 1.0, 'stroke-dasharray="3 3"'))
        sheet.text(397, py + 4, name, f'fill="{RED}" font-style="italic"')
    sheet.text(210, 318, "x, cut at the lines of the dose grid", SMALL + f" {MIDDLE}")
    sheet.text(at(-17, 0)[0], 84, "dose", SMALL)
    _ramps(sheet, cuts, doses, picked)
    return sheet.svg()


def _ramps(sheet: Sheet, cuts: np.ndarray, doses: np.ndarray, picked: int) -> None:
    """Draw the cumulative histogram of the chord and the ramp of one piece."""
    low, high, weights = np.minimum(doses[:-1], doses[1:]), np.maximum(doses[:-1], doses[1:]), np.diff(cuts)
    gy = np.unique(np.concatenate([[0.0, 50.0], low, high]))
    shares = np.clip((high[:, None] - gy) / (high - low)[:, None], 0.0, 1.0) * weights[:, None] / weights.sum()

    def at(d: float, share: float) -> tuple[float, float]:
        return 452 + 5.4 * d, 292 - 180 * share

    sheet.text(440, 30, "4  A ramp for each piece, summed", HEAD)
    sheet.text(440, 48, "exact at every edge of a bin", SMALL)
    sheet.line(*at(0, 0), *at(52, 0), stroke(QUIET, 1.0))
    sheet.line(*at(0, 0), *at(0, 1.08), stroke(QUIET, 1.0))
    total, own = shares.sum(axis=0), shares[picked]
    sheet.path([*(at(d, v) for d, v in zip(gy, total, strict=True))], stroke(BLUE, 2.4))
    ramp = [at(d, v) for d, v in zip(gy, own, strict=True)]
    sheet.path([at(0, 0), *ramp], fill(RED, 0.15), closed=True)
    sheet.path(ramp, stroke(RED, 2.0))
    a, b = float(low[picked]), float(high[picked])
    for name, dose in (("a", a), ("b", b)):
        sheet.text(at(dose, 0)[0], 307, name, f'fill="{RED}" font-style="italic" {MIDDLE}')
    sheet.text(at(0, 0)[0] + 12, at(0, own[0])[1] - 8, "this piece, volume w", f'fill="{RED}" font-size="12"')
    sheet.text(at(25, 1)[0], at(0, 1)[1] + 4, "all pieces of the chord", f'fill="{BLUE}" font-size="12"')
    sheet.text(at(50, 0)[0], 318, "dose d, Gy", SMALL + ' text-anchor="end"')
    sheet.text(458, 84, "volume that receives at least d", SMALL)


# ---- ends of a sphere

RADIUS_MM, SLICE_MM, OFFSET_MM = 12.0, 3.0, 0.9
CAP_WORDS = {
    "half-slice": "half a gap, the default",
    "none": "nothing beyond",
    "max-1.5mm": "half a gap, at most 1.5 mm",
    "rounded": "to where it closes by itself",
}


def side_view(sampling: Sampling, slice_mm: float) -> list[tuple[float, float, float]]:
    """Return low z, high z and half width of what the engine makes of a sphere, where it has a volume."""
    ball = structure(sphere(RADIUS_MM), Slicing(slice_mm, OFFSET_MM, 0.3))
    z_mm, plane = planes(ball)
    flat = sampling.between == "slab"
    slab_mm, contours, on = on_slabs(ball, Sampling("none" if sampling.end_cap == "rounded" else sampling.end_cap))
    found = _widths(slab_mm, edges(contours, on)) if flat else []
    if not flat or sampling.end_cap == "rounded":
        found += _widths(*between_planes(contours, plane, z_mm, sampling))
    return found


def _widths(slab_mm: np.ndarray, own: Edges) -> list[tuple[float, float, float]]:
    _, high = extent(own)
    return [
        (*slab_mm[on], float(wide)) for on, wide in zip(np.unique(own.slab), high, strict=True) if np.ptp(slab_mm[on])
    ]


def ends_svg() -> str:
    """Draw the four end caps, between slabs and with the shape, from the side."""
    sheet = Sheet("End caps, slabs and the shape: a sphere of 24 mm on 3 mm slices, from the side", 760, 452)
    for row, (between, words) in enumerate({"slab": "between: slab", "shape": "between: shape"}.items()):
        sheet.text(0, 0, words, f'{HEAD} {MIDDLE} transform="translate(22 {150 + 190 * row}) rotate(-90)"')
        for column, end_cap in enumerate(END_CAPS):
            _ball(sheet, (130 + 178 * column, 148 + 190 * row), Sampling(end_cap, between))
    for column, end_cap in enumerate(END_CAPS):
        sheet.text(130 + 178 * column, 28, end_cap, f"{HEAD} {MIDDLE}")
        sheet.text(130 + 178 * column, 46, CAP_WORDS[end_cap], f"{SMALL} {MIDDLE}")
    key = ((60, QUIET, 'stroke-dasharray="4 3"', "the sphere"), (190, RED, "", "contours, every 3 mm"))
    for x, color, more, words in key:
        sheet.line(x, 436, x + 26, 436, stroke(color, 1.8, more))
        sheet.text(x + 33, 440, words, SMALL)
    sheet.box(370, 430, (26, 12), fill("#9ccbf5"))
    sheet.text(403, 440, "what is counted; max-1.5mm is drawn on 4 mm contours", SMALL)
    return sheet.svg()


def _ball(sheet: Sheet, middle: tuple[float, float], sampling: Sampling) -> None:
    """Draw one sphere."""
    slice_mm = 4.0 if sampling.end_cap == "max-1.5mm" else SLICE_MM
    x, y, scale = *middle, 6.0
    found = side_view(sampling, slice_mm)
    for part in _together(found, thin_mm=0.6):
        right = [(scale * wide, y - scale * z) for low, high, wide in part for z in (low, high)]
        sides = [*((x + wide, z) for wide, z in right), *((x - wide, z) for wide, z in right[::-1])]
        edge = f'stroke="{PAPER}" stroke-width="0.8"' if len(part) == 1 else ""
        sheet.path(sides, fill("#9ccbf5", 1.0, edge), closed=True)
    ball = structure(sphere(RADIUS_MM), Slicing(slice_mm, OFFSET_MM, 0.3))
    for contour in ball.contours:
        wide, z = scale * float(contour.points_mm[:, 0].max()), y - scale * float(contour.points_mm[0, 2])
        sheet.line(x - wide, z, x + wide, z, stroke(RED, 1.4))
    sheet.dot(x, y, scale * RADIUS_MM, stroke(QUIET, 1.2, 'stroke-dasharray="4 3"'))


def _together(found: list[tuple[float, float, float]], thin_mm: float) -> list[list[tuple[float, float, float]]]:
    """Part slabs into areas: a thick one is its own, thin ones that touch are one."""
    areas: list[list[tuple[float, float, float]]] = []
    for low, high, wide in sorted(found):
        before = areas[-1][-1] if areas else None
        if before and max(high - low, before[1] - before[0]) < thin_mm and abs(low - before[1]) < 1e-6:
            areas[-1].append((low, high, wide))
        else:
            areas.append([(low, high, wide)])
    return areas


# ---- the interval

VALUE_GY, BARE_GY, BEST_GY, LIMIT_GY = 24.93, 25.02, 24.90, 25.0


def interval_svg() -> str:
    """Draw what the numerical interval of a value is made of."""
    sheet = Sheet("What the numerical interval is made of", 760, 262)
    low, high = interval(VALUE_GY, BARE_GY, BEST_GY)
    first, last = min(BARE_GY, BEST_GY), max(BARE_GY, BEST_GY)

    def at(gy: float) -> float:
        return 96 + 1400 * (gy - 24.76)

    sheet.text(24, 30, "D95% of a target: the value, its two neighbours, and the interval", HEAD)
    sheet.box(at(low), 118, (at(high) - at(low), 26), fill(PALE, 1.0, f'stroke="{BLUE}" rx="3"'))
    sheet.box(at(first), 118, (at(last) - at(first), 26), fill("#9ccbf5"))
    names = (
        (VALUE_GY, BLUE, "as chosen", "slab, half-slice, trilinear"),
        (BARE_GY, AMBER, "without end caps", ""),
        (BEST_GY, GREEN, "best estimate", "shape, rounded, cubic"),
    )
    for row, (gy, color, name, words) in enumerate(names):
        sheet.line(at(gy), 100, at(gy), 144, stroke(color, 2.0))
        sheet.dot(at(gy), 131, 5.0, fill(color))
        anchor = ("middle", "start", "end")[row]
        x = at(gy) + (60, -4, 4)[row]
        sheet.text(x, 74, name, f'fill="{color}" font-weight="600" text-anchor="{anchor}"')
        sheet.text(x, 90, words, f'{SMALL} text-anchor="{anchor}"')
    return _pads(sheet, at, (low, high))


def _pads(sheet: Sheet, at, ends: tuple[float, float]) -> str:  # noqa: ANN001  the scale of the caller
    """Draw what widens the span, and the limit."""
    low, high = ends
    pads = (
        (1.5 * abs(VALUE_GY - BEST_GY), GREEN, "1.5 × distance to the best estimate"),
        (0.5 * abs(VALUE_GY - BARE_GY), AMBER, "0.5 × distance to no end caps"),
        (0.0015 * VALUE_GY, QUIET, "0.15 % of the value"),
    )
    for side, start in ((-1, BEST_GY), (1, BARE_GY)):
        edge = start
        for width, color, _ in pads:
            sheet.line(at(edge), 156, at(edge + side * width), 156, stroke(color, 6.0))
            edge += side * width
    x = 102.0
    for _, color, words in pads:
        sheet.line(x, 232, x + 22, 232, stroke(color, 6.0))
        sheet.text(x + 30, 236, words, SMALL)
        x += 250 if color == GREEN else 218
    sheet.text(24, 236, "widened by", SMALL)
    sheet.line(at(LIMIT_GY), 106, at(LIMIT_GY), 190, stroke(RED, 1.6, 'stroke-dasharray="5 3"'))
    sheet.text(
        at(LIMIT_GY), 206, f"limit {LIMIT_GY:g} Gy: inside, so borderline", f'fill="{RED}" {MIDDLE} font-size="12"'
    )
    for gy, anchor in ((low, "end"), (high, "start")):
        sheet.text(
            at(gy) + (6 if anchor == "start" else -6), 136, f"{gy:.2f} Gy", f'text-anchor="{anchor}" fill="{BLUE}"'
        )
    return sheet.svg()


def pictures() -> dict[str, str]:
    """Return every picture by its file name."""
    return {
        "method-chords.svg": chords_svg(),
        "method-ramp.svg": ramp_svg(),
        "method-ends.svg": ends_svg(),
        "method-interval.svg": interval_svg(),
    }


def main() -> None:
    """Write the pictures."""
    for name, drawn in pictures().items():
        (IMAGES / name).write_text(drawn, encoding="utf-8")
        print(f"{name}: {len(drawn.encode()) / 1000:.0f} kB")


if __name__ == "__main__":
    main()
