"""HTML: the whole judgement on one self-contained page, for the screen, the tablet and paper.

Without its script the page shows every table, the curves and key slices; with it, curves can be read and slices
scrolled. The policy in its head lets nothing run but the script shipped beside this file, and nothing be loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import _chart
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._facts import SHAPES, identity_lines, plain_facts
from sbrt_qa.report._page_curves import curves
from sbrt_qa.report._page_frame import plain_data, rendered
from sbrt_qa.report._page_slices import note, slices
from sbrt_qa.report._page_stills import stills
from sbrt_qa.report._scorecard import (
    DASH,
    STANDING,
    VERIFY,
    headline,
    is_absent,
    plan_label,
    protocol_line,
    sampling_line,
    scorecard,
)
from sbrt_qa.report._stated import stated_rows
from sbrt_qa.units import show

if TYPE_CHECKING:
    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Scene


def _write(evaluation: Evaluation) -> bytes:
    return rendered("page.html.jinja", {**_words(evaluation), **_drawings(evaluation)})


def _words(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything the page says."""
    rows = scorecard(evaluation)
    cited = (row.finding.source for row in rows if row.finding.source)
    judged = [row for row in rows if row.finding.verdict is not None]
    return {
        "verdict": evaluation.verdict.value,
        "shapes": SHAPES,
        "headline": headline(evaluation),
        "plan": plan_label(evaluation),
        "identity": identity_lines(evaluation),
        "protocol": protocol_line(evaluation),
        "protocol_facts": evaluation.protocol or {},
        "case": evaluation.case,
        "facts": (*plain_facts(evaluation.case), *plain_facts(evaluation.provenance)),
        "sources": {source: n for n, source in enumerate(dict.fromkeys(cited), start=1)},
        "judged": [row for row in judged if not is_absent(row.finding)],
        "absent": [row for row in judged if is_absent(row.finding)],
        "reported": [row for row in rows if row.finding.verdict is None],
        "checks": sorted(evaluation.checks, key=lambda check: -check.verdict.rank),
        "quiet": {Verdict.PASS, None},
        "statistics": [_statistics(curve) for curve in sorted(evaluation.curves, key=_by_name)],
        "stated": stated_rows(evaluation),
        "sampling": sampling_line(evaluation.provenance),
        "verify": VERIFY if any(finding.verify for finding in evaluation.findings) else "",
        "standing": STANDING,
        "dash": DASH,
    }


def _drawings(evaluation: Evaluation) -> dict[str, Any]:
    """Return everything the page shows."""
    scene = evaluation.load_scene()
    data = curves(evaluation)
    prescription_gy = evaluation.prescription.get("gy")
    return {
        "chart": _chart.chart(evaluation),
        "box": _chart,
        "sides": (),
        "prescription_gy": prescription_gy,
        "curves": plain_data(data),
        "places": _places(scene),
        "slices": None if scene is None else plain_data({**slices(scene), "prescription": prescription_gy}),
        "stills": [] if scene is None else stills(evaluation, scene),
        "slices_have_image": scene is not None and scene.image is not None,
        "slices_have_dose": scene is not None and scene.dose_stands,
        "hottest_of": "dose" if scene is None or scene.hottest is None else "target",
        "slices_note": "" if scene is None else note(scene),
    }


def _places(scene: Scene | None) -> dict[tuple[str, int], int]:
    """Return the number of the place of each finding that has one."""
    found = () if scene is None else scene.places
    return {(place.constraint, place.roi_number): number for number, place in enumerate(found)}


def _by_name(curve: DVH) -> tuple[str, str]:
    return curve.name.casefold(), curve.name


def _statistics(curve: DVH) -> dict[str, str]:
    low, mean, high = curve.statistics_gy or (None, None, None)
    doses = {"minimum": low, "mean": mean, "maximum": high}
    shown = {word: DASH if gy is None else show(gy, "Gy") for word, gy in doses.items()}
    covered = "all" if curve.uncovered_cc == 0.0 else f"{min(100 * curve.covered, 99.9):.1f} %"
    return {"name": curve.name, "volume": show(curve.volume_cc, "cc"), **shown, "covered": covered}


FORMAT = Format(suffixes=(".html", ".htm"), title="page for screen and paper (HTML)", write=_write)
