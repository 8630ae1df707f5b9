"""Library: the protocol files that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def folder() -> Path | None:
    """Return the folder of shipped protocols, or None where there is none.

    In a wheel it lies inside the package; in a checkout (editable install) it is the top-level ``protocols``.
    """
    package = Path(__file__).parents[1]
    checkout = package.parents[1]
    candidates = [package / "_protocols"]
    if package.parent.name == "src" and (checkout / "pyproject.toml").is_file():
        candidates.insert(0, checkout / "protocols")
    return next((place for place in candidates if place.is_dir()), None)


def shipped() -> Mapping[str, Path]:
    """Every shipped protocol file by its id, in alphabetical order; the file is called as its id."""
    place = folder()
    return {path.stem: path for path in sorted(place.glob("*.yaml"))} if place is not None else {}
