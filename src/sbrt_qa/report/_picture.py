"""Curves drawn by matplotlib without a display; the same curves give the same bytes."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbrt_qa.report._lines import COLORS, DASHES, dose_axis_gy, lines
from sbrt_qa.report._scorecard import plan_label, prescription_line, protocol_line, verify_line
from sbrt_qa.report.text import clip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.lines import Line2D

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.report._lines import Line

_ARROWS = {"left": "<", "right": ">", "below": "v", "above": "^"}
_STYLE: Any = {
    "svg.hashsalt": "sbrt-qa",
    "svg.fonttype": "path",
    "font.family": ["DejaVu Sans"],
    "font.size": 9.0,
    "text.usetex": False,
    "path.simplify": False,
}
_METADATA = {"svg": {"Date": None, "Creator": None}, "png": {"Software": None}}
_MARKER: dict[str, Any] = {
    "markersize": 7,
    "markerfacecolor": "white",
    "markeredgewidth": 1.3,
    "clip_on": False,
    "zorder": 5,
}
_WIDTH_IN, _TOP_IN, _AXES_IN, _BOTTOM_IN, _ROW_IN = 9.0, 0.6, 3.65, 0.65, 0.175
_LEGEND_COLUMNS = 3


@dataclass(frozen=True, slots=True)
class _Caption:
    """What stands above the curves."""

    title: str = ""
    subtitle: str = ""
    prescription_gy: float | None = None


def draw_evaluation(evaluation: Evaluation, kind: str) -> bytes:
    """Draw the curves of an evaluation with its limits.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.
    kind : {"png", "svg"}
        File format.

    Returns
    -------
    bytes
    """
    facts = (prescription_line(evaluation), protocol_line(evaluation), verify_line(evaluation))
    caption = _Caption(
        title=f"{clip(plan_label(evaluation), 60)}: {evaluation.verdict.value}",
        subtitle="   ·   ".join(clip(part, 60) for part in facts if part),
        prescription_gy=evaluation.prescription.get("gy"),
    )
    return _draw(lines(evaluation.curves, evaluation), caption, kind)


def draw_curves(curves: Sequence[DVH], kind: str) -> bytes:
    """Draw curves alone, as ``draw_evaluation`` does."""
    return _draw(lines(curves), _Caption(title="Dose-volume histograms"), kind)


def _draw(drawn: Sequence[Line], caption: _Caption, kind: str) -> bytes:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = math.ceil(len(drawn) / _LEGEND_COLUMNS)
    height_in = _TOP_IN + _AXES_IN + _BOTTOM_IN + rows * _ROW_IN
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        figure = Figure(figsize=(_WIDTH_IN, height_in), dpi=150)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.075, 1 - (_TOP_IN + _AXES_IN) / height_in, 0.9, _AXES_IN / height_in))
        _axes(axes, drawn, caption)
        _words(figure, axes, caption)
        _legend(axes, _curves(axes, drawn), drawn)
        stream = io.BytesIO()
        figure.savefig(stream, format=kind, metadata=_METADATA[kind])
    return stream.getvalue()


def _axes(axes: Axes, drawn: Sequence[Line], caption: _Caption) -> None:
    axes.set_xlim(0.0, dose_axis_gy(drawn, caption.prescription_gy))
    axes.set_ylim(0.0, 102.0)
    axes.set_xlabel("Dose (Gy)")
    axes.set_ylabel("Volume (%)")
    axes.grid(visible=True, color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    if caption.prescription_gy is not None:
        axes.axvline(caption.prescription_gy, color="#666666", linewidth=1.0, linestyle=(0, (1, 1.5)), zorder=1)


def _curves(axes: Axes, drawn: Sequence[Line]) -> list[Line2D]:
    artists = []
    for line in drawn:
        color, dash = COLORS[line.color], DASHES[line.dash]
        style = (0, tuple(part / 1.5 for part in dash)) if dash else "solid"
        artists += axes.plot(line.doses_gy, line.percents, color=color, linestyle=style, linewidth=1.5)
        if line.stated_gy:
            axes.plot(line.stated_gy, line.stated_percents, color=color, linestyle=(0, (1, 2)), linewidth=0.9)
        for mark in line.marks:
            axes.plot([mark.dose_gy], [mark.percent], marker=_ARROWS[mark.side], color=color, **_MARKER)
    return artists


def _words(figure: Figure, axes: Axes, caption: _Caption) -> None:
    left, top = axes.get_position().x0, axes.get_position().y1
    height_in = figure.get_size_inches()[1]
    figure.text(left, top + 0.33 / height_in, _drawable(caption.title), size=12, weight="bold", parse_math=False)
    figure.text(left, top + 0.12 / height_in, _drawable(caption.subtitle), color="#444444", parse_math=False)


def _legend(axes: Axes, artists: Sequence[Line2D], drawn: Sequence[Line]) -> None:
    if not drawn:
        return
    legend = axes.legend(
        artists,
        [_drawable(line.name) for line in drawn],
        loc="upper left",
        bbox_to_anchor=(0.0, -0.5 / _AXES_IN),
        ncols=_LEGEND_COLUMNS,
        frameon=False,
        fontsize=8,
        handlelength=3.2,
        borderaxespad=0.0,
    )
    for text in legend.get_texts():
        text.set_parse_math(False)


def _drawable(text: str) -> str:
    """Show characters that the packaged font lacks as boxes: nothing depends on installed fonts."""
    from matplotlib.font_manager import FontProperties, findfont, get_font

    known = get_font(findfont(FontProperties(family=["DejaVu Sans"]))).get_charmap()
    return "".join(character if ord(character) in known else "□" for character in text)
