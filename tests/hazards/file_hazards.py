"""Hostile or broken files, and Y: what can be wrong with a protocol file."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from hazard_case import Pile, base
from hazard_kinds import Behaviour, hazard
from pydicom.uid import ExplicitVRBigEndian, JPEG2000Lossless, RLELossless

if TYPE_CHECKING:
    from numpy.random import Generator

REFUSE, INVALID = Behaviour.REFUSE, Behaviour.INVALID
FILES = ("plan", "dose", "structures")


def any_file(rng: Generator) -> str:
    return str(rng.choice(FILES))


@hazard("hostile", REFUSE, "file-trailing-bytes", "file-truncated")
def bytes_behind_the_data_set(pile: Pile, rng: Generator) -> None:
    tail = rng.bytes(int(rng.integers(1, 200)))
    pile.on_bytes[any_file(rng)] = lambda data: data + tail


@hazard("hostile", REFUSE, "file-too-deep", "file-truncated")
def nested_without_end(pile: Pile, rng: Generator) -> None:
    item, end = b"\xfe\xff\x00\xe0" + b"\xff" * 4, b"\xfe\xff\x0d\xe0" + bytes(4) + b"\xfe\xff\xdd\xe0" + bytes(4)
    opened = b"\x0e\x30\x10\x00SQ\0\0" + b"\xff" * 4 + item
    depth = int(rng.integers(33, 300))
    pile.on_bytes[any_file(rng)] = lambda data: data + opened * depth + end * depth


def deflated(pile: Pile, name: str, tail: bytes = b"") -> None:
    def packed(data: bytes) -> bytes:
        start = 132 + 12 + struct.unpack("<I", data[140:144])[0]
        meta = data[:start].replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.1.99")
        grown = len(meta) - start
        meta = meta[:140] + struct.pack("<I", start - 144 + grown) + meta[144:]
        length = meta.index(b"1.2.840.10008.1.2.1.99") - 2
        meta = meta[:length] + struct.pack("<H", 22) + meta[length + 2 :]
        squeeze = zlib.compressobj(9, zlib.DEFLATED, -15)
        body = squeeze.compress(data[start:] + tail) + squeeze.flush()
        return meta + body

    pile.on_bytes[name] = packed


@hazard("hostile", REFUSE, "file-too-large")
def inflates_without_end(pile: Pile, rng: Generator) -> None:
    size = 17 * 2**20 + int(rng.integers(2**20))
    deflated(pile, any_file(rng), bytes(size))


@hazard("hostile", REFUSE, "file-truncated")
def deflated_and_cut(pile: Pile, rng: Generator) -> None:
    name = any_file(rng)
    deflated(pile, name)
    pack, share = pile.on_bytes[name], rng.uniform(0.3, 0.95)
    pile.on_bytes[name] = lambda data: (made := pack(data))[: 400 + int(share * (len(made) - 402))]


@hazard("hostile", REFUSE, "dose-too-large", "dose-frame-count")
def voxels_claimed_without_end(pile: Pile, rng: Generator) -> None:
    pile.dose.Rows = pile.dose.Columns = 65535
    pile.dose.NumberOfFrames = int(rng.integers(1000, 2**31 - 1))


@hazard("hostile", REFUSE, "preamble-not-empty")
def a_program_in_the_preamble(pile: Pile, rng: Generator) -> None:
    program = [b"MZ", b"\x7fELF", b"#!/bin/sh\n"][rng.integers(3)]
    pile.on_bytes[any_file(rng)] = lambda data: program + data[len(program) :]


@hazard("hostile", REFUSE, "transfer-syntax")
def syntax_that_is_not_read(pile: Pile, rng: Generator) -> None:
    wanted = str([JPEG2000Lossless, RLELossless, ExplicitVRBigEndian, "1.2.3.4"][rng.integers(4)])
    meta = pile.dose.file_meta
    pile.on_bytes["dose"] = lambda data: data.replace(
        str(meta.TransferSyntaxUID).encode() + b"\0", wanted.encode()[:20].ljust(20, b"\0"), 1
    )


def zipped(pile: Pile, member: zipfile.ZipInfo | None = None, content: bytes = b"") -> None:
    """Pack the good case into an archive, with a member that does not belong there."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in base().items():
            archive.writestr(f"{name}.dcm", data)
        if member is not None:
            archive.writestr(member, content, compress_type=zipfile.ZIP_DEFLATED)
    pile.archive = file.getvalue()


@hazard("hostile", REFUSE, "archive-unsafe")
def archive_that_points_outside(pile: Pile, rng: Generator) -> None:
    names = ["../evil.dcm", "/etc/evil.dcm", "a/../../evil.dcm", "..\\evil.dcm", "C:\\evil.dcm"]
    zipped(pile, zipfile.ZipInfo(names[rng.integers(5)]), b"x")


