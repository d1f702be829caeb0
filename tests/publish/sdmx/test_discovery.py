"""pysdmx's clients for discovery: which dataflows there are, what they look like, what data they have."""

from __future__ import annotations

import pytest
from pysdmx.api.dc.pd import PandasConnector
from pysdmx.api.dc.rest import SdmxConnector
from pysdmx.api.fmr import RegistryClient

from .conftest import Service
from .test_clients import expected

pytestmark = pytest.mark.filterwarnings("ignore:This (class|method) is experimental")


def test_pysdmx_lists_and_describes_every_dataflow(service: Service, flows: list[str]) -> None:
    connector = SdmxConnector(service.url)
    assert [flow.id for flow in connector.dataflows()] == flows
    for id_ in flows:
        flow = connector.dataflow(f"Dataflow=TEST:{id_}(1.0.0)")
        house = service.node.releases.structure(service.node.releases.current(id_)).dataflow
        assert [one.id for one in flow.components.dimensions] == list(house.keys)
        assert flow.obs_count == len(expected(service, id_))


def test_pysdmx_pandas_client_reads_every_dataflow(service: Service, flows: list[str]) -> None:
    connector = PandasConnector(service.url)
    for id_ in flows:
        frame = connector.data(f"Dataflow=TEST:{id_}(1.0.0)", infer_index=False, infer_series_keys=False)
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
        schema = client.get_schema("dataflow", "TEST", id_, "1.0.0")
        house = service.node.releases.structure(service.node.releases.current(id_)).dataflow
        assert {component.id for component in schema.components} == set(house.columns)
        details = client.get_dataflow_details("TEST", id_, "1.0.0")
        assert details.name == house.name.en
