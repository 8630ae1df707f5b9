"""Forkserver: the one process that workers are copies of. It is light to import, so that it can be begun first."""

from __future__ import annotations

import multiprocessing
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from multiprocessing.context import ForkServerContext

IMPORTED_ONCE = (  # what every worker needs
    "sbrt_qa.pipeline.worker",
    "sbrt_qa.checks",
    "sbrt_qa.derive.margin",
    "sbrt_qa.derive.solid",
    "sbrt_qa.dicom.read_case",
    "sbrt_qa.protocol.load",
    "sbrt_qa.protocol.meaning",
    "shapely",
)
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def prepared() -> ForkServerContext:
    """Start the process if there is none yet: it imports what workers need, while the caller goes on.

    Its copies have one thread each: where there are as many workers as cores, threads of the linear algebra only wait
    for each other.
    """
    from multiprocessing import forkserver

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(IMPORTED_ONCE))
    with _environment(dict.fromkeys(THREADS, "1")):
        forkserver.ensure_running()
    return context


@contextmanager
def _environment(wanted: Mapping[str, str]) -> Iterator[None]:
    """Set variables of the environment that are not set, for processes that are started meanwhile."""
    added = [name for name in wanted if name not in os.environ]
    os.environ.update({name: wanted[name] for name in added})
    try:
        yield
    finally:
        for name in added:
            os.environ.pop(name, None)  # another thread may have set the same
