"""The DCAT-AP catalogue: valid against SEMIC's shapes, complete, equal in three syntaxes, with correct checksums."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from rdflib import DCTERMS, FOAF, RDF, SKOS, Graph, Literal, Namespace, URIRef

from bongsu.publish.catalogue import dcat
from bongsu.publish.catalogue.items import list_item_ids
from tests.publish.catalogue.conftest import Site

DCAT, SPDX, HYDRA = dcat.DCAT, dcat.SPDX, dcat.HYDRA
SH = Namespace("http://www.w3.org/ns/shacl#")
BASE = "http://testserver/"


def shapes(data: Path) -> Graph:
    """SEMIC's shapes, without the two property shapes that have no path and are invalid."""
    graph = Graph().parse(data / "commons/dcat-ap/releases/3.0.1/shacl/dcat-ap-SHACL.ttl")
    malformed = [shape for shape in graph.objects(None, SH.property) if graph.value(shape, SH.path) is None]
    assert len(malformed) == 2
    for shape in malformed:
        graph.remove((None, SH.property, shape))
        graph.remove((shape, None, None))
    return graph


def pages(site: Site, end: str = "ttl") -> list[Graph]:
    """Yields every page by following hydra:next from the first."""
    found = []
    address = f"/catalogue/1.{end}"
    while address:
        graph = Graph().parse(data=site.get(address), format=dcat.SYNTAXES[end][1])
        found.append(graph)
        following = next(graph.objects(None, HYDRA.next), "")
        address = str(following).removeprefix(BASE.rstrip("/"))
    return found


def violations(graph: Graph, shacl: Graph) -> str:
    from pyshacl import validate

    conforms, _, text = validate(graph, shacl_graph=shacl, advanced=False, inplace=True)
    return "" if conforms else str(text)[:3000]


def test_every_page_is_valid_against_the_shapes(site: Site, data: Path) -> None:
    site.node.releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    shacl = shapes(data)
    for graph in pages(site):
        assert not violations(graph, shacl)


def test_the_shapes_find_errors(starter_site: Site, data: Path) -> None:
    graph = Graph().parse(data=starter_site.get("/catalogue/releases/GRID_INTENSITY/1.ttl"))
    subject = URIRef(f"{BASE}catalogue/releases/GRID_INTENSITY/1")
    graph.remove((subject, DCTERMS.title, None))
    graph.add((subject, DCTERMS.publisher, Literal("someone")))
    text = violations(graph, shapes(data))
    assert "title" in text
    assert "publisher" in text


def test_the_pages_together_are_the_whole_catalogue(starter_site: Site) -> None:
    listed: list[str] = []
    for graph in pages(starter_site):
        catalogue = URIRef(f"{BASE}catalogue")
        assert int(str(graph.value(catalogue, HYDRA.totalItems))) == len(list_item_ids(starter_site.node))
        here = [str(item) for item in graph.objects(catalogue, DCAT.dataset)]
        assert all((URIRef(item), RDF.type, DCAT.Dataset) in graph for item in here)
        listed += here
    assert sorted(listed) == sorted(f"{BASE}catalogue/{kind}/{id_}" for kind, id_ in list_item_ids(starter_site.node))
    assert f"{BASE}catalogue/entries/klue" in listed


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # rdflib's JSON-LD parser uses what rdflib deprecates
def test_three_syntaxes_give_the_same_graph(starter_site: Site) -> None:
    from rdflib.compare import isomorphic

    turtle = Graph().parse(data=starter_site.get("/catalogue/releases/DATACENTRE_ELECTRICITY/1.ttl"), format="turtle")
    assert len(turtle) > 100
    for end, (media_type, syntax) in dcat.SYNTAXES.items():
        body = starter_site.get("/catalogue/releases/DATACENTRE_ELECTRICITY/1", accept=media_type)
        assert isomorphic(turtle, Graph().parse(data=body, format=syntax)), end


@pytest.mark.parametrize("accept", ["text/turtle", "application/rdf+xml", "application/ld+json"])
def test_the_catalogue_is_negotiated(starter_site: Site, accept: str) -> None:
    response = starter_site.client.get("/catalogue", headers={"accept": f"{accept}, */*;q=0.1"})
    assert response.headers["Content-Type"] == accept
    assert response.headers["Vary"].startswith("Accept")
    assert 'rel="next"' in response.headers["Link"]
    again = starter_site.client.get("/catalogue", headers={"accept": accept, "if-none-match": response.headers["ETag"]})
    assert again.status_code == 304


def test_browsers_are_redirected_to_the_page(starter_site: Site) -> None:
    response = starter_site.client.get(
        "/catalogue/releases/GRID_INTENSITY/1", headers={"accept": "text/html", "accept-language": "ko"}
    )
    assert (response.status_code, response.headers["Location"]) == (303, "/ko/releases/GRID_INTENSITY/1/")


