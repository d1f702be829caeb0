"""Files of applications as they lie on disk: sealed for their application and hash if there is a key, else as they are."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from bongsu.incubator.sealing.fields import keys
from bongsu.incubator.sealing.keys import MARK, is_sealed, key_of, open_sealed, seal

_HEAD = len(MARK) + 9  # with the id of the key and a colon


def seal_file(data: bytes, application: UUID, sha256: str) -> bytes:
    """Returns a file as it is written to the disk."""
    return seal(keys(), data, _belongs_to(application, sha256)).encode() if keys() else data


def open_file(data: bytes, application: UUID, sha256: str) -> bytes:
    """Returns the content of a file of the disk. Raises Misconfigured without its key, Damaged for what was altered."""
    if not key_of_file(data) or hashlib.sha256(data).hexdigest() == sha256:
        return data
    return open_sealed(
        keys(), data.decode("ascii", "replace"), _belongs_to(application, sha256), f"applications/{application}"
    )


def key_of_file(data: bytes) -> str:
    """Returns the id of the key with which a file is sealed; "" if it is not. Its first bytes are enough.

    No PDF or image begins so; a text that does is known by its hash.
    """
    head = data[:_HEAD].decode("ascii", "replace")
    return key_of(head) if is_sealed(head) else ""


def _belongs_to(application: UUID, sha256: str) -> bytes:
    return json.dumps(["file", str(application), sha256]).encode()
