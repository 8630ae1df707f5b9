"""What the plans of a store have in common, and its table and cases for a pipeline."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from exports_below import lay
from hazard_case import Pile

from sbrt_qa.histogram import DVH
from sbrt_qa.pipeline.batch import run_batch
from sbrt_qa.pipeline.cohort import _band, _outliers, cohort_of
from sbrt_qa.pipeline.store import Store
from sbrt_qa.report.cohort.junit import write_junit
from sbrt_qa.report.cohort.table import write_table


@pytest.fixture
def cohort(root, tmp_path, asked, crew):
    other = Pile.fresh()
    other.plan.RTPlanLabel = '=HYPERLINK("x")'
    lay(root / "named", other)
    with Store(tmp_path / "out") as store:
        run_batch(root, store, asked, crew())
        return cohort_of(store)


def test_every_plan_and_constraint_is_counted_once(cohort):
    assert [(plan.export, plan.verdict) for plan in cohort.plans] == [
        ("good", "PASS"),
        ("named", "PASS"),
        ("site/hot", "FAIL"),
        ("site/part", "UNDECIDED"),
    ]
    assert dict(cohort.verdicts) == {"PASS": 2, "FAIL": 1, "UNDECIDED": 1}
    hot = next(c for c in cohort.constraints if c.id == "PTV-HOT")
    assert dict(hot.counts) == {"PASS": 2, "FAIL": 1, "UNDECIDED": 1}
    assert (hot.judged, hot.unjudged, len(hot.readings)) == (4, 0, 3)
    assert (hot.goals, hot.goal_values) == (("<= 130 %",), (130.0,))
    assert hot.median == pytest.approx(sorted(reading.value for reading in hot.readings)[1])
    reported = next(c for c in cohort.constraints if c.id == "LIVER-D50")
    assert (reported.judged, reported.unjudged) == (0, 4)


def test_the_table_has_one_row_per_plan_and_computes_nothing(cohort):
    rows = list(csv.DictReader(io.StringIO(write_table(cohort).decode("utf-8"))))
    assert [row["verdict"] for row in rows] == ["PASS", "PASS", "FAIL", "UNDECIDED"]
    assert rows[2]["PTV-HOT"] == "FAIL"
    assert float(rows[2]["PTV-HOT D0.03cc[%]"]) == pytest.approx(1.5 * float(rows[0]["PTV-HOT D0.03cc[%]"]))
    assert (rows[3]["PTV-HOT"], rows[3]["PTV-HOT D0.03cc[%]"]) == ("UNDECIDED", "")
    assert rows[1]["plan_label"].startswith("'=")


def test_the_cases_for_a_pipeline_count_what_failed(cohort):
    tree = ET.fromstring(write_junit(cohort))
    suites = {suite.get("name"): suite for suite in tree}
    assert len(suites) == 4
    assert int(tree.get("failures")) == sum(int(suite.get("failures")) for suite in tree)
    assert next(suite for name, suite in suites.items() if name.startswith("good")).get("failures") == "0"
    part = next(suite for name, suite in suites.items() if name.startswith("site/part"))
    assert {case.find("error") is not None for case in part if "constraints" in case.get("classname", "")} == {True}


def test_far_values_are_found_and_few_or_equal_ones_are_not():
    assert _outliers(np.array([1.0, 1.1, 0.9, 1.05, 0.95, 5.0])).tolist() == [False] * 5 + [True]
    assert not _outliers(np.array([1.0, 1.0, 9.0])).any()
    assert not _outliers(np.array([1.0] * 9 + [2.0])).any()


def test_a_band_holds_the_share_of_the_volume_of_each_plan():
    def falling(top_gy):
        return DVH("a", np.array([0.0, top_gy]), np.array([10.0, 0.0]), 10.0, (0.0, top_gy / 2, top_gy))

    band = _band("a", [("one", falling(10.0)), ("two", falling(20.0)), ("three", falling(40.0))])
    assert band.doses_gy[-1] == 40.0
    at = np.array(band.doses_gy)
    assert band.quantiles[50] == pytest.approx(np.clip(1 - at / 20, 0, 1))
    assert dict(band.curves)["one"] == pytest.approx(np.clip(1 - at / 10, 0, 1))
