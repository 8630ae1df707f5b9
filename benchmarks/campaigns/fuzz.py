"""Read damaged files and judge damaged cases, very many of them, and count what became of each.

Run ``python benchmarks/campaigns/fuzz.py`` (200,000 files and 2,000 cases), or with ``--files``, ``--cases`` and, to go
on behind an earlier run, ``--first``. A seed always makes the same damage; ``--show SEED`` keeps the files of a case,
``--show-file SEED`` those of a reading. Clean are a case that can be read, and an error of this package. Ends with 1
when anything else is found, when a trial takes more than 5 s or 1 GB, or when a case passes with other numbers although
its files are damaged.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from damage import any_encoding, damaged
from lanes import Outcome, Tally, run
from small_case import PROTOCOL, files, foreign, trees
from tree import EXPLICIT, Encoding, file_of
from twin import twin

from sbrt_qa.dicom.inventory import inventory
from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError, SbrtQaError
from sbrt_qa.protocol.evaluate import evaluate, refuse
from sbrt_qa.protocol.load import load_protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sbrt_qa.protocol.definition import Protocol
    from sbrt_qa.protocol.finding import Evaluation

FILES, CASES = 200_000, 2_000
TRIPLET = ("RP", "RD", "RS")
BOTH_READINGS = {"holes-ambiguous", "contour-gap"}  # doubts that are named, and leave a PASS only where none decides


class Damaged(NamedTuple):
    """The files of one trial by name, and what was done to them."""

    files: dict[str, bytes]
    done: tuple[str, ...]


# --- one damaged file through the reader ----------------------------------------------------------


def one_damaged_file(seed: int) -> Damaged:
    """Damage one file of the case, or one of pydicom's in its place; the others are in order."""
    rng = random.Random(f"file {seed}")
    name = rng.choice((*TRIPLET, *TRIPLET, *TRIPLET, "CT.002"))
    whole = foreign() if name in foreign() and rng.random() < 0.25 else trees()
    data, done = damaged(whole[name], rng)
    return Damaged({name: data}, (name, *done))


def reading(folder: Path) -> Callable[[int], Outcome]:
    """Return the trial that puts a damaged file among the others in a folder of its own and reads all of them."""

    def trial(seed: int) -> Outcome:
        made = one_damaged_file(seed)
        (name, data), *_ = made.files.items()
        has_image = name.startswith("CT")
        place = _own(folder, with_image=has_image)
        (place / f"{name}.dcm").write_bytes(data)
        try:
            return _read(place, has_image=has_image)
        finally:
            (place / f"{name}.dcm").write_bytes(files()[name])

    return trial


def _read(place: Path, *, has_image: bool) -> Outcome:
    try:
        inventory(place)
        case = read_case(place)
        if has_image:
            _ = case.image
    except SbrtQaError as error:
        return Outcome(f"refused: {error.code}") if error.code else Outcome("no code", str(error))
    if not np.isfinite(case.dose.gy).all():
        return Outcome("not finite", "the dose holds values that are not finite")
    return Outcome("read")


def _own(folder: Path, *, with_image: bool) -> Path:
    """Return this process's folder with the files that are in order."""
    place = folder / f"{os.getpid()} {'with image' if with_image else 'without'}"
    if not place.exists():
        _written(place, {name: data for name, data in files().items() if with_image or name in TRIPLET})
    return place


# --- damaged plan, dose and structure set through the judgement -----------------------------------


def damaged_case(seed: int) -> Damaged:
    """Damage one to three of plan, dose and structure set; one case in twenty is only written otherwise."""
    rng = random.Random(f"case {seed}")
    spoilt = [] if rng.random() < 0.05 else rng.sample(TRIPLET, rng.choice((1, 1, 1, 2, 3)))
    made, done = {}, []
    for name in TRIPLET:
        if name in spoilt:
            made[name], what = damaged(trees()[name], rng)
            done += [name, *what]
        else:
            made[name] = file_of(trees()[name], any_encoding(rng)._replace(bare=False))
    return Damaged(made, tuple(done))


