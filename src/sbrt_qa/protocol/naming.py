"""Naming: how a structure name is read, before anything is matched.

A name is compared as a whole, after Unicode NFKC, case folding and removal of blanks and ``_``.
Hyphen, ``+``, ``~``, ``^`` and ``!`` stay: in TG-263 ``Liver-GTV`` is a subtraction and ``Cord+5`` a
planning-risk volume. Nothing is ever matched by likeness.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from sbrt_qa.protocol.alias_table import ALIASES, AMBIGUOUS, WEAK

if TYPE_CHECKING:
    from collections.abc import Mapping

_HELP_WORDS = (
    "z?opt|opti|optim|ring|rings|shell|rind|help|hilf|hilfs|aide|avoid|tune|tuning|dummy"
    "|dose|iso|isodose|spill|block|temp|tmp|test|old|copy|delete"
)
_SUPPORT_WORDS = (
    "couch|table|tisch|liege|baseplate|bolus|artefact|artifact|clip|clips|fiducial|fiducials|marker|seed|contrast"
)
_NEVER = tuple(
    (re.compile(pattern), rule)
    for pattern, rule in (
        (r"^_", "it begins with '_'"),
        (r"^[zZ][ _.\-]", "it begins with 'z' and a separator"),
        (r"^z[A-Z]", "it begins with 'z'"),
        (r"(?i)^ns[ _\-]", "it is an optimisation structure (NS)"),
        (
            rf"(?i)(?:^|[ _.\-])(?:{_HELP_WORDS})\d*(?:$|[ _.\-])",
            "a word in it marks an optimisation or help structure, or an old copy",
        ),
        (r"(?i)^(?:ring|shell|opt)\d", "it is an optimisation structure"),
        (r"(?i)^(?:d|dose|iso)[ _]?\d+(?:\.\d+)?(?:gy|cgy|%)$", "it is an isodose"),
        (rf"(?i)^(?:{_SUPPORT_WORDS})", "it is a support, a marker or an artefact"),
        (r"~$", "'~' marks a part of an organ"),
        (r"\^", "'^' marks a structure for the planner's own use"),
    )
)
_NEVER_TYPES = frozenset({"SUPPORT", "BOLUS", "FIXATION", "MARKER", "REGISTRATION", "ISOCENTER", "CONTRAST_AGENT"})

_TARGET = re.compile(
    r"(?:(?P<planning>P)[-_ ]?(?=[GC]TV))?(?P<type>IGTV|ICTV|GTV|CTV|ITV|PTV!?)"
    r"(?:[-_ ]?(?P<class>sb|tb|bed|p|n|vas|v|par))?"
    r"(?:[_ ]?(?P<number>(?:1\d|[1-9])(?!\d)))?"
    r"(?:[-_ ](?P<image>(?:CT|MR|PT)\d+))?"
    r"(?:[-_ ](?P<site>Liver|Leber|Foie|肝))?"
    r"(?:[-_ ](?P<level>High|Mid|Low)|[-_ ]?(?P<dose>\d{3,5}(?:x\d{1,2})?|\d+(?:\.\d+|p\d+)?Gy)"
    r"|(?P<loose>[2-9]\d))?",
    re.IGNORECASE,
)
_BED = {"sb", "tb", "bed"}
_PRV = re.compile(
    r"(?P<organ>.+?)[-_ ]?(?:PRV[-_ ]?(?P<mm>\d{1,2})?(?:[ _]?mm)?|\+[ ]?(?P<plus>\d{1,2})(?:[ _]?mm)?)",
    re.IGNORECASE,
)


class Target(NamedTuple):
    """A target name as read: its type (PTV after a leading P), its class, and whether no more follows."""

    type: str
    classifier: str
    is_plain: bool


class Prv(NamedTuple):
    """A planning-risk volume: the TG-263 name of its organ, and its margin in mm (None when not stated)."""

    organ: str
    mm: int | None


def written(name: str) -> str:
    """Return a name as the patterns see it: NFKC, without blanks around."""
    return unicodedata.normalize("NFKC", name).strip()


def normalised(name: str) -> str:
    """Return the key under which names are compared: NFKC, case folded, without blanks and ``_``."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(folded.split()).replace("_", "")


def rule_that_ignores(name: str, kind: str = "") -> str:
    """Return why a structure may fill no role, or an empty text.

    Parameters
    ----------
    name : str
        ROIName.
    kind : str
        RTROIInterpretedType; it can only remove a candidate.
    """
    if kind.strip().upper() in _NEVER_TYPES:
        return f"its interpreted type is {kind.strip().upper()}"
    as_written = written(name)
    return next((rule for pattern, rule in _NEVER if pattern.search(as_written)), "")


def read_target(name: str) -> Target | None:
    """Read a target name by the one pattern for all targets; None when it is none.

    Surgical bed (``sb``) and tumour bed (``tb``, ``bed``) are one class. PGTV, P-GTV and P_CTV are planning
    targets. Number, image, site, level and dose make a name less plain; so do the loose digits of PTV50,
    which are a number or a dose.
    """
    match = _TARGET.fullmatch(written(name))
    if match is None:
        return None
    kind = "PTV" if match["planning"] else match["type"].upper()
    classifier = (match["class"] or "").lower()
    more = ("number", "image", "site", "level", "dose", "loose")
    return Target(kind, "bed" if classifier in _BED else classifier, not any(match[group] for group in more))


def target_parts(name: str) -> Mapping[str, str]:
    """Return the parts of a target name by their role in the one pattern, absent ones empty; nothing when it is none.

    Keys: planning, type, class, number, image, site, level, dose, loose.
    """
    match = _TARGET.fullmatch(written(name))
    return {} if match is None else match.groupdict(default="")


def read_prv(name: str) -> Prv | None:
    """Read the name of a planning-risk volume; None unless its organ is an accepted spelling."""
    match = _PRV.fullmatch(written(name))
    organ = key_of().get(normalised(match["organ"])) if match is not None else None
    if match is None or organ is None:
        return None
    margin = match["mm"] or match["plus"]
    return Prv(organ, int(margin) if margin else None)


@cache
def key_of() -> Mapping[str, str]:
    """TG-263 name by each normalised accepted spelling."""
    return {normalised(alias): key for key, aliases in ALIASES.items() for alias in aliases.split(";")}


@cache
def spellings_of() -> Mapping[str, frozenset[str]]:
    """Normalised accepted spellings by normalised TG-263 name."""
    return {normalised(key): frozenset(map(normalised, aliases.split(";"))) for key, aliases in ALIASES.items()}


@cache
def weak_key_of() -> Mapping[str, str]:
    """TG-263 name by each normalised weak spelling; such a name is only suggested."""
    return {normalised(alias): key for key, aliases in WEAK.items() for alias in aliases.split(";")}


@cache
def readings_of() -> Mapping[str, tuple[tuple[str, ...], str, str]]:
    """Return the readings of each normalised ambiguous name: TG-263 names, target type, both in words."""
    return {normalised(name): readings for name, readings in AMBIGUOUS.items()}
