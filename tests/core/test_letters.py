"""The width of letters and texts without accents, by hand."""

from __future__ import annotations

import pytest

from bongsu.core.letters import count_columns, fold_letters, remove_accents, text_width


@pytest.mark.parametrize(
    ("text", "columns"),
    [("", 0), ("AI", 2), ("봉수", 4), ("AI 봉수", 7), ("中国", 4), ("Ａ", 2), ("ｱ", 1), ("é", 1), ("·", 1)],
)
def test_the_width_of_a_text_in_columns(text: str, columns: int) -> None:
    assert count_columns(text) == columns


def test_the_width_of_a_text_in_other_units() -> None:
    assert text_width("AI 봉수", narrow=0.5, wide=1) == 3 * 0.5 + 2 * 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Électricité", "Electricite"),
        ("e\u0301te\u0301", "ete"),
        ("서울", "서울"),
        ("ﬁn ½ Ａ", "fin 1⁄2 A"),
        ("Łódź", "Łodz"),  # the stroke of Ł is no accent in Unicode
        ("plain", "plain"),
    ],
)
def test_accents_are_removed(text: str, plain: str) -> None:
    assert remove_accents(text) == plain


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Égypte", "egypte"), ("STRASSE", "strasse"), ("Straße", "strasse"), ("İzmir", "izmir"), ("서울", "서울")],
)
def test_letters_are_folded(text: str, folded: str) -> None:
    assert fold_letters(text) == folded
