"""Peers that are broken or mean harm: nothing they send stops a good sender or takes memory."""

from __future__ import annotations

import resource
import socket
import struct
import threading
from contextlib import ExitStack

import pytest
from reception import data_set, kept, listening, soon
from senders import connection, request, send, unit
from units import (
    DATA,
    ECHO,
    LAST_COMMAND,
    LAST_DATA,
    PLAN,
    STORE,
    asking,
    command,
    context,
    element,
    item,
    piece,
    storing,
)

from sbrt_qa.pipeline.bounded_socket import Limits

UID = b"1.2.3.4"
ABORT = b"\x07"
COLD = Limits()


def nested(depth, content=b""):
    for _ in range(depth):
        content = item(0x50, content)
    return content


WRONG_PIECES = {
    "a piece without length": b"\x04\0\0\0\0\4\0\0\0\0",
    "a piece of one byte": b"\x04\0\0\0\0\5\0\0\0\1\1",
    "a piece of 4 GB": b"\x04\0\0\0\0\6\xff\xff\xff\xff\1\3",
    "an empty command": piece(LAST_COMMAND, b""),
    "data before the command": piece(LAST_DATA, b"xx"),
    "a command after the command": piece(LAST_COMMAND, command(STORE, with_data=True, sop_uid=UID)) * 2,
    "a context never agreed on": piece(LAST_COMMAND, command(ECHO), number=9),
    "data of another context": piece(LAST_COMMAND, command(STORE, with_data=True, sop_uid=UID))
    + piece(DATA, b"x", number=3),
    "a command without end": piece(1, b"x" * 60_000) * 2,
    "no such command": piece(LAST_COMMAND, command(0x7777)),
    "a class nobody knows": storing(b"1.2.3.4", UID, b"x"),
    "a UID of 70 characters": storing(PLAN, b"1." * 35, b"x"),
    "no UID": storing(PLAN, None, b"x"),
    "a second association request": request(),
    "an unknown unit": b"\x09\0\0\0\0\0",
    "thousands of echoes at once": piece(LAST_COMMAND, command(ECHO)) * 5000,
    "an event": piece(LAST_COMMAND, command(0x100, b"1.2.840.10008.1.20.1", UID, more=element(0x1002, b"\1\0"))),
    "a query": piece(LAST_COMMAND, command(0x20, b"1.2.840.10008.5.1.4.1.2.1.1")),
}


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """One listener for all of them."""
    with listening(tmp_path_factory.mktemp("peers"), limits=COLD) as port:
        yield port


@pytest.mark.parametrize("sent", WRONG_PIECES.values(), ids=WRONG_PIECES.keys())
def test_wrong_pieces_end_the_association(port, sent):
    with connection(port) as made:
        made.sendall(asking(context() + context(3, PLAN)))
        assert unit(made)[0] == 2
        _send(made, sent)
        while (answer := unit(made))[:1] not in {ABORT, b""}:
            assert answer[:1] == b"\x04"


def _send(made, sent):
    try:
        made.sendall(sent)
    except OSError:
        return  # it was cut off before it could say everything


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (piece(LAST_COMMAND, command(ECHO, length=0xFFFFFFFF)), 0),
        (piece(LAST_COMMAND, command(ECHO, more=struct.pack("<HHL", 0, 0x1000, 0xFFFFFFF0))), 0),
        (storing(b"1.2.840.10008.5.1.4.1.1.2", UID, b"x"), 0x0122),
        (piece(LAST_COMMAND, command(STORE, PLAN, UID)), 0xA900),
        (storing(PLAN, UID, b""), 0xA900),
    ],
    ids=["huge group length", "huge element", "class not agreed on", "no data set", "empty data set"],
)
def test_wrong_requests_are_answered(port, sent, status):
    with connection(port) as made:
        made.sendall(asking(context(1, PLAN)))
        assert unit(made)[0] == 2
        made.sendall(sent)
        answer = unit(made)
        assert struct.pack("<HHLH", 0, 0x0900, 2, status) in answer


@pytest.mark.parametrize(
    "sent",
    [
        asking(context() * 2000),
        asking(context() + item(0x20, b"") * 2000),
        asking(user=nested(2000)),
        asking(user=item(0x50, item(0x51, b"\0\0\1\0") * 2000)),
        asking(user=item(0x50, item(0x56, b"\xff\xff1.2"))),
        asking(called=bytes(range(1, 17)), calling=b"\xff\0\\\n\x1b[31m\xe9"),
        asking(called=b"\0" * 16, calling=b"\0" * 16),
        asking()[:-1] + b"\xff",
    ],
    ids=["contexts", "empty contexts", "nested", "user items", "lengths", "odd titles", "no titles", "odd end"],
)
def test_strange_association_requests_are_answered_or_ended(port, sent):
    with connection(port) as made:
        made.sendall(sent)
        assert unit(made)[:1] in {b"\x02", b"\x03", ABORT, b""}


