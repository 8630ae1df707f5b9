"""Schema: a file is held against the form it should have, and what to say when it has another.

Only shape is judged here (keys, types, allowed words); what the words mean together is judged in ``meaning``.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from sbrt_qa.protocol.forms import (
    AliasesForm,
    CheckForm,
    ConditionForm,
    ConstraintForm,
    DoseForm,
    DoseRangeForm,
    Form,
    NamesForm,
    PrescriptionForm,
    RoleForm,
)

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

    from sbrt_qa.protocol.faults import Faults
    from sbrt_qa.protocol.yaml_source import Path, Source


def judge_shape(form: type[Form], source: Source, faults: Faults) -> dict[str, Any]:
    """Note every fault of shape, and return the data without the parts that have one.

    Parameters
    ----------
    form : type of Form
        The shape that is asked.
    source : Source
        Data with places; the returned data are its own, pruned in place.
    faults : Faults
        Receives one fault per wrong key or value.

    Returns
    -------
    dict
        Whatever is still present has the right type, so that its meaning can be judged too.
    """
    misplaced: set[Path] = set()
    for path, detail in _wrong(form, source.data):
        if path not in source.faulty:
            _note(form, path, detail, (source, faults))
        if detail["type"] != "missing":
            misplaced.add(path)
    source.faulty |= misplaced
    for path in sorted(source.faulty, key=len, reverse=True):
        if path == _path(path, source.data):
            _prune(source.data, path)
    return source.data if isinstance(source.data, dict) else {}


def _wrong(form: type[Form], data: Any) -> list[tuple[Path, ErrorDetails]]:
    try:
        form.model_validate(data)
    except ValidationError as error:
        return [(_path(detail["loc"], data), detail) for detail in error.errors(include_url=False)]
    return []


def _path(location: tuple[str | int, ...], data: Any) -> Path:
    """Keep the parts of a pydantic location that lead through the data (the others name union members)."""
    path: list[str | int] = []
    for step in location:
        if (isinstance(data, dict) and step in data) or (isinstance(data, list) and isinstance(step, int)):
            path.append(step)
            data = _inside(data, step)
    return tuple(path)


def _inside(data: Any, step: str | int) -> Any:
    return data[step]


def _prune(data: Any, path: Path) -> None:
    """Take a wrong value out; in a list None keeps its place."""
    for step in path[:-1]:
        data = _inside(data, step)
    if isinstance(data, dict) and path:
        data.pop(path[-1], None)
    elif isinstance(data, list) and path:
        data[int(path[-1])] = None


def _note(form: type[Form], path: Path, detail: ErrorDetails, to: tuple[Source, Faults]) -> None:
    source, faults = to
    name = f"'{path[-1]}'" if path and isinstance(path[-1], str) else "this entry"
    value, kind, is_key = detail["input"], detail["type"], "[key]" in detail["loc"]
    if kind == "missing":
        missing = str(detail["loc"][-1])
        what = f"key '{missing}' is missing{f' in {name}' if path else ''}"
        code = "no-constraints" if missing == "constraints" else "yaml-missing-key"
        faults.add(source.place(path, key=True), what, mend=_EXAMPLES.get(missing, "add it"), code=code)
    elif kind == "extra_forbidden":
        what = f"unknown key {name}"
        faults.add(source.place(path, key=True), what, mend=_near_keys(form, path), code="yaml-unknown-key")
    elif is_key or kind == "invalid_key":
        mend = "write a whole number of fractions" if kind.startswith("int") else _EXAMPLES["id"]
        what = f"key {value!r} cannot stand here"
        faults.add(source.place(path, key=True), what, mend=mend, code="yaml-type")
    else:
        what, mend = _of_type(name, detail)
        faults.add(source.place(path), what, mend=mend, code="yaml-type")


_EXAMPLES = {
    "schema": "write schema: sbrt-qa/protocol/1",
    "id": "use letters, digits and '-', for instance liver-5fx",
    "version": 'write version: "1.0"',
    "status": "write status: template, or published",
    "constraints": "an empty list of constraints is an error, not a pass",
    "metric": "for instance metric: D0.03cc[Gy]",
    "fractions": "for instance fractions: 5",
    "aliases": "for instance aliases: [Myelon, cord_2]",
}
_WORDS = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "list_type": "a list",
    "dict_type": "a mapping of keys and values",
    "model_type": "a mapping of keys and values",
}


def _of_type(name: str, detail: ErrorDetails) -> tuple[str, str]:
    """Say what a value is and what it should be, with the remedy."""
    value, kind = detail["input"], detail["type"]
    if kind in _WORDS:
        return f"{name} must be {_WORDS[kind]}, this is {_describe(value)}", _remedy(kind, value)
    if kind == "literal_error":
        return f"{name} cannot be {_describe(value)}", f"write {detail.get('ctx', {}).get('expected', '')}"
    if kind in {"too_short", "string_too_short"}:
        return f"{name} is empty", "give it a value, or leave the key out"
    if kind == "string_pattern_mismatch":
        return f"{name} cannot be {value!r}", _EXAMPLES["id"]
    return f"{name} cannot be {_describe(value)}", str(detail["msg"])


def _remedy(kind: str, value: Any) -> str:
    if kind == "string_type" and isinstance(value, bool | int | float):
        return f'write it in quotes: "{_plain(value)}"'
    if kind == "bool_type" and isinstance(value, str) and value.lower() in {"on", "yes", "y"}:
        return "write true"
    if kind == "bool_type" and isinstance(value, str) and value.lower() in {"off", "no", "n"}:
        return "write false"
    if kind == "int_type" and isinstance(value, str):
        return "write a plain number without quotes, colon or unit"
    if kind == "list_type":
        return f"write it in brackets: [{_plain(value)}]" if isinstance(value, str) else "write [a, b]"
    listed = f" such as {{names: {_plain_list(value)}}}, in a names file {{aliases: {_plain_list(value)}}}"
    return f"write {_WORDS[kind]}{listed if kind == 'model_type' and _plain_list(value) else ''}"


def _plain_list(value: Any) -> str:
    """Write a list of texts as it stands in a file; empty for anything else."""
    is_plain = isinstance(value, list) and all(isinstance(item, str) for item in value)
    return f"[{', '.join(value)}]" if is_plain else ""


def _plain(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _describe(value: Any) -> str:
    if isinstance(value, bool):
        return _plain(value)
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, str):
        return f"the text '{value}'"
    return "a list" if isinstance(value, list) else "a mapping"


def _near_keys(form: type[Form], path: Path) -> str:
    """Name the keys that may stand where ``path`` stands, the near ones first."""
    known = _known_keys(form, path[:-1])
    near = difflib.get_close_matches(str(path[-1]), known, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known here are {', '.join(known)}"


def _known_keys(form: type[Form], path: Path) -> list[str]:
    inner: dict[str, type[Form]] = {
        "prescription": PrescriptionForm,
        "dose": DoseForm,
        "structures": AliasesForm if form is NamesForm else RoleForm,
        "constraints": ConstraintForm,
        "checks": CheckForm,
    }
    owner = inner[str(path[0])] if path else form
    if path == ("prescription", "dose"):
        owner = DoseRangeForm
    elif path[:1] == ("constraints",) and path[-1:] == ("when",):
        owner = ConditionForm
    return [field.alias or name for name, field in owner.model_fields.items()]
