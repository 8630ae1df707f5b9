"""Published results of commercial systems on the same sets, as data.

Taken from the papers' abstracts and from public summaries of their tables. The systems are those of the papers, in the
versions tested then; newer versions may differ. Where a summary's rows were doubtful they are left out, not mended.
"""

from __future__ import annotations

from dataclasses import dataclass

NELMS = (
    "Nelms B, Stambaugh C, Hunt D, Tonner B, Zhang G, Feygelman V. Methods, software and datasets to verify DVH "
    "calculations against analytical values: Twenty years late(r). Med Phys 2015;42:4435-48. doi:10.1118/1.4923175"
)
STANLEY = (
    "Stanley DN, Covington EL, Liu H, et al. Accuracy of dose-volume metric calculation for small-volume radiosurgery "
    "targets. Med Phys 2021;48:1461-8. doi:10.1002/mp.14645"
)
WALKER = (
    "Walker LS, Byrne JP. Clinical impact of DVH uncertainties. Med Dosim 2025;50:1-7. doi:10.1016/j.meddos.2024.06.002"
)
PEPIN = (
    "Pepin MD, Penoncello GP, Brom KM, et al. Assessment of dose-volume histogram precision for five clinical systems. "
    "Med Phys 2022;49:6303-18. doi:10.1002/mp.15916"
)


@dataclass(frozen=True, slots=True)
class Count:
    """Points off by more than 3 % of the local value, and the range of all of them.

    Parameters
    ----------
    off : int
        How many.
    low_percent, high_percent : float
        Smallest and largest deviation.
    """

    off: int
    low_percent: float
    high_percent: float


@dataclass(frozen=True, slots=True)
class Spread:
    """Mean and range over 50 positions, in per cent of the truth."""

    mean_percent: float
    low_percent: float
    high_percent: float


# Nelms 2015, Tables I and II: metric -> (PlanIQ 2.1, Pinnacle 9.8).
NELMS_FINE = {
    "Volume": (Count(0, -0.4, 0.9), Count(0, -2.0, 1.9)),
    "Dmin": (Count(0, 0.0, 0.0), Count(20, -7.5, 2.6)),
    "Dmax": (Count(0, 0.0, 0.0), Count(0, -1.1, 1.1)),
    "Dmean": (Count(0, -0.1, 0.7), Count(0, -1.9, 0.0)),
    "D99%": (Count(3, -1.8, 5.2), Count(20, -1.4, 7.5)),
    "D95%": (Count(2, -0.8, 3.9), Count(12, -6.6, 5.2)),
    "D5%": (Count(0, -0.4, 0.8), Count(0, -1.8, 1.0)),
    "D1%": (Count(0, -0.4, 0.4), Count(0, -0.9, 2.2)),
    "D0.03cc": (Count(0, -0.4, 0.3), Count(0, -0.9, 1.3)),
}
NELMS_MATCHED = {
    "Volume": (Count(1, -4.2, 0.6), Count(0, -2.8, 2.1)),
    "Dmin": (Count(0, 0.0, 0.0), Count(30, -7.5, 60.0)),
    "Dmax": (Count(0, 0.0, 0.0), Count(10, -5.1, 1.1)),
    "Dmean": (Count(0, 0.0, 0.0), Count(0, -1.9, 0.0)),
    "D99%": (Count(11, -4.2, 22.3), Count(18, -4.2, 44.4)),
    "D95%": (Count(4, -2.9, 7.0), Count(19, -7.8, 19.5)),
    "D5%": (Count(0, -1.7, 0.5), Count(2, -3.6, 5.3)),
    "D1%": (Count(1, -3.9, 0.8), Count(7, -8.1, 2.6)),
    "D0.03cc": (Count(1, -4.6, 0.9), Count(7, -7.8, 0.9)),
}

