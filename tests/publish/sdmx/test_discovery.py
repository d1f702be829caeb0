"""pysdmx's clients for discovery: dataflows, their structures, and their available data."""

from __future__ import annotations

import io

import pytest
import sdmx
import sdmx.reader.xml.v30  # before any message is read: sdmx1 cannot load it after a message of 2.1
from pysdmx.api.dc.pd import PandasConnector
from pysdmx.api.dc.rest import SdmxConnector
from pysdmx.api.fmr import RegistryClient

from bongsu.store.tables.definitions import code_lists
from tests.publish.sdmx.readers import version_of

from .conftest import Service
from .test_clients import expected

pytestmark = pytest.mark.filterwarnings("ignore:This (class|method) is experimental")


def test_pysdmx_lists_and_describes_every_dataflow(service: Service, flows: list[str]) -> None:
    connector = SdmxConnector(service.url)
    assert [flow.id for flow in connector.dataflows()] == flows
    for id_ in flows:
        flow = connector.dataflow(f"Dataflow=TEST:{id_}({version_of(id_)})")
        house = service.node.releases.structure(service.node.releases.current(id_)).dataflow
        assert [one.id for one in flow.components.dimensions] == list(house.keys)
        assert flow.obs_count == len(expected(service, id_))


def test_pysdmx_pandas_client_reads_every_dataflow(service: Service, flows: list[str]) -> None:
    connector = PandasConnector(service.url)
    for id_ in flows:
        frame = connector.data(f"Dataflow=TEST:{id_}({version_of(id_)})", infer_index=False, infer_series_keys=False)
        assert len(frame) == len(expected(service, id_))


def test_pysdmx_registry_client(service: Service, flows: list[str]) -> None:
    client = RegistryClient(service.url)
    assert [agency.id for agency in client.get_agencies("SDMX")] == ["TEST"]
    assert {flow.id for category in client.get_categories("TEST", "PROGRAMMES") for flow in category.dataflows} == set(
        flows
    )
    concepts = client.get_concepts("TEST", "CONCEPTS")
    assert {"REF_AREA", "OBS_VALUE"} <= {concept.id for concept in concepts}
    assert client.get_codes("TEST", "CL_KIND")["modelled"].name == "Modelled"
    for id_ in flows:
        schema = client.get_schema("dataflow", "TEST", id_, version_of(id_))
        house = service.node.releases.structure(service.node.releases.current(id_)).dataflow
        assert {component.id for component in schema.components} == set(house.columns)
        details = client.get_dataflow_details("TEST", id_, version_of(id_))
        assert details.name == house.name.en


def test_codes_have_parents(service: Service) -> None:
    """The parent of an ISCO-08 unit group is a minor group; a partial list contains every parent that it names."""
    path = "structure/codelist/TEST/CL_ISCO08/+"
    house = code_lists()["CL_ISCO08"]
    wanted = {code.id: code.parent for code in house if code.parent}
    assert wanted["2511"] == "251"
    told = service.get(f"{path}?format=json").json()["data"]["codelists"][0]["codes"]
    assert {code["id"]: code["parent"] for code in told if "parent" in code} == wanted
    # the official schema of SDMX-ML 3.0 allows no parent that begins with a digit
    assert b"<str:Parent>" not in service.get(f"{path}?format=xml").content
    old = sdmx.read_sdmx(io.BytesIO(service.get(f"{path}?format=xml21").content)).codelist["CL_ISCO08"]
    assert {code.id: code.parent.id for code in old if hasattr(code.parent, "parent")} == wanted
    part = service.get(f"{path}/2511,2512?format=json").json()["data"]["codelists"][0]["codes"]
    assert [code.get("parent") for code in part] == [None, None]
    both = service.get(f"{path}/2511,251?format=json").json()["data"]["codelists"][0]["codes"]
    assert {code["id"]: code.get("parent") for code in both} == {"251": None, "2511": "251"}
