"""What a hazard may lead to, and the shelf that the tables of hazards fill."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from hazard_case import Answer

STRICTLY = {"PASS": {"PASS"}, "VARIATION": {"FAIL", "UNDECIDED"}, "UNDECIDED": {"UNDECIDED", "FAIL"}, "FAIL": {"FAIL"}}


class Behaviour(StrEnum):
    """The words of the hazard table."""

    REFUSE = "refuse"
    LIMITS = "limits"  # every finding undecided, the numbers stay
    FINDING = "finding"
    CHECK = "check"
    WARN = "warn"
    NOTE = "note"
    INVALID = "invalid"


@dataclass(frozen=True)
class Hazard:
    """One way to spoil a case, the allowed outcome, and the reason code that must be said."""

    row: str
    behaviour: Behaviour
    codes: tuple[str, ...]  # one of these must be given
    spoil: Callable[..., Any]
    only: tuple[str, ...] = ()  # constraints that alone may be touched, for FINDING

    @property
    def name(self) -> str:
        return f"{self.row}-{self.spoil.__name__}"


TABLE: list[Hazard] = []


def hazard(
    row: str, behaviour: Behaviour, *codes: str, only: tuple[str, ...] = ()
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Put a function that spoils a pile, given a random generator, on the shelf."""

    def put(spoil: Callable[..., Any]) -> Callable[..., Any]:
        TABLE.append(Hazard(row, behaviour, codes, spoil, only))
        return spoil

    return put


def assert_allowed(hazard: Hazard, answer: Answer, good: Answer) -> None:
    """Hold an answer to what its behaviour allows; ``good`` is the answer for the case in order."""
    if hazard.behaviour is Behaviour.INVALID:
        assert answer.exit_code == 2
        assert set(hazard.codes) & set(answer.invalid)
        return
    assert set(hazard.codes) & answer.codes, f"none of {hazard.codes} in {sorted(answer.codes)}"
    globals()[f"_{hazard.behaviour}"](hazard, answer, good)


def assert_strict(answer: Answer, strict: Answer) -> None:
    """Hold the answer with ``--strict`` to the one without: no VARIATION, and never a better verdict."""
    assert strict.verdict in STRICTLY[answer.verdict]
    assert not any(one["verdict"] == "VARIATION" for part in ("findings", "checks") for one in strict.record[part])


def _refuse(hazard: Hazard, answer: Answer, good: Answer) -> None:
    assert (answer.verdict, answer.exit_code) == ("UNDECIDED", 3)
    assert {f["constraint"] for f in answer.record["findings"]} == {f["constraint"] for f in good.record["findings"]}
    for found in answer.record["findings"]:
        assert found["value"] is None
        assert found["verdict"] in {None, "UNDECIDED"}
        assert set(hazard.codes) & set(found["reason"])
    assert not answer.record["curves"]


def _limits(hazard: Hazard, answer: Answer, good: Answer) -> None:
    assert (answer.verdict, answer.exit_code) == ("UNDECIDED", 3)
    for found in answer.judged:
        assert found["verdict"] == "UNDECIDED"
        assert set(hazard.codes) & set(found["reason"]) or found["reason"] == ["structure-missing"]


def _finding(hazard: Hazard, answer: Answer, good: Answer) -> None:
    assert answer.verdict in {"UNDECIDED", "FAIL"}
    assert answer.exit_code in {1, 3}
    touched = [f for code in hazard.codes for f in answer.findings_with(code) if f["verdict"] is not None]
    assert touched
    assert any(f["verdict"] in {"UNDECIDED", "FAIL"} for f in touched)
    if hazard.only:
        for found in answer.judged:
            if found["constraint"] not in hazard.only:
                before = good.finding(found["constraint"])
                assert (found["verdict"], found["value"]) == (before["verdict"], before["value"])


def _check(hazard: Hazard, answer: Answer, good: Answer) -> None:
    assert answer.verdict in {"UNDECIDED", "FAIL"}
    assert any(check["verdict"] in {"UNDECIDED", "FAIL"} for code in hazard.codes for check in answer.checks_with(code))
    assert any(found["value"] is not None for found in answer.record["findings"])


def _warn(hazard: Hazard, answer: Answer, good: Answer) -> None:
    assert (answer.verdict, answer.exit_code) == ("VARIATION", 0)
    assert any(check["verdict"] == "VARIATION" for code in hazard.codes for check in answer.checks_with(code))


def _note(hazard: Hazard, answer: Answer, good: Answer) -> None:
    assert (answer.verdict, answer.exit_code) == ("PASS", 0)
    assert answer.numbers == good.numbers
