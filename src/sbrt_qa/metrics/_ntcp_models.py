"""Published parameter sets of the Lyman-Kutcher-Burman model, each with its dose basis and its source."""

from __future__ import annotations

from dataclasses import dataclass

from sbrt_qa.metrics._linear_quadratic import Basis

LIVER_AB_GY = 2.5
EQD2 = Basis("EQD2", 2.0, LIVER_AB_GY)
BY_1_5_GY = Basis("1.5 Gy fractions", 1.5, LIVER_AB_GY)
DAWSON = "Dawson et al., Int J Radiat Oncol Biol Phys 2002;53:810 (LKB fit for liver)"
CONVERTED = f"{DAWSON}, TD50 converted to EQD2 by 4.0/4.5 and rounded"
MICHIGAN = "Michigan parameter set, as in AVIPlanner (open source)"


@dataclass(frozen=True, slots=True)
class Model:
    """One parameter set.

    Parameters
    ----------
    name : str
        As written in ``NTCP(name)``.
    n, m, td50_gy : float
        Volume exponent, slope, and the uniform dose to the whole organ with 50 % probability, on ``basis``.
    basis : Basis
        What voxel doses are converted to before the effective dose.
    endpoint, source, evidence : str
        What is predicted, who published it, and how sure the numbers are (S, S2, C, M-hi).
    """

    name: str
    n: float
    m: float
    td50_gy: float
    basis: Basis
    endpoint: str
    source: str
    evidence: str


_RILD = "radiation-induced liver disease"
_UNSAID = "endpoint not stated"

MODELS = {
    model.name: model
    for model in (
        Model("liver-primary", 0.97, 0.12, 39.8, BY_1_5_GY, f"{_RILD}, primary liver cancer", DAWSON, "M-hi"),
        Model("liver-metastases", 0.97, 0.12, 45.8, BY_1_5_GY, f"{_RILD}, liver metastases", DAWSON, "M-hi"),
        Model("liver-primary-eqd2", 0.97, 0.12, 35.4, EQD2, f"{_RILD}, primary liver cancer", CONVERTED, "C"),
        Model("liver-metastases-eqd2", 0.97, 0.12, 40.7, EQD2, f"{_RILD}, liver metastases", CONVERTED, "M-hi"),
        Model("michigan-liver", 0.97, 0.12, 35.4, EQD2, _RILD, MICHIGAN, "S2"),
        Model("michigan-duodenum", 0.10, 0.21, 56.0, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-stomach", 0.10, 0.21, 56.0, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-bowel-small", 0.15, 0.16, 55.0, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-spinal-cord", 0.05, 0.175, 66.5, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-spinal-canal", 0.05, 0.175, 66.5, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-esophagus", 0.06, 0.11, 82.3, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-heart", 0.35, 0.10, 48.0, EQD2, _UNSAID, MICHIGAN, "S2"),
        Model("michigan-lungs", 0.99, 0.37, 30.8, EQD2, _UNSAID, MICHIGAN, "S2"),
    )
}
