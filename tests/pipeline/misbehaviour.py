"""Work that goes wrong in every way, in a module that worker processes can import."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from sbrt_qa.pipeline.task import Outcome


def misbehave(_question, task):
    """Do what the name of the export says."""
    if task.export == "dies":
        os.kill(os.getpid(), signal.SIGKILL)
    if task.export.startswith("dies once"):
        marker = Path(task.paths[0])
        if not marker.exists():
            marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    if task.export == "hangs":
        time.sleep(60)
    if task.export == "eats":
        bytearray(10**11)
    if task.export == "stumbles":
        raise ValueError("something of our own")
    return Outcome("PASS", task.export.encode())
