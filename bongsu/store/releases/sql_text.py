"""Makes DuckDB write observations as text: a line for each observation, of fixed texts and cells.

DuckDB formats many observations in parallel and in bounded memory, and returns bytes that can be sent as they are. The
caller defines the format (CSV, XML, JSON); this module escapes the cells.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from secrets import token_hex
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bongsu.core.structure import NUMERIC_COLUMNS
from bongsu.store.query_engine import Engine, compile_duckdb_sql, quote_name, quote_text

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# Small enough for a hundred readers to wait in little memory, large enough for a low cost of each batch.
BATCH_ROWS = 8_192


class Escape(Enum):
    """How a text is escaped in a format."""

    NONE = "none"  # codes: letters, digits, _ and - only
    CSV = "csv"  # RFC 4180: quoted if it has a comma, a quotation mark or a line break
    XML = "xml"  # inside an attribute; control characters that XML 1.0 forbids are left out
    JSON = "json"  # inside a string


@dataclass(frozen=True)
class TextCell:
    """A value of `column`, between the texts `before` and `after`. A missing value gives the text `missing` instead.

    `names` maps values to texts, which must be escaped. `optional`: the value may be missing.
    """

    column: str
    escape: Escape = Escape.NONE
    before: str = ""
    after: str = ""
    missing: str = ""
    optional: bool = False
    names: Mapping[str, str] | None = None


TextRow = Sequence[str | TextCell]


# A random text that no query contains; it marks the place of a value that is given when the query runs.
_PLACEHOLDER = token_hex(8)
_PLACEHOLDER_PATTERN = re.compile(rf"'{_PLACEHOLDER}([0-9]+)'")


def value_placeholder(number: int) -> str:
    """Returns the text that marks the place of the value with this number, in an expression for `stream_text`."""
    return f"{_PLACEHOLDER}{number}"


def compile_text_query(
    observations: ir.Table, line: TextRow, head: TextRow = (), constants: Mapping[str, str] = MappingProxyType({})
) -> str:
    """Returns the SQL of a query for `stream_text`: a `line` for each observation, and its `head`, common to its neighbours.

    `constants` are columns with a single value; they become literals and are not read. Compiling takes longer than the query
    takes for a hundred observations, so callers cache the SQL and fill in its values.
    """
    texts = f"{_row_sql(line, constants)} AS line" + (f", {_row_sql(head, constants)} AS head" if head else "")
    return f"SELECT {texts} FROM ({compile_duckdb_sql(observations)})"  # noqa: S608 (columns are the dataflow's own, texts are quoted)


def stream_text(engine: Engine, question: str, values: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """Runs a compiled query. Yields the text in batches, in the order of the observations."""
    cursor = engine.cursor()
    # as literals: bound to parameters, DuckDB would plan the question twice
    asked = _PLACEHOLDER_PATTERN.sub(lambda match: quote_text(values[int(match.group(1))]), question)
    try:
        yield from cursor.execute(asked).to_arrow_reader(BATCH_ROWS)
    finally:
        cursor.close()


def join_texts(column: pa.Array[Any]) -> bytes:
    """Returns the texts of a column, joined."""
    return _slice_texts(column, 0, len(column))


def _slice_texts(column: pa.Array[Any], start: int, end: int) -> bytes:
    _, offsets, data = column.buffers()
    if offsets is None or data is None:
        return b""
    at = memoryview(offsets).cast("i")
    first, last = at[column.offset + start], at[column.offset + end]
    return data.slice(first, last - first).to_pybytes()


def group_by_head(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[bytes, bytes]]:
    """Yields (head, lines) for neighbours with the same head. A run that spans several batches is yielded in parts."""
    import pyarrow.compute as pc

    for batch in batches:
        lines = batch.column(0)
        encoded = pc.run_end_encode(batch.column(1))  # type: ignore[attr-defined]  # missing in the stubs
        start = 0
        for head, end in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
            yield head.encode(), _slice_texts(lines, start, end)
            start = end


# --- SQL, which DuckDB and Spark both read


def _row_sql(row: TextRow, constants: Mapping[str, str]) -> str:
    return f"concat({', '.join(part for piece in row for part in _piece_sql(piece, constants))})"


def _piece_sql(piece: str | TextCell, constants: Mapping[str, str]) -> Iterator[str]:
    if isinstance(piece, str):
        yield quote_text(piece)
        return
    value = _cell_sql(piece, constants)
    if piece.optional:
        # || with NULL is NULL, so a missing value also removes the texts around it
        around = (
            f"{quote_text(piece.before)} || {value} || {quote_text(piece.after)}"
            if piece.before or piece.after
            else value
        )
        yield f"coalesce({around}, {quote_text(piece.missing)})"
    else:
        yield from (part for part in (quote_text(piece.before), value, quote_text(piece.after)) if part != "''")


def _cell_sql(cell: TextCell, constants: Mapping[str, str]) -> str:
    fixed = constants.get(cell.column)
    column = quote_name(cell.column) if fixed is None else quote_text(fixed)
    if cell.names is not None:
        keys, names = ", ".join(map(quote_text, cell.names)), ", ".join(map(quote_text, cell.names.values()))
        text = f"CAST({column} AS VARCHAR)" if cell.column in NUMERIC_COLUMNS else column
        return f"MAP([{keys}], [{names}])[{text}]" if cell.names else "NULL"
    if cell.column in NUMERIC_COLUMNS:
        return f"CAST({column} AS VARCHAR)"
    return _ESCAPES[cell.escape].replace("@", column)


def _replace_sql(replacements: Sequence[tuple[str, str]], inner: str) -> str:
    for mark, written in replacements:
        inner = f"replace({inner}, {mark}, {quote_text(written)})"
    return inner


# (character as SQL, its escaped form), in the order of replacement
_XML = (
    ("'&'", "&amp;"),
    ("'<'", "&lt;"),
    ("'>'", "&gt;"),
    ("'\"'", "&quot;"),
    ("chr(9)", "&#9;"),
    ("chr(10)", "&#10;"),
    ("chr(13)", "&#13;"),
)
_JSON = (("'\\'", "\\\\"), ("'\"'", '\\"'), ("chr(9)", "\\t"), ("chr(10)", "\\n"), ("chr(13)", "\\r"))
# Removes control characters except tab and line breaks; XML 1.0 and JSON do not allow them
_WITHOUT_CONTROLS = "regexp_replace(@, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]', '', 'g')"
_ESCAPES = {
    Escape.NONE: "@",
    Escape.CSV: (
        "CASE WHEN contains(@, ',') OR contains(@, '\"') OR contains(@, chr(10)) OR contains(@, chr(13)) "
        "THEN concat('\"', replace(@, '\"', '\"\"'), '\"') ELSE @ END"
    ),
    Escape.XML: f"CASE WHEN regexp_matches(@, '[\\x00-\\x1f&<>\"]') THEN {_replace_sql(_XML, _WITHOUT_CONTROLS)} ELSE @ END",
    Escape.JSON: f"CASE WHEN regexp_matches(@, '[\\x00-\\x1f\\\\\"]') THEN {_replace_sql(_JSON, _WITHOUT_CONTROLS)} ELSE @ END",
}
