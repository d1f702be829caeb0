"""The append-only log of accepted meter reports. A report is on disk when `append` returns; incomplete frames are removed.

points/<organisation>/<day of arrival>.log consists of frames: a header of 56 bytes (mark, length, checksum, time of arrival,
SHA-256 of the message) and the payload, which the log does not interpret. The same message is stored once. One fsync serves
all threads that wait for it. Several processes can write: each takes the lock of the organisation and first reads what the
others have written. energy/intake interprets payloads. Frames are never deleted.
"""

from __future__ import annotations

import os
import re
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from bongsu.core.errors import N_, BadInput, Damaged, TryAgain
from bongsu.store.disk.files import lock_file, sync_to_disk

_FRAME_MARK = b"BPL1"
_FRAME_HEAD = struct.Struct("<4sIIIq32s")  # mark, length of the payload, CRC-32 of the rest, 0, arrival in ns, SHA-256
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_MAX_PAYLOAD = 1 << 30


class Frame(NamedTuple):
    """An accepted message: the SHA-256 of its bytes, its time of arrival (nanoseconds since 1970), and the stored payload."""

    digest: bytes
    received: int
    payload: bytes


@dataclass
class _FolderState:
    """The state of an organisation's folder, as this process has read it."""

    folder: Path
    digests: set[bytes] = field(default_factory=set)
    ends: dict[str, int] = field(default_factory=dict)  # file name -> offset of the end of its last complete frame
    synced: dict[str, int] = field(default_factory=dict)
    writing: threading.Lock = field(default_factory=threading.Lock)
    syncing: threading.Lock = field(default_factory=threading.Lock)


