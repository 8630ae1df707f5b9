"""What hardly ever happens: a part that fails in the middle of the judgement, files that are hardly text."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from sbrt_qa.checks import Doubt, Effect, Reading
from sbrt_qa.errors import CaseError, ProtocolError, SbrtQaError, UsageError
from sbrt_qa.histogram import Sampling
from sbrt_qa.metrics import Metric
from sbrt_qa.protocol import evaluate, findings, readings
from sbrt_qa.protocol.definition import Constraint, Limit, LimitByFractions
from sbrt_qa.protocol.description import _version_of
from sbrt_qa.protocol.exhibits import Exhibits
from sbrt_qa.protocol.faults import MAX_FAULTS, Faults
from sbrt_qa.protocol.file_text import read_file, read_text
from sbrt_qa.protocol.finding import Verdict
from sbrt_qa.protocol.judge import Exhibit
from sbrt_qa.protocol.readings import Readings
from sbrt_qa.protocol.site_names import load_names
from sbrt_qa.protocol.yaml_source import read_yaml
from sbrt_qa.units import Unit

METRIC = Metric("Fake[Gy]", Unit.GY, "Fake of {structure}", (lambda subject: subject.value,))
ROW = Constraint("ROW", "cord", METRIC, LimitByFractions(Limit("<=", 25.0, Unit.GY, "<= 25 Gy")))


# --- readings -------------------------------------------------------------------------------------


def exhibit(value, number=3):
    subject = SimpleNamespace(value=value, prescription_gy=None, curve=SimpleNamespace(volume_cc=1.0))
    return Exhibit("SpinalCord", "SpinalCord", number, lambda: subject, lambda: (None, None))


class World:
    """Exhibits that bring what they are told; ``read`` counts how often a case is read in another way."""

    def __init__(self, *brought):
        self.brought, self.read = brought, 0
        self.case = SimpleNamespace(plan=None, structures=(SimpleNamespace(number=3),))
        self.protocol = SimpleNamespace(sources={}, roles={"cord": None})
        self.sampling = Sampling()

    def for_role(self, _role):
        if not self.brought:
            raise SbrtQaError("nothing is left")
        return self.brought


def doubt(reading):
    return Doubt(Effect.FINDING, "holes-ambiguous", "It may be a hole.", (3,), reading)


def way(code="holes-ambiguous"):
    return Reading(code, lambda structure, _sampling: structure)


@pytest.mark.parametrize(
    ("otherwise", "verdict"),
    [
        ((exhibit(21.0),), "PASS"),
        ((exhibit(26.0),), "UNDECIDED"),
        ((), "UNDECIDED"),
        ((exhibit(21.0, number=4),), "UNDECIDED"),
        ((exhibit(26.0, number=4), exhibit(21.0)), "PASS"),
    ],
)
def test_another_reading_must_lead_to_the_same_verdict(monkeypatch, otherwise, verdict):
    world = World(exhibit(20.0))
    monkeypatch.setattr(readings, "_with", lambda *_: World(*otherwise))
    found = Readings(world, [doubt(way())]).judged(ROW, exhibit(20.0), (), (3,))
    assert (found.verdict, found.value) == (verdict, 20.0)
    assert found.reason == (() if verdict == "PASS" else ("holes-ambiguous",))


def test_a_case_is_read_in_another_way_once_and_one_reading_counts_once(monkeypatch):
    read = []

    def again(exhibits, others):
        read.append(sorted(others))
        return exhibits

    monkeypatch.setattr(readings, "_with", again)
    one = way()
    every = Readings(World(exhibit(20.0)), [doubt(one), doubt(one)])
    assert every.judged(ROW, exhibit(20.0), (), (3,)).verdict == "PASS"
    assert every.judged(ROW, exhibit(20.0), (), (3,)).verdict == "PASS"
    assert read == [[3]]


def test_five_ways_are_too_many_to_combine(monkeypatch):
    monkeypatch.setattr(readings, "_with", lambda exhibits, _others: exhibits)
    four = Readings(World(exhibit(20.0)), [doubt(way()) for _ in range(4)])
    assert four.judged(ROW, exhibit(20.0), (), (3,)).verdict == "PASS"
    five = Readings(World(exhibit(20.0)), [doubt(way()) for _ in range(5)])
    assert five.judged(ROW, exhibit(20.0), (), (3,)).verdict == "UNDECIDED"


def test_a_structure_without_other_readings_stands(monkeypatch):
    monkeypatch.setattr(readings, "_with", None)
    found = Readings(World(exhibit(20.0)), [doubt(way())]).judged(ROW, exhibit(20.0), (), (4,))
    assert (found.verdict, found.reason) == ("PASS", ())


# --- evaluation -----------------------------------------------------------------------------------


@pytest.mark.parametrize("error", [TypeError, KeyError, ValueError, ZeroDivisionError, AttributeError, AssertionError])
def test_an_error_of_the_program_leaves_its_row_undecided(monkeypatch, error):
    def broken(constraint, *_):
        raise error(constraint.id)

    monkeypatch.setattr(findings, "_of_row", broken)
    protocol = SimpleNamespace(constraints=(ROW, ROW), sources={})
    (found, _) = findings.findings_of(protocol, World(), ())
    assert (found.verdict, found.reason, found.value) == ("UNDECIDED", ("internal-error",), None)
    assert f"the evaluation itself went wrong ({error.__name__}); please report this" in found.sentence


def test_a_case_that_could_not_be_read_has_every_fact_of_the_record_and_each_is_empty():
    made = evaluate.refuse(CaseError("it is cut"), None)
    assert [(check.id, check.reason) for check in made.checks] == [
        ("case-readable", ("case-unreadable",)),
        ("protocol-given", ("no-protocol",)),
    ]
    facts = ("id", "patient_id", "plan_label", "plan_uid", "dose_uid", "structure_set_uid")
    assert made.case == dict.fromkeys(facts, "") | {"files": []}
    assert made.prescription == {"gy": None, "fractions": None, "source": ""}
    assert (made.verdict, made.findings, made.curves, made.stated_dvhs) == ("UNDECIDED", (), (), ())


@pytest.mark.parametrize(
    ("reason", "required", "verdict", "harmless"),
    [
        (("structure-missing",), False, Verdict.UNDECIDED, True),
        (("derived-part-missing",), False, Verdict.UNDECIDED, True),
        (("structure-missing",), True, Verdict.UNDECIDED, False),
        (("structure-missing",), False, Verdict.FAIL, False),
        (("structure-missing", "plan-missing"), False, Verdict.UNDECIDED, False),
        (("structure-missing", "derived-part-missing"), False, Verdict.UNDECIDED, True),
        ((), False, Verdict.UNDECIDED, False),
    ],
)
def test_only_an_optional_structure_that_is_not_there_is_harmless(reason, required, verdict, harmless):
    found = SimpleNamespace(required=required, verdict=verdict, reason=reason)
    assert evaluate.is_harmless(found) is harmless


def test_a_convention_without_an_answer_is_no_neighbour():
    def under(sampling):
        raise SbrtQaError(str(sampling))

    alone = SimpleNamespace(sampling=Sampling(), _subject=None, protocol=SimpleNamespace(constraints=()))
    assert Exhibits._neighbours(alone, SimpleNamespace(id="liver"), under, 50.0) == (None, None)


def test_a_package_that_is_not_there_has_no_version():
    assert _version_of("no-such-package-anywhere") == "unknown"


# --- files ----------------------------------------------------------------------------------------


def test_a_file_that_cannot_be_opened(tmp_path):
    with pytest.raises(UsageError, match=r"'p\.yaml' cannot be read: Is a directory \(check its permissions\)"):
        read_file(tmp_path, "p.yaml")


def test_a_file_with_zero_bytes_is_probably_in_another_encoding():
    faults = Faults("p.yaml")
    assert read_text("id: a".encode("utf-16-le"), faults) is None
    (fault,) = faults.sorted()
    assert (fault.where, fault.mend) == ("p.yaml:1:2", "remove it, or save the file as UTF-8")


def test_no_more_faults_are_noted_than_anybody_reads():
    faults = Faults("p.yaml")
    assert read_text(b"\x01\n" * (MAX_FAULTS + 10), faults) is None
    assert faults.count == MAX_FAULTS


def test_a_names_file_that_is_no_yaml(tmp_path):
    path = tmp_path / "names.yaml"
    path.write_text("structures: [", encoding="utf-8")
    with pytest.raises(ProtocolError) as caught:
        load_names(path)
    assert {fault.code for fault in caught.value.faults} == {"yaml-syntax"}


def test_a_character_that_is_none_is_no_yaml():
    faults = Faults("p.yaml")
    assert read_yaml("id: a\ufffe\n".encode(), faults).data is None
    with pytest.raises(ProtocolError, match="not readable as YAML") as caught:
        faults.raise_any()
    assert [fault.code for fault in caught.value.faults] == ["yaml-syntax"]


def test_a_key_with_one_fault_is_noted_once():
    faults = Faults("p.yaml")
    read_yaml(b"? *a\n: 1\n", faults)
    assert faults.count == 1
