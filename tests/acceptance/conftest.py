"""Cases written by a writer of the tests' own, a protocol to judge them by, and the program as a process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from click.testing import CliRunner
from dicom_maker import Export, Roi, box, write

from sbrt_qa.cli import main

ROOT = Path(__file__).parents[2]
GRID = tuple(np.arange(-50.0, 50.1, 2.5) for _ in range(3))

PROTOCOL = """\
schema: sbrt-qa/protocol/1
id: boxes
title: Boxes in a dose that rises along x
version: "1"
status: template
sources:
  paper: "Nobody, Nowhere 2020;1:1, table 1"
prescription:
  target: ptv
  fractions: 5
  dose: 50 Gy
structures:
  ptv:    {type: target, many: true, names: [PTVsb]}
  ctv:    {type: target, names: [CTVsb]}
  liver:  {names: [Liver]}
  cord:   {names: [SpinalCord]}
  spared: {derive: "liver - ctv"}
constraints:
  - {id: PTV-COVERAGE, structure: ptv, metric: "V100%[%]", goal: ">= 95 %", source: paper}
  - {id: LIVER-SPARED, structure: spared, metric: "CV15Gy[cc]", goal: ">= 5 cc", source: paper}
  - {id: CORD-MAX, structure: cord, metric: "D0.035cc[Gy]", goal: {3: "<= 20.3 Gy", 5: "<= 25.3 Gy"}, source: paper}
  - {id: CORD-COLD, structure: cord, metric: "V5Gy[cc]", goal: "<= 0.5 cc", acceptable: "<= 10 cc", source: paper}
  - {id: LIVER-MEAN, structure: liver, metric: "Mean[Gy]", report: true}
"""


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def export() -> Export:
    """A case that is in order: PTVsb in 50..60 Gy, liver in 10..60 Gy, cord in 5..15 Gy; the dose is 50 Gy + x."""
    rois = [
        Roi("PTVsb", box((0, 10), (-10, 10), (-10, 10)), "PTV"),
        Roi("CTVsb", box((2, 8), (-8, 8), (-8, 8)), "CTV"),
        Roi("Liver", box((-40, 10), (-20, 20), (-20, 20))),
        Roi("SpinalCord", box((-45, -35), (25, 35), (-30, 30))),
    ]
    return Export(rois, lambda x, y, z: 50 + x + 0 * y + 0 * z, GRID)


@pytest.fixture
def case_of(tmp_path, export):
    """Write a case that differs from the good one; returns its folder."""
    made = 0

    def call(**changes) -> Path:
        nonlocal made
        made += 1
        return write(tmp_path / f"case{made}", replace(export, **changes))

    return call


@pytest.fixture(scope="session")
def good(tmp_path_factory, export) -> Path:
    return write(tmp_path_factory.mktemp("acceptance") / "good", export)


@pytest.fixture(scope="session")
def protocol_text() -> str:
    return PROTOCOL


@pytest.fixture(scope="session")
def protocol(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("protocol") / "boxes.yaml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def run():
    """Run ``python -m sbrt_qa`` with words; keywords become environment variables."""

    def call(*words: object, python: tuple[str, ...] = (), cwd: Path | None = None, **environment: str):
        return subprocess.run(
            [sys.executable, *python, "-m", "sbrt_qa", *map(str, words)],
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=120,
            cwd=cwd,
            env=os.environ | environment,
        )

    return call


@pytest.fixture(scope="session")
def ask():
    """Ask as ``run`` does, but in this process: for what the program says, where starting it is not the point."""

    def call(*words: object) -> SimpleNamespace:
        result = CliRunner().invoke(main, [str(word) for word in words])
        return SimpleNamespace(returncode=result.exit_code, stdout=result.stdout, stderr=result.stderr)

    return call
