"""Which names fill which roles: every rule, and every name that must never match."""

from __future__ import annotations

import pytest

from sbrt_qa.model import Structure
from sbrt_qa.protocol.alias_table import ALIASES, WEAK
from sbrt_qa.protocol.definition import Role
from sbrt_qa.protocol.names import SiteNames, match
from sbrt_qa.protocol.naming import key_of, normalised, read_prv, read_target, rule_that_ignores, weak_key_of


def matched(names, role: Role, site: dict[str, tuple[str, ...]] | None = None):
    """Match ROIs of these names (or (name, type) pairs), numbered from 1, against one role."""
    pairs = [(name, "") if isinstance(name, str) else name for name in names]
    structures = [Structure(name, number, (), kind) for number, (name, kind) in enumerate(pairs, start=1)]
    return match(structures, {role.id: role}, SiteNames(site or {}))


def filling(names, role: Role, site=None) -> list[str]:
    found = matched(names, role, site).roles[role.id]
    return [structure.name for structure in found.structures]


def organ(*names: str) -> Role:
    return Role("organ", names)


def targets(*names: str, many: bool = True) -> Role:
    return Role("goal", names, kind="target", many=many)


# --- what matches ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "listed"),
    [
        ("Liver", "Liver"),
        ("LIVER", "Liver"),
        ("liver", "LIVER"),
        ("Whole_Liver", "Liver"),
        ("Ｌｉｖｅｒ", "Liver"),  # full-width letters, NFKC
        ("Leber", "Liver"),
        ("肝脏", "Liver"),
        ("Rückenmark", "SpinalCord"),
        ("Ru\u0308ckenmark", "SpinalCord"),  # decomposed
        ("Rueckenmark", "SpinalCord"),
        ("spinal cord", "SpinalCord"),
        ("Spinal\u00a0Cord", "SpinalCord"),  # no-break space
        ("GROSSE GEFÄSSE", "GreatVes"),  # casefold makes ß ss
        ("Œsophage", "Esophagus"),
        ("Zwölffingerdarm", "Duodenum"),
        ("Liver - GTV", "Liver-GTV"),
        ("Leber minus GTV", "Liver-GTV"),
        ("Cord+5", "SpinalCord_PRV05"),
        ("Cord_PRV5", "SpinalCord_PRV05"),
        ("Myelon PRV 5 mm", "SpinalCord_PRV05"),
        ("Duod_PRV5", "Duodenum_PRV05"),
        ("Bowel_Small_PRV5", "Bowel_Small_PRV05"),
        ("Skin_PRV3", "Skin_PRV03"),
        ("My Own Name", "MyOwnName"),
        ("Cord", "Cord"),
    ],
)
def test_a_name_fills_the_role_that_lists_it_or_its_tg263_name(name, listed):
    assert filling([name], organ(listed)) == [name]


def test_every_alias_fills_the_role_of_its_own_name_and_of_no_other():
    for key, aliases in ALIASES.items():
        for alias in aliases.split("; "):
            assert filling([alias], organ(key)) == [alias]
    spellings = [normalised(alias) for aliases in ALIASES.values() for alias in aliases.split("; ")]
    assert len(spellings) == len(set(spellings)) == len(key_of())


def test_a_weak_spelling_never_matches_and_is_suggested_first():
    for key, aliases in WEAK.items():
        for alias in aliases.split("; "):
            assert normalised(alias) not in key_of()
            assert filling([alias], organ(key)) == []
    found = matched(["SC", "SpinalChord"], organ("SpinalCord")).roles["organ"]
    assert found.near == ("SC", "SpinalChord")
    assert weak_key_of()["sc"] == "SpinalCord"


def test_a_listed_alias_does_not_open_the_table():
    assert filling(["Myelon"], organ("Cord")) == []


