"""Queries observations in Parquet files. Ibis compiles the queries and DuckDB runs them; other modules use neither directly.

A DuckDB connection must not be shared between threads, so every query uses its own cursor.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bongsu.core.arguments import check_type
from bongsu.core.errors import N_, BadInput
from bongsu.core.selection import Selection
from bongsu.core.structure import NUMERIC_COLUMNS, TIME, Dataflow

if TYPE_CHECKING:
    import duckdb
    import ibis.expr.types as ir
    import pyarrow as pa

# Small row groups make small queries fast (docs/decisions/0003-parquet-releases.md).
ROW_GROUP_SIZE = 32_768
BATCH_ROWS = 65_536


@dataclass(frozen=True)
class QueryResult:
    """The result of a query, read from its own cursor."""

    _cursor: Any

    def read_all(self) -> pa.Table:
        """Returns the whole result as an Arrow table."""
        table: pa.Table = self._cursor.to_arrow_table()
        return table

    def read_batches(self) -> Iterator[pa.RecordBatch]:
        """Yields the result in batches, in bounded memory."""
        yield from self._cursor.to_arrow_reader(BATCH_ROWS)


class Engine:
    """The query engine of a node: DuckDB in memory, over Parquet files."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._views: set[str] = set()

    @cached_property
    def _connection(self) -> Any:
        import duckdb

        connection = duckdb.connect()
        connection.execute("SET autoinstall_known_extensions = false; SET autoload_known_extensions = false")
        connection.execute("SET parquet_metadata_cache = true; SET enable_progress_bar = false")
        connection.execute(
            "SET allocator_background_threads = true"
        )  # return memory to the system after a large result
        return connection

    def table(self, name: str, path: Path, flow: Dataflow) -> ir.Table:
        """Returns the observations in the Parquet file `path` as an Ibis table; `name` must be unique to the file."""
        self._create_view(name, path)
        return _ibis_table(flow.columns, name)

    def _create_view(self, name: str, path: Path) -> None:
        with self._lock:
            if name not in self._views:
                source = f"read_parquet({quote_text(str(path))})"
                self._connection.execute(f"CREATE VIEW {quote_name(name)} AS SELECT * FROM {source}")  # noqa: S608 (quoted)
                self._views.add(name)

    def find_constants(self, path: Path) -> dict[str, str]:
        """Returns the text columns of a Parquet file that have a single value, with that value, from its statistics."""
        rows = self.cursor().execute(
            "SELECT path_in_schema, min(stats_min_value) FROM parquet_metadata($path) WHERE type = 'BYTE_ARRAY' "
            "GROUP BY ALL HAVING count(*) = count(stats_min_value) AND bool_and(min_is_exact AND max_is_exact) "
            "AND min(stats_min_value) = max(stats_max_value) AND coalesce(sum(stats_null_count), 1) = 0",
            {"path": str(path)},
        )
        return dict(rows.fetchall())

    def select(self, name: str, path: Path, flow: Dataflow, selection: Selection) -> QueryResult:
        """Returns the observations in `path` that match `selection`, sorted by the dimensions."""
        self._create_view(name, path)
        shape = tuple((key, len(codes)) for key, codes in selection.codes)
        written = _selection_sql(flow.columns, flow.keys, shape, bool(selection.start), bool(selection.end))
        bounds = [bound for bound in (selection.start, selection.end) if bound]
        values = [*(code for _, codes in selection.codes for code in codes), *bounds]
        named = {f"v{n}": value for n, value in enumerate(values)}
        return QueryResult(self.cursor().execute(written.replace(_TABLE_PLACEHOLDER, quote_name(name)[1:-1]), named))

    def run(self, expression: ir.Expr) -> pa.Table:
        """Runs an expression. Returns the result as an Arrow table."""
        return self._execute(expression).read_all()

    def stream(self, expression: ir.Expr) -> Iterator[pa.RecordBatch]:
        """Runs an expression. Yields the result in batches, in bounded memory."""
        return self._execute(expression).read_batches()

    def _execute(self, expression: ir.Expr) -> QueryResult:
        return QueryResult(self.cursor().execute(compile_duckdb_sql(expression)))

    def cursor(self) -> Any:
        """Returns a new cursor, for one thread. The caller closes it."""
        return self._connection.cursor()

    def write(self, observations: pa.Table, flow: Dataflow, path: Path) -> int:
        """Writes observations to Parquet, sorted by the dimensions. Returns their number. Raises as check_rules does."""
        with self._checked_draft(observations, flow) as cursor:
            columns, order = _join_names(flow.columns), _join_names(flow.keys)
            cursor.execute(
                f"COPY (SELECT {columns} FROM draft ORDER BY {order}) TO {quote_text(str(path))} "  # noqa: S608 (quoted)
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP_SIZE})"
            )
        return int(observations.num_rows)

    def has_same_rows(self, one: Path, other: Path, columns: Iterable[str]) -> bool:
        """Whether two Parquet files with equally many rows have the same ones in these columns, in any order."""
        names = _join_names(columns)
        query = f"SELECT {names} FROM read_parquet($one) EXCEPT ALL SELECT {names} FROM read_parquet($other)"  # noqa: S608 (quoted)
        return self.cursor().execute(f"{query} LIMIT 1", {"one": str(one), "other": str(other)}).fetchone() is None

    def check_rules(self, observations: pa.Table, flow: Dataflow) -> None:
        """Raises BadInput, with the count and an example, if the observations break a rule.

        They have the columns of the dataflow; each key occurs once; no dimension or attribute is empty; each has a value or
        a range, unless it is missing or suppressed; numbers are finite; low <= value <= high.
        """
        with self._checked_draft(observations, flow):
            pass

    @contextmanager
    def _checked_draft(self, observations: pa.Table, flow: Dataflow) -> Iterator[Any]:
        """Gives a cursor with the observations as the table `draft`. Raises as check_rules does."""
        found, wanted = observations.column_names, list(flow.columns)
        if sorted(found) != sorted(wanted):
            differing = sorted(set(found) ^ set(wanted)) or found
            raise BadInput(
                N_("The observations of {flow} do not have its columns: {columns}."),
                flow=flow.id,
                columns=", ".join(differing),
            )
        cursor = self._connection.cursor()
        cursor.register("draft", observations)
        try:
            for rule, query in _rule_queries(flow):
                if rule == _UNIQUE_KEY and _all_hashes_differ(cursor, flow):
                    continue  # then the keys differ too; comparing the keys themselves takes twice as long
                count, example = cursor.execute(query).fetchone()
                if count:
                    raise BadInput(
                        N_("{count} observations of {flow} break the rule “{rule}”, for example {example}."),
                        flow=flow.id,
                        count=count,
                        rule=rule,
                        example=", ".join(f"{key}={value}" for key, value in (example or {}).items()),
                    )
            yield cursor
        finally:
            cursor.unregister("draft")


