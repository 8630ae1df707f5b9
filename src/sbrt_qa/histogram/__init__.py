"""Geometry times dose into a curve (numpy only)."""

from sbrt_qa.histogram.conventions import interval, neighbours
from sbrt_qa.histogram.curve import DVH
from sbrt_qa.histogram.engine import compute
from sbrt_qa.histogram.sampling import Sampling
from sbrt_qa.histogram.slabs import slabs

__all__ = ["DVH", "Sampling", "compute", "interval", "neighbours", "slabs"]
