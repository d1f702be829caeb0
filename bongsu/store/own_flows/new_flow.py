"""Creates the folder of a new own dataflow, with a flow.toml to fill in and a data file."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bongsu.core.errors import N_, BadInput
from bongsu.core.structure import ATTRIBUTES, TIME, VALUE
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import write_file
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_file import FLOW_FILE
from bongsu.store.tables.definitions import concepts
from bongsu.store.tables.periods import period_range
from bongsu.store.tables.spreadsheets import SPREADSHEET_SUFFIX, read_spreadsheet

_ID = re.compile(r"[A-Z][A-Z0-9_]{0,49}")
_EXAMPLE = "REF_AREA,TIME_PERIOD,OBS_VALUE\nKOR,2023,100\nKOR,2024,120\n"
_ENCODINGS = ("utf-8", "cp949", "latin-1")  # tried in this order
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")
_DECIMAL_POINT = re.compile(r"[+-]?\d+\.\d+")


def make_flow(node: Node, id_: str, data: Path | None = None) -> Path:
    """Creates flows/`id_` with a flow.toml and a copy of `data`, or example data. Returns the folder. Raises BadInput."""
    if not _ID.fullmatch(id_):
        raise BadInput(
            N_("“{id}” is not a valid dataflow id."),
            fix=N_("Use up to 50 capitals, digits and _, with a capital first."),
            id=id_,
        )
    if id_ in node.releases.dataflows():
        raise BadInput(N_("This node already has releases of {id}."), fix=N_("Choose another id."), id=id_)
    folder = node.root / "flows" / id_
    if folder.exists():
        raise BadInput(N_("The folder flows/{id} already exists."), fix=N_("Edit it, or choose another id."), id=id_)
    name = f"data{data.suffix.lower()}" if data else "data.csv"
    content = data.read_bytes() if data else _EXAMPLE.encode()
    layout = _read_layout(name, content)
    template = files("bongsu.store.own_flows").joinpath("flow_template.toml").read_text(encoding="utf-8")
    periods = [one for one in layout.headings if _is_period(one)]
    wide = periods if len(periods) > 1 else []
    text = template.format(
        id=id_,
        data=name,
        publisher=node.identity.name,
        year=utc_now()[:4],
        encoding=layout.encoding,
        delimiter="\\t" if layout.delimiter == "\t" else layout.delimiter,
        decimal=layout.decimal,
        columns="".join(
            f"{json.dumps(one, ensure_ascii=False)} = {json.dumps(_guess_column(one))}\n"
            for one in layout.headings
            if one not in wide and _guess_column(one) != one
        ),
        wide=f'\n[wide]\ndimension = "{TIME}"\ncolumns = {json.dumps(wide)}\n' if wide else "",
    )
    write_file(folder / name, content)
    write_file(folder / FLOW_FILE, text.encode())
    return folder


@dataclass(frozen=True)
class _Layout:
    """How a data file is written."""

    headings: list[str]
    encoding: str = "utf-8"
    delimiter: str = ","
    decimal: str = "."


def _read_layout(name: str, content: bytes) -> _Layout:
    """Returns the headings of a data file and, for CSV, its probable encoding, delimiter and decimal sign."""
    if name.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        return _Layout(pq.read_schema(pa.BufferReader(content)).names)
    if name.endswith(SPREADSHEET_SUFFIX):
        return _Layout([one for one in next(iter(read_spreadsheet(content, where=name)), []) if one])
    encoding, text = _decode(content)
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    headings = [one.strip() for one in next(csv.reader(io.StringIO(first), delimiter=delimiter), [])]
    cells = [cell.strip() for row in csv.reader(io.StringIO(text), delimiter=delimiter) for cell in row]
    comma = any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells) and not any(map(_DECIMAL_POINT.fullmatch, cells))
    return _Layout(headings, encoding, delimiter, "," if comma and delimiter != "," else ".")


def _decode(content: bytes) -> tuple[str, str]:
    """Returns the first encoding that can decode a file, and the text without its byte order mark."""
    encodings = (
        ("utf-16", *_ENCODINGS) if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else _ENCODINGS
    )
    for encoding in encodings:
        try:
            return encoding, content.decode(encoding).removeprefix("\ufeff")
        except UnicodeDecodeError:
            continue
    raise AssertionError("latin-1 decodes every file")


def _is_period(heading: str) -> bool:
    try:
        period_range(heading)
    except BadInput:
        return False
    return True


_GUESSES = {
    "REF_AREA": ("area", "country", "code", "geo", "iso3", "지역", "국가", "시도", "pays", "région"),
    "TIME_PERIOD": ("year", "time", "period", "date", "연도", "시점", "기간", "année", "période"),
    VALUE: ("value", "obs_value", "값", "수치", "valeur"),
    "SEX": ("sex", "gender", "성별", "sexe"),
}


def _guess_column(heading: str) -> str:
    """Returns the column that a heading probably stands for; an empty text if unknown."""
    if heading in (*concepts(), VALUE, *ATTRIBUTES):
        return heading
    return next((column for column, words in _GUESSES.items() if heading.casefold() in words), "")
