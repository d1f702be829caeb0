"""Writes files atomically: after a kill or a power cut, a file has either its old or its new content. Also locks and hashes."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bongsu.core.errors import N_, Busy


def hash_file(path: Path) -> str:
    """Returns the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dump_json(data: object) -> str:
    """Returns canonical JSON text: the same data give the same bytes."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1, allow_nan=False) + "\n"


def write_file(path: Path, data: bytes, *, mode: int = 0o644) -> None:
    """Writes `data` to `path` atomically: to a temporary file, synced to disk, which is then renamed to `path`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with open(temporary, "wb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
    sync_to_disk(path.parent)


@contextmanager
def replace_file(path: Path, data: bytes, *, mode: int = 0o644) -> Iterator[None]:
    """Writes `data` to `path` as `write_file` does. If the block raises, the file becomes again what it was.

    For a file that changes together with the records: the block contains their commit.
    """
    before = path.read_bytes() if path.exists() else None
    write_file(path, data, mode=mode)
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink()
        else:
            write_file(path, before, mode=mode)
        raise


def sync_to_disk(path: Path) -> None:
    """Syncs a file's bytes, or a folder's entries, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def lock_file(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Locks the file `path` against other processes; the system releases the lock if the process dies.

    Raises Busy if `wait` is False and another process has the lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            raise Busy(N_("Another process is writing to this node."), where=path.name, fix=N_("Try again.")) from None
        yield
