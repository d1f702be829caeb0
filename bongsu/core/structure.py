"""The structure of a dataflow in the terms of SDMX: dimensions, attributes, measure and unit.

All dataflows have the same measure and the same attributes, so that every figure has its unit, kind, boundary and source.
Only the dimensions differ. definitions/concepts.csv has the names and code lists of all concepts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct

from bongsu.core.codes import Code, CodeList
from bongsu.core.document_shape import convert_document, limit
from bongsu.core.errors import N_, BadInput, BongsuError, unknown_name
from bongsu.core.estimate import Boundary
from bongsu.core.text import Text
from bongsu.core.units import parse_unit

TIME = "TIME_PERIOD"
VALUE = "OBS_VALUE"
AREA = "REF_AREA"
HOME = "home"  # as a code of REF_AREA in a chart or headline: the country of the institution that shows it
DEFAULT_POLICY: Final = "source"  # the revision policy of a dataflow that names none
NUMERIC_COLUMNS = (VALUE, "LOWER_BOUND", "UPPER_BOUND")
# INTERVAL_TYPE is P80 (an 80 % interval computed by Bongsu), RANGE (the range that the publisher gives) or NONE.
ATTRIBUTES = (
    "LOWER_BOUND",
    "UPPER_BOUND",
    "INTERVAL_TYPE",
    "UNIT_MEASURE",
    "KIND",
    "BOUNDARY",
    "OBS_STATUS",
    "VINTAGE",
    "METHOD",
    "SOURCE",
    "COMMENT_OBS",
)
# Columns that may be empty in an observation.
OPTIONAL_COLUMNS = (*NUMERIC_COLUMNS, "COMMENT_OBS")
_CODED = tuple(name for name in ATTRIBUTES if name not in (*NUMERIC_COLUMNS, "COMMENT_OBS"))
Conditions = tuple[tuple[str, tuple[str, ...]], ...]
_ID = re.compile(r"[A-Z][A-Z0-9_]{0,49}")
# Short names for standard ids.
_ALIASES = {"AREA": "REF_AREA", "COUNTRY": "REF_AREA", "YEAR": TIME, "TIME": TIME, "PERIOD": TIME}


@dataclass(frozen=True)
class Concept:
    """The meaning of a column: id, name, definition, and the code list of its values (empty for free text)."""

    id: str
    name: Text
    definition: Text
    code_list: str = ""


@dataclass(frozen=True)
class Chart:
    """A chart of a dataflow, described by its columns; bongsu/publish draws it.

    `mark` is line, bar, band or dot. `where` selects the observations by the codes of their dimensions; HOME among them is
    the country of the institution that shows the chart (`place_home`).
    """

    id: str
    title: Text
    mark: str
    x: str
    y: str
    color: str = ""
    facet: str = ""
    where: Conditions = ()
    top: int = 0  # show only this many of the largest values; 0 for all


@dataclass(frozen=True)
class Headline:
    """The main figure of a dataflow: the newest observation with these codes. {area} in its title is the area's name."""

    title: Text
    where: Conditions


