"""Structure key: which structure a role means, whatever the role is called, so that two protocols can be compared."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sbrt_qa.derive.nodes import Boolean, Part
from sbrt_qa.protocol.naming import key_of, normalised, read_target

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sbrt_qa.derive.nodes import Node
    from sbrt_qa.protocol.definition import Role


def structure_key(role_id: str, roles: Mapping[str, Role]) -> str:
    """Return the TG-263 name that a role stands for, the type of a target, or the expression made of such.

    Parameters
    ----------
    role_id : str
        A role; one that is not among ``roles`` stands for itself.
    roles : mapping of str to Role
        The roles of its protocol.

    Returns
    -------
    str
        For instance ``SpinalCord``, ``PTV``, ``Liver - CTV``: equal for roles that mean the same structure.
    """
    return _key(Part(role_id), roles, ())


def _key(node: Node, roles: Mapping[str, Role], above: tuple[str, ...]) -> str:
    return str(_named(node, roles, above))


def _named(node: Node, roles: Mapping[str, Role], above: tuple[str, ...]) -> Node:
    if isinstance(node, Boolean):
        return replace(node, left=_named(node.left, roles, above), right=_named(node.right, roles, above))
    if not isinstance(node, Part):
        return replace(node, solid=_named(node.solid, roles, above))
    role = roles.get(node.role)
    if role is None or node.role in above:
        return node
    if role.derive is not None:
        return _named(role.derive.root, roles, (*above, node.role))
    name = role.names[0] if role.names else role.id
    target = read_target(name) if role.kind == "target" else None
    return Part(target.type if target else key_of().get(normalised(name), normalised(name)))
