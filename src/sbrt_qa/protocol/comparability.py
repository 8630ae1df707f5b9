"""Comparability: why two evaluations may say little about each other. Notes only; they change no verdict."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sbrt_qa.units import show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sbrt_qa.protocol.finding import Evaluation

    Part = Callable[[Evaluation, Evaluation], Iterator["Note"]]

WHO = frozenset({"other-patient", "patient-not-known"})  # what only the identity itself can tell
_REDRAWN = 1e-3  # of the volume: what another drawing of one structure changes at least
_LISTED = 8


@dataclass(frozen=True, slots=True)
class Note:
    """One thing that two evaluations do not have in common.

    Parameters
    ----------
    code : str
        Stable, e.g. ``other-patient``.
    sentence : str
        In plain words; quotes no patient.
    """

    code: str
    sentence: str


def notes(a: Evaluation, b: Evaluation) -> tuple[Note, ...]:
    """Return what stands between two evaluations, the gravest first.

    Parameters
    ----------
    a, b : Evaluation
        The two.

    Returns
    -------
    tuple of Note
        None where both are of one patient, protocol, prescription and structure set, made by one version under the
        same conventions.
    """
    parts: tuple[Part, ...] = (_patients, _files, _protocols, _prescriptions, _structures, _makers)
    if is_unread(a) or is_unread(b):
        parts = (_unread, _protocols, _makers)
    return tuple(note for part in parts for note in part(a, b))


def is_unread(evaluation: Evaluation) -> bool:
    """Tell whether the case could not be read, so that nothing at all is known of it."""
    return evaluation.case.get("id") == ""


def fractions_of(evaluation: Evaluation) -> int | None:
    """Return the number of fractions; None when it is not known."""
    return evaluation.prescription.get("fractions")


def prescription_of(evaluation: Evaluation) -> float | None:
    """Return the prescribed dose in Gy; None when it is not known."""
    return evaluation.prescription.get("gy")


def _unread(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    sides = " and ".join(name for name, side in (("A", a), ("B", b)) if is_unread(side))
    yield Note("not-read", f"{sides} could not be read, so there is nothing to compare.")


def _patients(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    one, other = a.case, b.case
    ids = {str(case.get("patient_id") or "") for case in (one, other)}
    if len(ids) == 1 and "" not in ids:
        return
    if "" in ids or one.get("deidentified") or other.get("deidentified"):
        text = "Nothing confirms that A and B are of one patient: the patient's ID is missing or was removed."
        yield Note("patient-not-known", text)
    else:
        yield Note("other-patient", "A and B are of different patients: their patient IDs differ.")


def _files(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    one, other = ({str(file.get("sha256")) for file in side.case.get("files") or ()} for side in (a, b))
    if one and one == other:
        yield Note("same-files", "A and B were made from the very same files.")


def _protocols(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    one, other = a.protocol, b.protocol
    if one is None and other is None:
        return
    if one is None or other is None:
        yield Note("other-protocol", f"Only {'B' if one is None else 'A'} was judged by a protocol.")
        return
    if one.get("sha256") == other.get("sha256"):
        return
    names = [f"{protocol.get('id', '')} {protocol.get('version', '')}".strip() for protocol in (one, other)]
    if names[0] == names[1]:
        text = f"Both were judged by {names[0]}, but its content was not the same."
    else:
        text = f"A was judged by {names[0]}, B by {names[1]}."
    yield Note("other-protocol", text)


def _prescriptions(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    one, other = fractions_of(a), fractions_of(b)
    if one != other:
        words = ["an unknown number of" if number is None else str(number) for number in (one, other)]
        text = f"A has {words[0]} fractions, B {words[1]}: physical doses are not held against each other."
        yield Note("other-fractions", text)
    dose_a, dose_b = prescription_of(a), prescription_of(b)
    if dose_a != dose_b:
        words = ["an unknown dose" if gy is None else show(float(gy), "Gy") for gy in (dose_a, dose_b)]
        text = f"A prescribes {words[0]}, B {words[1]}: per cent of the prescription is not the same dose."
        yield Note("other-prescription", text)


def _structures(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    """Say which structures are not the same ones; nothing where a side has no curves at all."""
    if not a.curves or not b.curves:
        return
    one, other = (_volumes(side) for side in (a, b))
    for side, missing in (
        ("A", [name for name in one if name not in other]),
        ("B", [n for n in other if n not in one]),
    ):
        if missing:
            yield Note("other-structures", f"Only in {side}: {_listed(missing)}.")
    redrawn = [
        f"{name} ({_in_cc(one[name])} in A, {_in_cc(other[name])} in B)"
        for name in one
        if name in other and not _alike(one[name], other[name])
    ]
    sets = [str(side.case.get("structure_set_uid") or "") for side in (a, b)]
    if redrawn:
        yield Note("other-volumes", f"Volumes differ by more than 0.1 %: {_listed(redrawn)}.")
    elif sets[0] != sets[1]:
        text = "The structure sets are not the same object, but no volume differs by more than 0.1 %."
        yield Note("other-structure-set", text)


def _volumes(evaluation: Evaluation) -> dict[str, tuple[float, ...]]:
    """Return the volumes in cc by name: more than one where structures share a name."""
    found: dict[str, list[float]] = {}
    for curve in sorted(evaluation.curves, key=lambda curve: (curve.name.casefold(), curve.name, curve.volume_cc)):
        found.setdefault(curve.name, []).append(curve.volume_cc)
    return {name: tuple(volumes) for name, volumes in found.items()}


def _alike(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return len(one) == len(other) and all(abs(a - b) <= _REDRAWN * max(a, b) for a, b in zip(one, other, strict=True))


def _in_cc(volumes: tuple[float, ...]) -> str:
    return " and ".join(dict.fromkeys(show(volume, "cc") for volume in volumes))


def _makers(a: Evaluation, b: Evaluation) -> Iterator[Note]:
    one, other = ({k: v for k, v in side.provenance.items() if k not in {"quirks", "notes"}} for side in (a, b))
    conventions = [dict(made.pop("sampling", None) or {}) for made in (one, other)]
    if conventions[0] != conventions[1]:
        words = [_conventions(made) for made in conventions]
        text = f"The curves follow other conventions: {words[0]} in A, {words[1]} in B."
        yield Note("other-conventions", text)
    versions = sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))
    if versions:
        words = [f"{key} {one.get(key, 'unknown')} in A, {other.get(key, 'unknown')} in B" for key in versions]
        yield Note("other-version", f"Made by other versions: {_listed(words)}.")


def _conventions(sampling: Mapping[str, Any]) -> str:
    return " / ".join(str(value) for _, value in sorted(sampling.items())) or "unknown"


def _listed(items: list[str]) -> str:
    shown = "; ".join(items[:_LISTED])
    return f"{shown}; and {len(items) - _LISTED} more" if len(items) > _LISTED else shown
