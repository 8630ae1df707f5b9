"""Where ICRU 91 turns from a share of a target to an absolute volume."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.errors import MetricUndefined

if TYPE_CHECKING:
    from sbrt_qa.metrics._subject import Subject

SMALL_BELOW_CC = 2.0
SMALL_PART_CC = 0.035  # 35 mm³
REFERENCE = "ICRU 91 (2014): D2% and D98%, and 35 mm³ at either end for targets below 2 cc; ICRU 83, section 3.4"


def is_small(subject: Subject) -> bool:
    """Tell whether the structure is so small that 2 % of it is no sensible part; one below 35 mm³ has no meaning."""
    volume_cc = subject.curve.volume_cc
    if volume_cc <= SMALL_PART_CC:
        raise MetricUndefined(
            f"dose to {SMALL_PART_CC:g} cc asked of a {volume_cc:.3f} cc structure",
            where=subject.curve.name,
            code="volume-less-than-asked",
        )
    return volume_cc < SMALL_BELOW_CC
