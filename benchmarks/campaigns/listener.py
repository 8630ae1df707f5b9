"""Send instances to a listener that is killed and associations that are aborted, and count what became of them.

    python benchmarks/campaigns/listener.py [--instances 5000] [--aborted 10] [--kills 0] [--idle 60] [--seed 0]

Senders are pynetdicom and, where it is installed, storescu of dcmtk; two send at once, while ``--idle`` connections say
nothing, stay associated or drip bytes. Aborted associations end within a protocol data unit, after a data set and
before its response, by A-ABORT, or by a TCP reset. With ``--kills`` the listener is killed at so many random moments.
Every instance answered with success must be in the inbox once, with the bytes that were sent; nothing half-written may
be left there. Ends with 1 where one is not, or where the listener took more than 300 MB.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pydicom
from pynetdicom import AE
from pynetdicom.dsutils import encode

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_dicom" / "meets-all"
SYNTAX = "1.2.840.10008.1.2.1"
AT_ONCE = 10  # instances of an association
MOST_MB = 300
PATIENCE_S = 120  # of a sender with one group
WAYS = ("within a unit", "before the response", "A-ABORT", "TCP reset")


class Listening:
    """The command in a process of its own, which can be killed and begun again on the same folder and port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kills, self.most_mb, self.half_written = folder, 0, 0.0, 0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.begin()

    def begin(self) -> None:
        """Begin the command, and wait until it listens."""
        words = ["receive", "--port", str(self.port), "-p", "tg101-abdomen", "-o", str(self.folder)]
        words += ["--settle", "86400", "--keep-free", "0"]
        with (self.folder.parent / "log").open("ab") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "sbrt_qa", *words], stdout=log, stderr=log)
        for _ in range(3000):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            if self.process.poll() is not None:
                break
            time.sleep(0.02)
        said = (self.folder.parent / "log").read_text(errors="replace")[-2000:]
        print(f"the listener does not begin (exit code {self.process.poll()}, {self.kills} kills):\n{said}", flush=True)
        os._exit(1)  # the senders would go on for minutes

    def measure(self) -> None:
        """Note the most memory that the process has held so far."""
        with suppress(OSError):
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
            self.most_mb = max(self.most_mb, int(found[1]) / 1000 if found else 0.0)

    def kill(self) -> None:
        """Kill it, and begin it again."""
        self.measure()
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.half_written += len(list((self.folder / "drafts").iterdir()))
        self.begin()

    def end(self) -> None:
        """Ask it to end."""
        self.measure()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def instances(count: int) -> list[pydicom.Dataset]:
    """Return copies of the objects of a sample case, each with a UID of its own, of mixed sizes."""
    first = [pydicom.dcmread(file) for file in sorted(SAMPLE.rglob("*.dcm")) if file.stat().st_size < 3e6]
    made = []
    for number in range(count):
        one = pydicom.dcmread(BytesIO(_whole(first[number % len(first)])))
        one.SOPInstanceUID = one.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.{number}.7"
        one.StudyInstanceUID = f"1.2.826.0.2.{number // 50}"
        made.append(one)
    return made


def _whole(one: pydicom.Dataset) -> bytes:
    stream = BytesIO()
    one.save_as(stream, enforce_file_format=True)
    return stream.getvalue()


def _bytes_of(one: pydicom.Dataset) -> bytes:
    return encode(one, is_implicit_vr=False, is_little_endian=True) or b""


def send(port: int, group: list[pydicom.Dataset], *, abort_after: int | None, way: str = "A-ABORT") -> list[str]:
    """Send a group, or a part of it and then abort; returns the UIDs answered with success."""
    entity = AE("CAMPAIGN")
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 20
    for sop_class in {one.SOPClassUID for one in group}:
        entity.add_requested_context(sop_class, SYNTAX)
    assoc = entity.associate("127.0.0.1", port)
    answered = []
    for number, one in enumerate(group):
        if not assoc.is_established:
            break
        if number == abort_after:
            _break_off(assoc, one, way)
            break
        if assoc.send_c_store(one).get("Status") == 0:
            answered.append(str(one.SOPInstanceUID))
    if assoc.is_established:
        assoc.release()
    return answered


