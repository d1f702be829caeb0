"""Creates the folder of a new own dataflow, with a flow.toml to fill in and a data file."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

from bongsu.core.errors import N_, BadInput
from bongsu.core.periods import period_range
from bongsu.core.structure import ATTRIBUTES, TIME, VALUE
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import write_file
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_file import FLOW_FILE, check_flow_id
from bongsu.store.tables.csv_lines import read_csv_lines
from bongsu.store.tables.definitions import concepts
from bongsu.store.tables.parquet_tables import read_parquet_columns
from bongsu.store.tables.spreadsheets import SPREADSHEET_SUFFIX, read_spreadsheet

_EXAMPLE = "REF_AREA,TIME_PERIOD,OBS_VALUE\nKOR,2023,100\nKOR,2024,120\n"
_ENCODINGS = ("utf-8", "cp949", "latin-1")  # tried in this order
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
_DECIMAL_POINT = re.compile(r"[+-]?[0-9]+\.[0-9]+")


def make_flow(node: Node, id_: str, data: Path | None = None) -> Path:
    """Creates flows/`id_` with a flow.toml and a copy of `data`, or example data. Returns the folder. Raises BadInput."""
    check_flow_id(id_, "")
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
        data=_write_text(name),
        publisher=_write_text(node.name_in("en")),
        licence=_write_text(node.site.licence or "CC-BY-4.0"),
        year=utc_now()[:4],
        encoding=_write_text(layout.encoding),
        delimiter=_write_text(layout.delimiter),
        decimal=_write_text(layout.decimal),
        columns="".join(
            f"{_write_text(heading)} = {_write_text(column)}\n"
            for heading, column in _guess_columns(one for one in layout.headings if one not in wide).items()
            if heading != column
        ),
        wide=f'\n[wide]\ndimension = "{TIME}"\ncolumns = [{", ".join(map(_write_text, wide))}]\n' if wide else "",
    )
    write_file(folder / name, content)
    write_file(folder / FLOW_FILE, text.encode())
    return folder


def _write_text(text: str) -> str:
    """Returns a text as TOML writes it: as JSON does, and without the control character that only JSON allows."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


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
        return _Layout(read_parquet_columns(content, name))
    if name.endswith(SPREADSHEET_SUFFIX):
        return _Layout([one for one in next(iter(read_spreadsheet(content, where=name)), []) if one])
    encoding, text = _decode(content)
    first = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    lines = read_csv_lines(text, name, delimiter)
    _, headings = next(lines, (1, []))
    cells: list[str] = []
    with suppress(BadInput):  # what is wrong below the heading is for “bongsu flow check”, with its line
        cells.extend(cell for _, row in lines for cell in row)
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


def _guess_columns(headings: Iterable[str]) -> dict[str, str]:
    """Returns the column that each heading probably stands for, each column once; an empty text if unknown."""
    found: dict[str, str] = {}
    for heading in headings:
        column = _guess_column(heading)
        found.setdefault(heading, "" if column in found.values() else column)
    return found


def _guess_column(heading: str) -> str:
    """Returns the column that a heading probably stands for; an empty text if unknown."""
    if heading in (*concepts(), VALUE, *ATTRIBUTES):
        return heading
    return next((column for column, words in _GUESSES.items() if heading.casefold() in words), "")
