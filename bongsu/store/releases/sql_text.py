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

from bongsu.core.structure import NUMBERS
from bongsu.store.engine import Engine, sql

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

# Small enough that a hundred waiting readers hold little, large enough that handing over costs little.
ROWS = 8_192


class Escape(Enum):
    """How a text is written so that it cannot be taken for the format's own marks."""

    NONE = "none"  # codes: letters, digits, _ and - only
    CSV = "csv"  # RFC 4180: quoted where a comma, a quotation mark or a line break stands in it
    XML = "xml"  # inside an attribute; control characters that XML 1.0 forbids are left out
    JSON = "json"  # inside a string


@dataclass(frozen=True)
class Cell:
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


Row = Sequence[str | Cell]


# Nobody can ask for this text, so it can stand for a value that is given when the question is asked.
_PLACE = token_hex(8)
_PLACES = re.compile(rf"'{_PLACE}(\d+)'")


def place(number: int) -> str:
    """A text to write into an expression where a value will be given to `texts`, by its number."""
    return f"{_PLACE}{number}"


def compiled(
    observations: ir.Table, line: Row, head: Row = (), constants: Mapping[str, str] = MappingProxyType({})
) -> str:
    """The question that `texts` asks: of each observation a `line`, and a `head` for what neighbours have in common.

    `constants` are columns that hold one value throughout; they stand in the question and are not read. Writing a question
    takes longer than answering it for a hundred observations: keep it, and give it values in its places.
    """
    texts = f"{_text(line, constants)} AS line" + (f", {_text(head, constants)} AS head" if head else "")
    return f"SELECT {texts} FROM ({sql(observations)})"  # noqa: S608 (columns are the dataflow's own, texts are quoted)


def texts(engine: Engine, question: str, values: Sequence[str] = ()) -> Iterator[pa.RecordBatch]:
    """The answer to a compiled question in batches of text, in the order of the observations."""
    cursor = engine.cursor()
    # as literals: bound to parameters, DuckDB would plan the question twice
    asked = _PLACES.sub(lambda match: _quoted(values[int(match.group(1))]), question)
    try:
        yield from cursor.execute(asked).to_arrow_reader(ROWS)
    finally:
        cursor.close()


def whole(column: pa.Array[Any]) -> bytes:
    """All texts of a column, one after the other."""
    return _between(column, 0, len(column))


def _between(column: pa.Array[Any], start: int, end: int) -> bytes:
    _, offsets, data = column.buffers()
    if offsets is None or data is None:
        return b""
    at = memoryview(offsets).cast("i")
    first, last = at[column.offset + start], at[column.offset + end]
    return data.slice(first, last - first).to_pybytes()


def runs(batches: Iterator[pa.RecordBatch]) -> Iterator[tuple[bytes, bytes]]:
    """(head, all its lines) for neighbours with the same head; a long run comes in parts, each with its head."""
    import pyarrow.compute as pc

    for batch in batches:
        lines = batch.column(0)
        encoded = pc.run_end_encode(batch.column(1))  # type: ignore[attr-defined]  # missing in the stubs
        start = 0
        for head, end in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
            yield head.encode(), _between(lines, start, end)
            start = end


# --- SQL, which DuckDB and Spark both read


def _text(row: Row, constants: Mapping[str, str]) -> str:
    return f"concat({', '.join(part for piece in row for part in _parts(piece, constants))})"


def _parts(piece: str | Cell, constants: Mapping[str, str]) -> Iterator[str]:
    if isinstance(piece, str):
        yield _quoted(piece)
        return
    value = _value(piece, constants)
    if piece.optional:
        # || with a missing side is missing, so that the words around a missing value go with it
        around = (
            f"{_quoted(piece.before)} || {value} || {_quoted(piece.after)}" if piece.before or piece.after else value
        )
        yield f"coalesce({around}, {_quoted(piece.missing)})"
    else:
        yield from (part for part in (_quoted(piece.before), value, _quoted(piece.after)) if part != "''")


def _value(cell: Cell, constants: Mapping[str, str]) -> str:
    fixed = constants.get(cell.column)
    column = '"' + cell.column.replace('"', '""') + '"' if fixed is None else _quoted(fixed)
    if cell.names is not None:
        keys, names = ", ".join(map(_quoted, cell.names)), ", ".join(map(_quoted, cell.names.values()))
        text = f"CAST({column} AS VARCHAR)" if cell.column in NUMBERS else column
        return f"MAP([{keys}], [{names}])[{text}]" if cell.names else "NULL"
    if cell.column in NUMBERS:
        return f"CAST({column} AS VARCHAR)"
    return _ESCAPES[cell.escape].replace("@", column)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _replaced(replacements: Sequence[tuple[str, str]], inner: str) -> str:
    for mark, written in replacements:
        inner = f"replace({inner}, {mark}, {_quoted(written)})"
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
_CLEAN = "regexp_replace(@, '[\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f]', '', 'g')"
_ESCAPES = {
    Escape.NONE: "@",
    Escape.CSV: (
        "CASE WHEN contains(@, ',') OR contains(@, '\"') OR contains(@, chr(10)) OR contains(@, chr(13)) "
        "THEN concat('\"', replace(@, '\"', '\"\"'), '\"') ELSE @ END"
    ),
    Escape.XML: f"CASE WHEN regexp_matches(@, '[\\x00-\\x1f&<>\"]') THEN {_replaced(_XML, _CLEAN)} ELSE @ END",
    Escape.JSON: f"CASE WHEN regexp_matches(@, '[\\x00-\\x1f\\\\\"]') THEN {_replaced(_JSON, _CLEAN)} ELSE @ END",
}
