"""One file, one metric; ``_catalogue`` holds the grammar."""

from sbrt_qa.metrics._catalogue import Metric, MetricKind, Subject, kinds, parse

__all__ = ["Metric", "MetricKind", "Subject", "kinds", "parse"]
