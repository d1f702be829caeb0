"""Text as people paste it: paragraphs and bullets of a word processor stay, letters that nobody sees go.

Removed: control characters, zero-width letters, marks that turn the direction of what follows, and tag letters, which can hide
a text from a reader. Names in Arabic or Hebrew stay as they are; joiners stay where a script or an emoji needs them.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from unicodedata import bidirectional, category, normalize

_LINE_ENDS = re.compile("\r\n?|[\x0b\x85\u2028]")
_PARAGRAPH_ENDS = re.compile("[\x0c\u2029]")
# Bullets of word processors, in the private letters of Symbol and Wingdings too. A tab or blanks may follow.
_BULLETS = re.compile("^([ \t]*)[\uf0b7\uf0a7\uf0d8\uf0fc\u2022\u25aa\u25cf\u25e6][ \t\xa0]*", re.M)
_BLANKS_AT_END = re.compile("[ \t\xa0]+$", re.M)
_JOINERS = "\u200c\u200d"
_UNSEEN = frozenset("\u115f\u1160\u3164\uffa0\u2800\u034f")  # fillers: letters by their class, but empty


class CleanText(NamedTuple):
    """A text, and the letters that were removed from it, as “U+202E”, each once."""

    text: str
    removed: tuple[str, ...]


def count_characters(text: str) -> int:
    """Returns the length that limits count: code points of the composed text (NFC), a line end being one.

    >>> count_characters("e\N{COMBINING ACUTE ACCENT}te\N{COMBINING ACUTE ACCENT}\\r\\n한글")
    6
    """
    return len(normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")))


def clean_text(text: str, one_line: bool = False) -> CleanText:
    """Returns a text without what nobody sees, composed (NFC); with `one_line`, line ends and tabs become blanks."""
    text = _PARAGRAPH_ENDS.sub("\n\n", _LINE_ENDS.sub("\n", text))
    kept: list[str] = []
    removed: dict[str, None] = {}
    for letter in text:
        if _is_seen(letter, kept[-1] if kept else ""):
            kept.append(letter)
        else:
            removed[f"U+{ord(letter):04X}"] = None
    text = normalize("NFC", "".join(kept))
    if one_line:
        text = re.sub(r"\s+", " ", text)
    else:
        text = _BLANKS_AT_END.sub("", _BULLETS.sub(r"\1• ", text))
        text = re.sub("\n{4,}", "\n\n\n", text)
    return CleanText(text.strip(), tuple(removed))


def _is_seen(letter: str, before: str) -> bool:
    if letter in _UNSEEN:
        return False
    if letter in _JOINERS:
        return bool(before) and (bidirectional(before) == "AL" or category(before) in ("Mn", "Mc", "So", "Sk"))
    return letter in "\n\t" or category(letter) not in ("Cc", "Cf", "Cs")
