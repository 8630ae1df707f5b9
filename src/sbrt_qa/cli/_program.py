"""The program: finds its commands, and turns everything that can happen into an exit code.

Every file of this folder whose name begins with a letter is a command, with a constant ``COMMAND``.
Only here do errors become exit codes.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

from sbrt_qa._version import __version__
from sbrt_qa.cli._console import OutputClosed, finish, tell
from sbrt_qa.cli._settings import config_option, configured
from sbrt_qa.errors import ProtocolError, SbrtQaError, StructureNotFound, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

PASSED, FAILED, ASKED_WRONGLY, UNDECIDED = 0, 1, 2, 3

_HELP = """Independent plan check for liver-bed SBRT: DICOM RT in, a judgement out.

\b
Exit codes: 0 every required constraint and check is PASS or VARIATION,
            1 at least one FAIL, 2 asked wrongly, 3 undecided or unreadable
            (also when interrupted, or when standard output was closed).

An independent consistency check, not a medical device.
"""


class Program(click.Group):
    """The group of all commands, discovered by file; it alone decides exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name every command, in alphabetical order."""
        folder = importlib.import_module("sbrt_qa.cli").__path__
        return sorted(info.name for info in pkgutil.iter_modules(folder) if not info.name.startswith("_"))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command, open to settings; None when there is none of that name."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = importlib.import_module(f"sbrt_qa.cli.{cmd_name}").COMMAND
        return configured(command, cmd_name)

    def main(  # type: ignore[override]  # it never returns: an exit code is all there is
        self, args: Sequence[str] | None = None, prog_name: str | None = None, **extra: Any
    ) -> NoReturn:
        """Run the command that the words ask for, and leave with its exit code."""
        extra["standalone_mode"] = False
        sys.exit(self._exit_code(args, prog_name or "sbrt-qa", extra))

    def _exit_code(self, args: Sequence[str] | None, prog_name: str, extra: dict[str, Any]) -> int:
        try:
            code = super().main(args, prog_name, **extra)
            finish()
        except (click.ClickException, SbrtQaError) as error:
            return _refusal(error)
        except (click.Abort, KeyboardInterrupt):
            tell("stopped; nothing is decided")
            return UNDECIDED
        except (OutputClosed, BrokenPipeError, SystemExit):
            return UNDECIDED  # click leaves by SystemExit where a pipe breaks under its own help text
        except Exception as error:  # noqa: BLE001 - the border: never Python's own exit code 1, which means FAIL
            return _internal(error)
        return code if isinstance(code, int) else PASSED


def _refusal(error: click.ClickException | SbrtQaError) -> int:
    """Say what is wrong; what was asked wrongly and what cannot be decided differ by their type alone."""
    if isinstance(error, click.ClickException):
        error.show()
        return ASKED_WRONGLY
    tell(str(error))
    return ASKED_WRONGLY if isinstance(error, UsageError | ProtocolError | StructureNotFound) else UNDECIDED


def _internal(error: Exception) -> int:
    if os.environ.get("SBRT_QA_DEBUG") == "1":
        import traceback

        traceback.print_exception(error)
    tell(f"internal error: {type(error).__name__}: {error}; please report (SBRT_QA_DEBUG=1 shows where)")
    return UNDECIDED


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:  # noqa: FBT001 - click's signature
    if value:
        click.echo(f"sbrt-qa {__version__}")
        ctx.exit()


main = Program(
    name="sbrt-qa",
    help=_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 90},
    params=[
        config_option(envvar="SBRT_QA_CONFIG"),
        click.Option(
            ["--version"],
            is_flag=True,
            expose_value=False,
            is_eager=True,
            callback=_version,
            help="Show the version and exit.",
        ),
    ],
)
