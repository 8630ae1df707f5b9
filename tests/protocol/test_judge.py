"""One constraint and one structure: every way to a finding, with a metric that gives what it is told to."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pytest

from sbrt_qa.checks import Check, Doubt, Effect, Measured, Outcome
from sbrt_qa.errors import DoseOutsideGrid, MetricUndefined, SbrtQaError
from sbrt_qa.metrics import Caution, Metric
from sbrt_qa.protocol.condition import under_condition
from sbrt_qa.protocol.definition import CheckRule, Condition, Constraint, Limit, LimitByFractions
from sbrt_qa.protocol.finding import Finding, Verdict, worst
from sbrt_qa.protocol.judge import Exhibit, finding, missing, verdict_of
from sbrt_qa.protocol.limit_table import LimitTable
from sbrt_qa.protocol.rulings import check_finding, rulings_of
from sbrt_qa.protocol.wording import value_words
from sbrt_qa.units import Unit


def limit(text):
    comparison, number, *unit = text.split()
    return Limit(comparison, float(number), Unit(unit[0] if unit else ""), text)


GOAL, ACCEPTABLE = limit("<= 25 Gy"), limit("<= 30 Gy")
FIVE, SIX = LimitByFractions(columns={5: GOAL}), LimitByFractions(columns={6: GOAL})


def raising(error):
    def ask(_subject):
        raise error

    return ask


def subject(value=20.0, *, cold=None, hot=None, volume_cc=100.0):
    made = SimpleNamespace(value=value, prescription_gy=50.0, curve=SimpleNamespace(volume_cc=volume_cc))
    made.assuming = lambda dose: SimpleNamespace(value=cold if dose == 0 else hot)
    return made


def metric(ask=lambda s: s.value, unit=Unit.GY, **facts):
    return Metric("Fake[Gy]", unit, "Fake of {structure}", (ask,), **facts)


def constraint(goal=GOAL, acceptable=None, measured=None, **facts):
    always = [LimitByFractions(one) if isinstance(one, Limit) else one for one in (goal, acceptable)]
    known = {"source": "paper", "why": "w", "mend": "m", "evidence": "S", "verify": True}
    return Constraint("ROW", "cord", measured or metric(), *always, **(known | facts))


def exhibit(main, bare=None, best=None):
    def told():
        if isinstance(main, SbrtQaError):
            raise main
        return main

    return Exhibit("SpinalCord", "SpinalCord", 3, told, lambda: (bare, best))


def judged(row, main, doubts=(), fractions=5, **others):
    return finding(row, exhibit(main, **others), fractions, doubts, {"paper": "Nobody 2020"})


def outside(cold, hot, error=None):
    """A structure partly outside the grid, and the metric that says so unless the dose there is assumed."""
    error = error or DoseOutsideGrid("5 % of it lies outside the dose grid", code="dose-grid-too-small")

    def ask(one):
        if hasattr(one, "curve"):
            raise error
        return one.value

    return metric(ask), subject(cold=cold, hot=hot)


@pytest.mark.parametrize(
    ("comparison", "below", "at", "above"),
    [("<=", 1, 1, 0), ("<", 1, 0, 0), (">=", 0, 1, 1), (">", 0, 0, 1)],
)
def test_every_comparison_at_its_limit(comparison, below, at, above):
    one = limit(f"{comparison} 25 Gy")
    assert [one.is_met_by(value) for value in (24.0, 25.0, 26.0)] == [bool(v) for v in (below, at, above)]
    assert not one.is_met_by(math.nan)
    assert verdict_of(math.nan, one, None) is Verdict.FAIL


@pytest.mark.parametrize(
    ("value", "acceptable", "verdict"),
    [(24.0, ACCEPTABLE, "PASS"), (25.1, ACCEPTABLE, "VARIATION"), (30.1, ACCEPTABLE, "FAIL"), (25.1, None, "FAIL")],
)
def test_a_value_passes_varies_or_fails(value, acceptable, verdict):
    found = judged(constraint(acceptable=acceptable), subject(value))
    assert (found.verdict, found.value, found.reason, found.borderline) == (verdict, value, (), False)
    assert found.margin == pytest.approx(25 - value)
    assert (found.unit, found.goal, found.goal_value) == ("Gy", "<= 25 Gy", 25.0)
    assert found.interval[0] < value < found.interval[1]
    assert found.acceptable == (acceptable.text if acceptable else "")
    assert (found.constraint, found.structure, found.metric) == ("ROW", "cord", "Fake[Gy]")
    assert (found.roi, found.roi_number, found.required, found.verify) == ("SpinalCord", 3, True, True)
    assert (found.source, found.why, found.mend, found.evidence) == ("Nobody 2020", "w", "m", "S")


@pytest.mark.parametrize(("value", "is_met"), [(20.0, True), (30.0, False), (math.nan, False)])
def test_what_is_only_suggested_is_judged_and_says_so(value, is_met):
    told = "The source only suggests this limit." in judged(constraint(suggested=True), subject(value)).sentence
    assert told is not is_met
    assert judged(constraint(suggested=True), subject(30.0)).verdict == "FAIL"
    assert "suggests" not in judged(constraint(), subject(value)).sentence


def test_a_source_that_the_protocol_does_not_know_is_shown_as_written():
    assert judged(constraint(source="other"), subject()).source == "other"


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_what_is_no_number_is_undecided(value):
    found = judged(constraint(), subject(value))
    assert (found.verdict, found.value, found.interval, found.margin) == ("UNDECIDED", None, None, None)
    assert found.reason == ("not-finite",)
    assert found.sentence == "Fake of SpinalCord could not be judged: the result is not a number."


def test_a_metric_without_meaning_is_undecided():
    named = judged(constraint(measured=metric(raising(MetricUndefined("no", code="structure-empty")))), subject())
    assert (named.verdict, named.reason) == ("UNDECIDED", ("structure-empty",))
    nameless = judged(constraint(measured=metric(raising(MetricUndefined("no")))), subject())
    assert (nameless.verdict, nameless.reason) == ("UNDECIDED", ("metric-undefined",))


def test_a_structure_without_a_curve_is_undecided_and_what_is_known_stands_first():
    empty = MetricUndefined("it is empty", code="structure-empty")
    found = judged(constraint(), empty, (("charset-invalid", "a name is damaged."), ("structure-empty", "again")))
    assert (found.verdict, found.value) == ("UNDECIDED", None)
    assert found.reason == ("charset-invalid", "structure-empty")
    assert found.sentence == "Fake of SpinalCord could not be judged: a name is damaged; it is empty."
    assert found.goal == "<= 25 Gy"
    assert judged(constraint(), SbrtQaError("no")).reason == ("metric-undefined",)


def test_the_limit_that_would_have_held_is_shown_although_nothing_is_measured():
    assert judged(constraint(FIVE), MetricUndefined("no")).goal == "<= 25 Gy"
    assert judged(constraint(FIVE), MetricUndefined("no"), fractions=3).goal == ""


def test_doubts_leave_the_number_and_take_the_verdict():
    found = judged(constraint(), subject(), (("fractions-mismatch", "One of x."), ("plan-missing", "Two x")))
    assert (found.verdict, found.value, found.margin) == ("UNDECIDED", 20.0, 5.0)
    assert found.reason == ("fractions-mismatch", "plan-missing")
    assert found.sentence == "Fake of SpinalCord could not be judged: One of x; Two x."
    assert not found.borderline


def test_a_limit_for_other_fractions_is_none():
    found = judged(constraint(SIX), subject())
    assert (found.verdict, found.value, found.reason) == ("UNDECIDED", 20.0, ("limit-for-fractions-missing",))
    assert "no limit for 5 fractions, only for 6" in found.sentence


def test_a_limit_may_follow_from_the_structure_itself():
    by_volume = LimitTable("volume", {50.0: limit("<= 20 Gy"), 150.0: limit("<= 30 Gy")})
    found = judged(constraint(by_volume), subject(22.0))
    assert (found.verdict, found.goal) == ("PASS", "<= 25 Gy")
    by_prescription = LimitTable("prescription", {50.0: limit("<= 20 Gy")})
    assert judged(constraint(by_prescription), subject(22.0)).verdict == "FAIL"
    outside_the_table = judged(constraint(by_volume), subject(22.0, volume_cc=200.0))
    assert outside_the_table.reason == ("limit-beyond-table",)


# --- more volume than there is --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("goal", "unit", "counts", "verdict"),
    [
        (">= 700 cc", Unit.CC, True, "UNDECIDED"),
        (">= 100 cc", Unit.CC, True, "FAIL"),
        ("<= 700 cc", Unit.CC, True, "PASS"),
        (">= 700 cc", Unit.CC, False, "FAIL"),
        (">= 101 %", Unit.PERCENT, True, "FAIL"),
    ],
)
def test_a_rule_that_asks_for_more_than_there_is(goal, unit, counts, verdict):
    found = judged(constraint(limit(goal), measured=metric(unit=unit, counts_volume=counts)), subject(20.0))
    assert found.verdict == verdict
    if verdict == "UNDECIDED":
        assert found.reason == ("volume-less-than-asked",)
        assert "the rule asks for 700 cc, the structure has 100.00 cc" in found.sentence


def test_more_than_there_is_stays_undecided_outside_the_grid():
    asked, one = outside(0.0, 0.0)
    asked = metric(asked.ask[0], Unit.CC, counts_volume=True)
    assert judged(constraint(limit(">= 700 cc"), measured=asked), one).verdict == "UNDECIDED"
    assert judged(constraint(limit(">= 70 cc"), measured=asked), one).verdict == "FAIL"


# --- outside the grid -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cold", "hot", "verdict"),
    [(1.0, 2.0, "PASS"), (26.0, math.inf, "FAIL"), (1.0, 26.0, "UNDECIDED"), (26.0, 1.0, "UNDECIDED")],
)
def test_outside_the_grid_both_ends_must_agree(cold, hot, verdict):
    asked, one = outside(cold, hot)
    found = judged(constraint(measured=asked), one)
    assert (found.verdict, found.value, found.borderline) == (verdict, None, False)
    assert found.reason == ("dose-grid-too-small",)
    assert found.interval == tuple(v if math.isfinite(v) else None for v in (min(cold, hot), max(cold, hot)))
    if verdict == "UNDECIDED":
        assert "could not be judged: 5 % of it lies outside the dose grid." in found.sentence
    else:
        assert "has no single value: 5 % of it lies outside the dose grid; the verdict is the same" in found.sentence


def test_between_goal_and_acceptable_the_ends_disagree_as_well():
    asked, one = outside(20.0, 27.0)
    assert judged(constraint(acceptable=ACCEPTABLE, measured=asked), one).verdict == "UNDECIDED"
    asked, one = outside(26.0, 27.0)
    assert judged(constraint(acceptable=ACCEPTABLE, measured=asked), one).verdict == "VARIATION"


@pytest.mark.parametrize(("cold", "hot"), [(math.nan, 1.0), (1.0, math.nan), (math.nan, math.nan)])
def test_ends_that_are_no_numbers_agree_on_nothing(cold, hot):
    asked, one = outside(cold, hot)
    found = judged(constraint(measured=asked), one)
    assert (found.verdict, found.interval) == ("UNDECIDED", None)


def test_outside_the_grid_doubts_and_missing_limits_take_the_verdict():
    asked, one = outside(1.0, 2.0)
    found = judged(constraint(measured=asked), one, (("plan-missing", "No plan."),))
    assert (found.verdict, found.interval) == ("UNDECIDED", None)
    assert found.reason == ("dose-grid-too-small", "plan-missing")
    assert "outside the dose grid; No plan." in found.sentence
    assert judged(constraint(SIX, measured=asked), one).verdict == "UNDECIDED"


def test_ends_that_have_no_answer_leave_it_undecided():
    asked, one = outside(1.0, 2.0)
    one.assuming = raising(MetricUndefined("no"))
    assert judged(constraint(measured=asked), one).verdict == "UNDECIDED"


# --- interval, cautions, reports ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bare", "best", "borderline"), [(subject(19.0), subject(20.4), False), (subject(26.0), subject(20.0), True)]
)
def test_an_interval_across_the_limit_is_borderline(bare, best, borderline):
    found = judged(constraint(), subject(20.0), bare=bare, best=best)
    assert found.verdict == "PASS"
    assert found.borderline is borderline
    assert found.interval[0] <= min(bare.value, best.value)
    assert found.interval[1] >= max(bare.value, best.value)


def test_neighbours_without_an_answer_are_left_out():
    found = judged(constraint(), subject(20.0), bare=subject(math.nan), best=None)
    assert found.interval == judged(constraint(), subject(20.0)).interval
    assert found.interval == pytest.approx((20.0, 20.0), abs=0.05)


def test_an_interval_ends_at_the_most_there_can_be():
    found = judged(constraint(measured=metric(most=20.5)), subject(20.0), bare=subject(19.0), best=subject(24.0))
    assert found.interval[1] == 20.5


def test_a_caution_follows_the_sentence_and_its_code_the_reasons():
    asked = metric(caution=lambda _subject: Caution("beyond-model", "Caution: beyond the model"))
    found = judged(constraint(measured=asked), subject(), (("beyond-model", "X"), ("plan-missing", "Y")))
    assert found.reason == ("beyond-model", "plan-missing")
    assert found.sentence.endswith("Caution: beyond the model.")


def test_a_report_row_has_a_number_and_no_verdict():
    found = judged(constraint(None), subject(), (("plan-missing", "No plan."),))
    assert (found.verdict, found.value, found.interval, found.goal) == (None, 20.0, (20.0, 20.0), "")
    assert (found.margin, found.goal_value, found.borderline, found.reason) == (None, None, False, ())
    assert found.sentence == "Fake of SpinalCord is 20.00 Gy; reported, not judged."


@pytest.mark.parametrize(
    ("error", "code"), [(MetricUndefined("no"), "metric-undefined"), (MetricUndefined("no", code="x-y"), "x-y")]
)
def test_a_report_row_that_cannot_be_measured_says_why(error, code):
    found = judged(constraint(None, measured=metric(raising(error))), subject())
    assert (found.verdict, found.value, found.reason) == (None, None, (code,))


def test_a_finding_is_required_and_verified_unless_said_otherwise():
    found = Finding(
        "R", "s", "m", None, None, None, None, "", None, "", "", None, None, borderline=False, reason=(), sentence=""
    )
    assert (found.required, found.verify) == (True, False)


@pytest.mark.parametrize("is_borderline", [True, False])
def test_a_row_whose_condition_nobody_knows_is_not_borderline(is_borderline):
    row = judged(constraint(), subject(24.999), bare=subject(26.0 if is_borderline else 24.9))
    unknown = judged(constraint(), MetricUndefined("no", code="structure-empty"))
    found = under_condition(row, unknown, Condition("cord", metric(), GOAL))
    assert (found.verdict, found.borderline) == ("UNDECIDED", False)
    assert found.reason == ("structure-empty", "condition-undecided")


def test_a_missing_structure_keeps_its_row():
    found = missing(constraint(FIVE), "cord", ("structure-missing", "nobody drew it"), 5, {})
    assert (found.verdict, found.roi, found.roi_number, found.value) == ("UNDECIDED", None, None, None)
    assert (found.reason, found.goal) == (("structure-missing",), "<= 25 Gy")
    assert found.sentence == "Fake of cord could not be judged: nobody drew it."
    assert missing(constraint(None), "cord", ("structure-missing", "nobody drew it"), 5, {}).verdict is None


def test_a_value_without_a_limit_has_no_words():
    assert value_words(1.0, None) == ""


def test_a_value_that_no_rounding_tells_from_its_limit_is_shown_whole():
    assert value_words(25.0 + 1e-12, GOAL) == f"{25.0 + 1e-12!r} Gy"


# --- checks ---------------------------------------------------------------------------------------


def ruled(*doubts, measured=None, rule=None, strict=False):
    check = Check("c", "C", "w", "m", "s", (), lambda _subject: None)
    return check_finding(check, Outcome("All is well.", doubts, measured), rule or CheckRule(), strict=strict)


@pytest.mark.parametrize(
    ("effect", "verdict", "strict", "asked_strict"),
    [
        (Effect.NOTE, "PASS", "PASS", "PASS"),
        (Effect.WARN, "VARIATION", "FAIL", "UNDECIDED"),
        (Effect.FINDING, "VARIATION", "UNDECIDED", "UNDECIDED"),
        (Effect.CHECK, "UNDECIDED", "UNDECIDED", "UNDECIDED"),
        (Effect.LIMITS, "UNDECIDED", "UNDECIDED", "UNDECIDED"),
        (Effect.REFUSE, "UNDECIDED", "UNDECIDED", "UNDECIDED"),
    ],
)
def test_what_a_doubt_means_for_its_check(effect, verdict, strict, asked_strict):
    doubt = Doubt(effect, "some-code", "Said.")
    assert (ruled(doubt).verdict, ruled(doubt).reason, ruled(doubt).sentence) == (verdict, ("some-code",), "Said.")
    assert ruled(doubt, strict=True).verdict == strict
    assert ruled(doubt, rule=CheckRule(strict=True)).verdict == asked_strict


def test_a_check_without_doubts_passes():
    assert (ruled().verdict, ruled().reason, ruled().sentence) == ("PASS", (), "All is well.")
    assert (ruled().id, ruled().title) == ("c", "C")


@pytest.mark.parametrize(
    ("value", "verdict", "reason"),
    [(20.0, "PASS", ()), (26.0, "VARIATION", ("too-much",)), (31.0, "FAIL", ("too-much",))],
)
def test_the_protocol_limits_what_a_check_measures(value, verdict, reason):
    own = Doubt(Effect.CHECK, "by-itself", "By itself.")
    measured = Measured(value, "Gy", "Measured.", "too-much", own)
    found = ruled(measured=measured, rule=CheckRule(GOAL, ACCEPTABLE))
    assert (found.verdict, found.reason, found.sentence) == (verdict, reason, "Measured.")
    alone = ruled(measured=measured)
    assert (alone.verdict, alone.reason) == ("UNDECIDED", ("by-itself",))
    assert alone.sentence == "By itself. Measured."


def test_what_a_check_says_by_itself_stands_first_and_varies_unless_asked_strictly():
    own = Doubt(Effect.WARN, "by-itself", "By itself.")
    measured = Measured(20.0, "Gy", "Measured.", "too-much", own)
    found = ruled(Doubt(Effect.NOTE, "noted", "Noted."), measured=measured)
    assert (found.verdict, found.reason) == ("VARIATION", ("by-itself", "noted"))
    assert found.sentence == "By itself. Noted. Measured."
    check = Check("c", "C", "w", "m", "s", (), lambda _subject: None)
    assert check_finding(check, Outcome("", (), measured), CheckRule()).verdict == "VARIATION"


def test_several_doubts_give_the_worst_and_every_code_and_sentence_once():
    said = ((Effect.WARN, "S."), (Effect.CHECK, "S."), (Effect.NOTE, "T."))
    found = ruled(*(Doubt(effect, "a", sentence) for effect, sentence in said))
    assert (found.verdict, found.reason, found.sentence) == ("UNDECIDED", ("a",), "S. T.")


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (SbrtQaError("it has no volume", code="structure-empty"), "structure-empty", "it has no volume."),
        (SbrtQaError("it has no volume"), "check-not-run", "it has no volume."),
        (ZeroDivisionError("1/0"), "internal-error", "The check itself went wrong (ZeroDivisionError); please report"),
    ],
)
def test_a_check_that_cannot_run_is_doubtful_never_absent(monkeypatch, error, code, sentence):
    broken = Check("c", "C", "w", "m", "s", (), raising(error))
    monkeypatch.setattr("sbrt_qa.protocol.rulings.checks", lambda: {"c": broken})
    ((check, outcome),) = rulings_of(None)
    assert check is broken
    (doubt,) = outcome.doubts
    assert (doubt.effect, doubt.code) == (Effect.CHECK, code)
    assert sentence in doubt.sentence


def test_an_empty_list_is_no_pass():
    assert worst([]) is Verdict.UNDECIDED
    assert Verdict.PASS < Verdict.VARIATION < Verdict.UNDECIDED < Verdict.FAIL
    assert max(Verdict) is Verdict.FAIL
    assert min(Verdict) >= "PASS"
    assert Verdict.UNDECIDED <= "FAIL"
    assert not Verdict.PASS > "VARIATION"
    assert worst([Verdict.PASS, Verdict.FAIL, Verdict.UNDECIDED]) is Verdict.FAIL
    assert [v.rank for v in (Verdict.PASS, Verdict.VARIATION, Verdict.UNDECIDED, Verdict.FAIL)] == [0, 1, 2, 3]
