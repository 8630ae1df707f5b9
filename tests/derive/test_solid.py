from __future__ import annotations

import numpy as np
import pytest
import shapely

from sbrt_qa.derive.solid import Solid, contours_of, solid_of, stack
from sbrt_qa.errors import DerivationError
from sbrt_qa.model import Contour, Structure


def contour(low, high, z_mm, geometry="CLOSED_PLANAR"):
    return Contour([(low, low, z_mm), (high, low, z_mm), (high, high, z_mm), (low, high, z_mm)], geometry)


def solid(*layers):
    low_mm, high_mm, areas = zip(*layers, strict=True)
    own = np.empty(len(areas), dtype=object)
    own[:] = areas
    return stack(np.array(low_mm), np.array(high_mm), own)


def test_each_plane_holds_for_its_slab():
    structure = Structure("liver", 1, (contour(0, 20, 5.0), contour(0, 10, 0.0), contour(5, 10, 5.0)))
    made = solid_of(structure, ((0.0, -1.0, 2.5), (5.0, 2.5, 7.0)))
    assert made.low_mm.tolist() == [-1.0, 2.5]
    assert made.high_mm.tolist() == [2.5, 7.0]
    assert shapely.area(made.areas).tolist() == [100.0, 375.0]


def test_contours_that_bound_no_area_are_left_out():
    shapes = (
        contour(0, 9, 0.0, "POINT"),
        contour(0, 9, 0.0, "OPEN_PLANAR"),
        contour(0, 2, 0.0, "CLOSEDPLANAR_XOR"),
    )
    assert shapely.area(solid_of(Structure("s", 1, shapes), ((0.0, -1.0, 1.0),)).areas).tolist() == [4.0]
    assert solid_of(Structure("s", 1, shapes[:2]), ()).is_empty


def test_a_contour_a_little_off_its_plane_belongs_to_it():
    made = solid_of(Structure("s", 1, (contour(0, 10, 0.04), contour(3, 6, 0.0))), ((0.0, -1.0, 1.0),))
    assert shapely.area(made.areas).tolist() == [91.0]


def test_a_contour_on_no_plane_is_refused():
    structure = Structure("Liver", 1, (contour(0, 10, 0.0), contour(0, 10, 1.3)))
    with pytest.raises(DerivationError, match=r"Liver: a contour at z = 1.30 mm lies on none of") as caught:
        solid_of(structure, ((0.0, -1.0, 1.0),))
    assert caught.value.code == "contour-not-axial"


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_coordinates_that_are_not_numbers_are_refused(bad):
    structure = Structure("Liver", 1, (Contour([(0, 0, 0), (1, 0, 0), (bad, 1, 0)]),))
    with pytest.raises(DerivationError, match="Liver: contour coordinates are not all numbers") as caught:
        solid_of(structure, ((0.0, -1.0, 1.0),))
    assert caught.value.code == "contour-data-invalid"


def test_layers_without_area_or_height_leave_and_the_same_ones_join():
    box, other = shapely.box(0, 0, 1, 1), shapely.box(0, 0, 2, 2)
    made = solid((0, 1, box), (1, 2, box), (2, 3, None), (3, 4, box), (4, 4, other), (4, 5, shapely.Polygon()))
    assert made.low_mm.tolist() == [0, 3]
    assert made.high_mm.tolist() == [2, 4]


def test_lines_points_and_dust_leave_an_area():
    box = shapely.box(0, 0, 1, 1)
    mixed = shapely.GeometryCollection([box, shapely.Point(5, 5), shapely.LineString([(1, 1), (2, 2)])])
    dust = shapely.MultiPolygon([shapely.box(3, 3, 5, 5), shapely.box(8, 8, 8 + 1e-5, 8 + 1e-5)])
    made = solid((0, 1, mixed), (1, 2, dust), (2, 3, shapely.LineString([(0, 0), (1, 1)])))
    assert shapely.area(made.areas).tolist() == [1.0, 4.0]
    assert set(shapely.get_type_id(made.areas)) <= {3, 6}
    assert made.high_mm[-1] == 2


def test_finds_the_layer_at_a_height():
    made = solid((0, 1, shapely.box(0, 0, 1, 1)), (2, 3, shapely.box(0, 0, 1, 1)))
    assert made.layer_at(np.array([-1, 0, 0.5, 1, 1.5, 2, 3, 4])).tolist() == [-1, 0, 0, -1, -1, 1, -1, -1]
    nothing = Solid(np.empty(0), np.empty(0), np.empty(0, dtype=object))
    assert nothing.layer_at(np.array([0.0])).tolist() == [-1]


def test_contours_come_back_with_their_holes_at_the_middle_of_their_slab():
    ring = shapely.box(0, 0, 10, 10) - shapely.box(3, 3, 6, 6)
    two = shapely.MultiPolygon([ring, shapely.box(20, 0, 25, 5)])
    made = solid((0, 1, ring), (1, 1.5, two), (4, 5, shapely.box(0, 0, 1, 1)))
    contours, slabs_mm = contours_of(made)
    assert slabs_mm == ((0.5, 0.0, 1.0), (1.25, 1.0, 1.5), (4.5, 4.0, 5.0))
    assert [c.z_mm for c in contours] == [0.5, 0.5, 1.25, 1.25, 1.25, 4.5]
    assert all(c.is_closed and len(c.points_mm) == 4 for c in contours)
    again = solid_of(Structure("d", -1, contours, slabs_mm=slabs_mm), slabs_mm)
    assert shapely.area(again.areas).tolist() == [91.0, 116.0, 1.0]
    assert (again.low_mm.tolist(), again.high_mm.tolist()) == (made.low_mm.tolist(), made.high_mm.tolist())
