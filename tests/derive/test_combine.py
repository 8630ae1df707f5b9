from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.derive.combine import derive
from sbrt_qa.derive.expression import parse
from sbrt_qa.errors import DerivationError
from sbrt_qa.model import Contour, Structure


def half_gap_slabs(structure):
    """Each plane holds for half the gap to each side, the end planes for as much outwards."""
    if structure.slabs_mm is not None:
        return structure.slabs_mm
    z = np.unique([contour.z_mm for contour in structure.closed_contours])
    middle = (z[1:] + z[:-1]) / 2
    low, high = np.append(2 * z[0] - middle[0], middle), np.append(middle, 2 * z[-1] - middle[-1])
    return tuple(zip(z.tolist(), low.tolist(), high.tolist(), strict=True))


def make(text, name="derived", **parts):
    return derive(parse(text), parts, slabs=half_gap_slabs, name=name, number=-1)


def shoelace_mm2(xy):
    x, y = xy.T
    return abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2


def is_inside(xy, x, y):
    (x0, y0), (x1, y1) = xy.T, np.roll(xy, -1, axis=0).T
    spans = (y0 > y) != (y1 > y)
    cross = x0[spans] + (y - y0[spans]) / (y1 - y0)[spans] * (x1 - x0)[spans]
    return np.count_nonzero(cross > x) % 2 == 1


def volume_mm3(structure):
    """Sum of prisms; outlines of one plane that do not cross count by how deep they are nested."""
    planes = {}
    for contour in structure.closed_contours:
        planes.setdefault(round(contour.z_mm, 6), []).append(contour.points_mm[:, :2])
    total = 0.0
    for z, low, high in half_gap_slabs(structure):
        rings = planes[round(z, 6)]
        for index, ring in enumerate(rings):
            x, y = (ring[0] + ring[1]) / 2
            depth = sum(is_inside(other, x, y) for at, other in enumerate(rings) if at != index)
            total += (high - low) * shoelace_mm2(ring) * (-1) ** depth
    return total


def ring_of(radius_mm, centre=(0.0, 0.0), points=90):
    angle = np.arange(points) * 2 * np.pi / points
    return np.array(centre) + radius_mm * np.column_stack([np.cos(angle), np.sin(angle)])


def structure(name, z_mm, *rings, **facts):
    """The same rings on each plane."""
    contours = [Contour(np.column_stack([ring, np.full(len(ring), z)])) for z in z_mm for ring in rings]
    return Structure(name, 1, tuple(contours), **facts)


def circle_mm2(radius_mm, points=90):
    return points / 2 * math.sin(2 * math.pi / points) * radius_mm**2


LIVER = structure("Liver", np.arange(0, 50, 2.5), ring_of(60))


@pytest.mark.parametrize(
    "ctv",
    [
        pytest.param(structure("CTV", np.arange(10, 30, 2.5), ring_of(12)), id="inside"),
        pytest.param(structure("CTV", np.arange(10, 30, 2.5), ring_of(12, (55, 0))), id="partly outside"),
        pytest.param(structure("CTV", np.arange(10, 30, 2.5), ring_of(60) / 2 + [30, 0]), id="touches the edge"),
        pytest.param(structure("CTV", np.arange(10, 30, 2.5), ring_of(60)), id="same outline"),
        pytest.param(structure("CTV", np.arange(10.3, 30, 2.0), ring_of(12, (50, 0))), id="other planes"),
        pytest.param(structure("CTV", np.arange(40, 70, 3.0), ring_of(12)), id="above the top"),
        pytest.param(structure("CTV", [10, 12.5, 20, 22.5], ring_of(12)), id="missing slices"),
        pytest.param(structure("CTV", [10, 12.5], ring_of(12), ring_of(5), ring_of(9, (20, 30))), id="hole, two parts"),
        pytest.param(structure("CTV", np.arange(-5, 30, 2.5), ring_of(70)), id="takes the lower half"),
    ],
)
def test_liver_is_what_the_ctv_leaves_and_what_it_takes(ctv):
    spared = volume_mm3(make("liver - ctv", liver=LIVER, ctv=ctv))
    common = volume_mm3(make("liver & ctv", liver=LIVER, ctv=ctv))
    assert spared + common == pytest.approx(volume_mm3(LIVER), rel=1e-9)
    assert volume_mm3(make("liver + ctv", liver=LIVER, ctv=ctv)) == pytest.approx(spared + volume_mm3(ctv), rel=1e-9)


def test_volumes_by_hand():
    ctv = structure("CTV", np.arange(10, 30, 2.5), ring_of(12))
    assert volume_mm3(LIVER) == pytest.approx(50 * circle_mm2(60), rel=1e-12)
    assert volume_mm3(make("ctv", ctv=ctv)) == pytest.approx(20 * circle_mm2(12), rel=1e-12)
    assert volume_mm3(make("liver - ctv", liver=LIVER, ctv=ctv)) == pytest.approx(
        50 * circle_mm2(60) - 20 * circle_mm2(12), rel=1e-12
    )