# --- targets --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "kind", "classifier", "is_plain"),
    [
        ("CTVsb", "CTV", "bed", True),
        ("PTVsb1", "PTV", "bed", False),
        ("PTV_5000", "PTV", "", False),
        ("PTVsb_50Gy", "PTV", "bed", False),
        ("PTV_Liver_2000x3", "PTV", "", False),
        ("CTVp1_MR2", "CTV", "p", False),
        ("PTV_High", "PTV", "", False),
        ("GTVtb", "GTV", "bed", True),
        ("PGTVtb", "PTV", "bed", True),
        ("P-GTV", "PTV", "", True),
        ("P_CTV", "PTV", "", True),
        ("PTV50", "PTV", "", False),
        ("ITV", "ITV", "", True),
        ("ptv", "PTV", "", True),
        ("PTV!", "PTV!", "", True),
    ],
)
def test_target_names_are_read(name, kind, classifier, is_plain):
    assert read_target(name) == (kind, classifier, is_plain)


@pytest.mark.parametrize(
    ("listed", "collected"),
    [
        (("PTV",), ["PTV", "PTV1", "PTV_5000", "PTV_Liver_2000x3", "PTV50", "PTV_High", "PGTV"]),
        (("PTVsb",), ["PTVsb", "PTVsb1", "PTVtb_50Gy", "PGTVtb"]),
        (("PTV_5000",), ["PTV_5000"]),
        (("PTV-03",), ["PTV-03"]),
        (("PTV!",), ["PTV!"]),
    ],
)
def test_a_many_target_collects_names_of_the_listed_type_and_class(listed, collected):
    others = [
        "PTV", "PTV1", "PTV_5000", "PTV_Liver_2000x3", "PTV50", "PTV_High", "PGTV", "PTVsb", "PTVsb1", "PTVtb_50Gy",
        "PGTVtb", "PTV-03", "PTV!", "CTV", "CTVsb", "GTV", "GTVtb", "ITV", "PTVn", "PTVopt", "PTV_Ring", "zPTV",
    ]  # fmt: skip
    assert filling(others, targets(*listed)) == collected


def test_a_single_target_takes_only_the_listed_names():
    assert filling(["CTVsb1", "CTVsb2"], targets("CTVsb", many=False)) == []
    assert matched(["CTVsb1", "CTVsb2"], targets("CTVsb", many=False)).roles["goal"].near == ("CTVsb1", "CTVsb2")


def test_a_many_role_that_is_no_target_takes_only_the_listed_names():
    role = Role("r", ("PTV", "Colon"), many=True)
    assert filling(["PTV", "PTV1", "Colon"], role) == ["PTV", "Colon"]


# --- what must never match ------------------------------------------------------------------------

MUST_NOT = [
    ("Liver-GTV", "Liver"), ("Liver-CTV", "Liver"), ("Liver-PTV", "Liver"), ("Liver-PTV", "Liver-GTV"),
    ("LiverMinusPTV", "Liver-CTV"), ("Liver", "Liver-GTV"), ("Liver~", "Liver"), ("zLiver", "Liver"),
    ("z_Liver", "Liver"), ("_Liver", "Liver"), ("Liver_old", "Liver"), ("Liver_opt", "Liver"),
    ("GTV_Liver", "Liver-GTV"), ("SpinalCord_PRV05", "SpinalCord"), ("Cord+5", "SpinalCord"),
    ("SpinalCanal", "SpinalCord"), ("SpinalCord", "SpinalCord_PRV05"), ("SpinalCord_PRV03", "SpinalCord_PRV05"),
    ("Duodenum_PRV05", "Duodenum"), ("Stomach-PTV", "Stomach"), ("Kidney_L", "Kidneys"), ("Kidney_L", "Kidney_R"),
    ("Lung_R", "Lungs"), ("Colon", "Bowel_Large"), ("Bowel_Small", "Bag_Bowel"), ("Skin", "External"),
    ("Skin_PRV03", "Skin"), ("PTV_opt", "PTV"), ("PTVopt", "PTV"), ("zPTV", "PTV"), ("PTV_Ring", "PTV"),
    ("Ring1", "PTV"), ("NS_Ring", "PTV"), ("PTV-Duodenum", "PTV"), ("PTV-03", "PTV"), ("PTVsb_PRV", "PTV"),
    ("CTVsb", "PTV"), ("PTVsb", "CTV"), ("GTVtb", "GTV"), ("PGTVtb", "GTV"), ("CouchSurface", "External"),
    # further traps
    ("Liver–GTV", "Liver-GTV"),  # an en dash is not a hyphen
    ("LiverGTV", "Liver"), ("Liver2", "Liver"), ("Li ver ", "Livers"), ("Duodenum", "Stomach"), ("PTV!", "PTV"),
    ("z Heart", "Heart"), ("Z-Heart", "Heart"), ("Heart^1", "Heart"), ("d50Gy", "d50Gy"), ("Iso_95%", "Iso_95%"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "listed"), MUST_NOT)
