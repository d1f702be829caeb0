"""The rows that each part of a query selects from a few observations: keys, filters, history, order, arrangement."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from lxml import etree

from bongsu.store.node import Node
from tests.publish.sdmx.readers import version_of

from .conftest import ask

CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
XML = "application/vnd.sdmx.data+xml;version=3.0.0"
FLOW = "data/dataflow/TEST/TEST_FLOW/+"


def rows(node: Node, path: str) -> list[dict[str, Any]]:
    answer = ask(node, path, CSV)
    if answer.status_code == 204:
        return []
    assert answer.status_code == 200, answer.content
    return list(csv.DictReader(io.StringIO(answer.content.decode(), newline="")))


def seen(node: Node, path: str) -> list[str]:
    """Returns the observations of the response as short texts, in order: KOR 2020 1.0."""
    return [" ".join([row["REF_AREA"], row["TIME_PERIOD"], row["OBS_VALUE"]]) for row in rows(node, path)]


FRA0, KEN1, KOR0, KOR1 = "FRA 2020 3.0", "KEN 2021 5.0", "KOR 2020 1.0", "KOR 2021 20.0"


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("", [FRA0, KEN1, KOR0, KOR1]),
        ("/", [FRA0, KEN1, KOR0, KOR1]),
        ("/*", [FRA0, KEN1, KOR0, KOR1]),
        ("/KOR", [KOR0, KOR1]),
        ("/KOR.*", [KOR0, KOR1]),
        ("/KOR+FRA", [FRA0, KOR0, KOR1]),
        ("/KOR,KEN", [KEN1, KOR0, KOR1]),
        ("/KOR.2020,FRA.2020", [FRA0, KOR0]),
        ("/*.2021", [KEN1, KOR1]),
        ("/KOR%2BFRA", [FRA0, KOR0, KOR1]),
        ("/USA", []),
        ("?c[REF_AREA]=KOR", [KOR0, KOR1]),
        ("?c%5BREF_AREA%5D=KOR%2CKEN", [KEN1, KOR0, KOR1]),
        ("?c[REF_AREA]=ne:KOR", [FRA0, KEN1]),
        ("?c[REF_AREA]=ne:KOR+ne:KEN", [FRA0]),
        ("?c[REF_AREA]=sw:K", [KEN1, KOR0, KOR1]),
        ("?c[REF_AREA]=ew:R", [KOR0, KOR1]),
        ("?c[REF_AREA]=co:E", [KEN1]),
        ("?c[REF_AREA]=nc:O", [FRA0, KEN1]),
        ("?c[OBS_VALUE]=ge:3", [FRA0, KEN1, KOR1]),
        ("?c[OBS_VALUE]=gt:3+lt:20", [KEN1]),
        ("?c[OBS_VALUE]=lt:2,gt:5", [KOR0, KOR1]),
        ("?c[OBS_VALUE]=5", [KEN1]),
        ("?c[TIME_PERIOD]=2020", [FRA0, KOR0]),
        ("?c[TIME_PERIOD]=ge:2021", [KEN1, KOR1]),
        ("?c[TIME_PERIOD]=ge:2020-02", [KEN1, KOR1]),  # the year 2020 begins before February 2020
        ("?c[TIME_PERIOD]=le:2020-12-31T00:00:00", [FRA0, KOR0]),
        ("?c[TIME_PERIOD]=gt:2020", [KEN1, KOR1]),
        ("?c[TIME_PERIOD]=lt:2021-Q1", [FRA0, KOR0]),
        ("?c[SOURCE]=co:%22b%22 %26", [FRA0]),
        ("?c[COMMENT_OBS]=ne:x", [FRA0, KEN1, KOR0, KOR1]),  # a missing comment differs from this comment
        ("?firstNObservations=1", [FRA0, KEN1, KOR0]),
        ("?lastNObservations=1", [FRA0, KEN1, KOR1]),
        ("/KOR?firstNObservations=1&lastNObservations=1", [KOR0, KOR1]),
        ("?limit=2", [FRA0, KEN1]),
        ("?offset=3&limit=2", [KOR1]),
        ("?offset=9", []),
        ("?sort=TIME_PERIOD:desc+REF_AREA&dimensionAtObservation=AllDimensions", [KEN1, KOR1, FRA0, KOR0]),
        ("?sort=OBS_VALUE:desc&dimensionAtObservation=AllDimensions", [KOR1, KEN1, FRA0, KOR0]),
        ("?sort=series_key:desc+TIME_PERIOD:desc", [KOR1, KOR0, KEN1, FRA0]),
        ("?sort=*:desc", [KOR1, KOR0, KEN1, FRA0]),
        ("?dimensionAtObservation=REF_AREA", [FRA0, KOR0, KEN1, KOR1]),
        ("?asOf=2026-01-31", ["FRA 2020 3.0", "FRA 2021 4.0", "KOR 2020 1.0", "KOR 2021 2.0"]),
        ("?asOf=2026-03-02", ["FRA 2020 99.0", "KEN 2021 99.0", "KOR 2020 99.0", "KOR 2021 99.0"]),
        ("?asOf=2026-03-16T00:00:00Z", [FRA0, KEN1, KOR0, KOR1]),
    ],
)
def test_rows_selected_by_a_query(revised: Node, path: str, wanted: list[str]) -> None:
    assert seen(revised, FLOW + path) == wanted


@pytest.mark.parametrize(
    ("path", "wanted"),
    [
        ("data/TEST_FLOW", [FRA0, KEN1, KOR0, KOR1]),
        ("data/TEST_FLOW/all/all", [FRA0, KEN1, KOR0, KOR1]),
        ("data/TEST,TEST_FLOW,1.0.0/KOR+KEN", [KEN1, KOR0, KOR1]),
        ("data/SOMEONE,TEST_FLOW,latest/KOR./", [KOR0, KOR1]),
        ("data/TEST_FLOW?startPeriod=2021", [KEN1, KOR1]),
        ("data/TEST_FLOW?startPeriod=2020&endPeriod=2020-12", [FRA0, KOR0]),
        ("data/TEST_FLOW/KOR?lastNObservations=1", [KOR1]),
    ],
)
def test_rows_selected_by_rest_1_5(revised: Node, path: str, wanted: list[str]) -> None:
    assert seen(revised, path) == wanted


def test_history_has_every_release_with_its_validity(revised: Node) -> None:
    found = rows(revised, FLOW + "/KOR.2021?includeHistory=true")
    assert [(row["ACTION"], row["OBS_VALUE"], row["VALID_FROM"], row["VALID_TO"]) for row in found] == [
        ("R", "2.0", "2026-01-01T00:00:00Z", "2026-02-01T00:00:00Z"),
        ("R", "20.0", "2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z"),
        ("R", "99.0", "2026-03-01T00:00:00Z", "2026-03-15T00:00:00Z"),
    ]


def test_updated_after_gives_changed_and_deleted_rows(revised: Node) -> None:
    found = rows(revised, FLOW + "?updatedAfter=2026-01-15T00:00:00Z")
    assert [(row["ACTION"], row["REF_AREA"], row["TIME_PERIOD"], row["OBS_VALUE"]) for row in found] == [
        ("R", "KEN", "2021", "5.0"),
        ("R", "KOR", "2021", "20.0"),
        ("D", "FRA", "2021", ""),
    ]
    assert rows(revised, FLOW + "?updatedAfter=2026-03-20") == []
    assert [row["OBS_VALUE"] for row in rows(revised, FLOW + "/KOR?updatedAfter=2026-03-02")] == ["1.0", "20.0"]
    assert len(rows(revised, FLOW + "?updatedAfter=2025-01-01")) == 4


@pytest.mark.parametrize(
    ("window", "wanted"),
    [
        ("limit=2", ["R KEN", "R KOR"]),
        ("offset=1", ["R KOR", "D FRA"]),
        ("offset=1&limit=1", ["R KOR"]),
        ("offset=1&limit=2", ["R KOR", "D FRA"]),
        ("offset=2&limit=5", ["D FRA"]),
        ("offset=3", []),
    ],
)
def test_a_window_counts_over_changed_and_deleted_rows(revised: Node, window: str, wanted: list[str]) -> None:
    found = rows(revised, f"{FLOW}?updatedAfter=2026-01-15T00:00:00Z&{window}")
    assert [f"{row['ACTION']} {row['REF_AREA']}" for row in found] == wanted


def test_asked_codes_alone_are_a_part_of_their_list(revised: Node) -> None:
    def codes(items: str) -> tuple[list[str], bool]:
        answer = ask(revised, f"structure/codelist/*/CL_KIND/+/{items}", "application/vnd.sdmx.structure+json")
        assert answer.status_code == 200, answer.content
        (found,) = json.loads(answer.content)["data"]["codelists"]
        return [code["id"] for code in found["codes"]], found.get("isPartial", False)

    assert codes("measured") == (["measured"], True)
    assert codes("measured,default") == (["measured", "default"], True)
    assert codes("*") == (["measured", "reported", "modelled", "default"], False)


def test_attributes_and_measures(revised: Node) -> None:
    def columns(query: str) -> set[str]:
        return set(rows(revised, FLOW + query)[0]) - {"STRUCTURE", "STRUCTURE_ID", "ACTION"}

    keys = {"REF_AREA", "TIME_PERIOD"}
    assert columns("?attributes=none") == keys | {"OBS_VALUE"}
    assert columns("?attributes=KIND,SOURCE") == keys | {"OBS_VALUE", "KIND", "SOURCE"}
    assert "OBS_VALUE" not in columns("?measures=none")
    assert columns("?attributes=none&measures=none") == {"REF_AREA"}
    assert [row["REF_AREA"] for row in rows(revised, FLOW + "?attributes=none&measures=none")] == ["FRA", "KEN", "KOR"]
    assert [row["REF_AREA"] for row in rows(revised, "data/TEST_FLOW?detail=serieskeysonly")] == ["FRA", "KEN", "KOR"]


def test_labels_and_keys(revised: Node) -> None:
    both = ask(revised, FLOW + "/KOR.2020", CSV + ";labels=both;keys=both").content.decode()
    [row] = csv.DictReader(io.StringIO(both))
    assert row["STRUCTURE_ID"] == "TEST:TEST_FLOW(1.0.0): Test"
    assert (row["SERIES_KEY"], row["OBS_KEY"]) == ("KOR", "KOR.2020")
    assert row["KIND: Kind"] == "measured: Measured"
    name = ask(revised, FLOW + "/KOR.2020", CSV + ";labels=name").content.decode()
    header, values = csv.reader(io.StringIO(name))
    assert header[:4] == ["STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION"]
    place = header.index("KIND")
    assert header[place : place + 2] == ["KIND", "Kind"]
    assert values[place : place + 2] == ["measured", "Measured"]
    assert len(values) == len(header)


def test_series_and_observations_in_ml(revised: Node) -> None:
    def shape(query: str) -> list[tuple[str, dict[str, str]]]:
        root = etree.fromstring(ask(revised, FLOW + query, XML).content)
        found = list(root.iter("Series", "Obs"))
        return [
            (one.tag, {name: one.get(name) for name in ("REF_AREA", "TIME_PERIOD") if one.get(name)}) for one in found
        ]

    assert shape("/KOR") == [
        ("Series", {"REF_AREA": "KOR"}),
        ("Obs", {"TIME_PERIOD": "2020"}),
        ("Obs", {"TIME_PERIOD": "2021"}),
    ]
    assert shape("/KOR.2020?dimensionAtObservation=REF_AREA") == [
        ("Series", {"TIME_PERIOD": "2020"}),
        ("Obs", {"REF_AREA": "KOR"}),
    ]
    assert shape("/KOR.2020?dimensionAtObservation=AllDimensions") == [
        ("Obs", {"REF_AREA": "KOR", "TIME_PERIOD": "2020"}),
    ]
    assert shape("?attributes=none&measures=none") == [("Series", {"REF_AREA": area}) for area in ("FRA", "KEN", "KOR")]


def test_a_series_is_never_split(revised: Node) -> None:
    """Even when sorted by time first, the observations of a series stay together."""
    body = json.loads(ask(revised, FLOW + "?sort=TIME_PERIOD:desc+REF_AREA:desc&format=json").content)
    assert list(body["data"]["dataSets"][0]["series"]) == ["2", "1", "0"]


def test_several_dataflows_in_one_message(service: Any, flows: list[str]) -> None:
    whole = ask(service.node, "data/dataflow/TEST/*/+", CSV)
    body = b"".join(whole.streaming_content) if whole.streaming else whole.content  # type: ignore[attr-defined]
    ids = {row["STRUCTURE_ID"] for row in csv.DictReader(io.StringIO(body.decode(), newline=""))}
    assert ids == {f"TEST:{flow}({version_of(flow)})" for flow in flows}


def test_availability(revised: Node) -> None:
    def values(query: str) -> dict[str, Any]:
        body = json.loads(ask(revised, f"availability/dataflow/TEST/TEST_FLOW/{query}&format=json").content)
        [constraint] = body["data"]["dataConstraints"]
        region = constraint["cubeRegions"][0]
        told = region.get("keyValues", region.get("components"))
        counts = {one["id"]: one["title"] for one in constraint["annotations"]}
        return {
            one["id"]: [v if isinstance(v, str) else v["value"] for v in one.get("values", ())] for one in told
        } | counts

    assert values("*/*/*?")["REF_AREA"] == ["FRA", "KEN", "KOR"]
    assert (values("*/*/*?")["obs_count"], values("*/*/*?")["series_count"]) == ("4", "3")
    assert values("*/*/*?c[TIME_PERIOD]=2020")["REF_AREA"] == ["FRA", "KOR"]
    assert list(values("*/*/REF_AREA?")) == ["REF_AREA", "series_count", "obs_count"]
    assert values("*/KOR/*?mode=available")["REF_AREA"] == ["FRA", "KEN", "KOR"]
    assert values("*/KOR.2021/*?mode=available")["REF_AREA"] == ["KEN", "KOR"]
    assert ask(revised, "availability/dataflow/TEST/TEST_FLOW/*/USA").status_code == 404


def test_versions_of_a_dataflow(revised: Node) -> None:
    for version in ("1.0.0", "+", "~", "latest", "*", "1.0+.0", "1+.0.0", "1.0.~"):
        assert len(seen(revised, f"data/dataflow/TEST/TEST_FLOW/{version}")) == 4, version
    for version in ("2.0.0", "1.1+.0", "2~.0.0"):
        assert ask(revised, f"data/dataflow/TEST/TEST_FLOW/{version}", CSV).status_code == 404, version
