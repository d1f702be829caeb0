"""Croissant, schema.org, feeds, sitemap, OpenAPI and the table: each is read by an independent program."""

from __future__ import annotations

import json
import math
import re
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from lxml import etree

from bongsu.publish.catalogue import feeds, item_table, openapi, sitemap
from bongsu.publish.catalogue.items import list_item_ids
from tests.publish.catalogue.conftest import Site

ATOM = {"a": "http://www.w3.org/2005/Atom"}
SITEMAP = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "x": "http://www.w3.org/1999/xhtml"}


@pytest.mark.filterwarnings("ignore")  # warnings of mlcroissant and of its dependencies
def test_croissant_is_valid_and_loads_the_observations(starter_site: Site, tmp_path: Path) -> None:
    import mlcroissant

    flow = "DATACENTRE_ELECTRICITY"
    told = json.loads(starter_site.get(f"/catalogue/releases/{flow}/1.croissant.json"))
    for file in told["distribution"]:  # the files of the node are read from the folder of the description
        name = file["name"]
        (tmp_path / name).write_bytes(starter_site.get(file["contentUrl"].removeprefix("http://testserver")))
        file["contentUrl"] = name
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(told))
    dataset = mlcroissant.Dataset(jsonld=path)
    assert not dataset.metadata.ctx.issues.errors
    release = starter_site.node.releases.current(flow)
    sealed = starter_site.node.observations(release).to_pylist()
    for form in ("csv", "parquet"):
        records = list(dataset.records(record_set=f"observations-{form}"))
        assert len(records) == release.rows
        read = [record[f"observations-{form}/OBS_VALUE"] for record in records]
        assert [value if value is None else float(value) for value in read] == [row["OBS_VALUE"] for row in sealed]
        assert records[0][f"observations-{form}/REF_AREA"].decode() == sealed[0]["REF_AREA"]


@pytest.mark.filterwarnings("ignore")
def test_croissant_of_every_release_and_dataset_has_no_error(starter_site: Site) -> None:
    import mlcroissant

    described = 0
    for kind, id_ in list_item_ids(starter_site.node):
        response = starter_site.client.get(f"/catalogue/{kind}/{id_}.croissant.json")
        if response.status_code == 404:
            assert kind == "flows" or (kind == "entries" and b"is not a dataset" in response.content)
            continue
        dataset = mlcroissant.Dataset(jsonld=json.loads(response.content))
        assert not dataset.metadata.ctx.issues.errors, id_
        described += 1
    assert described > 40


def test_schema_org_of_a_release(starter_site: Site) -> None:
    told = json.loads(starter_site.get("/catalogue/releases/GRID_INTENSITY/1.schema.json"))
    assert (told["@context"], told["@type"]) == ("https://schema.org", "Dataset")
    assert told["license"] == "https://spdx.org/licenses/CC-BY-4.0"
    assert {file["encodingFormat"] for file in told["distribution"]} >= {"text/csv", "application/vnd.apache.parquet"}
    for file in told["distribution"]:
        assert re.fullmatch(r"[0-9a-f]{64}", file["sha256"])
    course = json.loads(starter_site.get("/catalogue/entries/elements-of-ai.schema.json"))
    assert course["@type"] == "Course"


def test_schema_org_lists_places_unless_there_are_too_many(starter_site: Site) -> None:
    def places(flow: str) -> set[str]:
        told = json.loads(starter_site.get(f"/catalogue/releases/{flow}/1.schema.json"))
        return {place["identifier"] for place in told.get("spatialCoverage", [])}

    release = starter_site.node.releases.current("AI_POSTINGS")
    assert places("AI_POSTINGS") == set(starter_site.node.observations(release)["REF_AREA"].to_pylist()) != set()
    assert places("GRID_INTENSITY") == set()
    assert "spatialCoverage" not in json.loads(starter_site.get("/catalogue/releases/GRID_INTENSITY/1.schema.json"))


