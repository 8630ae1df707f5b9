"""Strict YAML: a text becomes plain data, and every key and value keeps its line and column.

What YAML 1.2 allows and a protocol must not hold is refused: anchors, aliases, tags, directives,
several documents, duplicate keys, tabs, invisible characters, and plain scalars that two readers
read differently (``015``, ``.nan``, ``2024-05-01``). Nothing is ever constructed but text, numbers,
booleans, lists and mappings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from sbrt_qa.protocol.faults import MAX_FAULTS, START, Faults, Place
from sbrt_qa.protocol.file_text import read_text
from sbrt_qa.protocol.syntax_fault import note_syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ruamel.yaml.events import Event

Path: TypeAlias = tuple[str | int, ...]

MAX_DEPTH = 32
MAX_VALUES = 10_000  # keys, values and items; the largest shipped protocol has about a tenth

_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_NULLS = {"", "~", "null", "Null", "NULL"}
_INTEGER = re.compile(r"[-+]?[0-9]+")
_DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_DIRECTIVE = re.compile(r"(?: *(?:#[^\n]*)?\r?\n)*%")
_TRAPS = (
    (
        re.compile(r"[-+]?0[0-9]+(?:\.[0-9]*)?"),
        "begins with a zero",
        "write it without, or in quotes for text",
    ),
    (re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"), "is not a finite number", "write a number"),
    (
        re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+"),
        "is not a decimal number",
        "write it in decimal, or in quotes for text",
    ),
    (re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}.*"), "reads as a date", "write it in quotes"),
    (re.compile(r"[-+]?[0-9]{16,}"), "has too many digits", "write it in quotes when it is text"),
)


@dataclass(slots=True)
class Source:
    """A YAML text as plain data with places.

    Parameters
    ----------
    data : Any
        Text, int, float, bool, list and dict only; None where there is no value.
    values, keys : dict of path to Place
        Where each value and each key begins. A path is the keys and indices that lead to it.
    faulty : set of path
        Values that were refused already and need no second complaint.
    """

    data: Any = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faulty: set[Path] = field(default_factory=set)

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Return where a value (or its key, where it has one) stands."""
        return self.keys[path] if key and path in self.keys else self.values.get(path, START)


def read_yaml(content: bytes, faults: Faults) -> Source:
    """Read a YAML text strictly.

    Parameters
    ----------
    content : bytes
        The file, UTF-8.
    faults : Faults
        Receives everything that is refused; the data beside it is still returned.

    Returns
    -------
    Source
        ``data`` is None when the text cannot be read at all.
    """
    text = read_text(content, faults)
    source = Source()
    if text is None:
        return source
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if (directive := _DIRECTIVE.match(text)) is not None:  # the parser passes over those it does not know
        _forbid(Place(directive[0].count("\n") + 1, 1), "a directive (%)", "leave it out", faults)
    try:
        _Builder(YAML(typ="safe", pure=True).parse(text), source, faults).build()
    except _Refused:
        source.data = None
    except MarkedYAMLError as error:
        source.data = None
        if not faults:
            note_syntax(error, text, faults)
    except YAMLError as error:
        source.data = None
        faults.add(START, f"not readable as YAML: {error}", mend="write plain UTF-8 text", code="yaml-syntax")
    return source


class _Refused(Exception):
    """Reading cannot go on; the fault has been noted."""


