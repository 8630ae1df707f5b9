"""Settings: what an option is where no flag says so: the environment, else a file, else its default.

Every option of every command takes part, also of a command that is added later. A file is read as a whole, and wrong
anywhere it is used nowhere: a limit that a site believes to have set must not be missing unnoticed.
"""

from __future__ import annotations

import copy
import os
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sbrt_qa.cli._settings_file import Settings

    Words = tuple[str, ...]  # of a command, such as ("protocols", "import")

PREFIX = "SBRT_QA_"
APART = "output"  # a folder to one command, a report to another: never set for all at once
JUDGING = frozenset(
    {"protocol", "names", "allow", "strict", "end-cap", "between", "dose"}
    | {"plan", "plan-a", "plan-b", "structure", "set", "quick", "deidentify"}
)
_OWN = "config"  # the command that shows settings has none
_META = "sbrt_qa.settings"
_SECRETS = ("token", "password", "secret")


def key_of(option: click.Parameter) -> str:
    """Return what an option is called in a file: its long flag without dashes."""
    return max(option.opts, key=len).lstrip("-")


def is_secret(option: click.Parameter) -> bool:
    """Whether the value of an option must not be shown."""
    return not isinstance(option.type, click.Path) and any(word in key_of(option) for word in _SECRETS)


def configured(command: click.Command, *words: str) -> click.Command:
    """Return a command whose options listen to file and environment too; itself it stays as it is."""
    mine = copy.copy(command)
    if isinstance(mine, click.Group):
        mine.commands = {name: configured(one, *words, name) for name, one in mine.commands.items()}
        return mine
    if words[0] != _OWN:
        mine.params = [_listening(one, words) for one in command.params]
    mine.params = [*mine.params, _config_option(words)]
    if command.callback is not None:
        mine.callback = _announcing(command.callback, words)
    return mine


def config_option(**more: Any) -> click.Option:
    """Return the option that names the file."""
    helped = "Settings file, instead of ./sbrt_qa.toml or ./pyproject.toml."
    return click.Option(["--config"], type=click.Path(path_type=Path), metavar="FILE", help=helped, **more)


def settings_of(ctx: click.Context) -> Settings:
    """Return what the file of this run says."""
    found: Settings = ctx.meta[_META]
    return found


def places_of(option: click.Option, words: Words, settings: Settings) -> list[str]:
    """Name every place that sets an option, except for a flag; the one that counts is the first."""
    names = option.envvar if isinstance(option.envvar, list) else []
    found = [name for name in names if os.environ.get(name)]
    place = settings.places.get(words, {}).get(option.name or "")
    return [*found, place] if place else found


def leaves(program: click.Group, *words: str) -> Iterator[tuple[Words, click.Command]]:
    """Yield every command that does something, with its words."""
    ctx = click.Context(program)
    for name in program.list_commands(ctx):
        command = program.get_command(ctx, name)
        if isinstance(command, click.Group):
            yield from leaves(command, *words, name)
        elif command is not None:
            yield (*words, name), command


def keys_of(words: Words, command: click.Command) -> dict[str, click.Option]:
    """Return what can be set of a command, by key."""
    if words[0] == _OWN:
        return {}
    return {key_of(one): one for one in command.params if isinstance(one, click.Option) and one.expose_value}


def _options(program: click.Command) -> dict[Words, dict[str, click.Option]]:
    """Return, by the words of each command, what can be set: this imports all of them."""
    assert isinstance(program, click.Group)
    return {words: options for words, command in leaves(program) if (options := keys_of(words, command))}


def _listening(parameter: click.Parameter, words: Words) -> click.Parameter:
    if not isinstance(parameter, click.Option):
        return parameter
    mine, key = copy.copy(parameter), key_of(parameter)
    names = [_variable(*words, key), *([_variable(key)] if key != APART else [])]
    theirs = [parameter.envvar] if isinstance(parameter.envvar, str) else parameter.envvar or []
    mine.envvar = [*names, *(name for name in theirs if name not in names)]
    return mine


def _variable(*words: str) -> str:
    return PREFIX + "_".join(words).replace("-", "_").upper()


def _config_option(words: Words) -> click.Option:
    """Return the option of one command; it comes before all others, because it decides what they are."""

    def settle(ctx: click.Context, _parameter: click.Parameter, given: Path | None) -> None:
        if ctx.resilient_parsing:
            return
        from sbrt_qa.cli._settings_file import read

        settings = read(given or ctx.find_root().params.get("config"), lambda: _options(ctx.find_root().command))
        ctx.meta[_META] = settings
        ctx.default_map = settings.values.get(words, {})

    return config_option(expose_value=False, is_eager=True, callback=settle)


def _announcing(callback: Callable[..., Any], words: Words) -> Callable[..., Any]:
    """Return what a command does, with a line before it where file or environment have a say in a judgement."""

    @wraps(callback)
    def call(*args: Any, **asked: Any) -> Any:
        ctx = click.get_current_context()
        said = "; ".join(_traces(ctx, words, settings_of(ctx)))
        if said:
            from sbrt_qa.cli import _journal

            _journal.announce("settings", said, asked.get("log_format"))
        return callback(*args, **asked)

    return call


def _traces(ctx: click.Context, words: Words, settings: Settings) -> Iterator[str]:
    if settings.left_out:
        yield f"file {settings.file}, not {', '.join(settings.left_out)}"
    for option in ctx.command.params:
        if not isinstance(option, click.Option) or key_of(option) not in JUDGING:
            continue
        places = places_of(option, words, settings)
        if ctx.get_parameter_source(option.name or "") is ParameterSource.COMMANDLINE:
            places.insert(0, "the command line")
            if len(places) == 1:
                continue
        elif not places or (len(places) == 1 and not ctx.params.get(option.name or "")):
            continue
        yield f"{key_of(option)} from {places[0]}" + (f", not {', '.join(places[1:])}" if places[1:] else "")
