"""An index of the questions and plans in the journal, so that a few of them are read without reading the journal.

It is a SQLite database made from the journal; if it is deleted, or does not fit the journal, it is made again. The lines that
were appended since are added before each reading, and their hash chain is verified then. A line read by the index must have the
hash that the index has.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from bongsu.core.errors import Damaged
from bongsu.core.log_line import Line
from bongsu.store.logs.journal import START, Journal, Position

_VERSION = 2  # of the tables: an index of another version is made again
_NAMES = ("questions", "plans", "reached")
_TABLES = (
    """CREATE TABLE IF NOT EXISTS questions (
        asked INTEGER PRIMARY KEY, start INTEGER NOT NULL, hash TEXT NOT NULL, holding TEXT NOT NULL, day TEXT NOT NULL,
        id TEXT NOT NULL, outcome TEXT NOT NULL, finished INTEGER, outcome_start INTEGER, outcome_hash TEXT
    ) STRICT""",
    "CREATE INDEX IF NOT EXISTS questions_of_holding ON questions (holding)",
    "CREATE INDEX IF NOT EXISTS open_questions ON questions (id) WHERE outcome = 'unfinished'",
    "CREATE TABLE IF NOT EXISTS plans (holding TEXT PRIMARY KEY, number INTEGER NOT NULL, seal TEXT NOT NULL) STRICT",
    """CREATE TABLE IF NOT EXISTS reached (
        number INTEGER NOT NULL, hash TEXT NOT NULL, start INTEGER NOT NULL, end INTEGER NOT NULL
    ) STRICT""",
)
_FINISH = """
UPDATE questions SET outcome = ?, finished = ?, outcome_start = ?, outcome_hash = ?
WHERE asked = (SELECT min(asked) FROM questions WHERE id = ? AND outcome = 'unfinished')
"""
_CONDITIONS = {
    "holding": "holding = :holding",
    "outcome": "outcome = :outcome",
    "since": "day >= :since",
    "until": "day <= :until",
}


class QuestionFilter(NamedTuple):
    """Which questions are looked for: of a holding, with an outcome, on days such as 2026-04-01, both included; "": all."""

    holding: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""

    @property
    def sql(self) -> str:
        """The condition in SQL."""
        return " AND ".join(text for name, text in _CONDITIONS.items() if getattr(self, name)) or "TRUE"


ALL = QuestionFilter()


class QuestionIndex:
    """The index in the file `path` of the questions in a journal. Threads and processes can share the file."""

    def __init__(self, path: Path, journal: Journal) -> None:
        self.path = path
        self._journal = journal

    def count(self, wanted: QuestionFilter) -> int:
        """Returns how many questions fit. Raises Damaged if the journal's chain is broken."""
        with self._connect() as index:
            sql = f"SELECT count(*) FROM questions WHERE {wanted.sql}"  # noqa: S608
            [number] = index.execute(sql, wanted._asdict()).fetchone()
        return int(number)

    def count_by_holding(self) -> dict[str, tuple[int, str]]:
        """Returns the number of questions of each holding and the day of the last. Raises Damaged."""
        with self._connect() as index:
            rows = index.execute("SELECT holding, count(*), max(day) FROM questions GROUP BY holding").fetchall()
        return {holding: (number, day) for holding, number, day in rows}

    def find_last_plan(self, holding: str) -> tuple[int, str] | None:
        """Returns the number and the seal of a holding's last plan, or None. Raises Damaged if the chain is broken."""
        with self._connect() as index:
            row = index.execute("SELECT number, seal FROM plans WHERE holding = ?", (holding,)).fetchone()
        return row and (int(row[0]), str(row[1]))

    def read(self, wanted: QuestionFilter, first: int, last: int) -> list[tuple[Line, Line | None]]:
        """Returns the questions `first` to before `last` of those that fit, newest first: each line and that of its outcome.

        Raises Damaged if the journal's chain is broken, or if a line differs from the one that was added.
        """
        fitting = f"FROM questions WHERE {wanted.sql} ORDER BY asked DESC LIMIT :limit OFFSET :first"
        sql = f"SELECT start, asked, hash, outcome_start, finished, outcome_hash {fitting}"
        with self._connect() as index:
            rows = index.execute(sql, wanted._asdict() | {"first": first, "limit": last - first}).fetchall()
        read = self._journal.line_at
        return [(read(*row[:3]), None if row[3] is None else read(*row[3:])) for row in rows]

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as index:
            index.execute("PRAGMA journal_mode = WAL")
            index.execute("BEGIN IMMEDIATE")
            if index.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
                for name in _NAMES:
                    index.execute(f"DROP TABLE IF EXISTS {name}")
                index.execute(f"PRAGMA user_version = {_VERSION}")
            for table in _TABLES:
                index.execute(table)
            self._catch_up(index)
            index.execute("COMMIT")
            yield index

    def _catch_up(self, index: sqlite3.Connection) -> None:
        """Adds the lines that were appended since; all of them if the journal is another one than the index was made from."""
        row = index.execute("SELECT number, hash, start, end FROM reached").fetchone()
        reached = known = Position(*row) if row else START
        if not self._is_in_journal(reached):
            index.execute("DELETE FROM questions")
            index.execute("DELETE FROM plans")
            reached = START
        for position, line in self._journal.lines_after(reached):
            reached = position
            if line.event == "asked":
                values = (line.number, position.start, line.hash, line.subject, line.at[:10], line.detail["id"])
                index.execute("INSERT INTO questions VALUES (?, ?, ?, ?, ?, ?, 'unfinished', NULL, NULL, NULL)", values)
            elif line.event in ("answered", "refused"):
                place = (line.number, position.start, line.hash)
                index.execute(_FINISH, (line.event, *place, line.detail.get("id", "")))
            elif line.event == "planned":
                plan = (line.subject, line.detail["plan"], line.detail["seal"])
                index.execute("INSERT OR REPLACE INTO plans VALUES (?, ?, ?)", plan)
        if reached != known:
            index.execute("DELETE FROM reached")
            index.execute("INSERT INTO reached VALUES (?, ?, ?, ?)", reached)

    def _is_in_journal(self, reached: Position) -> bool:
        try:
            return reached == START or bool(self._journal.line_at(reached.start, reached.number, reached.hash))
        except (Damaged, FileNotFoundError):
            return False
