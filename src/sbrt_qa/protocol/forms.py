"""Forms: the shape of a protocol file and of a names file, key by key."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, StringConstraints, Tag

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _is(kind: type, name: str, other: str) -> Discriminator:
    return Discriminator(lambda value: name if isinstance(value, kind) else other)


Key = Annotated[Annotated[int, Tag("number")] | Annotated[Text, Tag("amount")], _is(str, "amount", "number")]
Limits = Annotated[
    Annotated[Text, Tag("text")] | Annotated[dict[Key, Text], Tag("columns"), Field(min_length=1)],
    _is(dict, "columns", "text"),
]


class Form(BaseModel):
    """A mapping of the file: strict types, no unknown keys."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class DoseRangeForm(Form):
    """``{min: 30 Gy, max: 60 Gy}``."""

    min: Text
    max: Text


class PrescriptionForm(Form):
    """What the protocol says about target, fractions and dose."""

    target: Text
    fractions: Annotated[
        Annotated[int, Tag("one")] | Annotated[list[int], Tag("several"), Field(min_length=1)],
        _is(list, "several", "one"),
    ]
    dose: Annotated[
        Annotated[Text, Tag("text")] | Annotated[DoseRangeForm, Tag("range")], _is(dict, "range", "text")
    ] = Field(default="")


class RoleForm(Form):
    """One entry of ``structures``: names, or how it is derived."""

    type: Literal["target", "external"] | None = None
    many: bool = False
    names: list[Text] = Field(default_factory=list, min_length=1)
    derive: Text = ""


class ConditionForm(Form):
    """``when`` of a row: ``{structure: kidney_r, metric: "Mean[Gy]", is: "> 10 Gy"}``."""

    structure: Text
    metric: Text
    limit: Text = Field(alias="is")


class ConstraintForm(Form):
    """One row of ``constraints``."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    structure: Text
    metric: Text
    goal: Limits = Field(default="")
    acceptable: Limits = Field(default="")
    report: bool = False
    required: bool = True
    source: Text = ""
    evidence: Literal["S", "S2", "C", "M-hi"] | None = None
    verify: bool = False
    suggested: bool = False
    why: Text = ""
    mend: Text = ""
    when: ConditionForm | None = None


class CheckForm(Form):
    """One entry of ``checks``."""

    goal: Text = ""
    acceptable: Text = ""
    strict: bool = False


class DoseForm(Form):
    """Which dose is judged: ``dose: {type: EFFECTIVE, summation: MULTI_PLAN}``."""

    type: Literal["PHYSICAL", "EFFECTIVE"] = "PHYSICAL"
    summation: Literal["PLAN", "MULTI_PLAN"] = "PLAN"


RoleId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,63}$")]


class ProtocolForm(Form):
    """A protocol file."""

    form: Literal["sbrt-qa/protocol/1"] = Field(alias="schema")
    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-.][a-z0-9]+)*$", max_length=64)]
    title: Text
    version: Text
    status: Literal["template", "published"]
    sources: dict[Text, Text] = Field(default_factory=dict)
    prescription: PrescriptionForm
    dose: DoseForm = Field(default_factory=DoseForm)
    structures: dict[RoleId, RoleForm] = Field(min_length=1)
    constraints: list[ConstraintForm]
    checks: dict[Text, CheckForm] = Field(default_factory=dict)


class AliasesForm(Form):
    """One entry of a names file."""

    aliases: list[Text] = Field(min_length=1)


class NamesForm(Form):
    """A names file: a site's own spellings."""

    form: Literal["sbrt-qa/names/1"] = Field(alias="schema")
    structures: dict[Text, AliasesForm]
