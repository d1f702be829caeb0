"""OAI-PMH: responses are valid, a client harvests all records, deletions are persistent, resumption tokens work."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bongsu.publish.catalogue import oai
from bongsu.publish.catalogue.items import list_item_ids
from bongsu.store.node import Node
from tests.publish.catalogue.conftest import Site

ENTRY = """id: {id}
kind: dataset
name: {{en: Entry {id}}}
description: {{en: A dataset about {id} and nothing else.}}
links: [{{rel: homepage, href: "https://example.org/{id}"}}]
evidence:
  page: {{address: "https://example.org/{id}", shows: its page, accessed: 2026-11}}
claims:
  licence: {{value: CC-BY-4.0, evidence: [page]}}
"""
NS = {"oai": oai.PMH, "dc": oai.DC, "x": oai.OAI_DC}
SCHEMA = etree.XMLSchema(file=Path(__file__).parents[2] / "specimens" / "schemas" / "oai-pmh-2.0.xsd")


def ask(site: Site, query: str) -> Any:
    """Returns the response to a query, which must be valid."""
    root = etree.fromstring(site.get(f"/oai?{query}"))
    SCHEMA.assertValid(root)
    return root


def code(site: Site, query: str) -> str:
    found: str = ask(site, query).xpath("string(oai:error/@code)", namespaces=NS)
    return found


def test_identify(starter_site: Site) -> None:
    identify = ask(starter_site, "verb=Identify").find("oai:Identify", NS)
    assert identify.findtext("oai:deletedRecord", namespaces=NS) == "persistent"
    assert identify.findtext("oai:baseURL", namespaces=NS) == "http://testserver/oai"
    assert identify.findtext("oai:repositoryName", namespaces=NS) == "Test node"


def test_a_client_harvests_every_record(served: str, node_folder: Path) -> None:
    from oaipmh_scythe import Scythe

    node = Node(node_folder)
    expected = {f"oai:{node.identity.id}:{kind}/{id_}" for kind, id_ in list_item_ids(node)}
    with Scythe(f"{served}oai") as client:
        assert client.identify().repositoryName == "Test node"
        assert [one.metadataPrefix for one in client.list_metadata_formats()] == list(oai.FORMATS)
        assert [one.setSpec for one in client.list_sets()] == list(oai.SETS)
        for prefix in oai.FORMATS:
            records = list(client.list_records(metadata_prefix=prefix))
            assert len(records) > oai.PAGE_SIZE  # more than one response contains
            assert {record.header.identifier for record in records} == expected
        entries = list(client.list_identifiers(metadata_prefix="oai_dc", set_="entries"))
        assert {header.identifier for header in entries} == {one for one in expected if ":entries/" in one}
        record = client.get_record(identifier=f"oai:{node.identity.id}:entries/klue", metadata_prefix="oai_dc")
        assert record.metadata["title"] == ["KLUE", "클루(KLUE)"]
        assert record.metadata["rights"] == ["https://spdx.org/licenses/CC-BY-SA-4.0"]


def test_a_withdrawn_release_stays_as_deleted(site: Site) -> None:
    before = ask(site, "verb=ListIdentifiers&metadataPrefix=oai_dc&set=releases")
    assert not before.xpath("//oai:header[@status]", namespaces=NS)
    site.node.releases.withdraw("GRID_INTENSITY", 1, "a unit was wrong")
    name = f"oai:{site.node.identity.id}:releases/GRID_INTENSITY/1"
    record = ask(site, f"verb=GetRecord&metadataPrefix=oai_dc&identifier={name}").find(".//oai:record", NS)
    assert record.find("oai:header", NS).get("status") == "deleted"
    assert record.find("oai:metadata", NS) is None
    stamp = record.findtext("oai:header/oai:datestamp", namespaces=NS)
    assert stamp == site.node.releases.get("GRID_INTENSITY", 1).withdrawal.at  # type: ignore[union-attr]
    since = ask(site, f"verb=ListIdentifiers&metadataPrefix=oai_dc&from={stamp}")
    assert [h.findtext("oai:identifier", namespaces=NS) for h in since.iterfind(".//oai:header", NS)] == [
        f"oai:{site.node.identity.id}:{place}"
        for place in (
            "flows/DATACENTRE_EMISSIONS",  # computed from it
            "flows/GRID_INTENSITY",
            "releases/DATACENTRE_EMISSIONS/1",
            "releases/GRID_INTENSITY/1",
        )
    ]


def test_changed_and_deleted_entries(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from bongsu.commons.harvest.harvester import harvest_files
    from bongsu.store.building.builds import build_releases
    from bongsu.store.own_flows.node_programmes import installed_programmes

    def added(name: str, files: dict[str, str], moment: str) -> None:
        monkeypatch.setattr("bongsu.store.releases.release_store.utc_now", lambda: moment)
        bodies = [(path, text.encode()) for path, text in files.items()]
        harvest_files(site.node, name, bodies, moment[:10], "CC0-1.0")
        list(build_releases(site.node, next(one for one in installed_programmes() if one.name == "commons")))

    def changed(since: str) -> dict[str, bool]:
        answer = ask(site, f"verb=ListIdentifiers&metadataPrefix=oai_dc&set=entries&from={since}")
        return {
            header.findtext("oai:identifier", namespaces=NS).rpartition("/")[2]: header.get("status") == "deleted"
            for header in answer.iterfind(".//oai:header", NS)
        }

    added("mine", {"a.yaml": ENTRY.format(id="aardvark"), "b.yaml": ENTRY.format(id="buzzard")}, "2031-01-01T00:00:00Z")
    [aa, bb] = sorted(changed("2031-01-01"))
    assert changed("2031-01-01") == {aa: False, bb: False}  # earlier entries did not change
    from bongsu.commons.entries.bundle import Tombstone, encode_bundle, read_bundles
    from bongsu.core.provenance import Origin

    held = read_bundles(site.node.snapshots.read(site.node.snapshots.newest("commons-added-mine")))
    kept = [entry for id_, entry in held.entries.items() if id_ != aa]
    origin = Origin("mine", "Added", "/mine", "CC0-1.0")
    site.node.snapshots.save(
        "commons-added-mine", encode_bundle(kept, [Tombstone(aa, "2031-02-01")]), origin, "2031-02-01"
    )
    monkeypatch.setattr("bongsu.store.releases.release_store.utc_now", lambda: "2031-02-01T00:00:00Z")
    list(build_releases(site.node, next(one for one in installed_programmes() if one.name == "commons")))
    assert changed("2031-02-01") == {aa: True}
    assert changed("2031-01-01") == {aa: True, bb: False}
    assert site.client.get(f"/catalogue/entries/{aa}.ttl").status_code == 404


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", "badVerb"),
        ("verb=Nothing", "badVerb"),
        ("verb=Identify&verb=Identify", "badVerb"),
        ("verb=Identify&set=flows", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc", "badArgument"),
        ("verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:x:y", "idDoesNotExist"),
        ("verb=ListMetadataFormats&identifier=oai:x:y", "idDoesNotExist"),
        ("verb=ListRecords", "badArgument"),
        ("verb=ListRecords&metadataPrefix=marc", "cannotDisseminateFormat"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=yesterday", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01&until=2026-01-01", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&from=2026-02-01&until=2026-03-01T00:00:00Z", "badArgument"),
        ("verb=ListRecords&metadataPrefix=oai_dc&until=1999-01-01", "noRecordsMatch"),
        ("verb=ListRecords&metadataPrefix=oai_dc&set=nothing", "noRecordsMatch"),
        ("verb=ListRecords&resumptionToken=nonsense", "badResumptionToken"),
        ("verb=ListRecords&resumptionToken=W10&metadataPrefix=oai_dc", "badArgument"),
        ("verb=ListSets&resumptionToken=x", "badResumptionToken"),
    ],
)
def test_protocol_errors(starter_site: Site, query: str, expected: str) -> None:
    answer = ask(starter_site, query)
    assert answer.xpath("string(oai:error/@code)", namespaces=NS) == expected
    # a request that is not understood is not repeated, any other one is (OAI-PMH 2.0, 3.2)
    assert bool(answer.find("oai:request", NS).attrib) is (expected not in ("badVerb", "badArgument"))


@given(token=st.text(max_size=80), verb=st.text(max_size=20))
def test_random_tokens_and_verbs_are_protocol_errors(token: str, verb: str) -> None:
    with pytest.raises(oai.ProtocolError):
        oai._parse_token(token)
    if verb not in oai.VERBS:
        with pytest.raises(oai.ProtocolError):
            oai._parse_arguments({"verb": [verb]})


@given(
    asked=st.dictionaries(
        st.sampled_from(["verb", "identifier", "metadataPrefix", "from", "until", "set", "resumptionToken", "x\x00"]),
        st.lists(
            st.text(max_size=30) | st.sampled_from([*oai.VERBS, *oai.FORMATS, "2026-01-01", "W10"]),
            min_size=1,
            max_size=2,
        ),
    )
)
@settings(max_examples=200)
def test_every_request_is_answered_in_xml(starter_site: Site, asked: dict[str, list[str]]) -> None:
    root = etree.fromstring(oai.answer_request(starter_site.node, "http://testserver/", asked))
    assert root.tag == f"{{{oai.PMH}}}OAI-PMH"
    assert len(root) == 3


def test_a_deeply_nested_token_is_refused() -> None:
    bomb = base64.urlsafe_b64encode(b"[" * 50_000).decode()
    with pytest.raises(oai.ProtocolError):
        oai._parse_token(bomb)


def test_post_gives_the_same_answer_as_get(starter_site: Site) -> None:
    assert starter_site.client.post("/oai", {"verb": "ListSets"}).content.count(b"<set>") == 3
