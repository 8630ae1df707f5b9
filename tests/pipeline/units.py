"""Protocol data units byte by byte, right ones and wrong ones."""

from __future__ import annotations

import struct

VERIFICATION = b"1.2.840.10008.1.1"
PLAN = b"1.2.840.10008.5.1.4.1.1.481.5"
ECHO, STORE = 0x30, 1
DATA, LAST_DATA, LAST_COMMAND = 0, 2, 3


def item(kind, content):
    """Return an item of an association request."""
    return struct.pack(">BBH", kind, 0, len(content)) + content


def context(number=1, abstract=VERIFICATION):
    """Return a presentation context as it is proposed."""
    return item(0x20, bytes((number, 0, 0, 0)) + item(0x30, abstract) + item(0x40, b"1.2.840.10008.1.2"))


USER = item(0x50, item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3"))


def asking(contexts=None, user=USER, called=b"ANY", calling=b"X"):
    """Return an association request."""
    body = struct.pack(">HH16s16s32x", 1, 0, called.ljust(16), calling.ljust(16))
    body += item(0x10, b"1.2.840.10008.3.1.1.1") + (contexts or context()) + user
    return struct.pack(">BBL", 1, 0, len(body)) + body


def element(number, value):
    """Return an element of a command."""
    value += b"\0" * (len(value) % 2)
    return struct.pack("<HHL", 0, number, len(value)) + value


def command(field, sop_class=VERIFICATION, sop_uid=None, *, with_data=False, more=b"", length=None):
    """Return a command."""
    rest = element(2, sop_class) + element(0x100, struct.pack("<H", field)) + element(0x110, b"\1\0")
    rest += element(0x700, b"\0\0") + element(0x800, b"\1\0" if with_data else b"\1\1")
    rest += (b"" if sop_uid is None else element(0x1000, sop_uid)) + more
    return element(0, struct.pack("<L", len(rest) if length is None else length)) + rest


def piece(mark, content, number=1):
    """Return a unit with one piece of a message."""
    return struct.pack(">BBLLBB", 4, 0, len(content) + 6, len(content) + 2, number, mark) + content


def storing(sop_class, sop_uid, content, **words):
    """Return the units of a C-STORE request."""
    asked = command(STORE, sop_class, sop_uid, with_data=True, **words)
    return piece(LAST_COMMAND, asked) + piece(LAST_DATA, content)
