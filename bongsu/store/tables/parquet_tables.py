"""Reads a Parquet file of another program as a table in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput

if TYPE_CHECKING:
    import pyarrow as pa


def read_parquet_columns(data: bytes, where: str) -> list[str]:
    """Returns the names of the columns. Raises BadInput if the bytes are not valid Parquet."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return list(pq.read_schema(pa.BufferReader(data)).names)
    except (pa.ArrowException, OSError) as error:
        raise _invalid_parquet(error, where) from None


def read_parquet_rows(data: bytes, where: str) -> list[dict[str, Any]]:
    """Returns the rows, with the values of Python. Raises BadInput if a page is damaged, or a value cannot be read."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table: pa.Table = pq.read_table(pa.BufferReader(data))
        return table.to_pylist()
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:  # ValueError: a text that is not UTF-8
        raise _invalid_parquet(error, where) from None


def _invalid_parquet(error: Exception, where: str) -> BadInput:
    return BadInput(N_("The file is not valid Parquet: {reason}."), where=where, reason=str(error)[:200])
