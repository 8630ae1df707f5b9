"""Words in, exit code out: one file, one command."""

from sbrt_qa.cli._program import main

__all__ = ["main"]