def quote_name(name: str) -> str:
    """Returns the name of a column or table as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(text: str) -> str:
    """Returns a text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def _join_names(names: Iterable[str]) -> str:
    return ", ".join(map(quote_name, names))


def compile_duckdb_sql(expression: ir.Expr) -> str:
    """Compiles an expression to DuckDB SQL."""
    import ibis

    return str(ibis.to_sql(expression, dialect="duckdb"))


_UNIQUE_KEY = N_("each key occurs once")


def _all_hashes_differ(cursor: Any, flow: Dataflow) -> bool:
    distinct = f"(SELECT count(*) FROM (SELECT DISTINCT hash({_join_names(flow.keys)}) FROM draft))"  # noqa: S608 (quoted)
    [differ] = cursor.execute(f"SELECT count(*) = {distinct} FROM draft").fetchone()  # noqa: S608
    return bool(differ)


def _rule_queries(flow: Dataflow) -> Iterator[tuple[str, str]]:
    keys = _join_names(flow.keys)
    example = "{" + ", ".join(f"{quote_text(key)}: {quote_name(key)}" for key in flow.keys) + "}"
    never_empty = [c for c in flow.columns if c not in (*NUMERIC_COLUMNS, "COMMENT_OBS")]
    finite = " AND ".join(f"coalesce(isfinite({quote_name(column)}), true)" for column in NUMERIC_COLUMNS)
    rules = {
        N_("no dimension or attribute is empty"): " AND ".join(
            f"{quote_name(c)} IS NOT NULL AND {quote_name(c)} <> ''" for c in never_empty
        ),
        N_("each observation has a value or a range, unless its status is missing or suppressed"): (
            "OBS_VALUE IS NOT NULL OR (LOWER_BOUND IS NOT NULL AND UPPER_BOUND IS NOT NULL) OR OBS_STATUS IN ('M', 'Q')"
        ),
        N_("numbers are finite"): finite,
        N_("low <= value <= high"): (
            "coalesce(LOWER_BOUND <= OBS_VALUE, true) AND coalesce(OBS_VALUE <= UPPER_BOUND, true) "
            "AND coalesce(LOWER_BOUND <= UPPER_BOUND, true)"
        ),
    }
    for rule, condition in rules.items():
        yield rule, f"SELECT count(*), any_value({example}) FROM draft WHERE NOT ({condition})"  # noqa: S608
    yield (
        _UNIQUE_KEY,
        f"SELECT count(*), any_value({example}) FROM (SELECT {keys} FROM draft GROUP BY {keys} HAVING count(*) > 1)",  # noqa: S608
    )


_TABLE_PLACEHOLDER = "§table"


def _ibis_table(columns: tuple[str, ...], name: str) -> ir.Table:
    import ibis

    table: ir.Table = ibis.table({c: "float64" if c in NUMERIC_COLUMNS else "string" for c in columns}, name=name)
    return table


@lru_cache(maxsize=1024)
def _selection_sql(
    columns: tuple[str, ...], keys: tuple[str, ...], shape: tuple[tuple[str, int], ...], start: bool, end: bool
) -> str:
    """Returns the SQL of selections with this number of codes by dimension, with $v0, $v1 ... for the codes.

    It is cached, because compiling it takes Ibis longer than running it.
    """
    table = _ibis_table(columns, _TABLE_PLACEHOLDER)
    total = sum(count for _, count in shape)
    place = iter(range(total))
    for key, count in shape:
        table = table.filter(table[key].isin([f"§v{next(place)}§" for _ in range(count)]))
    if start:
        table = table.filter(table[TIME] >= f"§v{total}§")
    if end:
        table = table.filter(table[TIME] <= f"§v{total + start}§")
    return re.sub(r"'§(v[0-9]+)§'", r"$\1", compile_duckdb_sql(table.order_by(keys)))


def make_relation(table: pa.Table, connection: duckdb.DuckDBPyConnection | None = None) -> duckdb.DuckDBPyRelation:
    """Returns an Arrow table as a DuckDB relation of `connection`, or of a new one in memory. Raises TypeError."""
    import duckdb

    check_type("connection", connection, duckdb.DuckDBPyConnection, type(None))
    return (connection or duckdb.connect()).from_arrow(table)