def test_this_name_never_fills_that_role(name, listed):
    role = targets(listed) if read_target(listed) else organ(listed)
    assert filling([name], role) == []


def test_a_german_organ_with_z_is_no_optimisation_structure():
    assert rule_that_ignores("Zwölffingerdarm") == ""
    assert rule_that_ignores("Zoe") == ""
    assert rule_that_ignores("zOrgan") == "it begins with 'z'"


@pytest.mark.parametrize(
    "kind", ["SUPPORT", "BOLUS", "FIXATION", "MARKER", "REGISTRATION", "ISOCENTER", "CONTRAST_AGENT"]
)
def test_an_interpreted_type_can_only_remove_a_candidate(kind):
    result = matched([("Liver", kind)], organ("Liver"))
    assert result.roles["organ"].structures == ()
    assert [(entry.structure.name, entry.rule) for entry in result.ignored] == [
        ("Liver", f"its interpreted type is {kind}")
    ]
    assert filling([("Heart", "PTV")], targets("PTV")) == []


@pytest.mark.parametrize(
    ("name", "organ_key", "mm"),
    [("SpinalCord_PRV05", "SpinalCord", 5), ("Duodenum_PRV05", "Duodenum", 5), ("Bowel_Small_PRV5", "Bowel_Small", 5),
     ("Skin_PRV03", "Skin", 3), ("Cord+5", "SpinalCord", 5), ("Cord_PRV", "SpinalCord", None)],
)  # fmt: skip
def test_planning_risk_volumes_are_read(name, organ_key, mm):
    assert read_prv(name) == (organ_key, mm)


def test_a_planning_risk_volume_of_an_unknown_organ_is_only_a_name():
    assert read_prv("Foo_PRV05") is None
    assert filling(["Foo_PRV5"], organ("Foo_PRV05")) == []
    assert filling(["Foo_PRV05"], organ("Foo_PRV05")) == ["Foo_PRV05"]


# --- what is undecided ----------------------------------------------------------------------------


def test_two_matches_are_ambiguous_and_both_are_named():
    found = matched(["Liver", "Heart", "Leber"], organ("Liver")).roles["organ"]
    assert [structure.number for structure in found.structures] == [1, 3]
    assert found.reason == "structure-ambiguous"
    assert (
        found.sentence == "2 structures fill 'organ': 'Liver' (ROI 1) and 'Leber' (ROI 3); rename or remove all but one"
    )


def test_two_structures_of_one_name_are_ambiguous():
    assert matched(["Liver", "Liver"], organ("Liver")).roles["organ"].reason == "structure-ambiguous"


def test_nothing_is_missing_with_near_names_suggested_only():
    result = matched(["Livre", "Heart", "Liver_old"], organ("Liver"))
    found = result.roles["organ"]
    assert (found.structures, found.reason, found.near) == ((), "structure-missing", ("Livre",))
    assert found.sentence == (
        "no structure fills 'organ' (looked for Liver and its known spellings); near names: 'Livre': rename it, "
        "or map it in a names file; 'Liver_old' is not used because a word in it marks an optimisation or help "
        "structure, or an old copy"
    )
    assert [structure.name for structure in result.unused] == ["Livre", "Heart"]


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Liver_GTV", organ("Liver-GTV")),
        ("Liver GTV", organ("Leber-GTV")),
        ("LiverGTV", targets("GTV")),
        ("Liver_CTV", organ("Liver-CTV")),
        ("liver ctv", targets("CTV")),
        ("NormalLiver", organ("Liver-GTV")),
        ("Normal_Liver", organ("Liver-PTV")),
        ("Liver_GTV", organ("Liver_GTV")),
    ],
)
def test_a_name_with_two_readings_leaves_the_role_undecided_and_says_both(name, role):
    found = matched([name], role).roles[role.id]
    assert found.reason == "structure-ambiguous"
    assert found.structures == ()
    assert f"{name!r} may be " in found.sentence
    assert found.near == (name,)


