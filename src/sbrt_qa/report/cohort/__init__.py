"""Cohort: what many plans have in common, as table, cases for a pipeline, and page."""
