"""Workflow: one case from folder to judgement. Everything a script or a command needs, in the order it happens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

from sbrt_qa.errors import CaseError, MetricUndefined, SbrtQaError, UsageError
from sbrt_qa.histogram import DVH, Sampling, compute, interval, neighbours
from sbrt_qa.metrics import Metric, Subject, parse
from sbrt_qa.model import Case, DoseAsked, Structure
from sbrt_qa.protocol.evaluate import evaluate, refuse
from sbrt_qa.units import Quantity

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Sequence

    from sbrt_qa.protocol.allow_list import AllowList
    from sbrt_qa.protocol.definition import Protocol
    from sbrt_qa.protocol.finding import Evaluation
    from sbrt_qa.protocol.site_names import SiteNames


def dvh(case: Case, structure: str | Structure, sampling: Sampling | None = None) -> DVH:
    """Compute the dose-volume histogram of one structure of a case.

    Parameters
    ----------
    case : Case
        From ``read_case``.
    structure : str or Structure
        Exact ROI name, or a structure of the case.
    sampling : Sampling, optional
        Conventions; by default half-slice end caps, slabs, trilinear dose.

    Returns
    -------
    DVH

    Raises
    ------
    StructureNotFound
        When there is no such name; near names are listed.
    MetricUndefined
        When the structure bounds no volume.
    """
    found = _structure_of(case, structure)
    if found.faults:
        code, text = found.faults[0]
        raise MetricUndefined(text, where=found.name, mend="export the structure set again", code=code)
    return compute(found, case.dose, sampling)


def measure(
    case: Case,
    structure: str | Structure,
    metric: str,
    sampling: Sampling | None = None,
    *,
    prescription_gy: float | None = None,
    fractions: int | None = None,
) -> Quantity:
    """Measure one metric of the grammar on one structure.

    Parameters
    ----------
    case, structure, sampling
        As in :func:`dvh`.
    metric : str
        For instance ``D0.03cc[Gy]``.
    prescription_gy : float, optional
        What 100 per cent stands for; by default the plan's dose reference bound to the structure, else its only
        TARGET dose.
    fractions : int, optional
        Number of fractions for EQD2, BED and NTCP; by default the plan's.

    Returns
    -------
    Quantity
        The value with its unit, its numerical interval, and a caution where one is due.

    Raises
    ------
    MetricUndefined
        When the text is no metric, or the metric has no meaning here; it never returns 0 or NaN instead.
    """
    asked = parse(metric)
    found = _structure_of(case, structure)
    if prescription_gy is None and asked.needs_prescription:
        prescription_gy = _planned_gy(case, found)
    if fractions is None and case.plan is not None:
        fractions = case.plan.fractions
    sampling = sampling or Sampling()
    near = neighbours(sampling)

    def subject(convention: Sampling) -> Subject:
        return _subject(case, found, convention, (prescription_gy, fractions))

    nominal = subject(sampling)
    value = asked.measure(nominal)
    others = (_measured_or_none(asked, partial(subject, convention)) for convention in (near.bare, near.best))
    low, high = interval(value, *others)
    caution = asked.caution(nominal)
    return Quantity(value, asked.unit, low, max(min(high, asked.most), value), caution.sentence if caution else "")


def _structure_of(case: Case, structure: str | Structure) -> Structure:
    if not isinstance(case, Case):
        raise UsageError(f"{case!r} is no case", mend="give what read_case returns")
    if isinstance(structure, Structure):
        return structure
    if not isinstance(structure, str):
        raise UsageError(f"{structure!r} is no structure", mend="give its name, or a structure of the case")
    return case.structure(structure)


def _subject(case: Case, structure: Structure, sampling: Sampling, planned: tuple[float | None, int | None]) -> Subject:
    """Bring a structure before a metric under one convention, with the body around it."""
    from sbrt_qa.protocol.body import beyond, body_of

    return Subject(
        dvh(case, structure, sampling),
        *planned,
        body=cache(lambda: dvh(case, body_of(case.structures), sampling)),
        beyond=cache(lambda mm: dvh(case, beyond(body_of(case.structures), structure, mm, sampling), sampling)),
    )


def _measured_or_none(asked: Metric, subject: Callable[[], Subject]) -> float | None:
    """Measure under a neighbouring convention; None where it has no answer."""
    try:
        return asked.measure(subject())
    except SbrtQaError:
        return None


def _planned_gy(case: Case, structure: Structure) -> float | None:
    from sbrt_qa.protocol.definition import PrescriptionRule
    from sbrt_qa.protocol.prescription import prescription_for

    return prescription_for(structure, case.plan, PrescriptionRule(target="", fractions=())).gy


def judge(
    path: str | os.PathLike[str],
    protocol: str | os.PathLike[str] | None,
    *,
    names: str | os.PathLike[str] | None = None,
    allow: str | os.PathLike[str] | None = None,
    plan: str | None = None,
    sampling: Sampling | None = None,
    strict: bool = False,
    on_refusal: Callable[[CaseError], object] | None = None,
) -> Evaluation:
    """Read a case and judge it.

    Parameters
    ----------
    path : path
        Folder, file or zip of DICOM.
    protocol : str, path or None
        Shipped id or YAML file; None runs the checks only.
    names : path, optional
        The site's own structure names.
    allow : path, optional
        The allow-list of released protocols; by any other nothing is judged (``protocol-not-allowed``).
    plan : str, optional
        Label or UID, where there are several plans.
    sampling : Sampling, optional
        Conventions.
    strict : bool
        True turns every VARIATION into FAIL.
    on_refusal : callable, optional
        Told why a case could not be read, with the file at fault, which the evaluation never names.

    Returns
    -------
    Evaluation
        Also for a case that could not be read: then every constraint is UNDECIDED with the reason.

    Raises
    ------
    UsageError, ProtocolError
        When the question itself is wrong; never for a doubtful case.
    """
    asked = ask(protocol, names=names, allow=allow, sampling=sampling, strict=strict)
    return answer(asked, path, plan=plan, on_refusal=on_refusal)


@dataclass(frozen=True, slots=True)
class Asked:
    """By what cases are judged, read once for many of them.

    Parameters
    ----------
    protocol : Protocol or None
        None runs the checks only.
    names : SiteNames or None
        The site's own structure names.
    allowed : AllowList or None
        The released protocols.
    sampling : Sampling or None
        Conventions.
    strict : bool
        True turns every VARIATION into FAIL.
    """

    protocol: Protocol | None
    names: SiteNames | None = None
    allowed: AllowList | None = None
    sampling: Sampling | None = None
    strict: bool = False


def ask(
    protocol: str | os.PathLike[str] | None,
    *,
    names: str | os.PathLike[str] | None = None,
    allow: str | os.PathLike[str] | None = None,
    sampling: Sampling | None = None,
    strict: bool = False,
) -> Asked:
    """Read what :func:`judge` is to judge by.

    Raises
    ------
    UsageError, ProtocolError
        When the question itself is wrong.
    """
    from sbrt_qa.protocol.allow_list import load_allow_list
    from sbrt_qa.protocol.load import load_protocol
    from sbrt_qa.protocol.names import load_names

    return Asked(
        protocol=None if protocol is None else load_protocol(protocol),
        names=None if names is None else load_names(names),
        allowed=None if allow is None else load_allow_list(allow),
        sampling=sampling,
        strict=strict,
    )


def answer(
    asked: Asked,
    path: str | os.PathLike[str] | Sequence[str],
    *,
    plan: str | None = None,
    on_refusal: Callable[[CaseError], object] | None = None,
) -> Evaluation:
    """Read a case and judge it by what was read before, as :func:`judge` does; several paths are one pile."""
    from sbrt_qa.dicom.read_case import read_case

    found: Case | CaseError
    try:
        wanted = (
            DoseAsked()
            if asked.protocol is None
            else DoseAsked(asked.protocol.dose_kind, asked.protocol.dose_summation)
        )
        found = read_case(path, plan=plan, dose=wanted)
    except CaseError as error:
        if on_refusal is not None:
            on_refusal(error)
        found = error
    if isinstance(found, CaseError):
        return refused(asked, found)
    if _is_held_back(asked):
        return _held_back(asked, found)
    return evaluate(found, asked.protocol, sampling=asked.sampling, names=asked.names, strict=asked.strict)


def refused(asked: Asked, error: CaseError) -> Evaluation:
    """Return the evaluation of a case that could not be read: every constraint UNDECIDED with the reason."""
    if _is_held_back(asked):
        return _held_back(asked, error)
    return refuse(error, asked.protocol, asked.sampling)


def _is_held_back(asked: Asked) -> bool:
    return asked.protocol is not None and asked.allowed is not None and not asked.allowed.holds(asked.protocol)


def _held_back(asked: Asked, found: Case | CaseError) -> Evaluation:
    from sbrt_qa.protocol.allow_list import hold_back

    assert asked.protocol is not None
    assert asked.allowed is not None
    return hold_back(asked.allowed, asked.protocol, found, asked.sampling)


def judged_before(
    path: str | os.PathLike[str], *, on_refusal: Callable[[CaseError], object] | None = None
) -> Evaluation:
    """Read back what was judged before.

    Parameters
    ----------
    path : path
        The JSON record.
    on_refusal : callable, optional
        Told why the record could not be read.

    Returns
    -------
    Evaluation
        Also for a record that is damaged or contradicts itself: then UNDECIDED with the reason.

    Raises
    ------
    UsageError
        When the file cannot be opened.
    """
    from sbrt_qa.report.read_record import read_record

    try:
        return read_record(path)
    except CaseError as error:
        if on_refusal is not None:
            on_refusal(error)
        return refuse(error, None)
