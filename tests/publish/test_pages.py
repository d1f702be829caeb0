"""Every page in every language, the files, the charts: what people and scripts see of a release."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from django.test import Client

from bongsu.store.node import Node


@pytest.fixture
def site(node_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """(client, opened node) on a copy of the starter node."""
    from bongsu.web import middleware

    node = Node(node_folder)
    opened = lambda: node  # noqa: E731
    monkeypatch.setattr(middleware, "opened", opened)
    monkeypatch.setattr("bongsu.web.context.opened", opened)
    monkeypatch.setattr("bongsu.web.views.opened", opened)
    return Client(), node


def pages(node: Node) -> list[str]:
    flows = node.releases.dataflows()
    return ["", *(f"flows/{flow}/" for flow in flows), *(f"releases/{flow}/1/" for flow in flows)]


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


def test_the_readers_language_comes_from_the_browser(site: Any) -> None:
    client, _ = site
    for header, language in (("ko-KR,ko;q=0.9", "ko"), ("fr", "fr"), ("de", "en")):
        assert client.get("/", headers={"accept-language": header}).headers["Location"] == f"/{language}/"


def test_a_dataflow_page_says_what_its_figures_are(site: Any) -> None:
    client, _ = site
    text = client.get("/ko/flows/DATACENTRE_ELECTRICITY/").content.decode()
    for expected in ("데이터센터 전력 사용량", "시설", "TWh", "CC-BY-4.0", "IEA, Energy and AI (April 2025)", "전망"):
        assert expected in text


def test_a_release_page_leads_back_to_the_bytes(site: Any) -> None:
    client, node = site
    manifest = node.releases.manifest(node.releases.current("GRID_INTENSITY"))
    text = client.get("/en/releases/GRID_INTENSITY/1/").content.decode()
    for expected in (
        manifest.content,
        manifest.inputs[0].sha256,
        manifest.files[0].sha256,
        "MPL-2.0",
        "CAF 0 g CO2e/kWh",
    ):
        assert expected in text


def test_a_withdrawn_release_says_so(site: Any) -> None:
    client, node = site
    node.releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    for page in ("/en/flows/GRID_INTENSITY/", "/en/releases/GRID_INTENSITY/1/"):
        assert "a unit was wrong" in client.get(page).content.decode()


def test_files_are_the_release(site: Any) -> None:
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


def test_charts_draw_what_the_release_holds(site: Any) -> None:
    client, node = site
    for flow in node.releases.dataflows():
        release = node.releases.current(flow)
        for chart in node.releases.structure(release).dataflow.charts:
            base = f"/charts/{flow}/{release.number}/{chart.id}"
            spec = json.loads(client.get(f"{base}.ko.json").content)
            assert spec["data"]["values"], base
            svg = client.get(f"{base}.ko.svg")
            assert svg.content.startswith(b"<svg")
    assert client.get("/charts/GRID_INTENSITY/1/carbon.en.png").content.startswith(b"\x89PNG")


def test_a_vintage_is_never_drawn_into_another(site: Any) -> None:
    client, _ = site
    spec = json.loads(client.get("/charts/DATACENTRE_ELECTRICITY/1/world.en.json").content)
    assert spec["facet"]["field"] == "VINTAGE"
    assert "data" not in json.dumps(spec["spec"])  # a layer with data of its own would draw every vintage in each panel
    usa = json.loads(client.get("/charts/DATACENTRE_ELECTRICITY/1/usa.en.json").content)
    assert "LOWER_BOUND" in json.dumps(usa["spec"])  # intervals are drawn, not hidden


def test_flagged_values_are_not_drawn_as_normal(site: Any) -> None:
    client, _ = site
    spec = json.loads(client.get("/charts/GRID_INTENSITY/1/carbon.en.json").content)
    assert min(row["OBS_VALUE"] for row in spec["data"]["values"]) >= 5


@pytest.mark.parametrize(
    "path",
    [
        "/en/flows/NOTHING/",
        "/en/releases/GRID_INTENSITY/9/",
        "/files/GRID_INTENSITY/1.xlsx",
        "/files/NOTHING/1.csv",
        "/charts/GRID_INTENSITY/1/nothing.en.svg",
        "/charts/GRID_INTENSITY/1/carbon.de.svg",
        "/en/nowhere/",
        "/files/..%2f..%2fnode.toml/1.csv",
    ],
)
def test_what_does_not_exist_is_404_with_a_sentence(site: Any, path: str) -> None:
    client, _ = site
    response = client.get(path, headers={"accept": "application/json"})
    assert response.status_code == 404
    assert response.json()["error"]["message"]
    page = client.get(path, headers={"accept": "text/html"})
    assert page.status_code == 404
    assert b"<h1>" in page.content


def test_damage_is_an_error_and_no_figure(site: Any) -> None:
    client, node = site
    path = node.releases.root / "GRID_INTENSITY" / "0001" / "observations.parquet"
    path.write_bytes(b"x" + path.read_bytes()[1:])
    response = client.get("/en/flows/GRID_INTENSITY/", headers={"accept": "application/json"})
    assert response.status_code == 500
    assert response.json()["error"]["code"] == "damaged"
    assert str(node.root) not in response.content.decode()  # the node's paths stay private
