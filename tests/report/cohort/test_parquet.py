"""Parquet of a batch: every finding is a row with its own types, and what is not known is null."""

from __future__ import annotations

import io
from dataclasses import replace

from cohort_facts import PROTOCOL, cohort_from, plan, row, small_cohort
from pyarrow import parquet

from sbrt_qa._version import __version__
from sbrt_qa.report.cohort.parquet import COLUMNS, SCHEMA, write_parquet


def read(cohort):
    return parquet.read_table(io.BytesIO(write_parquet(cohort)), use_threads=False)


def test_every_finding_of_every_plan_is_a_row_in_full_precision():
    cohort = small_cohort()
    rows = read(cohort).to_pylist()
    wanted = [(one, finding) for one in cohort.plans for finding in one.findings]
    assert len(rows) == len(wanted) > 8
    for found, (one, finding) in zip(rows, wanted, strict=True):
        assert (found["export"], found["record"], found["plan_verdict"]) == (one.export, one.record, one.verdict.value)
        assert (found["constraint"], found["value"], found["unit"]) == (finding.constraint, finding.value, finding.unit)
        assert found["verdict"] == (finding.verdict and finding.verdict.value)
        assert (found["low"], found["high"]) == (finding.interval or (None, None))
        assert found["reason"] == list(finding.reason)


def test_types_hold_also_where_there_is_nothing():
    empty, full = read(cohort_from([])), read(small_cohort())
    assert empty.num_rows == 0
    assert empty.schema.equals(full.schema)
    types = [str(kind).replace("double", "float64").replace("element: ", "") for kind in full.schema.types]
    assert types == list(COLUMNS.values())


def test_unbounded_ends_unknown_values_and_report_rows_are_null():
    open_end = replace(row("A", "Cord", 20.0), interval=(19.5, None))
    unknown = row("B", "Cord", None, reason=("structure-missing",))
    reported = replace(row("C", "Cord", 3.0), verdict=None)
    a, b, c = read(cohort_from([plan(1, open_end, unknown, reported)])).to_pylist()
    assert (a["low"], a["high"]) == (19.5, None)
    assert (b["value"], b["low"], b["high"], b["roi"], b["reason"]) == (None, None, None, None, ["structure-missing"])
    assert (c["value"], c["verdict"]) == (3.0, None)


def test_the_metadata_say_layout_version_and_protocol_and_any_text_can_be_written():
    table = read(cohort_from([plan(1, row("A", "Leber \ud800 <b>", 1.0))]))
    told = {key.decode(): value.decode() for key, value in table.schema.metadata.items()}
    assert (told["sbrt_qa.schema"], told["sbrt_qa.version"]) == (SCHEMA, __version__)
    assert told["sbrt_qa.protocol.sha256"] == PROTOCOL["sha256"]
    assert table["roi"].to_pylist() == [r"Leber \ud800 <b>"]