@pytest.mark.django_db  # the page of an entry says to whom it belongs
@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_pages_carry_schema_org(starter_site: Site, language: str) -> None:
    pages = {
        "": "DataCatalog",
        "glossary/": "WebPage",
        "flows/GRID_INTENSITY/": "Dataset",
        "releases/GRID_INTENSITY/1/": "Dataset",
        "commons/entries/elements-of-ai/": "Course",
    }
    for page, kind in pages.items():
        text = starter_site.get(f"/{language}/{page}").decode()
        found = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S)
        assert found, page
        shapes = json.loads(found.group(1))
        assert kind in [shape["@type"] for shape in shapes]
        assert all(shape["@context"] == "https://schema.org" for shape in shapes)
        assert f'type="application/atom+xml" href="/feeds/{language}.atom"' in text


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_feeds_list_releases_and_withdrawals(site: Site, language: str) -> None:
    site.node.releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    count = len(site.node.releases.all()) + 2  # the withdrawal, and what was computed from it
    atom = etree.fromstring(site.get(f"/feeds/{language}.atom"))
    entries = atom.findall("a:entry", ATOM)
    assert len(entries) == count
    newest = entries[0]
    assert newest.findtext("a:summary", namespaces=ATOM) == "a unit was wrong"
    moments = [datetime.fromisoformat(entry.findtext("a:updated", namespaces=ATOM)) for entry in entries]
    assert moments == sorted(moments, reverse=True)
    rss = etree.fromstring(site.get(f"/feeds/{language}.rss"))
    assert len(rss.findall("channel/item")) == count
    assert parsedate_to_datetime(rss.findtext("channel/item/pubDate")) == moments[0]
    told = json.loads(site.get(f"/feeds/{language}.json"))
    assert told["version"] == "https://jsonfeed.org/version/1.1"
    assert [one["id"] for one in told["items"]] == [e.findtext("a:id", namespaces=ATOM) for e in entries]
    titles = {"en": "Withdrawn", "ko": "철회", "fr": "Retrait"}
    assert titles[language] in newest.findtext("a:title", namespaces=ATOM)


