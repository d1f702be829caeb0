"""Creates the folder of a new own dataflow, with a flow.toml to fill in and a data file."""

from __future__ import annotations

import csv
import io
import json
import re
from importlib.resources import files
from pathlib import Path

from bongsu.core.errors import N_, BadInput
from bongsu.core.structure import ATTRIBUTES, VALUE
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.files import write_file
from bongsu.store.node import Node
from bongsu.store.own_flows.flow_file import FLOW_FILE
from bongsu.store.tables.definitions import concepts
from bongsu.store.tables.spreadsheets import SPREADSHEET_SUFFIX, read_spreadsheet

_ID = re.compile(r"[A-Z][A-Z0-9_]{0,49}")
_EXAMPLE = "REF_AREA,TIME_PERIOD,OBS_VALUE\nKOR,2023,100\nKOR,2024,120\n"
_ENCODINGS = ("utf-8", "cp949", "latin-1")  # tried in this order


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
    encoding, delimiter, headings = _read_heading(name, content)
    template = files("bongsu.store.own_flows").joinpath("flow_template.toml").read_text(encoding="utf-8")
    text = template.format(
        id=id_,
        data=name,
        publisher=node.identity.name,
        year=utc_now()[:4],
        encoding=encoding,
        delimiter=delimiter,
        columns="".join(
            f"{json.dumps(one, ensure_ascii=False)} = {json.dumps(_guess_column(one))}\n" for one in headings
        ),
    )
    write_file(folder / name, content)
    write_file(folder / FLOW_FILE, text.encode())
    return folder


def _read_heading(name: str, content: bytes) -> tuple[str, str, list[str]]:
    """Returns the encoding, the delimiter, and the headings that are not names of columns."""
    if name.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        headings = pq.read_schema(pa.BufferReader(content)).names
        return "utf-8", ",", [one for one in headings if _guess_column(one) != one]
    if name.endswith(SPREADSHEET_SUFFIX):
        headings = next(iter(read_spreadsheet(content, where=name)), [])
        return "utf-8", ",", [one for one in headings if one and _guess_column(one) != one]
    for encoding in _ENCODINGS:
        try:
            text = content.decode(encoding).removeprefix("\ufeff")
            break
        except UnicodeDecodeError:
            continue
    first = text.partition("\n")[0]
    delimiter = max(",;\t|", key=first.count)
    headings = [one.strip() for one in next(csv.reader(io.StringIO(first), delimiter=delimiter), [])]
    return encoding, "\\t" if delimiter == "\t" else delimiter, [one for one in headings if _guess_column(one) != one]


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
