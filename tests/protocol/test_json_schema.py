"""The schema for editors: valid itself, true to every shipped protocol, and not to be fooled by what lint refuses."""

from __future__ import annotations

import json

import jsonschema
import pytest

from sbrt_qa.metrics import kinds
from sbrt_qa.protocol.faults import Faults
from sbrt_qa.protocol.json_schema import json_schema
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.template import template
from sbrt_qa.protocol.yaml_source import read_yaml

SCHEMA = json_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def data_of(content: bytes):
    """Return a file as an editor sees it: every key is text."""
    return json.loads(json.dumps(read_yaml(content, Faults("x")).data))


def test_the_schema_is_one_of_its_draft_and_every_key_is_explained():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    for form in (SCHEMA, *SCHEMA["$defs"].values()):
        assert form["additionalProperties"] is False
        assert all(value["description"].endswith(".") for value in form["properties"].values())


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_protocol_is_valid(name):
    assert [error.message for error in VALIDATOR.iter_errors(data_of(shipped()[name].read_bytes()))] == []


@pytest.mark.parametrize("metric", [text for kind in kinds().values() for text in kind.good])
def test_every_good_metric_is_valid_and_may_have_a_prefix(metric):
    data = data_of(template("own").encode())
    for text in (metric, f"EQD2(ab=3):{metric}"):
        data["constraints"][-1]["metric"] = text
        assert VALIDATOR.is_valid(data)


CHANGES = {
    "no unit": (("constraints", 1, "goal"), ">= 700 dozen"), "no comparison": (("constraints", 1, "goal"), "700 cc"),
    "a number": (("constraints", 1, "goal"), 700), "negative": (("constraints", 1, "goal"), ">= -700 cc"),
    "misspelt metric": (("constraints", 0, "metric"), "Meen[Gy]"),
    "metric bare": (("constraints", 0, "metric"), "Mean"),
    "metric in cc": (("constraints", 0, "metric"), "Mean[cc]"), "no rows": (("constraints",), []),
    "no columns": (("constraints", 1, "goal"), {}), "odd column": (("constraints", 1, "goal"), {"all": ">= 7 cc"}),
    "no fractions": (("prescription", "fractions"), 0), "half a fraction": (("prescription", "fractions"), 2.5),
    "same fractions": (("prescription", "fractions"), [5, 5]), "dose in cGy": (("prescription", "dose"), "5000 cGy"),
    "unknown key": (("colour",), "red"), "unknown check": (("checks", "grid"), {"strict": True}),
    "check without goal": (("checks", "dose-grid-spacing"), {"acceptable": "<= 3 mm"}),
    "names and derive": (("structures", "liver"), {"names": ["A"], "derive": "ptv"}),
    "neither": (("structures", "liver"), {"many": True}),
    "role with a hyphen": (("structures", "a-b"), {"names": ["A"]}),
    "report with goal": (("constraints", -1, "goal"), "<= 5 Gy"), "version as a number": (("version",), 1.0),
    "wrong form": (("schema",), "sbrt-qa/protocol/2"), "wrong id": (("id",), "Own"), "no title": (("title",), ""),
    "recalled, not marked": (("constraints", -1, "evidence"), "M-hi"), "null": (("constraints", 0, "evidence"), None),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_wrong_file_is_not_valid(name):
    (*way, last), value = CHANGES[name]
    data = data_of(template("own").encode())
    assert VALIDATOR.is_valid(data)
    owner = data
    for step in way:
        owner = owner[step]
    owner[last] = value
    assert not VALIDATOR.is_valid(data)


@pytest.mark.parametrize("key", ["goal", "source", "id", "structure", "metric"])
def test_a_judged_row_needs_its_keys(key):
    data = data_of(template("own").encode())
    del data["constraints"][0][key]
    assert not VALIDATOR.is_valid(data)
