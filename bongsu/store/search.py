"""Full text search over the entries of a release, with facets, by SQLite FTS5. Supports Korean.

Korean, Chinese and Japanese words are indexed by pairs of characters and searched as a sequence of pairs, so that “음성” is
found inside “한국어음성인식” without a dictionary. Accents are removed from other words, which are reduced to an English stem;
a word that no entry has is searched as a prefix. Facets are counted in memory, over all matches. The index also stores the
body of each entry, so that a page reads only the entries that it shows. It is made from a release and can be deleted.
Semantic search and spelling correction are not supported.
"""

from __future__ import annotations

import json
import re
import sqlite3
import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from bongsu.core.errors import N_, unknown_name
from bongsu.core.letters import fold_letters

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

FORMAT = 2
MAX_RANKED = 2_000  # up to this number of matches all are ranked; beyond it, matches in the title come first
_WIDE = r"\u1100-\u11ff\u3040-\u30ff\u3130-\u318f\u3400-\u9fff\uac00-\ud7af"
_TOKEN = re.compile(rf"[{_WIDE}]+|[^\W{_WIDE}_]+")
_IS_WIDE = re.compile(rf"[{_WIDE}]")
_MAX_QUERY_LENGTH = 200  # characters
# Words that are left out of a query, because nearly every text has them.
_STOP_WORDS = frozenset(
    ("a", "an", "and", "de", "des", "du", "et", "for", "la", "le", "les", "of", "on", "or", "the", "to", "un", "une")
)


@dataclass(frozen=True, slots=True)
class Document:
    """An entry to index: its key, titles, all other text, and facets (name -> values).

    `body` is stored unchanged and can be read by the key. A `hidden` document is found by its key only.
    """

    key: str
    title: str
    text: str
    facets: Mapping[str, Sequence[str]]
    body: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The result of a search: the number of matches, the keys of one page in order, and the matches by facet value."""

    total: int
    keys: tuple[str, ...]
    facets: Mapping[str, Mapping[str, int]]


def split_tokens(text: str) -> list[str]:
    """Returns the tokens of a text: folded words, and the pairs of characters of Korean, Chinese and Japanese words."""
    found: list[str] = []
    for match in _TOKEN.finditer(fold_letters(text)):
        word = match[0]
        if _IS_WIDE.match(word):
            found += [word[i : i + 2] for i in range(len(word) - 1)] or [word]
            if len(word) > 1:
                found.append(word[-1])
        else:
            found.append(word)
    return found


def build_search_index(path: Path, documents: Iterable[Document]) -> None:
    """Writes the index of `documents` to `path` atomically: readers see either the old or the new index."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # two processes may build the same index at the same time
    temporary = path.with_name(f".{path.name}.{token_hex(4)}")
    base = sqlite3.connect(temporary, isolation_level=None)
    try:
        base.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN;"
            "CREATE TABLE entries (row INTEGER PRIMARY KEY, key TEXT NOT NULL, facets TEXT NOT NULL);"
            "CREATE TABLE bodies (key TEXT PRIMARY KEY, body TEXT NOT NULL) WITHOUT ROWID;"
            "CREATE VIRTUAL TABLE words USING fts5(title, text, content='', columnsize=1, detail=full,"
            " tokenize=\"porter unicode61 remove_diacritics 0 categories 'L* N* Co M*'\", prefix='3');"
        )
        row = 0
        for document in documents:
            base.execute("INSERT INTO bodies VALUES (?, ?)", (document.key, document.body))
            if document.hidden:
                continue
            row += 1
            facets = json.dumps({name: list(values) for name, values in document.facets.items()}, ensure_ascii=False)
            base.execute("INSERT INTO entries VALUES (?, ?, ?)", (row, document.key, facets))
            words = (row, " ".join(split_tokens(document.title)), " ".join(split_tokens(document.text)))
            base.execute("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)", words)
        base.execute("INSERT INTO words (words) VALUES ('optimize')")
        base.execute(f"PRAGMA user_version={FORMAT}")
        base.execute("COMMIT")
        base.close()
        temporary.replace(path)
    finally:
        base.close()
        temporary.unlink(missing_ok=True)