def test_a_move_originator_and_padded_uids_change_nothing(tmp_path, files):
    content = data_set(files["plan"])
    uid = next(uid for uid in _kept_after(tmp_path / "a", files["plan"]))
    more = element(0x1030, b"ELSEWHERE\n") + element(0x1031, b"\7\0")
    with listening(tmp_path / "b") as port, connection(port) as made:
        made.sendall(asking(item(0x20, b"\1\0\0\0" + item(0x30, PLAN) + item(0x40, b"1.2.840.10008.1.2.1"))))
        unit(made)
        made.sendall(storing(PLAN, uid.encode() + b" ", content, more=more))
        assert struct.pack("<HHLH", 0, 0x0900, 2, 0) in unit(made)
    assert kept(tmp_path / "b") == {uid: [content]}


def _kept_after(folder, content):
    with listening(folder) as port:
        assert send(port, [content]) == [0]
    return kept(folder)


def test_sixty_connections_do_not_stop_a_good_sender_nor_take_memory(tmp_path, files):
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    over = threading.Event()
    with listening(tmp_path, limits=COLD) as port, ExitStack() as held:
        crowd = [held.enter_context(connection(port, associated=number % 3 == 0)) for number in range(60)]

        def drip():
            while not over.wait(0.01):
                for one in crowd[1::3]:
                    _send(one, b"\1")

        dripping = threading.Thread(target=drip)
        dripping.start()
        for associated in (False, True):
            with connection(port, associated=associated) as made:
                _send(made, b"\x04\0\xff\xff\xff\xff" + b"x" * 2**16)
        assert send(port, files.values()) == [0, 0, 0]
        over.set()
        dripping.join()
    assert len(kept(tmp_path)) == 3
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 100_000


def test_who_only_keeps_its_seat_warm_gives_way(tmp_path, files, monkeypatch):
    monkeypatch.setattr("sbrt_qa.pipeline.connection._GIVES_WAY_S", 0.05)
    over = threading.Event()
    with listening(tmp_path, limits=Limits(associations=2)) as port, ExitStack() as held:
        crowd = [held.enter_context(connection(port, associated=True)) for _ in range(2)]

        def echo():
            while not over.wait(0.01):
                for one in crowd:
                    _send(one, piece(LAST_COMMAND, command(ECHO)))

        echoing = threading.Thread(target=echo)
        echoing.start()
        assert send(port, [files["plan"]]) == [0]
        over.set()
        echoing.join()


@pytest.mark.parametrize("way", ["closed", "reset", "aborted"])
@pytest.mark.parametrize("share", [0.5, 1])
def test_whoever_leaves_at_any_moment_leaves_a_whole_file_or_none(tmp_path, files, way, share):
    content = data_set(files["dose"])
    uid = b"1.2.3"
    sent = storing(b"1.2.840.10008.5.1.4.1.1.481.2", uid, content[: len(content) // 2])
    with listening(tmp_path) as port, connection(port) as made:
        made.sendall(asking(context(1, b"1.2.840.10008.5.1.4.1.1.481.2")))
        unit(made)
        made.sendall(sent[: int(len(sent) * share)])
        if way == "aborted":
            made.sendall(b"\x07\0\0\0\0\x04\0\0\0\0")
        if way == "reset":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        made.close()
        soon(lambda: not list((tmp_path / "drafts").iterdir()))
        assert send(port, [files["plan"]]) == [0]
    assert len(kept(tmp_path)) == 1  # its UID is not that of the data set


def test_an_idle_listener_takes_no_time(tmp_path):
    with listening(tmp_path, limits=COLD) as port, ExitStack() as held:
        for _ in range(20):
            held.enter_context(connection(port, associated=True))
        before = resource.getrusage(resource.RUSAGE_SELF)
        threading.Event().wait(0.2)
        after = resource.getrusage(resource.RUSAGE_SELF)
    switches = after.ru_nvcsw - before.ru_nvcsw
    assert switches < 20 * 2 * 0.2 * 1000 / 4  # a thousand looks a second would be four times as many
