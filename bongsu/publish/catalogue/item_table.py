"""The catalogue as one table with a row per item, for filtering without RDF: CSV and Parquet."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from bongsu.core.languages import LANGUAGES
from bongsu.publish.catalogue.items import Item

Table = pa.Table
_BEFORE_TEXTS = ("kind", "id", "type")
_AFTER_TEXTS = (
    "publisher",
    "licence",
    "licence_open",
    "areas",
    "languages",
    "subjects",
    "year",
    "first_period",
    "last_period",
    "issued",
    "modified",
    "version",
    "withdrawn",
    "status",
    "page",
    "address",
)


def list_columns() -> tuple[str, ...]:
    """The columns of the table, with a title and a description in every language."""
    texts = (f"{part}_{language}" for part in ("title", "description") for language in LANGUAGES)
    return (*_BEFORE_TEXTS, *texts, *_AFTER_TEXTS)


def tabulate_items(items: Iterable[Item], base: str) -> pa.Table:
    """Returns a table of these items; values of a list are separated by semicolons, unknown values are empty."""
    rows = [_row(item, base) for item in items]
    return pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in list_columns()})


def _row(item: Item, base: str) -> dict[str, str]:
    row = {
        "kind": {"flows": "dataflow", "releases": "release", "entries": "entry"}[item.kind],
        "id": item.id,
        "type": item.type,
        "publisher": item.publisher,
        "licence": item.licence,
        "licence_open": {True: "yes", False: "no", None: ""}[item.open],
        "areas": ";".join(item.areas),
        "languages": ";".join(item.languages),
        "subjects": ";".join(item.subjects),
        "year": item.year,
        "first_period": item.period[0],
        "last_period": item.period[1],
        "issued": item.issued,
        "modified": item.modified,
        "version": item.version,
        "withdrawn": item.withdrawn,
        "status": dict(item.status).get("en", ""),
        "page": item.page if item.kind == "entries" else f"{base}en/{item.page}",
        "address": base + item.path,
    }
    row |= {f"title_{language}": item.title.get(language, "") for language in LANGUAGES}
    return row | {f"description_{language}": item.description.get(language, "") for language in LANGUAGES}


def to_csv(table: pa.Table) -> bytes:
    """Writes the table as CSV (RFC 4180), UTF-8."""
    out = io.BytesIO()
    pacsv.write_csv(table, out)
    return out.getvalue()


def to_parquet(table: pa.Table) -> bytes:
    """Writes the table as Parquet."""
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


TABLE_FORMATS: dict[str, tuple[str, Callable[[pa.Table], bytes]]] = {
    "csv": ("text/csv; charset=utf-8", to_csv),
    "parquet": ("application/vnd.apache.parquet", to_parquet),
}
