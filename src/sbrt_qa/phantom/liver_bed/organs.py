"""All organs of the upper abdomen, each cut where its neighbours begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sbrt_qa.phantom.liver_bed import anatomy
from sbrt_qa.phantom.liver_bed.anatomy import along
from sbrt_qa.phantom.liver_bed.space import Region

if TYPE_CHECKING:
    from sbrt_qa.phantom.liver_bed.space import Space

    Regions = dict[str, Region]

SKIN_MM, CHESTWALL_MM, COUCH_MM = 5.0, 15.0, 3.0


def organs(space: Space) -> Regions:
    """Everything that is the same in all cases.

    Parameters
    ----------
    space : Space
        Where to evaluate.

    Returns
    -------
    dict of name to Region
        TG-263 names; names in lower case are parts that are painted but never drawn.
    """
    found = _frame(space)
    for system in (_vessels, _gut, _solid, _lungs):
        found |= system(space, found)
    found["liver"] = _cut(
        anatomy.native_liver(space).within(found["room"], 3.0),
        found,
        {"Kidney_R": 3.0, "cava": 1.0, "Duodenum": 1.0, "Stomach": 2.0, "Bowel_Large": 2.0},
    )
    return found


def _frame(space: Space) -> Regions:
    """Body, spine, and what follows from the body's outline."""
    body, inside, spine = anatomy.external(space), anatomy.cavity(space), anatomy.vertebrae(space)
    canal, couch = anatomy.canal(space), anatomy.couch(space)
    return {
        "External": body,
        "Skin": _shell(body, -SKIN_MM, 0.0),
        "Chestwall": _shell(inside, 0.0, CHESTWALL_MM).within(anatomy.right_wall(space)),
        "cavity": inside,
        "room": inside.without(spine, 2.5),
        "bone": spine.without(canal),
        "SpinalCanal": canal,
        "SpinalCord": anatomy.cord(space),
        "CouchInterior": couch.grown(-COUCH_MM),
        "CouchSurface": _shell(couch, -COUCH_MM, 0.0),
    }


def _vessels(space: Space, found: Regions) -> Regions:
    heart = anatomy.heart(space).within(found["room"], 4.0)
    aorta, cava = along(space, anatomy.AORTA), along(space, anatomy.CAVA).without(heart)
    return {
        "Heart": heart,
        "aorta": aorta,
        "cava": cava,
        "GreatVes": aorta.joined(cava),
        "portal": along(space, anatomy.PORTAL),
    }


def _gut(space: Space, found: Regions) -> Regions:
    stomach = along(space, anatomy.STOMACH, 2.0, 1.9)
    duodenum = along(space, anatomy.DUODENUM, 1.6, 0.5).without(stomach).without(found["GreatVes"], 1.0)
    esophagus = along(space, anatomy.ESOPHAGUS, 0.8, 3.0).without(stomach, 0.5)
    kidneys = {
        "Kidney_L": anatomy.kidney(space, (62, 44, -22), 1),
        "Kidney_R": anatomy.kidney(space, (-60, 44, -46), -1),
    }
    room = found["room"]
    large = _cut(along(space, anatomy.COLON, 3.5, 2.5).within(room, 3.0), kidneys, {"Kidney_L": 2.0, "Kidney_R": 2.0})
    small = along(space, anatomy.JEJUNUM, 2.0, 0.9).joined(along(space, anatomy.ILEUM, 2.0, 4.1))
    return kidneys | {
        "Stomach": stomach,
        "Duodenum": duodenum,
        "Esophagus": esophagus.without(found["aorta"], 1.0).without(found["Heart"], 1.0),
        "Bowel_Large": large,
        "Bowel_Small": small.within(room, 3.0).without(stomach, 1.0).without(duodenum, 1.0).without(large, 1.0),
    }


def _solid(space: Space, found: Regions) -> Regions:
    spleen = anatomy.spleen(space).within(found["room"], 4.0)
    return {
        "Spleen": _cut(spleen, found, {"Kidney_L": 1.5, "Stomach": 1.5, "Bowel_Large": 1.5}),
        "pancreas": _cut(along(space, anatomy.PANCREAS, 3.0, 0.2), found, {"Duodenum": 0.5, "GreatVes": 1.0}),
    }


def _lungs(space: Space, found: Regions) -> Regions:
    right = anatomy.lung(space, -1).within(found["room"], 3.0)
    left = anatomy.lung(space, 1).within(found["room"], 3.0)
    below = dict.fromkeys(("Heart", "Spleen", "Stomach", "Kidney_L", "Bowel_Large"), 3.0)
    return {
        "Lung_R": _cut(right, found, {"Heart": 3.0, "cava": 3.0}),
        "Lung_L": _cut(left, found, {"aorta": 2.0, **below}),
    }


def _cut(region: Region, found: Regions, gaps_mm: dict[str, float]) -> Region:
    """Cut neighbours away, each with its gap."""
    for name, gap_mm in gaps_mm.items():
        region = region.without(found[name], gap_mm)
    return region


def _shell(region: Region, low_mm: float, high_mm: float) -> Region:
    """Keep what lies between two distances from a surface."""
    level = np.maximum(region.level - high_mm, low_mm - region.level)
    return Region(region.box, level, region.shape_zyx)
