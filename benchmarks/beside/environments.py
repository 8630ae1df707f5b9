"""The peers' own environments: made once in a cache folder, outside the repository."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

INSTALL_SECONDS = 600


@dataclass(frozen=True)
class Environment:
    """An environment for one peer.

    Parameters
    ----------
    folder : str
        Its name in the cache.
    wanted : tuple of str
        What is installed, as pip takes it.
    trial : str
        Python that fails where the installation is not whole.
    versions_of : tuple of str
        Distributions whose versions are told.
    """

    folder: str
    wanted: tuple[str, ...]
    trial: str
    versions_of: tuple[str, ...]


class NotInstalled(Exception):
    """A peer that cannot be had on this machine, with the reason."""


DICOMPYLER = Environment(
    "dicompyler-core-0.5.6",
    ("dicompyler-core==0.5.6", "pydicom<3"),
    "import dicompylercore.dvhcalc",
    ("dicompyler-core", "pydicom", "numpy"),
)
PLATIPY = Environment(
    "platipy-0.7.2",
    ("platipy==0.7.2", "pydicom<3"),
    "import platipy.imaging.dose.dvh, platipy.dicom.io.rtstruct_to_nifti, platipy.dicom.io.rtdose_to_nifti",
    ("platipy", "pydicom", "simpleitk", "numpy"),
)
PLASTIMATCH = Environment(
    "plastimatch-1.10.0",
    ("plastimatch==1.10.0",),
    "import pathlib, subprocess, sys;"
    "subprocess.run([pathlib.Path(sys.executable).parent / 'plastimatch', '--version'], check=True)",
    ("plastimatch",),
)


def cache_folder() -> Path:
    """Return where programs keep what they can make again, on this platform."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA", "")
    elif sys.platform == "darwin":
        base = str(Path.home() / "Library" / "Caches")
    else:
        base = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(base) if base else Path.home() / ".cache") / "sbrt-qa-peers"


def interpreter(environment: Environment, cache: Path) -> Path:
    """Return the Python of an environment; it is made where it is not there or not whole.

    Raises
    ------
    NotInstalled
        Where pip cannot have it, or it does not start.
    """
    folder = cache / environment.folder
    python = folder / "bin" / "python"
    if python.is_file() and _works(python, environment):
        return python
    try:
        cache.mkdir(parents=True, exist_ok=True)
        _do(sys.executable, "-m", "venv", "--clear", str(folder))
        _do(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *environment.wanted)
        _do(str(python), "-c", environment.trial)
    except (OSError, subprocess.SubprocessError) as error:
        raise NotInstalled(_reason(error)) from error
    return python


def versions(environment: Environment, python: Path) -> str:
    """Return the versions in an environment, the peer's own first: ``platipy 0.7.2 (numpy 2.4)``."""
    asked = "import sys; from importlib.metadata import version; print(*map(version, sys.argv[1:]))"
    done = subprocess.run(
        [python, "-c", asked, *environment.versions_of], check=True, capture_output=True, text=True, timeout=60
    )
    own, *others = (f"{name} {v}" for name, v in zip(environment.versions_of, done.stdout.split(), strict=True))
    return f"{own} ({', '.join(others)})" if others else own


def _works(python: Path, environment: Environment) -> bool:
    try:
        _do(str(python), "-c", environment.trial)
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def _do(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True, timeout=INSTALL_SECONDS)


def _reason(error: Exception) -> str:
    """Return the last line that a failed step wrote, or the error itself; without paths and addresses."""
    if isinstance(error, subprocess.CalledProcessError):
        lines = [line for line in error.stderr.decode(errors="replace").splitlines() if line.startswith("ERROR")]
        if lines and "/" not in lines[-1]:
            return lines[-1].removeprefix("ERROR: ")
        return f"a step of its installation ended with exit code {error.returncode}"
    return type(error).__name__