def judging(folder: Path) -> Callable[[int], Outcome]:
    """Return the trial that judges a damaged case, and compares what passes with the case that is in order."""
    protocol = _protocol(folder)
    wanted = _numbers(_judged(_written(folder / "good", _in_order()), protocol))

    def trial(seed: int) -> Outcome:
        made = damaged_case(seed)
        evaluation = _judged(_written(folder / f"{os.getpid()} case", made.files), protocol)
        if evaluation.verdict != "PASS":
            return Outcome(evaluation.verdict.value, "" if made.done else "it is only written otherwise")
        numbers = _numbers(evaluation)
        if numbers == wanted:
            return Outcome("PASS with the same numbers")
        if any(BOTH_READINGS & set(check.reason) for check in evaluation.checks):
            return Outcome("PASS by either reading of a doubtful outline, and so said")
        other = _twins(made.files)
        if other and _numbers(_judged(_written(folder / f"{os.getpid()} twin", other), protocol)) == numbers:
            return Outcome("PASS of files that are sound and say something else")
        return Outcome("PASS of damaged files with other numbers", " ".join(made.done))

    return trial


def _twins(made: Mapping[str, bytes]) -> dict[str, bytes] | None:
    """Return the sound files that say what these say; None when one of these cannot be read by pydicom."""
    found = {name: twin(trees()[name], data) for name, data in made.items()}
    return {name: file_of(ds, Encoding()) for name, ds in found.items() if ds} if all(found.values()) else None


def _in_order() -> dict[str, bytes]:
    return {name: file_of(trees()[name], Encoding(EXPLICIT)) for name in TRIPLET}


@cache
def _protocol(folder: Path) -> Protocol:
    path = folder / "fuzz.yaml"
    path.write_text(PROTOCOL, encoding="utf-8")
    return load_protocol(path)


def _written(place: Path, made: Mapping[str, bytes]) -> Path:
    place.mkdir(exist_ok=True)
    for name, data in made.items():
        (place / f"{name}.dcm").write_bytes(data)
    return place


def _judged(place: Path, protocol: Protocol) -> Evaluation:
    """Judge as ``check`` does."""
    try:
        case = read_case(place)
    except CaseError as error:
        return refuse(error, protocol)
    return evaluate(case, protocol)


def _numbers(evaluation: Evaluation) -> list[tuple[str, ...]]:
    """Return what a reader of the report sees, to nine digits: contours in another order are summed otherwise."""
    return [
        (
            f.constraint,
            str(f.roi),
            str(f.verdict),
            f.goal,
            *(f"{n:.9g}" for n in (f.value, *(f.interval or ())) if n is not None),
        )
        for f in evaluation.findings
    ]


# --- the command ----------------------------------------------------------------------------------


def campaign(folder: Path, kind: str, seeds: range, lanes: int, tell: Callable[[Tally], object]) -> Tally:
    """Run the trials of one kind, ``files`` or ``cases``."""
    trees(), files(), foreign()  # made once, before the processes part
    return run({"files": reading, "cases": judging}[kind](folder), seeds, lanes, tell)


def report(kind: str, tally: Tally, seconds: float) -> str:
    """Put the counts into words."""
    lines = [f"{tally.trials} damaged {kind} in {seconds:.0f} s"]
    lines += [f"  {count:8d}  {word}" for word, count in sorted(tally.words.items(), key=lambda pair: -pair[1])]
    slowest, seed = tally.slowest
    lines.append(f"  slowest {slowest:.2f} s (seed {seed}), largest process {tally.peak_mb:.0f} MB")
    lines += [f"  FINDING seed {seed}: {text}" for seed, text in sorted(tally.findings.items())[:40]]
    lines.append(f"  {len(tally.findings)} findings")
    return "\n".join(lines)


def main() -> int:
    """Run both campaigns and print the counts."""
    asked = _asked()
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    found = 0
    try:
        for kind, count in (("files", asked.files), ("cases", asked.cases)):
            if count:
                started = time.monotonic()
                tally = campaign(folder, kind, range(asked.first, asked.first + count), asked.lanes, _progress)
                print(report(kind, tally, time.monotonic() - started), flush=True)
                found += len(tally.findings)
    finally:
        shutil.rmtree(folder)
    return 1 if found else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--cases", type=int, default=CASES)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    parser.add_argument("--lanes", type=int, default=os.cpu_count() or 1, help="worker processes")
    parser.add_argument("--show", type=int, help="write the files of the damaged case of this seed here")
    parser.add_argument("--show-file", type=int, help="write the damaged file of this seed here, with the others")
    asked = parser.parse_args()
    for seed, make in ((asked.show, damaged_case), (asked.show_file, one_damaged_file)):
        if seed is not None:
            made = make(seed)
            _written(Path(f"seed-{seed}"), files() | made.files)
            print(" ".join(made.done))
            raise SystemExit
    return asked


def _progress(tally: Tally) -> None:
    if sys.stderr.isatty():
        print(f"\r{tally.trials} made, {len(tally.findings)} findings", end="", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