class _Builder:
    """Builds data and places from parser events, so that nothing forbidden is ever expanded."""

    def __init__(self, events: Iterator[Event], source: Source, faults: Faults) -> None:
        self._events = events
        self._source = source
        self._faults = faults

    def build(self) -> None:
        from ruamel.yaml.events import DocumentStartEvent, StreamEndEvent

        next(self._events)
        if isinstance(next(self._events), StreamEndEvent):
            self._refuse_empty()
        self._source.data = self._node(next(self._events), ())
        if self._source.data is None and not self._faults:
            self._refuse_empty()
        next(self._events)
        second = next(self._events)
        if isinstance(second, DocumentStartEvent):
            self._forbid(_place(second), "a second document (---)", "write one document a file")

    def _refuse_empty(self) -> None:
        self._faults.add(START, "the file is empty", mend="see 'protocols show' for a model", code="yaml-empty")
        raise _Refused

    def _node(self, event: Any, path: Path) -> Any:
        from ruamel.yaml.events import AliasEvent, MappingStartEvent, ScalarEvent, SequenceStartEvent

        place = _place(event)
        self._source.values[path] = place
        if self._faults.count >= MAX_FAULTS:
            raise _Refused  # an alias bomb is all faults; so many are enough to begin with
        if len(path) >= MAX_DEPTH:
            self._forbid(place, f"nesting deeper than {MAX_DEPTH}", "write it flatter")
            raise _Refused
        if len(self._source.values) > MAX_VALUES:
            self._forbid(place, f"holding more than {MAX_VALUES} keys and values", "leave out what no protocol needs")
            raise _Refused
        if isinstance(event, AliasEvent):
            self._forbid(place, f"an alias (*{event.anchor})", "write the value out; in quotes when it is text")
            self._source.faulty.add(path)
            return None
        if event.anchor is not None:
            self._forbid(place, f"an anchor (&{event.anchor})", "leave it out")
        if event.tag is not None:
            self._forbid(place, f"a tag ({event.tag})", "leave it out; in quotes when it is text")
        if isinstance(event, MappingStartEvent):
            return self._mapping(path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(path)
        assert isinstance(event, ScalarEvent)
        return self._scalar(event, path)

    def _sequence(self, path: Path) -> list[Any]:
        from ruamel.yaml.events import SequenceEndEvent

        items: list[Any] = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: Path) -> dict[str | int, Any]:
        from ruamel.yaml.events import MappingEndEvent

        data: dict[str | int, Any] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            place = _place(event)
            key = self._key(event, path)
            if key is None or key in data:
                if key is not None:
                    first = self._source.keys[*path, key].line
                    what = f"key {str(key)!r} stands here a second time (first in line {first})"
                    self._faults.add(place, what, mend="keep one of the two", code="yaml-duplicate-key")
                self._node(next(self._events), (*path, f"\0{place}"))
                continue
            self._source.keys[*path, key] = place
            data[key] = self._node(next(self._events), (*path, key))
        return data

    def _key(self, event: Event, path: Path) -> str | int | None:
        """Return a key that can be used, or None after noting why it cannot."""
        from ruamel.yaml.events import ScalarEvent

        place = _place(event)
        key = self._node(event, (*path, f"\0{place}"))
        if not isinstance(event, ScalarEvent):
            if (*path, f"\0{place}") not in self._source.faulty:
                self._forbid(place, "a key that is not plain text", "write text before the colon")
            return None
        if key == "<<" and event.style is None:
            self._forbid(place, "a merge key (<<)", "write the keys out")
            return None
        if isinstance(key, bool | float) or key is None:
            mend = f'write "{event.value}" in quotes' if event.value else "write a key before the colon"
            self._faults.add(place, f"key {event.value!r} is not text", mend=mend, code="yaml-type")
            return None
        assert isinstance(key, str | int)
        return key

    def _scalar(self, event: Any, path: Path) -> str | int | float | bool | None:
        text: str = event.value
        if event.style is not None or event.tag is not None:
            return text
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if text in _NULLS:
            is_key = bool(path) and str(path[-1]).startswith("\0")
            if path and not is_key:
                mend = "give it a value, or leave the key out"
                self._faults.add(
                    self._source.place(path, key=True), f"{_name(path)} has no value", mend=mend, code="yaml-empty"
                )
            self._source.faulty.add(path)
            return None
        for pattern, what, mend in _TRAPS:
            if pattern.fullmatch(text):
                self._faults.add(_place(event), f"{text} {what}", mend=mend, code="yaml-plain-value")
                self._source.faulty.add(path)
                return text
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if _DECIMAL.fullmatch(text) else text

    def _forbid(self, place: Place, what: str, mend: str) -> None:
        _forbid(place, what, mend, self._faults)


def _forbid(place: Place, what: str, mend: str, faults: Faults) -> None:
    faults.add(place, f"{what} is not allowed in this file", mend=mend, code="yaml-forbidden")


def _place(event: Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1)


def _name(path: Path) -> str:
    """Name a value by its key, or by its number in a list."""
    last = path[-1]
    return (
        f"'{last}'" if isinstance(last, str) else f"item {last + 1} of {_name(path[:-1]) if path[:-1] else 'the list'}"
    )
