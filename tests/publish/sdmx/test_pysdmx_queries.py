"""Queries built by pysdmx select the same rows here as in a reference implementation in plain Python.

The reference implementation uses neither Bongsu's parser nor its engine. It reads the query object, not the address.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pysdmx.api.dc.query import DateTimeFilter, MultiFilter, NumberFilter, Operator, SortBy, TextFilter
from pysdmx.api.qb import (
    ApiVersion,
    AvailabilityQuery,
    DataContext,
    DataQuery,
    StructureDetail,
    StructureQuery,
    StructureReference,
    StructureType,
)
from pysdmx.api.qb.availability import AvailabilityMode

from bongsu.core.provenance import Method
from bongsu.core.release import Draft
from bongsu.core.structure import Structure, parse_dataflow
from bongsu.publish.sdmx import rest2, rest15
from bongsu.publish.sdmx.parameters import Parameters
from bongsu.store.node import Node
from bongsu.store.releases.observations import to_table
from bongsu.store.tables.definitions import code_lists, concepts
from tests.store.drafts import INPUT, NAME

from .conftest import ask

KEYS = ("REF_AREA", "SCENARIO", "TIME_PERIOD")
AREAS, SCENARIOS, YEARS = ("FRA", "KEN", "KOR"), ("BASE", "LIFT_OFF"), ("2020", "2021", "2022", "2023")
SOURCES = ("IEA", "LBNL (2024)", "통계청", 'a "b"')
ROWS = [
    {"REF_AREA": area, "SCENARIO": scenario, "TIME_PERIOD": year, "OBS_VALUE": float((i * 7 + j * 5 + k * 3) % 11),
     "KIND": "modelled" if (i + j + k) % 2 else "reported", "VINTAGE": "2026", "SOURCE": SOURCES[(i + k) % 4]}
    for i, area in enumerate(AREAS) for j, scenario in enumerate(SCENARIOS) for k, year in enumerate(YEARS)
    if (i + 2 * j + k) % 5
]  # fmt: skip
VERSIONS_2 = (ApiVersion.V2_0_0, ApiVersion.V2_2_0, ApiVersion.V2_2_2)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A node with one dataflow of three dimensions, CUBE."""
    node = Node.create(tmp_path_factory.mktemp("cube") / "node", agency="TEST")
    row = {"version": "1.0.0", "dimensions": list(KEYS), "units": ["TWh"], "boundary": "facility", "method": "test 1"}
    flow = parse_dataflow(
        "CUBE", {**row, "name": NAME, "description": NAME}, concepts(), programme="test", where="test"
    )
    lists = code_lists()
    structure = Structure(flow, (lists["CL_AREA"], lists["CL_KIND"]))
    node.releases.seal(Draft(structure, to_table(flow, ROWS), (INPUT,), Method("test", "1")))
    return node


# --- the reference implementation

COMPARED: dict[Operator, Callable[[Any, Any], bool]] = {
    Operator.EQUALS: lambda a, b: a == b,
    Operator.NOT_EQUALS: lambda a, b: a != b,
    Operator.LESS_THAN: lambda a, b: a < b,
    Operator.LESS_THAN_OR_EQUAL: lambda a, b: a <= b,
    Operator.GREATER_THAN: lambda a, b: a > b,
    Operator.GREATER_THAN_OR_EQUAL: lambda a, b: a >= b,
    Operator.IN: lambda a, b: a in b,
    Operator.BETWEEN: lambda a, b: b[0] <= a <= b[1],
}


def holds(one: Any, row: dict[str, Any]) -> bool:
    """Returns whether a row satisfies one of pysdmx's filters."""
    if isinstance(one, MultiFilter):
        return all(holds(inner, row) for inner in one.filters)
    value = row[one.field]
    if one.operator in (Operator.LIKE, Operator.NOT_LIKE):
        middle = one.value.replace("%", "")
        if one.operator is Operator.NOT_LIKE:
            return middle not in value
        starts, ends = one.value.endswith("%"), one.value.startswith("%")
        return middle in value if starts and ends else value.startswith(middle) if starts else value.endswith(middle)
    if isinstance(one, DateTimeFilter):
        first, last = datetime(int(value), 1, 1, tzinfo=UTC), datetime(int(value), 12, 31, tzinfo=UTC)
        day = one.value
        return {
            Operator.GREATER_THAN_OR_EQUAL: first >= day,
            Operator.GREATER_THAN: first > day,
            Operator.LESS_THAN_OR_EQUAL: last <= day,
            Operator.LESS_THAN: last < day,
        }[one.operator]
    return COMPARED[one.operator](value, one.value)


