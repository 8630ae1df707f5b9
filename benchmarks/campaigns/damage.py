"""What can be wrong with a file: elements gone, doubled, moved, given nasty values; bytes flipped, cut, put in."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tree import DEFLATED, EXPLICIT, IMPLICIT, UNDEFINED, Element, Encoding, copy, every, file_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from tree import DataSet

NASTY_NUMBERS = (
    b"", b" ", b"\0\0", b"nan", b"NaN", b"inf", b"-inf", b"Infinity", b"1e400", b"-1e400", b"1e-400", b"1e308",
    b"-1", b"0", b"-0", b"0.0", b"1", b"1.5", b"1_0", b"1,5", b"0x10", b"+", b".", b"e5", b"1e", b"--1",
    b"1\\2", b"1\\2\\3", b"\\", b"1\\", b"\\\\\\", b"1 2", b"2147483647", b"2147483648", b"-2147483649",
    b"4294967296", b"9" * 40, b"9" * 400, b"\xb2", b"\xef\xbc\x91", "٣".encode(), b"1\0", b"\t1", b"1\n",
    b"1.2.3", b"True", b"1d5", b"1e+5", b" 1 ", b"1" * 17,
)  # fmt: skip
NASTY_TEXTS = (
    b"", b" ", b"\0" * 8, b"\\", b"a\\b", b"\x1b$B", b"\x1b", b"\xff\xfe", "Ünïcödé".encode(),
    "肝臓".encode("shift_jis"), b"\xc3\x28", b"../../etc/passwd", b"<script>alert(1)</script>",
    b"=cmd|' /C calc'!A0", b"%s%n{0}", b"x" * 70000, b"PTV", b"Liver", b"SpinalCord", b"liver ", b"PTV\0hidden",
    "Liver\u200b".encode(), "ＰＴＶ".encode(), b"\r\n", b"zPTV",
)  # fmt: skip
NASTY_WORDS = (
    b"", b"GY", b"RELATIVE", b"CGY", b"gy", b"PLAN", b"BEAM", b"FRACTION", b"MULTI_PLAN", b"PHYSICAL",
    b"EFFECTIVE", b"ERROR", b"POINT", b"OPEN_PLANAR", b"CLOSED_PLANAR", b"TARGET", b"ORGAN_AT_RISK", b"SETUP",
    b"TREATMENT", b"REJECTED", b"CUMULATIVE", b"DIFFERENTIAL", b"NATURAL", b"PERCENT", b"CM3", b"EXTERNAL",
    b"PTV", b"\\", b"A\\B", b"\xe9", b"HFP",
)  # fmt: skip
CHARSETS = (
    b"", b"ISO_IR 6", b"ISO_IR 100", b"ISO_IR 101", b"ISO_IR 13", b"ISO_IR 166", b"ISO_IR 192", b"GB18030",
    b"GBK", b"\\ISO 2022 IR 87", b"ISO 2022 IR 6\\ISO 2022 IR 149", b"\\ISO 2022 IR 58", b"utf_8",
    b"ISO_IR 999", b"rot13", b"idna", b"punycode", b"\\\\", b"ISO_IR 192\\ISO 2022 IR 87", b"undefined", b"hex",
    b"\xff",
)  # fmt: skip
NASTY_UIDS = (b"", b"1", b"1..2", b"." * 64, b"1." * 40, b"1.2.3 ", b"not a uid", b"1.2\\1.3", b"\0", b"-1", b"\xff.1")
VRS = (
    "DS",
    "IS",
    "US",
    "SS",
    "UL",
    "SQ",
    "UN",
    "OB",
    "OW",
    "LO",
    "UI",
    "CS",
    "FD",
    "UT",
    "AT",
    "OV",
    "XX",
    "??",
    "\0\0",
)
LENGTHS = (0, 1, 2, 3, 7, 0x7FFF, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, UNDEFINED)
PROGRAMS = (b"MZ", b"\x7fELF", b"#!/bin/sh\n", b"PK\3\4", b"\x1f\x8b\x08")
DEEPEST = 60


def damaged(tree: DataSet, rng: Random) -> tuple[bytes, tuple[str, ...]]:
    """Damage a copy of a data set in one to four places, written in any encoding; with the names of what was done."""
    ds, done = copy(tree), []
    on_tree = rng.choice((0, 1, 1, 1, 2, 3))
    on_bytes = rng.choice((0, 0, 1)) if on_tree else rng.choice((1, 1, 2))
    for damage in rng.choices(ON_TREE, k=on_tree):
        damage(ds, rng)
        done.append(damage.__name__)
    data = file_of(ds, any_encoding(rng))
    for change in rng.choices(ON_BYTES, k=on_bytes):
        data = change(data, rng)
        done.append(change.__name__)
    return data, tuple(done)


def any_encoding(rng: Random) -> Encoding:
    """Choose one of the encodings that are read; a tenth deflated, a fiftieth without file meta information."""
    syntax = rng.choice((EXPLICIT, EXPLICIT, IMPLICIT, IMPLICIT, EXPLICIT, DEFLATED))
    bare = rng.random() < 0.02
    return Encoding(IMPLICIT if bare else syntax, rng.random() < 0.5, bare)


def _any(ds: DataSet, rng: Random) -> tuple[DataSet, int]:
    return rng.choice(every(ds) or [([Element(0x00080005, "CS", b"")], 0)])


def _any_sequence(ds: DataSet, rng: Random) -> list[DataSet]:
    filled = [e.value for held, index in every(ds) if isinstance((e := held[index]).value, list) and e.value]
    return rng.choice(filled) if filled else [[]]  # type: ignore[return-value]


# --- damage to the elements -----------------------------------------------------------------------


def element_gone(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    del held[index]


def element_twice(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    held.insert(rng.choice((index, len(held))), held[index])


def element_moved(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    element = held.pop(index)
    target = _any(ds, rng)[0] if rng.random() < 0.5 else held
    target.insert(rng.randint(0, len(target)), element)


def elements_shuffled(ds: DataSet, rng: Random) -> None:
    rng.shuffle(_any(ds, rng)[0])


def other_value(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    held[index].value = nasty(held[index], rng)


def other_value_at_top(ds: DataSet, rng: Random) -> None:
    if ds:
        element = rng.choice(ds)
        element.value = nasty(element, rng)


def value_in_list(ds: DataSet, rng: Random) -> None:
    """Replace, add or take away one number of a list."""
    lists = [e for held, index in every(ds) if isinstance((e := held[index]).value, bytes) and b"\\" in e.value]
    if lists:
        element = rng.choice(lists)
        parts = element.value.split(b"\\")  # type: ignore[union-attr]
        at = rng.randrange(len(parts))
        parts[at : at + rng.choice((0, 1, 1, 2))] = rng.choices(NASTY_NUMBERS, k=rng.choice((0, 1, 1, 1)))
        element.value = b"\\".join(parts)


def value_from_elsewhere(ds: DataSet, rng: Random) -> None:
    (one, first), (other, second) = _any(ds, rng), _any(ds, rng)
    if one[first] is not other[second]:
        value = other[second].value
        one[first].value = value if isinstance(value, bytes) else [copy(item) for item in value]


def value_cut(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    value = held[index].value
    held[index].value = value[: rng.randint(0, len(value))]


def value_grown(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    value = held[index].value
    if isinstance(value, bytes):
        held[index].value = value + rng.choice((b"\0", b"  ", b"\\1", b"\xff\xff", value, b"1" * 300))


def other_vr(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    held[index].vr = rng.choice(VRS)


def other_tag(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    held[index].tag = rng.choice(
        (held[index].tag ^ 1 << rng.randrange(32), rng.getrandbits(32), _any(ds, rng)[0][0].tag)
    )


def other_length(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    true = len(held[index].value)
    held[index].claimed = rng.choice((*LENGTHS, true + 1, true + 2, max(true - 2, 0), true * 2))


def other_charset(ds: DataSet, rng: Random) -> None:
    ds[:] = [e for e in ds if e.tag != 0x00080005]
    ds.insert(0, Element(0x00080005, "CS", rng.choice(CHARSETS)))
    texts = [e for held, index in every(ds) if (e := held[index]).vr in {"LO", "PN", "SH"}]
    if texts:
        rng.choice(texts).value = rng.choice(NASTY_TEXTS)


def item_gone(ds: DataSet, rng: Random) -> None:
    items = _any_sequence(ds, rng)
    del items[rng.randrange(len(items))]


def item_twice(ds: DataSet, rng: Random) -> None:
    items = _any_sequence(ds, rng)
    items.insert(rng.randint(0, len(items)), copy(rng.choice(items)))


def item_empty(ds: DataSet, rng: Random) -> None:
    rng.choice(_any_sequence(ds, rng)).clear()


def items_shuffled(ds: DataSet, rng: Random) -> None:
    rng.shuffle(_any_sequence(ds, rng))


def nested(ds: DataSet, rng: Random) -> None:
    """Put a sequence into a sequence into a sequence."""
    held, index = _any(ds, rng)
    inner: DataSet = [held[index]]
    for _ in range(rng.choice((1, 2, 5, 30, DEEPEST))):
        inner = [Element(rng.choice((0x300A0010, 0x30060039, 0x00091002, held[index].tag)), "SQ", [inner])]
    held[index] = inner[0]


def private_block(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    block = [Element(0x00091000 + k, rng.choice(("LO", "UN", "OB")), rng.randbytes(rng.randrange(40))) for k in (1, 2)]
    held[index:index] = [Element(0x00090010, "LO", b"SOMEBODY"), *block]


def group_length(ds: DataSet, rng: Random) -> None:
    held, index = _any(ds, rng)
    held.insert(index, Element(held[index].tag & 0xFFFF0000, "UL", rng.randbytes(4)))


def nasty(element: Element, rng: Random) -> bytes:
    """Choose a value that somebody might have written, or nobody should."""
    pool: tuple[bytes, ...] = {
        "DS": NASTY_NUMBERS, "IS": NASTY_NUMBERS, "UI": NASTY_UIDS, "CS": NASTY_WORDS, "SQ": NASTY_TEXTS,
    }.get(element.vr, NASTY_TEXTS)  # fmt: skip
    if element.vr in {"US", "UL", "OW", "AT"}:
        pool = tuple(struct.pack("<H", v) for v in (0, 1, 2, 15, 16, 31, 32, 255, 32767, 65535))
    if element.tag == 0x00080005:
        pool = CHARSETS
    return rng.choice(pool) if rng.random() < 0.9 else rng.randbytes(rng.randrange(64))


ON_TREE: tuple[Callable[[DataSet, Random], None], ...] = (
    element_gone, element_gone, element_twice, element_moved, elements_shuffled, other_value, other_value,
    other_value_at_top, other_value_at_top, value_in_list, value_in_list, value_from_elsewhere, value_cut,
    value_grown, other_vr, other_tag, other_length, other_charset, item_gone, item_twice, item_empty,
    items_shuffled, nested, private_block, group_length,
)  # fmt: skip


# --- damage to the bytes --------------------------------------------------------------------------


def _block(data: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + rng.choice((1, 2, 4, 8, 16, 100, 1000)))


def flipped(data: bytes, rng: Random) -> bytes:
    made = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16)) if data else 0):
        made[rng.randrange(len(made))] ^= 1 << rng.randrange(8)
    return bytes(made)


def other_bytes(data: bytes, rng: Random) -> bytes:
    start, stop = _block(data, rng)
    return data[:start] + rng.choice((rng.randbytes(stop - start), bytes(stop - start))) + data[stop:]


def other_integer(data: bytes, rng: Random) -> bytes:
    start = rng.randrange(len(data) + 1)
    packed = struct.pack("<I", rng.choice(LENGTHS))[: rng.choice((2, 4))]
    return data[:start] + packed + data[start + len(packed) :]


def cut(data: bytes, rng: Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def bytes_gone(data: bytes, rng: Random) -> bytes:
    start, stop = _block(data, rng)
    return data[:start] + data[stop:]


def bytes_put_in(data: bytes, rng: Random) -> bytes:
    start, stop = _block(data, rng)
    return data[:start] + rng.randbytes(stop - start) + data[start:]


def bytes_twice(data: bytes, rng: Random) -> bytes:
    start, stop = _block(data, rng)
    return data[:stop] + data[start:]


def blocks_swapped(data: bytes, rng: Random) -> bytes:
    (a, b), (c, d) = sorted((_block(data, rng), _block(data, rng)))
    return data if b > c else data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def bytes_behind(data: bytes, rng: Random) -> bytes:
    return data + rng.choice((b"\0", b"\n", bytes(512), rng.randbytes(40), data))


def program_before(data: bytes, rng: Random) -> bytes:
    program = rng.choice(PROGRAMS)
    return program + data[len(program) :]


ON_BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (
    flipped, flipped, flipped, other_bytes, other_integer, other_integer, cut, cut, bytes_gone, bytes_put_in,
    bytes_twice, blocks_swapped, bytes_behind, program_before,
)  # fmt: skip
