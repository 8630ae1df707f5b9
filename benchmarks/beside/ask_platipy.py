"""Ask PlatiPy: masks on the CT, the dose resampled to them, its own table of curves."""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, Any

from platipy.dicom.io.rtdose_to_nifti import convert_rtdose
from platipy.dicom.io.rtstruct_to_nifti import (
    read_dicom_image,
    read_dicom_struct_file,
    transform_point_set_from_dicom_struct,
)
from platipy.imaging.dose.dvh import calculate_d_cc_x, calculate_d_x, calculate_dvh_for_labels

from beside.answers import answer
from beside.curve import PERCENTS, SMALL_CC, ends_gy

if TYPE_CHECKING:
    from pathlib import Path

    from pandas import DataFrame

FINE_GY = 0.02


def table(folder: Path, **options: float) -> DataFrame:
    """Read a case, with the CT beside it, and draw all curves."""
    image = read_dicom_image(folder.parent / "CT")
    masks, names = transform_point_set_from_dicom_struct(image, read_dicom_struct_file(folder / "RS.dcm"))
    return calculate_dvh_for_labels(convert_rtdose(folder / "RD.dcm"), dict(zip(names, masks, strict=True)), **options)


def ask(folder: Path) -> dict[str, Any]:
    """Return every value: volume and mean as it gives them, D by its own functions, the ends from its curve."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        found = table(folder, bin_width=FINE_GY)
        doses = calculate_d_x(found, list(PERCENTS.values()))
        small = calculate_d_cc_x(found, list(SMALL_CC.values()))
    gy = [column for column in found.columns if isinstance(column, float)]
    values = {}
    for row, (_, entry) in enumerate(found.iterrows()):
        lowest, highest = ends_gy(gy, [float(entry[dose]) for dose in gy])
        own = {"Volume": entry["cc"], "Dmin": lowest, "Dmax": highest, "Dmean": entry["mean"]}
        own |= {metric: doses.iloc[row][f"D{percent}"] for metric, percent in PERCENTS.items()}
        own |= {metric: small.iloc[row][f"D{cc}cc"] for metric, cc in SMALL_CC.items()}
        values[entry["label"]] = {metric: float(value) for metric, value in own.items()}
    return {"values": values, "refused": {}, "said": said.getvalue().splitlines()}


if __name__ == "__main__":
    answer(ask, table)