def test_a_keyhole_is_a_hole():
    outer, inner = ring_of(30), ring_of(10)
    keyhole = np.concatenate([outer, outer[:1], inner[:1], inner[::-1], outer[:1]])
    nested = make("a", a=structure("A", [0, 2, 4], outer, inner))
    assert volume_mm3(make("a", a=structure("A", [0, 2, 4], keyhole))) == pytest.approx(volume_mm3(nested), rel=1e-9)
    assert volume_mm3(nested) == pytest.approx(6 * (circle_mm2(30) - circle_mm2(10)), rel=1e-9)


def test_a_ctv_that_does_not_touch_the_liver_leaves_it_whole():
    aside = structure("CTV", [10, 12.5], ring_of(10, (200, 0)))
    spared = make("liver - ctv", liver=LIVER, ctv=aside)
    assert volume_mm3(spared) == pytest.approx(volume_mm3(LIVER), rel=1e-12)
    assert spared.slabs_mm == half_gap_slabs(LIVER)


def test_the_result_says_its_slabs_and_lies_on_their_planes():
    cord = structure("Cord", np.arange(0, 30, 2.5), ring_of(5))
    prv = make("grow(cord, 5 mm)", name="cord_prv", cord=cord)
    assert (prv.name, prv.number, prv.kind, prv.color, prv.stated_volume_cc) == ("cord_prv", -1, "", None, None)
    assert prv.slabs_mm[0][1] == pytest.approx(-1.25 - 5)
    assert prv.slabs_mm[-1][2] == pytest.approx(28.75 + 5)
    assert sorted({c.z_mm for c in prv.contours}) == pytest.approx([z for z, _, _ in prv.slabs_mm], abs=1e-12)
    assert all(z == pytest.approx((low + high) / 2) for z, low, high in prv.slabs_mm)


def test_a_derived_structure_is_a_part_like_any_other():
    cord = structure("Cord", np.arange(0, 30, 2.5), ring_of(5))
    prv = make("grow(cord, 5 mm)", cord=cord)
    assert volume_mm3(make("prv - cord", prv=prv, cord=cord)) == pytest.approx(volume_mm3(prv) - volume_mm3(cord))
    at_once = make("liver - grow(cord, 5 mm)", liver=LIVER, cord=cord)
    in_two = make("liver - prv", liver=LIVER, prv=prv)
    assert volume_mm3(at_once) == pytest.approx(volume_mm3(in_two), rel=1e-9)


def test_a_ring_is_the_outer_margin_without_the_inner():
    ptv = structure("PTV", np.arange(0, 30, 2.5), ring_of(15))
    outer, inner = make("grow(p, 10 mm)", p=ptv), make("grow(p, 4 mm)", p=ptv)
    ring = make("ring(p, 4 mm, 10 mm)", p=ptv)
    assert volume_mm3(ring) == pytest.approx(volume_mm3(outer) - volume_mm3(inner), rel=1e-9)
    touching = make("ring(p, 0 mm, 10 mm)", p=ptv)
    assert volume_mm3(touching) == pytest.approx(volume_mm3(outer) - volume_mm3(ptv), rel=1e-9)


def test_precedence_is_that_of_the_text():
    a, b, c = (structure(name, [0, 2, 4], ring_of(20, (x, 0))) for name, x in (("A", 0), ("B", 15), ("C", 30)))
    parts = {"a": a, "b": b, "c": c}
    assert volume_mm3(make("a - b & c", **parts)) == pytest.approx(volume_mm3(make("a - (b & c)", **parts)))
    assert volume_mm3(make("a - b - c", **parts)) == pytest.approx(volume_mm3(make("a - (b + c)", **parts)))
    assert volume_mm3(make("a - b - c", **parts)) != pytest.approx(volume_mm3(make("a - (b - c)", **parts)))


def test_an_empty_step_on_the_way_is_allowed():
    ctv = structure("CTV", [0, 2], ring_of(5))
    assert volume_mm3(make("c - shrink(c, 5 mm)", c=ctv)) == pytest.approx(volume_mm3(ctv))


discs = st.tuples(st.floats(-20, 20), st.floats(-20, 20), st.floats(4, 30))
stacks = st.tuples(
    st.integers(-100, 100), st.sampled_from([1.0, 2.0, 2.5, 3.0]), st.lists(discs, min_size=2, max_size=5)
)


def structure_of(stack):
    start, spacing, planes = stack
    contours = []
    for index, (x, y, radius) in enumerate(planes):
        ring = ring_of(radius, (x, y), points=30)
        contours.append(Contour(np.column_stack([ring, np.full(30, start * 0.1 + index * spacing)])))
    return Structure("S", 1, tuple(contours))


def volume_of(text, **parts):
    try:
        return volume_mm3(make(text, **parts))
    except DerivationError as fault:
        if fault.code != "structure-empty":
            raise
        return 0.0


