"""JSON Schema: the shape of a protocol file for editors, so that mistakes are underlined while one types.

It knows keys, types and spellings. What the words mean together (roles and sources that exist, units that fit their
metric, limits that go together) only ``protocols lint`` knows.
"""

from __future__ import annotations

import re
from typing import Any

from sbrt_qa.metrics import kinds
from sbrt_qa.protocol.forms import ProtocolForm
from sbrt_qa.protocol.meaning import check_ids

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_NUMBER = r"(?:(?:0|[1-9][0-9]*)(?:\.[0-9]+)?|\.[0-9]+)"
_LIMIT = rf"^\s*(?:<=|<|>=|>)\s*\+?{_NUMBER}\s*(?:Gy|cc|%|mm)?\s*$"
_DOSE = rf"^\s*\+?{_NUMBER}\s*Gy\s*$"
_COLUMN = rf"^(?:[1-9][0-9]*|\s*\+?{_NUMBER}\s*(?:Gy|cc))$"
_PREFIX = r"(?:(?:EQD2|BED)\(ab=(?:0|[1-9][0-9]*)(?:\.[0-9]+)?\):)?"

_SAID = {
    "ProtocolForm": {
        "schema": "Which form this file has.",
        "id": "Small letters, digits, '-' and '.'; stands in every report.",
        "title": "One line.",
        "version": 'Text, so in quotes: "1.0". Change it whenever a number changes.',
        "status": "template: to be adapted; published: follows a publication.",
        "sources": "A citation for each key.",
        "prescription": "What the protocol is for.",
        "dose": "Which dose is judged; without it the physical dose of one plan.",
        "structures": "The roles: structures as this protocol calls them.",
        "constraints": "The rows.",
        "checks": "Limits and strictness of the integrity checks.",
    },
    "PrescriptionForm": {
        "target": "The role that is prescribed to; of type target.",
        "fractions": "A number, or a list of numbers.",
        "dose": "Total dose of the course, '50 Gy', or the range {min: 30 Gy, max: 60 Gy}.",
    },
    "DoseRangeForm": {"min": "Smallest total dose, '30 Gy'.", "max": "Largest total dose, '60 Gy'."},
    "DoseForm": {
        "type": "PHYSICAL, or EFFECTIVE for limits of a biologically effective dose.",
        "summation": "PLAN, or MULTI_PLAN for limits of a sum over several plans.",
    },
    "RoleForm": {
        "type": "target for targets, external for the outline of the patient; left out for all else.",
        "many": "true: several structures may fill the role, each judged on its own.",
        "names": "The names that fill the role; known spellings of TG-263 names count too.",
        "derive": "Made from other roles: 'liver - ctv', 'grow(cord, 5 mm)', 'ring(ptv, 0 mm, 20 mm)'.",
    },
    "ConstraintForm": {
        "id": "Letters, digits, '-', '_' and '.'; unique; stands in every report.",
        "structure": "A role.",
        "metric": "After TG-263, with its unit: D0.03cc[Gy], V20Gy[%], CV15Gy[cc], Mean[Gy].",
        "goal": "The limit, '<= 25 Gy', or one for each number of fractions, prescription or volume.",
        "acceptable": "A second, looser limit; a value between the two is a VARIATION.",
        "report": "true: shown, never judged; has no limits.",
        "required": "false: a structure that is not there does no harm.",
        "source": "A key of sources.",
        "evidence": "S seen in the source, S2 in a secondary reproduction, C computed, M-hi recalled.",
        "verify": "true: not yet checked against its source; every report says so.",
        "suggested": "true: the source only suggests this limit; a finding that does not meet it says so.",
        "why": "Why it is asked.",
        "mend": "What can be done when it is not met.",
        "when": "Where the row is asked at all.",
    },
    "ConditionForm": {
        "structure": "The role that is looked at.",
        "metric": "What is measured of it.",
        "is": "The row is asked where the value meets this: '> 10 Gy'.",
    },
    "CheckForm": {
        "goal": "Limit up to which the check is PASS.",
        "acceptable": "Limit up to which it is a VARIATION.",
        "strict": "true: a warning of this check is UNDECIDED.",
    },
}  # fmt: skip


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a protocol file.

    Returns
    -------
    dict
        Ready for ``json.dumps``. Every file that lints without fault is valid under it, as long as its metrics are
        written without blanks.
    """
    made = ProtocolForm.model_json_schema(by_alias=True)
    forms = {"ProtocolForm": made, **made["$defs"]}
    for name, form in forms.items():
        form.pop("title", None)
        form.pop("description", None)
        for key, value in form["properties"].items():
            form["properties"][key] = {**_tidy(value), "description": _SAID[name][key]}
    _spell(forms)
    _relate(forms)
    head = {"$schema": DIALECT, "title": "sbrt-qa protocol", "description": "What is asked of a plan."}
    return head | made


def _tidy(value: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a file cannot hold: null, and the empty text that only stands for a missing key."""
    kept = {key: item for key, item in value.items() if key != "title" and (key, item) not in _NOTHING}
    options = [option for option in kept.get("anyOf", ()) if option != {"type": "null"}]
    if len(options) == 1:
        kept = {**{key: item for key, item in kept.items() if key != "anyOf"}, **options[0]}
    return kept


