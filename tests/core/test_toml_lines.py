"""The line of a field in a TOML text: every path that tomllib reads is found, however the text is written."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.toml_lines import find_line, read_lines

TEXT = '''# A comment = "not a field"
format = "x/1"
title = { en = "a, } = [", ko = "b", "f r" = 'c' }

[decide]
who = [
  "panel", # ] not the end
  "chair",
]

[[round]]
key = "first"
text.en = """
[[round]]
key = 1
"""

[[round.extension]]
closes = "2027-01-01 10:00"
[[round.extension]]
closes = 1979-05-27 07:32:00.5

[[round]]
key = "second"
any = [
  { field = "a", value = [1.5, 2] },
  { all = [ { field = "b" } ] },
]
[round.more]
deep = true
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("format", 2),
        ("title", 3),
        ("title.ko", 3),
        ("title.f r", 3),
        ("decide", 5),
        ("decide.who[1]", 8),
        ("round", 11),
        ("round[0]", 11),
        ("round[0].key", 12),
        ("round[0].text.en", 13),
        ("round[0].extension[0].closes", 19),
        ("round[0].extension[1]", 20),
        ("round[1].key", 24),
        ("round[1].any[1].all[0].field", 27),
        ("round[1].any[0].value[1]", 26),
        ("round[1].more.deep", 30),
        ("round[0].closes", 11),  # a field that is missing: its row
        ("round[1].any[0].op", 26),
        ("round[7].key", 11),
        ("other", None),
        ("", None),
    ],
)
def test_the_line_of_a_field(path: str, line: int | None) -> None:
    assert find_line(TEXT, path) == line


def list_paths(value: Any, path: str = "") -> Iterator[str]:
    if path:
        yield path
    if isinstance(value, dict):
        for name, one in value.items():
            yield from list_paths(one, f"{path}.{name}" if path else name)
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from list_paths(one, f"{path}[{number}]")


def test_every_field_of_the_example_is_found() -> None:
    assert set(list_paths(tomllib.loads(TEXT))) == read_lines(TEXT).fields.keys()


_NAMES = st.text(st.characters(exclude_characters=".[]", exclude_categories=["Cs", "Cc"]), min_size=1, max_size=6)
_LEAVES = st.integers() | st.booleans() | st.text(st.characters(exclude_categories=["Cs"])) | st.floats(-9, 9)
_VALUES = st.recursive(
    _LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3), max_leaves=12
)


@given(st.dictionaries(_NAMES, _VALUES, max_size=5))
def test_every_field_of_any_document_is_found(document: dict[str, Any]) -> None:
    text = tomlkit.dumps(document)
    assert set(list_paths(tomllib.loads(text))) == read_lines(text).fields.keys()


@given(st.text(st.sampled_from("a=[]{}.,\"'\n# 1\\"), max_size=60))
def test_no_text_stops_it(text: str) -> None:
    last = text.count("\n") + 1
    assert all(1 <= line <= last for line in read_lines(text).fields.values())


def test_deep_texts_are_read_without_end_of_stack() -> None:
    assert read_lines("a = " + "[" * 100_000).fields["a"] == 1
