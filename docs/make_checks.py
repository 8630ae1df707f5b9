"""Write ``docs/checks.md`` from the shelf of checks: ``python docs/make_checks.py``."""

from __future__ import annotations

from pathlib import Path

from sbrt_qa.checks import Check, checks

PAGE = Path(__file__).with_name("checks.md")
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
    print(f"wrote {PAGE.name}")
