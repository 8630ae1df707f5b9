"""Import: a file of another program becomes a protocol file, with everything said that is not in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.exchange.put_together import put_together
from sbrt_qa.protocol.exchange.read_csv import read_csv
from sbrt_qa.protocol.exchange.read_scorecard import read_scorecard
from sbrt_qa.protocol.file_text import is_file
from sbrt_qa.protocol.load import read_content
from sbrt_qa.protocol.yaml_text import as_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from sbrt_qa.errors import SbrtQaError
    from sbrt_qa.protocol.exchange.rows import Table

MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """A protocol file made of a table.

    Parameters
    ----------
    text : str
        YAML that lints without fault.
    refused : tuple of SbrtQaError
        Rows that are not in it, each with its place, reason and remedy; they stand in the text as comments too.
    notes : tuple of str
        What its author should complete or decide.
    """

    text: str
    refused: tuple[SbrtQaError, ...]
    notes: tuple[str, ...]


def _place(error: SbrtQaError) -> list[int]:
    """Order refused rows as they stand in the file."""
    return [int(number) for number in re.findall(r"[0-9]+", error.where.rpartition(":")[2])]


def import_table(path: Path, *, protocol_id: str = "", fractions: tuple[int, ...] = (), target: str = "") -> Imported:
    """Read a CSV table of constraints, or a scorecard in JSON, and make a protocol file of it.

    Parameters
    ----------
    path : Path
        The file; its content tells what it is.
    protocol_id : str
        Id of the protocol; by default what the table says, else made of the file's name.
    fractions : tuple of int
        What the protocol is for, where the table does not say so.
    target : str
        The structure that is prescribed to, where the table has none or several.

    Raises
    ------
    UsageError
        When the file cannot be read, or fractions or target are not known.
    """
    text = _text(path)
    table = (read_scorecard if text.lstrip().startswith(("{", "[")) else read_csv)(text, path.name)
    head = table.head
    is_foreign = not head.version
    head.id = protocol_id or head.id or re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:64] or "imported"
    head.title = head.title or f"{head.id}, imported (to be reviewed)"
    head.target = target or head.target
    _choose(table, fractions)
    protocol = put_together(table)
    refused = tuple(sorted(table.refused, key=_place))
    said = [f"Imported from {path.name}. Every number is to be checked against its source."] if is_foreign else []
    said += [f"Note: {note}." for note in table.notes]
    said += [f"NOT READ: {' '.join(str(error).split())}" for error in refused]
    made = as_yaml(protocol, tuple(_legible(line) for line in said))
    faults = read_content(made.encode(), path.name).faults.sorted()
    if faults:
        raise UsageError(faults[0].what, where=path.name, mend=faults[0].mend)
    return Imported(made, refused, tuple(table.notes))


def _choose(table: Table, fractions: tuple[int, ...]) -> None:
    """Keep what is for the numbers of fractions asked for, and say where others are without a limit."""
    asked = tuple(sorted(set(fractions)))
    if asked:
        table.head.fractions = asked
        kept = [row for row in table.rows if not row.fractions or set(row.fractions) & set(asked)]
        if len(kept) < len(table.rows):
            table.notes.append(f"{len(table.rows) - len(kept)} rows for other numbers of fractions are left out")
        table.rows[:] = [replace(row, fractions=tuple(n for n in row.fractions if n in asked)) for row in kept]
    elif len({row.fractions for row in table.rows}) > 1:
        table.notes.append(
            "a row without a limit for the plan's number of fractions is UNDECIDED; import one number at a time with "
            "--fractions where rows differ"
        )


def _text(path: Path) -> str:
    if not is_file(path):
        raise UsageError(f"there is no file '{path}'", mend="check the path")
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise UsageError(f"'{path}' cannot be read: {error.strerror}", mend="check its permissions") from error
    if len(content) > MAX_BYTES:
        raise UsageError(f"'{path}' is too large for a table", mend=f"at most {MAX_BYTES // 1024 // 1024} MB are read")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        mend = "save it as UTF-8 (in a spreadsheet: CSV UTF-8)"
        raise UsageError(f"the text of '{path}' is not UTF-8", mend=mend) from error


def _legible(line: str) -> str:
    """Return a line without what a protocol file must not hold."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in line)
