"""What every ``ask_*`` script prints: values and words for each case, or the seconds of one.

One answer is ``{"values": {structure: {metric: number}}, "refused": {structure: {metric: why}}, "said": [line]}``.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(ask: Callable[[Path], dict[str, Any]], work: Callable[[Path], object] | None = None) -> None:
    """Obey the command line: ``ask FOLDER...`` prints answers by folder, ``time FOLDER`` the seconds of the work."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("ask", "time") if work else ("ask",))
    parser.add_argument("folders", type=Path, nargs="+")
    given = parser.parse_args()
    if work is None or given.what == "ask":
        print(json.dumps({str(folder): ask(folder) for folder in given.folders}))
        return
    start, cpu = time.perf_counter(), time.process_time()
    work(given.folders[0])
    print(json.dumps({"cpu_s": time.process_time() - cpu, "wall_s": time.perf_counter() - start}))
