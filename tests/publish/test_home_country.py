"""The institution's country in headlines, charts and explorers; and what a node without one shows."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from django.test import Client

from bongsu.core.release import Release
from bongsu.core.structure import HOME, Headline, place_home
from bongsu.core.text import Text
from bongsu.publish.charts.explorer_query import read_choice
from bongsu.publish.pages.home_headline import choose_headline
from bongsu.store.disk.node_file import write_table
from bongsu.store.node import Node
from bongsu.store.tables.definitions import country_codes

GRID = Headline(Text("x"), (("REF_AREA", (HOME,)), ("INDICATOR", ("CO2E_INTENSITY",))))


@pytest.fixture
def client(node: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client()


def current(node: Node, flow: str) -> Release:
    return node.releases.current(flow)


def headlines(page: str) -> list[str]:
    return re.findall(r'<p class="what"><a [^>]*>([^<]*)</a>', page)


def test_home_takes_its_place_in_a_selection() -> None:
    where = (("REF_AREA", (HOME, "FRA", "USA")), ("SEX", ("F",)))
    assert place_home(where, "KEN") == (("REF_AREA", ("KEN", "FRA", "USA")), ("SEX", ("F",)))
    assert place_home(where, "FRA") == (("REF_AREA", ("FRA", "USA")), ("SEX", ("F",)))
    assert place_home(where, "") == (("REF_AREA", ("FRA", "USA")), ("SEX", ("F",)))
    assert place_home((("REF_AREA", (HOME,)),), "") == ()


def test_no_dataflow_takes_the_same_home_for_every_node(starter: Path) -> None:
    node = Node(starter)
    for flow in node.releases.dataflows():
        about = node.releases.structure(current(node, flow)).dataflow
        for headline in about.headlines:
            assert "KOR" not in dict(headline.where).get("REF_AREA", ()), flow
            assert "Korea" not in headline.title.en


def test_the_headline_is_about_home_or_the_median_country(starter: Path) -> None:
    node = Node(starter)
    release = current(node, "GRID_INTENSITY")
    home = choose_headline(node, release, GRID, "KEN")
    assert home is not None
    assert (home.row["REF_AREA"], home.among) == ("KEN", 0)
    rows = node.observations(release).to_pylist()
    world = next((row for row in rows if row["REF_AREA"] == "WORLD" and row["INDICATOR"] == "CO2E_INTENSITY"), None)
    for nowhere in ("", "EUR"):  # EUR: a region without a value in this dataflow
        other = choose_headline(node, release, GRID, nowhere)
        assert other is not None
        if world:
            assert (other.row["REF_AREA"], other.among) == ("WORLD", 0)
            continue
        values = sorted(
            row["OBS_VALUE"]
            for row in rows
            if row["INDICATOR"] == "CO2E_INTENSITY" and row["OBS_STATUS"] != "V" and row["REF_AREA"] in country_codes()
        )
        assert other.among == len(values)
        assert other.row["OBS_VALUE"] == values[(len(values) - 1) // 2]


@pytest.mark.parametrize(
    ("home", "language", "title"),
    [
        ("KEN", "en", "Carbon intensity of electricity: Kenya"),
        ("KEN", "ko", "전력의 탄소 집약도: 케냐"),
        ("FRA", "fr", "Intensité carbone de l’électricité : France"),
    ],
)
def test_the_home_page_is_about_the_institutions_country(
    client: Client, node: Node, home: str, language: str, title: str
) -> None:
    write_table(node.root, "site", {"home": home})
    found = headlines(client.get(f"/{language}/").content.decode())
    assert title in found
    assert not any("Korea" in one or "한국" in one or "Corée" in one for one in found)


def test_without_a_home_country_no_country_is_taken_for_it(client: Client, node: Node) -> None:
    found = headlines(client.get("/en/").content.decode())
    about = [one for one in found if one.startswith(("Carbon intensity", "Mean exposure"))]
    assert len(about) == 2
    assert all(one.endswith(": World") or re.search(r", the median of \d+ countries$", one) for one in about), about


def test_a_change_of_the_home_country_is_shown_at_once(client: Client, node: Node) -> None:
    for home, name in (("KEN", "Kenya"), ("FRA", "France")):
        write_table(node.root, "site", {"home": home})
        assert f"Carbon intensity of electricity: {name}" in headlines(
            client.get("/en/programmes/energy/").content.decode()
        )


def test_charts_take_and_mark_the_home_country(client: Client, node: Node) -> None:
    release = current(node, "EXPOSURE_BY_COUNTRY")
    base = f"/charts/EXPOSURE_BY_COUNTRY/{release.number}"
    spec = json.loads(client.get(f"{base}/sexes.en.json?home=DEU").content)
    assert {row["REF_AREA"] for row in spec["data"]["values"]} == {"Germany", "France", "United States"}
    spec = json.loads(client.get(f"{base}/sexes.en.json").content)
    assert {row["REF_AREA"] for row in spec["data"]["values"]} == {"France", "United States"}
    first = next(row["REF_AREA"] for row in json.loads(client.get(f"{base}/highest.en.json").content)["data"]["values"])
    code = next(
        one for one in country_codes() if node.releases.structure(release).name_of("REF_AREA", one, "en") == first
    )
    marked = client.get(f"{base}/highest.en.json?home={code}").content.decode()
    assert f"datum.value === '{first}'" in marked.replace('\\"', "'")
    assert "datum.value ===" not in client.get(f"{base}/highest.en.json").content.decode()
    assert client.get(f"{base}/highest.en.svg?home={code}").content != client.get(f"{base}/highest.en.svg").content
    assert client.get(f"{base}/highest.en.svg?home=XXX").status_code == 404


def test_addresses_of_charts_name_the_home_country(client: Client, node: Node) -> None:
    """A picture may be cached for a year, so what it depends on is in its address."""
    release = current(node, "EXPOSURE_BY_COUNTRY")
    for page in (f"/en/releases/EXPOSURE_BY_COUNTRY/{release.number}/", "/en/flows/EXPOSURE_BY_COUNTRY/"):
        assert "home=" not in client.get(page).content.decode()
        write_table(node.root, "site", {"home": "DEU"})
        assert ".svg?home=DEU" in client.get(page).content.decode()
        write_table(node.root, "site", {})


def test_the_explorer_starts_with_the_home_country(node: Node) -> None:
    structure = node.releases.structure(current(node, "EXPOSURE_BY_COUNTRY"))
    assert read_choice(structure, {}, "en", "DEU").home == "DEU"
    assert read_choice(structure, {"home": ["DEU"], "size": ["narrow"]}, "en", "DEU").is_default
    assert not read_choice(structure, {"SEX": ["F"]}, "en", "DEU").home
