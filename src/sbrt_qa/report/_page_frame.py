"""What every page is made with: templates that escape, one script, one stylesheet, and a policy that loads nothing."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from sbrt_qa.report._lines import COLORS
from sbrt_qa.report.templates import templates

if TYPE_CHECKING:
    from collections.abc import Mapping

    from markupsafe import Markup


def rendered(template: str, content: Mapping[str, Any], script: str = "page.js") -> bytes:
    """Return a page as the bytes of its file.

    Parameters
    ----------
    template : str
        Name of the template below ``report``.
    content : mapping
        What it shows; every text in it is cleaned and escaped.
    script : str
        Name of its script below ``report``.
    """
    page = templates("sbrt_qa.report").get_template(template)
    return page.render({**content, **_parts(script)}).encode("utf-8", "replace")


def _parts(name: str) -> dict[str, Any]:
    """Return script and stylesheet as they are, with the hash that alone lets the script run."""
    from markupsafe import Markup

    script, style = (files("sbrt_qa.report").joinpath(part).read_text(encoding="utf-8") for part in (name, "page.css"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return {
        "colors": COLORS,
        "script": Markup(script),  # noqa: S704 - our own file
        "style": Markup(style),  # noqa: S704 - our own file
        "script_hash": Markup(f"sha256-{digest}"),  # noqa: S704 - digits of a hash
    }


def plain_data(content: Mapping[str, Any]) -> Markup:
    """Return plain data as JSON that ends no script element, whatever the names in it."""
    from markupsafe import Markup

    text = json.dumps(content, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&'":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - escaped above
