"""The sample case under every shipped protocol that fits its number of fractions: a complete record each time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sbrt_qa as qa
from sbrt_qa.protocol.library import shipped
from sbrt_qa.report._catalogue import formats

SAMPLE = Path(__file__).parents[2] / "sample_dicom" / "meets-all"
FRACTIONS = 5
UNDRAWN = {"structure-missing", "derived-part-missing"}  # the dose covers the body: only what nobody drew has no value
FITTING = [name for name in shipped() if FRACTIONS in qa.load_protocol(name).prescription.fractions]


@pytest.fixture(scope="module")
def case():
    return qa.read_case(SAMPLE)


def test_the_protocols_for_five_fractions_are_known():
    assert FITTING == [
        "crlm-liver-bed-5fx", "hytec-quantec-liver", "rtog1112-liver", "tg101-abdomen", "uw-abdomen-5fx",
    ]  # fmt: skip


@pytest.mark.parametrize("name", FITTING)
def test_no_constraint_is_silently_missing(name, case):
    protocol = qa.load_protocol(name)
    evaluation = qa.evaluate(case, protocol)
    record = json.loads(formats()[".json"].write(evaluation))
    assert [found["constraint"] for found in record["findings"]] == [row.id for row in protocol.constraints]
    by_id = {row.id: row for row in protocol.constraints}
    for found in record["findings"]:
        row = by_id[found["constraint"]]
        assert found["sentence"], row.id
        assert found["value"] is not None or UNDRAWN & set(found["reason"]), row.id
        if row.is_report:
            assert found["verdict"] is None, row.id
        elif "condition-not-met" not in found["reason"]:
            assert found["verdict"] in {"PASS", "VARIATION", "UNDECIDED", "FAIL"}, row.id
        assert (found["verdict"] == "UNDECIDED") <= bool(found["reason"]), row.id
        assert (found["verify"], found["evidence"]) == (row.verify, row.evidence)
    told = {key: record["protocol"][key] for key in ("id", "version", "sha256")}
    assert told == {"id": name, "version": "1.0", "sha256": protocol.sha256}
    assert len(protocol.sha256) == 64


def test_a_bed_without_gross_tumour_is_undecided_where_a_table_subtracts_it(case):
    for name in ("rtog1112-liver", "uw-abdomen-5fx"):
        evaluation = qa.evaluate(case, qa.load_protocol(name))
        assert evaluation.verdict is qa.Verdict.UNDECIDED
        of_liver = [found for found in evaluation.findings if found.structure == "liver_gtv"]
        assert of_liver
        assert all("derived-part-missing" in found.reason for found in of_liver)
        assert all("'gtv'" in found.sentence for found in of_liver)
