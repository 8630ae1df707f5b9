"""Run tests against a module with another source. What is heavy is imported once, before the processes part."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import os
import signal
import sys
from typing import TYPE_CHECKING

import hypothesis.extra.numpy  # noqa: F401 - heavy
import numpy as np  # noqa: F401 - heavy
import pydantic  # noqa: F401 - heavy
import pydicom  # noqa: F401 - heavy
import pytest
import ruamel.yaml  # noqa: F401 - heavy
import shapely  # noqa: F401 - heavy

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from types import CodeType, ModuleType

    from changes import Change

LONGEST_S = 120  # a change may make a loop endless


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Finds one module, with another source."""

    def __init__(self, name: str, path: Path, source: str) -> None:
        self._name, self._path, self._source = name, path, source

    def find_spec(
        self, fullname: str, _path: Sequence[str] | None = None, _target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != self._name:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._path))

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - there is but one
        return self._source

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - there is but one
        return compile(self._source, str(self._path), "exec")


def is_noticed(root: Path, change: Change, tests: Sequence[Sequence[str]]) -> bool:
    """Tell whether a test fails, or nothing can be imported, when one module is changed; to be called in a fork."""
    assert "sbrt_qa" not in sys.modules, "the change would come too late"
    name = "sbrt_qa." + change.module.removesuffix(".py").replace("/", ".")
    sys.meta_path.insert(0, _Changed(name, root / "src" / "sbrt_qa" / change.module, change.source))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    os.chdir(root)
    signal.alarm(LONGEST_S)
    how = ("-x", "-q", "--assert=plain", "--tb=no", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov")
    return any(pytest.main([*some, *how]) != 0 for some in tests if some)
