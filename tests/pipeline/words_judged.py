"""A batch over text files of one word, their verdict: only the store has anything to do. As a program it kills itself.

    python words_judged.py ROOT BEFORE SCRATCH

Copies the output folder BEFORE once for every call that a batch over ROOT makes into the system, and kills a batch on
the copy at that call. The copies are left in SCRATCH, named by number and call.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from pathlib import Path
from unittest import mock

from sbrt_qa.dicom.exports import Export
from sbrt_qa.histogram import Sampling
from sbrt_qa.pipeline import batch
from sbrt_qa.pipeline.store import Store
from sbrt_qa.pipeline.task import Outcome, Question

QUESTION = Question("words", "0" * 64, None, None, "", Sampling(), strict=False)
CALLS = {
    *("open", "write", "flush", "fsync", "replace", "rename", "unlink", "mkdir", "close"),
    *("flock", "connect", "execute"),
}


class Crew:
    """Takes the word in a file for its verdict; a file that asks for it is not judged to its end."""

    def work(self, _question, tasks):
        for task in tasks:
            word = Path(task.paths[0]).read_text(encoding="utf-8")
            verdict, _, stopped = word.partition(" ")
            record = json.dumps({"export": task.export, "word": word, "much": "more " * 1200}).encode()
            yield task, Outcome(verdict, record, stopped=stopped)


def run(root, out):
    """Run a batch."""

    def found(root):
        return tuple(Export(path.name, (path,), ()) for path in sorted(Path(root).iterdir()))

    with mock.patch.object(batch, "find_exports", found), Store(out) as store:
        return batch.run_batch(root, store, QUESTION, Crew())


def _name(function):
    owner = getattr(function, "__self__", None)
    home = function.__module__ or type(owner).__module__
    return function.__name__ if home in {"posix", "fcntl", "_io", "io", "sqlite3", "_sqlite3"} else ""


def _calls(last, then):
    """Return a profiler that counts calls into the system, and what it found; before the last one it does something."""
    seen = []

    def look(_frame, event, function):
        if event == "c_call" and _name(function) in CALLS:
            seen.append(_name(function))
            if len(seen) == last:
                then()

    return look, seen


def _ends(work):
    """Return how a process of its own ends that does some work."""
    child = os.fork()
    if not child:
        try:
            work()
        finally:
            os._exit(1)
    return os.waitpid(child, 0)[1]


def main(root, before, scratch):
    """Make the copies."""
    look, calls = _calls(0, lambda: None)
    shutil.copytree(before, scratch / "whole")
    sys.setprofile(look)
    run(root, scratch / "whole")
    sys.setprofile(None)
    for number, name in enumerate(calls, start=1):
        out = scratch / f"{number:03}-{name}"
        shutil.copytree(before, out)
        look, _ = _calls(number, lambda: os.kill(os.getpid(), signal.SIGKILL))

        def work(out=out, look=look):
            sys.setprofile(look)
            run(root, out)

        assert os.WIFSIGNALED(_ends(work)), f"it was not killed at call {number}"


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
