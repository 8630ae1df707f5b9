"""The front door: every public name can be had in any order, and nothing heavy is loaded before it is needed."""

from __future__ import annotations

import subprocess
import sys

import pytest

import sbrt_qa as qa
from sbrt_qa.model import Identity, StructureSet


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


def test_a_path_where_something_read_is_asked_for_says_what_to_give():
    def refused(words, call):
        with pytest.raises(qa.UsageError, match=words):
            call()

    refused("give what read_case and load_protocol return", lambda: qa.evaluate("export", None))
    refused("'export' is no case .give what read_case returns", lambda: qa.dvh("export", "Liver"))
    refused("'export' is no case .give what read_case returns", lambda: qa.measure("export", "Liver", "Mean[Gy]"))


def test_what_is_shown_in_a_console_is_short():
    liver = qa.Structure("Liver", 4, (), "ORGAN")
    assert repr(liver) == "Structure('Liver', number=4, kind='ORGAN', contours=0)"
    case = qa.Case("1.2.3", None, None, StructureSet(Identity("1.2.4"), (liver,)))
    assert repr(case) == "Case(plan=None, structures=1, id='1.2.3')"
    evaluation = qa.Evaluation(qa.Verdict.FAIL, (), (), {}, {"id": "own"}, {})
    assert repr(evaluation) == "Evaluation(FAIL, protocol='own', findings=0, checks=0)"
    with pytest.raises(qa.UsageError, match="a path or an id is not judged"):
        qa.evaluate(case, "own")
    with pytest.raises(qa.UsageError, match=r"4 is no structure \(give its name, or a structure of the case\)"):
        qa.dvh(case, 4)
