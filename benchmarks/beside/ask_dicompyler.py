"""Ask dicompyler-core: its own curve answers everything."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from dicompylercore import dicomparser, dvhcalc

from beside.answers import answer
from beside.curve import PERCENTS, SMALL_CC

if TYPE_CHECKING:
    from pathlib import Path


class _Heard(logging.Handler):
    """Keeps what is logged as a warning or worse, which its user sees on the terminal."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def curves(folder: Path) -> dict[str, Any]:
    """Read a case and draw all curves, with its defaults."""
    structures = dicomparser.DicomParser(str(folder / "RS.dcm"))
    dose = dicomparser.DicomParser(str(folder / "RD.dcm"))
    return {
        found["name"]: dvhcalc.get_dvh(structures.ds, dose.ds, number)
        for number, found in structures.GetStructures().items()
    }


def ask(folder: Path) -> dict[str, Any]:
    """Return every value as its attributes and statistics give it."""
    heard = _Heard()
    logging.getLogger().addHandler(heard)
    values, notes = {}, []
    for name, curve in curves(folder).items():
        own = {"Volume": curve.volume, "Dmin": curve.min, "Dmax": curve.max, "Dmean": curve.mean}
        own |= {metric: curve.dose_constraint(percent).value for metric, percent in PERCENTS.items()}
        own |= {metric: curve.dose_constraint(cc, "cc").value for metric, cc in SMALL_CC.items()}
        values[name] = {metric: float(value) for metric, value in own.items()}
        notes += [curve.notes] if curve.notes else []
    logging.getLogger().removeHandler(heard)
    return {"values": values, "refused": {}, "said": heard.lines + notes}


if __name__ == "__main__":
    answer(ask, curves)
