"""Body: the outline of the patient, which metrics of the whole dose need, and what lies beyond a target."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.derive.expression import parse
from sbrt_qa.errors import MetricUndefined
from sbrt_qa.histogram import slabs
from sbrt_qa.protocol.naming import rule_that_ignores

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sbrt_qa.histogram import Sampling
    from sbrt_qa.model import Structure
    from sbrt_qa.protocol.definition import Role
    from sbrt_qa.protocol.names import Matching

BEYOND_NUMBER = -2001
_CODES = {"structure-missing": "external-missing", "structure-ambiguous": "external-ambiguous"}


def body_of(
    structures: Iterable[Structure], roles: Mapping[str, Role] | None = None, matching: Matching | None = None
) -> Structure:
    """Find the one structure that is the outline of the patient.

    The ROI that fills the protocol's role of type external; without such a role the only structure whose
    RTROIInterpretedType is EXTERNAL. Names alone never decide.

    Parameters
    ----------
    structures : iterable of Structure
        All structures of the case.
    roles, matching : mapping of str to Role and Matching, optional
        The roles of a protocol, and what fills them.

    Raises
    ------
    MetricUndefined
        ``external-missing`` or ``external-ambiguous``, with all that could be meant.
    """
    role = next((role for role in (roles or {}).values() if role.kind == "external"), None)
    if role is not None and matching is not None:
        if role.id in matching.doubts:
            code, text = matching.doubts[role.id]
            raise MetricUndefined(text, where=role.id, code=_CODES.get(code, code))
        return matching.filled[role.id][0]
    found = [s for s in structures if s.kind.upper() == "EXTERNAL" and not rule_that_ignores(s.name, "")]
    if len(found) == 1:
        return found[0]
    if found:
        called = " and ".join(f"{s.name!r} (ROI {s.number})" for s in found)
        raise MetricUndefined(
            f"{len(found)} structures are of type EXTERNAL, so the outline of the patient is not clear: {called}",
            mend="leave the type to one of them",
            code="external-ambiguous",
        )
    raise MetricUndefined(
        "no structure is of type EXTERNAL, so the outline of the patient is not known",
        mend="give the body contour the type EXTERNAL in the planning system",
        code="external-missing",
    )


def beyond(body: Structure, structure: Structure, distance_mm: float, sampling: Sampling) -> Structure:
    """Return what lies inside the body and farther than a distance from a structure, in three dimensions.

    Raises
    ------
    DerivationError
        ``structure-empty`` when nothing is left, ``structure-other-frame`` when the two cannot be compared.
    """
    from sbrt_qa.derive.combine import derive

    # Only the end caps of the parts enter, and a rounded end counts as half a slice there.
    cap = "half-slice" if sampling.end_cap == "rounded" else sampling.end_cap
    caps = replace(sampling, end_cap=cap)
    expression = parse(f"body - grow(target, {distance_mm:g} mm)")
    name = f"{body.name} − grow({structure.name}, {distance_mm:g} mm)"
    parts = {"body": body, "target": structure}
    return derive(expression, parts, slabs=lambda part: slabs(part, caps), name=name, number=BEYOND_NUMBER)


def shared_isodose(role: str, names: Iterable[str]) -> tuple[str, str]:
    """Say why a measure of the whole dose belongs to no single one of several targets: reason code and sentence."""
    text = f'the isodoses enclose {", ".join(names)} together; judge their union: a structure with derive: "{role}"'
    return "isodose-shared", text
