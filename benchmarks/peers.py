"""Measure accuracy and speed beside other programs, in one run: ``python benchmarks/peers.py``.

The peers are plastimatch, dicompyler-core and PlatiPy, each in an environment of its own in a cache folder (made by
pip at the first run, used again later); one that cannot be had is named and left out. All programs are given the same
analytic phantoms and the same liver case, as DICOM written by ``sbrt_qa.phantom``. The results are written into
``docs/validation.md`` and ``docs/performance.md``, between their marks, and printed. ``--quick`` takes a part of the
phantoms and one round, prints, and writes nothing.

Needs a Unix system (resources of single processes). Takes about ten minutes, two with ``--quick``.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from beside import accuracy, accuracy_text, cost, race, speed_text
from beside.environments import cache_folder
from beside.page import put
from beside.processes import ProcessFailed
from beside.programs import Program, our_version, ours, peers

DOCS = Path(__file__).resolve().parent.parent / "docs"


@dataclass
class Peers:
    """Who takes part, and what has to be said of those who do not."""

    programs: list[Program]
    remarks: list[str]

    @property
    def timed(self) -> list[Program]:
        """One entry for each program: variants are not timed."""
        return [one for one in self.programs if "BETWEEN" not in one.env]

    def remark(self, sentence: str) -> None:
        """Say it now, and on the page."""
        say(sentence)
        self.remarks.append(sentence)


def gather(cache: Path) -> Peers:
    """Set up everything that can be had."""
    say(f"environments in {cache}")
    field = Peers(ours(our_version()), [])
    for found in peers(cache):
        if isinstance(found, str):
            field.remark(found)
        else:
            field.programs.append(found)
    return field


def compare_accuracy(field: Peers, desk: Path, *, quick: bool) -> str:
    """Ask every program for every phantom; return the tables."""
    say("phantoms")
    truths = accuracy.phantoms(desk, quick=quick)
    points, cuts = {}, {}
    for program in field.programs:
        say(f"  {program.name} on {len(truths)} phantoms")
        try:
            given = accuracy.answers(program, desk, truths)
        except ProcessFailed as error:
            if program.name.startswith(race.OURS):
                raise
            field.remark(f"{program.name} failed on the phantoms: {str(error).splitlines()[0]}")
            continue
        points[program.name], cuts[program.name] = accuracy.points(truths, given), accuracy.cuts(truths, given)
    return accuracy_text.chapter(points, cuts)


def compare_speed(field: Peers, case: Path, rounds: int) -> str:
    """Time every program on the liver case; return the tables."""
    say("liver case, 2 mm")
    found = race.contest(field.timed, case, rounds)
    for name, how in found.failed.items():
        field.remark(f"{name} failed on the liver case: {how}")
    return speed_text.chapter(found.lines)


def own_cost(field: Peers, case: Path, desk: Path, rounds: int) -> str:
    """Measure what this program costs on a fine grid, as the data grow, and in other surroundings."""
    say("liver case, 1.25 mm")
    fast = [program for program in field.timed if program.name in {race.OURS, "plastimatch"}]
    fine = race.contest(fast, race.liver(desk / "fine", spacing_mm=1.25), rounds)
    grows = cost.growth(fast[0], desk, rounds)
    say("same bytes")
    return speed_text.own_cost(fine.lines, grows, cost.same_bytes(case, desk))


def setting(field: Peers, rounds: int) -> str:
    """Return where it was measured, with what, and how the numbers come about."""
    machine = f"{os.cpu_count()} cores ({platform.machine()}, {platform.system()})"
    measured = f"Measured with Python {platform.python_version()} on {machine}; rounds by turns: {rounds}."
    who = [f"* **{program.name}**: {program.version}; {program.how}." for program in field.programs]
    return "\n".join([measured, "", *who, *(f"* {sentence}." for sentence in field.remarks)])


def say(words: str) -> None:
    """Tell how far it is."""
    print(words, file=sys.stderr)


def main() -> None:
    """Measure, print, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="turns of each program (default 3)")
    parser.add_argument("--quick", action="store_true", help="a part of the phantoms, one round, nothing written")
    parser.add_argument("--envs", type=Path, default=cache_folder(), help="where the environments are (%(default)s)")
    given = parser.parse_args()
    rounds = 1 if given.quick else given.rounds
    field = gather(given.envs)
    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder)
        right = compare_accuracy(field, desk / "phantoms", quick=given.quick)
        case = race.liver(desk / "liver", ct=True)
        fast = compare_speed(field, case, rounds)
        beside = "\n\n".join((setting(field, rounds), right, fast))
        alone = "\n\n".join((setting(Peers([], []), rounds).strip(), own_cost(field, case, desk, rounds)))
    print(beside, alone, sep="\n\n")
    if not given.quick:
        put(DOCS / "validation.md", "peers", beside)
        put(DOCS / "performance.md", "tables", alone)


if __name__ == "__main__":
    main()
