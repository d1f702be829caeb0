"""The institution's name, contact, pages and logo in everything that the node publishes; a change is followed at once."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
import yaml
from django.test import Client
from PIL import Image
from rdflib import FOAF, Graph, Literal, Namespace, URIRef

from bongsu.publish.exports.static_site import StaticSite
from bongsu.publish.report import contents
from bongsu.store.disk.node_file import change_table, write_table
from bongsu.store.node import Node
from tests.store.drafts import draft, rows

VCARD = Namespace("http://www.w3.org/2006/vcard/ns#")
SITE = {
    "name": {"en": "Observatory of Kenya", "fr": "Observatoire du Kenya"},
    "home": "KEN",
    "licence": "CC-BY-4.0",
    "logo": "site/logo.png",
    "colours": {"accent": "#7a1020"},
    "contact": {"en": "info@stat.example"},
}


@pytest.fixture
def client(node: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: node)
    written = io.BytesIO()
    Image.new("RGB", (30, 10), "#7a1020").save(written, "PNG")
    (node.root / "site").mkdir()
    (node.root / "site" / "logo.png").write_bytes(written.getvalue())
    return Client()


def read(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()


def test_the_name_is_the_institutions_everywhere(client: Client, node: Node) -> None:
    addresses = (
        "/catalogue/1.ttl",
        "/catalogue.csv",
        "/openapi.json",
        "/feeds/en.atom",
        "/feeds/en.json",
        "/oai?verb=Identify",
        "/en/",
    )
    for address in addresses:  # so that every cache has the node's own name
        assert "Observatory of Kenya" not in read(client, address)
    write_table(node.root, "site", SITE)
    for address in addresses:
        text = read(client, address)
        assert "Observatory of Kenya" in text, address
    assert "Observatoire du Kenya" in read(client, "/feeds/fr.atom")
    assert "Observatoire du Kenya" in read(client, "/fr/methods/")
    assert json.loads(read(client, "/openapi.json"))["info"]["title"] == "Observatory of Kenya"


def test_a_release_is_cited_by_the_name_that_sealed_it(client: Client, node: Node) -> None:
    before, number = node.identity.name, node.releases.current("GRID_INTENSITY").number
    write_table(node.root, "site", SITE)
    release, _ = node.releases.seal(draft(rows(3)))
    for address, name in (
        (f"/files/GRID_INTENSITY/{number}/CITATION.cff", before),
        (f"/files/{release.dataflow}/{release.number}/CITATION.cff", "Observatory of Kenya"),
    ):
        assert yaml.safe_load(read(client, address))["authors"] == [{"name": name}], address


def test_the_publisher_in_dcat_has_its_names_and_a_contact(client: Client, node: Node) -> None:
    write_table(node.root, "site", SITE)
    graph = Graph().parse(data=read(client, "/catalogue/1.ttl"), format="turtle")
    publisher = URIRef("http://testserver/#node")
    assert set(graph.objects(publisher, FOAF.name)) == {
        Literal("Observatory of Kenya", lang="en"),
        Literal("Observatoire du Kenya", lang="fr"),
    }
    contact = URIRef("http://testserver/#contact")
    assert (contact, VCARD.hasURL, URIRef("http://testserver/en/contact/")) in graph
    assert (contact, VCARD.fn, Literal("Observatory of Kenya")) in graph


def test_a_report_is_the_institutions(client: Client, node: Node) -> None:
    write_table(node.root, "site", SITE)
    release = node.releases.current("GRID_INTENSITY")
    report = contents.build_report(node, "KEN", "fr", [contents.build_section(node, release, "KEN", "fr")])
    assert report.node == "Observatoire du Kenya"


@pytest.mark.django_db
def test_the_sitemap_lists_only_pages_with_a_text(client: Client, node: Node) -> None:
    write_table(node.root, "site", SITE)
    listed = read(client, "/sitemap.xml")
    assert "/en/contact/" in listed
    assert "/en/about/" not in listed
    with change_table(node.root, "site", lambda table: {**table, "about": {"en": "x"}}):
        pass
    assert "/en/about/" in read(client, "/sitemap.xml")


def test_a_logo_that_was_deleted_breaks_no_page(client: Client, node: Node) -> None:
    write_table(node.root, "site", SITE)
    assert node.site.logo
    (node.root / "site" / "logo.png").unlink()
    assert client.get("/en/").status_code == 200
    assert client.get("/site/logo.png").status_code == 404


@pytest.mark.django_db
def test_a_static_site_has_logo_colours_and_pages(client: Client, node: Node, tmp_path: Path) -> None:
    write_table(node.root, "site", SITE)
    site = StaticSite(node, tmp_path / "public", "https://stat.example/")
    site.waiting = ["/en/methods/"]
    site.write_waiting(lambda: None)
    site.waiting = [one for one in site.waiting if one.startswith(("/site/", "/en/contact/", "/en/methods/"))]
    site.write_waiting(lambda: None)
    site.waiting = []
    site.finish()
    page = (tmp_path / "public" / "en" / "methods" / "index.html").read_text()
    files = {path.name.partition("-")[0] for path in (tmp_path / "public" / "site").iterdir()}
    assert files == {"logo", "style"}
    assert "../../site/logo-" in page
    assert "../../site/style-" in page
    assert "info@stat.example" in (tmp_path / "public" / "en" / "contact" / "index.html").read_text()
