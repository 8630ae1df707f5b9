"""Compare the curves with the planning systems' own, on real exports, and write ``docs/validation.md``.

Run ``python benchmarks/validate.py`` (print) or ``python benchmarks/validate.py --write``. The exports are not part of
the project; they are looked for in ``../shared/data`` beside the repository, or where ``--data`` says.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pydicom

import sbrt_qa as qa

ROOT = Path(__file__).resolve().parent.parent
RULES = ("half-slice", "none")


@dataclass(frozen=True)
class Reference:
    """The planning system's curve of one structure: volume in cc, dose axis in Gy, relative volume 0..1."""

    volume_cc: float
    dose_gy: np.ndarray
    share: np.ndarray

    def mean_gy(self) -> float:
        """Mean dose of the curve, trapezoids between its points."""
        share = np.append(self.share, 0.0)
        dose = np.append(self.dose_gy, self.dose_gy[-1])
        return float(((share[:-1] - share[1:]) * (dose[:-1] + dose[1:]) / 2).sum() + (1 - share[0]) * dose[0])

    def median_gy(self) -> float:
        """Dose that half of the volume receives at least."""
        return float(np.interp(-0.5, -self.share, self.dose_gy))


def from_dicom(path: Path) -> dict[int, Reference]:
    """Read the DVHSequence of an RTDOSE, by ROI number.

    The file gives bin widths. Its curve is read at bin *centres*: so read, the mean of every curve is
    the system's own stated mean (which the file gives in per cent of 14 Gy); read at lower edges it is half a bin less.
    """
    found = {}
    for item in pydicom.dcmread(path, stop_before_pixels=True).DVHSequence:
        data = np.array(item.DVHData, dtype=float)
        widths, volume = data[::2] * float(item.DVHDoseScaling), data[1::2]
        edges = np.cumsum(widths) - widths
        number = int(item.DVHReferencedROISequence[0].ReferencedROINumber)
        found[number] = Reference(volume[0], edges + widths / 2, volume / volume[0])
    return found


def from_table(path: Path, case: qa.Case) -> dict[int, Reference]:
    """Read the table exported from Eclipse, by ROI number.

    One line of the table says 0.00035604 Gy between 35.558 and 35.65 (35.604 is meant); lines whose dose
    does not rise are left out.
    """
    rows = list(csv.reader(path.open(encoding="utf-8")))
    numbers = {s.name.replace(" ", ""): s.number for s in case.structures}
    found = {}
    for column in range(0, len(rows[0]) - 1, 2):
        name = rows[0][column].split("_")[0]
        volume = float(rows[0][column + 1].split("% of ")[1].split(" cc")[0])
        points = np.array([(float(r[column]), float(r[column + 1])) for r in rows[1:] if r[column] and r[column + 1]])
        points = points[points[:, 0] >= np.maximum.accumulate(points[:, 0])]
        last = int(np.flatnonzero(points[:, 1] > 0)[-1]) + 2
        if name in numbers:
            found[numbers[name]] = Reference(volume, points[:last, 0], points[:last, 1] / 100)
    return found


def compare(case: qa.Case, references: dict[int, Reference]) -> list[dict]:
    """One row per structure and end-cap rule."""
    highest = float(case.dose.gy.max())
    rows = []
    for structure in case.structures:
        reference = references.get(structure.number)
        if reference is None or not structure.closed_contours:
            continue
        for rule in RULES:
            curve = qa.dvh(case, structure, qa.Sampling(end_cap=rule))
            share = curve.cumulative_cc / curve.covered_cc
            # Below its first point the planning system's curve says nothing: all volume has at least that dose.
            ours = np.interp(reference.dose_gy, curve.edges_gy, share)
            median = float(np.interp(-0.5, -share, curve.edges_gy))
            rows.append(
                {
                    "structure": structure.name,
                    "rule": rule,
                    "system_cc": reference.volume_cc,
                    "ours_cc": curve.volume_cc,
                    "covered": curve.covered,
                    "mean_percent": 100 * (curve.mean_gy / reference.mean_gy() - 1),
                    "d50_percent_of_max": 100 * (median - reference.median_gy()) / highest,
                    "curve_percent": 100 * float(np.abs(ours - reference.share).max()),
                }
            )
    return rows


def within(row: dict) -> bool:
    """Tell whether a row is inside the tolerances: mean 0.3 %, D50 0.5 % of the maximum dose, curve 1.5 %."""
    return abs(row["mean_percent"]) <= 0.3 and abs(row["d50_percent_of_max"]) <= 0.5 and row["curve_percent"] <= 1.5


def judged(rows: list[dict]) -> dict[str, bool | None]:
    """By structure: met under one of the rules, or None where it is below 2 cc or leaves the grid."""
    verdicts: dict[str, bool | None] = {}
    for row in rows:
        both = [r for r in rows if r["structure"] == row["structure"]]
        if row["system_cc"] <= 2.0 or min(r["covered"] for r in both) < 1.0:
            verdicts[row["structure"]] = None
        else:
            verdicts[row["structure"]] = any(within(r) for r in both)
    return verdicts


def table(rows: list[dict]) -> str:
    """Markdown table of one export."""
    verdicts = judged(rows)
    words = {True: "yes", False: "**no**", None: "not judged"}
    lines = [
        "| structure | end caps | system cc | ours cc | in grid | mean | D50 | curve | met |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {r['structure']} | {r['rule']} | {r['system_cc']:.3f} | {r['ours_cc']:.3f} | {r['covered']:.1%} "
        f"| {r['mean_percent']:+.2f} % | {r['d50_percent_of_max']:+.2f} % | {r['curve_percent']:.2f} % "
        f"| {words[verdicts[r['structure']]]} |"
        for r in rows
    ]
    return "\n".join(lines)


def exports(data: Path) -> dict[str, list[dict]]:
    """Compare every export below ``data``."""
    breast = qa.read_case(data / "dicompyler-example")
    prostate = qa.read_case(data / "eclipse-prostate")
    return {
        "Breast boost, Varian (dose 2.5 × 2.5 × 3 mm, maximum 14.68 Gy)": compare(
            breast, from_dicom(data / "dicompyler-example" / "rtdose.dcm")
        ),
        "Phantom prostate, Eclipse 8.1 (dose 2.5 mm)": compare(
            prostate, from_table(data / "eclipse-prostate" / "tps_dvh.csv", prostate)
        ),
    }


def main() -> None:
    """Print or write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/validation.md")
    options = parser.parse_args()
    if not options.data.is_dir():
        raise SystemExit(f"{options.data}: no real exports there (name their folder with --data)")
    tables = "\n\n".join(f"### {title}\n\n{table(rows)}" for title, rows in exports(options.data).items())
    print(tables)
    if options.write:
        page = ROOT / "docs" / "validation.md"
        before, mark, rest = page.read_text(encoding="utf-8").partition("<!-- tables -->")
        after = rest.partition("<!-- end of tables -->")[2]
        page.write_text(f"{before}{mark}\n{tables}\n<!-- end of tables -->{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
