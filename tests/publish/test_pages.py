"""Every page in every language, and the files and charts of a release."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from bongsu.publish.pages.country_pages import list_areas
from bongsu.publish.pages.page_context import list_current_releases
from bongsu.store.node import Node
from bongsu.store.tables.manual import method_records
from bongsu.store.tables.programmes import read_programmes


@pytest.fixture
def site(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """(client, opened node) on a copy of the starter node."""
    node = Node(node_folder)
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client(), node


def pages(node: Node) -> list[str]:
    """Every page of publish, with three countries for all."""
    flows = node.releases.dataflows()
    return [
        "",
        "flows/",
        "countries/",
        "methods/",
        "glossary/",
        *(f"programmes/{name}/" for name in read_programmes()),
        *(f"flows/{flow}/" for flow in flows),
        *(f"releases/{flow}/1/" for flow in flows),
        *(f"countries/{code}/" for code in ("KOR", "FRA", "KEN", "WORLD")),
        *(f"methods/{name}/" for name in method_records()),
    ]


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_every_page_in_every_language(site: Any, language: str) -> None:
    client, node = site
    for page in pages(node):
        response = client.get(f"/{language}/{page}")
        assert response.status_code == 200, page
        text = response.content.decode()
        assert f'<html lang="{language}">' in text
        for other in ("en", "ko", "fr"):
            assert f'href="/{other}/{page}"' in text
        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
        assert len(re.findall("<h1", text)) == 1, page


def test_the_readers_language_comes_from_the_browser(site: Any) -> None:
    client, _ = site
    for header, language in (("ko-KR,ko;q=0.9", "ko"), ("fr", "fr"), ("de", "en")):
        assert client.get("/", headers={"accept-language": header}).headers["Location"] == f"/{language}/"


def test_home_shows_three_programmes_and_new_releases(site: Any) -> None:
    client, node = site
    text = client.get("/fr/").content.decode()
    for info in read_programmes().values():
        assert (info.question.to("fr") in text.replace("&#x27;", "'")) == bool(
            info.story
        )  # own dataflows are shown if there are any
    assert ">485 <" in text  # IEA 2026, world, 2025
    assert "TWh" in text
    assert "la médiane de" in text  # this node has no home country
    newest = max(node.releases.all(), key=lambda release: (release.sealed_at, release.name))
    assert f"/fr/releases/{newest.dataflow}/{newest.number}/" in text


def test_a_programme_shows_the_sections_of_its_story(site: Any) -> None:
    client, _ = site
    for info in read_programmes().values():
        text = client.get(f"/ko/programmes/{info.name}/").content.decode()
        places = [text.index(f">{section.title.to('ko')}</h2>") for section in info.story]
        assert places == sorted(places)
        assert text.count('<figure class="chart"') == len(info.story)
        assert text.count("<details><summary>같은 내용을 표로") == len(
            info.story
        )  # the accessible alternative of each chart


def test_a_story_omits_sections_without_a_release(site: Any) -> None:
    client, node = site
    node.releases.withdraw("DATACENTRE_EMISSIONS", 1, "a unit was wrong")
    text = client.get("/en/programmes/energy/").content.decode()
    assert "Emissions of data centres by area" not in text
    assert "Electricity of data centres worldwide, by vintage of the outlook" in text


def test_a_node_without_releases_says_what_to_do(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: empty)
    for page in ("", "flows/", "programmes/work/", "methods/"):
        assert "bongsu build" in Client().get(f"/en/{page}").content.decode(), page
    assert Client().get("/en/countries/").status_code == 200


def test_a_country_page_lists_all_dataflows(site: Any) -> None:
    client, node = site
    for code, name in (("KOR", "대한민국"), ("FRA", "프랑스"), ("KEN", "케냐")):
        text = client.get(f"/ko/countries/{code}/").content.decode()
        assert f"<h1>{name}</h1>" in text
        for release in list_current_releases(node).values():
            known = code in list_areas(node, release)
            assert (f'id="{release.dataflow}"' in text) is known, (code, release.name)
    kor = client.get("/en/countries/KOR/").content.decode()
    assert "417.1" in kor  # g CO2e/kWh
    assert "0.304" in kor  # mean exposure


def test_countries_are_listed_by_name_in_the_readers_language(site: Any) -> None:
    client, _ = site
    french = client.get("/fr/countries/").content.decode()
    assert french.index("Afrique du Sud") < french.index("Égypte") < french.index("Espagne") < french.index("Zimbabwe")
    korean = client.get("/ko/countries/").content.decode()
    assert korean.index("가나") < korean.index("대한민국") < korean.index("프랑스")
    assert korean.index('href="/ko/countries/ROW/"') < korean.index("가나")  # a region is not a country


def test_a_method_page_has_formula_unit_source_and_example(site: Any) -> None:
    client, _ = site
    text = client.get("/fr/methods/datacentre-emissions/").content.decode()
    for expected in (
        "Mt CO2e = TWh × g CO2e/kWh ÷ 1,000",
        "GHG Protocol",
        "183e9 * 383.5492 / 1e12 = 70,1895",
        "70,1895 Mt",
    ):
        assert expected in text
    assert "/fr/flows/DATACENTRE_EMISSIONS/" in text


def test_the_glossary_lists_every_concept(site: Any) -> None:
    from bongsu.store.tables.definitions import concepts

    client, _ = site
    text = client.get("/ko/glossary/").content.decode()
    assert not [id_ for id_ in concepts() if f"<code>{id_}</code>" not in text]
    assert "테라와트시" in text


def test_a_dataflow_page_shows_unit_boundary_and_source(site: Any) -> None:
    client, _ = site
    text = client.get("/ko/flows/DATACENTRE_ELECTRICITY/").content.decode()
    for expected in ("데이터센터 전력 사용량", "시설", "TWh", "CC-BY-4.0", "IEA, Energy and AI (April 2025)", "전망"):
        assert expected in text


def test_a_dataflow_page_offers_its_news(site: Any) -> None:
    client, _ = site
    text = client.get("/en/flows/GRID_INTENSITY/").content.decode()
    assert 'href="/feeds/GRID_INTENSITY/en.atom"' in text
    assert 'href="/en/account/subscriptions/?add=GRID_INTENSITY"' in text


def test_a_release_page_lists_inputs_with_hashes(site: Any) -> None:
    client, node = site
    manifest = node.releases.manifest(node.releases.current("GRID_INTENSITY"))
    text = client.get("/en/releases/GRID_INTENSITY/1/").content.decode()
    for expected in (
        manifest.content,
        manifest.inputs[0].sha256,
        manifest.files[0].sha256,
        "CC-BY-4.0",
        "CAF 2022 0",
        "/en/methods/grid-intensity/",
    ):
        assert expected in text


def test_a_withdrawn_release_is_marked(site: Any) -> None:
    client, node = site
    node.releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    for page in ("/en/flows/GRID_INTENSITY/", "/en/releases/GRID_INTENSITY/1/"):
        assert "a unit was wrong" in client.get(page).content.decode()


def test_files_contain_the_release(site: Any) -> None:
    client, node = site
    release = node.releases.current("DATACENTRE_ELECTRICITY")
    sealed = node.observations(release).to_pylist()
    response = client.get("/files/DATACENTRE_ELECTRICITY/1.csv")
    rows = list(csv.DictReader(io.StringIO(b"".join(response.streaming_content).decode())))
    assert [(r["REF_AREA"], r["TIME_PERIOD"], r["LOWER_BOUND"]) for r in rows] == [
        (r["REF_AREA"], r["TIME_PERIOD"], "" if r["LOWER_BOUND"] is None else str(r["LOWER_BOUND"])) for r in sealed
    ]
    response = client.get("/files/DATACENTRE_ELECTRICITY/1.parquet")
    assert pq.read_table(io.BytesIO(b"".join(response.streaming_content))).to_pylist() == sealed
    assert "immutable" in response.headers["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "/en/flows/NOTHING/",
        "/en/releases/GRID_INTENSITY/9/",
        "/en/programmes/nothing/",
        "/en/countries/XYZ/",
        "/en/countries/KO/",
        "/en/methods/nothing/",
        "/files/GRID_INTENSITY/1.xlsx",
        "/files/NOTHING/1.csv",
        "/charts/GRID_INTENSITY/1/nothing.en.svg",
        "/charts/GRID_INTENSITY/1/carbon.de.svg",
        "/charts/GRID_INTENSITY/1/carbon.en.exe",
        "/charts/GRID_INTENSITY/1/carbon.en.svg?size=enormous",
        "/charts/GRID_INTENSITY/9/carbon.en.svg",
        "/en/nowhere/",
        "/files/..%2f..%2fnode.toml/1.csv",
        "/en/flows/..%2f..%2f..%2fetc%2fpasswd/",
        "/en/countries/..%2f..%2fnode.toml/",
    ],
)
def test_unknown_addresses_are_404(site: Any, path: str) -> None:
    client, _ = site
    response = client.get(path, headers={"accept": "application/json"})
    assert response.status_code == 404
    assert response.json()["error"]["message"]
    page = client.get(path, headers={"accept": "text/html"})
    assert page.status_code == 404
    assert b"<h1>" in page.content


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?NOTHING=KOR", 404),
        ("?REF_AREA=Atlantis", 404),
        ("?REF_AREA=" + "K" * 10_000, 400),
        ("?" + "&".join(f"REF_AREA={n}" for n in range(5_000)), 400),
        ("?x=" + "%F0%9F%92%A5" * 5_000, 400),
        ("?page=0", 400),
        ("?page=one", 400),
        ("?page=99999999999999999999", 400),
        ("?start=yesterday", 400),
        ("?start=2024", 404),  # this dataflow has no periods
        ("?start=2024-13", 400),
        ("?color=NOTHING", 404),
        ("?REF_AREA=%27%3B+DROP+TABLE+x%3B--", 404),
        ("?REF_AREA=<script>alert(1)</script>", 404),
    ],
)
def test_a_wrong_choice_is_refused_with_one_sentence(site: Any, query: str, status: int) -> None:
    client, _ = site
    for path in ("/fr/flows/GRID_MIXES/", "/charts/GRID_MIXES/1/explore.fr.svg"):
        response = client.get(path + query, headers={"accept": "application/json"})
        assert response.status_code == status, path
        assert 0 < len(response.json()["error"]["message"]) < 300
        page = client.get(path + query, headers={"accept": "text/html"}).content.decode()
        assert "<script>alert" not in page


def test_a_damaged_release_is_an_error(site: Any) -> None:
    client, node = site
    path = node.releases.root / "GRID_INTENSITY" / "0001" / "observations.parquet"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    response = client.get("/en/flows/GRID_INTENSITY/", headers={"accept": "application/json"})
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "damaged"
    assert str(node.root) not in response.content.decode()  # the node's paths stay private


def test_the_home_page_works_with_a_damaged_file(site: Any) -> None:
    client, node = site
    path = node.releases.root / "INFERENCE_ENERGY" / "0001" / "observations.parquet"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    page = client.get("/en/")
    assert page.status_code == 200
    assert "TWh" in page.content.decode(), "the other figures"


def test_pages_are_compressed(site: Any) -> None:
    client, _ = site
    response = client.get("/en/flows/GRID_INTENSITY/", headers={"accept-encoding": "gzip"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert "Accept-Encoding" in response.headers["Vary"]
    assert json.loads(client.get("/charts/GRID_INTENSITY/1/carbon.en.json").content)["data"]["values"]


@pytest.mark.parametrize(
    "address", ["/en/flows/?q=%00", "/commons/search.json?q=a%00", "/sdmx/data/x?c[A]=%00", "/en/%00/"]
)
def test_a_nul_character_in_an_address_is_refused(address: str, site: Any) -> None:
    client, _ = site
    assert client.get(address).status_code == 400
