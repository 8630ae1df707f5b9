"""Write synthetic plans of 21 structures that differ in everything, a part of them broken, all from one seed.

    python benchmarks/campaigns/plans.py FOLDER [--plans 300] [--seed 0] [--alike]

Anatomy, dose, grid, drawing, fractions and names vary; names are also hostile, long, of other scripts and double.
``--alike`` writes whole plans only, all of the size of benchmarks/liver_case.py. 300 plans take about 2 GB.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
import liver_case
from sbrt_qa.model import Dose, DoseReference, FractionGroup, Grid, Image, Plan, StructureSet
from sbrt_qa.phantom.writer import Export, identity, write_case

PATIENTS = (
    "Doe^Jane", "Łęcka^Żaneta", "山田^太郎", "<script>alert(1)</script>", "=HYPERLINK(1)", "O'Hara^\"Bob\"", "",
    "משה^כהן", "A" * 64, "\u202eegnahc^\u202c", "x&y;--<!--", "%s%n{0}",
)  # fmt: skip
FOLDERS = (
    "plan", "Łęcka Żaneta", "山田", "<b>&amp;", "'; drop table entry; --", "x" * 180, "-p", "two\nlines", "%s {0}",
    "$(id)", "tab\tand space ", "Lef\udce8vre",
)  # fmt: skip
ROIS = ("Spleen <i>", "Milz ÄÖÜ", "脾臓", "z" * 64, "=1+1", "Heart", "liver", "\u202eneelpS")
LABELS = ("SBRT", "Ω-bed", "<b>", "=1+1", "L" * 16)
TARGETS = {"CTVsb": "CTV", "PTVsb": "PTV"}
TYPES = {**TARGETS, "External": "EXTERNAL"}
MOST_AT_ONCE = 3
KINDS = {  # how many of a hundred
    "whole": 52, "structure missing": 5, "no dose": 4, "no structure set": 3, "no plan": 4, "dose of another plan": 4,
    "set of another plan": 3, "dose cut": 4, "structures cut": 3, "several plans": 5, "archive": 4, "archive cut": 1,
    "folders": 4, "CT": 2, "others beside": 2,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Written:
    """One plan on disk: the path of its export, and its UID where there are several; ``files`` where not all count."""

    export: str
    kind: str
    plan_uid: str | None = None
    files: tuple[str, ...] = ()


@dataclass(slots=True)
class Parts:
    """What a plan is written from."""

    seed: str
    rng: random.Random
    plan: Plan | None
    dose: Dose | None
    structure_set: StructureSet | None
    image: Image | None = None
    export: Export = field(default_factory=Export)

    def write(self, folder: Path) -> None:
        """Write all there is."""
        write_case(
            folder,
            plan=self.plan,
            dose=self.dose,
            structure_set=self.structure_set,
            image=self.image,
            export=self.export,
        )


def write_plans(root: Path, count: int, seed: int, *, alike: bool = False) -> list[Written]:
    """Write plans below a folder and return what is there: one line for each plan that must have a record."""
    rng = random.Random(seed)
    written: list[Written] = []
    number = 0
    while len(written) < count:
        number += 1
        kind = "whole" if alike or len(written) > count - MOST_AT_ONCE else rng.choices([*KINDS], [*KINDS.values()])[0]
        name = f"plan {number:04d}" if alike else _folder(rng, number)
        parts = _parts(f"{seed}-{number}", random.Random(rng.random()), alike=alike)
        written += _WRITERS.get(kind, _as_is)(parts, root, name, kind)
    return written


def _folder(rng: random.Random, number: int) -> str:
    name = f"{rng.choice(FOLDERS)} {number}"
    return f"{rng.choice('abc')}/{name}" if rng.random() < 0.3 else name


def _parts(seed: str, rng: random.Random, *, alike: bool) -> Parts:
    patient = "Doe^Jane" if alike else rng.choice(PATIENTS)
    ids = {role: identity(seed, role, patient=patient) for role in ("RTPLAN", "RTDOSE", "RTSTRUCT", "CT")}
    if not alike:
        ids["RTPLAN"] = replace(ids["RTPLAN"], label=rng.choice(LABELS))
        ids = {role: replace(one, patient_id=f"{patient[:20]}{seed}") for role, one in ids.items()}
    spacing_mm = 2.0 if alike else rng.choice((2.0,) * 6 + (2.5,) * 8 + (3.0, 4.0, 7.0))
    drawn = (2.5, 0.9) if alike else (rng.choice((2.5, 3.0, 5.0)), rng.uniform(1.2, 3.0))
    made = liver_case.structures(*drawn, _organs(rng, alike=alike))
    set_uids, frame = (ids["RTSTRUCT"].sop_uid,), ids["RTDOSE"].frame_uid
    structures = tuple(replace(one, frame_uid=frame) for one in made.structures)
    structures = structures if alike else _named(rng, structures)
    base = _dose(spacing_mm)
    dose = replace(
        base,
        gy=base.gy * np.float32(rng.uniform(0.86, 1.12)),
        identity=ids["RTDOSE"],
        plan_uids=(ids["RTPLAN"].sop_uid,),
        structure_set_uids=set_uids,
    )
    fractions = rng.choice((5,) * 12 + (3, 10)) if not alike else 5
    plan = liver_case.plan()
    plan = replace(
        plan,
        identity=ids["RTPLAN"],
        fraction_groups=(FractionGroup(1, fractions, plan.fraction_groups[0].beams),),
        dose_references=(*plan.dose_references, DoseReference("ORGAN_AT_RISK", "SITE", None, 20.0))[
            : rng.choice((1, 2))
        ],
        structure_set_uids=set_uids,
    )
    how = Export() if alike else Export(implicit_vr=rng.random() < 0.3, bits=rng.choice((16, 32)))
    return Parts(seed, rng, plan, dose, StructureSet(ids["RTSTRUCT"], structures, (frame,)), None, how)


@cache
def _dose(spacing_mm: float) -> Dose:
    return liver_case.dose(spacing_mm)


def _organs(rng: random.Random, *, alike: bool) -> tuple:
    """Stretch, shift and size organs: the body all the same, each organ a little by itself."""
    body, target = tuple(rng.uniform(0.88, 1.02) for _ in range(2)), rng.uniform(0.75, 0.95)
    found = []
    for name, centre, axes, loops in liver_case.ORGANS:
        is_skin = name in {"External", "Skin"}
        shift = (0, 0) if is_skin else (rng.uniform(-4, 4), rng.uniform(-4, 4))
        size = 1.0 if is_skin else target if name in TARGETS else rng.uniform(0.9, 1.1)
        shift = (0, 0) if name in TARGETS else shift
        place = (centre[0] * body[0] + shift[0], centre[1] * body[1] + shift[1], centre[2])
        own = loops if alike or rng.random() < 0.2 else 1  # loops that cross are read as holes
        found.append((name, place, (axes[0] * body[0] * size, axes[1] * body[1] * size, axes[2]), own))
    return tuple(found)


def _named(rng: random.Random, structures: tuple) -> tuple:
    """Declare targets and body, mostly; give some structures that no limit needs another name, also one in use."""
    if rng.random() < 0.8:
        structures = tuple(replace(one, kind=TYPES.get(one.name, one.kind)) for one in structures)
    if rng.random() < 0.6:  # drawn as two rings on each plane, which leaves open what is the hole
        structures = tuple(one for one in structures if one.name != "Skin")
    strange = {name: rng.choice(ROIS) for name in ("Spleen", "Gallbladder", "Pancreas") if rng.random() < 0.15}
    return tuple(replace(one, name=strange.get(one.name, one.name)) for one in structures)


def _as_is(parts: Parts, root: Path, name: str, kind: str) -> list[Written]:
    """Write the parts with the one defect that the kind names."""
    plan, dose, structure_set, rng = parts.plan, parts.dose, parts.structure_set, parts.rng
    other = (identity(f"{parts.seed} other", "RTPLAN").sop_uid,)
    if kind == "structure missing":
        lost = rng.choice(("SpinalCord", "PTVsb", "Liver", "Duodenum", "Heart"))
        left = tuple(one for one in structure_set.structures if one.name != lost)
        parts.structure_set = replace(structure_set, structures=left)
    elif kind == "no dose":
        parts.dose = None
    elif kind == "no structure set":
        parts.structure_set = None
    elif kind == "no plan":
        parts.plan = None
    elif kind == "dose of another plan":
        parts.dose = replace(dose, plan_uids=other)
    elif kind == "set of another plan":
        parts.plan = replace(plan, structure_set_uids=other)
    elif kind == "CT":
        axis = np.arange(-190.0, 191.0, 20.0)
        grid = Grid(axis, axis, np.arange(-110.0, 111.0, 22.0))
        hu = np.zeros(grid.shape_zyx, dtype=np.int16)
        parts.image = Image(grid, hu, identity(parts.seed, "CT", patient=plan.identity.patient_name))
    parts.write(root / name)
    cut = {"dose cut": "RD.dcm", "structures cut": "RS.dcm"}.get(kind)
    if cut is not None:
        size = (root / name / cut).stat().st_size
        os.truncate(root / name / cut, int(size * rng.choice((0.3, 0.95, 0.9999))))
    return [Written(name, kind)]


def _several(parts: Parts, root: Path, name: str, kind: str) -> list[Written]:
    """Write two or three plans of one structure set into one folder, each with its own dose."""
    found = []
    for number in range(parts.rng.choice((2, MOST_AT_ONCE))):
        own = replace(parts.plan.identity, sop_uid=identity(f"{parts.seed}-{number}", "RTPLAN").sop_uid)
        dose_uid = identity(f"{parts.seed}-{number}", "RTDOSE").sop_uid
        write_case(
            root / name / str(number),
            plan=replace(parts.plan, identity=own),
            dose=replace(
                parts.dose,
                gy=parts.dose.gy * np.float32(1 - 0.1 * number),
                identity=replace(parts.dose.identity, sop_uid=dose_uid),
                plan_uids=(own.sop_uid,),
            ),
            export=parts.export,
        )
        for file in (root / name / str(number)).iterdir():
            file.rename(root / name / f"{number}-{file.name}")
        (root / name / str(number)).rmdir()
        found.append(Written(name, kind, own.sop_uid))
    write_case(root / name, structure_set=parts.structure_set, export=parts.export)
    return found


def _archive(parts: Parts, root: Path, name: str, kind: str) -> list[Written]:
    folder = root / f"{name} unpacked"
    parts.write(folder)
    file = root / f"{name}.zip"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for one in sorted(folder.iterdir()):
            inside = zipfile.ZipInfo(f"export/{one.name}")  # of 1980, so that the seed alone decides the bytes
            packed.writestr(inside, one.read_bytes(), zipfile.ZIP_DEFLATED)
    shutil.rmtree(folder)
    if kind == "archive cut":
        os.truncate(file, file.stat().st_size // 2)
    return [Written(f"{name}.zip", kind)]


def _folders(parts: Parts, root: Path, name: str, kind: str) -> list[Written]:
    """Write plan, dose and structure set of one study into folders of their own."""
    parts.write(root / name)
    for file in sorted((root / name).iterdir()):
        (root / name / file.stem / "deeper").mkdir(parents=True)
        file.rename(root / name / file.stem / "deeper" / file.name)
    return [Written(name, kind)]


def _beside(parts: Parts, root: Path, name: str, kind: str) -> list[Written]:
    """Write a case, and another in a folder beside its files, with files that are none of theirs."""
    parts.write(root / name)
    (root / name / "readme.txt").write_text("no DICOM")
    (root / name / "empty.dcm").touch()
    _parts(f"{parts.seed} inner", parts.rng, alike=False).write(root / name / "inner")
    loose = tuple(f"{name}/{file}" for file in ("RP.dcm", "RD.dcm", "RS.dcm"))
    return [Written(name, kind, files=loose), Written(f"{name}/inner", kind)]


_WRITERS = {
    "several plans": _several,
    "archive": _archive,
    "archive cut": _archive,
    "folders": _folders,
    "others beside": _beside,
}


def main() -> None:
    """Write the plans and say what there is."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--plans", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--alike", action="store_true", help="whole plans of the size of benchmarks/liver_case.py")
    asked = parser.parse_args()
    written = write_plans(asked.folder, asked.plans, asked.seed, alike=asked.alike)
    size = sum(file.stat().st_size for file in asked.folder.rglob("*") if file.is_file())
    print(f"{len(written)} plans, {size / 1e9:.2f} GB")
    for kind, count in Counter(one.kind for one in written).most_common():
        print(f"  {count:4d} {kind}")


if __name__ == "__main__":
    main()
