"""Event: something that happened, by a fixed name and named fields."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

Field = str | int | float | bool


class Event(str):  # a log line to whoever wants no more than that
    """What happened; as text, ``name key=value …``.

    Parameters
    ----------
    name : str
        One word, always the same for the same kind of event.
    **fields : str, int, float or bool
        Never anything that was read from a case, nor a name of its files: an event ends in a log.

    Attributes
    ----------
    name : str
    fields : mapping
    """

    __slots__ = ("fields", "name")
    name: str
    fields: Mapping[str, Field]

    def __new__(cls, name: str, /, **fields: Field) -> Self:
        """Make an event; it cannot be changed."""
        event = super().__new__(cls, " ".join([name, *(f"{key}={value}" for key, value in fields.items())]))
        event.name, event.fields = name, MappingProxyType(fields)
        return event

    @classmethod
    def of(cls, line: str) -> Event:
        """Return an event as it is, or the one that a line ``name key=value …`` stands for."""
        if isinstance(line, Event):
            return line
        name, *rest = line.split() or ["said"]
        fields: dict[str, Field] = {}
        key = "what"
        for word in rest:
            before, equals, after = word.rpartition("=") if word.count("=") == 1 else ("", "", word)
            key = before if equals else key
            fields[key] = f"{fields[key]} {after}" if key in fields else after
        return cls(name, **fields)
