import pytest

from sbrt_qa.commission.document import Commissioning, Criterion, Point, judged
from sbrt_qa.protocol.finding import Verdict


def point(value, truth=10.0, tolerance=3.0):
    return Point("case", "sphere", "D95%", "Gy", value, truth, tolerance)


@pytest.mark.parametrize(("value", "off"), [(10.29, False), (10.31, True), (9.71, False), (9.69, True), (10.0, False)])
def test_a_number_is_off_beyond_its_tolerance_of_the_truth(value, off):
    assert point(value).off is off


def test_the_error_is_in_per_cent_of_the_truth():
    assert point(5.5, truth=5.0).error_percent == pytest.approx(10.0)


def test_a_missing_number_is_neither_off_nor_right():
    assert point(None).error_percent is None
    assert point(None).off is False


@pytest.mark.parametrize(
    ("met", "values", "verdict"),
    [
        (True, (10.0, 10.0), Verdict.PASS),
        (False, (10.0, 20.0), Verdict.FAIL),
        (True, (10.0, None), Verdict.UNDECIDED),
        (False, (20.0, None), Verdict.FAIL),
    ],
)
def test_a_criterion_with_a_missing_number_is_never_a_pass(met, values, verdict):
    found = judged("ID", "What is required.", "1 of 2", met=met, points=map(point, values))
    assert found.verdict is verdict
    assert ("1 values could not be computed" in found.found) == (verdict is Verdict.UNDECIDED)


def test_the_worst_verdict_holds_and_nothing_is_no_pass(by_hand):
    assert [chapter.verdict for chapter in by_hand.chapters] == [Verdict.PASS, Verdict.UNDECIDED, Verdict.FAIL]
    assert by_hand.verdict is Verdict.FAIL
    assert Commissioning(by_hand.chapters[:2], (), quick=False).verdict is Verdict.UNDECIDED
    assert Commissioning((), (), quick=False).verdict is Verdict.UNDECIDED


def test_findings_are_frozen():
    with pytest.raises(AttributeError):
        Criterion("ID", Verdict.PASS, "", "").verdict = Verdict.FAIL