class ReportLog:
    """The log in the folder `root`. Safe to share between threads and processes."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._open: dict[str, _FolderState] = {}
        self._opening = threading.Lock()

    def organisations(self) -> list[str]:
        """Returns the names of the organisations that have sent reports, sorted."""
        return sorted(path.name for path in self.root.iterdir() if path.is_dir()) if self.root.exists() else []

    def append(self, organisation: str, digest: bytes, payload: bytes, *, received: int) -> bool:
        """Stores `payload`. Returns True when it is on disk, and False if the same message is already stored.

        `digest` is the SHA-256 of the message, `received` its time of arrival in nanoseconds since 1970. Raises Damaged,
        and TryAgain if the file cannot be written, for example because the disk is full.
        """
        state = self._state(organisation)
        segment = f"{datetime.fromtimestamp(received / 1e9, UTC):%Y-%m-%d}.log"
        with state.writing, lock_file(state.folder / "lock"):
            self._catch_up(state)
            new = digest not in state.digests
            if new:
                self._write(state, segment, digest, payload, received)
            ends = dict(state.ends)
        self._sync(state, {segment: ends[segment]} if new else ends)
        return new

    def read(self, organisation: str, *, since: str = "") -> Iterator[Frame]:
        """Yields and verifies every frame since the day `since` (2026-04-01), in order of arrival. Raises Damaged."""
        folder = self._folder(organisation)
        for path in sorted(folder.glob("*.log")):
            if path.stem < since:
                continue
            with path.open("rb") as file:
                yield from _read_frames(file, path)

    def _folder(self, organisation: str) -> Path:
        if not _NAME.fullmatch(organisation):
            raise BadInput(N_("“{name}” is not a valid name for an organisation."), name=organisation)
        return self.root / organisation

    def _state(self, organisation: str) -> _FolderState:
        with self._opening:
            if organisation not in self._open:
                folder = self._folder(organisation)
                folder.mkdir(parents=True, exist_ok=True)
                sync_to_disk(self.root)
                sync_to_disk(self.root.parent)
                self._open[organisation] = _FolderState(folder)
            return self._open[organisation]

    def _catch_up(self, state: _FolderState) -> None:
        """Reads the frames that other processes have written since, and removes an incomplete frame left by a kill."""
        for path in sorted(state.folder.glob("*.log")):
            end = state.ends.get(path.name, 0)
            size = path.stat().st_size
            if size == end:
                continue
            with path.open("r+b") as file:
                for digest, reached in _read_heads(file, end, size):
                    state.digests.add(digest)
                    end = reached
                if end < size:
                    if _has_later_frame(file, end, size):
                        raise _damaged(path, end)
                    file.truncate(end)
                    os.fsync(file.fileno())
            state.ends[path.name] = end

    def _write(self, state: _FolderState, segment: str, digest: bytes, payload: bytes, received: int) -> None:
        path = state.folder / segment
        fresh = not path.exists()
        end = state.ends.get(segment, 0)
        rest = struct.pack("<q32s", received, digest)
        head = _FRAME_HEAD.pack(_FRAME_MARK, len(payload), zlib.crc32(payload, zlib.crc32(rest)), 0, received, digest)
        with path.open("ab", buffering=0) as file:
            try:
                written = os.writev(file.fileno(), (head, payload))
                while written < len(head) + len(payload):
                    written += os.write(file.fileno(), (head + payload)[written:])
            except OSError as wrong:
                os.ftruncate(file.fileno(), end)  # the disk is full: remove the frame, which was not acknowledged
                raise TryAgain(N_("The node cannot write now: {reason}."), reason=wrong.strerror) from None
        if fresh:
            sync_to_disk(state.folder)
        state.ends[segment] = end + len(head) + len(payload)
        state.digests.add(digest)

    def _sync(self, state: _FolderState, ends: dict[str, int]) -> None:
        for segment, end in ends.items():
            with state.syncing:
                if state.synced.get(segment, 0) >= end:
                    continue  # another thread's fsync came after our write
                reached = state.ends[segment]
                sync_to_disk(state.folder / segment)
                state.synced[segment] = reached


def _read_heads(file: BinaryIO, at: int, size: int) -> Iterator[tuple[bytes, int]]:
    """Yields the digest and the end offset of each frame from `at` on. Only the last payload is read and verified."""
    while at + _FRAME_HEAD.size <= size:
        file.seek(at)
        mark, length, check, _, received, digest = _FRAME_HEAD.unpack(file.read(_FRAME_HEAD.size))
        end = at + _FRAME_HEAD.size + length
        if mark != _FRAME_MARK or end > size:
            return
        if end + _FRAME_HEAD.size > size and not _is_intact(file.read(length), check, received, digest):
            return
        yield digest, end
        at = end


def _read_frames(file: BinaryIO, path: Path) -> Iterator[Frame]:
    at, size = 0, os.fstat(file.fileno()).st_size
    while at + _FRAME_HEAD.size <= size:
        file.seek(at)
        mark, length, check, _, received, digest = _FRAME_HEAD.unpack(file.read(_FRAME_HEAD.size))
        payload = file.read(length) if mark == _FRAME_MARK and length <= _MAX_PAYLOAD else b""
        if mark != _FRAME_MARK or len(payload) < length or not _is_intact(payload, check, received, digest):
            if _has_later_frame(file, at, size):
                raise _damaged(path, at)
            return  # incomplete, left by a kill; never acknowledged
        yield Frame(digest, received, payload)
        at += _FRAME_HEAD.size + length


def _is_intact(payload: bytes, check: int, received: int, digest: bytes) -> bool:
    return zlib.crc32(payload, zlib.crc32(struct.pack("<q32s", received, digest))) == check


def _has_later_frame(file: BinaryIO, at: int, size: int) -> bool:
    """Returns whether an intact frame follows the broken one at `at`: then the file is damaged, not just cut off."""
    file.seek(at)
    rest = file.read(size - at)
    found = rest.find(_FRAME_MARK, 1)
    while 0 <= found <= len(rest) - _FRAME_HEAD.size:
        _, length, check, _, received, digest = _FRAME_HEAD.unpack_from(rest, found)
        payload = rest[found + _FRAME_HEAD.size : found + _FRAME_HEAD.size + length]
        if len(payload) == length and _is_intact(payload, check, received, digest):
            return True
        found = rest.find(_FRAME_MARK, found + 1)
    return False


def _damaged(path: Path, at: int) -> Damaged:
    return Damaged(
        N_("The log of meter reports is damaged at byte {at}."),
        where=f"{path.parent.name}/{path.name}",
        fix=N_("Restore this file from a copy; the frames before that byte are intact."),
        at=at,
    )
