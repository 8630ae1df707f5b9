"""A listener: what it says is safe is on disk byte for byte, and no peer takes more than it may."""

from __future__ import annotations

import resource
import shutil
import ssl
import subprocess
import threading
from contextlib import ExitStack
from io import BytesIO
from ipaddress import ip_network

import pydicom
import pytest
from hazard_case import bytes_of
from pynetdicom.dsutils import encode
from reception import ANYBODY, QUICK, changed, data_set, kept, listening, soon
from senders import association, connection, request, send, unit

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline.bounded_socket import Limits
from sbrt_qa.pipeline.connection import Access
from sbrt_qa.pipeline.inbox import Inbox, Room
from sbrt_qa.pipeline.listener import Listener
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.watch import Patience, Watch


def test_what_was_answered_with_success_is_on_disk_byte_for_byte(tmp_path, files):
    with listening(tmp_path) as port:
        assert send(port, files.values()) == [0, 0, 0]
        assert sorted(kept(tmp_path).values()) == sorted([data_set(content)] for content in files.values())
    (folder,) = (tmp_path / "inbox").iterdir()
    assert {len(file.stem) for file in folder.iterdir()} == {32}


def test_an_echo_is_answered(tmp_path):
    with listening(tmp_path) as port, association(port) as assoc:
        assert [assoc.send_c_echo().Status for _ in range(9)] == [0] * 9


