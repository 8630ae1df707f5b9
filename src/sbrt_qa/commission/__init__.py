"""Commissioning: published test sets through the installed engine, every number beside the truth."""

from sbrt_qa.commission.document import Chapter, Commissioning, Criterion, Point, Table
from sbrt_qa.commission.run import commission

__all__ = ["Chapter", "Commissioning", "Criterion", "Point", "Table", "commission"]
