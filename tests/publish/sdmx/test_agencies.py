"""A node that changed its agency and its name serves each release under those that sealed it."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from bongsu.store.node import Node
from tests.publish.catalogue.conftest import Site, _patched
from tests.store.drafts import draft, rows

CSV = "application/vnd.sdmx.data+csv;version=2.0.0"


@pytest.fixture
def site(empty: Node, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A node whose releases were sealed under BONGSU, and then one under NEW."""
    empty.releases.seal(draft())
    empty.releases.seal(draft(id_="OTHER_FLOW"))
    identity = Path(empty.root / "node.toml")
    text = (
        identity.read_text()
        .replace('agency = "BONGSU"', 'agency = "NEW"')
        .replace('name = "Bongsu"', 'name = "Renamed"')
    )
    identity.write_text(text)
    node = Node(empty.root)
    assert (node.identity.agency, node.name_in("en")) == ("NEW", "Renamed")
    node.releases.seal(draft(rows(5)))
    _patched(node, monkeypatch)
    return Site(Client(), node)


def structures(site: Site, path: str) -> set[str]:
    """Returns the structures that the lines of a message name."""
    return {line.split(",")[1] for line in site.get(f"/sdmx/data/{path}", CSV).decode().splitlines()[1:]}


def test_data_name_the_agency_that_sealed_them(site: Site) -> None:
    assert structures(site, "dataflow/NEW/TEST_FLOW/+") == {"NEW:TEST_FLOW(1.0.0)"}
    assert structures(site, "dataflow/BONGSU/TEST_FLOW/+") == {"BONGSU:TEST_FLOW(1.0.0)"}
    assert structures(site, "dataflow/*/TEST_FLOW/+") == {"NEW:TEST_FLOW(1.0.0)"}  # the current one
    assert structures(site, "dataflow/*/OTHER_FLOW/+") == {"BONGSU:OTHER_FLOW(1.0.0)"}
    assert len(site.get("/sdmx/data/dataflow/BONGSU/TEST_FLOW/+", CSV).splitlines()) == 4
    assert len(site.get("/sdmx/data/dataflow/NEW/TEST_FLOW/+", CSV).splitlines()) == 6
    xml = site.get("/sdmx/data/dataflow/BONGSU/OTHER_FLOW/+", "application/vnd.sdmx.data+xml;version=3.0.0")
    assert b"Dataflow=BONGSU:OTHER_FLOW(1.0.0)" in xml
    assert b'<mes:Sender id="NEW"/>' in xml  # who sends it now
    site.get("/sdmx/data/dataflow/THIRD/TEST_FLOW/+", CSV, status=404)
    site.get("/sdmx/data/dataflow/NEW/OTHER_FLOW/+", CSV, status=404)
    assert "BONGSU:TEST_FLOW(1.0.0)" in site.get("/files/TEST_FLOW/1.sdmx.csv").decode()
    assert "NEW:TEST_FLOW(1.0.0)" in site.get("/files/TEST_FLOW/2.sdmx.csv").decode()


def test_structures_of_both_agencies_are_listed(site: Site) -> None:
    text = site.get("/sdmx/structure/dataflow/*/*/+").decode()
    for urn in ("NEW:TEST_FLOW(1.0.0)", "BONGSU:OTHER_FLOW(1.0.0)", "BONGSU:TEST_FLOW(1.0.0)"):
        agency, _, rest = urn.partition(":")
        assert f'id="{rest.partition("(")[0]}"' in text
        assert f'agencyID="{agency}"' in text
    agencies = site.get("/sdmx/structure/agencyscheme/SDMX/AGENCIES/+").decode()
    assert "Renamed" in agencies
    assert ">Bongsu<" in agencies


def test_the_catalogue_names_the_institution_that_sealed_a_release(site: Site) -> None:
    assert '"Bongsu"' in site.get("/catalogue/releases/TEST_FLOW/1.ttl").decode()
    assert '"Bongsu"' not in site.get("/catalogue/releases/TEST_FLOW/2.ttl").decode()
    assert "Bongsu" in site.get("/files/TEST_FLOW/1/CITATION.cff").decode()
