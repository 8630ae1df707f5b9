from __future__ import annotations

import pytest

CHECK = "target-type"


@pytest.mark.parametrize("kind", ["ORGAN", "CONTROL", "AVOIDANCE", "EXTERNAL"])
def test_a_target_declared_as_something_else_is_a_warning(subject, swap, only, box, kind):
    doubt = only(CHECK, swap(subject, box("PTVsb", 1, kind=kind)), "warn", "target-type-differs")
    assert (doubt.rois, doubt.sentence) == (
        (1,),
        f"PTVsb is judged as a target, but the file declares it as {kind}.",
    )


@pytest.mark.parametrize("kind", ["", "PTV", "CTV", "GTV", "CAVITY"])
def test_types_that_a_target_can_have(subject, swap, doubts, box, kind):
    assert doubts(CHECK, swap(subject, box("PTVsb", 1, kind=kind))) == []


def test_organs_may_be_declared_as_anything(subject, swap, doubts, box):
    assert doubts(CHECK, swap(subject, box("Liver", 2, kind="CONTROL"))) == []
