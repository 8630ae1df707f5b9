"""Who takes part: how each program is asked, how it is timed, and how its numbers come about."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from beside.environments import (
    DICOMPYLER,
    PLASTIMATCH,
    PLATIPY,
    Environment,
    NotInstalled,
    interpreter,
    versions,
)
from beside.processes import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Program:
    """One program.

    Parameters
    ----------
    name : str
        As it is called in the tables.
    version : str
        It and what its numbers hang on.
    how : str
        How its numbers come about, for the page.
    python : str
        The interpreter that asks it.
    module : str
        The script that asks it.
    env : dict
        What that script is told.
    """

    name: str
    version: str
    how: str
    python: str
    module: str
    env: dict[str, str] = field(default_factory=dict)

    @property
    def command(self) -> tuple[str, ...]:
        """What starts the script; warnings about outdated calls say nothing about a dose."""
        return (self.python, "-W", "ignore", "-m", self.module)


OURS_HOW = "every number by the metrics that `check` judges with; exact integration, half-slice end caps"
DICOMPYLER_HOW = (
    "`dvhcalc.get_dvh` with its defaults, in bins of 0.01 Gy; volume, minimum, maximum and mean are its attributes, "
    "D its `dose_constraint`"
)
PLATIPY_HOW = (
    "masks on a CT, which it needs and only it is given (1 mm pixels, a slice on every contour plane); volume and mean "
    "from its table, D by its `calculate_d_x` and `calculate_d_cc_x`; minimum and maximum, which it does not give, are "
    "the ends of its curve in bins of 0.02 Gy (its default is 0.1)"
)
PLASTIMATCH_HOW = (
    "gives a table of curves only: everything is read off it, in bins of 0.02 Gy (its default is 0.5), on straight "
    "lines between its points; voxels become cc by the voxel size that it prints"
)


def ours(version: str) -> list[Program]:
    """Return this program under its default, and with the shape interpolated between contours."""
    of = {"version": version, "python": sys.executable, "module": "beside.ask_sbrt_qa"}
    shape = 'as above, with `between="shape"`'
    return [
        Program("sbrt_qa", how=OURS_HOW, **of),
        Program("sbrt_qa, shape", how=shape, env={"BETWEEN": "shape"}, **of),
    ]


def our_version() -> str:
    """Return the version of this program and of numpy, without loading either here."""
    asked = "import sbrt_qa, numpy; print(f'sbrt_qa {sbrt_qa.__version__} (numpy {numpy.__version__})')"
    return run(sys.executable, "-c", asked).printed.strip()


def peers(cache: Path) -> Iterator[Program | str]:
    """Yield every peer that can be had, or a sentence saying which cannot and why."""
    yield plastimatch(cache)
    for name, environment, module, how in (
        ("dicompyler-core", DICOMPYLER, "beside.ask_dicompyler", DICOMPYLER_HOW),
        ("PlatiPy", PLATIPY, "beside.ask_platipy", PLATIPY_HOW),
    ):
        yield _in_python(name, environment, cache, module=module, how=how)


def plastimatch(cache: Path) -> Program | str:
    """Return plastimatch from the package index, else the one on the path."""
    try:
        python = interpreter(PLASTIMATCH, cache)
        program, version = str(python.parent / "plastimatch"), versions(PLASTIMATCH, python)
    except NotInstalled as error:
        program = shutil.which("plastimatch") or ""
        if not program:
            return f"plastimatch is left out: it is not on the path, and cannot be installed ({error})"
        version = run(program, "--version").printed.strip().replace(" version", "")
    env = {"PLASTIMATCH": program}
    return Program("plastimatch", version, PLASTIMATCH_HOW, sys.executable, "beside.ask_plastimatch", env)


def _in_python(name: str, environment: Environment, cache: Path, *, module: str, how: str) -> Program | str:
    try:
        python = interpreter(environment, cache)
    except NotInstalled as error:
        return f"{name} is left out: it cannot be installed here ({error})"
    return Program(name, versions(environment, python), how, str(python), module)
