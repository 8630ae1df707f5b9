"""Description: who was judged, by which protocol, and with what: plain data for the record."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from sbrt_qa._version import __version__

if TYPE_CHECKING:
    from sbrt_qa.histogram import Sampling
    from sbrt_qa.model import Case
    from sbrt_qa.protocol.definition import Protocol


def describe_case(case: Case) -> dict[str, Any]:
    """Return who and what was judged, ready for the record: identifiers and hashes, no file names."""
    identity = (case.plan or case.structure_set).identity
    return {
        "id": case.id,
        "patient_id": identity.patient_id,
        "patient_name": identity.patient_name,
        "study_uid": identity.study_uid,
        "plan_label": case.plan.label if case.plan else "",
        "plan_uid": case.plan.identity.sop_uid if case.plan else "",
        "dose_uid": case.dose.identity.sop_uid,
        "structure_set_label": case.structure_set.identity.label,
        "structure_set_uid": case.structure_set.identity.sop_uid,
        "files": [{"role": f.role, "sop_uid": f.sop_uid, "sha256": f.sha256} for f in case.source.files],
    }


def describe_protocol(protocol: Protocol) -> dict[str, Any]:
    """Return which protocol judged, ready for the record."""
    return {
        "id": protocol.id,
        "title": protocol.title,
        "version": protocol.version,
        "status": protocol.status,
        "sha256": protocol.sha256,
    }


def provenance(sampling: Sampling, case: Case | None) -> dict[str, Any]:
    """Return what made the numbers: versions, conventions, quirks and notes; nothing that changes by the hour."""
    return {
        "sbrt_qa": __version__,
        "python": ".".join(str(part) for part in sys.version_info[:2]),
        "numpy": _version_of("numpy"),
        "pydicom": _version_of("pydicom"),
        "shapely": _version_of("shapely"),
        "sampling": sampling.as_dict(),
        "quirks": list(case.source.quirks) if case else [],
        "notes": [{"code": code, "sentence": sentence} for code, sentence in case.source.notes] if case else [],
    }


def _version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
