"""Sending back: one document per record reaches the archive, whatever dies in between, and never an outdated one."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
from contextlib import contextmanager
from io import BytesIO

import pydicom
import pytest
from exports_below import lay
from hazard_case import Pile, bytes_of
from pynetdicom import AE, evt
from reception import listening
from senders import send

from sbrt_qa.errors import UsageError
from sbrt_qa.pipeline import send_back as room
from sbrt_qa.pipeline.document import bind
from sbrt_qa.pipeline.node import Node, node_of
from sbrt_qa.pipeline.outbox import Outbox
from sbrt_qa.pipeline.send_back import SendBack, Waits
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.watch import Patience, Watch
from sbrt_qa.report.encapsulated_pdf import SOP_CLASS, write
from sbrt_qa.workflow import judge

AT_ONCE = Patience(0.01, 0.0, 0.0)
NOWHERE = Node("NOBODY", "127.0.0.1", 1)


class Archive:
    """Takes documents; `answers` are used up one by one, then everything is a success."""

    def __init__(self):
        self.taken, self.answers, self.port = [], [], 0

    def node(self):
        return Node("ARCHIVE", "127.0.0.1", self.port)

    def store(self, event):
        self.taken.append(event.dataset)
        answer = self.answers.pop(0) if self.answers else 0
        if answer == "gone":
            event.assoc.abort()
            return 0xC000
        return answer


@contextmanager
def opened(archive, sop_class=SOP_CLASS):
    entity, held = AE("ARCHIVE"), []
    entity.require_called_aet = True
    entity.add_supported_context(sop_class)
    handlers = [
        (evt.EVT_C_STORE, archive.store),
        (evt.EVT_CONN_OPEN, lambda event: held.append(event.assoc.dul.socket.socket)),  # the library leaves some open
    ]
    server = entity.start_server(("127.0.0.1", 0), block=False, evt_handlers=handlers)
    archive.port = server.server_address[1]
    try:
        yield archive
    finally:
        server.shutdown()
        for one in held:
            one.close()


@pytest.fixture(scope="module")
def one_archive():
    with opened(Archive()) as one:
        yield one


@pytest.fixture
def archive(one_archive):
    one_archive.taken, one_archive.answers = [], []
    return one_archive


class Desk:
    """An output folder with a watch over a drop folder."""

    def __init__(self, folder, asked, crew):
        self.folder, self._asked, self._crew, self.lines = folder, asked, crew, []
        self.drop = folder / "drop"
        self.drop.mkdir(exist_ok=True)
        self._now_s = 0.0

        self.start()

    def start(self):
        self.store = Store(self.folder / "out")
        words = {"patience": AT_ONCE, "say": self.lines.append}
        self.watch = Watch(self.drop, self.store, self._asked, self._crew(), **words)

    def start_again(self):
        self.store.close()
        self.start()

    def look(self):
        self._now_s += 1
        self.watch.look(self._now_s)
        return self.store.entries()

    def back(self, node, waits=None, work=bind, **words):
        self.binder = self._crew(work)
        words = {"outbox": Outbox(self.folder / "out"), "node": node, "waits": waits or Waits(0, 0, 0)} | words
        return SendBack(self.watch, self.folder / "out", self._asked, self.binder, say=self.lines.append, **words)

    def waiting(self):
        return sorted((self.folder / "out" / "outbox").glob("*.dcm"))


@pytest.fixture
def desk(tmp_path, asked, crew):
    one = Desk(tmp_path, asked, crew)
    yield one
    one.store.close()


def part(study=None):
    """A case that cannot be judged, but whose it is its files say; quick, for there is nothing to draw."""
    pile = Pile.fresh()
    pile.dropped.add("structures")
    for made in (pile.plan, pile.dose):
        made.StudyInstanceUID = study or made.StudyInstanceUID
    return pile


def hot():
    pile = Pile.fresh()
    pile.dose.DoseGridScaling = float(pile.dose.DoseGridScaling) * 1.5
    return pile


def test_the_document_is_the_one_that_check_writes(desk, archive, protocol):
    lay(desk.drop / "a")
    (entry,) = desk.look()
    desk.back(archive.node()).once()
    (taken,) = archive.taken
    expected = pydicom.dcmread(BytesIO(write(judge(desk.drop / "a", protocol))))
    assert taken == expected
    assert taken.EncapsulatedDocument.startswith(b"%PDF")
    assert (taken.PatientID, taken.StudyInstanceUID) == (
        "hazards",
        pydicom.dcmread(desk.drop / "a" / "plan.dcm").StudyInstanceUID,
    )
    assert desk.lines[-1] == f"sent record={entry.nameless}"
    assert desk.waiting() == []


def test_it_is_sent_once_also_after_a_new_start(desk, archive):
    lay(desk.drop / "a")
    shutil.copytree(desk.drop / "a", desk.drop / "b")
    assert len(desk.look()) == 2
    back = desk.back(archive.node())
    back.once()
    back.once()
    desk.start_again()
    desk.look()
    desk.back(archive.node()).once()
    assert (desk.binder.asked, len(archive.taken)) == ([], 1)


def test_what_could_not_be_sent_waits_on_disk_over_a_new_start(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    desk.back(NOWHERE).once()
    assert desk.lines[-1] == "not-sent why=no-connection"
    assert len(desk.waiting()) == 1
    desk.start_again()
    desk.back(archive.node()).once()
    assert archive.taken == []  # nobody has looked yet whether its files are the same
    desk.look()
    desk.back(archive.node()).once()
    assert (desk.binder.asked, len(archive.taken)) == ([], 1)


def test_where_the_answer_is_lost_the_same_instance_is_sent_again(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    archive.answers = ["gone"]
    back = desk.back(archive.node())
    back.once()
    assert desk.lines[-1] == "not-sent why=no-answer"
    back.once()
    first, second = archive.taken
    assert first == second


def test_killed_before_the_answer_is_noted_it_is_the_same_instance_again(desk, archive, monkeypatch):
    lay(desk.drop / "a", part())
    desk.look()
    with monkeypatch.context() as patched:
        patched.setattr(Outbox, "settle", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            desk.back(archive.node()).once()
    desk.back(archive.node()).once()
    desk.back(archive.node()).once()
    first, second = archive.taken
    assert first == second


def test_killed_before_the_document_goes_it_is_not_sent_again(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    desk.back(NOWHERE).once()
    (document,) = desk.waiting()
    document.with_suffix(".settled").touch()
    document.with_name(f".{document.name}.part").touch()
    desk.back(archive.node()).once()
    assert archive.taken == []
    assert [path.suffix for path in document.parent.iterdir()] == [".settled"]


def test_an_outdated_document_is_never_sent(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    desk.back(NOWHERE).once()
    lay(desk.drop / "a", hot())
    desk.back(archive.node()).once()  # before anybody has looked again
    assert archive.taken == []
    desk.look()
    desk.back(archive.node()).once()
    (taken,) = archive.taken
    assert taken.DocumentTitle.startswith("Plan check: FAIL")
    assert [line.split()[0] for line in desk.lines[-2:]] == ["dropped", "sent"]
    assert desk.lines[-2].endswith("why=outdated")


def test_files_that_change_before_the_document_is_made_make_none(desk, archive):
    lay(desk.drop / "a")
    desk.look()
    lay(desk.drop / "a", hot())
    desk.back(archive.node()).once()
    assert archive.taken == desk.waiting() == desk.binder.asked == []


def test_a_document_whose_files_were_put_away_is_sent_for_its_record_stands(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    desk.back(NOWHERE).once()
    shutil.rmtree(desk.drop / "a")
    assert len(desk.look()) == 1
    desk.back(archive.node()).once()
    assert len(archive.taken) == 1


def test_without_files_no_document_can_be_made_and_it_is_said_once(desk, archive):
    lay(desk.drop / "a")
    (entry,) = desk.look()
    shutil.rmtree(desk.drop / "a")
    desk.look()
    back = desk.back(archive.node())
    back.once()
    back.once()
    assert desk.lines.count(f"not-made record={entry.nameless} why=its-files-are-gone") == 1


def test_one_that_is_refused_stops_no_other_and_is_tried_again(desk, archive):
    lay(desk.drop / "a", part("1.2.3"))
    lay(desk.drop / "b", part("1.2.4"))
    desk.look()
    archive.answers = [0xA700]
    back = desk.back(archive.node())
    back.once()
    assert sorted(line.partition(" ")[0] for line in desk.lines[-2:]) == ["not-sent", "sent"]
    assert any(line.endswith("why=status-A700H") for line in desk.lines)
    back.once()
    assert [len(archive.taken), desk.waiting()] == [3, []]


@pytest.mark.parametrize("answer", [0xB000, 0x0111])
def test_a_warning_and_a_duplicate_mean_that_it_is_there(desk, archive, answer):
    lay(desk.drop / "a", part())
    desk.look()
    archive.answers = [answer]
    desk.back(archive.node()).once()
    assert desk.waiting() == []


def test_an_archive_that_takes_no_documents_is_named(desk):
    lay(desk.drop / "a", part())
    desk.look()
    with opened(Archive(), "1.2.840.10008.5.1.4.1.1.481.5") as other:
        desk.back(other.node()).once()
    assert desk.lines[-1] == "not-sent why=no-encapsulated-pdf-there"


def test_an_archive_that_does_not_know_us_is_named(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    desk.back(Node("OTHER", "127.0.0.1", archive.port)).once()
    assert desk.lines[-1] == "not-sent why=association-rejected"


def test_a_host_without_address_is_no_connection(desk):
    lay(desk.drop / "a", part())
    desk.look()
    desk.back(Node("ARCHIVE", "nowhere.invalid", 104)).once()
    assert desk.lines[-1] == "not-sent why=no-connection"


def test_an_unreadable_case_is_filed_where_its_files_say(desk, archive):
    lay(desk.drop / "a", part())
    (entry,) = desk.look()
    assert (entry.verdict, entry.patient_id) == ("UNDECIDED", "")
    desk.back(archive.node()).once()
    (taken,) = archive.taken
    plan = pydicom.dcmread(desk.drop / "a" / "plan.dcm")
    assert (taken.PatientID, taken.PatientName, taken.StudyInstanceUID) == (
        plan.PatientID,
        plan.PatientName,
        plan.StudyInstanceUID,
    )
    assert taken.DocumentTitle.startswith("Plan check: UNDECIDED")


def test_two_patients_with_the_same_refusal_get_a_document_each(desk, archive):
    for number in (1, 2):
        pile = part()
        for made in (pile.plan, pile.dose):
            made.PatientID, made.StudyInstanceUID = f"P{number}", f"1.2.3.{number}"
        lay(desk.drop / str(number), pile)
    first, second = desk.look()
    assert first.record_sha256 == second.record_sha256
    desk.back(archive.node()).once()
    assert sorted((one.PatientID, one.StudyInstanceUID) for one in archive.taken) == [
        ("P1", "1.2.3.1"),
        ("P2", "1.2.3.2"),
    ]
    assert len({one.SOPInstanceUID for one in archive.taken}) == 2


def test_where_files_disagree_whose_they_are_it_is_kept_back_and_said(desk, archive):
    pile = part()
    pile.dose.PatientID = "another"
    lay(desk.drop / "a", pile)
    (entry,) = desk.look()
    back = desk.back(archive.node())
    back.once()
    back.once()
    assert archive.taken == []
    line = f"kept-back record={entry.nameless} why=patient-or-study-unknown"
    assert (desk.lines.count(line), desk.lines[-1]) == (1, line)


def test_a_document_that_cannot_be_made_is_tried_again(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    from sbrt_qa.pipeline.worker import stopped

    waits = Waits(0, 0, 0)
    desk.back(archive.node(), waits, lambda question, _task: stopped(question, "it took more than 3 s")).once()
    assert desk.lines[-1].endswith("why=it-took-more-than-3-s")
    desk.back(archive.node(), waits).once()
    assert len(archive.taken) == 1


def test_an_evaluation_that_did_not_end_is_kept_back(desk, archive, monkeypatch):
    from sbrt_qa.pipeline.worker import stopped

    lay(desk.drop / "a", part())
    monkeypatch.setattr(desk.watch, "_crew", desk._crew(lambda question, _task: stopped(question, "its process died")))
    desk.look()
    desk.back(archive.node()).once()
    assert desk.lines[-1].endswith("why=not-judged-to-its-end")
    assert archive.taken == []


def test_waits_grow_to_their_bound_and_news_is_said_once(monkeypatch):
    now_s = 0.0
    monkeypatch.setattr(room.time, "monotonic", lambda: now_s)
    waits, after = Waits(first_s=5, most_s=30), []
    for _ in range(5):
        began_s = now_s
        assert waits.fail("a", "dead") == (not after)
        while not waits.is_over("a"):
            now_s += 1
        after.append(now_s - began_s)
    assert after == [5, 10, 20, 30, 30]
    assert waits.fail("a", "refused")
    assert waits.is_over("b")
    waits.succeed("a")
    assert waits.is_over("a")


def test_a_dead_archive_is_left_alone_until_its_wait_is_over(desk, archive):
    lay(desk.drop / "a", part())
    desk.look()
    back = desk.back(Node("ARCHIVE", "127.0.0.1", 1), Waits(0, 3600, 3600))
    back.once()
    back._node = archive.node()
    back.once()
    assert archive.taken == []


def test_an_archive_that_says_nothing_holds_up_neither_judging_nor_the_end(desk):
    lay(desk.drop / "a", part("1.2.3"))
    desk.look()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(10)
        with desk.back(Node("X", "127.0.0.1", silent.getsockname()[1]), Waits(3600, 3600, 3600)):
            peer, _ = silent.accept()
            lay(desk.drop / "b", part("1.2.4"))
            assert len(desk.look()) == 2
        assert desk.lines[-1] == "not-sent why=no-connection"
        peer.close()


def test_the_thread_goes_on_after_what_nobody_thought_of(desk, archive, monkeypatch):
    lay(desk.drop / "a", part())
    desk.look()
    struck = threading.Event()
    real = room.read_entries

    def strange(folder):
        if not struck.is_set():
            struck.set()
            raise RuntimeError("strange")
        return real(folder)

    monkeypatch.setattr(room, "read_entries", strange)
    with desk.back(archive.node(), Waits(0.01, 0.01, 0.01)):
        for _ in range(1000):
            if archive.taken:
                break
            threading.Event().wait(0.01)
    assert len(archive.taken) == 1
    assert "not-sent why=RuntimeError" in desk.lines


def test_a_round_at_the_end_is_enough_for_a_watch_that_looks_once(desk, archive):
    lay(desk.drop / "a", part())
    with desk.back(archive.node(), at_the_end=True):
        desk.look()
        assert archive.taken == []
    assert len(archive.taken) == 1


def test_an_outbox_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "outbox").write_text("a file", encoding="utf-8")
    with pytest.raises(UsageError, match=r"cannot write to .*outbox.*make room or choose another folder"):
        Outbox(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ARCHIVE@192.168.7.4:104", ("ARCHIVE", "192.168.7.4", 104)),
        ("P A C S@pacs.example:11112", ("P A C S", "pacs.example", 11112)),
        ("A@[::1]:65535", ("A", "::1", 65535)),
    ],
)
def test_a_node_is_title_host_and_port(text, expected):
    node = node_of(text)
    assert (node.title, node.host, node.port) == expected


@pytest.mark.parametrize(
    "text",
    ["", "ARCHIVE", "host:104", "@host:104", " @host:104", "A@host", "A@host:0", "A@host:65536", "A@host:x", "A@:104",
     "SEVENTEEN_LETTERS@host:104", "A\\B@host:104", "Ä@host:104", "A@::1:104", "A@a b:104"],
)  # fmt: skip
def test_what_is_no_node_is_refused_with_an_example(text):
    with pytest.raises(UsageError, match=r"is no node to send to.*for instance ARCHIVE@192.168.7.4:104"):
        node_of(text)


def test_our_own_title_has_its_bounds_too():
    with pytest.raises(UsageError, match="is no title"):
        node_of("A@host:104", "")


def test_our_own_document_is_taken_but_never_judged(tmp_path, desk, archive, protocol):
    lay(desk.drop / "a")
    own = write(judge(desk.drop / "a", protocol))
    foreign = pydicom.dcmread(BytesIO(own))
    foreign.Manufacturer, foreign.SOPInstanceUID = "Röntgen & Söhne", "1.2.3.4.5"
    with listening(tmp_path / "in") as port:
        assert send(port, [own, own, bytes_of(foreign)]) == [0, 0, 0]
    for folder in ("documents", "inbox"):
        (file,) = (tmp_path / "in" / folder).rglob("*.dcm")
        assert (pydicom.dcmread(file).Manufacturer == "sbrt-qa") == (folder == "documents")


def test_behind_tls_only_an_archive_with_a_certificate_we_trust_gets_anything(tmp_path, desk, certificate):
    key, cert = certificate
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(cert, key)
    lay(desk.drop / "a", part())
    desk.look()
    with listening(tmp_path / "in", tls=tls) as port:
        strict, trusting = ssl.create_default_context(), ssl.create_default_context(cafile=str(cert))
        for context in (None, strict):
            desk.back(Node("ARCHIVE", "127.0.0.1", port, tls=context)).once()
            assert list((tmp_path / "in" / "documents").rglob("*.dcm")) == []
        desk.back(Node("ARCHIVE", "127.0.0.1", port, tls=trusting)).once()
        (file,) = (tmp_path / "in" / "documents").rglob("*.dcm")
    assert pydicom.dcmread(file).SOPClassUID == SOP_CLASS
    assert [line.split()[0] for line in desk.lines[-3:]] == ["not-sent", "not-sent", "sent"]
