"""Any request gets a correct status with a sentence, in time linear in its length; the parsers never fail."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from django.http import HttpResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from schemathesis.specs.openapi.checks import status_code_conformance

from bongsu.core.errors import BadInput
from bongsu.publish.sdmx import rest2, rest15
from bongsu.publish.sdmx.content_negotiation import DATA_FORMATS, negotiate_format
from bongsu.publish.sdmx.errors import NotOffered
from bongsu.publish.sdmx.filters import parse_filter, parse_keys
from bongsu.publish.sdmx.parameters import Parameters
from bongsu.publish.sdmx.versions import match_versions
from bongsu.store.node import Node
from tests.counting import count_calls

from .conftest import Service, ask

FLOW = "data/dataflow/TEST/TEST_FLOW/+"
STATUSES = (200, 204, 400, 404, 406, 413, 414, 501)
anything = st.text(max_size=60)
marks = st.text("*+,.:~-[]()'\"%&=/\\;|<>{}AKOR2019 \x00\n가", max_size=40)
pieces = st.one_of(anything, marks)
names = st.sampled_from(
    (
        "c[REF_AREA]", "c[TIME_PERIOD]", "c[OBS_VALUE]", "c[", "limit", "offset", "sort", "asOf", "updatedAfter", "format",
        "firstNObservations", "dimensionAtObservation", "attributes", "measures", "includeHistory", "references", "detail",
        "mode", "startPeriod", "nonsense",
    )
)  # fmt: skip


def sentence(answer: HttpResponse) -> str:
    [text] = etree.fromstring(answer.content).iter("{*}Text")
    return text.text or ""


@settings(max_examples=300, deadline=None)
@given(
    kind=st.sampled_from(("data", "structure", "availability", "schema", "availableconstraint", "codelist", "x")),
    parts=st.lists(pieces, max_size=7),
    asked=st.dictionaries(names, pieces, max_size=4),
    accept=st.one_of(st.just("*/*"), st.text("aplictonxmv/.;=+*,q019 -", max_size=50)),
    known=st.booleans(),
)
def test_any_address_gets_an_answer(
    revised: Node, kind: str, parts: list[str], asked: dict[str, str], accept: str, known: bool
) -> None:
    first = ["dataflow", "TEST", "TEST_FLOW", "+"] if known else []
    path = "/".join([kind, *first, *(quote(part, safe="*+,.:~") for part in parts)])
    query = "&".join(f"{name}={quote(value)}" for name, value in asked.items())
    answer = ask(revised, f"{path}?{query}", accept)
    assert answer.status_code in STATUSES, (path, query, answer.content[:300])
    if answer.status_code >= 400 and "json" not in accept:
        assert sentence(answer).endswith((".", "?", ")", "”"))


def test_a_message_quotes_the_beginning_of_a_long_reference(revised: Node) -> None:
    many = ",".join(f"1.0.{number}" for number in range(100))
    answer = ask(revised, f"structure/codelist/{'A' * 200}/{'B' * 200}/{many}")
    assert (answer.status_code, sentence(answer)) == (
        404,
        f"Artefact not found: codelist {'A' * 80}:{'B' * 80}({many[:80]}).",
    )


@settings(max_examples=300, deadline=None)
@given(path=marks, query=st.dictionaries(names, marks, max_size=3))
def test_parsers_return_or_raise_bad_input(path: str, query: dict[str, str]) -> None:
    text = "&".join(f"{name}={quote(value)}" for name, value in query.items())
    for read in (
        lambda: rest2.parse_data(path, Parameters(text)),
        lambda: rest2.parse_availability(path, Parameters(text)),
        lambda: rest2.parse_structure(path, Parameters(text)),
        lambda: rest2.parse_schema(path, Parameters(text)),
        lambda: rest15.parse_data(path, Parameters(text), "TEST"),
        lambda: rest15.parse_schema(path, Parameters(text), "TEST"),
        lambda: rest15.parse_structure("codelist", path, Parameters(text), "TEST"),
        lambda: parse_keys(path),
        lambda: parse_filter("REF_AREA", path),
        lambda: match_versions([path], ["1.0.0", "2.0.0-draft"]),
        lambda: negotiate_format(path, DATA_FORMATS, "xml"),
        lambda: Parameters(path),
    ):
        with suppress(BadInput, NotOffered):
            read()


# (function from a share to an address of that share of about 10,000 characters, status of the whole address)
LONG: tuple[tuple[Callable[[float], str], int], ...] = (
    (lambda share: f"{FLOW}/" + ",".join(f"A{n}+B{n}" for n in range(int(1200 * share))), 400),
    (lambda share: f"{FLOW}?c[REF_AREA]=" + ",".join(f"A{n}" for n in range(int(2000 * share))), 204),
    (lambda share: f"{FLOW}?c[REF_AREA]=" + ",".join(f"sw:A{n}" for n in range(int(1500 * share))), 400),
    (lambda share: f"{FLOW}?c[TIME_PERIOD]=" + "ge:2000+" * int(1200 * share) + "le:2001", 400),
    (lambda share: f"{FLOW}?sort=" + "+".join(["REF_AREA:desc"] * int(700 * share)), 200),
    (lambda share: f"{FLOW}?attributes=" + ",".join(["KIND"] * int(2000 * share)), 200),
    (lambda share: "data/*/" + ",".join(["*"] * int(4000 * share)), 200),
    (lambda share: f"structure/codelist/TEST/{'A' * int(10_000 * share)}", 404),
    (lambda share: f"{FLOW}/{'.' * int(10_000 * share)}", 400),
    (lambda share: f"{FLOW}/{'*' * int(10_000 * share)}", 204),
    (lambda share: f"{FLOW}?{'x' * int(10_000 * share)}=1", 400),
    (lambda share: f"{FLOW}?" + "&".join(f"p{n}=1" for n in range(int(1500 * share))), 400),
)


@pytest.mark.parametrize(("path", "status"), LONG)
def test_work_is_linear_in_the_length_of_the_address(revised: Node, path: Callable[[float], str], status: int) -> None:
    ask(revised, path(0.1), "*/*")  # imports
    half = count_calls(lambda: ask(revised, path(0.5), "*/*"))
    answers: list[HttpResponse] = []
    whole = count_calls(lambda: answers.append(ask(revised, path(1), "*/*")))
    assert answers[0].status_code == status, answers[0].content[:300]
    assert len(answers[0].content) < 1_000_000
    assert whole < 2.5 * half


@pytest.mark.parametrize("path", ["data/*/*/*/*/*", "structure/*/*/*/*?references=all"])
def test_wildcards_are_answered(revised: Node, path: str) -> None:
    answer = ask(revised, path, "*/*")
    assert answer.status_code == 200
    assert len(answer.content) < 1_000_000


TRICKS = (
    "data/../../etc/passwd", "data/%2e%2e/%2e%2e/etc/passwd", "data/dataflow/TEST/..%2f..%2fnode.toml/+",
    "structure/codelist/TEST/..%5c..%5cnode.toml", "data/dataflow/TEST/GRID_INTENSITY%00/+", "data//////", "structure/%",
    "data/dataflow/TEST/GRID_INTENSITY/+/%C0%AE%C0%AE", "data/dataflow/TEST/GRID_INTENSITY'/+",
    "data/dataflow/TEST/GRID_INTENSITY/+/KOR';DROP TABLE releases;--", "data/dataflow/TEST/GRID_INTENSITY/+?c[REF_AREA]=%FF",
    "data/dataflow/TEST/GRID_INTENSITY/+?c[REF_AREA' OR 1=1]=x", "~", "%2f%2fhost/x",
)  # fmt: skip


@pytest.mark.parametrize("path", TRICKS)
def test_malicious_paths_are_refused(service: Service, path: str) -> None:
    answer = service.raw(path)
    assert answer.status_code in (200, 204, 400, 404), answer.text[:200]
    assert "root:" not in answer.text
    assert "secret" not in answer.text
    if answer.status_code == 200:
        assert path == "data//////"


TEXT, COUNT = {"type": "string"}, {"type": "integer"}
ADDRESSES: dict[str, dict[str, Any]] = {
    "/data/dataflow/{agency}/{id}/{version}/{key}": {"c[REF_AREA]": TEXT, "limit": COUNT, "sort": TEXT, "asOf": TEXT},
    "/data/dataflow/TEST/GRID_INTENSITY/+/{key}": {
        "c[OBS_VALUE]": TEXT,
        "lastNObservations": COUNT,
        "attributes": TEXT,
    },
    "/availability/dataflow/TEST/GRID_INTENSITY/+/{key}/{component}": {"mode": TEXT, "references": TEXT},
    "/structure/{type}/{agency}/{id}/{version}/{item}": {"detail": TEXT, "references": TEXT},
    "/schema/dataflow/TEST/{id}/{version}": {"dimensionAtObservation": TEXT, "asOf": TEXT},
    "/data/{flow}/{key}": {"startPeriod": TEXT, "endPeriod": TEXT, "detail": TEXT},
}


def described(path: str, asked: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Returns an OpenAPI path item: path and query parameters, and every status of STATUSES as response."""
    parts = [part.strip("{}") for part in path.split("/") if part.startswith("{")]
    parameters = [{"name": name, "in": "path", "required": True, "schema": TEXT} for name in parts]
    parameters += [{"name": name, "in": "query", "schema": schema} for name, schema in asked.items()]
    return {"get": {"parameters": parameters, "responses": {str(one): {"description": "-"} for one in STATUSES}}}


surface = schemathesis.openapi.from_dict(
    {
        "openapi": "3.0.3",
        "info": {"title": "SDMX", "version": "2.2"},
        "paths": {path: described(path, asked) for path, asked in ADDRESSES.items()},
    }
)


@surface.parametrize()
@settings(max_examples=25, deadline=None)
def test_schemathesis_finds_nothing(service: Service, case: schemathesis.Case) -> None:
    answer = case.call(base_url=service.url)
    case.validate_response(answer, checks=[status_code_conformance])