def test_addresses_use_https_if_the_node_requires_it(starter_site: Site, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    assert b"http://testserver" not in starter_site.get("/catalogue/releases/GRID_INTENSITY/1.ttl")
    assert b"https://testserver/oai" in starter_site.get("/oai?verb=Identify")
    assert b"Sitemap: https://testserver/" in starter_site.get("/robots.txt")


def test_special_characters_in_a_title_are_escaped() -> None:
    assert feeds.MAX_NEWS == 50
    from bongsu.publish.catalogue.schema_org import script_text

    assert "</script>" not in script_text([{"name": "</script><b>&"}])
    assert json.loads(script_text([{"name": "</script><b>&"}])) == [{"name": "</script><b>&"}]


@pytest.mark.django_db
def test_pages_of_the_sitemap_exist(starter_site: Site) -> None:
    tree = etree.fromstring(starter_site.get("/sitemap.xml"))
    addresses = [one.text.removeprefix("http://testserver") for one in tree.iterfind(".//s:loc", SITEMAP)]
    assert {"/en/", "/ko/", "/fr/flows/GRID_INTENSITY/", "/ko/releases/GRID_INTENSITY/1/"} <= set(addresses)
    assert {"/ko/countries/KOR/", "/fr/commons/entries/klue/", "/en/glossary/"} <= set(addresses)
    assert len(addresses) == len(set(addresses))
    for address in [one for one in addresses if one.startswith("/ko/")][::15]:  # the other languages are the same views
        assert starter_site.client.get(address).status_code == 200, address
    first = next(tree.iterfind("s:url", SITEMAP))
    assert {link.get("hreflang") for link in first.iterfind("x:link", SITEMAP)} == {"en", "ko", "fr"}
    robots = starter_site.get("/robots.txt").decode()
    assert "Sitemap: http://testserver/sitemap.xml" in robots
    assert "Disallow: /sdmx/" in robots


@pytest.mark.django_db
def test_a_long_sitemap_has_parts(starter_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file has at most 50,000 addresses; here 300, which are 100 pages in three languages."""
    whole = etree.fromstring(starter_site.get("/sitemap.xml"))
    pages = [one.text for one in whole.iterfind("s:url/s:loc", SITEMAP)]
    monkeypatch.setattr(sitemap, "MAX_ADDRESSES", 300)
    index = etree.fromstring(starter_site.get("/sitemap.xml"))
    parts = [one.text.removeprefix("http://testserver") for one in index.iterfind("s:sitemap/s:loc", SITEMAP)]
    assert len(parts) == math.ceil(len(pages) / 300) > 1
    found = [
        one.text for part in parts for one in etree.fromstring(starter_site.get(part)).iterfind("s:url/s:loc", SITEMAP)
    ]
    assert found == pages
    beyond = parts[-1].replace(str(len(parts)), str(len(parts) + 1))
    starter_site.get(beyond, status=404)


def test_the_openapi_description_is_valid_and_complete(starter_site: Site) -> None:
    from openapi_spec_validator import OpenAPIV31SpecValidator, validate

    told = json.loads(starter_site.get("/openapi.json"))
    validate(told, cls=OpenAPIV31SpecValidator)
    assert told["openapi"].startswith("3.1")
    assert set(told["paths"]) == {
        openapi.path_template(address, page) for address, _, page in openapi.list_public_addresses()
    }
    assert not [path for path in told["paths"] if "/sdmx" in path or re.search(r"[\\^$()\[\]]", path)]
    assert "post" in told["paths"]["/v1/metrics"]
    assert "get" not in told["paths"]["/v1/metrics"]
    assert [one["name"] for one in told["paths"]["/files/{dataflow}/{number}.{form}"]["parameters"]] == [
        "dataflow",
        "number",
        "form",
    ]
    for path, item in told["paths"].items():
        for method in ("get", "post"):
            assert item.get(method, {"summary": "x"})["summary"], f"{method} {path} says nothing of itself"


@pytest.mark.django_db
def test_the_openapi_description_matches_responses(starter_site: Site) -> None:
    told = json.loads(starter_site.get("/openapi.json"))
    examples: dict[str, Any] = {
        "/catalogue": "/catalogue",
        "/catalogue.{end}": "/catalogue.csv",
        "/catalogue/entries/{id}.{end}": "/catalogue/entries/klue.croissant.json",
        "/feeds/{language}.{form}": "/feeds/ko.json",
        "/oai": "/oai?verb=Identify",
        "/sitemap.xml": "/sitemap.xml",
        "/robots.txt": "/robots.txt",
    }
    for template, address in examples.items():
        content = told["paths"][template]["get"]["responses"]["200"]["content"]
        sent = starter_site.client.get(address).headers["Content-Type"].partition("; charset")[0]
        assert sent in {one.partition("; charset")[0] for one in content}, (template, sent)


def test_the_catalogue_as_a_table(starter_site: Site, tmp_path: Path) -> None:
    (tmp_path / "catalogue.parquet").write_bytes(starter_site.get("/catalogue.parquet"))
    table = pq.read_table(tmp_path / "catalogue.parquet")
    assert table.column_names == list(item_table.list_columns())
    assert table.num_rows == len(list_item_ids(starter_site.node))
    rows = {(row["kind"], row["id"]): row for row in table.to_pylist()}
    assert rows["entry", "inkuba-mono"]["licence_open"] == "no"
    assert rows["release", "GRID_INTENSITY/1"]["licence"] == "CC-BY-4.0"
    assert rows["release", "GRID_MIXES/1"]["licence"] == "MPL-2.0"
    import csv
    import io

    assert len(list(csv.DictReader(io.StringIO(starter_site.get("/catalogue.csv").decode())))) == table.num_rows
