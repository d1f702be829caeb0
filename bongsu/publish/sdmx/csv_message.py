"""Writes SDMX-CSV 2.0 and 1.0: a header and one row per observation (RFC 4180).

Options of 2.0: `labels` (id, name, both) and `keys` (none, obs, series, both). With history, two additional columns give the
time for which a row was valid. A message with several dataflows has the columns of all; those they share occur once.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from bongsu.core.structure import OPTIONAL_COLUMNS, TIME, VALUE, Structure
from bongsu.publish.sdmx.datasets import Dataset
from bongsu.publish.sdmx.message import LinesPart, Part
from bongsu.store.releases.sql_text import Escape, TextCell, TextRow, compile_text_query

_ACTIONS = {"Information": "I", "Replace": "R", "Delete": "D"}
_VALID = ("VALID_FROM", "VALID_TO")


@dataclass(frozen=True)
class CsvOptions:
    """Options of a message: version 2 or 1, labels, keys, and the language of names."""

    version: int = 2
    labels: str = "id"
    keys: str = "none"
    language: str = "en"


def plan_csv(datasets: Sequence[Dataset], context: str, options: CsvOptions) -> list[Part]:
    """Plans the message of these datasets."""
    columns = _columns(datasets)
    dated = options.version == 2 and any(dataset.valid_from or dataset.valid_to for dataset in datasets)
    header: Part = _line(_header(datasets, columns, options, dated)).encode()
    return [
        header,
        *(
            LinesPart(compile_text_query(d.table, _row(d, columns, context, options, dated), constants=d.constants))
            for d in datasets
        ),
    ]


def _columns(datasets: Sequence[Dataset]) -> list[str]:
    keys = dict.fromkeys(key for dataset in datasets for key in dataset.keys)
    rest = dict.fromkeys(c for dataset in datasets for c in dataset.columns if c not in keys)
    value = [VALUE] if VALUE in rest else []
    return [*keys, *value, *(column for column in rest if column != VALUE)]


def _header(datasets: Sequence[Dataset], columns: list[str], options: CsvOptions, dated: bool) -> list[str]:
    cells = ["DATAFLOW"] if options.version == 1 else ["STRUCTURE", "STRUCTURE_ID"]
    if options.version == 2:
        cells += ["STRUCTURE_NAME"] if options.labels == "name" else []
        cells += ["ACTION"]
        cells += ["SERIES_KEY"] if options.keys in ("series", "both") else []
        cells += ["OBS_KEY"] if options.keys in ("obs", "both") else []
    names = {
        concept.id: concept.name.to(options.language)
        for dataset in datasets
        for concept in (*dataset.structure.dataflow.dimensions, *dataset.structure.dataflow.attributes)
    }
    for column in columns:
        name = names.get(column, column)
        cells.append(f"{column}: {name}" if options.labels == "both" else column)
        cells += [name] if options.labels == "name" else []
    return cells + (list(_VALID) if dated else [])


def _row(dataset: Dataset, columns: list[str], context: str, options: CsvOptions, dated: bool) -> TextRow:
    flow = dataset.structure.dataflow
    name = flow.name.to(options.language)
    reference = f"{dataset.release.agency}:{flow.id}({flow.version})"
    if options.version == 1:
        lead = [f"{reference}: {name}" if options.labels == "both" else reference]
    else:
        lead = [context, f"{reference}: {name}" if options.labels == "both" else reference]
        lead += [name] if options.labels == "name" else []
        lead += [_ACTIONS[dataset.action]]
    row: list[str | TextCell] = [_line(lead)[:-2]]
    if options.version == 2:
        series = [key for key in dataset.keys if key != (dataset.observation_dimension or TIME)]
        row += _key(series) if options.keys in ("series", "both") else []
        row += _key(list(dataset.keys)) if options.keys in ("obs", "both") else []
    for column in columns:
        row += _cells(dataset, column, options)
    if dated:
        row.append(f",{dataset.valid_from},{dataset.valid_to}")
    return [*row, "\r\n"]


def _key(names: list[str]) -> list[str | TextCell]:
    cells: list[str | TextCell] = [","]
    for index, name in enumerate(names):
        cells += ["." if index else "", TextCell(name)]
    return cells


def _cells(dataset: Dataset, column: str, options: CsvOptions) -> list[str | TextCell]:
    empty = "," if options.labels != "name" else ",,"
    if column not in dataset.columns:
        return [empty]
    named = code_names(dataset.structure, column, options.language)
    escape = Escape.NONE if column in dataset.unescaped else Escape.CSV
    plain = TextCell(column, escape, optional=column in OPTIONAL_COLUMNS)
    if options.labels == "both" and named is not None:
        both = {code: _field(f"{code}: {name}") for code, name in named.items()}
        return [",", TextCell(column, names=both, optional=True)]
    if options.labels == "name":
        label: str | TextCell = (
            ""
            if named is None
            else TextCell(column, names={code: _field(name) for code, name in named.items()}, optional=True)
        )
        return [",", plain, ",", label]
    return [",", plain]


def code_names(structure: Structure, column: str, language: str) -> dict[str, str] | None:
    """Returns the names of a column's codes; None if it has no code list."""
    flow = structure.dataflow
    for concept in (*flow.dimensions, *flow.attributes):
        if concept.id == column and concept.code_list:
            codes = structure.code_list(concept.code_list)
            return {code.id: code.name.to(language) for code in codes} if codes else {}
    return None


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)
    return text.getvalue()


def _field(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(mark in text for mark in ',"\r\n') else text
