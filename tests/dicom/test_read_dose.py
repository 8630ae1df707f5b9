"""Dose: every legal way of writing one dose gives the same gray at the same place; the rest is refused."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.dicom.read_case import read_case
from sbrt_qa.errors import CaseError
from sbrt_qa.phantom.writer import Export

SUPINE_AND_PRONE = ("HFS", "HFP", "FFS", "FFP")


def axes_of(dose):
    return [dose.grid.x_mm, dose.grid.y_mm, dose.grid.z_mm]


@pytest.mark.parametrize("implicit_vr", [False, True])
@pytest.mark.parametrize("bits", [16, 32])
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("orientation", [*SUPINE_AND_PRONE, "HFDL", "HFDR"])
def test_dose_lies_where_it_was_written(made, orientation, descending, bits, implicit_vr):
    export = Export(orientation=orientation, descending=descending, bits=bits, implicit_vr=implicit_vr)
    dose = read_case(made.write(export=export)).dose
    for found, expected in zip(axes_of(dose), axes_of(made.dose), strict=True):
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-9)
    np.testing.assert_allclose(dose.gy, made.gy, rtol=0, atol=made.gy.max() / 2**bits)


def test_the_four_orientations_give_the_same_bits(made):
    doses = [read_case(made.write(export=Export(orientation=o))).dose.gy for o in SUPINE_AND_PRONE]
    for other in doses[1:]:
        assert doses[0].tobytes() == other.tobytes()


@pytest.mark.parametrize("descending", [False, True])
def test_absolute_and_relative_offsets_agree(made, descending):
    relative = read_case(made.write(export=Export(descending=descending))).dose
    absolute = read_case(made.write(export=Export(offsets="absolute", descending=descending))).dose
    np.testing.assert_array_equal(relative.grid.z_mm, absolute.grid.z_mm)
    assert relative.gy.tobytes() == absolute.gy.tobytes()


@pytest.mark.parametrize(
    "cosines",
    [
        (0, 1, 0, 0, 0, -1),  # sagittal: columns along y, rows towards the feet, frames along -x
        (1, 0, 0, 0, 0, -1),  # coronal: columns along x, rows towards the feet, frames along y
        (0, 0, 1, 0, -1, 0),
    ],
)
def test_sagittal_and_coronal_stacks_are_turned(made, cosines):
    made.write()
    rows, columns, frames = 4, 3, 5
    stored = np.arange(frames * rows * columns, dtype="<u4").reshape(frames, rows, columns)
    origin, spacing, step = np.array([10.0, 20.0, 30.0]), (2.0, 3.0), 1.5

    def change(ds):
        ds.ImageOrientationPatient = list(cosines)
        ds.ImagePositionPatient = list(origin)
        ds.PixelSpacing = list(spacing)
        ds.NumberOfFrames, ds.Rows, ds.Columns = frames, rows, columns
        ds.GridFrameOffsetVector = [step * k for k in range(frames)]
        ds.DoseGridScaling = "1"
        ds.PixelData = stored.tobytes()

    dose = read_case(made.edit("RD.dcm", change)).dose
    along_row, along_column = np.array(cosines[:3]), np.array(cosines[3:])
    normal = np.cross(along_row, along_column)
    for (k, r, c), value in np.ndenumerate(stored):
        x, y, z = origin + c * spacing[1] * along_row + r * spacing[0] * along_column + k * step * normal
        place = [int(np.argmin(np.abs(axis - p))) for axis, p in zip(axes_of(dose), (x, y, z), strict=True)]
        assert [axis[i] for axis, i in zip(axes_of(dose), place, strict=True)] == pytest.approx([x, y, z])
        assert dose.gy[place[2], place[1], place[0]] == value


def test_cosines_with_rounding_noise_are_aligned(made):
    made.write()
    noisy = [1, 0.0, "-1.224647e-16", 0.0, "0.9999999", "1e-7"]
    folder = made.edit("RD.dcm", lambda ds: setattr(ds, "ImageOrientationPatient", noisy))
    assert read_case(folder).dose.gy.tobytes() == read_case(made.write()).dose.gy.tobytes()


def test_offset_noise_is_kept(made):
    made.write()
    offsets = ["0", "2.4999999999998", "5.00000000000002", "10.0"]
    dose = read_case(made.edit("RD.dcm", lambda ds: setattr(ds, "GridFrameOffsetVector", offsets))).dose
    np.testing.assert_array_equal(dose.grid.z_mm, [-1.0, -1 + 2.4999999999998, -1 + 5.00000000000002, 9.0])


def test_a_full_32_bit_value_keeps_its_size(made):
    made.write()

    def change(ds):
        ds.PixelData = np.full(140, 2**32 - 1, "<u4").tobytes()
        ds.DoseGridScaling = "1e-8"

    assert read_case(made.edit("RD.dcm", change)).dose.gy.max() == np.float32((2**32 - 1) * 1e-8)


def test_what_the_file_says_is_kept_as_written(made):
    dose = read_case(made.write()).dose
    for field in (
        "summation",
        "kind",
        "plan_uids",
        "structure_set_uids",
        "heterogeneity",
        "spatial_transform",
        "identity",
    ):
        assert getattr(dose, field) == getattr(made.dose, field), field


def test_a_dose_that_is_not_head_first_supine_is_noted(made):
    made.write(export=Export(orientation="FFP"))
    said = "The dose is not stored head first supine; it was turned into patient axes."
    assert dict(read_case(made.folder).source.notes)["orientation-not-hfs"] == said
    assert "orientation-not-hfs" not in dict(read_case(made.write()).source.notes)


@pytest.mark.parametrize(
    ("slope", "intercept", "shown"),
    [
        (b"2", b"0", r"(2) and RescaleIntercept (0)"),
        (b"1", b"-1", "(-1)"),
        (b"x", None, r"(x)"),
        (None, b"5", "(none)"),
    ],
)
def test_a_rescaling_of_the_dose_is_ignored_with_a_warning(made, put, slope, intercept, shown):
    plain = read_case(made.write())

    def change(ds):
        for keyword, raw in (("RescaleSlope", slope), ("RescaleIntercept", intercept)):
            if raw is not None:
                put(ds, keyword, raw)

    case = read_case(made.edit("RD.dcm", change))
    ((code, sentence),) = case.source.warnings
    assert code == "rescale-ignored"
    assert shown in sentence
    assert case.dose.gy.tobytes() == plain.dose.gy.tobytes()


def test_a_rescaling_that_changes_nothing_is_a_note(made):
    made.write()
    source = read_case(made.edit("RD.dcm", lambda ds: setattr(ds, "RescaleSlope", "1.0"))).source
    assert source.warnings == ()
    assert dict(source.notes)["rescale-ignored"] == "The dose has a RescaleSlope of 1, which has no meaning there."


@pytest.mark.parametrize("constant", [0, 1000])
def test_an_all_zero_or_constant_dose_is_read(made, constant):
    made.write()
    folder = made.edit("RD.dcm", lambda ds: setattr(ds, "PixelData", np.full(140, constant, "<u4").tobytes()))
    assert np.ptp(read_case(folder).dose.gy) == 0


def test_signed_pixels_are_read_for_an_error_dose_only(made):
    made.write()

    def change(ds):
        ds.PixelRepresentation = 1
        ds.DoseType = "ERROR"
        ds.DoseGridScaling = "0.5"
        ds.PixelData = np.full(140, -4, "<i4").tobytes()

    assert read_case(made.edit("RD.dcm", change)).dose.gy.min() == -2.0
    folder = made.edit("RD.dcm", lambda ds: setattr(ds, "DoseType", "PHYSICAL"))
    with pytest.raises(CaseError, match=r"PixelRepresentation \(0028,0103\) is 1, 0 \(unsigned\) is expected"):
        read_case(folder)


def test_an_error_dose_may_be_unsigned_as_well(made):
    made.write()
    assert read_case(made.edit("RD.dcm", lambda ds: setattr(ds, "DoseType", "ERROR"))).dose.kind == "ERROR"


@pytest.mark.parametrize(("gy", "is_read"), [(10_000, True), (10_001, False)])
def test_ten_thousand_gray_are_the_most_that_is_read(made, gy, is_read):
    made.write()

    def change(ds):
        ds.DoseGridScaling = "1"
        ds.PixelData = np.full(140, gy, "<u4").tobytes()

    folder = made.edit("RD.dcm", change)
    if is_read:
        assert read_case(folder).dose.gy.max() == gy
        return
    with pytest.raises(CaseError, match="makes 10001 Gy, which no treatment gives"):
        read_case(folder)


@pytest.mark.parametrize(
    ("rows", "columns", "code"),
    [(1000, 1000, "dose-frame-count"), (1000, 1001, "dose-too-large"), (1001, 1000, "dose-too-large")],
)
def test_a_grid_has_at_most_a_thousand_million_voxels(made, rows, columns, code):
    made.write()

    def change(ds):
        ds.NumberOfFrames, ds.Rows, ds.Columns = 1000, rows, columns

    with pytest.raises(CaseError) as caught:
        read_case(made.edit("RD.dcm", change))
    assert caught.value.code == code


@pytest.mark.parametrize(("first", "is_read"), [("0.02", True), ("0.0201", False), ("-0.0001", False)])
def test_absolute_offsets_begin_at_the_first_plane_to_a_hundredth_of_a_millimetre(made, put, first, is_read):
    made.write()

    def change(ds):
        put(ds, "ImagePositionPatient", b"0\\0\\0.01")
        put(ds, "GridFrameOffsetVector", f"{first}\\1\\2\\3".encode())

    folder = made.edit("RD.dcm", change)
    if is_read:
        assert read_case(folder).dose.grid.z_mm.tolist() == [float(first), 1, 2, 3]
        return
    with pytest.raises(CaseError, match=f"begins with {first}; 0, or the patient z 0.01"):
        read_case(folder)


def setting(keyword, value):
    return lambda ds, put: put(ds, keyword, value) if isinstance(value, bytes) else setattr(ds, keyword, value)


def without(keyword):
    return lambda ds, _put: delattr(ds, keyword)


REFUSED = [
    ("dose-units-relative", "relative, not in Gy", setting("DoseUnits", "RELATIVE")),
    ("dose-units-unknown", r"DoseUnits \(3004,0002\) is 'CGY'", setting("DoseUnits", "CGY")),
    ("dose-units-unknown", "is ''", setting("DoseUnits", "")),
    ("dose-units-unknown", "is ''", without("DoseUnits")),
    ("dose-without-pixels", "no pixels", without("PixelData")),
    *[
        ("dose-scaling-invalid", r"DoseGridScaling \(3004,000E\)", setting("DoseGridScaling", raw))
        for raw in (
            b"nan",
            b"inf",
            b"0",
            b"-1e-3",
            b"1_0",
            b"1,2",
            b"0x1",
            b"1\\2",
            b"1e400",
            b"",
            b"1e",
            b"1 2",
            b".",
            b"1d3",
        )
    ],
    ("dose-scaling-invalid", "is None", without("DoseGridScaling")),
    ("dose-pixel-format", "BitsAllocated", setting("BitsAllocated", 8)),
    ("dose-pixel-format", r"BitsStored \(0028,0101\) is 12, 32 is expected", setting("BitsStored", 12)),
    ("dose-pixel-format", "HighBit", setting("HighBit", 15)),
    ("dose-pixel-format", "HighBit", without("HighBit")),
    ("dose-pixel-format", "SamplesPerPixel", setting("SamplesPerPixel", 3)),
    ("dose-pixel-format", "MONOCHROME2 is expected", setting("PhotometricInterpretation", "MONOCHROME1")),
    ("dose-pixel-format", "Rows", setting("Rows", 0)),
    ("dose-pixel-format", "Columns", without("Columns")),
    ("dose-pixel-format", "Rows", setting("Rows", b"\x05\x00\x05\x00")),
    ("dose-pixels-signed", "unsigned", setting("PixelRepresentation", 1)),
    ("dose-pixels-signed", "is None", without("PixelRepresentation")),
    ("dose-pixels-signed", "PixelRepresentation", setting("PixelRepresentation", b"\0\0\0\0")),
    ("dose-frame-count", "3 frames of 5 × 7 with 32 bits need 420", setting("NumberOfFrames", 3)),
    ("dose-frame-count", "1 frames", without("NumberOfFrames")),
    ("dose-frame-count", "no whole number", setting("NumberOfFrames", b"4.0")),
    ("dose-frame-count", "3 offsets for 4 frames", setting("GridFrameOffsetVector", b"0\\1\\2")),
    ("dose-frame-count", "0 offsets for 4 frames", without("GridFrameOffsetVector")),
    ("dose-frame-count", "bytes", setting("PixelData", bytes(562))),
    ("dose-pixel-format", "grid of", setting("NumberOfFrames", b"-4")),
    ("dose-too-large", "voxels", setting("NumberOfFrames", b"2000000000")),
    ("dose-offsets-invalid", "rises nor falls", setting("GridFrameOffsetVector", b"0\\1\\1\\2")),
    ("dose-offsets-invalid", "rises nor falls", setting("GridFrameOffsetVector", b"0\\2\\1\\3")),
    ("dose-offsets-invalid", "rises nor falls", setting("GridFrameOffsetVector", b"0\\-1\\-1\\-2")),
    ("dose-offsets-invalid", r"begins with 7\.0", setting("GridFrameOffsetVector", b"7\\8\\9\\10")),
    ("dose-offsets-invalid", "no decimal number", setting("GridFrameOffsetVector", b"0\\nan\\2\\3")),
    ("dose-spacing-invalid", "two positive numbers", setting("PixelSpacing", b"2")),
    ("dose-spacing-invalid", "two positive numbers", setting("PixelSpacing", b"2\\0")),
    ("dose-spacing-invalid", "two positive numbers", setting("PixelSpacing", b"2\\-3")),
    ("dose-spacing-invalid", "two positive numbers", without("PixelSpacing")),
    ("dose-orientation-invalid", "six are expected", without("ImageOrientationPatient")),
    ("dose-orientation-invalid", "orthogonal", setting("ImageOrientationPatient", b"1\\0\\0\\1\\0\\0")),
    ("dose-orientation-invalid", "orthogonal", setting("ImageOrientationPatient", b"2\\0\\0\\0\\1\\0")),
    ("dose-orientation-invalid", "orthogonal", setting("ImageOrientationPatient", b"0\\0\\0\\0\\0\\0")),
    ("dose-orientation-invalid", "three are expected", without("ImagePositionPatient")),
    ("dose-orientation-invalid", "no decimal", setting("ImagePositionPatient", b"0\\inf\\0")),
    ("dose-not-finite", "not finite", setting("DoseGridScaling", b"1e300")),
    (
        "dose-implausible",
        r"DoseGridScaling \(3004,000E\) makes \d+ Gy, which no treatment gives",
        setting("DoseGridScaling", b"1.5"),
    ),
    ("dose-orientation-invalid", "no length", setting("ImagePositionPatient", b"1e300\\0\\-1")),
    ("dose-orientation-invalid", "orthogonal", setting("ImageOrientationPatient", b"1e308\\1e308\\0\\0\\1e308\\0")),
    ("dose-offsets-invalid", "rising", setting("PixelSpacing", b"1e-30\\1e-30")),
    (
        "dose-spacing-invalid",
        r"PixelSpacing \(0028,0030\) holds 1e\+308 mm, which is no length in a patient",
        setting("PixelSpacing", b"1e308\\1"),
    ),
]


@pytest.mark.parametrize(("code", "text", "change"), REFUSED)
def test_what_cannot_be_established_is_refused(made, put, code, text, change):
    made.write()
    with pytest.raises(CaseError, match=text) as caught:
        read_case(made.edit("RD.dcm", lambda ds: change(ds, put)))
    assert caught.value.code == code


@pytest.mark.parametrize("orientation", ["HFP", "FFS", "FFP", "HFDL", "HFDR"])
def test_absolute_offsets_are_legal_only_head_first_supine(made, orientation):
    made.write(export=Export(orientation=orientation))

    def change(ds):
        z = float(ds.ImagePositionPatient[2])
        ds.GridFrameOffsetVector = [z + float(v) for v in ds.GridFrameOffsetVector]

    with pytest.raises(CaseError, match="begins with") as caught:
        read_case(made.edit("RD.dcm", change))
    assert caught.value.code == "dose-offsets-invalid"


@pytest.mark.parametrize("axis", ["frames", "Rows", "Columns"])
def test_a_dose_needs_two_planes_along_each_axis(made, axis):
    made.write()

    def cut(count):
        def change(ds):
            pixels = ds.pixel_array
            if axis == "frames":
                ds.NumberOfFrames, pixels = count, pixels[:count]
                ds.GridFrameOffsetVector = list(range(count))
            else:
                setattr(ds, axis, count)
                pixels = pixels[:, :count] if axis == "Rows" else pixels[:, :, :count]
            ds.PixelData = pixels.tobytes()

        return change

    assert min(read_case(made.edit("RD.dcm", cut(2))).dose.grid.shape_zyx) == 2
    with pytest.raises(CaseError, match="encloses no volume") as caught:
        read_case(made.edit("RD.dcm", cut(1)))
    assert caught.value.code == "dose-single-plane"


def test_an_uneven_stack_along_x_is_refused(made):
    made.write()
    sagittal = [0, 1, 0, 0, 0, -1]
    with pytest.raises(CaseError, match="uneven along x or y") as caught:
        read_case(made.edit("RD.dcm", lambda ds: setattr(ds, "ImageOrientationPatient", sagittal)))
    assert caught.value.code == "dose-offsets-invalid"