class SearchIndex:
    """An index, open for reading. Threads can share it; each has its own connection."""

    def __init__(self, path: Path) -> None:
        """Opens the index at `path`. Raises FileNotFoundError if there is none, or its format is not supported."""
        if not path.exists():
            raise FileNotFoundError(path)
        self._address = f"file:{path}?mode=ro&immutable=1"
        self._local = threading.local()
        if self._base.execute("PRAGMA user_version").fetchone()[0] != FORMAT:
            raise FileNotFoundError(path)
        self._keys: list[str] = []
        self._columns, self._values = self._load()

    @property
    def _base(self) -> sqlite3.Connection:
        base: sqlite3.Connection | None = getattr(self._local, "base", None)
        if base is None:
            base = self._local.base = sqlite3.connect(self._address, uri=True)
        return base

    def _load(self) -> tuple[dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]], dict[str, list[str]]]:
        """Returns, for each facet: the row and the value number of each value; and the list of values by number."""
        import numpy as np

        rows: dict[str, list[int]] = {}
        numbers: dict[str, list[int]] = {}
        values: dict[str, dict[str, int]] = {}
        for row, key, facets in self._base.execute("SELECT row, key, facets FROM entries ORDER BY row"):
            self._keys.append(key)
            for name, given in json.loads(facets).items():
                known = values.setdefault(name, {})
                for value in given:
                    rows.setdefault(name, []).append(row)
                    numbers.setdefault(name, []).append(known.setdefault(value, len(known)))
        columns = {name: (np.array(rows[name]), np.array(numbers[name])) for name in rows}
        return columns, {name: list(known) for name, known in values.items()}

    def search(
        self, query: str, filters: Mapping[str, Sequence[str]] | None = None, *, limit: int = 20, offset: int = 0
    ) -> SearchResult:
        """Returns the entries that have every word of `query` (all entries if it is empty) and one value of each filter.

        If no entry has every word, returns those with the most of the words and those with one fewer. Raises UnknownName
        for an unknown facet.
        """
        import numpy as np

        words = self._make_terms(query)
        wanted = " AND ".join(words)
        kept = np.ones(len(self._keys) + 1, dtype=bool)
        kept[0] = False
        for facet, chosen in (filters or {}).items():
            kept &= self._match_facet(facet, chosen)
        if not wanted:
            rows = np.flatnonzero(kept)
            return SearchResult(len(rows), self._slice_keys(rows, limit, offset), self._count_facets(kept))
        rows = self._match_words(wanted)
        rows = rows[kept[rows]]
        had = None
        if not len(rows) and len(words) > 1:
            wanted = " OR ".join(words)
            had = np.zeros(len(kept), dtype=np.int64)
            for word in words:
                had[self._match_words(word)] += 1
            had[~kept] = 0
            rows = np.flatnonzero(had >= max(1, had.max() - 1))
        matched = np.zeros_like(kept)
        matched[rows] = True
        ordered = self._rank_rows(wanted, rows, matched, limit + offset)
        if had is not None:
            ordered = ordered[np.argsort(-had[ordered], kind="stable")]
        return SearchResult(len(rows), self._slice_keys(ordered, limit, offset), self._count_facets(matched))

    def body(self, key: str) -> str | None:
        """Returns the body stored with a key; None for an unknown key."""
        found = self._base.execute("SELECT body FROM bodies WHERE key = ?", (key,)).fetchone()
        return found[0] if found else None

    def has(self, facet: str) -> bool:
        """Returns whether any entry has a value of this facet."""
        return facet in self._columns

    @property
    def keys(self) -> Sequence[str]:
        """The keys of all entries, in the order in which they were indexed."""
        return self._keys

    def _slice_keys(self, rows: NDArray[np.int64], limit: int, offset: int) -> tuple[str, ...]:
        return tuple(self._keys[int(row) - 1] for row in rows[offset : offset + limit])

    def _make_terms(self, query: str) -> list[str]:
        """Returns the words of a query as quoted FTS5 terms; a word that is not in the index becomes a prefix search (`*`)."""
        known = "SELECT 1 FROM words WHERE words MATCH ? LIMIT 1"
        terms = parse_terms(query)
        return [term if self._base.execute(known, (term,)).fetchone() else f"{term}*" for term in terms]

    def _match_words(self, wanted: str) -> NDArray[np.int64]:
        """Returns all rows that match, in row order. One text with all row ids is the fastest way to read them from SQLite."""
        import numpy as np

        query = "SELECT group_concat(rowid) FROM words WHERE words MATCH ?"
        (text,) = self._base.execute(query, (wanted,)).fetchone()
        return np.fromstring(text, dtype=np.int64, sep=",") if text else np.empty(0, dtype=np.int64)

    def _rank_rows(
        self, wanted: str, rows: NDArray[np.int64], matched: NDArray[np.bool_], needed: int
    ) -> NDArray[np.int64]:
        import numpy as np

        if len(rows) <= MAX_RANKED:
            query = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, 8.0, 1.0), rowid"
            ranked = np.array([row for (row,) in self._base.execute(query, (wanted,))], dtype=np.int64)
            return ranked[matched[ranked]]
        query = "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?"
        titled = self._base.execute(query, (f"title : ({wanted})", max(MAX_RANKED, needed)))
        first = np.array([row for (row,) in titled], dtype=np.int64)
        first = first[matched[first]]
        if len(first) >= needed:
            return first
        rest = matched.copy()
        rest[first] = False
        return np.concatenate([first, np.flatnonzero(rest)])

    def _match_facet(self, facet: str, chosen: Sequence[str]) -> NDArray[np.bool_]:
        import numpy as np

        if facet not in self._columns:
            raise unknown_name(N_("facet"), facet, self._columns)
        rows, numbers = self._columns[facet]
        wanted = [number for number, value in enumerate(self._values[facet]) if value in set(chosen)]
        kept = np.zeros(len(self._keys) + 1, dtype=bool)
        kept[rows[np.isin(numbers, wanted)]] = True
        return kept

    def _count_facets(self, matched: NDArray[np.bool_]) -> dict[str, dict[str, int]]:
        import numpy as np

        counted = {}
        for facet, (rows, numbers) in self._columns.items():
            counts = np.bincount(numbers[matched[rows]], minlength=len(self._values[facet]))
            order = np.argsort(-counts, kind="stable")
            counted[facet] = {self._values[facet][int(n)]: int(counts[n]) for n in order if counts[n]}
        return counted


def parse_terms(query: str) -> list[str]:
    """Returns each word of a query as a quoted FTS5 term; for Korean, Chinese and Japanese, the pairs of its characters."""
    words = [match[0] for match in _TOKEN.finditer(fold_letters(query[:_MAX_QUERY_LENGTH]))]
    kept_words = dict.fromkeys([word for word in words if word not in _STOP_WORDS] or words)
    pairs = {word: [word[i : i + 2] for i in range(len(word) - 1)] for word in kept_words if _IS_WIDE.match(word)}
    return ['"' + " ".join(pairs.get(word) or [word]) + '"' for word in kept_words]
