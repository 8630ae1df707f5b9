"""Who and what was judged, and in which words: facts that every format on paper states alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sbrt_qa.report._scorecard import plan_label, prescription_line, protocol_line
from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sbrt_qa.protocol.finding import Evaluation, Finding

SHAPES = {"PASS": "●", "VARIATION": "▲", "UNDECIDED": "◆", "FAIL": "✖"}
NOT_CHECKED = (
    "the dose calculation: the dose is taken as exported, no second calculation is made",
    "delivery: no machine parameter, log file or measurement is looked at",
    "the contours: whether an organ or a target is drawn rightly cannot be known from an export",
    "earlier and other treatments: their dose is not in the export",
    "motion, setup and imaging",
    "whether this prescription is right for this patient",
    "dose outside the exported grid: it is unknown, and said to be",
)
_ORDER = ("patient_name", "patient_id", "plan_label", "study_uid", "plan_uid", "dose_uid", "structure_set_uid")
_LABELS = {"patient_id": "Patient ID", "sbrt_qa": "sbrt-qa", "numpy": "numpy", "pydicom": "pydicom", "id": "Case"}
_PATIENT = (("patient_name", "Patient"), ("patient_id", "Patient ID"), ("deidentified", "Identity"))
_ELSEWHERE = {"deidentified", "files", "sampling", "plan_label", "patient_name", "patient_id"}


def identity_lines(evaluation: Evaluation) -> tuple[tuple[str, str], ...]:
    """Return label and text of who was judged by what; the patient's lines are left out where nothing is known."""
    case = evaluation.case
    patient = ((label, clean(str(case.get(key) or ""))) for key, label in _PATIENT)
    return (
        *((label, text) for label, text in patient if text),
        ("Plan", plan_label(evaluation)),
        ("Protocol", protocol_line(evaluation)),
        ("Prescription", prescription_line(evaluation)),
    )


def verdict_word(finding: Finding) -> str:
    """Return the verdict as a word, or why a row has none."""
    if finding.verdict is not None:
        return finding.verdict.value
    return "not asked" if finding.goal else "report"


def is_refused(evaluation: Evaluation) -> bool:
    """Tell whether the case as a whole was not judged: no row has a number, and no curve was made."""
    valued = any(finding.value is not None for finding in evaluation.findings)
    return bool(evaluation.findings) and not valued and not evaluation.curves


def plain_facts(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Flatten the plain entries of a mapping into label and text; those that have a place of their own are left out."""
    known = [key for key in _ORDER if key in facts]
    for key in (*known, *sorted(key for key in facts if key not in _ORDER)):
        value = facts[key]
        if key in _ELSEWHERE or value in (None, "", [], (), {}) or (key == "id" and value == facts.get("plan_uid")):
            continue
        label = key.replace("_", " ").capitalize().replace(" uid", " UID")
        yield _LABELS.get(key, label), clean(_words(value))


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{key} {_words(item)}" for key, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_words(item) for item in value)
    return str(value)
