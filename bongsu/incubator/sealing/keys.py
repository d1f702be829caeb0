"""Seals bytes with AES-256-GCM: what is altered, or moved to another place, is not opened.

A sealed text is “sealed1:KEY:BASE64”; KEY is the id of the key, BASE64 the nonce (12 bytes), the ciphertext and its tag. What
a content belongs to (table, field, row) is the associated data. The first key seals; every key that is set opens.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from binascii import Error as NotBase64
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from bongsu.core.errors import N_, Damaged, Misconfigured

MARK = "sealed1:"
PLAIN = f"{MARK}plain:"  # before a text that is not sealed, but begins like one that is
WRONG = N_("it must be 64 hexadecimal digits for each key, or the path of a file with a key on each line")
_NONCE = 12


class Key(NamedTuple):
    """A key of 32 bytes, and the id that is written beside what it seals."""

    id: str
    secret: bytes


def parse_keys(text: str) -> tuple[Key, ...]:
    """Parses keys of 64 hexadecimal digits, separated by commas or blanks, or the path of a file with one on each line.

    The first seals. Raises ValueError without repeating the text.
    """
    if text and len(text) < 4096 and Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8")
    keys = [_parse_key(part) for part in text.replace(",", " ").split()]
    if len({key.id for key in keys}) < len(keys):
        raise ValueError(N_("a key is there twice"))
    return tuple(keys)


def _parse_key(text: str) -> Key:
    if len(text) != 64:
        raise ValueError(WRONG)
    try:
        secret = bytes.fromhex(text)
    except ValueError:
        raise ValueError(WRONG) from None
    return Key(hashlib.sha256(b"bongsu records key " + secret).hexdigest()[:8], secret)


def seal(keys: Sequence[Key], content: bytes, belongs_to: bytes) -> str:
    """Seals a content with the first key."""
    nonce = secrets.token_bytes(_NONCE)
    sealed = nonce + AESGCM(keys[0].secret).encrypt(nonce, content, belongs_to)
    return f"{MARK}{keys[0].id}:{base64.b64encode(sealed).decode()}"


def open_sealed(keys: Sequence[Key], text: str, belongs_to: bytes, where: str) -> bytes:
    """Opens what `seal` returned.

    Raises Misconfigured with the id of a key that is not set, Damaged for what was altered or moved.
    """
    id_, _, body = text.removeprefix(MARK).partition(":")
    key = next((key for key in keys if key.id == id_), None)
    if key is None:
        raise Misconfigured(
            N_("A record is encrypted with the key {key}, which is not set."),
            where=where,
            fix=N_("Add this key to BONGSU_RECORDS_KEY."),
            key=id_[:8],
        )
    try:
        sealed = base64.b64decode(body, validate=True)
        return AESGCM(key.secret).decrypt(sealed[:_NONCE], sealed[_NONCE:], belongs_to)
    except (InvalidTag, NotBase64, ValueError):
        raise Damaged(N_("An encrypted record was altered or moved."), where=where) from None


def is_sealed(text: str) -> bool:
    """Whether a stored text is sealed."""
    return text.startswith(MARK) and not text.startswith(PLAIN)


def key_of(text: str) -> str:
    """Returns the id of the key with which a text is sealed; "" if it is not."""
    return text.removeprefix(MARK).partition(":")[0] if is_sealed(text) else ""
