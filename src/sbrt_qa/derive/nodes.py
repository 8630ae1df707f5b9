"""Nodes: the operations that make a derived structure from others, and the expression they form."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Part:
    """A structure named by its role."""

    role: str

    def __str__(self) -> str:
        return self.role


@dataclass(frozen=True, slots=True)
class Boolean:
    """Two solids combined: ``-`` without, ``+`` together with, ``&`` in common with."""

    sign: str
    left: Node
    right: Node

    def __str__(self) -> str:
        left, right = str(self.left), str(self.right)
        if isinstance(self.left, Boolean) and (self.left.sign == "&") != (self.sign == "&"):
            left = f"({left})"
        if isinstance(self.right, Boolean):
            right = f"({right})"
        return f"{left} {self.sign} {right}"


@dataclass(frozen=True, slots=True)
class Margin:
    """A solid with its surface moved by ``mm`` in three dimensions: outwards (grow) or inwards (shrink)."""

    word: str
    solid: Node
    mm: float

    def __str__(self) -> str:
        return f"{self.word}({self.solid}, {distance_text(self.mm)})"


@dataclass(frozen=True, slots=True)
class Ring:
    """The shell around a solid from ``inner_mm`` to ``outer_mm`` outside its surface."""

    solid: Node
    inner_mm: float
    outer_mm: float

    def __str__(self) -> str:
        return f"ring({self.solid}, {distance_text(self.inner_mm)}, {distance_text(self.outer_mm)})"


Node: TypeAlias = Part | Boolean | Margin | Ring


@dataclass(frozen=True, slots=True)
class Expression:
    """A derivation, parsed.

    Parameters
    ----------
    root : Part, Boolean, Margin or Ring
        The outermost operation. Two expressions are equal when their operations are.
    """

    root: Node

    @property
    def roles(self) -> frozenset[str]:
        """Every role the expression names."""
        return frozenset(self.ordered_roles)

    @property
    def ordered_roles(self) -> tuple[str, ...]:
        """The roles in the order in which they are first written."""
        return tuple(dict.fromkeys(_roles_of(self.root)))

    @property
    def text(self) -> str:
        """Canonical text; parsing it gives the same expression again."""
        return str(self.root)

    @property
    def shown(self) -> str:
        """The text for people, with a true minus sign: ``liver − ctv``."""
        return self.text.replace("-", "−")

    def __str__(self) -> str:
        return self.text


def _roles_of(node: Node) -> tuple[str, ...]:
    if isinstance(node, Part):
        return (node.role,)
    if isinstance(node, Boolean):
        return _roles_of(node.left) + _roles_of(node.right)
    return _roles_of(node.solid)


def distance_text(mm: float) -> str:
    """Return a distance as an expression writes it."""
    digits = f"{Decimal(repr(mm)):f}"  # repr alone would write 0.00001 with an exponent
    return f"{digits.removesuffix('.0')} mm"
