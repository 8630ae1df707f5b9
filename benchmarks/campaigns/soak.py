"""Use listener, watch and work list for half an hour, and see whether anything grows.

    python benchmarks/campaigns/soak.py [--minutes 30] [--window 40]

About every two seconds a new case is pushed to the listener and another written slowly into the watched folder; what
is older than a window of cases is removed. The work list is read all the time, and cases are evaluated again. Every
few seconds memory, file handles and threads of each service are noted. The first fifth of the time is for warming up;
after it the second fifth and the last are compared: the median of memory, the least of handles and threads, which
workers add to while they are there. Ends with 1 where something grows, where a request fails, or where a case has no
record.
"""

from __future__ import annotations

import argparse
import random
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import httpx
import pydicom
from pynetdicom import AE
from small_case import PROTOCOL, as_pydicom, files

SAMPLE_S = 3.0
SYNTAX = "1.2.840.10008.1.2.1"
MORE_MB, MORE_HANDLES, MORE_THREADS = 8.0, 4, 2  # what a median may rise by from the second fifth to the last
_UID = re.compile(rb"2\.25\.(\d+)")


class Usage(NamedTuple):
    """What a process holds."""

    memory_mb: float
    handles: int
    threads: int


class Service:
    """One command in a process of its own."""

    def __init__(self, place: Path, name: str, *words: str) -> None:
        self.name, self.log = name, place / f"{name}.log"
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-m", "sbrt_qa", *words], stdout=log, stderr=log)

    def usage(self) -> Usage:
        """Return what the service itself holds; its workers come and go."""
        folder = Path(f"/proc/{self.process.pid}")
        status = dict(line.split(":", 1) for line in (folder / "status").read_text().splitlines())
        return Usage(
            int(status["VmRSS"].split()[0]) / 1000, len(list((folder / "fd").iterdir())), int(status["Threads"])
        )

    def end(self) -> int:
        """Ask it to end, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def case(number: int) -> dict[str, bytes]:
    """Return the RT files of the small case as those of another patient: other UIDs of the same length."""

    def other(found: re.Match[bytes]) -> bytes:
        digits = str(int(sha256(found[1] + b"%d" % number).hexdigest(), 16))[: len(found[1])]
        return b"2.25." + digits.encode()

    return {name: _UID.sub(other, content) for name, content in files().items() if not name.startswith("CT")}


def free_port() -> int:
    """Return a port that nobody uses."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Load:
    """Everybody who uses the services, until told to stop."""

    def __init__(self, place: Path, window: int, ports: tuple[int, int]) -> None:
        self.place, self.window = place, window
        self.dicom_port, self.web_port = ports
        self.stop = threading.Event()
        self.counts: Counter[str] = Counter()
        self.faults: list[str] = []
        self.threads = [
            threading.Thread(target=self._often, args=(work, pause_s))
            for work, pause_s in ((self.push, 2.0), (self.drop, 2.0), (self.read, 0.2), (self.ask_again, 20.0))
        ]

    def _often(self, work, pause_s: float) -> None:
        number = 0
        while not self.stop.wait(pause_s):
            try:
                work(number)
            except Exception as error:  # noqa: BLE001 - a campaign counts what goes wrong, whatever it is
                self.faults.append(f"{work.__name__}: {type(error).__name__}: {error}")
            number += 1

    def push(self, number: int) -> None:
        """Send a case to the listener; forget the oldest study of its inbox."""
        sets = [as_pydicom(content) for content in case(number).values()]
        entity = AE("SOAK")
        entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 30
        for one in sets:
            entity.add_requested_context(one.SOPClassUID, SYNTAX)
        assoc = entity.associate("127.0.0.1", self.dicom_port)
        if not assoc.is_established:
            raise ConnectionError("no association")
        for one in sets:
            status = assoc.send_c_store(one).get("Status")
            if status != 0:
                raise ConnectionError(f"status {status}")
            self.counts["instances sent"] += 1
        if number % 10 == 9:
            assoc.abort()
        else:
            assoc.release()
        self._forget(self.place / "received" / "inbox")

    def drop(self, number: int) -> None:
        """Copy a case into the watched folder, piece by piece; forget the oldest."""
        folder = self.place / "exports" / f"case {number:05d}"
        folder.mkdir()
        for name, content in case(1_000_000 + number).items():
            with (folder / f"{name}.dcm").open("wb") as file:
                half = len(content) // 2
                file.write(content[:half])
                file.flush()
                time.sleep(0.05)
                file.write(content[half:])
        self.counts["cases copied"] += 1
        self._forget(self.place / "exports")

    def _forget(self, folder: Path) -> None:
        there = sorted((one for one in folder.iterdir() if one.is_dir()), key=lambda one: one.stat().st_mtime)
        for old in there[: -self.window]:
            shutil.rmtree(old)
            self.counts["cases removed"] += 1

    def read(self, number: int) -> None:
        """Look at the list, or at something on it."""
        with httpx.Client(base_url=f"http://127.0.0.1:{self.web_port}", timeout=30) as client:
            pages = ["/", "/api/cases", "/api/openapi.json", "/?verdict=PASS", "/api/health"]
            found = client.get("/api/cases").raise_for_status().json()
            cases = found["cases"] if isinstance(found, dict) else found
            judged = [one["id"] for one in cases if one.get("recorded_verdict")]
            if judged:
                one = random.choice(judged)
                pages += [f"/cases/{one}", f"/cases/{one}/report", f"/api/cases/{one}"]
            page = pages[number % len(pages)]
            answer = client.get(page)
        # A case may have been removed since it was listed.
        if answer.status_code != 200 and not (answer.status_code == 404 and "/cases/" in page):
            raise ConnectionError(f"{page.split('/cases/')[0]}: {answer.status_code}")
        self.counts["pages read"] += 1

    def ask_again(self, _number: int) -> None:
        """Evaluate a case again."""
        self.counts["asked again"] += ask_again(self.web_port)

    def begin(self) -> None:
        """Begin to use the services."""
        for thread in self.threads:
            thread.start()

    def end(self) -> None:
        """Stop using them."""
        self.stop.set()
        for thread in self.threads:
            thread.join()


