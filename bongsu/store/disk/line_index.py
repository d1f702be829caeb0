"""An index of the lines of snapshots by a key of each line, so that a few lines are read without reading the snapshots.

It is a SQLite database made from the snapshots; if it is deleted, it is made again. A snapshot is indexed once, when it is
first asked for: its bytes are verified then, and each line has a hash, which is verified whenever the line is read.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from pathlib import Path

from bongsu.store.disk.snapshots import Snapshots

_TABLES = """
CREATE TABLE IF NOT EXISTS snapshots (record TEXT PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS lines (
    key TEXT NOT NULL, record TEXT NOT NULL, start INTEGER NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
    PRIMARY KEY (key, record, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS lines_of_record ON lines (record);
"""
_FIND = """
SELECT record, start, size, lines.sha256, name, snapshots.sha256 FROM lines JOIN snapshots USING (record)
WHERE key IN (SELECT value FROM json_each(?))
"""


class LineIndex:
    """The index in the file `path`. `find_key` returns the key of a line, or "" for a line that nobody asks for."""

    def __init__(self, path: Path, snapshots: Snapshots, find_key: Callable[[bytes], str]) -> None:
        self.path = path
        self._snapshots = snapshots
        self._find_key = find_key

    def read_lines(self, names: Iterable[str], keys: Collection[str]) -> list[bytes]:
        """Returns the lines with these keys of the newest snapshots of these names, in the order of names.

        Raises Missing or Damaged with the file of a snapshot.
        """
        records = [record for name in names if (record := self._snapshots.newest_record(name))]
        order = {record: number for number, record in enumerate(records)}
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as index:
            index.execute("PRAGMA journal_mode = WAL")
            index.executescript(_TABLES)
            index.execute("BEGIN")  # another process that adds a later snapshot removes no line meanwhile
            if self._list_unknown(index, records):
                index.execute("ROLLBACK")
                index.execute("BEGIN IMMEDIATE")
                for record in self._list_unknown(index, records):
                    self._add(index, record)
            rows = index.execute(_FIND, (json.dumps(list(keys)),)).fetchall()
            index.execute("COMMIT")
        found = sorted((order[row[0]], *row[1:]) for row in rows if row[0] in order)
        return [
            self._snapshots.read_part(name, whole, start, size, hash_) for _, start, size, hash_, name, whole in found
        ]

    def _list_unknown(self, index: sqlite3.Connection, records: Iterable[str]) -> list[str]:
        known = {record for (record,) in index.execute("SELECT record FROM snapshots")}
        return [record for record in records if record not in known]

    def _add(self, index: sqlite3.Connection, record: str) -> None:
        """Adds the lines of a snapshot, and removes those of older snapshots of its name."""
        snapshot = self._snapshots.read_record(record)
        rows, start = [], 0
        for line in self._snapshots.read(snapshot).split(b"\n"):
            if key := self._find_key(line):
                rows.append((key, record, start, len(line), hashlib.sha256(line).hexdigest()))
            start += len(line) + 1
        older = "SELECT record FROM snapshots WHERE name = ?"
        index.execute(f"DELETE FROM lines WHERE record IN ({older})", (snapshot.name,))  # noqa: S608
        index.execute("DELETE FROM snapshots WHERE name = ?", (snapshot.name,))
        index.executemany("INSERT INTO lines VALUES (?, ?, ?, ?, ?)", rows)
        index.execute("INSERT INTO snapshots VALUES (?, ?, ?)", (record, snapshot.name, snapshot.sha256))