@dataclass(frozen=True)
class Dataflow:
    """A dataflow: what it measures, its dimensions, units and boundary, and the programme that produces it.

    `frequency` is how often its source is updated, `revisions` its policy for revisions (definitions/
    revision_policies.csv). Neither is sealed with a release, or makes a structure another one.
    """

    id: str
    programme: str
    version: str
    name: Text
    description: Text
    dimensions: tuple[Concept, ...]
    attributes: tuple[Concept, ...]
    units: tuple[str, ...]
    boundary: Boundary
    method: str
    charts: tuple[Chart, ...] = ()
    headlines: tuple[Headline, ...] = ()
    frequency: str = field(default="", compare=False)
    revisions: str = field(default=DEFAULT_POLICY, compare=False)

    @property
    def keys(self) -> tuple[str, ...]:
        """The ids of the dimensions, in order."""
        return tuple(dimension.id for dimension in self.dimensions)

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of an observation: dimensions, value, attributes."""
        return (*self.keys, VALUE, *(attribute.id for attribute in self.attributes))

    def dimension(self, name: str) -> Concept:
        """Returns the dimension `name`, ignoring case; AREA is short for REF_AREA, YEAR for TIME_PERIOD. Raises UnknownName."""
        wanted = name.strip().upper()
        wanted = wanted if wanted in self.keys else _ALIASES.get(wanted, wanted)
        for concept in self.dimensions:
            if concept.id == wanted:
                return concept
        raise unknown_name(N_("dimension"), name, self.keys, where=self.id)


LanguageTag = Annotated[
    str, limit(N_("“{value}” is not a valid language tag."), pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*\Z")
]
Names = dict[LanguageTag, str]
# Three numbers: programs that read SDMX compare versions as integers.
VERSION_PATTERN = r"^[0-9]{1,4}(\.[0-9]{1,4}){2}\Z"
Where = dict[str, Annotated[list[str], Meta(min_length=1)]]


class _ChartTable(Struct, forbid_unknown_fields=True):
    id: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid id of a chart."),
            N_("Use small letters, digits and -, with a letter first."),
            pattern=r"^[a-z][a-z0-9-]{0,49}\Z",
        ),
    ]
    title: Names
    mark: Literal["line", "bar", "band", "dot"]
    x: str
    y: str
    color: str = ""
    facet: str = ""
    where: Where = {}
    top: Annotated[int, Meta(ge=0)] = 0


class _HeadlineTable(Struct, forbid_unknown_fields=True):
    title: Names
    where: Where


class DescriptionTable(Struct, kw_only=True):
    """The fields that describe the figures of a dataflow, as they are written in a TOML file."""

    version: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid version."),
            N_("Write three numbers of at most four digits: 1.0.0."),
            pattern=VERSION_PATTERN,
        ),
    ]
    name: Names
    description: Names
    dimensions: Annotated[list[str], Meta(min_length=1)]
    units: Annotated[list[str], Meta(min_length=1)]
    boundary: Boundary
    charts: list[_ChartTable] = []
    headlines: list[_HeadlineTable] = []
    frequency: Literal["", "daily", "weekly", "monthly", "quarterly", "yearly", "irregular"] = ""
    revisions: Literal["source", "editions", "computed", "reports"] = DEFAULT_POLICY


class _DataflowTable(DescriptionTable, kw_only=True):
    method: Annotated[
        str,
        limit(
            N_("“{value}” is not a method with its version."),
            N_("Write the name, a space and the version: harbour-ships 1."),
            pattern=r"^\S+ \S+\Z",
        ),
    ]


def place_home(where: Conditions, home: str) -> Conditions:
    """Returns the conditions with the country `home` instead of HOME. If it is empty, HOME is left out."""
    placed = []
    for column, codes in where:
        known = tuple(dict.fromkeys(home if code == HOME else code for code in codes if home or code != HOME))
        if known:
            placed.append((column, known))
    return tuple(placed)


def check_id(id_: str, where: str) -> None:
    """Raises BadInput unless `id_` can be the id of a dataflow, a concept or a code list in SDMX and in SQL."""
    if not _ID.fullmatch(id_):
        raise BadInput(
            N_("“{id}” is not a valid id."),
            where=where,
            fix=N_("Use up to 50 capitals, digits and _, with a capital first."),
            id=id_,
        )


def parse_dataflow(
    id_: str, document: Mapping[str, Any], concepts: Mapping[str, Concept], *, programme: str, where: str
) -> Dataflow:
    """Parses the description of a dataflow of `programme`. Raises BadInput or UnknownName with the file and the field."""
    row = convert_document(document, _DataflowTable, where)
    return make_dataflow(id_, row, concepts, programme=programme, method=row.method, where=where)


def make_dataflow(
    id_: str, row: DescriptionTable, concepts: Mapping[str, Concept], *, programme: str, method: str, where: str
) -> Dataflow:
    """Returns the dataflow that a table describes. Raises BadInput or UnknownName with the file and the field."""
    check_id(id_, where)
    keys = tuple(row.dimensions)
    _check_keys(keys, f"{where}, dimensions")
    for key in (*keys, *ATTRIBUTES):
        if key not in concepts:
            raise unknown_name(N_("concept"), key, concepts, where=where)
    for symbol in row.units:
        try:
            parse_unit(symbol)
        except BongsuError as error:
            error.where = error.where or f"{where}, units"
            raise
    if repeated := sorted({one.id for one in row.charts if sum(other.id == one.id for other in row.charts) > 1}):
        raise BadInput(N_("Two charts have the id “{id}”."), where=where, fix=N_("Rename one of them."), id=repeated[0])
    return Dataflow(
        id=id_,
        programme=programme,
        version=row.version,
        name=Text.of(row.name, where),
        description=Text.of(row.description, where),
        dimensions=tuple(concepts[key] for key in keys),
        attributes=tuple(concepts[key] for key in ATTRIBUTES if key not in keys),
        units=tuple(row.units),
        boundary=row.boundary,
        method=method,
        charts=tuple(_make_chart(one, keys, where) for one in row.charts),
        headlines=tuple(
            Headline(Text.of(one.title, where), _make_filter(one.where, keys, f"{where}, headlines"))
            for one in row.headlines
        ),
        frequency=row.frequency,
        revisions=row.revisions,
    )


def _check_keys(keys: tuple[str, ...], where: str) -> None:
    """Raises BadInput for a dimension that is listed twice, or whose cells may be empty."""
    if repeated := sorted({key for key in keys if keys.count(key) > 1}):
        raise BadInput(N_("The dimension {name} is listed twice."), where=where, name=repeated[0])
    if measures := [key for key in keys if key in OPTIONAL_COLUMNS]:
        raise BadInput(
            N_("{name} cannot be a dimension."),
            where=where,
            fix=N_("Leave it out: every dataflow has this column."),
            name=measures[0],
        )


def _make_filter(where: Mapping[str, list[str]], keys: tuple[str, ...], place: str) -> Conditions:
    for column in where:
        if column not in (*keys, *_CODED):
            raise unknown_name(N_("column"), column, (*keys, *_CODED), where=f"{place}, where")
    return tuple((column, tuple(codes)) for column, codes in where.items())


def _make_chart(row: _ChartTable, keys: tuple[str, ...], where: str) -> Chart:
    place = f"{where}, chart {row.id}"
    axes = {row.x, row.y} - {VALUE}
    if len(axes) != 1:
        raise BadInput(
            N_("One axis of a chart must be {value}, and the other a dimension."),
            where=f"{place}, x and y",
            value=VALUE,
        )
    (axis,) = axes
    for column, allowed in ((axis, keys), *((one, (*keys, *_CODED)) for one in (row.color, row.facet) if one)):
        if column not in allowed:
            raise unknown_name(N_("column"), column, allowed, where=place)
    return Chart(
        id=row.id,
        title=Text.of(row.title, place),
        mark=row.mark,
        x=row.x,
        y=row.y,
        color=row.color,
        facet=row.facet,
        where=_make_filter(row.where, keys, place),
        top=row.top,
    )


@dataclass(frozen=True)
class Structure:
    """A dataflow with the code lists that its observations use."""

    dataflow: Dataflow
    code_lists: tuple[CodeList, ...]

    def code_list(self, id_: str) -> CodeList | None:
        """Returns the code list with this id; None if the structure does not have it."""
        return next((codes for codes in self.code_lists if codes.id == id_), None)

    def name_of(self, column: str, code: str, language: str) -> str:
        """Returns the name of a code in a column; the code itself if it has no name."""
        for concept in (*self.dataflow.dimensions, *self.dataflow.attributes):
            if concept.id == column and concept.code_list:
                codes = self.code_list(concept.code_list)
                return codes.name_of(code, language) if codes else code
        return code

    def to_json(self) -> dict[str, Any]:
        """Returns the structure as stored in a release (structure.json)."""
        flow = self.dataflow
        return {
            "dataflow": {
                "id": flow.id,
                "programme": flow.programme,
                "version": flow.version,
                "name": flow.name.as_dict(),
                "description": flow.description.as_dict(),
                "dimensions": [_concept_json(concept) for concept in flow.dimensions],
                "attributes": [_concept_json(concept) for concept in flow.attributes],
                "units": list(flow.units),
                "boundary": str(flow.boundary),
                "method": flow.method,
                "charts": [_chart_json(chart) for chart in flow.charts],
                "headlines": [
                    {"title": h.title.as_dict(), "where": {key: list(codes) for key, codes in h.where}}
                    for h in flow.headlines
                ],
            },
            "code_lists": [
                {
                    "id": codes.id,
                    "version": codes.version,
                    "name": codes.name.as_dict(),
                    "source": codes.source,
                    "codes": [{"id": c.id, "name": c.name.as_dict(), "parent": c.parent} for c in codes],
                }
                for codes in self.code_lists
            ],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Structure:
        """Makes the structure from structure.json of a release."""
        flow = data["dataflow"]
        return cls(
            Dataflow(
                id=flow["id"],
                programme=flow["programme"],
                version=flow["version"],
                name=Text.of(flow["name"]),
                description=Text.of(flow["description"]),
                dimensions=tuple(_parse_concept(row) for row in flow["dimensions"]),
                attributes=tuple(_parse_concept(row) for row in flow["attributes"]),
                units=tuple(flow["units"]),
                boundary=Boundary(flow["boundary"]),
                method=flow["method"],
                charts=tuple(_read_chart(row) for row in flow["charts"]),
                headlines=tuple(Headline(Text.of(row["title"]), _read_filter(row)) for row in flow["headlines"]),
            ),
            tuple(
                CodeList(
                    codes["id"],
                    codes["version"],
                    Text.of(codes["name"]),
                    tuple(Code(c["id"], Text.of(c["name"]), c["parent"]) for c in codes["codes"]),
                    codes["source"],
                )
                for codes in data["code_lists"]
            ),
        )


def _concept_json(concept: Concept) -> dict[str, Any]:
    return {
        "id": concept.id,
        "name": concept.name.as_dict(),
        "definition": concept.definition.as_dict(),
        "code_list": concept.code_list,
    }


def _read_chart(row: Mapping[str, Any]) -> Chart:
    texts = {name: row.get(name, "") for name in ("id", "mark", "x", "y", "color", "facet")}
    return Chart(title=Text.of(row["title"]), where=_read_filter(row), top=row.get("top", 0), **texts)


def _read_filter(row: Mapping[str, Any]) -> Conditions:
    return tuple((column, tuple(codes)) for column, codes in row.get("where", {}).items())


def _parse_concept(row: Mapping[str, Any]) -> Concept:
    return Concept(row["id"], Text.of(row["name"]), Text.of(row["definition"]), row["code_list"])


def _chart_json(chart: Chart) -> dict[str, Any]:
    plain = {name: getattr(chart, name) for name in ("id", "mark", "x", "y", "color", "facet", "top")}
    return plain | {"title": chart.title.as_dict(), "where": {key: list(codes) for key, codes in chart.where}}
