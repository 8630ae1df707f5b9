"""The front door: every public name can be had in any order, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sbrt_qa as qa


def run(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", qa.__all__)
def test_every_public_name_exists(name):
    assert getattr(qa, name) is not None


def test_every_public_name_has_a_room_and_is_listed_once():
    assert sorted(qa.__all__) == sorted({*qa._ROOMS, "__version__"})


def test_dvh_stays_a_function_whatever_was_loaded_before():
    assert run("import sbrt_qa as qa; qa.Sampling(); qa.evaluate; qa.read_case; print(callable(qa.dvh))") == "True\n"


def test_importing_the_package_loads_nothing_heavy():
    heavy = "('numpy', 'pydicom', 'scipy', 'shapely', 'matplotlib', 'pydantic', 'rich')"
    assert run(f"import sys, sbrt_qa; print([m for m in {heavy} if m in sys.modules])") == "[]\n"


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'dvhs'"):
        qa.dvhs  # noqa: B018 - the access is the test
