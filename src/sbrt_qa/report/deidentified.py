"""A judgement without identity: made before any format is written, so that no format has to think of it.

What is kept is listed; what nobody listed is left out. Names of structures stay, because the findings are about them.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from sbrt_qa.checks import Agreement
from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Verdict
from sbrt_qa.reasons import reasons

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from sbrt_qa.checks import Compared
    from sbrt_qa.protocol.finding import Finding

    Scrub = Callable[[str], str]

METHOD = "identity removed, UIDs replaced by hashes (sbrt-qa)"
REMOVED = "[removed]"
_UIDS = ("id", "study_uid", "plan_uid", "dose_uid", "structure_set_uid")
_TEXTS = ("patient_name", "plan_label", "structure_set_label")
_VERSIONS = ("sbrt_qa", "python", "numpy", "pydicom", "shapely", "sampling", "quirks")
_UID = re.compile(r"(?<![\d.])(?:2\.25\.\d+|\d+(?:\.\d+){3,})(?![\d.]*\d)", re.ASCII)
_DATE = re.compile(
    r"(?<!\d)(?:(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])|(?:19|20)\d\d([-./_])\d\d?\1\d\d?"
    r"|\d\d?([-./_])\d\d?\2(?:19|20)\d\d|\d\d?\.\d\d?\.\d\d)(?!\d)",
    re.ASCII,
)
_NAME_PARTS = re.compile(r"[\W_]+")


def deidentified(evaluation: Evaluation) -> Evaluation:
    """Return the same judgement without patient, labels, dates and original UIDs.

    UIDs are replaced by UIDs made from their hash: equal ones stay equal, in this case and in the next. Sentences
    that may quote the file (checks, and findings with a reason) give way to the meaning of their reason codes. Parts of
    the patient's name and ID, dates and UIDs are taken out of the names of structures. Nothing is left to draw slices
    from. Numbers, verdicts and the protocol stay as they are.

    Parameters
    ----------
    evaluation : Evaluation
        The judgement.

    Returns
    -------
    Evaluation
    """
    scrub = partial(_scrubbed, identity=_identity(evaluation.case))
    return Evaluation(
        verdict=evaluation.verdict,
        findings=tuple(_finding(finding, scrub) for finding in evaluation.findings),
        checks=tuple(_check(check) for check in evaluation.checks),
        case=_case(evaluation.case),
        protocol=evaluation.protocol,
        prescription=evaluation.prescription,
        curves=tuple(replace(curve, name=scrub(curve.name)) for curve in evaluation.curves),
        colors={scrub(name): color for name, color in evaluation.colors.items()},
        provenance=_provenance(evaluation.provenance),
        stated_dvhs=tuple(_stated(row, scrub) for row in evaluation.stated_dvhs),
    )


def hashed_uid(uid: str) -> str:
    """Return the UID that stands for another one; empty stays empty."""
    if not uid:
        return ""
    digest = hashlib.sha256(f"sbrt-qa deidentified\0{uid}".encode("utf-8", "surrogatepass")).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def _case(case: Mapping[str, Any]) -> dict[str, Any]:
    uids = {key: hashed_uid(str(case[key] or "")) for key in _UIDS if key in case}
    files = case.get("files") or ()
    study = uids.get("study_uid", "")
    return {
        **uids,
        **{key: "" for key in _TEXTS if key in case},
        # A hash of the ID itself could be found by trying all IDs; that of a study's UID cannot.
        "patient_id": f"anon-{hashlib.sha256(study.encode()).hexdigest()[:12]}" if study else "",
        "deidentified": METHOD,
        "files": [{**file, "sop_uid": hashed_uid(str(file["sop_uid"]))} for file in files],
    }


def _provenance(provenance: Mapping[str, Any]) -> dict[str, Any]:
    codes = dict.fromkeys(str(note.get("code", "")) for note in provenance.get("notes") or ())
    notes = [{"code": code, "sentence": _meaning([code])} for code in codes]
    return {key: provenance[key] for key in _VERSIONS if key in provenance} | {"notes": notes}


def _finding(finding: Finding, scrub: Scrub) -> Finding:
    sentence = _meaning(finding.reason) if finding.reason else scrub(finding.sentence)
    roi = None if finding.roi is None else scrub(finding.roi)
    return replace(finding, roi=roi, sentence=sentence)


def _check(check: CheckFinding) -> CheckFinding:
    usual = "The check passed." if check.verdict is Verdict.PASS else "The check did not pass."
    return replace(check, sentence=_meaning(check.reason) or usual)


def _stated(row: Compared, scrub: Scrub) -> Compared:
    quotes = row.agreement in {Agreement.NOT_COMPARED, Agreement.UNREADABLE}
    sentence = "the reason may quote the file, and is left out" if quotes else scrub(row.sentence)
    return replace(row, roi=scrub(row.roi), sentence=sentence)


def _meaning(codes: Iterable[str]) -> str:
    known = {reason.code: reason.sentence for reason in reasons()}
    return " ".join(dict.fromkeys(known.get(code, f"Reason: {code}.") for code in codes))


# ---- text that a person typed


def _identity(case: Mapping[str, Any]) -> tuple[re.Pattern[str], ...]:
    """Return what to look for: the patient's name and ID as a whole and in their parts."""
    typed = [str(case.get(key) or "") for key in ("patient_name", "patient_id")]
    parts = {part for text in typed for part in (text.strip(), *_NAME_PARTS.split(text)) if part}
    return tuple(filter(None, (_pattern(part) for part in sorted(parts, key=lambda part: (-len(part), part)))))


def _pattern(part: str) -> re.Pattern[str] | None:
    """Find a long part anywhere, a short one as a word of its own, a single Latin letter or digit not at all."""
    if part.isascii() and len(part) < 2:
        return None
    if len(part) >= 4 or not part.isascii():
        return re.compile(re.escape(part), re.IGNORECASE)
    return re.compile(rf"(?<![^\W_]){re.escape(part)}(?![^\W_])", re.IGNORECASE)


def _scrubbed(text: str, identity: tuple[re.Pattern[str], ...]) -> str:
    for pattern in (*identity, _DATE):
        text = pattern.sub(REMOVED, text)
    return _UID.sub(lambda match: hashed_uid(match[0]), text)
