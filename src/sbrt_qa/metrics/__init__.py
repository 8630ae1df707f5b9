"""One file, one metric; ``_catalogue`` holds the grammar."""

from sbrt_qa.metrics._catalogue import Metric, MetricKind, kinds, parse
from sbrt_qa.metrics._caution import Caution
from sbrt_qa.metrics._subject import Subject

__all__ = ["Caution", "Metric", "MetricKind", "Subject", "kinds", "parse"]