# Stanley 2021, 1 mm slices: diameter in mm -> five anonymous systems, TPS-A to TPS-E.
STANLEY_SYSTEMS = ("TPS-A", "TPS-B", "TPS-C", "TPS-D", "TPS-E")
STANLEY_VOLUME = {
    3.0: (
        Spread(-23.7, -33.2, -20.1),
        Spread(1.3, -8.3, 9.5),
        Spread(-1.3, -10.9, 7.0),
        Spread(-8.9, -21.0, -1.8),
        Spread(-2.4, -15.1, 13.2),
    ),
    5.0: (
        Spread(-9.6, -14.0, -7.4),
        Spread(0.0, -5.4, 4.0),
        Spread(-0.6, -5.9, 3.4),
        Spread(-4.9, -10.0, -2.0),
        Spread(-3.8, -9.9, 0.8),
    ),
    15.0: (
        Spread(-2.2, -3.6, -1.8),
        Spread(0.0, -1.2, 1.0),
        Spread(-0.1, -1.3, 0.7),
        Spread(-0.8, -1.5, -0.5),
        Spread(-1.4, -3.2, -0.3),
    ),
    20.0: (
        Spread(-0.9, -1.8, -0.7),
        Spread(0.0, -0.5, 0.6),
        Spread(-0.1, -0.7, 0.5),
        Spread(-0.5, -0.8, -0.3),
        Spread(-0.9, -1.6, -0.2),
    ),
}
STANLEY_V100 = {
    3.0: (
        Spread(-4.3, -24.5, 2.7),
        Spread(-10.6, -23.6, -0.7),
        Spread(-10.8, -23.6, -0.7),
        Spread(-20.1, -27.3, -16.6),
        Spread(2.0, -36.3, 20.3),
    ),
    5.0: (
        Spread(-1.4, -7.2, 5.4),
        Spread(-3.4, -7.8, 0.1),
        Spread(-3.6, -8.1, -0.1),
        Spread(-6.3, -10.6, -4.0),
        Spread(-0.5, -16.0, 10.0),
    ),
    15.0: (
        Spread(0.2, -2.3, 0.7),
        Spread(-0.3, -1.6, 0.8),
        Spread(-0.5, -1.8, 0.5),
        Spread(0.4, -1.2, 1.3),
        Spread(0.2, -4.7, 4.7),
    ),
    20.0: (
        Spread(0.2, -0.2, 0.8),
        Spread(0.0, -0.5, 0.7),
        Spread(-0.2, -0.7, 0.4),
        Spread(0.2, -0.7, 0.9),
        Spread(0.1, -1.3, 1.2),
    ),
}
STANLEY_V50 = {
    3.0: (
        Spread(-0.2, -0.8, 0.4),
        Spread(-0.6, -1.2, 0.1),
        Spread(-0.8, -1.4, 0.0),
        Spread(-1.0, -1.8, -0.8),
        Spread(0.2, -1.1, 2.7),
    ),
    5.0: (
        Spread(-0.2, -0.6, 0.4),
        Spread(-0.3, -0.7, 0.1),
        Spread(-0.6, -1.0, -0.1),
        Spread(-0.5, -0.8, -0.2),
        Spread(0.0, -1.4, 1.1),
    ),
    15.0: (
        Spread(-0.1, -0.3, 0.3),
        Spread(-0.1, -0.4, 0.3),
        Spread(-0.3, -0.6, 0.0),
        Spread(0.0, -0.1, 0.3),
        Spread(0.0, -0.6, 0.7),
    ),
    20.0: (
        Spread(0.0, -0.2, 0.2),
        Spread(0.0, -0.1, 0.3),
        Spread(-0.3, -0.4, -0.1),
        Spread(0.2, 0.1, 0.5),
        Spread(0.0, -0.5, 0.3),
    ),
}

# Walker 2025, Table 2: (radius in mm, position) -> RayStation 9.2, MasterPlan 4.3, ProKnow 1.30.
WALKER_SYSTEMS = ("RayStation", "MasterPlan", "ProKnow")
WALKER_PCI = {
    (2.0, "on a slice"): (0.64, 0.60, 0.71),
    (2.0, "between slices"): (0.73, 0.65, 0.72),
    (9.0, "on a slice"): (0.92, 0.94, 0.95),
    (9.0, "between slices"): (0.92, 0.94, 0.94),
}
WALKER_MGI = {
    (2.0, "on a slice"): (5.24, 5.67, 4.52),
    (2.0, "between slices"): (4.93, 6.34, 4.83),
    (9.0, "on a slice"): (3.83, 3.86, 3.73),
    (9.0, "between slices"): (3.84, 3.83, 3.78),
}
