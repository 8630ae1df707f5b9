"""Events: a name and named fields, and the line of text they are to whoever wants no more."""

from __future__ import annotations

import pytest

from sbrt_qa.pipeline.event import Event


def test_an_event_is_its_line():
    event = Event("judged", record="3f0c", plans=2)
    assert event == "judged record=3f0c plans=2"
    assert (event.name, dict(event.fields)) == ("judged", {"record": "3f0c", "plans": 2})
    assert Event.of(event) is event
    with pytest.raises(TypeError):
        event.fields["record"] = "other"


@pytest.mark.parametrize(
    ("line", "name", "fields"),
    [
        ("stopped", "stopped", {}),
        ("refused why=address", "refused", {"why": "address"}),
        ("refused why=no room left kept=no", "refused", {"why": "no room left", "kept": "no"}),
        ("said a few words", "said", {"what": "a few words"}),
        ("", "said", {}),
        ("odd name=x cls=y a=b=c", "odd", {"name": "x", "cls": "y a=b=c"}),
    ],
)
def test_a_line_stands_for_an_event(line, name, fields):
    event = Event.of(line)
    assert (event.name, dict(event.fields)) == (name, fields)
