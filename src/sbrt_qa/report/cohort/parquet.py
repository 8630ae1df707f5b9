"""Parquet of many plans: one row per finding, for whoever goes on calculating. Needs pyarrow."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from sbrt_qa._version import __version__

if TYPE_CHECKING:
    from sbrt_qa.protocol.finding import Finding
    from sbrt_qa.report.cohort.facts import Cohort, PlanFacts

SCHEMA = "sbrt-qa/findings/1"
COLUMNS = {  # in their order; the types are those of Arrow
    "export": "string",
    "patient_id": "string",
    "plan_label": "string",
    "plan_verdict": "string",
    "stopped": "string",
    "record": "string",
    "constraint": "string",
    "structure": "string",
    "metric": "string",
    "roi": "string",
    "roi_number": "int64",
    "verdict": "string",
    "value": "float64",
    "unit": "string",
    "low": "float64",
    "high": "float64",
    "goal": "string",
    "acceptable": "string",
    "goal_value": "float64",
    "margin": "float64",
    "borderline": "bool",
    "required": "bool",
    "verify": "bool",
    "reason": "list<string>",
    "sentence": "string",
    "source": "string",
    "evidence": "string",
}


def write_parquet(cohort: Cohort) -> bytes:
    """Return one row per finding of every plan, by plan and in protocol order.

    What is not known is null, never 0 or an empty number: no verdict for a value that is only reported, no value where
    none could be evaluated, no end of an interval that is unbounded there. The metadata of the schema say how the file
    is laid out (``sbrt_qa.schema``), by which version it was written and by which protocol was judged.
    """
    import pyarrow as pa
    from pyarrow import parquet

    types = {"bool": pa.bool_(), "list<string>": pa.list_(pa.string())}
    schema = pa.schema([(name, types.get(kind) or pa.type_for_alias(kind)) for name, kind in COLUMNS.items()])
    rows = [_row(plan, finding) for plan in cohort.plans for finding in plan.findings]
    told = {"schema": SCHEMA, "version": __version__} | {
        f"protocol.{key}": str(v) for key, v in cohort.protocol.items()
    }
    metadata = {f"sbrt_qa.{key}": _encodable(text) for key, text in told.items()}
    file = io.BytesIO()
    parquet.write_table(pa.Table.from_pylist(rows, schema.with_metadata(metadata)), file)
    return file.getvalue()


def _row(plan: PlanFacts, finding: Finding) -> dict[str, Any]:
    low, high = finding.interval or (None, None)
    row = {
        "export": plan.export,
        "patient_id": plan.patient_id,
        "plan_label": plan.plan_label,
        "plan_verdict": plan.verdict.value,
        "stopped": plan.stopped or None,
        "record": plan.record,
        "verdict": None if finding.verdict is None else finding.verdict.value,
        "low": low,
        "high": high,
        "reason": [_encodable(code) for code in finding.reason],
    }
    row |= {name: getattr(finding, name) for name in COLUMNS if name not in row}
    return {name: _encodable(value) if isinstance(value, str) else value for name, value in row.items()}


def _encodable(text: str) -> str:
    """Return text that UTF-8 can hold; half of a pair becomes its escape."""
    return text.encode("utf-8", "backslashreplace").decode()
