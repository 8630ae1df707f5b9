"""Intake: the messages of one association; a data set goes to disk as it comes, and never stays in memory."""

from __future__ import annotations

import queue
from contextlib import suppress
from io import BytesIO
from struct import unpack_from
from typing import TYPE_CHECKING, Any

from pynetdicom.dimse import DIMSEServiceProvider
from pynetdicom.dimse_messages import DIMSEMessage
from pynetdicom.dsutils import create_file_meta, encode_file_meta

from sbrt_qa.pipeline.doorbell import NAP_S
from sbrt_qa.pipeline.inbox import NotTaken

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pynetdicom.association import Association
    from pynetdicom.pdu_primitives import P_DATA

    from sbrt_qa.pipeline.inbox import Inbox

_LONGEST_COMMAND = 2**16
_MOST_MESSAGES = 4  # a peer waits for each answer; one that does not is no good peer
_LOOK_BYTES = 2**22
_COMMAND_FIELD = b"\0\0\0\1"
_SERVED = (0x0001, 0x0030)  # C-STORE and C-ECHO


class Draft(BytesIO):
    """A data set that is written to a file, with preamble and file meta information before it; itself it is empty.

    Parameters
    ----------
    inbox : Inbox
        Where; it also says how much it takes.
    head : callable
        Returns what comes before the data set.
    """

    def __init__(self, inbox: Inbox, head: Callable[[], bytes]) -> None:
        super().__init__()
        self.path: Path = inbox.new_draft()
        self._inbox = inbox
        self._head = head
        self._file: Any = None
        self._failure: OSError | None = None
        self._size = 0

    @property
    def is_empty(self) -> bool:
        """Whether nothing was sent."""
        return self._size == 0 and self._file is None

    def write(self, data: Any) -> int:
        """Append to the file; what cannot be written is not kept, and :meth:`finish` says so.

        Raises
        ------
        OSError
            When it is larger than allowed.
        """
        before, self._size = self._size, self._size + len(data)
        if self._size > self._inbox.room.largest_bytes:
            raise OSError("an instance is larger than allowed")
        if self._failure is None:
            try:
                self._append(data, look=before // _LOOK_BYTES != self._size // _LOOK_BYTES)
            except OSError as error:
                self._failure = error
                self.discard()
        return len(data)

    def _append(self, data: Any, *, look: bool) -> None:
        if look and not self._inbox.has_room:
            raise OSError("the disk is nearly full")
        if self._file is None:
            self._file = self.path.open("xb")
            self._file.write(self._head())
        self._file.write(data)

    def finish(self) -> Path:
        """Write the rest and return the path of the file.

        Raises
        ------
        NotTaken
            When nothing was sent.
        OSError
            When it could not be written.
        """
        if self._failure is not None:
            raise self._failure
        if self._file is None:
            raise NotTaken("it has no data set")
        self._file.close()
        return self.path

    def discard(self) -> None:
        """Close the file, and remove it where it still is."""
        if self._file is not None:
            with suppress(OSError):  # the rest that a full disk does not take
                self._file.close()
            self.path.unlink(missing_ok=True)


class Intake(DIMSEServiceProvider):
    """Receives messages for an association, each data set into a draft."""

    def __init__(self, assoc: Association, inbox: Inbox) -> None:
        super().__init__(assoc)
        self._inbox = inbox
        self._drafts: list[Draft] = []
        self._is_refused = False

    def receive_primitive(self, primitive: P_DATA) -> None:
        """Take a piece of a message; what is wrong with it ends the association."""
        if self._is_refused:
            return
        if self.message is None:
            self.message = DIMSEMessage()
            self._drafts.append(self._draft_of(self.message))
            self.message.data_set = self._drafts[-1]
        message, draft = self.message, self._drafts[-1]
        try:
            _ensure_sense(message, primitive)
            super().receive_primitive(primitive)
            waiting = max(len(self._drafts), self.msg_queue.qsize())
            if message.encoded_command_set.tell() > _LONGEST_COMMAND or waiting > _MOST_MESSAGES:
                self._refuse()
            if self.message is not message and draft.is_empty:
                self.forget(draft)
        except Exception:  # noqa: BLE001 - the border: whatever a stranger's bytes do to the library
            self._refuse()

    def _refuse(self) -> None:
        self._is_refused = True
        self.dul.event_queue.put("Evt19")  # as after a protocol data unit that cannot be understood

    def get_msg(self, block: bool = False) -> Any:  # noqa: ARG002, FBT001, FBT002 - the library's signature
        """Return the next message; waits for it a little, or until somebody wakes it."""
        try:
            return self.msg_queue.get(timeout=NAP_S)
        except queue.Empty:
            return None, None

    def wake(self) -> None:
        """Let the association look for what is not a message."""
        self.msg_queue.put((None, None))

    def forget(self, draft: Draft) -> None:
        """Remove a draft that is done with."""
        draft.discard()
        if draft in self._drafts:
            self._drafts.remove(draft)

    def forget_all(self) -> None:
        """Remove whatever is left when the association ends: nobody was told that it is safe."""
        for draft in tuple(self._drafts):
            self.forget(draft)

    def _draft_of(self, message: DIMSEMessage) -> Draft:
        def head() -> bytes:
            command = message.command_set
            syntax = next(cx for cx in self.assoc.accepted_contexts if cx.context_id == message.context_id)
            meta = create_file_meta(
                sop_class_uid=command.AffectedSOPClassUID,
                sop_instance_uid=command.AffectedSOPInstanceUID,
                transfer_syntax=syntax.transfer_syntax[0],
            )
            return b"\0" * 128 + b"DICM" + encode_file_meta(meta)

        return Draft(self._inbox, head)


def _ensure_sense(message: DIMSEMessage, primitive: P_DATA) -> None:
    """Refuse what is no storage or verification, and pieces that do not make a message.

    Raises
    ------
    ValueError
        When pieces are of two contexts, a command follows the command, or it asks for something else.
    """
    context, is_commanded = message.context_id, message.context_id is not None
    command = message.encoded_command_set.getvalue()
    for context_id, data in primitive.presentation_data_value_list:
        is_command, is_last = data[0] & 1, data[0] & 2
        if context not in {None, context_id} or (is_command and is_commanded):
            raise ValueError("the pieces of a message do not belong together")
        context = context_id
        command += data[1:] if is_command else b""
        if is_command and is_last:
            is_commanded = True
            if _field_of(command) not in _SERVED:
                raise ValueError("neither storage nor verification")


def _field_of(command: bytes) -> int | None:
    """Return what a command asks for, before the library makes something of it."""
    at = 0
    while at + 10 <= len(command):
        tag, length, value = unpack_from("<4sLH", command, at)
        if tag == _COMMAND_FIELD:
            return int(value)
        at += 8 + length
    return None
