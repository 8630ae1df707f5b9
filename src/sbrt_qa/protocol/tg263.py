"""TG-263: how far a structure name follows the report, and what to write instead.

AAPM TG-263 (2018), sections 7.2 and 8.2: at most 16 characters, no blanks, categories that begin with a capital and
are separated by ``_``, the side at the end (``_L``), ``_PRV`` and two digits of millimetres, ``~`` for a part of an
organ, ``^`` before words of one's own, ``z`` or ``_`` before what is not evaluated; targets as type, classifier,
number, image, structure and dose. The report lists its names; the built-in table holds those of the upper abdomen, so
any other name is judged by its form alone. This is a note for people: it decides no match and no verdict.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sbrt_qa.protocol.alias_table import ALIASES
from sbrt_qa.protocol.naming import (
    key_of,
    normalised,
    read_prv,
    readings_of,
    rule_that_ignores,
    target_parts,
    weak_key_of,
    written,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

LONGEST = 16
NOT_IN_THE_REPORT = frozenset({"cHBT"})
STANDARD, WELL_FORMED, NOT_COMPLIANT = "standard", "well formed", "not compliant"

_ALLOWED = re.compile(r"[A-Za-z0-9_~^!.\-\s]*")
_ASIDE = re.compile(r"_|z(?=[A-Z_ .\-])")
_TARGET = re.compile(
    r"(?:IGTV|ICTV|GTV|CTV|ITV|PTV!?)(?:sb|par|vas|[npv])?(?P<number>[1-9][0-9]?)?(?:_(?:(?:CT|PT|MR|SP)[0-9]+)+)?"
    r"(?:_(?!High|Low|Mid)[A-Z][A-Za-z]*~?[0-9]{0,2})*"
    r"(?:_(?:High|Low|Mid(?:[0-9]{2})?|[0-9]{3,5}(?:x[0-9]{1,2})?|[0-9]+(?:[.p][0-9]+)?Gy(?:x[0-9]{1,2})?))?"
    r"(?:-[0-9]{2})?(?:\^.+)?"
)
_SIDES = {"l": "L", "left": "L", "lt": "L", "r": "R", "right": "R", "rt": "R"}
_LOOSE_FROM = 20  # PTV50: more targets than anyone has, so rather a dose


@dataclass(frozen=True, slots=True)
class NameReview:
    """What TG-263 says about one name.

    Parameters
    ----------
    name : str
        As in the structure set.
    status : str
        ``standard`` (a name of the report, or a target of its form), ``well formed`` (follows the rules, but is not in
        the built-in table) or ``not compliant``.
    faults : tuple of str
        What is against the report, in words.
    near : str
        What to write instead, or what may be meant; never used by itself.
    is_sure : bool
        True when ``near`` is the report's name for what is surely meant.
    """

    name: str
    status: str
    faults: tuple[str, ...] = ()
    near: str = ""
    is_sure: bool = False


def review_names(names: Iterable[str]) -> tuple[NameReview, ...]:
    """Review the names of a structure set, each by itself and all together (no two differ by capitals only)."""
    listed = tuple(names)
    seen: dict[str, list[str]] = {}
    for name in listed:
        seen.setdefault(name.casefold(), []).append(name)
    return tuple(_with_twins(review_name(name), len(seen[name.casefold()])) for name in listed)


def _with_twins(review: NameReview, count: int) -> NameReview:
    if count == 1:
        return review
    faults = (*review.faults, f"{count} structures have this name, capitals apart")
    return NameReview(review.name, NOT_COMPLIANT, faults, review.near, review.is_sure)


def review_name(name: str) -> NameReview:
    """Review one name.

    Parameters
    ----------
    name : str
        ROIName.

    Returns
    -------
    NameReview
    """
    if _is_standard(name):
        return NameReview(name, STANDARD)
    faults, meant = _faults(name), _meant(name)
    if meant and not faults:
        faults = ("TG-263 calls it otherwise",)
    return NameReview(name, NOT_COMPLIANT if faults else WELL_FORMED, faults, meant or _perhaps(name), bool(meant))


def _is_standard(name: str) -> bool:
    """Tell whether a name is one of the table (with PRV, partial mark, own words as the report allows) or a target."""
    if not name.isascii() or len(name) > LONGEST or name != name.strip():
        return False
    root = re.sub(r"~(?=$|_[LR]$)", "", name.partition("^")[0])
    if root in ALIASES:
        return root not in NOT_IN_THE_REPORT
    organ, mark, margin = root.partition("_PRV")
    if mark and organ in ALIASES and organ not in NOT_IN_THE_REPORT:
        fits_two = len(organ) + len("_PRV00") <= LONGEST
        return not margin or bool(re.fullmatch("[0-9]{2}" if fits_two else "[0-9]", margin))
    target = _TARGET.fullmatch(name)
    return target is not None and int(target["number"] or 0) < _LOOSE_FROM


def _faults(name: str) -> tuple[str, ...]:
    faults = [] if name.strip() else ["has no name"]
    if len(name) > LONGEST:
        faults.append(f"{len(name)} characters, at most {LONGEST} are allowed")
    odd = "".join(dict.fromkeys(letter for letter in name if not _ALLOWED.fullmatch(letter)))
    if odd:
        faults.append(f"{odd!r} does not stand in its names, only letters, digits and _ - ~ ^ ! .")
    if any(letter.isspace() for letter in name):
        faults.append("has a blank")
    if _ASIDE.match(name):
        return tuple(faults)
    if readings := readings_of().get(normalised(name)):
        faults.append(f"has two readings: {readings[2]}")
    elif target_parts(name):
        loose = target_parts(name)["loose"] or _TARGET.fullmatch(name)
        faults.append("its digits are a number or a dose" if loose else "a target is written as PTVsb1_5000")
    else:
        faults += _form_faults(name)
    return tuple(faults)


def _form_faults(name: str) -> list[str]:
    """Return what is against the form of an organ's name."""
    parts = [part for part in re.split(r"[_\s]+", name.partition("^")[0]) if part]
    faults = []
    small = [part for part in parts if part[0].islower()]
    if small:
        faults.append(f"'{small[0]}' does not begin with a capital")
    if any(part.casefold() in _SIDES for part in parts[:-1]) or (
        parts and parts[-1].casefold() in _SIDES and not name.endswith(("_L", "_R"))
    ):
        faults.append("the side stands at the end, as _L or _R")
    if re.search("prv", name, re.IGNORECASE) and not re.search(r"_PRV(?:[0-9]{1,2})?(?:_[LR])?(?:\^.*)?$", name):
        faults.append("a PRV is written after the organ, as _PRV05")
    return faults


