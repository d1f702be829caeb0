"""SDMX-JSON data messages, 2.0 and 1.0: structures with their values first, then observations as indexes into them.

2.0 writes free texts and bounds inline. 1.0 supports indexes only, so it lists every distinct value of every attribute; a
slice with more than MAX_VALUES of them raises AnswerTooLarge, which recommends 2.0.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.languages import LANGUAGES
from bongsu.core.structure import NUMERIC_COLUMNS, OPTIONAL_COLUMNS, TIME, VALUE, Concept
from bongsu.core.text import Text
from bongsu.publish.sdmx.affected import json_annotations
from bongsu.publish.sdmx.datasets import Dataset
from bongsu.publish.sdmx.errors import AnswerTooLarge
from bongsu.publish.sdmx.message import GroupsPart, LinesPart, Part
from bongsu.publish.sdmx.structure_catalogue import make_urn
from bongsu.publish.sdmx.xml_message import MessageHeader
from bongsu.store.node import Node
from bongsu.store.releases.sql_text import Escape, TextCell, TextRow, compile_text_query
from bongsu.store.tables.definitions import concepts

MAX_VALUES = 20_000  # of one attribute in a message of 1.0
_SCHEMA = "https://raw.githubusercontent.com/sdmx-twg/sdmx-json/master/data-message/tools/schemas"
_ID = re.compile(r"[^A-Za-z0-9_@$-]")


class _DatasetWriter:
    """Writes one dataset as JSON: the values of its components, and their indexes."""

    def __init__(self, node: Node, dataset: Dataset, language: str, old: bool) -> None:
        self.dataset, self.language, self.old = dataset, language, old
        flow = dataset.structure.dataflow
        attributes = [concept for concept in flow.attributes if concept.id in dataset.columns]
        self.dimensions = [concept for concept in flow.dimensions if concept.id in dataset.columns]
        self.attributes = attributes
        self.values: dict[str, list[str]] = {}
        for concept in (*self.dimensions, *(attributes if old else ())):
            self.values[concept.id] = self._distinct(node, concept)
        for concept in () if old else attributes:
            if codes := dataset.structure.code_list(concept.code_list):
                self.values[concept.id] = [code.id for code in codes]

    def _distinct(self, node: Node, concept: Concept) -> list[str]:
        column = self.dataset.table[concept.id].cast("string")
        table = self.dataset.table.select(value=column).distinct().limit(MAX_VALUES + 1)
        values = [value for value in node.engine.run(table).column(0).to_pylist() if value is not None]
        if self.old and len(values) > MAX_VALUES:
            raise AnswerTooLarge(
                N_("{name} has more than {most} values; SDMX-JSON 1.0 would have to list them all."),
                fix=N_("Request SDMX-JSON 2.0, or fewer observations."),
                name=concept.id,
                most=MAX_VALUES,
            )
        codes = self.dataset.structure.code_list(concept.code_list)
        place = {code.id: index for index, code in enumerate(codes)} if codes else {}
        return sorted(values, key=lambda value: (place.get(value, -1), value))

    def structure(self, agency: str) -> dict[str, Any]:
        """Returns the structure of the dataset, with the values to which the indexes refer."""
        flow, along = self.dataset.structure.dataflow, self.dataset.observation_dimension
        dimensions = [(concept, self._dimension(concept)) for concept in self.dimensions]
        levels = {
            "dataSet": [],
            "series": [dimension for concept, dimension in dimensions if along and concept.id != along],
            "observation": [dimension for concept, dimension in dimensions if not along or concept.id == along],
        }
        structure: dict[str, Any] = {
            "links": [_link(agency, flow.id, flow.version)],
            **_localised("name", flow.name, self.language),
            **_localised("description", flow.description, self.language),
            "dimensions": levels,
            "attributes": {"dataSet": [], "series": [], "observation": [self._attribute(a) for a in self.attributes]},
        }
        if annotations := json_annotations(self.dataset.release, self.language):
            structure["annotations"] = annotations
        if not self.old:
            value = {"id": VALUE, **_localised("name", concepts()[VALUE].name, self.language)}
            structure["measures"] = {"observation": [value] if VALUE in self.dataset.columns else []}
        return structure

    def _dimension(self, concept: Concept) -> dict[str, Any]:
        position = self.dataset.structure.dataflow.keys.index(concept.id)
        roles = {"roles": ["TIME_PERIOD"]} if concept.id == TIME else {}
        name = _localised("name", concept.name, self.language)
        return {"id": concept.id, **name, "keyPosition": position, **roles, "values": self._values_of(concept)}

    def _attribute(self, concept: Concept) -> dict[str, Any]:
        relationship: dict[str, Any] = {"primaryMeasure": VALUE} if self.old else {"observation": {}}
        values = {"values": self._values_of(concept)} if concept.id in self.values else {}
        return {
            "id": concept.id,
            **_localised("name", concept.name, self.language),
            "relationship": relationship,
            **values,
        }

    def _values_of(self, concept: Concept) -> list[dict[str, Any]]:
        codes = self.dataset.structure.code_list(concept.code_list)
        if codes:
            names = {code.id: code.name for code in codes}
            return [{"id": v, **_localised("name", names[v], self.language)} for v in self.values[concept.id]]
        if self.old and concept in self.attributes:
            return [{"name": value} for value in self.values[concept.id]]
        if concept.id == TIME or self.old:
            return [{"id": _ID.sub("_", value), "name": value} for value in self.values[concept.id]]
        return [{"value": value} for value in self.values[concept.id]]

    def _index(self, name: str) -> dict[str, str]:
        return {value: str(index) for index, value in enumerate(self.values[name])}

    def _key(self, names: Sequence[str]) -> TextRow:
        cells: list[str | TextCell] = ['"']
        for place, name in enumerate(names):
            cells += [":" if place else "", TextCell(name, names=self._index(name))]
        return [*cells, '":']

    def _content(self) -> TextRow:
        cells: list[str | TextCell] = ["["]
        columns = [VALUE] if VALUE in self.dataset.columns else []
        for place, name in enumerate([*columns, *(concept.id for concept in self.attributes)]):
            cells += ["," if place else "", self._cell(name)]
        return [*cells, "]"]

    def _cell(self, name: str) -> TextCell:
        if name in self.values:
            return TextCell(name, names=self._index(name), missing="null", optional=True)
        if name in NUMERIC_COLUMNS:
            return TextCell(name, missing="null", optional=True)
        escape = Escape.NONE if name in self.dataset.unescaped else Escape.JSON
        return TextCell(name, escape, before='"', after='"', missing="null", optional=name in OPTIONAL_COLUMNS)

    def observations(self) -> list[Part]:
        """Returns the parts with the observations, grouped by series unless they are flat."""
        dataset, along, fixed = self.dataset, self.dataset.observation_dimension, self.dataset.constants
        if dataset.only_keys:
            question = compile_text_query(
                dataset.table, [",", *self._key(dataset.keys), "{}" if along else "[]"], constants=fixed
            )
            return [b'"series":{' if along else b'"observations":{', LinesPart(question, comma=True), b"}"]
        if not along:
            question = compile_text_query(
                dataset.table, [",", *self._key(dataset.keys), *self._content()], constants=fixed
            )
            return [b'"observations":{', LinesPart(question, comma=True), b"}"]
        line = [",", *self._key([along]), *self._content()]
        question = compile_text_query(dataset.table, line, [*self._key(dataset.series), '{"observations":{'], fixed)
        return [b'"series":{', GroupsPart(question, close=b"}}", between=b",", comma=True), b"}"]


def plan_json(node: Node, datasets: Sequence[Dataset], head: MessageHeader, language: str, *, old: bool) -> list[Part]:
    """Plans a message of these datasets in SDMX-JSON 2.0, or 1.0 (`old`); no parts if there are no observations.

    Raises AnswerTooLarge in 1.0 for several dataflows (1.0 has one structure per message) or too many values.
    """
    writers = [_DatasetWriter(node, dataset, language, old) for dataset in datasets]
    writers = [writer for writer in writers if writer.values[writer.dimensions[0].id]]
    if not writers:
        return []
    structures = [writer.structure(writer.dataset.release.agency) for writer in writers]
    if old and len({json.dumps(structure["links"]) for structure in structures}) > 1:
        raise AnswerTooLarge(
            N_("An SDMX-JSON 1.0 message contains one dataflow only."),
            fix=N_("Request one dataflow, or SDMX-JSON 2.0."),
        )
    meta = {
        "schema": f"{_SCHEMA}/{'1.0' if old else '2.0.0'}/sdmx-json-data-schema.json",
        "id": head.id,
        "test": False,
        "prepared": head.prepared,
        "contentLanguages": [language, *(other for other in LANGUAGES if other != language)],
        "sender": {"id": head.sender},
    }
    header: dict[str, Any] = {"structure": structures[0]} if old else {"structures": structures}
    opening = f'{{"meta":{_dump(meta)},"data":{{{_dump(header)[1:-1]},"dataSets":['
    message: list[Part] = [opening.encode()]
    for place, writer in enumerate(writers):
        flow = writer.dataset.structure.dataflow
        about: dict[str, Any] = {} if old else {"structure": place}
        about |= {
            "action": writer.dataset.action,
            "links": [_link(writer.dataset.release.agency, flow.id, flow.version)],
        }
        valid = {"validFrom": writer.dataset.valid_from, "validTo": writer.dataset.valid_to}
        about |= {name: moment for name, moment in valid.items() if moment}
        if annotations := json_annotations(writer.dataset.release, language):
            about["annotations"] = list(range(len(annotations)))
        message.append(f"{',' if place else ''}{_dump(about)[:-1]},".encode())
        message += [*writer.observations(), b"}"]
    return [*message, b"]}}\n"]


def _link(agency: str, id_: str, version: str) -> dict[str, str]:
    return {"rel": "dataflow", "urn": make_urn("dataflow", agency, id_, version)}


def _localised(field: str, text: Text, language: str) -> dict[str, Any]:
    return {field: text.to(language), f"{field}s": text.translations()}


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
