"""One file, one integrity check; ``_catalogue`` says what a check is."""

from sbrt_qa.checks._catalogue import Check, Doubt, Effect, Measured, Outcome, Subject, checks

__all__ = ["Check", "Doubt", "Effect", "Measured", "Outcome", "Subject", "checks"]
