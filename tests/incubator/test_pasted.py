"""Pasted text keeps its paragraphs, bullets and names; what nobody sees is removed, and counted as the limit counts."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.incubator.forms.pasted import clean_text, count_characters


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("Aim\r\n\r\nMeans\rEnd", "Aim\n\nMeans\nEnd"),
        ("Line\x0bbreak\x0cPage\u2028line\u2029paragraph", "Line\nbreak\n\nPage\nline\n\nparagraph"),
        ("\uf0b7\tFirst\r\n  \uf0a7  Second\n•Third", "• First\n  • Second\n• Third"),
        ("“Quoted” – it’s 5 ° … ", "“Quoted” – it’s 5 ° …"),
        ("a  \n\n\n\n\n\nb", "a\n\n\nb"),
        ("e\u0301te\u0301", "été"),
        ("\u1112\u1161\u11ab글", "한글"),
        ("محمد عبد الله", "محمد عبد الله"),
        ("דוד בן־גוריון", "דוד בן־גוריון"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian: the joiner is part of the spelling
        ("क्\u200dष", "क्\u200dष"),
        ("👩\u200d🔬 and 👩🏽\u200d🔬", "👩\u200d🔬 and 👩🏽\u200d🔬"),
    ],
)
def test_what_people_write_stays(pasted: str, kept: str) -> None:
    assert clean_text(pasted) == (kept, ())


@pytest.mark.parametrize(
    ("pasted", "kept", "removed"),
    [
        ("a\u200bb\ufeffc\u2060d\u00ade", "abcde", ("U+200B", "U+FEFF", "U+2060", "U+00AD")),
        ("김\u200d하나", "김하나", ("U+200D",)),
        ("\u202egnp.exe\u202c", "gnp.exe", ("U+202E", "U+202C")),
        ("\u2067محمد\u2069", "محمد", ("U+2067", "U+2069")),
        ("Good\U000e0069\U000e0067", "Good", ("U+E0069", "U+E0067")),
        ("\u3164\u3164", "", ("U+3164",)),
        ("a\x00b\x1b[31m\x7f", "ab[31m", ("U+0000", "U+001B", "U+007F")),
        ("\ud800", "", ("U+D800",)),
    ],
)
def test_what_nobody_sees_goes(pasted: str, kept: str, removed: tuple[str, ...]) -> None:
    assert clean_text(pasted) == (kept, removed)


def test_a_short_text_has_one_line() -> None:
    assert clean_text(" Jeju\tLab\r\n of\u00a0speech ", one_line=True).text == "Jeju Lab of speech"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("abc", 3),
        ("a\r\nb", 3),
        ("a\rb", 3),
        ("e\u0301", 1),
        ("한글", 2),
        ("\u1112\u1161\u11ab", 1),
        ("👩\u200d🔬", 3),
    ],
)
def test_characters_are_counted_as_the_limit_counts(text: str, count: int) -> None:
    assert count_characters(text) == count


@given(st.text(), st.booleans())
def test_a_clean_text_is_clean(text: str, one_line: bool) -> None:
    clean = clean_text(text, one_line).text
    assert clean_text(clean, one_line) == (clean, ())
    assert count_characters(clean) == len(clean)
    assert unicodedata.is_normalized("NFC", clean)
    clean.encode()


def test_a_mangled_text_is_cleaned_twice_the_same() -> None:
    for text in ("•\t•\t", "\u200d\u200dا", "e\u200b\u0301", "\u0308\u200c\u3164\u200d", "• \x00• a"):
        clean = clean_text(text).text
        assert clean_text(clean) == (clean, ())