def kept(query: DataQuery) -> list[dict[str, Any]]:
    """Returns the rows that a query selects, in its order."""
    keys = [query.key] if isinstance(query.key, str) else query.key
    rows = [row for row in ROWS if any(fits(key, row) for key in keys)]
    rows = [row for row in rows if query.components is None or holds(query.components, row)]
    along = query.obs_dimension or "TIME_PERIOD"
    if along == "AllDimensions":
        order = {sort.component: sort.order == "desc" for sort in query.sort}
        order |= {key: False for key in KEYS if key not in order}
    else:
        wanted = {sort.component: sort.order == "desc" for sort in query.sort}
        series = {key: down for key, down in wanted.items() if key in KEYS and key != along}
        series |= {key: False for key in KEYS if key not in series and key != along}
        order = {**series, **{key: down for key, down in wanted.items() if key not in series}}
        order.setdefault(along, False)
    rows.sort(key=lambda row: tuple(row[key] for key in KEYS))
    if along != "AllDimensions" and (query.first_n_obs or query.last_n_obs):
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in sorted(rows, key=lambda row: row[along]):
            groups.setdefault(tuple(row[key] for key in KEYS if key != along), []).append(row)
        rows = [
            row
            for group in groups.values()
            for place, row in enumerate(group)
            if place < (query.first_n_obs or 0) or place >= len(group) - (query.last_n_obs or 0)
        ]
    for name, down in reversed(order.items()):
        rows.sort(key=lambda row: row[name], reverse=down)
    end = None if query.limit is None else query.offset + query.limit
    return rows[query.offset : end]


def fits(key: str, row: dict[str, Any]) -> bool:
    return key == "*" or all(
        part in ("", "*") or row[name] in part.split("+") for name, part in zip(KEYS, key.split("."), strict=False)
    )


# --- queries, as pysdmx builds them

