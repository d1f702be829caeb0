"""The key with which holdings are encrypted, as an operator hands it over. Left out: what is done with it (holdings.py)."""

from __future__ import annotations

from pathlib import Path

from bongsu.core.errors import N_


def parse_key(text: str) -> bytes | None:
    """The key from the setting: 64 hexadecimal digits, or the path of a file that holds them; nothing for no key.

    Raises ValueError; the text is never repeated.
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
