"""HTML: the whole judgement on one self-contained page, for the screen, the tablet and paper.

Without its script the page shows every table, the curves and key slices; with it, curves can be read and slices
scrolled. The policy in its head lets nothing run but the script shipped beside this file, and nothing be loaded.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import _chart
from sbrt_qa.report._catalogue import Format
from sbrt_qa.report._facts import SHAPES, identity_lines, plain_facts
from sbrt_qa.report._lines import COLORS
from sbrt_qa.report._page_curves import curves
from sbrt_qa.report._page_slices import note, slices
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
from sbrt_qa.report.text import clean
from sbrt_qa.units import show

if TYPE_CHECKING:
    from markupsafe import Markup

    from sbrt_qa.histogram.curve import DVH
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.scene import Scene


def _write(evaluation: Evaluation) -> bytes:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("sbrt_qa.report", package_path=""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
    content = {**_words(evaluation), **_drawings(evaluation), **_parts()}
    return environment.get_template("page.html.jinja").render(content).encode("utf-8", "replace")


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
        "colors": COLORS,
        "prescription_gy": prescription_gy,
        "curves": _data(data),
        "places": _places(scene),
        "slices": None if scene is None else _data({**slices(scene), "prescription": prescription_gy}),
        "slices_have_image": scene is not None and scene.image is not None,
        "hottest_of": "dose" if scene is None or scene.hottest is None else "target",
        "slices_note": "" if scene is None else note(scene),
    }


def _places(scene: Scene | None) -> dict[tuple[str, int], int]:
    """Return the number of the place of each finding that has one."""
    found = () if scene is None else scene.places
    return {(place.constraint, place.roi_number): number for number, place in enumerate(found)}


def _parts() -> dict[str, Any]:
    """Return script and stylesheet as they are, with the hash that alone lets the script run."""
    from markupsafe import Markup

    script, style = (
        files("sbrt_qa.report").joinpath(name).read_text(encoding="utf-8") for name in ("page.js", "page.css")
    )
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return {"script": Markup(script), "style": Markup(style), "script_hash": Markup(f"sha256-{digest}")}  # noqa: S704 - our own files


def _data(content: dict[str, Any]) -> Markup:
    """Return plain data as JSON that ends no script element, whatever the names in it."""
    from markupsafe import Markup

    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above


def _by_name(curve: DVH) -> tuple[str, str]:
    return curve.name.casefold(), curve.name


def _statistics(curve: DVH) -> dict[str, str]:
    low, mean, high = curve.statistics_gy or (None, None, None)
    doses = {"minimum": low, "mean": mean, "maximum": high}
    shown = {word: DASH if gy is None else show(gy, "Gy") for word, gy in doses.items()}
    covered = "all" if curve.uncovered_cc == 0.0 else f"{min(100 * curve.covered, 99.9):.1f} %"
    return {"name": curve.name, "volume": show(curve.volume_cc, "cc"), **shown, "covered": covered}


FORMAT = Format(suffixes=(".html", ".htm"), title="page for screen and paper (HTML)", write=_write)