@hazard("hostile", REFUSE, "archive-unsafe")
def archive_with_a_link(pile: Pile, rng: Generator) -> None:
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    zipped(pile, link, b"/etc/passwd")


@hazard("hostile", REFUSE, "file-too-large")
def archive_that_inflates_without_end(pile: Pile, rng: Generator) -> None:
    zipped(pile, zipfile.ZipInfo("zeros.dcm"), bytes(17 * 2**20 + int(rng.integers(2**20))))


@hazard("hostile", REFUSE, "archive-unreadable", "file-truncated", "case-empty")
def archive_cut_off(pile: Pile, rng: Generator) -> None:
    zipped(pile)
    pile.archive = pile.archive[: int(len(pile.archive) * rng.uniform(0.2, 0.98))]


# --- Y ---------------------------------------------------------------------------------------------


def replace(pile: Pile, old: str, new: str) -> None:
    assert old in pile.protocol
    pile.protocol = pile.protocol.replace(old, new, 1)


@hazard("Y01", INVALID, "yaml-duplicate-key")
def key_twice(pile: Pile, rng: Generator) -> None:
    old, new = [
        ("id: hazards\n", "id: hazards\nid: hazards2\n"),
        ("  fractions: [3, 5]\n", "  fractions: [3, 5]\n  fractions: [5]\n"),
        ("  liver:  {names: [Liver]}\n", "  liver:  {names: [Liver]}\n  liver:  {names: [Leber]}\n"),
        ("id: CTV-COVERAGE, structure: ctv,", "id: CTV-COVERAGE, structure: ctv, structure: ptv,"),
    ][rng.integers(4)]
    replace(pile, old, new)


@hazard("Y01", INVALID, "constraint-twice", "yaml-duplicate-key")
def constraint_twice(pile: Pile, rng: Generator) -> None:
    replace(pile, "id: KIDNEY-R", "id: KIDNEY-L")


@hazard("Y02", INVALID, "yaml-unknown-key")
def key_misspelt(pile: Pile, rng: Generator) -> None:
    old, new = [
        ("status:", "state:"), ('acceptable: "<= 100 cc"', 'aceptable: "<= 100 cc"'), ("required:", "require:"),
        ("  fractions:", "  fraction:"), ("checks:\n", "check:\n"),
    ][rng.integers(5)]  # fmt: skip
    replace(pile, old, new)


@hazard("Y03", INVALID, "limit-unit", "limit-number", "limit-not-finite")
def limit_without_its_unit(pile: Pile, rng: Generator) -> None:
    old, new = [
        ('">= 50 Gy"', '">= 50"'), ('">= 95 %"', '">= 95 Gy"'), ('"<= 30 Gy"', '"<= nan Gy"'),
        ('"<= 8 cc"', '"<= inf cc"'),        ('">= 60 cc"', '">= 1e999 cc"'), ('"<= 25.3 Gy"', '"<= 25,3 Gy"'),
    ][rng.integers(6)]  # fmt: skip
    replace(pile, old, new)


@hazard("Y04", INVALID, "acceptable-stricter")
def acceptable_on_the_wrong_side(pile: Pile, rng: Generator) -> None:
    replace(pile, 'acceptable: "<= 100 cc"', f'acceptable: "<= {rng.uniform(0.1, 7.9):.2f} cc"')


@hazard("Y07", INVALID, "no-constraints")
def no_constraints(pile: Pile, rng: Generator) -> None:
    start, end = pile.protocol.index("constraints:"), pile.protocol.index("checks:")
    pile.protocol = pile.protocol[:start] + ("constraints: []\n" if rng.integers(2) else "") + pile.protocol[end:]


@hazard("Y07", Behaviour.CHECK, "nothing-judged")
def nothing_but_reports(pile: Pile, rng: Generator) -> None:
    start, end = pile.protocol.index("constraints:"), pile.protocol.index("checks:")
    rows = 'constraints:\n  - {id: A, structure: liver, metric: "Mean[Gy]", report: true}\n'
    pile.protocol = pile.protocol[:start] + rows + pile.protocol[end:]


@hazard("Y08", INVALID, "yaml-forbidden")
def aliases_tags_or_too_much(pile: Pile, rng: Generator) -> None:
    how = rng.integers(4)
    if how == 0:
        pile.protocol = "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n" + pile.protocol
    elif how == 1:
        replace(pile, "title: A", "title: !!python/object/apply:os.system A")
    elif how == 2:
        pile.protocol += "#" * (256 * 1024)
    else:
        replace(pile, "id: hazards", "id: &anchor hazards")
