"""Independent readers of each format, written from the standard; they return a message as rows of the release."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from lxml import etree

from bongsu.core.structure import NUMERIC_COLUMNS
from bongsu.store.tables.programmes import find_maker, read_programme

Rows = list[dict[str, Any]]


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: None if value in ("", None) else float(value) if name in NUMERIC_COLUMNS else value
        for name, value in row.items()
    }


def from_csv(body: bytes) -> Rows:
    rows = list(csv.DictReader(io.StringIO(body.decode(), newline="")))
    skipped = {"STRUCTURE", "STRUCTURE_ID", "ACTION", "DATAFLOW", "SERIES_KEY", "OBS_KEY"}
    return [_typed({name: value for name, value in row.items() if name not in skipped}) for row in rows]


def from_xml(body: bytes) -> Rows:
    rows = []
    root = etree.fromstring(body)
    for element in root.iter("Obs"):
        parent = element.getparent()
        series = dict(parent.attrib) if parent.tag == "Series" else {}
        rows.append(_typed({**series, **element.attrib}))
    return rows


def _values(component: dict[str, Any]) -> list[Any]:
    return [one.get("value", one.get("id", one.get("name"))) for one in component["values"]]


def from_json(body: bytes) -> Rows:
    message = json.loads(body)
    rows = []
    for dataset in message["data"]["dataSets"]:
        structure = message["data"]["structures"][dataset["structure"]]
        series = structure["dimensions"]["series"]
        groups = dataset["series"].items() if "series" in dataset else [("", {"observations": dataset["observations"]})]
        for key, group in groups:
            above = _decoded(series, key)
            for place, content in group["observations"].items():
                row = {**above, **_decoded(structure["dimensions"]["observation"], place)}
                told = [*structure["measures"]["observation"], *structure["attributes"]["observation"]]
                for component, value in zip(told, content, strict=True):
                    coded = "values" in component and value is not None
                    row[component["id"]] = _values(component)[value] if coded else value
                rows.append(_typed(row))
    return rows


def _decoded(dimensions: list[dict[str, Any]], key: str) -> dict[str, Any]:
    if not dimensions:
        return {}
    return {d["id"]: _values(d)[int(i)] for d, i in zip(dimensions, key.split(":"), strict=True)}


def from_json1(body: bytes) -> Rows:
    message = json.loads(body)
    rows = []
    structure = message["data"]["structure"]
    series, observed = structure["dimensions"]["series"], structure["dimensions"]["observation"]

    # the id of a free value contains only its allowed characters; its name is the value
    told = {
        d["id"]: [v["name"] if v["id"] == _id(v["name"]) else v["id"] for v in d["values"]]
        for d in (*series, *observed)
    }

    def named(dimensions: list[dict[str, Any]], key: str) -> dict[str, Any]:
        return {d["id"]: told[d["id"]][int(i)] for d, i in zip(dimensions, key.split(":"), strict=True)} if key else {}

    for dataset in message["data"]["dataSets"]:
        groups = dataset["series"].items() if "series" in dataset else [("", {"observations": dataset["observations"]})]
        for key, group in groups:
            for place, (value, *attributes) in group["observations"].items():
                row = {**named(series, key), **named(observed, place), "OBS_VALUE": value}
                for component, index in zip(structure["attributes"]["observation"], attributes, strict=True):
                    found = None if index is None else component["values"][index]
                    row[component["id"]] = found and found.get("id", found["name"])
                rows.append(_typed(row))
    return rows


def _id(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_@$-]", "_", text)


def from_parquet(body: bytes) -> Rows:
    return pq.read_table(io.BytesIO(body)).to_pylist()


def from_arrow(body: bytes) -> Rows:
    return pa.ipc.open_stream(io.BytesIO(body)).read_all().to_pylist()


READERS = {
    "csv": from_csv,
    "csv1": from_csv,
    "json": from_json,
    "json1": from_json1,
    "xml": from_xml,
    "xml21": from_xml,
    "parquet": from_parquet,
    "arrow": from_arrow,
}


def version_of(flow: str) -> str:
    """Returns the version of the structure of a dataflow that ships with Bongsu."""
    return read_programme(find_maker(flow)).flow(flow).version