def ask_again(port: int) -> int:
    """Evaluate the first judged case of the work list again, as the page's own form does."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30, follow_redirects=True) as client:
        found = client.get("/api/cases").raise_for_status().json()
        cases = found["cases"] if isinstance(found, dict) else found
        judged = [one["id"] for one in cases if one.get("recorded_verdict")]
        if not judged:
            return 0
        page = client.get(f"/cases/{judged[-1]}")
        secret = re.search(r'name="csrf"[^>]*value="([^"]+)"', page.text)
        if secret is None:
            return 0
        answer = client.post(
            f"/api/cases/{judged[-1]}/evaluations",
            json={},
            headers={"X-CSRF-Token": secret[1], "Origin": str(client.base_url)},
        )
        answer.raise_for_status()
    return 1


def fifths(samples: list[Usage]) -> list[list[Usage]]:
    """Cut the time into five parts."""
    size = len(samples) // 5
    return [samples[part * size : (part + 1) * size] for part in range(5)]


def report(noted: dict[str, list[Usage]]) -> bool:
    """Print what each service held; True when nothing grew."""
    print(f"{'service':<10} {'':<8} {'second fifth':>12} {'last fifth':>11} {'most':>8}")
    steady = True
    for name, samples in noted.items():
        parts = fifths(samples)
        for label, at, most_more in (("MB", 0, MORE_MB), ("handles", 1, MORE_HANDLES), ("threads", 2, MORE_THREADS)):
            of_part = statistics.median if at == 0 else min  # workers come and go; what leaks never goes
            early, late = (of_part([one[at] for one in part]) for part in (parts[1], parts[4]))
            grew = late - early > most_more
            steady &= not grew
            mark = "  grows" if grew else ""
            print(f"{name:<10} {label:<8} {early:>12.1f} {late:>11.1f} {max(one[at] for one in samples):>8.1f}{mark}")
    return steady


def main() -> int:
    """Run the services under load and print what they held."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("--minutes", type=float, default=30.0)
    words.add_argument("--window", type=int, default=40)
    asked = words.parse_args()
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        (place / "protocol.yaml").write_text(PROTOCOL)
        (place / "exports").mkdir()
        ports = free_port(), free_port()
        judging = ("-p", str(place / "protocol.yaml"), "--settle", "1", "--poll", "0.5", "--workers", "1")
        received = str(place / "received")
        services = [
            Service(place, "receive", "receive", *judging, "-o", received, "--port", str(ports[0]), "--keep-free", "0"),
            Service(place, "watch", "watch", str(place / "exports"), *judging, "-o", str(place / "watched")),
        ]
        await_port(ports[0])
        services.append(Service(place, "serve", "serve", received, "--port", str(ports[1])))
        await_port(ports[1])
        noted, load = defaultdict(list), Load(place, asked.window, ports)
        load.begin()
        until_s = time.monotonic() + 60 * asked.minutes
        while time.monotonic() < until_s:
            time.sleep(SAMPLE_S)
            for service in services:
                noted[service.name].append(service.usage())
        load.end()
        time.sleep(15)  # for what came last
        records = {part: len(list((place / part / "records").glob("*.json"))) for part in ("received", "watched")}
        left = {
            "received": sum(one.is_dir() for one in (place / "received" / "inbox").iterdir()),
            "watched": sum(one.is_dir() for one in (place / "exports").iterdir()),
        }
        codes = {service.name: service.end() for service in services}
        steady = report(noted)
        tails = {one.name: one.log.read_text().splitlines()[-1:] for one in services}
    for label, count in sorted(load.counts.items()):
        print(f"{label:<20} {count}")
    print(f"records of cases     {records}, cases there {left}")
    print(f"exit codes           {codes} {tails}")
    print(f"faults               {len(load.faults)} {Counter(load.faults).most_common(5)}")
    return 0 if steady and not load.faults and all(records[part] >= left[part] for part in left) else 1


def await_port(port: int) -> None:
    """Wait until somebody listens."""
    for _ in range(600):
        with socket.socket() as asked:
            if asked.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("a service does not begin")


if __name__ == "__main__":
    sys.exit(main())
