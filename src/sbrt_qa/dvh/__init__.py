"""Geometry times dose into a curve (numpy only)."""

from sbrt_qa.dvh.compute import compute
from sbrt_qa.dvh.curve import DVH
from sbrt_qa.dvh.sampling import Sampling
from sbrt_qa.dvh.slabs import slabs

__all__ = ["DVH", "Sampling", "compute", "slabs"]