@given(stacks, stacks)
@settings(max_examples=40, deadline=None)
def test_laws_of_sets(first, second):
    parts = {"a": structure_of(first), "b": structure_of(second)}
    only_a, both, only_b = (volume_of(text, **parts) for text in ("a - b", "a & b", "b - a"))
    assert only_a + both == pytest.approx(volume_mm3(parts["a"]), rel=1e-9)
    assert volume_of("a + b", **parts) == pytest.approx(only_a + both + only_b, rel=1e-9)
    assert volume_of("b & a", **parts) == pytest.approx(both, rel=1e-9, abs=1e-6)
    assert volume_of("b + a", **parts) == pytest.approx(volume_of("a + b", **parts), rel=1e-9)


def test_a_missing_part_is_named():
    with pytest.raises(DerivationError) as caught:
        make("liver - ctv", liver=LIVER)
    assert str(caught.value) == (
        "liver − ctv cannot be made: 'ctv' is missing (contour it, or add its name in the plan to the protocol's names)"
    )
    assert caught.value.code == "derived-part-missing"
    with pytest.raises(DerivationError, match="cannot be made: 'gtv' and 'ctv' are missing"):
        make("liver - gtv - ctv", liver=LIVER)


@pytest.mark.parametrize("geometry", ["POINT", "OPEN_PLANAR"])
def test_a_part_without_closed_contours_is_missing(geometry):
    for contours in ((), (Contour(np.zeros((1, 3)), geometry),), (Contour([(0, 0, 0), (1, 0, 0)]),)):
        with pytest.raises(DerivationError, match=r"'ctv' \(CTVsb\) has no closed contour") as caught:
            make("liver - ctv", liver=LIVER, ctv=Structure("CTVsb", 2, contours))
        assert caught.value.code == "derived-part-missing"


def test_a_part_that_could_not_be_read_says_why():
    moved = Structure("CTVsb", 2, (), faults=(("contour-offset", "A contour is to be moved by an offset"),))
    with pytest.raises(
        DerivationError, match=r"\(CTVsb\) has no closed contour; A contour is to be moved by an offset"
    ):
        make("liver - ctv", liver=LIVER, ctv=moved)


def test_a_part_that_encloses_nothing_is_missing():
    line = structure("CTVsb", [0, 2.5], np.array([[0, 0], [5, 5], [9, 9]]))
    with pytest.raises(
        DerivationError, match=r"liver − ctv cannot be made: 'ctv' \(CTVsb\) has no closed con"
    ) as caught:
        make("liver - ctv", liver=LIVER, ctv=line)
    assert caught.value.code == "derived-part-missing"


@pytest.mark.parametrize("text", ["a & b", "a - grow(a, 1 mm)", "shrink(a, 11 mm)", "a - a"])
def test_an_empty_result_is_refused(text):
    a, b = structure("A", [0, 2], ring_of(10)), structure("B", [0, 2], ring_of(10, (50, 0)))
    with pytest.raises(DerivationError, match=r"overlap: nothing is left of .*look at its parts") as caught:
        make(text, name="overlap", a=a, b=b)
    assert caught.value.code == "structure-empty"


def test_parts_in_different_frames_of_reference_are_refused():
    a = structure("Liver", [0, 2], ring_of(10), frame_uid="1.2.3")
    b = structure("CTV", [0, 2], ring_of(5), frame_uid="1.2.4")
    with pytest.raises(DerivationError, match="Liver and CTV are in different frames of reference") as caught:
        make("a - b", a=a, b=b)
    assert caught.value.code == "structure-other-frame"
    with pytest.raises(DerivationError, match="different frames"):
        make("a - b", a=a, b=structure("CTV", [0, 2], ring_of(5)))
    assert make("a", a=a, b=b).frame_uid == "1.2.3"


def test_faults_of_the_parts_are_faults_of_the_result():
    gap, type_ = ("contour-gap", "CTV misses planes"), ("target-type-differs", "declared as ORGAN")
    a = structure("Liver", [0, 2], ring_of(10), faults=(gap,))
    b = structure("CTV", [0, 2], ring_of(5), faults=(gap, type_))
    made = make("a - b", a=a, b=b)
    assert made.faults == (
        ("contour-gap", "Liver: CTV misses planes"),
        ("contour-gap", "CTV misses planes"),
        ("target-type-differs", "CTV: declared as ORGAN"),
    )


def test_faults_of_slabs_reach_the_caller():
    def refuse(part):
        raise DerivationError("one plane only", where=part.name, code="structure-too-small")

    with pytest.raises(DerivationError, match="Liver: one plane only"):
        derive(parse("liver"), {"liver": LIVER}, slabs=refuse, name="d", number=-1)


def test_loading_the_room_loads_no_polygons():
    code = "import sys; import sbrt_qa.derive.combine; print('shapely' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
