"""``sbrt-qa inspect``: what is in an export, what links to what, and which role each structure fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from sbrt_qa.cli import _options as words
from sbrt_qa.cli._console import say, width
from sbrt_qa.errors import MetricUndefined

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from sbrt_qa.dicom.inventory import Inventory, Listed
    from sbrt_qa.model import Case, Structure
    from sbrt_qa.protocol.definition import Protocol
    from sbrt_qa.protocol.names import Matching, SiteNames


@click.command("inspect", short_help="What is in an export, and what is missing.")
@words.case_path
@words.protocol
@words.names
@words.plan
@click.option("--suggest", is_flag=True, help="Print a names file for this export, ready to be edited, and no more.")
def inspect(path: Path, **asked: Any) -> int:
    """List the objects at PATH with their links, the structures with their volumes, and what is missing.

    Names that do not follow AAPM TG-263 are listed, with what to write instead. With a protocol: which structure
    fills which of its roles.
    """
    words.present(path)
    words.tell_slips(asked["names"], asked["protocol"])

    from sbrt_qa.dicom.inventory import inventory
    from sbrt_qa.dicom.read_case import read_case
    from sbrt_qa.protocol.load import load_protocol
    from sbrt_qa.protocol.names import load_names, match

    protocol = None if asked["protocol"] is None else load_protocol(asked["protocol"])
    site = None if asked["names"] is None else load_names(asked["names"])
    if asked["suggest"]:
        case = read_case(path, plan=asked["plan"])
        return _suggest(case, site, protocol)
    found = inventory(path)
    _print(_objects(found))
    if len(found.cases) > 1:
        _print(_cases(found))
    case = read_case(path, plan=asked["plan"])
    matching = match(case.structures, protocol.roles if protocol else {}, site)
    _print(_structures(case, _fills(matching)))
    _print(_names(case))
    if protocol is not None:
        _print(_missing(matching))
    return 0


def _suggest(case: Case, site: SiteNames | None, protocol: Protocol | None) -> int:
    """Print a names file; what the protocol still lacks is said in it."""
    from sbrt_qa.protocol.names import match
    from sbrt_qa.protocol.suggestion import suggest_names

    roles = protocol.roles if protocol else {}
    doubts = match(case.structures, roles, site).doubts
    say(suggest_names(case.structures, site, {role: ", ".join(roles[role].names) for role in doubts}))
    return 0


def _print(lines: Iterator[str]) -> None:
    say("".join(f"{line.rstrip()}\n" for line in lines))


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"


def _objects(found: Inventory) -> Iterator[str]:
    from sbrt_qa.report.text import clean, fold

    yield "OBJECTS"
    for item in found.objects:
        yield from _object(item)
    for series in found.series:
        yield f"  CT        {_counted(series.slices, 'slice')}"
    for role in ("RTPLAN", "RTDOSE", "RTSTRUCT"):
        if not found.of_role(role):
            yield f"  {role:9} missing"
    if found.ignored:
        yield f"  not used  {_counted(len(found.ignored), 'file')}"
    for ignored in found.ignored[:10]:
        for line in fold(clean(f"{ignored.name}: {ignored.reason}"), width() - 12):
            yield f"{'':12}{line}"
    if len(found.ignored) > 10:
        yield f"{'':12}and {len(found.ignored) - 10} more"


def _cases(found: Inventory) -> Iterator[str]:
    """Say of each of several plans what belongs to it."""
    from sbrt_qa.report.text import clean, fold

    yield ""
    yield "CASES"
    for case in found.cases:
        plan = case.plan.identity
        facts = [
            f"{clean(plan.label)}  {clean(plan.sop_uid)}".strip(),
            f"patient {clean(plan.patient_id) or 'not named'}",
        ]
        if case.doses:
            facts.append(f"RTDOSE {', '.join(clean(dose.name) for dose in case.doses)}")
        if case.structure_set is not None:
            facts.append(f"RTSTRUCT {clean(case.structure_set.name)}")
        facts += [clean(sentence) for _, sentence in case.doubts]
        first, *more = [line for fact in facts for line in fold(fact, width() - 6)]
        yield f"  {first}"
        for line in more:
            yield f"    {line}"


def _object(item: Listed) -> Iterator[str]:
    from sbrt_qa.report.text import clean, fold

    label = f"{clean(item.identity.label)}  " if item.identity.label else ""
    facts = [f"{label}{clean(item.name)}", clean(item.identity.sop_uid)]
    facts += [
        f"refers to {link.role} {'here' if link.resolved else f'{clean(link.sop_uid)}, which is MISSING'}"
        for link in item.links
    ]
    facts += [clean(sentence) for _, sentence in item.notes]
    lines = [line for fact in facts for line in fold(fact, width() - 12)]
    yield f"  {item.role:9} {lines[0]}"
    for line in lines[1:]:
        yield f"{'':12}{line}"


def _fills(matching: Matching) -> Mapping[int, str]:
    """Return by ROI number what the structure is used for, or why not."""
    fills: dict[int, list[str]] = {}
    for role, found in matching.roles.items():
        for structure in found.structures:
            fills.setdefault(structure.number, []).append(role if not found.reason else f"{role}?")
    ignored = {entry.structure.number: f"not used: {entry.rule}" for entry in matching.ignored}
    return {number: ", ".join(roles) for number, roles in fills.items()} | ignored


def _structures(case: Case, fills: Mapping[int, str]) -> Iterator[str]:
    from sbrt_qa.report.text import clean, fold, pad

    last = width() - 45
    yield ""
    yield f"{pad('STRUCTURES', 24)}{pad('TYPE', 10)}{'VOLUME':>8}   USE"
    for structure in case.structures:
        names = fold(clean(structure.name), 21)
        uses = fold(clean(fills.get(structure.number, "")), last)
        row = f"  {pad(names[0], 22)}{pad(clean(structure.kind)[:9], 10)}{_volume(case, structure):>8}"
        yield f"{row}   {uses[0]}"
        for name in names[1:]:
            yield f"  {name}"
        for use in uses[1:]:
            yield f"{'':45}{use}"
    yield ""
    yield "Volumes in cc, half-slice end caps; — where there is none."


def _volume(case: Case, structure: Structure) -> str:
    from sbrt_qa.workflow import dvh

    try:
        return f"{dvh(case, structure).volume_cc:.2f}"
    except MetricUndefined:
        return "—"


def _names(case: Case) -> Iterator[str]:
    """Say which names do not follow TG-263, and which only follow its form."""
    from sbrt_qa.protocol.tg263 import NOT_COMPLIANT, STANDARD, review_names
    from sbrt_qa.report.text import clean, fold

    reviews = review_names(structure.name for structure in case.structures)
    counts = [sum(review.status == status for review in reviews) for status in (STANDARD, NOT_COMPLIANT)]
    formed = len(reviews) - sum(counts)
    yield ""
    yield f"NAMES  by AAPM TG-263: {counts[0]} standard, {formed} of its form only, {counts[1]} not compliant"
    for review in reviews:
        if review.status != NOT_COMPLIANT and not review.near:
            continue
        instead = f"{'write' if review.is_sure else 'perhaps'} {clean(review.near)}" if review.near else ""
        said = "; ".join(filter(None, (*map(clean, review.faults), instead)))
        first, *more = fold(f"{clean(review.name)}: {said}", width() - 4)
        yield f"  {first}"
        for line in more:
            yield f"    {line}"


def _missing(matching: Matching) -> Iterator[str]:
    from sbrt_qa.report.text import clean, fold

    yield ""
    doubts = [found for found in matching.roles.values() if found.reason]
    yield "ROLES" if doubts else f"ROLES  all {len(matching.roles)} are filled"
    for found in doubts:
        first, *more = fold(clean(found.sentence), width() - 4)
        yield f"  {first}"
        for line in more:
            yield f"    {line}"


COMMAND = inspect
