"""Whatever a file holds: faults with place, remedy and code, or a protocol; never another exception."""

from __future__ import annotations

import json
from copy import deepcopy

from hypothesis import given, settings
from hypothesis import strategies as st

from sbrt_qa.protocol.draft import Draft
from sbrt_qa.protocol.faults import Faults
from sbrt_qa.protocol.forms import ProtocolForm
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.lint_hints import hints
from sbrt_qa.protocol.load import Reading
from sbrt_qa.protocol.meaning import read_protocol
from sbrt_qa.protocol.schema import judge_shape
from sbrt_qa.protocol.yaml_source import read_yaml

BASE = read_yaml(shipped()["crlm-liver-bed-5fx"].read_bytes(), Faults("x")).data
BASE["constraints"] = BASE["constraints"][:3]
BASE["constraints"][0]["goal"] = {5: ">= 95 %"}
ODD = [
    1, 0, -3, 2.5, True, False, None, "", " ", "x", "ptv", "liver", [], ["a"], [1, 2], {}, {"a": 1}, {3: "<= 1 Gy"},
    {"3": "<= 1 Gy"}, ">= 5 cc", "<= 5 %", "Max[Gy]", "D700cc[Gy]", "z_a", "grow(liver, 5 mm)",
    "liver_spared & kidneys", [[]], [{}], {"min": "5 Gy"}, {"min": "5 Gy", "max": "3 Gy"}, "M-hi",
]  # fmt: skip
KEYS = ["a", "names", "derive", "goal", "acceptable", "report", 7, "structures"]


def places(data, path=()):
    if path:
        yield path
    for key in data if isinstance(data, dict) else range(len(data)) if isinstance(data, list) else ():
        yield from places(data[key], (*path, key))


def as_yaml(data) -> str:
    """JSON, but with whole numbers as keys."""
    if isinstance(data, dict):
        pairs = (f"{key if isinstance(key, int) else json.dumps(key)}: {as_yaml(item)}" for key, item in data.items())
        return "{" + ", ".join(pairs) + "}"
    return "[" + ", ".join(map(as_yaml, data)) + "]" if isinstance(data, list) else json.dumps(data)


@st.composite
def damaged(draw) -> str:
    data = deepcopy(BASE)
    for _ in range(draw(st.integers(1, 3))):
        *way, last = draw(st.sampled_from(list(places(data))))
        owner = data
        for step in way:
            owner = owner[step]
        change = draw(st.sampled_from(["set", "drop", "add"]))
        if change == "drop":
            del owner[last]
        elif change == "add" and isinstance(owner, dict):
            owner[draw(st.sampled_from(KEYS))] = deepcopy(draw(st.sampled_from(ODD)))
        else:
            owner[last] = deepcopy(draw(st.sampled_from(ODD)))
    return as_yaml(data)


def faults_of(content: bytes) -> Faults:
    faults = Faults("x")
    source = read_yaml(content, faults)
    if source.data is None:
        assert faults
    else:
        source.data = judge_shape(ProtocolForm, source, faults)
        protocol = read_protocol(Draft(source, faults))
        assert all(hint.mend and hint.code for hint in hints(Reading(protocol, faults, source)))
    return faults


@settings(max_examples=150, deadline=None)
@given(damaged())
def test_damaged_content_gives_faults_that_say_where_what_and_how(text):
    for fault in faults_of(text.encode()).sorted():
        assert fault.where.startswith("x:1:")
        assert fault.what
        assert fault.mend
        assert fault.code


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=60) | st.text(alphabet="ab:-?[]{}&*!|>%#\"'\\ \n\t,~0.1\u2028", max_size=60).map(str.encode))
def test_any_bytes_are_refused_with_a_place(content):
    faults = faults_of(content)
    assert faults
    assert all(fault.where.count(":") == 2 for fault in faults.sorted())
