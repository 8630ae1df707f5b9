"""A cut or damaged file is refused, or gives exactly what the whole file gives: never less, never a traceback."""

from __future__ import annotations

import random

import pytest

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError
from sbrt_qa.phantom.writer import Export


def facts(case):
    """Everything a cut could take away."""
    return (
        case.dose.gy.tobytes(),
        case.dose.grid.z_mm.tobytes(),
        [
            (s.name, s.number, [(c.geometry, c.points_mm.tobytes()) for c in s.contours], s.faults)
            for s in case.structures
        ],
        case.plan and (case.plan.fraction_groups, case.plan.dose_references),
    )


@pytest.mark.parametrize("implicit_vr", [False, True])
@pytest.mark.parametrize("name", ["RD.dcm", "RS.dcm", "RP.dcm"])
def test_a_cut_file_is_refused(made, name, implicit_vr):
    made.write(export=Export(implicit_vr=implicit_vr))
    path = made.folder / name
    whole = path.read_bytes()
    boundaries = top_level_ends(whole)
    cuts = {*range(0, 400, 13), *random.Random(5).sample(range(len(whole)), 60), *range(len(whole) - 12, len(whole))}
    for cut in sorted(cuts - boundaries):
        path.write_bytes(whole[:cut])
        if cut < 132 and name == "RP.dcm":  # not even the DICM prefix is left: as if it were not there
            assert read_case(made.folder).plan is None
            continue
        with pytest.raises(CaseError) as caught:
            read_case(made.folder)
        if cut >= 132:
            assert caught.value.code in {"file-truncated", "file-trailing-bytes"}, cut
            assert caught.value.where == name


def top_level_ends(data: bytes) -> set[int]:
    """Where an element of the data set itself ends: a file cut there is a whole file of fewer elements."""
    import io

    import pydicom

    ds = pydicom.dcmread(io.BytesIO(data))
    starts = {element.file_tell for element in ds if element.file_tell}
    headers = {8, 12} if not ds.original_encoding[0] else {8}
    return {start - header for start in starts for header in headers}


def test_a_file_cut_between_its_elements_never_holds_part_of_a_structure_or_a_dose(made):
    whole_case = read_case(made.write())
    for name in ("RD.dcm", "RS.dcm"):
        path = made.folder / name
        whole = path.read_bytes()
        for cut in sorted(top_level_ends(whole)):
            path.write_bytes(whole[:cut])
            try:
                case = read_case(made.folder)
            except CaseError:
                continue
            assert name == "RS.dcm"
            for found, expected in zip(case.structures, whole_case.structures, strict=False):
                assert len(found.contours) in {0, len(expected.contours)}
        path.write_bytes(whole)


def test_what_pydicom_reads_silently_is_refused(made):
    """With sequences of defined length pydicom reads a file cut at 95 % as one that holds less."""
    made.write(export=Export(implicit_vr=True))
    path = made.folder / "RS.dcm"
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 95 // 100])
    with pytest.raises(CaseError, match=r"RS\.dcm: the file is cut or damaged: .* are left") as caught:
        read_case(made.folder)
    assert caught.value.code == "file-truncated"


@pytest.mark.parametrize("name", ["RD.dcm", "RS.dcm", "RP.dcm"])
def test_trailing_bytes_are_refused(made, name):
    made.write()
    path = made.folder / name
    path.write_bytes(path.read_bytes() + bytes(6))
    with pytest.raises(CaseError, match="6 bytes follow the data set") as caught:
        read_case(made.folder)
    assert caught.value.code == "file-trailing-bytes"


@pytest.mark.parametrize("name", ["RD.dcm", "RS.dcm", "RP.dcm"])
@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_never_give_a_traceback(made, name, seed):
    made.write(images=True, export=Export(implicit_vr=bool(seed % 2)))
    path = made.folder / name
    whole = path.read_bytes()
    dice = random.Random(seed)
    for _ in range(60):
        data = bytearray(whole)
        for _ in range(dice.choice((1, 3, 20))):
            data[dice.randrange(len(data))] = dice.choice((0, 0xFF, dice.randrange(256)))
        path.write_bytes(data)
        outcome(made.folder)


def outcome(folder) -> object:
    """The case, or the reason code that refuses it; anything else is a traceback and fails the test."""
    try:
        return facts(read_case(folder))
    except CaseError as error:
        return error.code or pytest.fail("a refusal without reason code")
