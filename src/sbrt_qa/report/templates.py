"""Templates of pages: every text in them is cleaned and escaped, and a name that is not there is an error."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sbrt_qa.report.text import clean

if TYPE_CHECKING:
    from jinja2 import Environment


@cache
def templates(package: str, folder: str = "") -> Environment:
    """Return the templates in a folder of a package."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader(package, package_path=folder),
        autoescape=True,
        auto_reload=False,  # a service shows the pages it was started with
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=lambda value: clean(value) if type(value) is str else value,
    )
