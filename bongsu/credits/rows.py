"""Reads and writes rows of the room's tables in sets: one statement for many rows, whose text does not grow with them."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Any

import msgspec
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BigIntegerField, CharField, Lookup

Row = Sequence[Any]


@CharField.register_lookup
@BigIntegerField.register_lookup
class Among(Lookup):
    """`id__among=ids`: like `in`, but the values are one parameter, however many they are."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """Returns the condition in SQL, and its parameters."""
        column, parameters = self.process_lhs(compiler, connection)
        values = list(self.rhs)
        if not values:
            raise EmptyResultSet
        if connection.vendor == "postgresql":
            return f"{column} = ANY(%s)", (*parameters, values)
        listed = "(SELECT value FROM json_each(%s))"
        return f"{column} IN {listed}", (*parameters, json.dumps(values))


def insert_rows(cursor: Any, table: str, columns: Sequence[str], rows: Collection[Row], conflict: str = "") -> None:
    """Inserts rows; `conflict` says what to do with one that exists. Values of JSON columns are msgspec.Raw."""
    names = _join_names(columns)
    into = f"INSERT INTO credits_{table} ({names})"
    if rows and connection.vendor == "postgresql":
        sql = f"{into} SELECT {names} FROM {_sent(table)} {conflict}"  # noqa: S608 (names of the room)
        cursor.execute(sql, [_encode_rows(columns, rows)])
    elif rows:
        marks = ", ".join(["%s"] * len(columns))
        cursor.executemany(f"{into} VALUES ({marks}) {conflict}", [_adapt_row(row) for row in rows])


def update_rows(cursor: Any, table: str, columns: Sequence[str], rows: Collection[Row]) -> None:
    """Sets the columns before the last one in the rows that the last one names."""
    *others, key = columns
    if rows and connection.vendor == "postgresql":
        sets = ", ".join(f'"{column}" = new."{column}"' for column in others)
        where = f'credits_{table}."{key}" = new."{key}"'
        sql = f"UPDATE credits_{table} SET {sets} FROM {_sent(table)} new WHERE {where}"  # noqa: S608 (as above)
        cursor.execute(sql, [_encode_rows(columns, rows)])
    elif rows:
        sets = ", ".join(f'"{column}" = %s' for column in others)
        sql = f'UPDATE credits_{table} SET {sets} WHERE "{key}" = %s'  # noqa: S608 (as above)
        cursor.executemany(sql, [_adapt_row(row) for row in rows])


def _join_names(columns: Sequence[str]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def _sent(table: str) -> str:
    """Returns the rows of one parameter of JSON as a table: PostgreSQL knows the types by the table that it is for."""
    return f"json_populate_recordset(NULL::credits_{table}, %s::json)"


def _encode_rows(columns: Sequence[str], rows: Collection[Row]) -> str:
    return msgspec.json.encode([dict(zip(columns, row, strict=True)) for row in rows]).decode()


def _adapt_row(row: Row) -> list[Any]:
    return [_ADAPTED[type(value)](value) if type(value) in _ADAPTED else value for value in row]


_ADAPTED: dict[type, Callable[[Any], Any]] = {
    datetime: lambda value: connection.ops.adapt_datetimefield_value(value),
    msgspec.Raw: lambda value: bytes(value).decode(),
}
