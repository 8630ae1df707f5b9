"""Settings file: TOML to the values of options, or one error with all faults of the file and of the environment."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli._settings import APART, PREFIX, key_of
from sbrt_qa.errors import SbrtQaError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sbrt_qa.cli._settings import Words

Known = Mapping[tuple[str, ...], Mapping[str, click.Option]]  # what can be set: options by words and key
_NOT_OPTIONS = {f"{PREFIX}CONFIG", f"{PREFIX}DEBUG"}
_FILE, _PROJECT = "sbrt_qa.toml", "pyproject.toml"
_OURS = "sbrt_qa"
_HEADER = r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?"
_KEY = r"""\s*([\w\-."' ]+?)\s*="""


@dataclass(frozen=True, slots=True)
class Settings:
    """What one file says.

    Parameters
    ----------
    file : Path or None
        Which file; None where there is none.
    values : mapping
        By the words of a command, the value of each of its parameters by name, as click takes it.
    places : mapping
        Likewise, where each of them stands: ``file:line``.
    left_out : tuple of str
        Files of this folder that would count if this one did not.
    """

    file: Path | None = None
    values: dict[Words, dict[str, Any]] = field(default_factory=dict)
    places: dict[Words, dict[str, str]] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()


def read(given: Path | None, known: Callable[[], Known]) -> Settings:
    """Read the settings of a run.

    Parameters
    ----------
    given : Path or None
        Which file; None looks in this folder, and in no other: what is above may belong to somebody else.
    known : callable
        Returns what can be set. It is asked only where something is set.

    Raises
    ------
    UsageError
        When the file cannot be read; or with all faults of file and environment.
    """
    file = given or next(_files_here(), None)
    text = "" if file is None else _text_of(file)
    variables = {name: os.environ[name] for name in os.environ if name.startswith(PREFIX) and os.environ[name]}
    if file is None and not variables.keys() - _NOT_OPTIONS:
        return Settings()
    options = known()
    settings, faults = Settings(), []
    if file is not None:
        reading = _Reading(file, text, options)
        reading.take(_table_of(reading, is_given=given is not None))
        settings, faults = reading.settings, reading.faults
    faults = [*faults, *_faults_of(variables, options)]
    if faults:
        raise UsageError("\n".join(map(str, faults)))
    return settings


class _Reading:
    """One file on its way to settings; faults are gathered."""

    def __init__(self, file: Path, text: str, known: Known) -> None:
        self.file, self.text, self.known = file, text, known
        self.root: Words = ()  # the table that is ours
        self.settings = Settings(file, left_out=_left_out(file))
        self.faults: list[SbrtQaError] = []

    def fault(self, trail: Words, what: str, near: Iterable[str] = (), mend: str = "") -> None:
        near = ", ".join(near)
        where = _place(self.file, self.text, (*self.root, *trail))
        self.faults.append(SbrtQaError(what, where=where, mend=f"near: {near}" if near else mend))

    def take(self, table: Mapping[str, Any], *words: str) -> None:
        """Take a table: first what holds for all commands below it, then what holds for one."""
        seen: set[str] = set()
        tables = {key: value for key, value in table.items() if isinstance(value, dict)}
        for key, value in table.items():
            if _plain(key) in seen:
                self.fault((*words, key), f"'{_plain(key)}' is set twice", mend="'-' and '_' count as the same")
            elif key not in tables:
                self._take_one((*words, key), value)
            seen.add(_plain(key))
        for key, below in tables.items():
            path = (*words, key)
            if any(known[: len(path)] == path for known in self.known):
                self.take(below, *path)
            else:
                here = {known[len(words)] for known in self.known if known[: len(words)] == words}
                self.fault(path, f"there is no command for the table [{'.'.join(path)}]", _near(key, here))

    def _take_one(self, trail: Words, value: Any) -> None:
        *words, key = trail
        here = {known: options for known, options in self.known.items() if known[: len(words)] == tuple(words)}
        options = {known: options[_plain(key)] for known, options in here.items() if _plain(key) in options}
        if _plain(key) == APART and not words:
            self.fault(
                trail, f"'{APART}' is set for one command", mend=f"put it into a table, such as [receive] {APART}"
            )
        elif not options:
            near = _near(_plain(key), {name for options in here.values() for name in options})
            of = f" of {' '.join(words)}" if words else ""
            self.fault(trail, f"there is no setting '{key}'{of}", near, "see sbrt-qa config show")
        for known, option in options.items():
            if not self._put(known, option, trail, value):
                return

    def _put(self, words: Words, option: click.Option, trail: Words, value: Any) -> bool:
        try:
            taken = _value_of(option, value, self.file.parent)
        except ValueError as error:
            self.fault(trail, f"'{trail[-1]}' {error}")
            return False
        assert option.name is not None
        self.settings.values.setdefault(words, {})[option.name] = taken
        place = _place(self.file, self.text, (*self.root, *trail))
        self.settings.places.setdefault(words, {})[option.name] = place
        return True


def _files_here() -> Iterator[Path]:
    """Yield the files of this folder that speak of us, the one that counts first."""
    yield from (Path(name) for name in (_FILE,) if os.path.lexists(name))
    project = Path(_PROJECT)
    if os.path.lexists(project) and _speaks_of_us(project, _text_of(project)):
        yield project


def _left_out(file: Path) -> tuple[str, ...]:
    return tuple(str(other) for other in _files_here() if not (other.exists() and file.samefile(other)))


def _text_of(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        what = f"the settings cannot be read: {error.strerror or error}"
        raise UsageError(what, where=str(file), mend="check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise UsageError("the settings are not UTF-8 text", where=str(file), mend="save the file as UTF-8") from error


def _parsed(file: Path, text: str) -> Mapping[str, Any]:
    import tomllib

    try:
        table: Mapping[str, Any] = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"not TOML: {error}", where=str(file), mend="correct the file") from error
    return table


def _speaks_of_us(file: Path, text: str) -> bool:
    """Whether the file of a project has a table of ours; one without our name may be written however it likes."""
    if _OURS not in _plain(text, "_").lower():
        return False
    return any(_plain(name, "_").lower() == _OURS for name in _tools_of(_parsed(file, text)))


def _tools_of(table: Mapping[str, Any]) -> Mapping[str, Any]:
    tools = table.get("tool", {})
    return tools if isinstance(tools, dict) else {}


def _table_of(reading: _Reading, *, is_given: bool) -> Mapping[str, Any]:
    """Return what is ours of a file: all of it, or a table of the file of a project."""
    table = _parsed(reading.file, reading.text)
    if reading.file.name != _PROJECT:
        return table
    tools = _tools_of(table)
    reading.root = ("tool",)
    for name in tools:
        if _plain(name, "_").lower() == _OURS and name != _OURS:
            reading.fault((name,), f"the table [tool.{name}] is not read", mend=f"call it [tool.{_OURS}]")
    ours: Any = tools.get(_OURS, {})
    if is_given and _OURS not in tools and not reading.faults:
        reading.fault((), f"there is no table [tool.{_OURS}]", mend="add it, or name another file")
    if not isinstance(ours, dict):
        reading.fault((_OURS,), f"'{_OURS}' is no table", mend=f"write [tool.{_OURS}]")
        return {}
    reading.root = ("tool", _OURS)
    return ours


def _value_of(option: click.Option, given: Any, folder: Path) -> Any:
    """Return a value as click takes it; ValueError says what is wrong with it, and never what it is."""
    if option.multiple:
        return [_one_of(option, one, folder) for one in (given if isinstance(given, list) else [given])]
    return _one_of(option, given, folder)


def _one_of(option: click.Option, given: Any, folder: Path) -> Any:
    kind = option.type
    if option.is_flag or isinstance(kind, click.types.BoolParamType):
        return _of_type(given, bool, "must be true or false")
    if isinstance(kind, click.types.IntParamType):
        _of_type(given, int, "must be a whole number")
    elif isinstance(kind, click.types.FloatParamType):
        if not math.isfinite(_of_type(given, (int, float), "must be a number")):
            raise ValueError("must be a finite number")
    elif not _of_type(given, str, "must be text, in quotes").strip() or "\0" in given:
        raise ValueError("is empty: leave it out instead")
    if isinstance(kind, click.Path) or (key_of(option) == "protocol" and _is_path(given)):
        given = os.path.join(folder, given)  # noqa: PTH118 - a Path would drop the './' that tells a file from an id
    _prove(option, given)
    return given


def _of_type(given: Any, wanted: type | tuple[type, ...], what: str) -> Any:
    if not isinstance(given, wanted) or (isinstance(given, bool) and wanted is not bool):
        raise ValueError(what)
    return given


def _is_path(protocol: str) -> bool:
    """Whether a protocol is named by its file rather than by its id."""
    return protocol.endswith((".yaml", ".yml")) or "/" in protocol or os.sep in protocol


def _prove(option: click.Option, given: Any) -> None:
    try:
        option.type.convert(given, option, None)
    except click.BadParameter as error:
        raise ValueError(f"is wrong: {error.message.rstrip('.')}") from error


def _faults_of(variables: Mapping[str, str], known: Known) -> Iterator[SbrtQaError]:
    """Yield what is wrong with the environment, for whatever command it is meant."""
    options: dict[str, list[click.Option]] = {}
    for option in (one for below in known.values() for one in below.values()):
        for name in option.envvar or ():
            options.setdefault(name, []).append(option)
    for name, value in sorted(variables.items()):
        if name == f"{PREFIX}{APART.upper()}":
            yield SbrtQaError(f"'{APART}' is set for one command", where=name, mend=f"such as {PREFIX}RECEIVE_OUTPUT")
        elif name not in options and name not in _NOT_OPTIONS:
            near = _near(name.removeprefix(PREFIX), {one.removeprefix(PREFIX) for one in options}, 0.8)
            if near:  # other names that begin like this are not ours to judge: orchestrators make them
                mend = f"near: {', '.join(PREFIX + one for one in near)}"
                yield SbrtQaError("there is no such setting", where=name, mend=mend)
        try:
            for option in options.get(name, ()):
                parts = option.type.split_envvar_value(value) if option.multiple else [value]
                for part in parts:
                    _prove(option, part)
        except ValueError as error:
            yield SbrtQaError(str(error).removeprefix("is wrong: "), where=name)


def _near(word: str, words: Iterable[str], cutoff: float = 0.6) -> list[str]:
    import difflib

    return difflib.get_close_matches(word, sorted(words), n=3, cutoff=cutoff)


def _plain(key: str, dash: str = "-") -> str:
    return key.replace("_", "-").replace("-", dash)


def _place(file: Path, text: str, trail: Words) -> str:
    """Return ``file:line`` of a key or table; the file alone where it is written in an unusual way."""
    table: Words = ()
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.fullmatch(_HEADER, line):
            table = _split(header[1])
            if table == trail:
                return f"{file}:{number}"
        elif (key := re.match(_KEY, line)) and (*table, *_split(key[1])) == trail:
            return f"{file}:{number}"
    return str(file)


def _split(dotted: str) -> Words:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