def _break_off(assoc: object, one: pydicom.Dataset, way: str) -> None:
    """End an association without manners."""
    held = assoc.dul.socket.socket
    if held is None:  # the listener was killed meanwhile
        return
    context = next(cx.context_id for cx in assoc.accepted_contexts if cx.abstract_syntax == one.SOPClassUID)
    units = _units(one, context)
    with suppress(OSError):
        if way == "within a unit":
            held.sendall(units[: random.randrange(1, len(units))])
        elif way == "before the response":
            held.sendall(units)
        elif way == "TCP reset":
            held.sendall(units[: len(units) // 2])
            held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if way != "A-ABORT":
            held.shutdown(socket.SHUT_RDWR) if way != "TCP reset" else held.close()
    assoc.abort()


def _units(one: pydicom.Dataset, context: int) -> bytes:
    """Return a C-STORE request as protocol data units."""
    values = [(0x0002, one.SOPClassUID.encode()), (0x0100, b"\1\0"), (0x0110, b"\1\0"), (0x0700, b"\0\0")]
    values += [(0x0800, b"\1\0"), (0x1000, one.SOPInstanceUID.encode())]
    padded = [(element, value + b"\0" * (len(value) % 2)) for element, value in values]
    command = b"".join(struct.pack("<HHL", 0, element, len(value)) + value for element, value in padded)
    command = struct.pack("<HHLL", 0, 0, 4, len(command)) + command
    content = _bytes_of(one)
    pieces = [content[start : start + 16000] for start in range(0, len(content), 16000)]
    marked = [(3, command), *((0, piece) for piece in pieces[:-1]), (2, pieces[-1])]
    return b"".join(struct.pack(">BBLLBB", 4, 0, len(p) + 6, len(p) + 2, context, mark) + p for mark, p in marked)


def send_by_dcmtk(port: int, group: list[pydicom.Dataset], folder: Path) -> list[str]:
    """Send a group by storescu; returns the UIDs that it names as answered with success."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, one in enumerate(group):
        (folder / f"{number:03}").write_bytes(_whole(one))
    words = ["storescu", "-v", "-xe", "-R", *map(str, sorted(folder.iterdir()))]
    words[4:4] = ["127.0.0.1", str(port)]
    done = subprocess.run(words, capture_output=True, check=False, timeout=120, text=True)
    said = re.findall(r"Sending file: (\S+)|Received Store Response \((\w+)", done.stdout + done.stderr)
    answered = [said[at - 1][0] for at, (_, status) in enumerate(said) if status == "Success"]
    return [str(group[int(Path(name).name)].SOPInstanceUID) for name in answered if name]


def kept(folder: Path) -> dict[str, list[bytes]]:
    """Return the data sets in the inbox by UID; a file that cannot be read is one that was half written."""
    found: dict[str, list[bytes]] = {}
    for file in (folder / "inbox").rglob("*.dcm"):
        content = file.read_bytes()
        start = 144 + int.from_bytes(content[140:144], "little")
        found.setdefault(str(pydicom.dcmread(BytesIO(content)).SOPInstanceUID), []).append(content[start:])
    return found


class Crowd:
    """Connections that want nothing but to stay: silent, associated, or dripping bytes."""

    def __init__(self, port: int, count: int) -> None:
        self.port, self.held = port, []
        self._wanted, self._over = count, threading.Event()
        self._thread = threading.Thread(target=self._stay, daemon=True)
        self._thread.start()

    def _stay(self) -> None:
        sys.path.insert(0, str(ROOT / "tests" / "pipeline"))
        from senders import request

        while not self._over.wait(0.1):
            while len(self.held) < self._wanted:
                try:
                    one = socket.create_connection(("127.0.0.1", self.port), timeout=1)
                    one.sendall(request() if len(self.held) % 3 == 1 else b"")
                except OSError:
                    break
                self.held.append(one)
            for number, one in enumerate(self.held):
                try:
                    one.send(b"\1" if number % 3 == 2 else b"")
                    if one.recv(1000, socket.MSG_DONTWAIT) == b"":
                        raise ConnectionError
                except BlockingIOError:
                    continue
                except OSError:
                    one.close()
            self.held = [one for one in self.held if one.fileno() >= 0]

    def go(self) -> None:
        """Close them all."""
        self._over.set()
        self._thread.join()
        for one in self.held:
            one.close()


def claim(port: int) -> None:
    """Claim protocol data units of 4 GB, before and within an association."""
    from senders import connection

    for kind, associated in ((b"\4", False), (b"\1", False), (b"\4", True)):
        with suppress(OSError), connection(port, associated=associated) as made:
            made.sendall(kind + b"\0\xff\xff\xff\xff" + b"x" * 10000)


class Sending(threading.Thread):
    """One of the senders: takes group after group until none is left."""

    def __init__(self, listening: Listening, groups: list, place: Path, asked: argparse.Namespace, seed: int) -> None:
        super().__init__()
        self.listening, self.groups, self.place, self.share = listening, groups, place, asked.aborted
        self.dice, self.counts, self.answered = random.Random(seed), Counter(), set()
        self.by_dcmtk = bool(seed % 2) and shutil.which("storescu") is not None

    def run(self) -> None:
        """Send until nothing is left; what is not answered is sent again, as an archive would."""
        while self.groups:
            group = self.groups.pop()
            if self.dice.randrange(100) < self.share:
                way = self.dice.choice(WAYS)
                self.counts[way] += 1
                with suppress(OSError, RuntimeError):
                    self._keep(send(self.listening.port, group, abort_after=self.dice.randrange(len(group)), way=way))
            until_s = time.monotonic() + PATIENCE_S
            while left := [one for one in group if str(one.SOPInstanceUID) not in self.answered]:
                if time.monotonic() > until_s:
                    self.counts["given up"] += len(left)
                    break
                answered = self._send(left)
                self._keep(answered)
                if not answered:
                    time.sleep(0.1)  # nobody listens just now

    def _send(self, group: list[pydicom.Dataset]) -> list[str]:
        with suppress(OSError, RuntimeError):
            if self.by_dcmtk:
                return send_by_dcmtk(self.listening.port, group, self.place / f"sent-{self.name}")
            return send(self.listening.port, group, abort_after=None)
        return []

    def _keep(self, answered: list[str]) -> None:
        self.counts["answered by storescu" if self.by_dcmtk else "answered by pynetdicom"] += len(answered)
        self.answered |= set(answered)


def main() -> int:
    """Run the campaign and print its counts."""
    words = argparse.ArgumentParser(description=__doc__)
    for flag, default in (("--instances", 5000), ("--aborted", 10), ("--kills", 0), ("--idle", 60), ("--seed", 0)):
        words.add_argument(flag, type=int, default=default)
    asked = words.parse_args()
    dice, made = random.Random(asked.seed), instances(asked.instances)
    groups = [made[start : start + AT_ONCE] for start in range(0, len(made), AT_ONCE)]
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        listening = Listening(place / "out")
        crowd = Crowd(listening.port, asked.idle)
        began_s = time.monotonic()
        senders = [Sending(listening, groups, place, asked, 2 * asked.seed + number) for number in range(2)]
        for sender in senders:
            sender.start()
        while any(sender.is_alive() for sender in senders):
            time.sleep(dice.uniform(0.02, 0.25))
            claim(listening.port)
            if listening.kills < asked.kills:
                listening.kill()
            listening.measure()
        seconds = time.monotonic() - began_s
        crowd.go()
        listening.end()
        there, drafts = kept(place / "out"), len(list((place / "out" / "drafts").iterdir()))
    answered = set().union(*(sender.answered for sender in senders))
    counts = sum((sender.counts for sender in senders), Counter())
    sent = {str(one.SOPInstanceUID): _bytes_of(one) for one in made}
    faults = {
        "lost": len(answered - there.keys()),
        "doubled": sum(len(versions) > 1 for versions in there.values()),
        "other bytes": sum(version != sent[uid] for uid in there for version in there[uid]),
        "drafts left": drafts,
    }
    lines = {"instances": len(made), "answered with success": len(answered), "in the inbox": len(there), **counts}
    lines |= {"kill -9": listening.kills, "drafts that a kill left": listening.half_written, **faults}
    lines |= {"most memory (MB)": f"{listening.most_mb:.0f}", "seconds": f"{seconds:.0f}"}
    print("\n".join(f"{what:26}{count}" for what, count in lines.items()))
    return 1 if any(faults.values()) or listening.most_mb > MOST_MB else 0


if __name__ == "__main__":
    sys.exit(main())