def test_metadata_of_a_release(starter_site: Site) -> None:
    graph = Graph().parse(data=starter_site.get("/catalogue/releases/DATACENTRE_ELECTRICITY/1.ttl"))
    subject = URIRef(f"{BASE}catalogue/releases/DATACENTRE_ELECTRICITY/1")
    assert (subject, DCAT.inSeries, URIRef(f"{BASE}catalogue/flows/DATACENTRE_ELECTRICITY")) in graph
    assert URIRef(f"{dcat.vocabularies.AUTHORITY}country/USA") in set(graph.objects(subject, DCTERMS.spatial))
    period = graph.value(subject, DCTERMS.temporal)
    assert [str(graph.value(period, one)) for one in (DCAT.startDate, DCAT.endDate)] == ["2014", "2035"]
    titles = {text.language: str(text) for text in graph.objects(subject, DCTERMS.title) if isinstance(text, Literal)}
    assert titles["ko"].startswith("데이터센터 전력 사용량")
    assert set(titles) == {"en", "ko", "fr"}
    place = URIRef(f"{subject}#csv")
    assert graph.value(place, DCTERMS.license) == URIRef("https://spdx.org/licenses/CC-BY-4.0")


def test_the_catalogue_names_its_publisher_and_its_languages(starter_site: Site) -> None:
    graph = Graph().parse(data=starter_site.get("/catalogue/1.ttl"))
    catalogue = URIRef(f"{BASE}catalogue")
    publisher = graph.value(catalogue, DCTERMS.publisher)
    assert (publisher, RDF.type, FOAF.Agent) in graph
    assert str(graph.value(publisher, FOAF.name)) == "Test node"
    languages = list(graph.objects(catalogue, DCTERMS.language))
    assert {str(one).rpartition("/")[2] for one in languages} == {"ENG", "KOR", "FRA"}
    assert all((one, RDF.type, DCTERMS.LinguisticSystem) in graph for one in languages)


def test_a_place_that_is_not_a_country_has_its_names(starter_site: Site) -> None:
    graph = Graph().parse(data=starter_site.get("/catalogue/releases/DATACENTRE_ELECTRICITY/1.ttl"))
    subject = URIRef(f"{BASE}catalogue/releases/DATACENTRE_ELECTRICITY/1")
    names = {
        (text.language, str(text))
        for place in graph.objects(subject, DCTERMS.spatial)
        for text in graph.objects(place, SKOS.prefLabel)
        if isinstance(text, Literal)
    }
    assert names >= {("en", "World"), ("ko", "세계"), ("fr", "Monde")}


def test_the_checksums_are_those_of_the_files(starter_site: Site) -> None:
    graph = Graph().parse(data=starter_site.get("/catalogue/releases/GRID_INTENSITY/1.ttl"))
    checked = 0
    for place in graph.subjects(RDF.type, DCAT.Distribution):
        body = starter_site.get(str(graph.value(place, DCAT.downloadURL)).removeprefix(BASE.rstrip("/")))
        stated = str(graph.value(graph.value(place, SPDX.checksum), SPDX.checksumValue))
        assert hashlib.sha256(body).hexdigest() == stated
        assert int(str(graph.value(place, DCAT.byteSize))) == len(body)
        checked += 1
    assert checked == 5


def test_an_entry_has_only_known_properties(starter_site: Site) -> None:
    graph = Graph().parse(data=starter_site.get("/catalogue/entries/inkuba-mono.ttl"))
    subject = URIRef(f"{BASE}catalogue/entries/inkuba-mono")
    place = graph.value(subject, DCAT.distribution)
    assert str(graph.value(place, DCTERMS.license)) == "https://spdx.org/licenses/CC-BY-NC-4.0"
    assert graph.value(place, DCAT.downloadURL) is None  # a page about an entry is not a download
    assert graph.value(place, SPDX.checksum) is None
    languages = {str(one).rpartition("/")[2] for one in graph.objects(subject, DCTERMS.language)}
    kind = graph.value(subject, DCTERMS.type)
    concept = Graph().parse(data=starter_site.get(f"/{str(kind).removeprefix(BASE)}"))
    assert {str(name) for name in concept.objects(kind)} >= {"Dataset", "데이터셋"}
    assert languages == {"SWA", "XHO", "ZUL", "HAU", "YOR"}


@pytest.mark.parametrize(
    "path",
    ["/catalogue/9.ttl", "/catalogue/1.xlsx", "/catalogue/0.ttl", "/catalogue/entries/nothing.ttl",
     "/catalogue/releases/GRID_INTENSITY/9.ttl", "/catalogue/flows/NOTHING.ttl", "/catalogue.xlsx", "/catalogue/kinds/nothing"],
)  # fmt: skip
def test_unknown_addresses_are_404(starter_site: Site, path: str) -> None:
    assert b'"message"' in starter_site.get(path, accept="application/json", status=404)
