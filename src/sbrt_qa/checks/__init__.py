"""One file, one integrity check; ``_catalogue`` says what a check is."""

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Measured, Outcome, Reading, Subject, checks
from sbrt_qa.checks._compared import Agreement, Compared

__all__ = ["Agreement", "Check", "Compared", "Doubt", "Effect", "Measured", "Outcome", "Reading", "Subject", "checks"]