def test_no_name_comes_from_what_was_sent(tmp_path, files):
    evil = pydicom.dcmread(BytesIO(files["plan"]))
    evil.PatientID = evil.PatientName = evil.RTPlanLabel = "../../../evil"
    lines = []
    with listening(tmp_path, say=lines.append) as port:
        assert send(port, [bytes_of(evil)]) == [0]
    names = "".join(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*"))
    assert "evil" not in names + "".join(lines)
    assert str(evil.StudyInstanceUID) not in names + "".join(lines)


def test_the_same_again_is_kept_once(tmp_path, files):
    with listening(tmp_path) as port:
        assert send(port, [files["plan"]]) == [0]
        assert send(port, [files["plan"]]) == [0]
    assert [len(versions) for versions in kept(tmp_path).values()] == [1]


def test_other_bytes_under_the_same_uid_are_refused_and_kept_beside(tmp_path, files):
    with listening(tmp_path) as port:
        assert send(port, [files["plan"]]) == [0]
        for _ in range(2):
            assert send(port, [changed(files["plan"])]) == [0x0111]
    ((first, second),) = kept(tmp_path).values()
    assert {first, second} == {data_set(files["plan"]), data_set(changed(files["plan"]))}


def test_a_case_of_two_versions_is_undecided_and_one_that_came_whole_is_judged(tmp_path, files, asked, crew):
    patience = Patience(settle_s=0.0)
    with listening(tmp_path) as port, Store(tmp_path) as store:
        watch = Watch(tmp_path / "inbox", store, asked, crew(), patience=patience)
        assert send(port, files.values()) == [0, 0, 0]
        watch.look(0.0)
        assert [entry.verdict for entry in store.entries()] == ["PASS"]
        send(port, [changed(files["dose"])])
        watch.look(1.0)
        (entry,) = store.entries()
        assert entry.verdict == "UNDECIDED"
        assert "dose-ambiguous" in store.path_of(entry.id).read_text(encoding="utf-8")


@pytest.mark.parametrize("tag", ["StudyInstanceUID", "SOPInstanceUID", "SOPClassUID"])
def test_what_is_not_what_its_sender_says_is_refused(tmp_path, files, tag, monkeypatch):
    wrong = pydicom.dcmread(BytesIO(files["plan"]))
    lines = []
    with listening(tmp_path, say=lines.append) as port, association(port, [wrong.SOPClassUID]) as assoc:
        monkeypatch.setattr("pynetdicom.association.encode", lambda one, *words: _encoded_without(one, tag, *words))
        assert assoc.send_c_store(wrong).Status == 0xA900
    assert kept(tmp_path) == {}
    assert lines[-1].startswith("refused why=it-")


def _encoded_without(one, tag, *words):
    other = pydicom.Dataset(one)
    delattr(other, tag)
    return encode(other, *words)


def test_a_data_set_that_cannot_be_read_is_refused(tmp_path, files, monkeypatch):
    with listening(tmp_path) as port:
        plan = pydicom.dcmread(BytesIO(files["plan"]))
        with association(port, [plan.SOPClassUID]) as assoc:
            monkeypatch.setattr("pynetdicom.association.encode", lambda *_words: b"\x08\0\x05\0XXrubbish" * 9)
            assert assoc.send_c_store(plan).Status == 0xA900
    assert kept(tmp_path) == {}


def test_an_aborted_association_leaves_nothing_behind(tmp_path, files):
    content = data_set(files["dose"])
    with listening(tmp_path) as port, connection(port, associated=True) as made:
        command = b"\0\0\0\0\x04\0\0\0" + (0).to_bytes(4, "little")
        piece = (len(command) + 2).to_bytes(4, "big") + b"\x01\x01" + command
        made.sendall(b"\x04\0" + len(piece).to_bytes(4, "big") + piece + b"\x04\0\0\1" + content[:50])
        made.close()
        assert send(port, [files["plan"]]) == [0]
    assert len(kept(tmp_path)) == 1


def test_drafts_of_an_earlier_run_are_removed(tmp_path):
    Inbox(tmp_path)
    (tmp_path / "drafts" / "7-0.part").write_bytes(b"half")
    Inbox(tmp_path)
    assert list((tmp_path / "drafts").iterdir()) == []


@pytest.mark.parametrize(
    ("access", "words", "reason"),
    [
        (Access(called=("SBRT_QA",)), {"called": "OTHER"}, 7),
        (Access(calling=("TPS",)), {"calling": "STRANGER"}, 3),
    ],
)
def test_titles_that_are_not_allowed_are_rejected(tmp_path, access, words, reason):
    allowed = {"called": "SBRT_QA", "calling": "TPS"}
    with listening(tmp_path, access=access) as port:
        with connection(port) as made:
            made.sendall(request(**(allowed | words)))
            assert unit(made) == bytes((3, 0, 0, 0, 0, 4, 0, 1, 1, reason))
        with association(port, **allowed) as assoc:
            assert assoc.is_established


def test_addresses_that_are_not_allowed_get_no_answer(tmp_path):
    lines = []
    with listening(tmp_path, access=Access(addresses=(ip_network("192.0.2.0/24"),)), say=lines.append) as port:
        with connection(port) as made:
            assert unit(made) == b""
        assert lines[-1] == "refused why=address"
    with listening(tmp_path, access=Access(addresses=(ip_network("127.0.0.0/8"),))) as port, association(port) as assoc:
        assert assoc.is_established


@pytest.mark.parametrize("associated", [False, True])
def test_a_claim_of_four_gigabytes_is_refused_before_memory_is_taken(tmp_path, files, associated):
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with listening(tmp_path, limits=Limits()) as port:
        with connection(port, associated=associated) as made:
            made.sendall((b"\x04" if associated else b"\x01") + b"\0\xff\xff\xff\xff")
            assert made.recv(1 << 16) == b""
        assert send(port, [files["plan"]]) == [0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < 50_000


def test_idle_connections_do_not_stop_a_good_sender(tmp_path, files):
    limits = Limits(associations=2, waiting=8)
    with listening(tmp_path, limits=limits) as port, ExitStack() as held:
        for _ in range(20):
            held.enter_context(connection(port)).sendall(b"\x01")
        assert send(port, [files["plan"]]) == [0]
        soon(lambda: sum("AcceptorThread" in thread.name for thread in threading.enumerate()) == 0)


def test_idle_associations_give_way_to_a_good_sender(tmp_path, files, monkeypatch):
    monkeypatch.setattr("sbrt_qa.pipeline.connection._GIVES_WAY_S", 0.05)
    with listening(tmp_path, limits=Limits(associations=2)) as port, ExitStack() as held:
        first, _ = (held.enter_context(connection(port, associated=True)) for _ in range(2))
        assert send(port, [files["plan"]]) == [0]
        assert first.recv(10) in {b"", b"\x07\0\0\0\0\x04\0\0\0\0"}


def test_too_many_associations_are_rejected_after_a_while(tmp_path):
    with listening(tmp_path, limits=Limits(associations=1, arrival_s=0.05)) as port, ExitStack() as held:
        held.enter_context(connection(port, associated=True))
        late = held.enter_context(connection(port))
        late.sendall(request())
        assert unit(late)[-3:] == bytes((2, 3, 2))


@pytest.mark.parametrize("sent", [b"", b"\x01", request()[:-1], request(), request() + b"\x04\0"])
def test_who_says_nothing_more_is_cut_off(tmp_path, sent):
    with listening(tmp_path, limits=Limits(arrival_s=0.1, idle_s=0.1)) as port, connection(port) as made:
        made.sendall(sent)
        while unit(made):
            pass


@pytest.mark.parametrize("sent", [b"GET / HTTP/1.1\r\n\r\n", b"\x07\0\0\0\0\x04\0\0\0\0", b"\x01\0\0\4\0\1"])
def test_what_is_no_association_request_is_cut_off_at_once(tmp_path, sent):
    with listening(tmp_path, limits=Limits()) as port, connection(port) as made:
        made.sendall(sent)
        assert unit(made) == b""


def test_a_request_of_rubbish_holds_its_seat_for_a_moment_only(tmp_path, monkeypatch):
    monkeypatch.setattr("sbrt_qa.pipeline.listener._AT_HAND_S", 0.05)
    with listening(tmp_path, limits=Limits(associations=1)) as port, connection(port) as made:
        made.sendall(b"\x01\0\0\0\0\x50" + b"x" * 80)
        assert unit(made)[:1] == b"\x07"
        with association(port) as assoc:
            assert assoc.is_established


def test_an_instance_larger_than_allowed_ends_the_association(tmp_path, files):
    room = Room(largest_bytes=len(files["plan"]), free_bytes=0)
    with listening(tmp_path, room=room) as port:
        assert send(port, [files["dose"]]) == [None]
        assert send(port, [files["plan"]]) == [0]
    assert len(kept(tmp_path)) == 1


def test_nothing_is_accepted_where_the_disk_is_nearly_full(tmp_path, monkeypatch, files):
    with listening(tmp_path, room=Room(free_bytes=2**62)) as port, connection(port) as made:
        made.sendall(request())
        assert unit(made)[-3:] == bytes((2, 3, 1))
    with listening(tmp_path) as port:
        plan = pydicom.dcmread(BytesIO(files["plan"]))
        with association(port, [plan.SOPClassUID]) as assoc:
            monkeypatch.setattr(Inbox, "has_room", property(lambda _self: False))
            assert assoc.send_c_store(plan).Status == 0xA700
    assert kept(tmp_path) == {}


def test_a_file_that_cannot_be_placed_is_not_acknowledged(tmp_path, monkeypatch, files):
    def full(*_words):
        raise OSError(28, "No space left on device")

    with listening(tmp_path) as port:
        monkeypatch.setattr("sbrt_qa.pipeline.inbox._bring_to_disk", full)
        assert send(port, [files["plan"]]) == [0xA700]
    assert kept(tmp_path) == {}


def test_a_port_in_use_is_refused_with_words(tmp_path):
    with listening(tmp_path) as port, pytest.raises(UsageError, match=f"cannot listen on 127.0.0.1, port {port}"):
        Listener(Inbox(tmp_path / "other"), "127.0.0.1", port, access=ANYBODY, limits=QUICK)


def test_behind_tls_nobody_is_heard_without_it(tmp_path, files, certificate):
    key, cert = certificate
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    trusting = ssl.create_default_context(cafile=str(cert))
    with listening(tmp_path / "out", tls=tls) as port:
        with connection(port) as made:
            made.sendall(request())
            assert unit(made)[:1] != b"\x02"
        assert send(port, files.values(), tls=(trusting, "127.0.0.1")) == [0, 0, 0]
    assert len(kept(tmp_path / "out")) == 3


@pytest.mark.skipif(shutil.which("storescu") is None, reason="dcmtk is not installed")
def test_dcmtk_sends_and_what_it_sent_is_kept(tmp_path, files):
    for name, content in files.items():
        (tmp_path / f"{name}.dcm").write_bytes(content)
    with listening(tmp_path / "out") as port:
        words = ["storescu", "127.0.0.1", str(port), *(str(tmp_path / f"{name}.dcm") for name in files)]
        subprocess.run(words, capture_output=True, check=True, timeout=30)
    assert len(kept(tmp_path / "out")) == 3


def test_many_senders_at_once_lose_nothing(tmp_path, files):
    states = []

    def one(number):
        contents = []
        for last in range(4):
            plan_again = pydicom.dcmread(BytesIO(files["plan"]))
            plan_again.SOPInstanceUID = plan_again.file_meta.MediaStorageSOPInstanceUID = f"1.2.{number}.{last % 3}"
            contents.append(bytes_of(plan_again))
        states.append(send(port, contents))

    with listening(tmp_path, limits=Limits(associations=3)) as port:
        threads = [threading.Thread(target=one, args=(number,)) for number in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert states == [[0] * 4] * 5
    assert len(kept(tmp_path)) == 15
