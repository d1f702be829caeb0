"""Reads a Parquet file of another program as a table in memory."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet_columns(data: bytes, where: str) -> list[str]:
    """Returns the names of the columns. Raises BadInput if the bytes are not valid Parquet, or as `check_column_types`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        schema = pq.read_schema(pa.BufferReader(data))
    except (pa.ArrowException, OSError) as error:
        raise _invalid_parquet(error, where) from None
    check_column_types(schema, schema.names, where)
    return list(schema.names)


def read_parquet_rows(data: bytes, where: str) -> list[tuple[Any, ...]]:
    """Returns the rows, with the values of Python in the order of the columns.

    Raises BadInput if a page is damaged, or a value cannot be read.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table: pa.Table = pq.read_table(pa.BufferReader(data))
        return list(zip(*(column.to_pylist() for column in table.columns), strict=True))
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # ValueError: a text that is not UTF-8
        raise _invalid_parquet(error, where) from None


def check_column_types(schema: pa.Schema, names: Sequence[str], where: str) -> None:
    """Raises BadInput if a column that is read holds lists, structures or bytes, which are not text."""
    import pyarrow as pa

    for name, kind in zip(schema.names, schema.types, strict=True):
        if name not in names:
            continue
        kind = kind.value_type if pa.types.is_dictionary(kind) else kind
        tests = (pa.types.is_nested, pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary)
        if any(test(kind) for test in tests):
            raise BadInput(
                N_("The column {column} holds {kind}, which is neither text nor numbers."),
                where=where,
                fix=N_("Write it as text, or leave it out of the file."),
                column=name,
                kind=str(kind),
            )


def _invalid_parquet(error: Exception, where: str) -> BadInput:
    return BadInput(N_("The file is not valid Parquet: {reason}."), where=where, reason=str(error)[:200])