def _meant(name: str) -> str:
    """Return the report's name for what is surely meant; empty when that is not sure, or the report has none."""
    if rule_that_ignores(name) or normalised(name) in readings_of():
        return ""
    key = key_of().get(normalised(name), "")
    if key:
        return "" if key in NOT_IN_THE_REPORT else key
    if (prv := read_prv(name)) is not None:
        full = f"{prv.organ}_PRV" + ("" if prv.mm is None else f"{prv.mm:02d}")
        return full if len(full) <= LONGEST else f"{prv.organ}_PRV{prv.mm}"
    return _as_target(name)


def _as_target(name: str) -> str:
    """Return a target's name in the report's form: a bed is ``sb``, and a planning target begins with ``PTV``."""
    part = target_parts(name)
    if not part:
        return ""
    is_bed = part["class"].lower() in {"sb", "tb", "bed"}
    kind = "PTV" if part["planning"] else part["type"].upper()
    if is_bed and kind == "GTV":
        kind = "CTV"  # a bed holds no gross tumour
    ends = [
        part["image"].upper(),
        "Liver" if part["site"] else "",
        part["level"].title(),
        re.sub("gy$", "Gy", part["dose"], flags=re.IGNORECASE),
        f"{part['loose']}Gy" if part["loose"] else "",
    ]
    stem = f"{kind}{'sb' if is_bed else part['class'].lower()}{part['number']}"
    text = "_".join([stem, *filter(None, ends)])
    return text if _is_standard(text) and text != name else ""


def _perhaps(name: str) -> str:
    """Return a name that may be meant: of a weak spelling, of a similar one, or the same in the report's form."""
    if rule_that_ignores(name) or normalised(name) in readings_of() or key_of().get(normalised(name)):
        return ""
    weak = weak_key_of().get(normalised(name), "")
    alike = difflib.get_close_matches(normalised(name), key_of(), n=1, cutoff=0.8)
    key = weak or (key_of()[alike[0]] if alike else "")
    return re.sub("_PRV[0-9]+$", "_PRV", key) if key not in {"", *NOT_IN_THE_REPORT} else _repaired(name)


def _repaired(name: str) -> str:
    """Return the name with capitals, ``_`` and the side at its end; empty when that changes or mends nothing."""
    parts = [part for part in re.split(r"[_\s]+", written(name)) if part]
    sides = [_SIDES[part.casefold()] for part in parts if part.casefold() in _SIDES]
    rest = [part for part in parts if part.casefold() not in _SIDES]
    if not rest or len(sides) > 1:
        return ""
    text = "_".join([*(part[0].upper() + part[1:] for part in rest), *sides])
    return text if text != name and not _faults(text) else ""
