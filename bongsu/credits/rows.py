"""Writes rows of the room's tables in sets: one statement for many rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import connection

_ROWS = 500  # of one INSERT; SQLite allows 32,766 values in a statement


def insert_rows(
    cursor: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]], conflict: str = ""
) -> None:
    """Inserts rows; `conflict` says what to do with one that exists."""
    names = ", ".join(f'"{column}"' for column in columns)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        values = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(part))
        sql = f"INSERT INTO credits_{table} ({names}) VALUES {values} {conflict}"  # noqa: S608 (names of the room)
        cursor.execute(sql, [each for row in part for each in row])


def update_rows(cursor: Any, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Sets the columns after the first one in the rows that the first one names."""
    key, *others = columns
    sets = ", ".join(f'"{column}" = new."{column}"' for column in others)
    names = ", ".join(f'"{column}"' for column in columns)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS]
        values = ", ".join([f"({', '.join(['%s'] * len(columns))})"] * len(part))
        sql = (
            f"WITH new({names}) AS (VALUES {values}) UPDATE credits_{table} SET {sets} FROM new "  # noqa: S608 (as above)
            f'WHERE credits_{table}."{key}" = new."{key}"'
        )
        cursor.execute(sql, [each for row in part for each in row])


def moment_value(value: datetime | None) -> Any:
    """Returns a moment as the database takes it."""
    return None if value is None else connection.ops.adapt_datetimefield_value(value)
