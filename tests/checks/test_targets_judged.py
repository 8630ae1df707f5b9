from __future__ import annotations

import pytest

from sbrt_qa.model import DoseReference

CHECK = "targets-judged"


@pytest.fixture
def with_second_bed(subject, alter, box):
    """The subject with one more structure, to which the plan prescribes when asked."""

    def make(name="PTV left bed", kind="PTV", prescribed_gy=None, **changes):
        bed = box(name, 9, x_mm=-30.0, kind=kind, **changes)
        references = (DoseReference("TARGET", "VOLUME", 1, 50.0), DoseReference("TARGET", "VOLUME", 9, prescribed_gy))
        structures = (*subject.case.structures, bed)
        return alter(subject, structure_set={"structures": structures}, plan={"dose_references": references})

    return make


@pytest.mark.parametrize("kind", ["PTV", "", "ORGAN"])
def test_a_prescribed_structure_that_nobody_judges(with_second_bed, only, kind):
    doubt = only(CHECK, with_second_bed(kind=kind, prescribed_gy=40.0), "warn", "target-unjudged")
    assert doubt.sentence == (
        "The plan prescribes 40.00 Gy to PTV left bed, which no constraint judges; rename it, or add its name to the"
        " protocol or to a names file."
    )


def test_a_declared_target_that_nobody_judges(with_second_bed, only):
    doubt = only(CHECK, with_second_bed(), "note", "target-unjudged")
    assert doubt.sentence == "Declared as PTV, but judged by no constraint: PTV left bed."


@pytest.mark.parametrize(
    "ordinary",
    [
        {"kind": "CTV", "prescribed_gy": 40.0},  # the PTV around it is judged
        {"kind": "GTV", "prescribed_gy": 40.0},
        {"kind": "CONTROL"},
        {"kind": "PTV", "contours": ()},
    ],
)
def test_what_need_not_be_judged(with_second_bed, doubts, ordinary):
    assert doubts(CHECK, with_second_bed(**ordinary)) == []


def test_once_it_is_judged_all_is_well(with_second_bed, alter, doubts):
    case = with_second_bed(prescribed_gy=40.0)
    bed = case.case.structures[-1]
    judged = alter(case, used={**case.used, "ptv": (*case.used["ptv"], bed)}, targets=frozenset({1, 9}))
    assert doubts(CHECK, judged) == []


def test_a_protocol_of_organs_only_judges_no_target(with_second_bed, alter, run):
    organs = alter(with_second_bed(prescribed_gy=40.0), used={}, targets=frozenset({1}))
    assert run(CHECK, organs).good == "The protocol judges no target."


def test_a_prescribed_structure_without_contours_is_not_judged_either(with_second_bed, only):
    assert (
        "PTV left bed"
        in only(CHECK, with_second_bed(prescribed_gy=40.0, contours=()), "warn", "target-unjudged").sentence
    )


def prescribed_to(number, structure_type="VOLUME", kind="TARGET"):
    return {
        "dose_references": (
            DoseReference("TARGET", "VOLUME", 1, 50.0),
            DoseReference(kind, structure_type, number, 50.0),
        )
    }


def test_a_prescribed_structure_that_the_set_does_not_hold(subject, alter, only):
    doubt = only(CHECK, alter(subject, plan=prescribed_to(17)), "check", "target-not-in-set")
    assert doubt.sentence == (
        "The plan prescribes to ROI 17, which the structure set does not hold; a target may have been deleted or left"
        " out: export plan and structure set together again."
    )


@pytest.mark.parametrize(
    "reference", [prescribed_to(17, "POINT"), prescribed_to(17, kind="ORGAN_AT_RISK"), prescribed_to(None, "SITE")]
)
def test_points_limits_and_sites_need_no_structure(subject, alter, doubts, reference):
    assert doubts(CHECK, alter(subject, plan=reference)) == []
