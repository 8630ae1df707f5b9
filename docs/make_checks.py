"""Write ``docs/checks.md`` and ``docs/reason-codes.md`` from the program: ``python docs/make_checks.py``."""

from __future__ import annotations

from pathlib import Path

from sbrt_qa.checks import Check, checks
from sbrt_qa.reasons import Reason, reasons

PAGE = Path(__file__).with_name("checks.md")
CODES = Path(__file__).with_name("reason-codes.md")
HEAD = """\
# Integrity checks

Before any limit is judged, these checks ask whether the case can be judged at all. Each is one file in
`src/sbrt_qa/checks/`; this page is made from them by `python docs/make_checks.py`.

How far a doubt reaches:

| word | meaning |
| --- | --- |
| note | the check passes; a sentence stands in the record |
| a warning | the check is a VARIATION; the protocol may make it stricter (`strict: true`) |
| the check is undecided | the numbers are shown, but the case cannot pass |
| its findings are undecided | only what is judged on that structure is UNDECIDED |
| every limit is undecided | the numbers are shown, no limit is judged |
| refused | the case is not judged and no dose numbers are given |

Only structures that a constraint uses are doubted; others give notes at most. Nothing here repeats the
patient's name or ID, and of a UID only the last twelve characters are shown.
"""


CODES_HEAD = """\
# Reason codes

Every finding and check of a record says in `reason` why it is not simply judged; a finding may carry several. Codes are
stable: they are added, never renamed. "Refused" and the other words are explained in [checks.md](checks.md).
This page is made by `python docs/make_checks.py`; `sbrt-qa checks show CODE` says the same.

| code | meaning | said by |
| --- | --- | --- |
"""


def codes_page() -> str:
    """Return the page of reason codes as Markdown."""
    return CODES_HEAD + "".join(map(_row, reasons()))


def _row(reason: Reason) -> str:
    where = f"check [`{reason.where}`](checks.md)" if reason.where in checks() else reason.where
    return f"| `{reason.code}` | {reason.sentence} | {where} |\n"


def page() -> str:
    """Return the whole page as Markdown."""
    return "\n".join([HEAD, *map(_section, checks().values())])


def _section(check: Check) -> str:
    limit = f"\nThe protocol may set its limits, in {check.unit}.\n" if check.unit else ""
    codes = "\n".join(f"| `{code}` | {check.meanings[code]} |" for code in check.codes)
    return f"""\
## `{check.id}`: {check.title}

{check.why}
{limit}
**How to mend.** {check.mend}

**Source.** {check.source}

| code | meaning |
| --- | --- |
{codes}
"""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    CODES.write_text(codes_page(), encoding="utf-8")
    print(f"wrote {PAGE.name} and {CODES.name}")
