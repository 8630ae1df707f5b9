"""A listener on a folder, and what it holds in the end."""

from __future__ import annotations

import time
from contextlib import contextmanager
from io import BytesIO

import pydicom
from hazard_case import bytes_of
from pynetdicom.dsutils import encode

from sbrt_qa.pipeline.bounded_socket import Limits
from sbrt_qa.pipeline.connection import Access
from sbrt_qa.pipeline.inbox import Inbox, Room
from sbrt_qa.pipeline.listener import Listener

ANYBODY = Access()
QUICK = Limits(arrival_s=0.5, idle_s=0.5)


@contextmanager
def listening(folder, *, access=ANYBODY, limits=QUICK, room=None, **words):
    """Yield the port of a listener; no draft may be left when it ends."""
    inbox = Inbox(folder, room or Room(free_bytes=0))
    with Listener(inbox, "127.0.0.1", 0, access=access, limits=limits, **words) as listener:
        yield listener.port
    assert list((folder / "drafts").iterdir()) == []


def data_set(content):
    """Return the bytes that travel."""
    return encode(pydicom.dcmread(BytesIO(content)), is_implicit_vr=False, is_little_endian=True)


def kept(folder):
    """Return the data sets in the inbox, by SOP Instance UID, from files without anything lost."""
    found = {}
    for file in sorted((folder / "inbox").rglob("*.dcm")):
        content = file.read_bytes()
        start = 144 + int.from_bytes(content[140:144], "little")
        found.setdefault(str(pydicom.dcmread(BytesIO(content)).SOPInstanceUID), []).append(content[start:])
    return found


def changed(content, **values):
    """Return a file with other values, under another description where none is given."""
    other = pydicom.dcmread(BytesIO(content))
    for keyword, value in (values or {"SeriesDescription": "again"}).items():
        setattr(other, keyword, value)
    other.file_meta.MediaStorageSOPInstanceUID = other.SOPInstanceUID
    return bytes_of(other)


def soon(true, seconds=5.0):
    """Wait until something is true."""
    until_s = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until_s
        time.sleep(0.005)