def test_a_name_with_two_readings_does_so_beside_a_clear_one():
    found = matched(["Liver-GTV", "Liver_GTV"], organ("Liver-GTV")).roles["organ"]
    assert found.reason == "structure-ambiguous"


def test_a_name_with_two_readings_does_not_touch_other_roles():
    assert filling(["Liver", "Liver_GTV", "NormalLiver"], organ("Liver")) == ["Liver"]
    assert filling(["CTVsb", "Liver_CTV"], targets("CTVsb", "CTV", many=False)) == ["CTVsb"]
    assert filling(["CTVsb", "Liver_CTV"], targets("CTVsb")) == ["CTVsb"]


def test_a_planning_risk_volume_without_margin_is_undecided_unless_another_is_clear():
    role = organ("SpinalCord_PRV05")
    found = matched(["Cord_PRV"], role).roles["organ"]
    assert (found.reason, found.structures) == ("structure-ambiguous", ())
    assert "does not state its margin" in found.sentence
    assert filling(["Cord_PRV", "Cord+5"], role) == ["Cord+5"]


# --- the site's own names -------------------------------------------------------------------------


def test_a_site_adds_names_by_tg263_name_or_by_role():
    role = Role("cord", ("SpinalCord",))
    assert filling(["cord_2"], role) == []
    for key in ("SpinalCord", "spinal_cord", "cord"):
        assert filling(["Cord 2"], role, {key: ("cord_2",)}) == ["Cord 2"]
    assert filling(["cord_2"], role, {"Stomach": ("cord_2",)}) == []


def test_a_site_may_switch_on_a_weak_or_ambiguous_name_but_not_an_ignored_one():
    assert filling(["SC"], organ("SpinalCord"), {"SpinalCord": ("SC",)}) == ["SC"]
    assert filling(["NormalLiver"], organ("Liver-GTV"), {"Liver-GTV": ("NormalLiver",)}) == ["NormalLiver"]
    assert filling(["z_Cord"], organ("SpinalCord"), {"SpinalCord": ("z_Cord",)}) == []


# --- the whole ------------------------------------------------------------------------------------


def test_a_whole_set_is_brought_together():
    names = ["External", "Liver", "CTVsb", "PTVsb1", "PTVsb2", "Cord", "zRing", ("CouchSurface", "SUPPORT")]
    structures = [
        Structure(name, number, (), kind)
        for number, (name, kind) in enumerate([(n, "") if isinstance(n, str) else n for n in names], start=1)
    ]
    from sbrt_qa.derive.expression import parse

    roles = {
        "ptv": Role("ptv", ("PTVsb",), kind="target", many=True),
        "liver": Role("liver", ("Liver",)),
        "heart": Role("heart", ("Heart",)),
        "spared": Role("spared", derive=parse("liver - ptv")),
    }
    result = match(structures, roles)
    assert list(result.roles) == ["ptv", "liver", "heart"]
    assert {role: [s.name for s in found] for role, found in result.filled.items()} == {
        "ptv": ["PTVsb1", "PTVsb2"],
        "liver": ["Liver"],
    }
    assert list(result.doubts) == ["heart"]
    assert result.doubts["heart"][0] == "structure-missing"
    assert [entry.structure.name for entry in result.ignored] == ["zRing", "CouchSurface"]
    assert [structure.name for structure in result.unused] == ["External", "CTVsb", "Cord"]
