"""Words in, exit code out: one file, one command."""

import os

# Nothing here multiplies matrices: numpy's threads for that would only be started, and wait.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from sbrt_qa.cli._program import main  # after the variable, which numpy reads when it is imported

__all__ = ["main"]
