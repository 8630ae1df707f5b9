"""Evaluations made by hand: the reports need no reader, no engine and no judge."""

from __future__ import annotations

import numpy as np
import pytest

from sbrt_qa.histogram.curve import DVH
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.protocol.finding import CheckFinding, Evaluation, Finding, Verdict, worst


def finding(**changes) -> Finding:
    facts = {
        "constraint": "DUO-MAX",
        "structure": "duodenum",
        "metric": "D0.5cc[Gy]",
        "roi": "Duodenum",
        "roi_number": 7,
        "verdict": Verdict.PASS,
        "value": 21.304,
        "unit": "Gy",
        "interval": (21.1, 21.5),
        "goal": "<= 30 Gy",
        "acceptable": "",
        "goal_value": 30.0,
        "margin": 8.696,
        "borderline": False,
        "reason": (),
        "sentence": "Dose to the hottest 0.5 cc of Duodenum is 21.30 Gy; at most 30 Gy is allowed.",
        "source": "Author, Journal 2020;1:1, table 2",
    }
    return Finding(**(facts | changes))


def check(**changes) -> CheckFinding:
    facts = {
        "id": "dose-units",
        "title": "The dose is physical and in gray",
        "verdict": Verdict.PASS,
        "reason": (),
        "sentence": "Dose units are GY, the type is PHYSICAL.",
    }
    return CheckFinding(**(facts | changes))


def curve(name: str, half_gy: float, volume_cc: float, covered: float = 1.0, steep: float = 6.0) -> DVH:
    """A logistic fall around ``half_gy`` that ends at 1.6 times that dose."""
    edges = np.arange(0.0, 60.005, 0.01)
    share = 0.5 - 0.5 * np.tanh((edges - half_gy) / half_gy * steep / 2)
    share = np.where(edges > half_gy * 1.6, 0.0, share / share[0])
    inside = volume_cc * covered
    statistics = (0.1, half_gy * 0.99, half_gy * 1.6) if covered else None
    return DVH(name, edges, share * inside, volume_cc, statistics)


def evaluation(findings=(), checks=(), curves=(), **changes) -> Evaluation:
    facts = {
        "verdict": worst(
            [f.verdict for f in findings if f.verdict is not None and f.required] + [c.verdict for c in checks]
        ),
        "findings": tuple(findings),
        "checks": tuple(checks),
        "case": {
            "id": "1.2.826.0.1.3680043.10.1.1",
            "plan_label": "LiverBed 5x10",
            "files": [{"role": "RTPLAN", "sop_uid": "1.2.826.0.1.3680043.10.1.1", "sha256": "ab" * 32}],
        },
        "protocol": {
            "id": "crlm-liver-bed-5fx",
            "title": "Liver bed, 5 fractions",
            "version": "1.0",
            "status": "template",
            "sha256": "cd" * 32,
        },
        "prescription": {"gy": 50.0, "fractions": 5, "source": "plan"},
        "curves": tuple(curves),
        "colors": {"PTVsb": (255, 0, 0)},
        "provenance": {
            "sbrt_qa": "0.1.0",
            "numpy": "2.1.0",
            "pydicom": "3.0.2",
            "sampling": Sampling().as_dict(),
            "quirks": [],
            "notes": [],
        },
    }
    return Evaluation(**(facts | changes))


@pytest.fixture
def make_finding():
    return finding


@pytest.fixture
def make_check():
    return check


@pytest.fixture
def make_curve():
    return curve


@pytest.fixture
def make_evaluation():
    return evaluation


