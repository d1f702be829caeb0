"""Reads flow.toml, which defines an own dataflow: its structure, the source of its data, how to read its file, and its checks.

The id of the dataflow is the name of the folder, which has flow.toml, the data file, and a CSV file with the columns code,
parent, en, ko and fr for each code list that flow.toml defines. docs/own-dataflows.md is the manual.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Literal
from unicodedata import normalize

from msgspec import Meta, Struct, field

from bongsu.core.cell_text import number_pattern
from bongsu.core.codes import CodeList
from bongsu.core.document_shape import FilledText, FiniteNumber, PositiveNumber, convert_document, limit
from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name
from bongsu.core.periods import period_range
from bongsu.core.provenance import Origin
from bongsu.core.structure import AREA, HOME, NUMERIC_COLUMNS, TIME, Dataflow, DescriptionTable, check_id, make_dataflow
from bongsu.core.text_files import parse_toml
from bongsu.store.tables.definitions import code_lists, concepts
from bongsu.store.tables.licences import check_licence
from bongsu.store.tables.own_definitions import CodeListTable, ConceptTable, parse_definitions
from bongsu.store.tables.programmes import OWN_PROGRAMME, find_maker

FLOW_FILE = "flow.toml"
OWN_METHOD = "own-figures 1"


class FlowSource(Struct, forbid_unknown_fields=True):
    """The publisher, title, licence and vintage of the data."""

    publisher: FilledText
    title: FilledText
    licence: FilledText
    vintage: FilledText
    address: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid web address."), N_("Begin it with https://."), pattern=r"^(https?://\S+)?\Z"
        ),
    ] = ""
    attribution: str = ""


class ReadOptions(Struct, forbid_unknown_fields=True):
    """How a CSV file is written; the sheet of a spreadsheet, which is the first if not given."""

    delimiter: Annotated[str, limit(N_("The delimiter must be one character."), pattern=r"^[^\"\r\n]\Z")] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ",", ".", "'", "’"] = ""
    encoding: str = "utf-8"
    sheet: str = ""


class WideColumns(Struct, forbid_unknown_fields=True):
    """Columns whose headings are codes of one dimension, such as a column for each year."""

    dimension: str
    columns: Annotated[list[str], Meta(min_length=1)]


class Within(Struct, forbid_unknown_fields=True, tag_field="check", tag="within"):
    """Values and bounds lie between `low` and `high`, where columns have certain codes."""

    low: FiniteNumber = float("-inf")
    high: FiniteNumber = float("inf")
    where: dict[str, list[str]] = {}


class SumsTo(Struct, forbid_unknown_fields=True, tag_field="check", tag="sums_to"):
    """A check that the values of `parts` of a dimension sum to the value of `total`, within `tolerance`, in the same unit."""

    dimension: str
    total: str
    parts: Annotated[list[str], Meta(min_length=1)]
    tolerance: PositiveNumber = 0


class FewLost(Struct, forbid_unknown_fields=True, tag_field="check", tag="few_lost"):
    """A check that at most the share `share` of the codes of a dimension has disappeared since the previous release."""

    dimension: str
    share: Annotated[float, Meta(ge=0, le=1)] = 0.05


class FlowFile(DescriptionTable, forbid_unknown_fields=True, kw_only=True):
    """The fields of flow.toml: those that describe any dataflow, and those of its data file."""

    kind: str
    data: Annotated[str, limit(N_("The data file must be in the folder of its flow.toml."), pattern=r"^[^/\\\0]+\Z")]
    source: FlowSource
    read: ReadOptions = field(default_factory=ReadOptions)
    columns: dict[str, str] = field(default_factory=dict)
    leave_out: dict[str, list[str]] = field(default_factory=dict)
    constants: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    statuses: dict[str, Literal["M", "Q"]] = field(
        default_factory=dict
    )  # of values that are missing, by the file's mark
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

    def known_codes(self, column: str) -> Collection[str]:
        """Returns the codes that a column can have; none if it has no code list."""
        concepts_of = {concept.id: concept for concept in (*self.flow.dimensions, *self.flow.attributes)}
        codes = self.code_lists.get(concepts_of[column].code_list) if column in concepts_of else None
        return frozenset(code.id for code in codes or ())

    def check_code(self, column: str, code: str) -> None:
        """Raises BadInput if a column cannot have the code: a period, a unit or a code that does not exist."""
        if column == TIME:
            period_range(code)
        elif column == "UNIT_MEASURE":
            if code not in self.flow.units:
                raise unknown_name(N_("unit"), code, self.flow.units)
        else:
            concepts_of = {concept.id: concept for concept in (*self.flow.dimensions, *self.flow.attributes)}
            codes = self.code_lists.get(concepts_of[column].code_list)
            if codes is not None:
                codes.get(code)


def check_flow_id(id_: str, where: str) -> None:
    """Raises BadInput for an id that an own dataflow cannot have."""
    check_id(id_, where)
    if maker := find_maker(id_):
        raise BadInput(
            N_("The programme “{programme}” makes {flow}."),
            where=where,
            fix=N_("Choose another id."),
            programme=maker,
            flow=id_,
        )


def parse_flow(id_: str, texts: Mapping[str, str]) -> FlowDefinition:
    """Returns the definition of the dataflow `id_`. `texts` are its flow.toml and the files of its code lists, by name.

    Raises BadInput, UnknownName or Missing with the file and the field.
    """
    where = f"{id_}/{FLOW_FILE}"
    check_flow_id(id_, where)
    texts = {name: normalize("NFC", text) for name, text in texts.items()}
    read = convert_document(parse_toml(texts[FLOW_FILE], where), FlowFile, where)
    number_pattern(read.read.decimal, read.read.thousands)
    check_licence(read.source.licence, f"{where}, source.licence")
    own_concepts, own_lists = parse_definitions(read.concepts, read.code_lists, texts, where)
    lists = {**code_lists(), **own_lists}
    known = {**concepts(), **own_concepts}
    flow = make_dataflow(id_, read, known, programme=OWN_PROGRAMME, method=OWN_METHOD, where=where)
    used = {concept.code_list for concept in (*flow.dimensions, *flow.attributes)}
    definition = FlowDefinition(flow, {name: codes for name, codes in lists.items() if name in used}, read)
    _check_references(definition, where)
    return definition


def _check_references(definition: FlowDefinition, where: str) -> None:
    """Raises if the file names a column or a code that does not exist."""
    read, flow = definition.file, definition.flow
    wanted = [
        *((name, flow.columns, "constants") for name in read.constants),
        *((name, flow.columns, "codes") for name in read.codes),
        *((name, flow.columns, "columns") for name in read.columns.values() if name),
        *((check.dimension, flow.keys, "checks") for check in read.checks if not isinstance(check, Within)),
        *(((read.wide.dimension, flow.keys, "wide"),) if read.wide else ()),
    ]
    for name, known, place in wanted:
        if name not in known:
            raise unknown_name(N_("column"), name, known, where=f"{where}, {place}")
    for column, codes, place in _list_codes(definition):
        if column not in flow.columns or column in NUMERIC_COLUMNS:
            coded = [name for name in flow.columns if name not in NUMERIC_COLUMNS]
            raise unknown_name(N_("column"), column, coded, where=f"{where}, {place}")
        for code in codes:
            if (column, code) == (AREA, HOME) and place in ("charts", "headlines"):
                continue
            try:
                definition.check_code(column, code)
            except BongsuError as error:
                error.where = f"{where}, {place}, {column}"
                raise
    for check in read.checks:
        _check_limits(check, f"{where}, checks")
    if read.wide and (twice := sorted(read.columns.keys() & set(read.wide.columns))):
        raise BadInput(
            N_("The heading “{heading}” is under [columns] and under [wide]."),
            where=f"{where}, wide",
            fix=N_("Leave it out of one of them."),
            heading=twice[0],
        )


def _list_codes(definition: FlowDefinition) -> Iterator[tuple[str, Collection[str], str]]:
    """Yields the columns for which the file names codes, the codes, and the table that names them."""
    read, flow = definition.file, definition.flow
    yield "KIND", [read.kind], "kind"
    yield from (
        (column, [code], "constants") for column, code in read.constants.items() if column not in NUMERIC_COLUMNS
    )
    for column, codes in read.codes.items():
        yield from ((column, [code], "codes") for code in codes.values() if code and column not in NUMERIC_COLUMNS)
    for chart in flow.charts:
        yield from ((column, codes, "charts") for column, codes in chart.where)
    for headline in flow.headlines:
        yield from ((column, codes, "headlines") for column, codes in headline.where)
    for check in read.checks:
        if isinstance(check, Within):
            yield from ((column, codes, "checks") for column, codes in check.where.items())
        elif isinstance(check, SumsTo):
            yield check.dimension, [check.total, *check.parts], "checks"
    if read.wide:
        translated = read.codes.get(read.wide.dimension, {})
        yield read.wide.dimension, [translated.get(code, code) for code in read.wide.columns], "wide"


def _check_limits(check: Within | SumsTo | FewLost, where: str) -> None:
    """Raises BadInput for limits or parts that contradict each other."""
    if isinstance(check, Within) and check.low > check.high:
        raise BadInput(
            N_("The lower limit {low} is above the upper limit {high}."), where=where, low=check.low, high=check.high
        )
    if isinstance(check, SumsTo) and (check.total in check.parts or len(set(check.parts)) < len(check.parts)):
        raise BadInput(
            N_("The parts of {total} contain the total itself, or a part twice."), where=where, total=check.total
        )
