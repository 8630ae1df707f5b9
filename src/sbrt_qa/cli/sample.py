"""``sbrt-qa sample``: the synthetic cases."""

from __future__ import annotations

from pathlib import Path

import click

from sbrt_qa.cli._console import say
from sbrt_qa.errors import UsageError


@click.command("sample", short_help="Write the synthetic sample cases.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
def sample(folder: Path) -> int:
    """Write the synthetic liver-bed cases as DICOM below DIR, the same bytes every time."""
    from sbrt_qa.phantom.sample import write_samples

    try:
        folder.mkdir(parents=True, exist_ok=True)
        written = write_samples(folder)
    except OSError as error:
        what = f"cannot write below {str(folder)!r}: {error.strerror or error}"
        raise UsageError(what, mend="choose another place") from error
    for place in written:
        say(f"{place}\n")
    return 0


COMMAND = sample