@pytest.fixture
def mixed() -> Evaluation:
    """One of everything: failed, undecided, varied, borderline, hidden by rounding, passed, reported."""
    findings = (
        finding(
            constraint="PTV-COVERAGE",
            structure="ptv",
            metric="V100%[%]",
            roi="PTVsb",
            roi_number=1,
            verdict=Verdict.VARIATION,
            value=93.42,
            unit="%",
            interval=(93.1, 93.9),
            goal=">= 95 %",
            acceptable=">= 90 %",
            goal_value=95.0,
            margin=-1.58,
            sentence="Volume of PTVsb receiving at least 100 % of the prescription is 93.4 %; "
            "at least 95 % is asked, 90 % is acceptable.",
            why="Enough of the target receives the prescription.",
            mend="Lower the normalisation isodose or enlarge the aperture margin.",
        ),
        finding(
            constraint="LIVER-SPARED",
            structure="liver_spared",
            metric="CV15Gy[cc]",
            roi="Liver − CTVsb",
            roi_number=-1,
            value=1012.34,
            unit="cc",
            interval=(1001.0, 1020.0),
            goal=">= 700 cc",
            goal_value=700.0,
            margin=312.34,
        ),
        finding(
            constraint="UW5-DUO",
            value=32.41,
            interval=(32.0, 32.7),
            verdict=Verdict.FAIL,
            margin=-2.41,
            sentence="Dose to the hottest 0.5 cc of Duodenum is 32.41 Gy; at most 30 Gy is allowed.",
            why="Ulcer and perforation follow a high dose to a small part.",
            mend="Weigh the duodenum more, or accept less coverage on its side.",
        ),
        finding(
            constraint="STOMACH-MAX",
            structure="stomach",
            metric="D0.03cc[Gy]",
            roi="Stomach",
            verdict=Verdict.FAIL,
            value=30.0004,
            interval=(29.8, 30.3),
            borderline=True,
            margin=-0.0004,
            sentence="Dose to the hottest 0.03 cc of Stomach is 30.00 Gy; at most 30 Gy is allowed.",
        ),
        finding(
            constraint="CORD-MAX",
            structure="cord",
            metric="D0.035cc[Gy]",
            roi=None,
            roi_number=None,
            verdict=Verdict.UNDECIDED,
            value=None,
            interval=None,
            goal="<= 25.3 Gy",
            goal_value=25.3,
            margin=None,
            reason=("structure-missing",),
            sentence="No structure fills the role cord (SpinalCord); near names: Spinal_Chord. "
            "Contour it, rename it, or add its name with --names.",
        ),
        finding(
            constraint="KIDNEY-L",
            structure="kidney_l",
            metric="Mean[Gy]",
            roi="Kidney_L",
            value=9.96,
            interval=(9.9, 10.03),
            goal="<= 10 Gy",
            goal_value=10.0,
            margin=0.04,
            borderline=True,
            verify=True,
        ),
        finding(
            constraint="CHEST-WALL",
            structure="chestwall",
            metric="V30Gy[cc]",
            roi="ChestWall",
            value=12.5,
            unit="cc",
            interval=(12.0, 13.0),
            goal="< 30 cc",
            goal_value=30.0,
            margin=17.5,
        ),
        finding(
            constraint="HEART-MEAN",
            structure="heart",
            metric="Mean[Gy]",
            roi="Heart",
            verdict=None,
            value=3.21,
            interval=(3.2, 3.22),
            goal="",
            goal_value=None,
            margin=None,
            sentence="Mean dose to Heart is 3.21 Gy.",
        ),
    )
    checks = (
        check(
            id="contour-gap",
            title="Contours have no missing slices",
            verdict=Verdict.VARIATION,
            reason=("contour-gap",),
            sentence="Stomach has 1 missing slice between z = 12.5 mm and 17.5 mm; it was bridged. "
            "Interpolate the missing slice in the planning system.",
        ),
        check(),
        check(
            id="plan-approval",
            title="The plan is not rejected",
            reason=("plan-unapproved",),
            sentence="The plan is unapproved, as is usual before a check.",
        ),
    )
    curves = (
        curve("PTVsb", 36.0, 84.3, steep=30.0),
        curve("Liver − CTVsb", 9.0, 1153.2),
        curve("Duodenum", 14.0, 61.7),
        curve("Stomach", 12.0, 240.1),
        curve("Kidney_L", 6.0, 170.2),
        curve("ChestWall", 15.0, 420.0, covered=0.93),
        curve("Heart", 3.0, 610.0),
    )
    return evaluation(findings, checks, curves)
