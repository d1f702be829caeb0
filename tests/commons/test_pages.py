"""The catalogue's pages as a person reads them: search with facets, an entry, the board, and the feed for other nodes."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from bongsu.commons.catalogue_search import current_catalogue
from bongsu.commons.entries.bundle import Tombstone, encode_bundle
from bongsu.commons.entries.entry_reader import parse_entry
from bongsu.commons.harvest import harvester, node_entries
from bongsu.commons.pages.model_energy import list_figures
from bongsu.commons.sources import ADDED_FAMILY
from bongsu.core.provenance import Origin
from bongsu.store.building import builds as building
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programme

pytestmark = pytest.mark.django_db  # the page of an entry says to whom it belongs


@pytest.fixture(scope="module")
def node(starter: Path, tmp_path_factory: pytest.TempPathFactory) -> Node:
    """The starter node with one entry more, whose words try to break out, and one that is gone."""
    import shutil

    root = tmp_path_factory.mktemp("pages") / "node"
    shutil.copytree(starter, root)
    node = Node(root)
    evil = "</script><script>alert(1)</script>"
    made = parse_entry(
        {
            "id": "zz-evil",
            "kind": "dataset",
            "name": {"en": evil},
            "description": {"en": evil},
            "evidence": {"page": {"address": "https://example.org/", "shows": evil, "accessed": "2020-01"}},
            "claims": {"licence": {"value": f"MIT AND {evil}", "evidence": ["page"]}},
        },
        "x",
    )
    origin = Origin("Someone", "Added by hand", "https://example.org/", "CC0-1.0")
    node.snapshots.save(
        f"{ADDED_FAMILY}-hand", encode_bundle([made], [Tombstone("zz-gone", "2026-11-01")]), origin, "2026-11"
    )
    list(building.build_releases(node, read_programme("commons")))
    return node


@pytest.fixture
def client(node: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    return Client()


def text(response: Any) -> str:
    assert response.status_code == 200, response.content[:500]
    return " ".join(response.content.decode().split())


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
@pytest.mark.parametrize(
    "page",
    ["", "?q=한국어 음성", "openness/", *(f"entries/{id_}/" for id_ in ("bloomz", "gemma-2-9b", "kolibri", "klue"))],
)
def test_every_page_in_every_language(client: Client, language: str, page: str) -> None:
    said = text(client.get(f"/{language}/commons/{page}"))
    assert f'<html lang="{language}">' in said
    for other in ("en", "ko", "fr"):
        assert f'hreflang="{other}"' in said


def test_a_search_is_in_its_url(client: Client) -> None:
    said = text(client.get("/en/commons/?q=korean+speech+model+open+data"))
    assert "Zeroth-Korean" in said
    narrow = text(client.get("/en/commons/?q=korean&kind=dataset&country=KOR&country=FRA"))
    assert re.search(r'name="kind" value="dataset" checked', narrow)
    assert re.search(r'name="kind" value="model"> Model <span class="count">[1-9]', narrow)  # still to be chosen
    assert "Remove Country: South Korea" in narrow
    assert "PORORO" not in narrow  # software
    assert "음성" in text(client.get("/ko/commons/?q=음성"))


def test_the_whole_catalogue_is_on_its_pages_once(client: Client, node: Node) -> None:
    seen: list[str] = []
    address = "/en/commons/"
    while address:
        said = text(client.get(address))
        seen += re.findall(r'<h2><a href="/en/commons/entries/([a-z0-9-]+)/"', said)
        found = re.search(r'rel="next" href="(\?[^"]*)"', said)
        address = f"/en/commons/{found[1].replace('&amp;', '&')}" if found else ""
    assert sorted(seen) == sorted(current_catalogue(node).index.keys)


@pytest.mark.parametrize(
    "query",
    [
        "page=0",
        "page=-1",
        "page=x",
        "page=" + "9" * 5_000,
        "kind=car",
        "colour=red",
        "q=" + "a" * 5_000,
        "sector=%3E",
    ],
)
def test_unusual_queries_cause_no_error(client: Client, query: str) -> None:
    assert client.get(f"/en/commons/?{query}").status_code == 200


def test_bloomz_is_explained(client: Client) -> None:
    said = text(client.get("/en/commons/entries/bloomz/"))
    assert "Unclassified · III 17 %" in said
    assert "12.0 / 14" in said
    assert "11 × 1 + 2 × 0.5 + 1 × 0 = 12.0 of 14." in said
    assert "The lowest class requires 6 components, of which 1 are included: 17 %." in said
    assert "bigscience-bloom-rail-1.0" in said
    assert "restricts who may use it or for what" in said
    assert "never averaged" in said
    assert 'href="/en/commons/entries/xp3/"' in said
    assert "11 × 1 + 2 × 0,5 + 1 × 0 = 12.0 sur 14." in text(client.get("/fr/commons/entries/bloomz/"))


def test_a_dataset_shows_the_models_that_used_it(client: Client) -> None:
    said = text(client.get("/en/commons/entries/xp3/"))
    assert "Models trained on it" in said
    assert 'href="/en/commons/entries/bloomz/">BLOOMZ' in said


def test_a_models_energy_is_that_of_the_release(client: Client, node: Node) -> None:
    found = list_figures(node, current_catalogue(node).get("gemma-2-9b"), "en")
    assert {figure.boundary for figure in found} >= {"Chip", "Facility"}
    for figure in found:
        assert figure.low is not None
        assert figure.high is not None
        assert figure.low < figure.value < figure.high
        assert figure.model == "google/gemma-2-9b-it"
    said = text(client.get("/en/commons/entries/gemma-2-9b/"))
    for expected in ("Wh/1000 token", "Modelled", "Facility", "80 % interval", 'href="/en/energy/forms/label/"'):
        assert expected in said
    (label,) = re.findall(r'<img src="([^"]*/energy/label/[^"]*[.]svg)"', said)
    assert client.get(label).headers["Content-Type"] == "image/svg+xml"
    assert not list_figures(node, current_catalogue(node).get("bloomz"), "en")
    assert "that does not mean zero" in text(client.get("/en/commons/entries/bloomz/"))


def test_every_claim_shows_its_evidence_and_its_date(client: Client, node: Node) -> None:
    said = text(client.get("/en/commons/entries/klue/"))
    entry = current_catalogue(node).get("klue")
    for name in entry.claims:
        for item in entry.proof(name):
            assert item.address in said
            assert f"({item.accessed})" in said
    assert "over a year ago" in text(client.get("/en/commons/entries/zz-evil/"))  # looked at in 2020


def test_foreign_text_is_escaped(client: Client) -> None:
    said = text(client.get("/en/commons/entries/zz-evil/"))
    assert "<script>alert" not in said
    assert "<script>alert" not in text(client.get("/en/commons/?q=alert"))


def test_a_deleted_entry_has_status_410_and_an_unknown_one_404(client: Client) -> None:
    gone = client.get("/en/commons/entries/zz-gone/")
    assert gone.status_code == 410
    assert "2026-11-01" in gone.content.decode()
    assert client.get("/en/commons/entries/never-there/").status_code == 404


def test_the_board_counts_as_the_release_does(client: Client, node: Node) -> None:
    said = text(client.get("/en/commons/openness/"))
    rows = node.observations(node.releases.current("COMMONS_OPENNESS")).to_pylist()
    counts = {(r["BREAKDOWN"], r["BREAKDOWN_VALUE"], r["INDICATOR"]): int(r["OBS_VALUE"]) for r in rows}
    whole, open_ = counts["TOTAL", "_T", "ENTRIES"], counts["TOTAL", "_T", "ENTRIES_OPEN"]
    assert f"Of {whole} entries, {open_} declare an open licence" in said
    for title in ("By kind", "By year of publication", "By country", "By language covered", "By sector"):
        assert title in said
    health = f"{counts['SECTOR_KIND', 'health-dataset', 'ENTRIES_OPEN']} / {counts['SECTOR_KIND', 'health-dataset', 'ENTRIES']}"
    assert health in said
    assert 'class="number none">none' in said


def test_the_feed_is_what_another_node_harvests(client: Client, node: Node, tmp_path: Path, served: Any) -> None:
    response = client.get("/commons/entries.jsonl")
    feed = b"".join(response.streaming_content)  # type: ignore[attr-defined]
    etag = response.headers["ETag"]
    assert client.get("/commons/entries.jsonl", headers={"If-None-Match": etag}).status_code == 304
    served.answers["/feed"] = lambda headers: (
        (304, {}, b"") if headers.get("If-None-Match") == etag else (200, {"ETag": etag}, feed)
    )
    other = Node.create(tmp_path / "other")

    def harvest() -> harvester.HarvestReport:
        return harvester.harvest_address(
            other, "there", f"{served.address}/feed", "2026-11-25", "CC-BY-4.0", served.fetcher()
        )

    report = harvest()
    assert (len(report.new), report.broken) == (len(current_catalogue(node).index.keys), ())
    assert report.gone == ("there--zz-gone",)
    assert harvest().formats == ("unchanged",)
    known = node_entries.read_node_entries(other).entries["there--bloomz"]
    assert known.records["osai"]
    assert known.values("base") == ("there--bloom",)  # relations stay between entries of one node


def test_the_search_of_machines_has_facets_and_pages(client: Client) -> None:
    def found(query: str) -> Any:
        return client.get(f"/commons/search.json?{query}")

    whole = json.loads(found("kind=dataset").content)
    assert whole["facets"]["kind"] == {"dataset": whole["total"]}  # the facet chose
    assert len(whole["entries"]) == 20
    second = json.loads(found("kind=dataset&limit=1&offset=1").content)
    assert [entry["id"] for entry in second["entries"]] == [whole["entries"][1]["id"]]
    assert second["total"] == whole["total"]
    most = json.loads(found("limit=999999999").content)
    assert len(most["entries"]) == 100
    for wrong in ("limit=many", "limit=-1", "offset=1.5", "limit=1000000000"):
        assert found(wrong).status_code == 400, wrong
        assert "is not a whole number" in found(wrong).content.decode()
