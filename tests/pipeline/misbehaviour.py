"""Work that goes wrong in every way, in a module that worker processes can import."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from pathlib import Path

from sbrt_qa.pipeline.task import Outcome
from sbrt_qa.pipeline.worker import work


def kill_the_worker_once(question, task):
    """Judge, but the first of all takes down the worker of the cluster that has it."""
    marker = Path(question.protocol).with_suffix(".killed")
    if not marker.exists():
        marker.touch()
        os.kill(multiprocessing.parent_process().pid, signal.SIGKILL)
        time.sleep(60)
    return work(question, task)


def misbehave(_question, task):
    """Do what the name of the export says."""
    if task.export == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.export.startswith("dies once"):
        marker = Path(task.paths[0])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if task.export == "kills its worker":
        os.kill(multiprocessing.parent_process().pid, signal.SIGKILL)
        time.sleep(60)
    if task.export == "hangs":
        time.sleep(60)
    if task.export == "eats":
        bytearray(10**11)
    if task.export == "stumbles":
        raise ValueError("something of our own")
    return Outcome("PASS", task.export.encode())
