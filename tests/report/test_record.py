import json
import math
from dataclasses import replace

import jsonschema
import numpy as np
import pytest

from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.report import record as room
from sbrt_qa.report._thin import thin

VALIDATOR = jsonschema.Draft202012Validator(room.schema())


def written(evaluation) -> bytes:
    return room.FORMAT.write(evaluation)


def strict(content: bytes):
    def refuse(token):
        raise AssertionError(f"{token} is not JSON")

    return json.loads(content, parse_constant=refuse)


def test_the_schema_is_a_schema():
    jsonschema.Draft202012Validator.check_schema(room.schema())


def test_a_record_is_as_its_schema_says(mixed, make_evaluation):
    for evaluation in (mixed, make_evaluation(), make_evaluation(protocol=None)):
        VALIDATOR.validate(strict(written(evaluation)))


def test_a_record_holds_the_whole_judgement(mixed):
    record = strict(written(mixed))
    assert list(record) == [
        "schema",
        "verdict",
        "case",
        "protocol",
        "prescription",
        "findings",
        "checks",
        "curves",
        "stated_dvhs",
        "provenance",
    ]
    assert record["schema"] == "sbrt-qa/evaluation/1"
    assert record["verdict"] == "FAIL"
    assert [f["constraint"] for f in record["findings"]] == [f.constraint for f in mixed.findings]
    stomach = next(f for f in record["findings"] if f["constraint"] == "STOMACH-MAX")
    assert stomach["value"] == 30.0004
    assert stomach["margin"] == -0.0004
    assert stomach["interval"] == [29.8, 30.3]
    assert stomach["borderline"] is True
    cord = next(f for f in record["findings"] if f["constraint"] == "CORD-MAX")
    assert (cord["verdict"], cord["value"], cord["roi"]) == ("UNDECIDED", None, None)
    assert cord["reason"] == ["structure-missing"]
    assert next(f for f in record["findings"] if f["constraint"] == "HEART-MEAN")["verdict"] is None
    assert [c["structure"] for c in record["curves"]] == sorted(c.name for c in mixed.curves)


def test_the_same_judgement_gives_the_same_bytes_in_any_order_of_facts(mixed):
    shuffled = replace(
        mixed,
        case=dict(reversed(mixed.case.items())),
        provenance=dict(reversed(mixed.provenance.items())),
        curves=tuple(reversed(mixed.curves)),
    )
    assert written(shuffled) == written(mixed)
    assert written(mixed).endswith(b"}\n")


def test_numbers_that_are_none_become_null(make_evaluation, make_finding):
    odd = make_finding(
        verdict=Verdict.UNDECIDED,
        value=math.nan,
        margin=math.inf,
        interval=(1.0, math.inf),
        reason=("structure-missing",),
    )
    finding = strict(written(make_evaluation([odd])))["findings"][0]
    assert (finding["value"], finding["margin"], finding["interval"]) == (None, None, [1.0, None])


def test_an_uncovered_structure_has_no_statistics(make_evaluation, make_curve):
    record = strict(written(make_evaluation(curves=[make_curve("Heart", 5.0, 10.0, covered=0.0)])))
    VALIDATOR.validate(record)
    curve = record["curves"][0]
    assert (curve["min_gy"], curve["mean_gy"], curve["max_gy"], curve["covered"]) == (None, None, None, 0.0)


def test_names_stay_as_the_file_has_them_and_stay_legal_json(make_evaluation, make_finding):
    content = written(make_evaluation([make_finding(roi='a"\x1b\n肝\ud800')]))
    assert "肝" in content.decode("utf-8")
    assert strict(content)["findings"][0]["roi"] == 'a"\x1b\n肝\ud800'


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "GREEN"},
        {"value": "12"},
        {"reason": "structure-missing"},
        {"unit": "cGy"},
        {"interval": [1.0]},
        {"surprise": 1},
    ],
)
def test_the_schema_refuses_what_is_no_record(mixed, change):
    record = strict(written(mixed))
    record["findings"][0].update(change)
    assert not VALIDATOR.is_valid(record)


def test_the_schema_wants_a_reason_for_what_is_undecided(mixed):
    record = strict(written(mixed))
    cord = next(f for f in record["findings"] if f["constraint"] == "CORD-MAX")
    cord["reason"] = []
    assert not VALIDATOR.is_valid(record)


@pytest.mark.parametrize("steep", [2.0, 6.0, 60.0, 600.0])
def test_a_thinned_curve_gives_every_point_back_within_its_tolerance(make_curve, steep):
    curve = make_curve("Liver", 25.0, 1234.5, steep=steep)
    edges, volumes = thin(curve)
    back = np.interp(curve.edges_gy, edges, volumes)
    assert np.abs(back - curve.cumulative_cc).max() <= 5e-4 * curve.volume_cc
    assert edges.size <= 400
    assert edges[0] == 0.0
    assert volumes[-1] == 0.0


def test_thinning_keeps_a_curve_that_never_ends(make_curve):
    curve = make_curve("Body", 59.0, 10.0)
    edges, volumes = thin(curve)
    assert edges[-1] == curve.edges_gy[-1]
    assert volumes[-1] == curve.cumulative_cc[-1]
