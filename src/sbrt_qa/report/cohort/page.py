"""HTML: what many plans have in common, on one self-contained page for whoever looks after them.

Style and policy are those of the page of one case. Without its script every table, bar, distribution and band is
there to read, and links lead from what stands out to its plan; with it, plans can be searched and picked everywhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbrt_qa.protocol.finding import Verdict, worst
from sbrt_qa.report._facts import SHAPES
from sbrt_qa.report._page_frame import plain_data, rendered
from sbrt_qa.report._scorecard import DASH, STANDING, VERIFY
from sbrt_qa.report.cohort import _bands, _strips
from sbrt_qa.report.cohort._constraints import constraint_lines
from sbrt_qa.report.cohort._plans import plan_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.report.cohort.facts import Cohort

AT_ONCE = 20  # plans that need a person: more are folded away
_ENDED = {  # of one, of several
    Verdict.PASS: ("passes", "pass"),
    Verdict.VARIATION: ("passes with acceptable variations", "pass with acceptable variations"),
    Verdict.UNDECIDED: ("could not be decided", "could not be decided"),
    Verdict.FAIL: ("fails", "fail"),
}


def write_page(cohort: Cohort) -> bytes:
    """Return the page as the bytes of its file; the same facts give the same bytes."""
    lines = plan_lines(cohort)
    constraints = constraint_lines(cohort, lines)
    judged = [line for line in constraints if line.is_judged]
    found = [word for word in reversed(Verdict) if cohort.verdicts.get(word)]
    content = {
        "verdict": worst(found).value,
        "headline": _headline(cohort),
        "count": _plans(len(lines)),
        "title": cohort.protocol.get("title") or cohort.protocol.get("id") or "no protocol",
        "protocol": _protocol_line(cohort.protocol),
        "sha256": cohort.protocol.get("sha256", ""),
        "shapes": SHAPES,
        "verdicts": [(word.value, cohort.verdicts.get(word, 0)) for word in reversed(Verdict)],
        "lines": lines,
        "waiting": sorted((line for line in lines if line.needs_person), key=lambda line: line.urgency),
        "at_once": AT_ONCE,
        "judged": sorted(judged, key=lambda line: line.badness),
        "reported": [line for line in constraints if not line.is_judged],
        "has_absent": any(line.absent for line in judged),
        "verify": VERIFY if any(line.verify for line in constraints) else "",
        "strip": _strips,
        "small": _bands,
        "bands": _bands.drawings(cohort.bands),
        "curves": plain_data(_bands.data(cohort.bands, [line.plan.id for line in lines], judged)),
        "standing": STANDING,
        "dash": DASH,
    }
    return rendered("cohort/page.html.jinja", content, script="cohort/page.js")


def _plans(count: int) -> str:
    return "1 plan" if count == 1 else f"{count} plans"


def _headline(cohort: Cohort) -> str:
    """Say in one sentence how the plans ended."""
    count = len(cohort.plans)
    if not count:
        return "No plan was judged."
    ended = [
        f"{number} {_ENDED[word][number > 1]}" for word in reversed(Verdict) if (number := cohort.verdicts.get(word, 0))
    ]
    sentence = " and ".join([", ".join(ended[:-1]), ended[-1]] if len(ended) > 1 else ended)
    stopped = sum(bool(plan.stopped) for plan in cohort.plans)
    more = f" {stopped} {'was' if stopped == 1 else 'were'} not judged to the end." if stopped else ""
    return f"Of {_plans(count)} {sentence}.{more}"


def _protocol_line(protocol: Mapping[str, Any]) -> str:
    if not protocol:
        return "none"
    status = protocol.get("status")
    return f"{protocol.get('id', '')} {protocol.get('version', '')}".strip() + (f" ({status})" if status else "")
