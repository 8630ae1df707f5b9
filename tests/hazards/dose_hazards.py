"""D: what can be wrong with the dose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hazard_case import PLAN_CLASS, Pile, bytes_of, put, reference
from hazard_kinds import Behaviour, hazard
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

if TYPE_CHECKING:
    from numpy.random import Generator

REFUSE, FINDING, CHECK, WARN, NOTE = (
    Behaviour.REFUSE,
    Behaviour.FINDING,
    Behaviour.CHECK,
    Behaviour.WARN,
    Behaviour.NOTE,
)


def crop(pile: Pile, axis: int, *, keep: slice) -> None:
    """Keep a part of the dose grid along z (0), y (1) or x (2)."""
    dose = pile.dose
    kept = np.ascontiguousarray(pile.pixels()[(slice(None),) * axis + (keep,)])
    first = range(pile.pixels().shape[axis])[keep][0]
    dose.NumberOfFrames, dose.Rows, dose.Columns = (int(n) for n in kept.shape)
    dose.PixelData = kept.tobytes()
    origin = [float(v) for v in dose.ImagePositionPatient]
    if axis == 0:
        offsets = [float(v) for v in dose.GridFrameOffsetVector][keep]
        origin[2] += offsets[0]
        dose.GridFrameOffsetVector = [f"{v - offsets[0]:.6g}" for v in offsets]
    else:
        origin[2 - axis] += first * float(dose.PixelSpacing[axis - 1])
    dose.ImagePositionPatient = [f"{v:.6g}" for v in origin]


def scale(pile: Pile, factor: float) -> None:
    pile.dose.DoseGridScaling = f"{float(pile.dose.DoseGridScaling) * factor:.8e}"


@hazard("D01", FINDING, "dose-grid-too-small")
def target_leaves_the_grid(pile: Pile, rng: Generator) -> None:
    side = rng.integers(6)
    axis = int(side % 3)
    n = pile.pixels().shape[axis]
    middle = {0: 13, 1: 12, 2: 20}[axis] + int(rng.integers(-1, 2))  # the grid plane next to the target's centre
    crop(pile, axis, keep=slice(0, middle + 1) if side < 3 else slice(middle, n))


@hazard("D02", FINDING, "dose-grid-too-small")
def organs_leave_the_grid(pile: Pile, rng: Generator) -> None:
    if rng.integers(2):
        crop(pile, 1, keep=slice(0, int(rng.integers(17, 20))))
    else:
        crop(pile, 0, keep=slice(int(rng.integers(4, 8)), None))


@hazard("D03", REFUSE, "dose-units-relative")
def units_relative(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseUnits = "RELATIVE"
    scale(pile, rng.uniform(0.5, 2.0))


@hazard("D04", REFUSE, "dose-implausible")
def scaled_up(pile: Pile, rng: Generator) -> None:
    scale(pile, rng.choice([5.0, 10.0, 100.0]) * rng.uniform(0.9, 1.1))


@hazard("D04", REFUSE, "dose-implausible")
def scaled_down(pile: Pile, rng: Generator) -> None:
    scale(pile, 1.0 / (rng.choice([5.0, 10.0, 100.0]) * rng.uniform(0.9, 1.1)))


@hazard("D05", REFUSE, "dose-scaling-invalid")
def scaling_is_no_number(pile: Pile, rng: Generator) -> None:
    texts = ["1_0", "1,2", "0x1", "nan", "inf", "-inf", "NaN", "1e400", "0", "0.0", "-1E-3", "1e-3\\1e-3"]
    texts += ["1.0.0", "1e", "1d-3", "١", "+-1", "Infinity", "1e-400"]
    put(pile.dose, "DoseGridScaling", str(rng.choice(texts)).encode())


@hazard("D05", REFUSE, "dose-scaling-invalid")
def scaling_missing(pile: Pile, rng: Generator) -> None:
    if rng.integers(2):
        del pile.dose.DoseGridScaling
    else:
        put(pile.dose, "DoseGridScaling", b"")


@hazard("D06", WARN, "beam-dose-sum-differs")
def beam_doses_of_another_normalisation(pile: Pile, rng: Generator) -> None:
    factor = rng.choice([rng.uniform(0.6, 0.94), rng.uniform(1.06, 1.7)])
    for beam in pile.plan.FractionGroupSequence[0].ReferencedBeamSequence:
        if "BeamDose" in beam:
            beam.BeamDose = round(float(beam.BeamDose) * factor, 4)


def give_dvh(pile: Pile, name: str, factor: float) -> None:
    """Embed the DVH of one structure, computed from the stored dose times a factor."""
    item, roi = Dataset(), Dataset()
    roi.ReferencedROINumber, roi.DVHROIContributionType = pile.number(name), "INCLUDED"
    item.DVHReferencedROISequence = Sequence([roi])
    item.DVHType, item.DoseUnits, item.DoseType, item.DVHVolumeUnits = "CUMULATIVE", "GY", "PHYSICAL", "CM3"
    item.DVHDoseScaling = "1"
    edges = np.arange(0, 70, 0.1)
    x = np.linspace(10, 30, 21)
    y = np.linspace(-10, 10, 21)
    z = np.linspace(-12, 12, 21)
    from hazard_case import gy_at

    gy = factor * gy_at(*np.meshgrid(x, y, z, indexing="ij")).ravel()
    volume = 9.6 * (gy[None, :] >= edges[:, None]).mean(axis=1)
    pairs = np.column_stack([np.full(edges.size, 0.1), volume]).ravel()
    item.DVHData = [f"{v:.6g}" for v in pairs]
    item.DVHNumberOfBins = edges.size
    item.DVHMinimumDose, item.DVHMaximumDose = f"{gy.min():.5g}", f"{gy.max():.5g}"
    item.DVHMeanDose = f"{gy.mean():.5g}"
    pile.dose.DVHSequence = Sequence([item])


@hazard("D06", CHECK, "dose-disagrees-with-embedded-dvh")
def dvh_of_another_calculation(pile: Pile, rng: Generator) -> None:
    give_dvh(pile, "PTVsb", rng.choice([rng.uniform(0.75, 0.93), rng.uniform(1.07, 1.25)]))


@hazard("D07", REFUSE, "dose-type-effective")
def dose_effective(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseType = "EFFECTIVE"


@hazard("D07", REFUSE, "dose-type-error")
def dose_of_differences(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseType = "ERROR"


@hazard("D07", REFUSE, "dose-type-unknown")
def dose_type_unknown(pile: Pile, rng: Generator) -> None:
    put(pile.dose, "DoseType", [b"", b"physical", b"BIOLOGICAL", b"PHYSICAL\\EFFECTIVE"][rng.integers(4)])


@hazard("D08", REFUSE, "dose-not-whole-plan", "beam-dose-missing")
def dose_of_a_part(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseSummationType = str(rng.choice(["BEAM", "BRACHY", "CONTROL_POINT"]))


@hazard("D08", REFUSE, "dose-summation-unknown")
def summation_unknown(pile: Pile, rng: Generator) -> None:
    put(pile.dose, "DoseSummationType", [b"", b"TOTAL", b"plan"][rng.integers(3)])


@hazard("D09", REFUSE, "dose-single-session")
def dose_of_a_session(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseSummationType = str(rng.choice(["FRACTION_SESSION", "BEAM_SESSION", "BRACHY_SESSION"]))


@hazard("D09", NOTE, "dose-fraction-group")
def dose_of_the_only_fraction_group(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseSummationType = "FRACTION"


@hazard("D09", REFUSE, "dose-fraction-group")
def dose_of_one_of_two_fraction_groups(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseSummationType = "FRACTION"
    second_group(pile, int(rng.integers(1, 6)))


def second_group(pile: Pile, fractions: int) -> None:
    groups = pile.plan.FractionGroupSequence
    other = Dataset()
    other.FractionGroupNumber, other.NumberOfFractionsPlanned = 2, fractions
    other.NumberOfBeams, other.NumberOfBrachyApplicationSetups = 0, 0
    groups.append(other)


def beam_doses(pile: Pile, beams: list[int], rng: Generator) -> None:
    """Put doses of single beams in the place of the dose of the plan."""
    pixels = pile.pixels()
    share = rng.uniform(0.2, 0.8)
    pile.dropped.add("dose")
    for index, beam in enumerate(beams):
        dose = Dataset()
        dose.update(pile.dose)
        dose.file_meta = pile.dose.file_meta
        dose.SOPInstanceUID = dose.file_meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=[f"b{index}"])
        dose.DoseSummationType = "BEAM"
        dose.PixelData = (pixels * (share if index == 0 else 1 - share)).astype(pixels.dtype).tobytes()
        plan, group, given = reference(PLAN_CLASS, str(pile.plan.SOPInstanceUID)), Dataset(), Dataset()
        given.ReferencedBeamNumber = beam
        group.ReferencedBeamSequence, group.ReferencedFractionGroupNumber = Sequence([given]), 1
        plan.ReferencedFractionGroupSequence = Sequence([group])
        dose.ReferencedRTPlanSequence = Sequence([plan])
        pile.extra[f"beam{index}.dcm"] = bytes_of(dose)


@hazard("D10", REFUSE, "beam-dose-missing", "dose-not-whole-plan")
def one_beam_dose_is_missing(pile: Pile, rng: Generator) -> None:
    beam_doses(pile, [int(rng.integers(1, 3))], rng)


@hazard("D10", REFUSE, "beam-dose-missing", "beam-dose-repeated", "dose-not-whole-plan")
def one_beam_dose_is_there_twice(pile: Pile, rng: Generator) -> None:
    beam = int(rng.integers(1, 3))
    beam_doses(pile, [beam, beam], rng)


@hazard("D10", REFUSE, "beam-dose-repeated", "dose-not-whole-plan")
def one_beam_dose_too_many(pile: Pile, rng: Generator) -> None:
    beam_doses(pile, [1, 2, int(rng.integers(1, 3))], rng)


@hazard("D11", REFUSE, "dose-multi-plan")
def dose_of_several_plans(pile: Pile, rng: Generator) -> None:
    if rng.integers(2):
        pile.dose.DoseSummationType = "MULTI_PLAN"
    pile.dose.ReferencedRTPlanSequence.append(reference(PLAN_CLASS, generate_uid(entropy_srcs=["other"])))
    if rng.integers(2):
        pile.dose.DoseSummationType = "MULTI_PLAN"


@hazard("D12", REFUSE, "dose-record")
def dose_delivered(pile: Pile, rng: Generator) -> None:
    pile.dose.DoseSummationType = "RECORD"


@hazard("D13", REFUSE, "dose-deformed")
def dose_deformed(pile: Pile, rng: Generator) -> None:
    pile.dose.SpatialTransformOfDose = "NON_RIGID"


@hazard("D13", CHECK, "dose-rigidly-mapped")
def dose_moved(pile: Pile, rng: Generator) -> None:
    pile.dose.SpatialTransformOfDose = "RIGID"


@hazard("D14", CHECK, "dose-in-water")
def dose_in_water(pile: Pile, rng: Generator) -> None:
    pile.dose.TissueHeterogeneityCorrection = ["WATER"] if rng.integers(2) else ["ROI_OVERRIDE", "WATER"]


@hazard("D14", NOTE, "dose-roi-override")
def density_override(pile: Pile, rng: Generator) -> None:
    pile.dose.TissueHeterogeneityCorrection = ["IMAGE", "ROI_OVERRIDE"]


@hazard("D15", REFUSE, "dose-pixels-signed")
def signed_pixels(pile: Pile, rng: Generator) -> None:
    pile.dose.PixelRepresentation = int(rng.integers(1, 3))


@hazard("D16", REFUSE, "dose-pixel-format")
def bits_disagree(pile: Pile, rng: Generator) -> None:
    name, value = [("BitsStored", 12), ("HighBit", 14), ("BitsAllocated", 8), ("SamplesPerPixel", 3), ("HighBit", 31)][
        rng.integers(5)
    ]
    setattr(pile.dose, name, value)


@hazard("D16", REFUSE, "dose-pixel-format", "dose-frame-count")
def bits_of_the_other_size(pile: Pile, rng: Generator) -> None:
    pile.dose.BitsAllocated = pile.dose.BitsStored = 32
    pile.dose.HighBit = 31


@hazard("D17", REFUSE, "dose-frame-count")
def frame_count_off(pile: Pile, rng: Generator) -> None:
    pile.dose.NumberOfFrames = int(pile.dose.NumberOfFrames) + int(rng.choice([-2, -1, 1, 2]))


@hazard("D17", REFUSE, "dose-frame-count")
def an_offset_too_few_or_many(pile: Pile, rng: Generator) -> None:
    offsets = [float(v) for v in pile.dose.GridFrameOffsetVector]
    pile.dose.GridFrameOffsetVector = offsets[:-1] if rng.integers(2) else [*offsets, offsets[-1] + 3]


@hazard("D17", REFUSE, "dose-frame-count")
def a_frame_less_of_pixels(pile: Pile, rng: Generator) -> None:
    frame = pile.dose.Rows * pile.dose.Columns * 2
    cut = int(rng.integers(1, 3)) * frame
    pile.dose.PixelData = pile.dose.PixelData[cut:] if rng.integers(2) else pile.dose.PixelData + bytes(cut)


@hazard("D18", REFUSE, "dose-offsets-invalid")
def absolute_offsets_of_a_turned_grid(pile: Pile, rng: Generator) -> None:
    first = float(pile.dose.ImagePositionPatient[2])
    pile.dose.ImageOrientationPatient = [[-1, 0, 0, 0, -1, 0], [-1, 0, 0, 0, 1, 0], [1, 0, 0, 0, -1, 0]][
        rng.integers(3)
    ]
    pile.dose.GridFrameOffsetVector = [first + float(v) for v in pile.dose.GridFrameOffsetVector]


@hazard("D18", REFUSE, "dose-offsets-invalid")
def offsets_that_begin_anywhere(pile: Pile, rng: Generator) -> None:
    first = float(rng.choice([-1, 1]) * rng.uniform(0.5, 25.0))
    pile.dose.GridFrameOffsetVector = [f"{first + float(v):.6g}" for v in pile.dose.GridFrameOffsetVector]


@hazard("D19", REFUSE, "dose-offsets-invalid")
def offsets_repeated_or_turning(pile: Pile, rng: Generator) -> None:
    offsets = [float(v) for v in pile.dose.GridFrameOffsetVector]
    k = int(rng.integers(2, len(offsets) - 2))
    if rng.integers(2):
        offsets[k] = offsets[k - 1]
    else:
        offsets[k], offsets[k + 1] = offsets[k + 1], offsets[k]
    pile.dose.GridFrameOffsetVector = offsets


@hazard("D20", REFUSE, "dose-orientation-invalid")
def orientation_degenerate(pile: Pile, rng: Generator) -> None:
    pile.dose.ImageOrientationPatient = [
        [0, 0, 0, 0, 1, 0],
        [1, 0, 0, 1, 0, 0],
        [1, 0, 0, 0.1, 1, 0],
        [2, 0, 0, 0, 1, 0],
        [1, 0, 0, 0, 0.98, 0],
    ][rng.integers(5)]


@hazard("D20", FINDING, "dose-grid-too-small")
def orientation_turned_without_the_pixels(pile: Pile, rng: Generator) -> None:
    pile.dose.ImageOrientationPatient = [[-1, 0, 0, 0, 1, 0], [1, 0, 0, 0, -1, 0], [-1, 0, 0, 0, -1, 0]][
        rng.integers(3)
    ]


@hazard("D21", REFUSE, "dose-spacing-invalid")
def spacing_is_no_spacing(pile: Pile, rng: Generator) -> None:
    put(pile.dose, "PixelSpacing", [b"0\\4", b"-5\\4", b"5", b"5\\4\\3", b"nan\\4", b"", b"5\\1e400"][rng.integers(7)])


@hazard("D22", CHECK, "dose-grid-coarse")
def grid_coarse(pile: Pile, rng: Generator) -> None:
    pile.protocol = pile.protocol.replace('goal: "<= 5 mm", acceptable: "<= 6 mm"', 'goal: "<= 2 mm"')


@hazard("D22", WARN, "dose-grid-coarse")
def grid_acceptable(pile: Pile, rng: Generator) -> None:
    pile.protocol = pile.protocol.replace('goal: "<= 5 mm"', f'goal: "<= {rng.uniform(2, 4.9):.2f} mm"')


@hazard("D23", REFUSE, "dose-single-plane")
def single_plane(pile: Pile, rng: Generator) -> None:
    k = int(rng.integers(0, 27))
    crop(pile, 0, keep=slice(k, k + 1))
    if rng.integers(2):
        del pile.dose.NumberOfFrames
        del pile.dose.GridFrameOffsetVector


@hazard("D24", REFUSE, "dose-all-zero")
def all_zero(pile: Pile, rng: Generator) -> None:
    pile.dose.PixelData = bytes(len(pile.dose.PixelData))


@hazard("D24", REFUSE, "dose-constant")
def constant(pile: Pile, rng: Generator) -> None:
    value = np.uint16(rng.integers(1, 65535))
    pile.dose.PixelData = np.full(pile.pixels().shape, value, dtype="<u2").tobytes()


@hazard("D25", REFUSE, "dose-without-pixels")
def no_pixels(pile: Pile, rng: Generator) -> None:
    give_dvh(pile, "PTVsb", 1.0)
    del pile.dose.PixelData
