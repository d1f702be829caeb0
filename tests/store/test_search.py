"""Tests of full text search: Korean inside words, queries without syntax, facets of all matches."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bongsu.core.errors import UnknownName
from bongsu.store.search import Document, SearchIndex, build_search_index, split_tokens

DOCUMENTS = [
    Document("speech", "한국어음성인식 모델", "Korean speech recognition", {"kind": ["model"], "area": ["KOR"]}),
    Document(
        "corpus", "음성 말뭉치", "Paroles coréennes, données ouvertes", {"kind": ["dataset"], "area": ["KOR", "FRA"]}
    ),
    Document("maps", "Maps of forests", "datasets of satellites", {"kind": ["dataset"], "area": []}),
]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> SearchIndex:
    path = Path(tmp_path_factory.mktemp("index")) / "index.sqlite3"
    build_search_index(path, DOCUMENTS)
    return SearchIndex(path)


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("음성", {"speech", "corpus"}),  # also inside a longer word
        ("음성인식", {"speech"}),
        ("한국어 음성", {"speech"}),
        ("성음", set()),  # the same pairs in another order do not match
        ("음", {"speech", "corpus"}),
        ("donnees coreennes", {"corpus"}),  # accents are ignored
        ("dataset", {"maps"}),  # the English plural is ignored
        ("satel", {"maps"}),  # a word that no entry has is a prefix
        ("the maps", {"maps"}),
        ("", {"speech", "corpus", "maps"}),
        ("maps 음성", {"speech", "corpus", "maps"}),  # no entry has both: entries with one of them
    ],
)
def test_queries_find_their_entries(index: SearchIndex, query: str, keys: set[str]) -> None:
    assert set(index.search(query).keys) == keys


def test_without_a_full_match_entries_with_most_words_are_found(index: SearchIndex) -> None:
    # speech has 3 of the 4, corpus one (음성), maps none: those with 3 or 2 are found
    assert index.search("한국어 음성 korean forests").keys == ("speech",)
    # maps and speech have two each, corpus has one fewer; “maps” and “forests” are in a title
    assert index.search("한국어 음성 forests maps").keys == ("maps", "speech", "corpus")
    assert index.search("음성 korean forests", {"kind": ["dataset"]}).keys == ("maps", "corpus")


def test_facets_count_all_matches_and_filters_apply(index: SearchIndex) -> None:
    found = index.search("음성", limit=1)
    assert (found.total, len(found.keys)) == (2, 1)
    assert found.facets == {"kind": {"model": 1, "dataset": 1}, "area": {"KOR": 2, "FRA": 1}}
    narrow = index.search("음성", {"kind": ["dataset"], "area": ["FRA", "DEU"]})
    assert narrow.keys == ("corpus",)
    assert index.search("음성", {"kind": ["car"]}).total == 0
    with pytest.raises(UnknownName):
        index.search("", {"colour": ["red"]})


@given(query=st.text(max_size=250))
def test_a_query_has_no_syntax(index: SearchIndex, query: str) -> None:
    assert index.search(query).total <= len(DOCUMENTS)


@pytest.mark.parametrize("query", ['"', "a AND NOT", "title:x*", "NEAR(a b)", "(((", "음*성^2", "-maps"])
def test_operators_are_searched_as_words(index: SearchIndex, query: str) -> None:
    index.search(query)


def test_texts_are_split_into_tokens() -> None:
    assert split_tokens("한국어 AI-2 Éa") == ["한국", "국어", "어", "ai", "2", "ea"]


def test_bodies_are_read_by_key_and_hidden_entries_are_not_found(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    build_search_index(
        path, [Document("a", "maps", "", {}, body="{}"), Document("b", "maps", "", {}, body="gone", hidden=True)]
    )
    index = SearchIndex(path)
    assert (index.body("a"), index.body("b"), index.body("c")) == ("{}", "gone", None)
    assert index.search("maps").keys == index.search("").keys == tuple(index.keys) == ("a",)
    assert [file.name for file in tmp_path.iterdir()] == ["index.sqlite3"]


def test_an_index_that_cannot_be_built_leaves_the_old_one_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "index.sqlite3"
    build_search_index(path, DOCUMENTS)
    with pytest.raises(sqlite3.IntegrityError):
        build_search_index(path, [*DOCUMENTS, DOCUMENTS[0]])
    assert [file.name for file in tmp_path.iterdir()] == ["index.sqlite3"]
    assert SearchIndex(path).search("").total == len(DOCUMENTS)
