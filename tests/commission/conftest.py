"""One quick run for all tests of the room, and documents made by hand."""

from __future__ import annotations

import pytest

from sbrt_qa.commission import Chapter, Commissioning, Criterion, Point, Table, commission
from sbrt_qa.histogram import Sampling
from sbrt_qa.protocol.finding import Verdict


@pytest.fixture(scope="session")
def quick():
    """Every set, in part, under the usual convention."""
    return commission(samplings=[Sampling()], quick=True)


@pytest.fixture
def chapters(quick):
    return {chapter.set_id: chapter for chapter in quick.chapters}


def a_point(value: float | None = 10.1, **changes) -> Point:
    usual = {
        "case": "2 mm",
        "structure": "cone",
        "metric": "D95%",
        "unit": "Gy",
        "truth": 10.0,
        "tolerance_percent": 3.0,
    }
    return Point(value=value, **{**usual, **changes})


@pytest.fixture
def by_hand():
    """A document with one chapter of each verdict, a refused number and one beyond every scale."""

    def chapter(name: str, verdict: Verdict, *points: Point) -> Chapter:
        criterion = Criterion(f"{name.upper()}-ALL", verdict, f"What {name} requires.", "1 of 2 <b>& more</b>")
        table = Table(f"{name} in short", ("Metric", "off", "range %"), (("D95%", "1/2", "−1.0 to +99.0"),), "A note.")
        return Chapter(
            name, f"Set {name}", f"{name} et al.", Sampling(), ("How it is built.",), (criterion,), (table,), points
        )

    return Commissioning(
        (
            chapter("one", Verdict.PASS, a_point()),
            chapter("two", Verdict.UNDECIDED, a_point(), a_point(None, reason="it has no thickness")),
            chapter("three", Verdict.FAIL, a_point(19.9), a_point(9.9, metric="Dmean")),
        ),
        (("sbrt-qa", "0.0"), ("numpy", "2.0")),
        quick=False,
    )