part = st.one_of(st.just("*"), st.just(""))
codes = [st.one_of(part, st.sampled_from((*AREAS, "USA"))), st.one_of(part, st.sampled_from(SCENARIOS))]
key = st.one_of(
    st.just("*"),
    st.tuples(*codes).map(".".join),
    st.tuples(*codes, st.one_of(part, st.sampled_from(YEARS))).map(".".join),
).filter(lambda text: text.strip("."))  # clients normalise /../ in an address
some = st.sampled_from
equality = some((Operator.EQUALS, Operator.NOT_EQUALS))
order = some((Operator.LESS_THAN, Operator.LESS_THAN_OR_EQUAL, Operator.GREATER_THAN, Operator.GREATER_THAN_OR_EQUAL))
number = st.one_of(st.integers(-1, 12), some((2.5, 7.0)))
like = st.tuples(some(("%{}", "{}%", "%{}%")), some(("K", "O", "R", "KO"))).map(lambda pair: pair[0].format(pair[1]))
FILTERS = {
    "REF_AREA": st.one_of(
        st.builds(TextFilter, st.just("REF_AREA"), equality, some((*AREAS, "USA"))),
        st.builds(TextFilter, st.just("REF_AREA"), some((Operator.LIKE, Operator.NOT_LIKE)), like),
        st.builds(TextFilter, st.just("REF_AREA"), st.just(Operator.IN), st.lists(some(AREAS), min_size=1)),
    ),
    "SOURCE": st.builds(TextFilter, st.just("SOURCE"), equality, some(SOURCES)),
    "OBS_VALUE": st.one_of(
        st.builds(NumberFilter, st.just("OBS_VALUE"), st.one_of(order, equality), number),
        st.builds(NumberFilter, st.just("OBS_VALUE"), st.just(Operator.IN), st.lists(number, min_size=1)),
        st.builds(NumberFilter, st.just("OBS_VALUE"), st.just(Operator.BETWEEN), st.tuples(number, number)),
    ),
    "TIME_PERIOD": st.builds(
        DateTimeFilter,
        st.just("TIME_PERIOD"),
        order,
        st.datetimes(datetime(2019, 12, 30), datetime(2024, 1, 2)).map(  # noqa: DTZ001  # hypothesis wants it so
            lambda moment: moment.replace(microsecond=0, tzinfo=UTC, hour=0, minute=0, second=0)
        ),
    ),
}
single = st.one_of(*FILTERS.values())
# In an address AND binds tighter than OR, so pysdmx cannot combine alternatives with a further condition on one component.
several = (
    st.lists(single, min_size=2, max_size=3)
    .filter(lambda many: all(
        one.operator is not Operator.IN or [other.field for other in many].count(one.field) == 1 for one in many
    ))
    .map(MultiFilter)
)  # fmt: skip
sorts = st.lists(
    st.builds(SortBy, some((*KEYS, "OBS_VALUE", "KIND")), some(("asc", "desc"))),
    max_size=3,
    unique_by=lambda one: one.component,
)
newest = st.builds(
    DataQuery,
    context=some((DataContext.DATAFLOW, DataContext.DATA_STRUCTURE, DataContext.ALL)),
    agency_id=some(("TEST", "*")),
    resource_id=st.just("CUBE"),
    version=some(("1.0.0", "*", "+", "~", "1.0+.0")),
    key=st.one_of(key, st.lists(key, min_size=2, max_size=3)),
    components=st.one_of(st.none(), single, several),
    first_n_obs=st.one_of(st.none(), st.integers(1, 3)),
    last_n_obs=st.one_of(st.none(), st.integers(1, 3)),
    obs_dimension=some((None, *KEYS, "AllDimensions")),
    attributes=some(("dsd", "all", "obs", ["KIND", "SOURCE"])),
    measures=some(("all", "OBS_VALUE")),
    offset=some((0, 1, 5)),
    limit=st.one_of(st.none(), st.integers(1, 30)),
    sort=sorts,
)
oldest = st.builds(
    DataQuery,
    context=st.just(DataContext.DATAFLOW),
    agency_id=some(("TEST", "*")),
    resource_id=st.just("CUBE"),
    version=some(("1.0.0", "*", "~")),
    key=key.filter(lambda text: text.count(".") < 2),  # a key of 1.5 has no time
    first_n_obs=st.one_of(st.none(), st.integers(1, 3)),
    last_n_obs=st.one_of(st.none(), st.integers(1, 3)),
    obs_dimension=some((None, "TIME_PERIOD", "AllDimensions")),
)


def sent(url: str) -> str:
    """Returns the address as httpx, which pysdmx uses, sends it."""
    return httpx.URL(f"http://node{url}").raw_path.decode().removeprefix("/")


def answered(node: Node, url: str) -> list[tuple[Any, ...]]:
    answer = ask(node, sent(url), "application/vnd.sdmx.data+csv;version=2.0.0")
    if answer.status_code in (204, 404):
        return []
    assert answer.status_code == 200, (url, answer.content)
    rows = csv.DictReader(io.StringIO(answer.content.decode(), newline=""))
    return [(*(row[name] for name in (*KEYS, "KIND", "SOURCE")), float(row["OBS_VALUE"])) for row in rows]


def as_answered(rows: list[dict[str, Any]]) -> list[tuple[Any, ...]]:
    return [tuple(row[name] for name in (*KEYS, "KIND", "SOURCE", "OBS_VALUE")) for row in rows]


@settings(max_examples=250, deadline=None)
@given(query=newest, version=some(VERSIONS_2), short=st.booleans(), slash=st.booleans())
def test_data_queries_of_rest_2(small: Node, query: DataQuery, version: Any, short: bool, slash: bool) -> None:
    if version < ApiVersion.V2_2_0:
        query = replaced(query, offset=0, limit=None, sort=[])
    url = query.get_url(version, omit_defaults=short)
    path, question, rest = url.partition("?")
    url = f"{path}/{question}{rest}" if slash else url
    assert answered(small, url) == as_answered(kept(query)), url


