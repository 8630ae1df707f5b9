"""The allow-list: content, id and version must all be on it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sbrt_qa.errors import ProtocolError, UsageError
from sbrt_qa.protocol.allow_list import entry_of, load_allow_list
from sbrt_qa.protocol.load import load_protocol


@pytest.fixture
def load(tmp_path):
    def run(text: str | bytes):
        path = tmp_path / "protocols.allow"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_allow_list(path)

    return run


@pytest.fixture(scope="module")
def protocol():
    return load_protocol("tg101-abdomen")


def test_a_listed_protocol_is_held_whatever_stands_around_it(load, protocol):
    other = entry_of(load_protocol("crlm-liver-bed-5fx"))
    for text in (entry_of(protocol), f"# released in 2026\r\n\r\n{other}\r\n  {entry_of(protocol)}  # by two\r\n"):
        assert load(text).holds(protocol)
    assert not load(other).holds(protocol)


def test_content_id_and_version_must_all_agree(load, protocol):
    allowed = load(entry_of(protocol))
    for change in ({"sha256": "0" * 64}, {"id": "own"}, {"version": "9"}, {"sha256": ""}):
        assert not allowed.holds(replace(protocol, **change))


def test_why_a_protocol_is_not_held(load, protocol):
    allowed = load(entry_of(protocol))
    changed, newer, other = (
        replace(protocol, **change) for change in ({"sha256": "0" * 64}, {"version": "9"}, {"id": "own"})
    )
    assert "is on the allow-list with another content; this file was changed." in allowed.why_not(changed)
    assert allowed.why_not(newer).endswith("is not on the allow-list, which holds another version of it.")
    assert allowed.why_not(other) == "Protocol own 1.0 is not on the allow-list."


@pytest.mark.parametrize(
    ("text", "where", "code"),
    [
        ("\n  abc  own  1.0\n", ":2:3: this is no entry", "allow-entry"),
        ("A" * 64 + "  own  1.0\n", ":1:1: this is no entry", "allow-entry"),
        ("a" * 64 + "  own\n", ":1:1: this is no entry", "allow-entry"),
        ("a" * 64 + "\n", ":1:1: this is no entry", "allow-entry"),
        ("a" * 63 + "  own  1.0\n", ":1:1: this is no entry", "allow-entry"),
        ("", ":1:1: the allow-list allows nothing", "allow-empty"),
        ("# nothing\n", ":1:1: the allow-list allows nothing", "allow-empty"),
        (b"\xff", ":1:1: the text is not UTF-8", "yaml-forbidden"),
        (b"\xff\xfe" + b"a\0" * 70, ":1:1: the text is not UTF-8", "yaml-forbidden"),
    ],
)
def test_a_faulty_list_is_refused_at_its_place(text, where, code, load):
    with pytest.raises(ProtocolError) as caught:
        load(text)
    assert [fault.code for fault in caught.value.faults] == [code]
    assert where in str(caught.value)
    assert caught.value.faults[0].mend


def test_a_list_that_is_not_there_is_asked_wrongly(tmp_path):
    with pytest.raises(UsageError, match="there is no allow-list"):
        load_allow_list(tmp_path / "none")
