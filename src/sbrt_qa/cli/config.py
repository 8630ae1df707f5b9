"""``sbrt-qa config``: what every option is, and where that comes from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from sbrt_qa.cli import _settings as settings
from sbrt_qa.cli._console import say
from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sbrt_qa.cli._settings import Words

_SOURCES: dict[ParameterSource | None, str] = {
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
}
_HIDDEN = "(set, not shown)"


@dataclass(frozen=True, slots=True)
class _Setting:
    """One option of one command."""

    key: str
    value: Any
    source: str  # file, environment, default
    places: Sequence[str]  # that set it; the first one counts

    def facts(self) -> dict[str, Any]:
        where, *others = self.places or [""]
        return {"value": self.value, "source": self.source, "where": where, "instead_of": others}


@click.group("config", short_help="Show settings and where they come from.")
def config() -> None:
    """Show what every option is in this folder and this environment, and where that comes from."""


@config.command("show")
@click.argument("words", metavar="[COMMAND]", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def show(words: tuple[str, ...], *, as_json: bool) -> int:
    """List every option of COMMAND, or of all: its value, and the file and line or the variable that sets it.

    A flag comes before the environment, which comes before the file.
    """
    ctx = click.get_current_context()
    found = {" ".join(one): list(_settings(one, command, ctx)) for one, command in _asked(words, ctx)}
    file = settings.settings_of(ctx).file
    if as_json:
        commands = {name: {one.key: one.facts() for one in rows} for name, rows in found.items()}
        say(json.dumps({"file": None if file is None else str(file), "commands": commands}, indent=2) + "\n")
        return 0
    say(f"Settings file: {file or 'none'}\n")
    for name, rows in found.items():
        say("".join(f"{line}\n" for line in ("", name, *map(_line, rows))))
    return 0


def _asked(words: tuple[str, ...], ctx: click.Context) -> list[tuple[Words, click.Command]]:
    """Return the commands asked for, with their words."""
    program = ctx.find_root().command
    assert isinstance(program, click.Group)
    known = [(one, command) for one, command in settings.leaves(program) if settings.keys_of(one, command)]
    chosen = [(one, command) for one, command in known if one[: len(words)] == words]
    if not chosen:
        from difflib import get_close_matches

        near = ", ".join(get_close_matches(" ".join(words), [" ".join(one) for one, _ in known]))
        what = f"there is no command {' '.join(words)!r} with settings"
        raise UsageError(what, mend=f"near: {near}" if near else "see sbrt-qa --help")
    return chosen


def _settings(words: Words, command: click.Command, ctx: click.Context) -> Iterator[_Setting]:
    """Yield the options of a command as click would give them to it."""
    file = settings.settings_of(ctx)
    values = file.values.get(words, {})
    with command.make_context(words[-1], [], resilient_parsing=True, default_map=dict(values)) as trial:
        for key, option in settings.keys_of(words, command).items():
            assert option.name is not None
            source = trial.get_parameter_source(option.name)
            places = settings.places_of(option, words, file)
            value = _plain(trial.params.get(option.name))
            hidden = _HIDDEN if settings.is_secret(option) and value else value
            yield _Setting(key, hidden, _SOURCES.get(source, "default"), places)


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, PurePath | Enum):
        return str(value)
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _line(setting: _Setting) -> str:
    where = ", not ".join(setting.places) or "default"
    return f"  {setting.key:14}  {_shown(setting.value):24}  {where}"


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "-"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "-" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


COMMAND = config
