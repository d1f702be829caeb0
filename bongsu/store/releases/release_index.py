"""The index of releases: a SQLite database made from the release folders. If it is deleted, it is made again."""

from __future__ import annotations

import json
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bongsu.core.release import Release, Withdrawal
from bongsu.store.releases.affected import mark_affected

_TABLES = """
CREATE TABLE IF NOT EXISTS releases (
    dataflow TEXT NOT NULL, number INTEGER NOT NULL, sealed_at TEXT NOT NULL, content TEXT NOT NULL, rows INTEGER NOT NULL,
    withdrawn_at TEXT, reason TEXT, about TEXT, PRIMARY KEY (dataflow, number)
) STRICT
"""
# `about` is JSON: the agency, the inputs that are releases, the number of corrections, the languages of the reason.
_COLUMNS = "dataflow, number, sealed_at, content, rows, withdrawn_at, reason, about"


class ReleaseIndex:
    """The index in the file `path`. Each write opens its own connection, so that threads and processes can share the file.

    The releases read are cached until SQLite reports a write by this or another process (PRAGMA data_version).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._reading = threading.Lock()
        self._reader: sqlite3.Connection | None = None
        self._seen, self._known = -1, dict[str | None, list[Release]]()
        with self._connect() as index:
            index.execute("PRAGMA journal_mode = WAL")
            index.execute(_TABLES)
            if "about" not in {row[1] for row in index.execute("PRAGMA table_info(releases)")}:
                with suppress(sqlite3.OperationalError):  # another process adds it now
                    index.execute("ALTER TABLE releases ADD COLUMN about TEXT")

    @contextmanager
    def _connect(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.path, timeout=30)) as index, index:
            yield index

    def add(self, releases: list[Release]) -> None:
        """Adds or replaces releases."""
        with self._connect() as index:
            index.executemany(
                f"INSERT OR REPLACE INTO releases ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
                [
                    (
                        r.dataflow,
                        r.number,
                        r.sealed_at,
                        r.content,
                        r.rows,
                        r.withdrawal and r.withdrawal.at,
                        r.withdrawal and r.withdrawal.reason,
                        _dump_about(r),
                    )
                    for r in releases
                ],
            )

    def remove(self, keys: list[tuple[str, int]]) -> None:
        """Removes releases, by dataflow and number."""
        with self._connect() as index:
            index.executemany("DELETE FROM releases WHERE dataflow = ? AND number = ?", keys)

    def all(self, dataflow: str | None = None) -> list[Release]:
        """Returns every release, or those of a dataflow, by dataflow and number; affected ones are marked."""
        with self._reading:
            if self._reader is None:
                self._reader = sqlite3.connect(self.path, timeout=30, check_same_thread=False)
                weakref.finalize(self, self._reader.close)
            [seen] = self._reader.execute("PRAGMA data_version").fetchone()
            if seen != self._seen:
                self._known = {None: mark_affected(self._read(self._reader))}
                for release in self._known[None]:
                    self._known.setdefault(release.dataflow, []).append(release)
                self._seen = seen
            return list(self._known.get(dataflow, ()))

    def _read(self, reader: sqlite3.Connection) -> list[Release]:
        rows = reader.execute(f"SELECT {_COLUMNS} FROM releases ORDER BY dataflow, number")  # noqa: S608
        return [_release_from_row(row) for row in rows]

    def keys(self) -> set[tuple[str, int]]:
        """Returns the (dataflow, number) of every release in the index that is complete."""
        with self._connect() as index:
            return set(index.execute("SELECT dataflow, number FROM releases WHERE about IS NOT NULL"))

    def withdrawn_keys(self) -> set[tuple[str, int]]:
        """Returns the (dataflow, number) of every withdrawn release in the index."""
        with self._connect() as index:
            return set(index.execute("SELECT dataflow, number FROM releases WHERE withdrawn_at IS NOT NULL"))


def _dump_about(release: Release) -> str:
    said = release.withdrawal
    return json.dumps(
        {
            "agency": release.agency,
            "inputs": release.inputs,
            "corrections": release.corrections,
            "language": said.language if said else "",
            "translations": said.translations if said else (),
        }
    )


def _release_from_row(row: tuple[str, int, str, str, int, str | None, str | None, str | None]) -> Release:
    dataflow, number, sealed_at, content, rows, withdrawn_at, reason, text = row
    about = json.loads(text or "{}")
    translations = tuple((language, other) for language, other in about.get("translations", ()))
    withdrawal = (
        Withdrawal(reason or "", withdrawn_at, about.get("language", ""), translations) if withdrawn_at else None
    )
    return Release(
        dataflow,
        number,
        sealed_at,
        content,
        rows,
        withdrawal,
        about.get("agency", ""),
        tuple((flow, other) for flow, other in about.get("inputs", ())),
        about.get("corrections", 0),
    )
