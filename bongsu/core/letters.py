"""Counts wide (Korean, Chinese, Japanese) letters and removes accents."""

from __future__ import annotations

from unicodedata import combining, east_asian_width, normalize


def count_columns(text: str) -> int:
    """Returns the columns that a text takes in a terminal: two for a wide letter (Unicode Standard Annex 11), else one.

    >>> count_columns("AI 봉수")
    7
    """
    return len(text) + sum(east_asian_width(letter) in "WF" for letter in text)


def text_width(text: str, narrow: float, wide: float) -> float:
    """Returns the width of a text whose wide letters have the width `wide` and the others `narrow`.

    >>> text_width("AI 봉수", narrow=0.5, wide=1)
    3.5
    """
    count = count_columns(text) - len(text)
    return wide * count + narrow * (len(text) - count)


def remove_accents(text: str) -> str:
    """Returns a text without accents, and with compatibility letters (ﬁ, ½, ①, Ａ) as plain ones. Keeps Korean syllables.

    >>> remove_accents("Électricité à Séoul (서울)")
    'Electricite a Seoul (서울)'
    """
    if text.isascii():
        return text
    return normalize("NFC", "".join(letter for letter in normalize("NFKD", text) if not combining(letter)))


def fold_letters(text: str) -> str:
    """Returns a text in lower case without accents, for comparing and sorting.

    >>> fold_letters("Égypte"), fold_letters("Straße")
    ('egypte', 'strasse')
    """
    return remove_accents(text.casefold())
