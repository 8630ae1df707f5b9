"""Words that several commands share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from sbrt_qa.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from sbrt_qa.histogram import Sampling

Function = TypeVar("Function", bound="Callable[..., Any]")

case_path = click.argument("path", type=click.Path(path_type=Path))
protocol = click.option("-p", "--protocol", metavar="ID|FILE", help="A shipped protocol's id, or a YAML file.")
names = click.option(
    "--names", type=click.Path(path_type=Path), metavar="FILE", help="The site's own structure names (YAML)."
)
allow = click.option(
    "--allow",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The list of released protocols; by any other the case is UNDECIDED.",
)
plan = click.option("--plan", metavar="LABEL|UID", help="Which plan, where there are several.")
plot = click.option(
    "--plot/--no-plot", default=None, help="Draw the curves in braille, also where no terminal is; or never."
)
structures = click.option(
    "-s",
    "--structure",
    "structures",
    multiple=True,
    metavar="NAME",
    help="Only this structure; may be repeated.",
)


def outputs(helped: str) -> Callable[[Function], Function]:
    """Return the option ``-o``, which may be repeated."""
    return click.option(
        "-o",
        "--output",
        "outputs",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=helped,
    )


def sampling(command: Function) -> Function:
    """Add the conventions of the curves to a command."""
    options = (
        click.option("--dose", metavar="RULE", help="Dose between grid points: trilinear (default), cubic."),
        click.option("--between", metavar="RULE", help="Between two contours: slab (default), shape."),
        click.option(
            "--end-cap",
            metavar="RULE",
            help="Beyond the last contour: half-slice (default), none, max-1.5mm, rounded.",
        ),
    )
    for option in options:
        command = option(command)
    return command


def sampling_of(end_cap: str | None, between: str | None, dose: str | None) -> Sampling:
    """Return the conventions asked for; UsageError for unknown ones."""
    from sbrt_qa.histogram import Sampling

    usual = Sampling()
    return Sampling(
        end_cap=usual.end_cap if end_cap is None else end_cap,
        between=usual.between if between is None else between,
        dose=usual.dose if dose is None else dose,
    )


def tell_slips(names: Path | None, protocol: str | None) -> None:
    """Say which keys of a site's names stand for nothing in the protocol, though they nearly do."""
    if names is None or protocol is None:
        return
    from sbrt_qa.cli._journal import remark
    from sbrt_qa.protocol.load import load_protocol
    from sbrt_qa.protocol.site_names import load_names, slips

    for key, near in slips(load_names(names), load_protocol(protocol).roles):
        remark(f"{names}: '{key}' is neither a TG-263 name nor a role of the protocol (near: {near})")


def present(path: Path) -> Path:
    """Return the path of a case, or refuse where there is nothing."""
    try:
        is_there = path.exists()
    except OSError as error:
        what = f"{str(path)!r} cannot be read: {error.strerror or error}"
        raise UsageError(what, mend="check the path and its permissions") from error
    if not is_there:
        raise UsageError(f"there is no file or folder {str(path)!r}", mend="check the path")
    return path


def writable(outputs: Iterable[Path], *, curves: bool = False) -> tuple[Path, ...]:
    """Return the outputs, or refuse before any work is done: unknown suffix, no such folder, named twice."""
    from sbrt_qa.report import ensure_writable

    return distinct(outputs, lambda output: ensure_writable(output, curves=curves))


def distinct(outputs: Iterable[Path], ensure: Callable[[Path], None]) -> tuple[Path, ...]:
    """Return the outputs, or refuse one that ``ensure`` refuses, or that is named twice."""
    found: dict[Path, Path] = {}
    for output in outputs:
        ensure(output)
        if output.resolve() in found:
            raise UsageError(f"the output {str(output)!r} is named twice", mend="give each report its own file")
        found[output.resolve()] = output
    return tuple(found.values())
