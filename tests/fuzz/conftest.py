"""The campaigns are scripts, no package: their folder is put on the path. A source archive comes without them."""

from __future__ import annotations

import sys
from pathlib import Path

CAMPAIGNS = Path(__file__).resolve().parents[2] / "benchmarks" / "campaigns"
collect_ignore_glob = [] if CAMPAIGNS.is_dir() else ["test_*.py"]
sys.path.insert(0, str(CAMPAIGNS))
