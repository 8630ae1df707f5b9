"""Who sends to a listener: pynetdicom, and bytes of our own."""

from __future__ import annotations

import socket
import struct
from contextlib import contextmanager
from io import BytesIO

import pydicom
from pynetdicom import AE

SYNTAX = "1.2.840.10008.1.2.1"
VERIFICATION = "1.2.840.10008.1.1"


@contextmanager
def association(port, classes=(VERIFICATION,), *, called="ANY", calling="SENDER", tls=None):
    """Yield an association that asks for some SOP classes; it is released at the end."""
    entity = AE(calling)
    entity.acse_timeout = entity.dimse_timeout = entity.network_timeout = 10
    for sop_class in dict.fromkeys(classes):
        entity.add_requested_context(sop_class, SYNTAX)
    assoc = entity.associate("127.0.0.1", port, ae_title=called, tls_args=tls)
    try:
        yield assoc
    finally:
        if assoc.is_established:
            assoc.release()


def send(port, contents, **words):
    """Send files, given as bytes; returns the status of each."""
    found = [pydicom.dcmread(BytesIO(content)) for content in contents]
    with association(port, [one.SOPClassUID for one in found], **words) as assoc:
        assert assoc.is_established
        return [assoc.send_c_store(one).get("Status") for one in found]


def request(called="ANY", calling="SENDER"):
    """Return the bytes of an association request for verification."""

    def item(kind, content):
        return struct.pack(">BBH", kind, 0, len(content)) + content

    context = b"\x01\0\0\0" + item(0x30, VERIFICATION.encode()) + item(0x40, b"1.2.840.10008.1.2")
    user = item(0x51, struct.pack(">L", 16384)) + item(0x52, b"1.2.3")
    items = item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, context) + item(0x50, user)
    body = struct.pack(">HH16s16s32x", 1, 0, called.encode().ljust(16), calling.encode().ljust(16)) + items
    return struct.pack(">BBL", 1, 0, len(body)) + body


@contextmanager
def connection(port, *, associated=False, **words):
    """Yield a bare connection, as an association where asked for."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as made:
        if associated:
            made.sendall(request(**words))
            assert unit(made)[0] == 2
        yield made


def unit(made):
    """Read one protocol data unit; empty where the other side has gone."""
    try:
        header = made.recv(6, socket.MSG_WAITALL)
        return header + (made.recv(int.from_bytes(header[2:], "big"), socket.MSG_WAITALL) if header else b"")
    except ConnectionError:
        return b""
