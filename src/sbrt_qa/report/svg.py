"""SVG: the dose-volume curves as a drawing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._picture import draw_curves, draw_evaluation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation


def _write(evaluation: Evaluation) -> bytes:
    return draw_evaluation(evaluation, "svg")


def _curves(curves: Sequence[DVH]) -> bytes:
    return draw_curves(curves, "svg")


FORMAT = Format(suffixes=(".svg",), title="dose-volume curves (SVG)", write=_write, curves=_curves)
