"""Write ``docs/metrics.md`` from the shelf of metrics: ``python docs/make_metrics.py``."""

from __future__ import annotations

from pathlib import Path

from sbrt_qa.metrics import MetricKind, kinds
from sbrt_qa.metrics._ntcp_models import MODELS, Model
from sbrt_qa.metrics._prefix import PREFIXES, Prefix

PAGE = Path(__file__).with_name("metrics.md")
HEAD = """\
# Metrics

What a protocol or `measure` can ask for, written after AAPM TG-263. Each metric is one file in
`src/sbrt_qa/metrics/`; this page is made from them by `python docs/make_metrics.py`. How the curve comes about that
they are read from is told in [how-numbers-are-computed.md](how-numbers-are-computed.md).

* Case matters, blanks do not. The unit in brackets is a must: `[Gy]`, `[cc]`, `[%]`, or `[]` for a number without
  unit.
* Per cent of a dose is per cent of the prescription, per cent of a volume is per cent of the whole structure.
* What has no meaning (more volume than there is, no prescription, no number of fractions) raises, and a row is
  UNDECIDED. It is never 0.

## Dose outside the structure

`CI`, `PCI`, `GI`, `R50` and `D2cm` look at the dose in the whole body: everything inside the external contour. That
is the ROI that fills the protocol's structure of `type: external`; where the protocol has none, the only ROI whose
type (RTROIInterpretedType) is EXTERNAL. None or several: UNDECIDED (`external-missing`, `external-ambiguous`). A name
alone never decides.

Where the body reaches beyond the dose grid its dose there is unknown, from 0 to infinity. Each part of an index (PIV,
PIV50, TVPIV) is taken at both ends on its own, and a verdict is given only where all agree. An index of a plan in
which nothing receives the prescription is UNDECIDED (`isodose-empty`), however small it would be.

Several targets share their isodoses, so these five are UNDECIDED for each of them (`isodose-shared`). Judge the
union: `all: {derive: "ptv"}` is the union of every ROI that fills `ptv`.

## Means over the dose

gEUD, Veff and NTCP are means of a function of dose. The volume of each bin of the curve (0.01 Gy) lies evenly between
its edges, never below the minimum or above the maximum of the structure, and the function is integrated over each bin
by 24 points (Gauss-Legendre). Where dose rises or falls through a bin that is exact to better than 1 in 10⁶; where
much of a structure has one and the same dose, that dose is known to within its bin.

## Biological dose

A prefix converts every dose of the metric behind it, voxel by voxel and **before** anything is averaged: the
prescription too, where per cent of it enters. The number of fractions is the plan's; without one the row is UNDECIDED
(`fractions-missing`). The conversion rises with dose, so on the curve it moves the dose axis alone: a dose to a part
is converted exactly, and a volume is read at the dose that converts to the one asked for.

Where the structure receives more than 10 Gy per fraction, a finding carries the caution `lq-above-10gy`: there the
linear-quadratic model is unreliable.
"""
NTCP = """\
## Parameter sets of `NTCP(…)`

A probability is information, and an institution that judges by it takes a decision of its own. Each model converts
voxel doses to its own basis, so a prefix before it is refused. Evidence: S2 seen in a secondary reproduction, C
computed, M-hi recalled and not yet seen in the source (said so in every sentence).

| model | n | m | TD50 | basis | predicts | source | evidence |
| --- | --- | --- | --- | --- | --- | --- | --- |
"""


def page() -> str:
    """Return the whole page as Markdown."""
    prefixes = "\n".join(map(_prefix, PREFIXES))
    metrics = "\n".join(map(_metric, kinds().values()))
    return "\n".join([HEAD, prefixes, metrics, NTCP + "".join(map(_model, MODELS.values()))])


def _prefix(prefix: Prefix) -> str:
    return f"""\
### `{prefix.word}(ab=…):` {prefix.title}

**Computed as** {prefix.formula}.

{_examples(prefix.good, prefix.bad)}

**Reference.** {prefix.reference}.
"""


def _metric(kind: MetricKind) -> str:
    return f"""\
## `{kind.key}`: {kind.title}

**Computed as** {kind.formula}.

{_examples(kind.good, kind.bad)}

**Reference.** {kind.reference}.
"""


def _examples(good: tuple[str, ...], bad: tuple[str, ...]) -> str:
    return f"**Write** {_code(good)}. **Refused** {_code(bad)}."


def _code(texts: tuple[str, ...]) -> str:
    return ", ".join(f"`{text}`" for text in texts)


def _model(model: Model) -> str:
    basis = f"{model.basis.word}, α/β {model.basis.ab_gy:g} Gy"
    numbers = f"{model.n:g} | {model.m:g} | {model.td50_gy:g} Gy"
    return f"| `{model.name}` | {numbers} | {basis} | {model.endpoint} | {model.source} | {model.evidence} |\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    print(f"wrote {PAGE.name}")