_NOTHING = (("default", ""), ("default", None))


def _spell(forms: dict[str, dict[str, Any]]) -> None:
    """Say how texts are spelt."""
    row, check = forms["ConstraintForm"]["properties"], forms["CheckForm"]["properties"]
    condition, dose = forms["ConditionForm"]["properties"], forms["PrescriptionForm"]["properties"]
    for limits in (row["goal"], row["acceptable"]):
        text, columns = limits["oneOf"]
        text["pattern"] = columns["additionalProperties"]["pattern"] = _LIMIT
        columns["propertyNames"] = {"pattern": _COLUMN}
    for limit in (check["goal"], check["acceptable"], condition["is"]):
        limit["pattern"] = _LIMIT
    for metric in (row["metric"], condition["metric"]):
        metric |= {"pattern": _metric_pattern(), "examples": [kind.good[0] for kind in kinds().values()]}
    for amount in (dose["dose"]["oneOf"][0], *forms["DoseRangeForm"]["properties"].values()):
        amount["pattern"] = _DOSE
    one, several = dose["fractions"]["oneOf"]
    one["minimum"] = several["items"]["minimum"] = 1
    several["uniqueItems"] = True


def _relate(forms: dict[str, dict[str, Any]]) -> None:
    """Say which keys belong together."""
    top = forms["ProtocolForm"]["properties"]
    top["structures"]["additionalProperties"] = False
    top["constraints"]["minItems"] = 1
    top["checks"]["propertyNames"] = {"enum": sorted(check_ids())}
    forms["RoleForm"]["oneOf"] = [{"required": ["names"]}, {"required": ["derive"]}]
    forms["CheckForm"]["dependentRequired"] = {"acceptable": ["goal"]}
    forms["ConstraintForm"] |= {
        "if": {"properties": {"report": {"const": True}}, "required": ["report"]},
        "then": {"properties": {"goal": False, "acceptable": False, "when": False}},
        "else": {"required": ["goal", "source"]},
        "allOf": [
            {
                "if": {"properties": {"evidence": {"const": "M-hi"}}, "required": ["evidence"]},
                "then": {"properties": {"verify": {"const": True}}, "required": ["verify"]},
            }
        ],
    }


def _metric_pattern() -> str:
    """Return one pattern for all metrics of the grammar."""
    each = []
    for kind in kinds().values():
        units = "|".join(re.escape(str(unit)) for unit in kind.units)
        each.append(rf"{kind.pattern.pattern}\[(?:{units})\]")
    return f"^{_PREFIX}(?:{'|'.join(each)})$"
