"""Send instances to a listener that is killed and associations that are aborted, and count what became of them.

    python benchmarks/campaigns/listener.py [--instances 5000] [--aborted 10] [--kills 20] [--seed 0]

Senders are pynetdicom and, where it is installed, storescu of dcmtk. Every instance answered with success must be
in the inbox with the bytes that were sent; nothing half-written may be left there. Ends with 1 where one is not.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from io import BytesIO
from pathlib import Path

import pydicom
from pynetdicom import AE
from pynetdicom.dsutils import encode

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "sample_dicom" / "meets-all"
SYNTAX = "1.2.840.10008.1.2.1"
AT_ONCE = 10  # instances of an association


class Listening:
    """The command in a process of its own, which can be killed and begun again on the same folder and port."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.kills, self.most_mb = folder, 0, 0.0
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.begin()

    def begin(self) -> None:
        """Begin the command, and wait until it listens."""
        words = [
            "receive",
            "--port",
            str(self.port),
            "-p",
            "tg101-abdomen",
            "-o",
            str(self.folder),
            "--settle",
            "86400",
        ]
        with (self.folder.parent / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "sbrt_qa", *words, "--keep-free", "0"], stdout=log, stderr=log
            )
        for _ in range(600):
            with socket.socket() as asked:
                if asked.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("the listener does not begin")

    def measure(self) -> None:
        """Note the most memory that the process has held so far."""
        status = Path(f"/proc/{self.process.pid}/status")
        if status.exists():
            peak = next((line for line in status.read_text().splitlines() if line.startswith("VmHWM")), "VmHWM 0 kB")
            self.most_mb = max(self.most_mb, int(peak.split()[1]) / 1000)

    def kill(self) -> None:
        """Kill it, and begin it again."""
        self.measure()
        self.process.kill()
        self.process.wait()
        self.kills += 1
        self.begin()

    def end(self) -> None:
        """Ask it to end."""
        self.measure()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)


def instances(count: int) -> list[pydicom.Dataset]:
    """Return copies of the objects of a sample case, each with a UID of its own and a private note."""
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


def send(port: int, group: list[pydicom.Dataset], *, abort_after: int | None) -> list[str]:
    """Send a group; returns the UIDs answered with success."""
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
            assoc.abort()
            break
        if assoc.send_c_store(one).get("Status") == 0:
            answered.append(str(one.SOPInstanceUID))
    if assoc.is_established:
        assoc.release()
    return answered


def send_by_dcmtk(port: int, group: list[pydicom.Dataset], folder: Path) -> list[str]:
    """Send a group by storescu; all of it was answered with success where it ends with 0."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for number, one in enumerate(group):
        (folder / str(number)).write_bytes(_whole(one))
    words = ["storescu", "-xe", "-R", "+sd", "127.0.0.1", str(port), str(folder)]
    done = subprocess.run(words, capture_output=True, check=False, timeout=120)
    return [str(one.SOPInstanceUID) for one in group] if done.returncode == 0 else []


def kept(folder: Path) -> dict[str, bytes]:
    """Return the data sets in the inbox by UID; a file that cannot be read is one that was half written."""
    found = {}
    for file in (folder / "inbox").rglob("*.dcm"):
        content = file.read_bytes()
        start = 144 + int.from_bytes(content[140:144], "little")
        found[str(pydicom.dcmread(BytesIO(content)).SOPInstanceUID)] = content[start:]
    return found


def main() -> int:
    """Run the campaign and print its counts."""
    words = argparse.ArgumentParser(description=__doc__)
    for flag, default in (("--instances", 5000), ("--aborted", 10), ("--kills", 20), ("--seed", 0)):
        words.add_argument(flag, type=int, default=default)
    asked = words.parse_args()
    dice, counts, answered = random.Random(asked.seed), Counter(), set()
    made = instances(asked.instances)
    groups = [made[start : start + AT_ONCE] for start in range(0, len(made), AT_ONCE)]
    killed_at = set(dice.sample(range(len(groups)), min(asked.kills, len(groups))))
    with tempfile.TemporaryDirectory() as place:
        listening = Listening(Path(place) / "out")
        began_s = time.monotonic()
        for number, group in enumerate(groups):
            killer = _killer(listening.process.pid, dice.uniform(0.0, 0.3)) if number in killed_at else None
            if dice.randrange(100) < asked.aborted:
                counts["aborted associations"] += 1
                answered |= set(send(listening.port, group, abort_after=dice.randrange(len(group))))
            elif number % 2 and shutil.which("storescu"):
                answered |= set(send_by_dcmtk(listening.port, group, Path(place) / "sent"))
            else:
                answered |= set(send(listening.port, group, abort_after=None))
            if killer is not None:
                killer.wait()
                listening.kill()
        seconds = time.monotonic() - began_s
        listening.end()
        there = kept(Path(place) / "out")
        drafts = len(list((Path(place) / "out" / "drafts").iterdir()))
    sent = {str(one.SOPInstanceUID): encode(one, is_implicit_vr=False, is_little_endian=True) for one in made}
    lost = answered - there.keys()
    differing = {uid for uid in there if there[uid] != sent[uid]}
    print(f"instances           {len(made)}")
    print(f"answered            {len(answered)}")
    print(f"in the inbox        {len(there)}")
    print(f"aborted, kill -9    {counts['aborted associations']} associations, {listening.kills} times")
    print(f"lost                {len(lost)}")
    print(f"other bytes         {len(differing)}")
    print(f"drafts left         {drafts}")
    print(f"most memory         {listening.most_mb:.0f} MB")
    print(f"seconds             {seconds:.0f}")
    return 1 if lost or differing or drafts else 0


def _killer(pid: int, after_s: float) -> subprocess.Popen[bytes]:
    """Kill one process after a while, from another."""
    code = f"import os, time; time.sleep({after_s}); os.kill({pid}, {int(signal.SIGKILL)})"
    return subprocess.Popen([sys.executable, "-c", code], env=os.environ)


if __name__ == "__main__":
    sys.exit(main())
