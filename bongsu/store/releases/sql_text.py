"""Observations as text, written by the engine itself: one line an observation, a row of fixed words and cells.

DuckDB builds the text of many observations at once, in parallel and in bounded memory, and hands it over as bytes that
need no further work. What a format looks like (CSV, XML, JSON) is the caller's; how its marks are escaped is known here.
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
from bongsu.store.query_engine import Engine, compile_duckdb_sql

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# Small enough that a hundred waiting readers hold little, large enough that handing over costs little.
BATCH_ROWS = 8_192


class Escape(Enum):
    """How a text is written so that it cannot be taken for the format's own marks."""

    NONE = "none"  # codes: letters, digits, _ and - only
    CSV = "csv"  # RFC 4180: quoted where a comma, a quotation mark or a line break stands in it
    XML = "xml"  # inside an attribute; control characters that XML 1.0 forbids are left out
    JSON = "json"  # inside a string


@dataclass(frozen=True)
class TextCell:
    """A value of `column` between `before` and `after`; where there is none, `missing` stands for all three.

    `names` replaces values by texts that are escaped already. `optional` says whether the value may be missing.
    """

    column: str
    escape: Escape = Escape.NONE
    before: str = ""
    after: str = ""
    missing: str = ""
    optional: bool = False
    names: Mapping[str, str] | None = None


TextRow = Sequence[str | TextCell]


# Nobody can ask for this text, so it can stand for a value that is given when the question is asked.
_PLACEHOLDER = token_hex(8)
_PLACEHOLDER_PATTERN = re.compile(rf"'{_PLACEHOLDER}(\d+)'")


def value_placeholder(number: int) -> str:
    """A text to write into an expression where a value will be given to `texts`, by its number."""
    return f"{_PLACEHOLDER}{number}"


def compile_text_query(
    observations: ir.Table, line: TextRow, head: TextRow = (), constants: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The question that `texts` asks: of each observation a `line`, and a `head` for what neighbours have in common.

    `constants` are columns that hold one value throughout; they stand in the question and are not read. Writing a question
    takes longer than answering it for a hundred observations: keep it, and give it values in its places.
    """
    texts = f"{_row_sql(line, constants)} AS line" + (f", {_row_sql(head, constants)} AS head" if head else "")
    return f"SELECT {texts} FROM ({compile_duckdb_sql(observations)})"  # noqa: S608 (columns are the dataflow's own, texts are quoted)


def stream_text(engine: Engine, question: str, values: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The answer to a compiled question in batches of text, in the order of the observations."""
    cursor = engine.cursor()
    # as literals: bound to parameters, DuckDB would plan the question twice
    asked = _PLACEHOLDER_PATTERN.sub(lambda match: _quote(values[int(match.group(1))]), question)
    try:
        yield from cursor.execute(asked).to_arrow_reader(BATCH_ROWS)
    finally:
        cursor.close()


def join_texts(column: pa.Array[Any]) -> bytes:
    """All texts of a column, one after the other."""
    return _slice_texts(column, 0, len(column))


def _slice_texts(column: pa.Array[Any], start: int, end: int) -> bytes:
    _, offsets, data = column.buffers()
    if offsets is None or data is None:
        return b""
    at = memoryview(offsets).cast("i")
    first, last = at[column.offset + start], at[column.offset + end]
    return data.slice(first, last - first).to_pybytes()


def group_by_head(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[bytes, bytes]]:
    """(head, all its lines) for neighbours with the same head; a long run comes in parts, each with its head."""
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
        yield _quote(piece)
        return
    value = _cell_sql(piece, constants)
    if piece.optional:
        # || with a missing side is missing, so that the words around a missing value go with it
        around = f"{_quote(piece.before)} || {value} || {_quote(piece.after)}" if piece.before or piece.after else value
        yield f"coalesce({around}, {_quote(piece.missing)})"
    else:
        yield from (part for part in (_quote(piece.before), value, _quote(piece.after)) if part != "''")


def _cell_sql(cell: TextCell, constants: Mapping[str, str]) -> str:
    fixed = constants.get(cell.column)
    column = '"' + cell.column.replace('"', '""') + '"' if fixed is None else _quote(fixed)
    if cell.names is not None:
        keys, names = ", ".join(map(_quote, cell.names)), ", ".join(map(_quote, cell.names.values()))
        text = f"CAST({column} AS VARCHAR)" if cell.column in NUMERIC_COLUMNS else column
        return f"MAP([{keys}], [{names}])[{text}]" if cell.names else "NULL"
    if cell.column in NUMERIC_COLUMNS:
        return f"CAST({column} AS VARCHAR)"
    return _ESCAPES[cell.escape].replace("@", column)


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _replace_sql(replacements: Sequence[tuple[str, str]], inner: str) -> str:
    for mark, written in replacements:
        inner = f"replace({inner}, {mark}, {_quote(written)})"
    return inner


# (mark as SQL, how it is written), in the order of replacement
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
# What neither XML 1.0 nor JSON allows in a text: control characters, but for tab and line breaks
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
