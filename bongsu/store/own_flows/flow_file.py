"""Reads flow.toml, which defines an own dataflow: its structure, the source of its data, how to read its file, and its checks.

The id of the dataflow is the name of the folder, which has flow.toml, the data file, and a CSV file with the columns code,
parent, en, ko and fr for each code list that flow.toml defines. docs/own-dataflows.md is the manual.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct, field

from bongsu.core.codes import CodeList
from bongsu.core.document_shape import convert_document
from bongsu.core.errors import N_, BadInput, UnknownName, unknown_name
from bongsu.core.provenance import Origin
from bongsu.core.structure import ATTRIBUTES, VALUE, Dataflow, DescriptionTable, make_dataflow
from bongsu.store.tables.definitions import code_lists, concepts
from bongsu.store.tables.own_definitions import CodeListTable, ConceptTable, parse_definitions
from bongsu.store.tables.programmes import OWN_PROGRAMME

FLOW_FILE = "flow.toml"
OWN_METHOD = "own-figures 1"

Number = int | float


class FlowSource(Struct, forbid_unknown_fields=True):
    """The publisher, title, licence and vintage of the data."""

    publisher: str
    title: str
    licence: str
    vintage: str
    address: Annotated[str, Meta(pattern=r"^(https?://\S+)?$")] = ""
    attribution: str = ""


class ReadOptions(Struct, forbid_unknown_fields=True):
    """How a CSV file is written; the sheet of a spreadsheet, which is the first if not given."""

    delimiter: Annotated[str, Meta(min_length=1, max_length=1)] = ","
    decimal: Annotated[str, Meta(pattern=r"^[.,]$")] = "."
    encoding: str = "utf-8"
    sheet: str = ""


class WideColumns(Struct, forbid_unknown_fields=True):
    """Columns whose headings are codes of one dimension, such as a column for each year."""

    dimension: str
    columns: Annotated[list[str], Meta(min_length=1)]


class Within(Struct, forbid_unknown_fields=True, tag_field="check", tag="within"):
    """Values and bounds lie between `low` and `high`, where columns have certain codes."""

    low: Number = float("-inf")
    high: Number = float("inf")
    where: dict[str, list[str]] = {}


class SumsTo(Struct, forbid_unknown_fields=True, tag_field="check", tag="sums_to"):
    """A check that the values of `parts` of a dimension sum to the value of `total`, within `tolerance`, in the same unit."""

    dimension: str
    total: str
    parts: Annotated[list[str], Meta(min_length=1)]
    tolerance: Number = 0


class FewLost(Struct, forbid_unknown_fields=True, tag_field="check", tag="few_lost"):
    """A check that at most the share `share` of the codes of a dimension has disappeared since the previous release."""

    dimension: str
    share: Annotated[float, Meta(ge=0, le=1)] = 0.05


class FlowFile(DescriptionTable, forbid_unknown_fields=True, kw_only=True):
    """The fields of flow.toml: those that describe any dataflow, and those of its data file."""

    kind: str
    data: str
    source: FlowSource
    read: ReadOptions = field(default_factory=ReadOptions)
    columns: dict[str, str] = field(default_factory=dict)
    leave_out: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    wide: WideColumns | None = None
    concepts: dict[str, ConceptTable] = field(default_factory=dict)
    code_lists: dict[str, CodeListTable] = field(default_factory=dict)
    checks: list[Within | SumsTo | FewLost] = field(default_factory=list)


@dataclass(frozen=True)
class FlowDefinition:
    """An own dataflow, the code lists that it uses, by id, and its flow.toml."""

    flow: Dataflow
    code_lists: Mapping[str, CodeList]
    file: FlowFile

    @property
    def origin(self) -> Origin:
        """The origin of the data."""
        source = self.file.source
        return Origin(
            source.publisher, source.title, source.address, source.licence, source.attribution or source.publisher
        )

    def codes_of(self, column: str) -> CodeList | None:
        """Returns the code list of a column; None if it has none. Raises UnknownName."""
        for concept in (*self.flow.dimensions, *self.flow.attributes):
            if concept.id == column:
                return self.code_lists.get(concept.code_list)
        raise unknown_name(N_("column"), column, self.flow.columns, where=f"{self.flow.id}/{FLOW_FILE}")


def parse_flow(id_: str, texts: Mapping[str, str]) -> FlowDefinition:
    """Returns the definition of the dataflow `id_`. `texts` are its flow.toml and the files of its code lists, by name.

    Raises BadInput, UnknownName or Missing with the file and the field.
    """
    where = f"{id_}/{FLOW_FILE}"
    try:
        document = tomllib.loads(texts[FLOW_FILE])
    except tomllib.TOMLDecodeError as error:
        raise BadInput(N_("The file is not valid TOML: {reason}."), where=where, reason=error) from None
    read = convert_document(document, FlowFile, where)
    own_concepts, own_lists = parse_definitions(read.concepts, read.code_lists, texts, where)
    lists = {**code_lists(), **own_lists}
    known = {**concepts(), **own_concepts}
    flow = make_dataflow(id_, read, known, programme=OWN_PROGRAMME, method=OWN_METHOD, where=where)
    used = {concept.code_list for concept in (*flow.dimensions, *flow.attributes)}
    definition = FlowDefinition(flow, {name: codes for name, codes in lists.items() if name in used}, read)
    _check_references(definition, where)
    return definition


def _check_references(definition: FlowDefinition, where: str) -> None:
    """Raises if the file names a dimension or a code that does not exist."""
    read, flow = definition.file, definition.flow
    wanted = [
        *((name, "constants") for name in read.constants),
        *((name, "codes") for name in read.codes),
        *((name, "columns") for name in read.columns.values() if name),
        *((check.dimension, "checks") for check in read.checks if not isinstance(check, Within)),
        *((name, "checks") for check in read.checks if isinstance(check, Within) for name in check.where),
        *(((read.wide.dimension, "wide"),) if read.wide else ()),
    ]
    for name, place in wanted:
        if name not in flow.columns:
            raise unknown_name(N_("column"), name, flow.columns, where=f"{where}, {place}")
    for column, code in (("KIND", read.kind), *read.constants.items()):
        _check_code(definition, column, code, where)
    filters = [*(chart.where for chart in flow.charts), *(headline.where for headline in flow.headlines)]
    for column, codes in (pair for one in filters for pair in one):
        for code in codes:
            _check_code(definition, column, code, where)


def _check_code(definition: FlowDefinition, column: str, code: str, where: str) -> None:
    codes = definition.codes_of(column) if column not in (VALUE, *_FREE) else None
    if codes is not None:
        try:
            codes.get(code)
        except UnknownName as error:
            error.where = f"{where}, {column}"
            raise


_FREE = tuple(name for name in ATTRIBUTES if name.endswith("BOUND"))
