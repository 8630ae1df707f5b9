"""Combine: an expression and its parts into a new structure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sbrt_qa.derive.boolean import combined
from sbrt_qa.derive.margin import grown, shrunk
from sbrt_qa.derive.nodes import Boolean, Margin, Part
from sbrt_qa.derive.solid import contours_of, solid_of
from sbrt_qa.errors import DerivationError
from sbrt_qa.model import Structure

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sbrt_qa.derive.nodes import Expression, Node
    from sbrt_qa.derive.solid import Solid

    Slabs = Callable[[Structure], tuple[tuple[float, float, float], ...]]


def derive(
    expression: Expression, parts: Mapping[str, Structure], *, slabs: Slabs, name: str, number: int
) -> Structure:
    """Make the structure that an expression describes.

    Each part is the stack of prisms that its contours and slabs say; booleans of such stacks are exact,
    margins are round in three dimensions.

    Parameters
    ----------
    expression : Expression
        What to make.
    parts : mapping of str to Structure
        The structure in each role; more than the expression names may be there.
    slabs : callable
        Gives a structure's (plane z, low z, high z) in mm for each contour plane, end caps decided;
        for a derived structure its own ``slabs_mm``.
    name, number : str, int
        Of the new structure; derived structures have negative numbers.

    Returns
    -------
    Structure
        With ``slabs_mm`` set; holes are contours inside contours (even-odd rule). It carries the frame of
        reference and the faults of its parts.

    Raises
    ------
    DerivationError
        ``derived-part-missing`` when a part is absent or has no closed contour, ``structure-other-frame`` when
        the parts are in different frames of reference, ``structure-empty`` when a part encloses nothing or nothing
        is left.
    """
    used = _parts_in(expression, parts)
    frame_uid = _common_frame(expression, used)
    solids = {role: solid_of(part, slabs(part)) for role, part in used.items()}
    for role, solid in solids.items():
        if solid.is_empty:
            raise DerivationError(
                f"{expression.shown} cannot be made: '{role}' ({used[role].name}) encloses no volume",
                mend="look at its contours: drawn twice, or one upon the other, they enclose nothing",
                code="structure-empty",
            )
    solid = _make(expression.root, solids)
    if solid.is_empty:
        raise DerivationError(
            f"nothing is left of {expression.shown}",
            where=name,
            mend="look at its parts: they do not meet, or the margin is wider than they are",
            code="structure-empty",
        )
    contours, slabs_mm = contours_of(solid)
    faults = tuple(dict.fromkeys(fault for part in used.values() for fault in _faults_of(part)))
    return Structure(name, number, contours, frame_uid=frame_uid, faults=faults, slabs_mm=slabs_mm)


def _make(node: Node, solids: Mapping[str, Solid]) -> Solid:
    if isinstance(node, Part):
        return solids[node.role]
    if isinstance(node, Boolean):
        return combined(node.sign, _make(node.left, solids), _make(node.right, solids))
    solid = _make(node.solid, solids)
    if isinstance(node, Margin):
        return grown(solid, node.mm) if node.word == "grow" else shrunk(solid, node.mm)
    inner = grown(solid, node.inner_mm) if node.inner_mm > 0 else solid
    return combined("-", grown(solid, node.outer_mm), inner)


def _parts_in(expression: Expression, parts: Mapping[str, Structure]) -> dict[str, Structure]:
    """Pick the parts of an expression, all there and all with closed contours."""
    absent = [f"'{role}'" for role in expression.ordered_roles if role not in parts]
    if absent:
        raise _missing(expression, f"{' and '.join(absent)} {'are' if len(absent) > 1 else 'is'} missing")
    used = {role: parts[role] for role in expression.ordered_roles}
    for role, part in used.items():
        if not part.closed_contours:
            faults = "".join(f"; {text}" for _, text in part.faults)
            raise _missing(expression, f"'{role}' ({part.name}) has no closed contour{faults}")
    return used


def _missing(expression: Expression, what: str) -> DerivationError:
    return DerivationError(
        f"{expression.shown} cannot be made: {what}",
        mend="contour it, or add its name in the plan to the protocol's names",
        code="derived-part-missing",
    )


def _common_frame(expression: Expression, used: Mapping[str, Structure]) -> str:
    frames = {part.frame_uid: part.name for part in used.values()}
    if len(frames) > 1:
        names = " and ".join(frames.values())
        raise DerivationError(
            f"{expression.shown} cannot be made: {names} are in different frames of reference",
            mend="contour them on the same images",
            code="structure-other-frame",
        )
    return next(iter(frames))


def _faults_of(part: Structure) -> list[tuple[str, str]]:
    """Return a part's faults, each sentence naming the part."""
    return [(code, text if part.name in text else f"{part.name}: {text}") for code, text in part.faults]
