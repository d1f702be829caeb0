"""Parses the key that encrypts holdings, from the setting BONGSU_HOLDINGS_KEY. holdings.py uses the key."""

from __future__ import annotations

from pathlib import Path

from bongsu.core.errors import N_


def parse_key(text: str) -> bytes | None:
    """Parses the key: 64 hexadecimal digits, or the path of a file that contains them. Returns None for an empty text.

    Raises ValueError without repeating the text.
    """
    if not text:
        return None
    if len(text) != 64 and Path(text).is_file():
        text = Path(text).read_text(encoding="utf-8").strip()
    if len(text) != 64:
        raise ValueError(N_("it must be 64 hexadecimal digits, or the path of a file that contains them"))
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise ValueError(N_("it must be 64 hexadecimal digits, or the path of a file that contains them")) from None
