"""sbrt_qa: an independent plan check for liver-bed SBRT.

The front door: everything public, lazily imported, so that ``sbrt-qa --help`` loads nothing heavy.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from sbrt_qa._version import __version__

if TYPE_CHECKING:
    from sbrt_qa.dicom.read_case import read_case
    from sbrt_qa.errors import (
        CaseError,
        DerivationError,
        DoseOutsideGrid,
        MetricUndefined,
        ProtocolError,
        SbrtQaError,
        StructureNotFound,
        UsageError,
    )
    from sbrt_qa.histogram import DVH, Sampling
    from sbrt_qa.model import Case, Dose, DoseAsked, Plan, Structure
    from sbrt_qa.protocol.evaluate import evaluate
    from sbrt_qa.protocol.finding import Evaluation, Finding, Verdict
    from sbrt_qa.protocol.load import load_protocol
    from sbrt_qa.protocol.names import load_names
    from sbrt_qa.report import write_report
    from sbrt_qa.units import Quantity, Unit
    from sbrt_qa.workflow import dvh, judge, measure

_ROOMS = {
    "Case": "model",
    "CaseError": "errors",
    "DVH": "histogram",
    "DerivationError": "errors",
    "Dose": "model",
    "DoseAsked": "model",
    "DoseOutsideGrid": "errors",
    "Evaluation": "protocol.finding",
    "Finding": "protocol.finding",
    "MetricUndefined": "errors",
    "Plan": "model",
    "ProtocolError": "errors",
    "Quantity": "units",
    "Sampling": "histogram",
    "SbrtQaError": "errors",
    "Structure": "model",
    "StructureNotFound": "errors",
    "Unit": "units",
    "UsageError": "errors",
    "Verdict": "protocol.finding",
    "dvh": "workflow",
    "evaluate": "protocol.evaluate",
    "judge": "workflow",
    "load_names": "protocol.names",
    "load_protocol": "protocol.load",
    "measure": "workflow",
    "read_case": "dicom.read_case",
    "write_report": "report",
}

__all__ = [
    "DVH",
    "Case",
    "CaseError",
    "DerivationError",
    "Dose",
    "DoseAsked",
    "DoseOutsideGrid",
    "Evaluation",
    "Finding",
    "MetricUndefined",
    "Plan",
    "ProtocolError",
    "Quantity",
    "Sampling",
    "SbrtQaError",
    "Structure",
    "StructureNotFound",
    "Unit",
    "UsageError",
    "Verdict",
    "__version__",
    "dvh",
    "evaluate",
    "judge",
    "load_names",
    "load_protocol",
    "measure",
    "read_case",
    "write_report",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'sbrt_qa' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"sbrt_qa.{_ROOMS[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
