"""Benchmarks faceted search over 100,000 entries: the 95th percentile against the target of 50 ms and against plain SQL.

The SQL reads the same first page and counts from the same index (SQLite FTS5, json_each).
"""

from __future__ import annotations

import itertools
import random
import sqlite3
import tempfile
import time
from pathlib import Path

from bongsu.store.search import Document, SearchIndex, build_search_index, parse_terms

BAR = 0.050  # seconds
WORDS = (
    "speech",
    "model",
    "open",
    "data",
    "korean",
    "text",
    "corpus",
    "translation",
    "health",
    "climate",
    "vision",
    "benchmark",
    "licence",
    "training",
    "swahili",
    "hindi",
    "weather",
    "maps",
    "education",
    "legal",
    "satellite",
    "crop",
    "disease",
    "news",
    "parliament",
    "audio",
    "french",
    "medical",
    "genome",
    "ocean",
    "energy",
)
KOREAN = (
    "한국어",
    "음성",
    "인식",
    "말뭉치",
    "공공",
    "데이터",
    "모델",
    "학습",
    "개방",
    "의료",
    "기후",
    "번역",
    "교육",
    "법률",
    "위성",
    "농업",
    "질병",
    "뉴스",
    "국회",
    "에너지",
)
QUERIES = (
    "korean speech model open data",
    "한국어 음성 데이터",
    "음성인식",
    "swahili health",
    "satellite crop disease benchmark",
    "translation",
    "model",
    "open data",
    "공공 데이터",
    "french parliament",
    "item 4711",
    "",
)


def _documents(count: int) -> list[Document]:
    chance = random.Random(8)
    # Zipf's law over 20,000 words; the words of the queries are the most frequent, as in a catalogue of AI.
    vocabulary = [*WORDS, *(f"w{number}" for number in range(20_000))]
    weights = list(itertools.accumulate(1 / (rank + 5) for rank in range(len(vocabulary))))
    made = []
    for number in range(count):
        words = chance.choices(vocabulary, cum_weights=weights, k=60)
        korean = chance.choices(KOREAN, k=10)
        title = (
            f"Item {number} "
            + " ".join(chance.choices(vocabulary, cum_weights=weights, k=5))
            + " "
            + "".join(chance.choices(KOREAN, k=2))
        )
        facets = {
            "kind": [chance.choice(("model", "dataset", "software"))],
            "openness": [chance.choice(("open", "closed", "unknown"))],
            "country": chance.sample(("KOR", "FRA", "IND", "KEN", "USA", "NGA"), 2),
            "language": chance.sample(("ko", "fr", "hi", "sw", "en", "yo", "am"), 2),
            "year": [str(chance.randint(2015, 2026))],
        }
        made.append(Document(f"item-{number}", title, " ".join(words + korean), facets))
    return made


def _search_by_sql(base: sqlite3.Connection, query: str) -> None:
    """Reads the first page and the counts of every facet with SQL alone."""
    wanted = " AND ".join(parse_terms(query))
    if not base.execute("SELECT 1 FROM words WHERE words MATCH ? LIMIT 1", (wanted,)).fetchone():
        wanted = wanted.replace(" AND ", " OR ")
    base.execute(
        "SELECT rowid FROM words WHERE words MATCH ? ORDER BY bm25(words, 8.0, 1.0) LIMIT 20", (wanted,)
    ).fetchall()
    base.execute(
        "SELECT f.key, v.value, count(*) FROM words JOIN entries ON entries.row = words.rowid, json_each(entries.facets) f,"
        " json_each(f.value) v WHERE words MATCH ? GROUP BY 1, 2",
        (wanted,),
    ).fetchall()


def main() -> None:
    """Prints one line with the ratio to the target (above 1 is faster than the target)."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "index.sqlite3"
        started = time.perf_counter()
        build_search_index(path, _documents(100_000))
        built = time.perf_counter() - started
        index = SearchIndex(path)
        taken: list[float] = []
        for query in QUERIES * 10:
            started = time.perf_counter()
            index.search(query, {"kind": ["model", "dataset"]} if len(taken) % 3 == 0 else None)
            taken.append(time.perf_counter() - started)
        base = sqlite3.connect(path)
        ours, plain = [], []
        for query in (query for query in QUERIES if query):
            started = time.perf_counter()
            index.search(query)
            ours.append(time.perf_counter() - started)
            started = time.perf_counter()
            _search_by_sql(base, query)
            plain.append(time.perf_counter() - started)
        base.close()
        print(
            f"commons_search: {len(ours)} queries in {sum(ours) * 1000:.0f} ms, by SQL alone {sum(plain) * 1000:.0f} ms:"
            f" ratio {sum(plain) / sum(ours):.1f}"
        )
        taken.sort()
        p95 = taken[int(0.95 * len(taken))]
        print(
            f"commons_search: p95 {p95 * 1000:.1f} ms, median {taken[len(taken) // 2] * 1000:.1f} ms over 100,000 entries "
            f"(bar 50 ms), built in {built:.0f} s: ratio {BAR / p95:.2f}"
        )


if __name__ == "__main__":
    main()
