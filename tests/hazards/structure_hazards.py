"""S: what can be wrong with the structures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hazard_case import Pile, contour_of, disc, draw, points_of, put
from hazard_kinds import Behaviour, hazard
from pydicom.sequence import Sequence
from pydicom.uid import generate_uid

if TYPE_CHECKING:
    from numpy.random import Generator

REFUSE, FINDING, WARN, NOTE = Behaviour.REFUSE, Behaviour.FINDING, Behaviour.WARN, Behaviour.NOTE
USED = ("PTVsb", "CTVsb", "Liver", "SpinalCord", "Kidney_L", "Kidney_R")
ROWS = {  # constraints that look at a structure
    "PTVsb": ("PTV-COVERAGE", "PTV-HOT"),
    "CTVsb": ("CTV-COVERAGE", "LIVER-SPARED"),
    "Liver": ("LIVER-MEAN", "LIVER-SPARED"),
    "SpinalCord": ("CORD-MAX", "CORD-COLD"),
}


def any_used(rng: Generator, *others: str) -> str:
    return str(rng.choice([name for name in USED if name not in others]))


@hazard("S01", FINDING, "structure-missing", "derived-part-missing")
def name_unmatched(pile: Pile, rng: Generator) -> None:
    roi = pile.roi(any_used(rng))
    roi.ROIName = rng.choice(["{}1", "{}_old", "x{}", "{}-2", "New {}"]).format(roi.ROIName)


@hazard("S01", FINDING, "structure-missing", "derived-part-missing")
def structure_gone(pile: Pile, rng: Generator) -> None:
    number = pile.number(any_used(rng))
    for sequence in ("StructureSetROISequence", "ROIContourSequence", "RTROIObservationsSequence"):
        items = getattr(pile.structures, sequence)
        key = "ROINumber" if sequence.startswith("Structure") else "ReferencedROINumber"
        setattr(pile.structures, sequence, Sequence(item for item in items if item[key].value != number))


@hazard("S02", FINDING, "structure-ambiguous")
def two_structures_of_one_name(pile: Pile, rng: Generator) -> None:
    name = any_used(rng, "PTVsb")  # whose role takes several
    pile.roi(str(rng.choice(["BODY", "zOptimiser"]))).ROIName = rng.choice(
        [name, name.upper(), name.replace("_", " "), f" {name} "]
    )


@hazard("S03", FINDING, "structure-missing", "derived-part-missing")
def only_a_near_name(pile: Pile, rng: Generator) -> None:
    name, near = [
        ("Kidney_L", "Kidney_LR"),
        ("Kidney_R", "Kidney-R"),
        ("Liver", "Liver-GTV"),
        ("SpinalCord", "SpinalCanal"),
        ("CTVsb", "CTV-sb"),
        ("PTVsb", "PTVsb-CTVsb"),
    ][rng.integers(6)]
    pile.roi(name).ROIName = near


@hazard("S04", FINDING, "laterality-contradicted", only=("KIDNEY-L", "KIDNEY-R"))
def sides_swapped(pile: Pile, rng: Generator) -> None:
    left, right = pile.roi("Kidney_L"), pile.roi("Kidney_R")
    left.ROIName, right.ROIName = "Kidney_R", "Kidney_L"


@hazard("S05", FINDING, "structure-empty")
def structure_empty(pile: Pile, rng: Generator) -> None:
    drawing = pile.drawing(any_used(rng))
    how = rng.integers(3)
    if how == 0:
        del drawing.ContourSequence
    elif how == 1:
        drawing.ContourSequence = Sequence()
    else:
        pile.structures.ROIContourSequence = Sequence(d for d in pile.structures.ROIContourSequence if d is not drawing)


@hazard("S06", FINDING, "structure-too-small", "contour-degenerate")
def structure_tiny(pile: Pile, rng: Generator) -> None:
    name = any_used(rng)
    contours = pile.contours(name)
    centre = np.concatenate([points_of(c) for c in contours]).mean(axis=0)
    for contour in contours:
        points = points_of(contour)
        points[:, :2] = centre[:2] + (points[:, :2] - centre[:2]) * 0.02
        draw(contour, points)


@hazard("S06", FINDING, "structure-too-small")
def structure_on_one_plane(pile: Pile, rng: Generator) -> None:
    drawing = pile.drawing(any_used(rng))
    drawing.ContourSequence = Sequence([drawing.ContourSequence[int(rng.integers(len(drawing.ContourSequence)))]])


@hazard("S06", FINDING, "structure-too-small", "contour-degenerate", "contour-data-invalid")
def structure_of_two_points(pile: Pile, rng: Generator) -> None:
    drawing = pile.drawing(any_used(rng))
    contour = drawing.ContourSequence[0]
    drawing.ContourSequence = Sequence([draw(contour, points_of(contour)[:2])])


def remove_planes(pile: Pile, name: str, first: int, count: int) -> None:
    contours = pile.contours(name)
    del contours[first : first + count]


@hazard("S07", WARN, "contour-gap")
def one_plane_of_an_organ_missing(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["Liver", "SpinalCord"]))
    remove_planes(pile, name, int(rng.integers(2, len(pile.contours(name)) - 3)), 1)


@hazard("S07", WARN, "contour-gap")
def inner_planes_of_a_target_missing_where_it_matters_to_nobody(pile: Pile, rng: Generator) -> None:
    remove_planes(pile, "PTVsb", 2, int(rng.integers(1, 3)))


@hazard("S07", FINDING, "contour-gap")
def inner_planes_of_a_target_missing(pile: Pile, rng: Generator) -> None:
    """The target is cold where nobody drew: bridged it fails, as two parts it passes."""
    remove_planes(pile, "PTVsb", 2, 2)
    cold = np.abs(pixel_z(pile)) < 0.1
    pixels = pile.pixels().copy()
    pixels[cold] = (pixels[cold] * rng.uniform(0.6, 0.8)).astype(pixels.dtype)
    pile.dose.PixelData = pixels.tobytes()
    pile.protocol = pile.protocol.replace('metric: "D99%[Gy]", goal: ">= 50 Gy"', 'metric: "D1%[Gy]", goal: ">= 50 Gy"')


def pixel_z(pile: Pile) -> np.ndarray:
    return float(pile.dose.ImagePositionPatient[2]) + np.array([float(v) for v in pile.dose.GridFrameOffsetVector])


@hazard("S07", FINDING, "contour-gap")
def many_planes_of_an_organ_missing(pile: Pile, rng: Generator) -> None:
    """The gap decides: bridged the cord gets too much there, as two parts it does not."""
    remove_planes(pile, "SpinalCord", 5, 6)
    pixels = pile.pixels().copy()
    hot = np.abs(pixel_z(pile)) < 6.1
    pixels[hot, -7:] = np.maximum(pixels[hot, -7:], np.uint16(rng.uniform(30, 40) / float(pile.dose.DoseGridScaling)))
    pile.dose.PixelData = pixels.tobytes()


def hole(pile: Pile, name: str, centre: tuple[float, float], radius: float, planes: slice = slice(None)) -> None:
    """Add a contour within (or across) those of a structure on some planes."""
    contours = pile.contours(name)
    for contour in list(contours)[planes]:
        z = points_of(contour)[0, 2]
        xy = disc(*centre, radius)
        contours.append(contour_of(np.column_stack([xy, np.full(len(xy), z)])))


@hazard("S08", FINDING, "holes-ambiguous", only=ROWS["Liver"])
def hole_or_not_decides(pile: Pile, rng: Generator) -> None:
    """Left out as a hole, the hot part of the liver spoils nothing; filled, the mean is too high."""
    hole(pile, "Liver", (20, 0), float(rng.uniform(18, 19.5)))
    pile.protocol = pile.protocol.replace('"Mean[Gy]", goal: "<= 30 Gy"', '"Mean[Gy]", goal: "<= 20 Gy"')


@hazard("S08", FINDING, "holes-ambiguous")
def area_drawn_twice_decides(pile: Pile, rng: Generator) -> None:
    """By even-odd an area drawn twice vanishes, and the hottest part of the cord with it."""
    contours = pile.contours("SpinalCord")
    for contour in [contours[k] for k in range(6, 12)]:
        points = points_of(contour)
        if rng.integers(2):
            points[:, :2] += rng.uniform(-0.02, 0.02, 2)  # what is left between the twins is less than 0.035 cc
        contours.append(contour_of(points))
    pixels = pile.pixels().copy()
    hot = np.abs(pixel_z(pile)) < 6.1
    pixels[hot, -7:] = np.maximum(pixels[hot, -7:], np.uint16(rng.uniform(30, 40) / float(pile.dose.DoseGridScaling)))
    pile.dose.PixelData = pixels.tobytes()


@hazard("S08", FINDING, "holes-ambiguous", only=ROWS["SpinalCord"])
def crossing_contours_decide(pile: Pile, rng: Generator) -> None:
    """Without what both enclose the cord is smaller than asked for; with it, it is not."""
    hole(pile, "SpinalCord", (-5 + float(rng.uniform(-3, 3)), 43.0), 6.0, slice(6, 12))
    pile.protocol = pile.protocol.replace(
        '"V3Gy[cc]", goal: "<= 8 cc", acceptable: "<= 100 cc"', '"Volume[cc]", goal: ">= 8 cc"'
    )


@hazard("S08", NOTE, "holes-ambiguous")
def contours_that_cross_where_it_matters_to_nobody(pile: Pile, rng: Generator) -> None:
    hole(pile, "zOptimiser", (40, 0), 8.0)
    hole(pile, "Kidney_R", (-35 + float(rng.uniform(-2, 2)), 52), 3.0, slice(1, 3))


@hazard("S10", WARN, "contour-degenerate")
def a_contour_without_area(pile: Pile, rng: Generator) -> None:
    contours = pile.contours(any_used(rng))
    z = points_of(contours[1])[0, 2]
    start = points_of(contours[1])[0]
    end = start + np.array([float(rng.uniform(1, 5)), 0, 0])
    flat = [start, end] if rng.integers(2) else [start, (start + end) / 2, end]
    contours.append(contour_of(np.array(flat) * [1, 1, 0] + [0, 0, z]))


@hazard("S10", FINDING, "contour-degenerate")
def nothing_but_contours_without_area(pile: Pile, rng: Generator) -> None:
    for contour in pile.contours(any_used(rng)):
        points = points_of(contour)
        points[:, 1] = points[0, 1]
        draw(contour, points)


@hazard("S11", FINDING, "structure-not-closed")
def only_open_contours(pile: Pile, rng: Generator) -> None:
    geometry = str(rng.choice(["OPEN_PLANAR", "OPEN_NONPLANAR"]))
    for contour in pile.contours(any_used(rng)):
        contour.ContourGeometricType = geometry


@hazard("S11", FINDING, "structure-not-closed", "contour-data-invalid")
def only_points(pile: Pile, rng: Generator) -> None:
    for contour in pile.contours(any_used(rng)):
        contour.ContourGeometricType = "POINT"


@hazard("S12", FINDING, "contour-data-invalid")
def coordinates_are_no_numbers(pile: Pile, rng: Generator) -> None:
    contours = pile.contours(any_used(rng))
    contour = contours[int(rng.integers(len(contours)))]
    parts = [str(v) for v in contour.ContourData]
    k = int(rng.integers(len(parts)))
    how = int(rng.integers(9))
    if how < 8:
        parts[k] = ["nan", "inf", "1_0", "0x10", "1e9", "-1e400", "", "4000"][how]
    else:
        del parts[k]
    put(contour, "ContourData", "\\".join(parts).encode())


@hazard("S12", FINDING, "contour-data-invalid")
def point_count_disagrees(pile: Pile, rng: Generator) -> None:
    contours = pile.contours(any_used(rng))
    contour = contours[int(rng.integers(len(contours)))]
    contour.NumberOfContourPoints = int(contour.NumberOfContourPoints) + int(rng.choice([-1, 1, 3]))


@hazard("S13", FINDING, "contour-not-axial", "contour-not-planar")
def tilted(pile: Pile, rng: Generator) -> None:
    centre, slope = None, rng.uniform(0.3, 0.8) * rng.choice([-1, 1])
    for contour in pile.contours(any_used(rng)):
        points = points_of(contour)
        centre = points[:, 0].mean() if centre is None else centre
        points[:, 2] += slope * (points[:, 0] - centre)
        draw(contour, points)


@hazard("S13", FINDING, "contour-not-axial", "contour-not-planar")
def one_point_off_its_plane(pile: Pile, rng: Generator) -> None:
    contours = pile.contours(any_used(rng))
    contour = contours[int(rng.integers(len(contours)))]
    points = points_of(contour)
    points[int(rng.integers(len(points))), 2] += rng.uniform(1.6, 8.0) * rng.choice([-1, 1])
    draw(contour, points)


@hazard("S13", WARN, "contour-not-axial", "contour-not-planar")
def slightly_off_their_plane(pile: Pile, rng: Generator) -> None:
    contour = pile.contours(any_used(rng))[1]
    points = points_of(contour)
    points[0, 2] += rng.uniform(0.2, 0.8) * rng.choice([-1, 1])
    draw(contour, points)


@hazard("S16", FINDING, "structure-other-frame")
def structure_in_another_frame(pile: Pile, rng: Generator) -> None:
    pile.roi(any_used(rng)).ReferencedFrameOfReferenceUID = generate_uid(entropy_srcs=[str(rng.integers(1000))])


@hazard("S17", REFUSE, "contour-orphan")
def contours_of_nobody(pile: Pile, rng: Generator) -> None:
    pile.drawing(any_used(rng)).ReferencedROINumber = int(rng.integers(50, 90))


@hazard("S17", REFUSE, "contour-orphan")
def two_definitions_of_one_number(pile: Pile, rng: Generator) -> None:
    pile.roi(any_used(rng)).ROINumber = pile.number("BODY")


@hazard("S17", FINDING, "contour-data-invalid", "structure-empty")
def contours_given_to_another(pile: Pile, rng: Generator) -> None:
    pile.drawing(any_used(rng)).ReferencedROINumber = pile.number("zOptimiser")


@hazard("S18", WARN, "target-type-differs")
def target_declared_as_something_else(pile: Pile, rng: Generator) -> None:
    pile.meaning(str(rng.choice(["PTVsb", "CTVsb"]))).RTROIInterpretedType = str(rng.choice(["ORGAN", "CONTROL"]))


@hazard("S19", FINDING, "structure-missing", "derived-part-missing")
def only_an_optimisation_copy(pile: Pile, rng: Generator) -> None:
    roi = pile.roi(any_used(rng))
    roi.ROIName = rng.choice(["z_{}", "z{}", "_{}", "{}_opt", "z {}"]).format(roi.ROIName)


@hazard("S20", FINDING, "derived-part-missing", "structure-missing", only=("CTV-COVERAGE", "LIVER-SPARED"))
def part_of_a_derived_structure_missing(pile: Pile, rng: Generator) -> None:
    pile.roi("CTVsb").ROIName = "Bed"


@hazard("S21", WARN, "roi-volume-differs")
def stated_volume_a_little_off(pile: Pile, rng: Generator) -> None:
    pile.roi("Liver").ROIVolume = round(201.6 * float(rng.choice([0.87, 1.11])), 2)


@hazard("S21", FINDING, "roi-volume-differs", only=ROWS["Liver"])
def stated_volume_far_off(pile: Pile, rng: Generator) -> None:
    pile.roi("Liver").ROIVolume = round(201.6 * float(rng.choice([rng.uniform(0.3, 0.7), rng.uniform(1.3, 3)])), 2)


@hazard("S21", FINDING, "roi-volume-differs", only=ROWS["Liver"])
def contours_lost_at_an_end(pile: Pile, rng: Generator) -> None:
    pile.roi("Liver").ROIVolume = 201.6
    contours = pile.contours("Liver")
    count = int(rng.integers(3, 6))
    pile.drawing("Liver").ContourSequence = Sequence(list(contours)[count:] if rng.integers(2) else contours[:-count])


@hazard("S22", FINDING, "contour-offset")
def contour_to_be_moved(pile: Pile, rng: Generator) -> None:
    pile.contours(any_used(rng))[0].ContourOffsetVector = [0, 0, float(rng.uniform(0.5, 5))]


@hazard("S23", REFUSE, "file-truncated", "file-trailing-bytes")
def file_cut_off(pile: Pile, rng: Generator) -> None:
    name = str(rng.choice(["structures", "dose", "plan"]))
    share = rng.uniform(0.05, 0.999)
    # At an odd byte, since elements end at even ones: what ends with an element is a whole data set, if a poor one.
    pile.on_bytes[name] = lambda data: data[: 400 + int((len(data) - 402) * share) | 1]


@hazard("S24", FINDING, "structure-missing", "derived-part-missing")
def name_cannot_be_decoded(pile: Pile, rng: Generator) -> None:
    roi = pile.roi(any_used(rng))
    raw = bytearray(str(roi.ROIName).encode())
    raw[int(rng.integers(len(raw)))] = int(rng.integers(0x80, 0xC0))
    put(roi, "ROIName", bytes(raw))


@hazard("S24", FINDING, "structure-missing", "derived-part-missing")
def character_set_unknown(pile: Pile, rng: Generator) -> None:
    roi = pile.roi(any_used(rng))
    put(roi, "ROIName", str(roi.ROIName).encode() + bytes([int(rng.integers(0xC0, 0x100))]))
    pile.on_bytes["structures"] = lambda data: data.replace(b"ISO_IR 192", b"ISO_IR 999", 1)
