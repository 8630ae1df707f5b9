"""Ask plastimatch: its table of curves, in voxels, and the voxel size that it prints, are all that it gives."""

from __future__ import annotations

import csv
import math
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from beside.answers import answer
from beside.curve import read_off

PROGRAM = os.environ.get("PLASTIMATCH", "plastimatch")
FINE_GY, BINS = 0.02, 3500


def ask(folder: Path) -> dict[str, Any]:
    """Return every value as read off a curve in bins of 0.02 Gy."""
    fine = ("--bin-width", str(FINE_GY), "--num-bins", str(BINS), "--normalization", "vox")
    with tempfile.TemporaryDirectory() as desk:
        table = Path(desk) / "curves.csv"
        done = subprocess.run(
            [PROGRAM, "dvh", "--input", folder, "--output-csv", table, *fine],
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        lines = (done.stdout + done.stderr).splitlines()
        if done.returncode or not table.is_file():
            return {"values": {}, "refused": {}, "said": [*lines, f"exit code {done.returncode}"]}
        with table.open(encoding="utf-8", newline="") as text:
            rows = list(csv.reader(text))
    return {"values": values(rows, voxel_cc(lines)), "refused": {}, "said": lines}


def voxel_cc(lines: list[str]) -> float:
    """Return the volume of a voxel, from the line of three lengths in mm after ``checking voxel size``."""
    sizes = lines[next(k for k, line in enumerate(lines) if line.startswith("checking voxel size")) + 1]
    return math.prod(map(float, sizes.split())) / 1000


def values(rows: list[list[str]], cc: float) -> dict[str, dict[str, float]]:
    """Return what its table says of every structure that has any voxel."""
    header, *body = rows
    gy = [float(row[0]) for row in body]
    curves = {name: [float(row[k]) * cc for row in body] for k, name in enumerate(header[1:], start=1)}
    return {name: read_off(gy, curve) for name, curve in curves.items() if curve[0] > 0.0}


if __name__ == "__main__":
    answer(ask)