@settings(max_examples=60, deadline=None)
@given(query=oldest, short=st.booleans())
def test_data_queries_of_rest_1_5(small: Node, query: DataQuery, short: bool) -> None:
    assert answered(small, query.get_url(ApiVersion.V1_5_0, omit_defaults=short)) == as_answered(kept(query))


def replaced(query: Any, **changes: Any) -> Any:
    return type(query)(**{**{name: getattr(query, name) for name in query.__struct_fields__}, **changes})


ids = st.text("ABCXYZ0189_-$@", min_size=1, max_size=8)
names = st.one_of(st.just("*"), ids, st.lists(ids, min_size=2, max_size=3))
KINDS_2 = ("datastructure", "categoryscheme", "conceptscheme", "codelist", "agencyscheme", "dataflow", "*", "valuelist")


def tuples(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


@settings(max_examples=200, deadline=None)
@given(
    kind=some(KINDS_2).map(StructureType),
    agency=names,
    id_=names,
    version=some(("~", "+", "*", "1.0.0", "2.0+.0", ["1.0", "1.1"])),
    item=names,
    detail=some(list(StructureDetail)),
    references=some(
        [one for one in StructureReference if one.value in ("none", "all", "children", "dataflow", "codelist")]
    ),
    short=st.booleans(),
)
def test_structure_queries(
    kind: Any, agency: Any, id_: Any, version: Any, item: Any, detail: Any, references: Any, short: bool
) -> None:
    item = item if kind.value in ("categoryscheme", "conceptscheme", "codelist", "agencyscheme", "valuelist") else "*"
    built = StructureQuery(kind, agency, id_, version, item, detail, references)
    path, _, query = sent(built.get_url(ApiVersion.V2_0_0, omit_defaults=short)).partition("?")
    read = rest2.parse_structure(unquoted(path).removeprefix("structure"), Parameters(query))
    assert read.kind == kind.value
    assert (read.reference.agencies, read.reference.ids) == (tuples(agency), tuples(id_))
    assert (read.reference.versions, read.items) == (tuples(version), tuples(item))
    assert (read.detail, read.references) == (detail.value, (references.value,))


@settings(max_examples=100, deadline=None)
@given(
    agency=some(("*", "TEST")),
    id_=names.filter(lambda name: isinstance(name, str)),
    key=key,
    component=some(("*", "REF_AREA", ["REF_AREA", "SCENARIO"])),
    mode=some(list(AvailabilityMode)),
    references=some([one for one in StructureReference if one.value in ("none", "all", "codelist", "dataflow")]),
    short=st.booleans(),
)
def test_availability_queries(
    agency: str, id_: Any, key: str, component: Any, mode: Any, references: Any, short: bool
) -> None:
    built = AvailabilityQuery(DataContext.DATAFLOW, agency, id_, "+", key, component, mode=mode, references=references)
    path, _, query = sent(built.get_url(ApiVersion.V2_0_0, omit_defaults=short)).partition("?")
    read = rest2.parse_availability(unquoted(path).removeprefix("availability"), Parameters(query))
    assert (read.data.reference.agencies, read.data.reference.ids) == ((agency,), (id_,))
    assert (read.components, read.mode, read.references) == (tuples(component), mode.value, (references.value,))
    if isinstance(component, str) and id_ != "*":
        old = AvailabilityQuery(
            DataContext.DATAFLOW, agency, id_, "~", key, component, mode=mode, references=references
        )
        path, _, query = sent(old.get_url(ApiVersion.V1_5_0, omit_defaults=short)).partition("?")
        again = rest15.parse_availability(unquoted(path).removeprefix("availableconstraint"), Parameters(query), "TEST")
        assert (again.data.reference, again.data.keys) == (
            rest15._reference(agency, id_, "~", "TEST"),
            read.data.keys,
        )


def unquoted(path: str) -> str:
    return httpx.URL(f"http://node/{path}").path.removeprefix("/")
