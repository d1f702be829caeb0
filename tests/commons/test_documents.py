"""Files that strangers wrote: bombs, depth, broken bytes."""

from __future__ import annotations

import pytest

from bongsu.commons.documents import MAX_DEPTH, parse_document
from bongsu.core.errors import BadInput


def test_a_yaml_bomb_is_refused_before_it_grows() -> None:
    levels = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    for here, below in zip("bcdefghijklmno", "abcdefghijklmn", strict=True):
        levels.append(f"{here}: &{here} [" + ", ".join([f"*{below}"] * 9) + "]")
    with pytest.raises(BadInput, match="more than 100 aliases") as refused:
        parse_document("\n".join(levels).encode(), "bomb.yaml")
    assert "bomb.yaml, line" in refused.value.where


def test_depth_is_bounded_in_yaml_and_json() -> None:
    with pytest.raises(BadInput):
        parse_document(b"x: " + b"[" * 5_000, "deep.yaml")
    with pytest.raises(BadInput):
        parse_document(b"[" * 100_000, "deep.json")
    assert parse_document(b"x: " + b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2), "fine.yaml")


def test_yaml_words_stay_strings() -> None:
    # Norwegian is a language and a date is a text; only true and false are truth values.
    assert parse_document(b"languages: [no, ko]\nday: 2026-11-02\nyes: on\nfull: true", "x.yaml") == {
        "languages": ["no", "ko"],
        "day": "2026-11-02",
        "yes": "on",
        "full": True,
    }


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"a: [1\nb: }", "x, line 2, column"), (b"\xff\xfe", "x"), (b'{"a": 1,}', "x, line 1, column 9")],
)
def test_an_error_names_its_place(data: bytes, place: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_document(data, "x")
    assert refused.value.where.startswith(place)
