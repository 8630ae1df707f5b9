"""What the checks are shown of a case and its protocol."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sbrt_qa.model import DoseReference, FractionGroup, Identity, Plan, Structure
from sbrt_qa.protocol.definition import PrescriptionRule, Role
from sbrt_qa.protocol.rulings import OUTLINE, contoured_roles, subject_of

STRUCTURES = {name: Structure(name, number, ()) for number, name in enumerate(("ptv", "liver", "cord", "body"), 1)}
ROLES = {
    "ptv": Role("ptv", kind="target"),
    "liver": Role("liver"),
    "cord": Role("cord"),
    "spared": Role("spared", derive=SimpleNamespace(ordered_roles=("liver", "ptv"))),
    "twice": Role("twice", derive=SimpleNamespace(ordered_roles=("spared", "cord"))),
}


def row(role, *, required=True, is_report=False):
    return SimpleNamespace(required=required, is_report=is_report, looks_at=((role, None),))


def seen(*rows, doubts=None, filled=None, rule=None, planned_gy=50.0, outline=()):
    """The subject of a case whose roles are filled by structures of the same name."""
    filled = {name: (STRUCTURES[name],) for name in ("ptv", "liver", "cord")} if filled is None else filled
    references = () if planned_gy is None else (DoseReference("TARGET", "VOLUME", 1, planned_gy),)
    plan = Plan(Identity("1.2"), (FractionGroup(1, 5),), references)
    protocol = SimpleNamespace(
        constraints=rows,
        roles=ROLES,
        prescription=rule or PrescriptionRule("ptv", (5,), 45.0, 55.0),
        dose_kind="PHYSICAL",
        dose_summation="PLAN",
    )
    matching = SimpleNamespace(doubts=doubts or {}, filled=filled)
    exhibits = SimpleNamespace(matching=matching, outline=outline, curve="the curves")
    return subject_of(SimpleNamespace(plan=plan), protocol, exhibits)


def test_a_role_stands_for_all_that_it_is_derived_from():
    assert contoured_roles("cord", ROLES) == ("cord",)
    assert contoured_roles("spared", ROLES) == ("liver", "ptv")
    assert contoured_roles("twice", ROLES) == ("liver", "ptv", "cord")


def test_the_target_of_the_prescription_is_always_used_and_required():
    found = seen(row("cord"))
    assert found.used == {"cord": (STRUCTURES["cord"],), "ptv": (STRUCTURES["ptv"],)}
    assert found.required == {"cord", "ptv"}
    assert (found.targets, found.fractions) == ({1}, (5,))
    assert (found.curve, found.curve_under) == ("the curves", "the curves")
    assert (found.dose_kind, found.dose_summation) == ("PHYSICAL", "PLAN")


@pytest.mark.parametrize(
    ("rows", "required"),
    [
        ((row("cord", required=False),), {"ptv"}),
        ((row("cord", is_report=True),), {"ptv"}),
        ((row("cord", required=False), row("cord")), {"ptv", "cord"}),
        ((row("cord"), row("cord", is_report=True)), {"ptv", "cord"}),
        ((row("spared"),), {"ptv", "liver"}),
        ((row("ptv", required=False),), set()),
    ],
)
def test_a_role_is_required_where_one_judged_row_requires_it(rows, required):
    assert seen(*rows).required == required


def test_the_outline_is_used_where_there_is_one():
    assert seen(row("cord"), outline=(STRUCTURES["body"],)).used[OUTLINE] == (STRUCTURES["body"],)
    assert OUTLINE not in seen(row("cord")).used


@pytest.mark.parametrize(
    ("least", "most", "limits"),
    [(45.0, 55.0, (45.0, 55.0)), (None, 55.0, None), (45.0, None, None), (None, None, None)],
)
def test_the_prescription_has_limits_where_both_are_stated(least, most, limits):
    assert seen(rule=PrescriptionRule("ptv", (5,), least, most)).prescription_gy == limits


def test_only_the_plans_own_prescription_is_the_plans():
    single = PrescriptionRule("ptv", (5,), 50.0, 50.0)
    assert seen(rule=single, planned_gy=48.0).plan_prescription_gy == 48.0
    assert seen(rule=single, planned_gy=None).plan_prescription_gy is None


def test_what_is_missing_or_ambiguous_is_told_where_it_is_required():
    doubts = {"cord": ("structure-ambiguous", "two fit"), "liver": ("structure-missing", "nobody drew it.")}
    found = seen(row("cord"), row("liver"), doubts=doubts, filled={"ptv": (STRUCTURES["ptv"],)})
    assert found.missing == {"cord": "Two fit.", "liver": "Nobody drew it."}
    assert found.ambiguous == {"cord"}
    assert set(found.used) == {"ptv"}
    assert seen(row("cord", required=False), doubts=doubts).missing == {}
