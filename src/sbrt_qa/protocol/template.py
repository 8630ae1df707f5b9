"""Template: a protocol file to begin with, that lints without fault and explains every line."""

from __future__ import annotations

from sbrt_qa.errors import UsageError
from sbrt_qa.protocol.library import shipped
from sbrt_qa.protocol.load import read_content

_TEXT = """\
# A protocol to begin with. Every number in it is an example and none is a recommendation: put in those of your
# source, take out "verify: true" once a second person has checked them, and read the result aloud with
#   sbrt-qa protocols lint FILE      (faults and slips)
#   sbrt-qa protocols show FILE      (every row as a plain sentence)
# An editor that knows JSON Schema underlines mistakes while you type: sbrt-qa protocols schema -o FILE
schema: sbrt-qa/protocol/1
id: {id}                      # stands in every report; small letters, digits, '-' and '.'
title: Liver bed, 5 fractions (to be adapted)
version: "0.1"                  # in quotes; change it whenever you change a number
status: template                # template: to be adapted; published: follows a publication

sources:                        # a key for each citation
  own: "Our own rule, who and when"

prescription:
  target: ptv                   # a structure of type target, below
  fractions: 5                  # or a list: [3, 5]
  dose: {{min: 30 Gy, max: 60 Gy}}    # total dose; or one: 50 Gy

structures:                     # as this protocol calls them; names as TG-263 writes them, known spellings count too
  ptv:          {{type: target, many: true, names: [PTVsb, PTV]}}     # many: PTV1 and PTV2 are both judged
  ctv:          {{type: target, many: true, names: [CTVsb, CTV]}}
  liver:        {{names: [Liver]}}
  liver_spared: {{derive: "liver - ctv"}}     # also a + b, a & b, grow(a, 5 mm), shrink(a, 3 mm), ring(a, 0 mm, 20 mm)
  cord:         {{names: [SpinalCord]}}
  duodenum:     {{names: [Duodenum]}}

constraints:
  - id: PTV-COVERAGE
    structure: ptv
    metric: V100%[%]            # volume receiving at least 100 % of the prescription, in % of the structure
    goal: ">= 95 %"             # meets this: PASS
    acceptable: ">= 90 %"       # between the two: VARIATION; beyond: FAIL. Leave it out where there is no second limit
    source: own
    verify: true                # not yet checked against its source; every report says so
    why: Enough of the target receives the prescription.
    mend: Lower the normalisation isodose.
  - id: LIVER-SPARED
    structure: liver_spared
    metric: CV15Gy[cc]          # volume receiving LESS than 15 Gy
    goal: ">= 700 cc"
    source: own
    verify: true
  - id: CORD-MAX
    structure: cord
    metric: D0.035cc[Gy]        # dose to the hottest 0.035 cc
    goal: "<= 25 Gy"            # by number of fractions: {{3: "<= 18 Gy", 5: "<= 25 Gy"}}
    source: own
    verify: true
  - id: DUODENUM-V18
    structure: duodenum
    metric: V18Gy[cc]           # volume receiving at least 18 Gy
    goal: "< 5 cc"
    required: false             # a structure that is not there does no harm; a broken limit still fails
    source: own
    verify: true
  - id: LIVER-MEAN
    structure: liver
    metric: Mean[Gy]
    report: true                # shown, never judged

checks:
  dose-grid-spacing: {{goal: "<= 2.5 mm", acceptable: "<= 3 mm"}}
"""


def template(protocol_id: str) -> str:
    """Return the text of a new protocol file.

    Parameters
    ----------
    protocol_id : str
        Its id.

    Raises
    ------
    UsageError
        When the id cannot be one, or is that of a shipped protocol.
    """
    if protocol_id in shipped():
        raise UsageError(f"'{protocol_id}' is a shipped protocol", mend="give your own file an id of its own")
    text = _TEXT.format(id=protocol_id)
    reading = read_content(text.encode(), protocol_id)
    if reading.faults or reading.protocol is None or reading.protocol.id != protocol_id:
        mend = "use small letters, digits, '-' and '.', for instance liver-5fx"
        raise UsageError(f"'{protocol_id}' cannot be the id of a protocol", mend=mend)
    return text
