"""PNG: the dose-volume curves as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._picture import draw_curves, draw_evaluation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation


def _write(evaluation: Evaluation) -> bytes:
    return draw_evaluation(evaluation, "png")


def _curves(curves: Sequence[DVH]) -> bytes:
    return draw_curves(curves, "png")


FORMAT = Format(suffixes=(".png",), title="dose-volume curves (PNG)", write=_write, curves=_curves)
