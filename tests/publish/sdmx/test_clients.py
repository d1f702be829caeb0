"""SDMX clients list and read every dataflow, and get the rows of the release."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path
from typing import Any

import pandas as pd
import pysdmx.io
import pytest
import sdmx
import sdmx.reader.xml.v30  # before any message is read: sdmx1 cannot load it after a message of 2.1
from pysdmx.api.dc.rest import SdmxConnector
from pysdmx.api.qb import ApiVersion, DataContext, DataFormat, DataQuery, RestService

from bongsu.core.structure import NUMERIC_COLUMNS
from tests.publish.sdmx.readers import version_of

from .conftest import Service

pytestmark = pytest.mark.filterwarnings("ignore:This (class|method) is experimental")


def expected(service: Service, flow: str) -> list[dict[str, Any]]:
    """Returns the rows of the current release as text; empty for missing values."""
    table = service.node.observations(service.node.releases.current(flow))
    return [{name: "" if value is None else value for name, value in row.items()} for row in table.to_pylist()]


def same(rows: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    """Returns whether these are the same observations, with the same values in every column of the release."""
    assert len(rows) == len(wanted)
    for row, other in zip(rows, wanted, strict=True):
        for name, value in other.items():
            if name in NUMERIC_COLUMNS and value != "":
                assert float(row[name]) == value, name
            else:
                assert row[name] == value, name


def rest(service: Service, form: DataFormat) -> RestService:
    return RestService(service.url, ApiVersion.V2_0_0, data_format=form)


def test_pysdmx_data_client_reads_every_dataflow(service: Service, flows: list[str]) -> None:
    connector = SdmxConnector(service.url)
    for id_ in flows:
        same(list(connector.data(f"Dataflow=TEST:{id_}({version_of(id_)})")), expected(service, id_))


@pytest.mark.parametrize("form", [DataFormat.SDMX_CSV_2_0_0, DataFormat.SDMX_CSV_1_0_0, DataFormat.SDMX_ML_3_0])
def test_pysdmx_reader_reads_every_dataflow(service: Service, flows: list[str], form: DataFormat) -> None:
    for id_ in flows:
        message = rest(service, form).data(DataQuery(DataContext.DATAFLOW, "TEST", id_, version_of(id_)))
        data = pysdmx.io.read_sdmx(message.decode()).data
        assert data is not None
        frame = data[0].data
        wanted = pd.DataFrame(expected(service, id_))
        assert len(frame) == len(wanted)
        values = pd.to_numeric(frame["OBS_VALUE"]).to_numpy()
        assert pd.Series(values).fillna(-1).tolist() == pd.to_numeric(wanted["OBS_VALUE"]).fillna(-1).tolist()


@pytest.fixture(params=["2.1", "3.0.0"])
def client(request: pytest.FixtureRequest, service: Service) -> Any:
    """An sdmx1 client of the node, by either REST version."""
    source = {"id": "TEST", "name": "A node", "url": service.url, "versions": [request.param]}
    sdmx.add_source(source, override=True)
    return sdmx.Client("TEST")


def test_sdmx1_lists_and_reads_every_dataflow(client: Any, service: Service, flows: list[str]) -> None:
    assert set(client.dataflow().dataflow) == set(flows)
    for id_ in flows:
        flow = client.dataflow(id_, params={"references": "all"}).dataflow[id_]
        house = service.node.releases.structure(service.node.releases.current(id_)).dataflow
        assert [dimension.id for dimension in flow.structure.dimensions] == list(house.keys)
        new = "3.0.0" in {version.name for version in client.source.versions}
        message = client.data(id_, **({"context": "dataflow"} if new else {"dsd": flow.structure}))
        wanted = expected(service, id_)
        found = {
            tuple(observation.key[key].value for key in house.keys): observation.value
            for dataset in message.data
            for observation in dataset.obs
        }
        assert found.keys() == {tuple(row[key] for key in house.keys) for row in wanted}
        for row in wanted:
            value = found[tuple(row[key] for key in house.keys)]
            assert (float(value) if value not in (None, "") else "") == row["OBS_VALUE"]


def test_sdmx1_reads_csv(service: Service, flows: list[str]) -> None:
    sdmx.add_source({"id": "TEST", "name": "A node", "url": service.url, "versions": ["3.0.0"]}, override=True)
    client = sdmx.Client("TEST")
    for id_ in flows:
        structure = client.dataflow(id_, params={"references": "all"}).dataflow[id_].structure
        text = service.get(f"data/dataflow/TEST/{id_}/+", accept="application/vnd.sdmx.data+csv;version=2.0.0")
        message = sdmx.read_sdmx(io.BytesIO(text.content), format="csv", structure=structure)
        assert len(message.data[0].obs) == len(expected(service, id_))


def test_csv_is_the_release(service: Service, flows: list[str]) -> None:
    for id_ in flows:
        answer = service.get(f"data/dataflow/TEST/{id_}/{version_of(id_)}/*", accept="text/csv")
        assert answer.headers["content-type"] == "application/vnd.sdmx.data+csv;version=2.0.0"
        same(list(csv.DictReader(io.StringIO(answer.text, newline=""))), expected(service, id_))


RECIPES = re.findall(
    r"```python\n(.*?)```", (Path(__file__).parents[3] / "docs" / "sdmx.md").read_text(encoding="utf-8"), re.DOTALL
)


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.split()[1])
def test_recipes_of_the_manual_work(service: Service, recipe: str) -> None:
    here = recipe.replace("http://127.0.0.1:8000/sdmx", service.url)
    for bongsu, test in (('"id": "BONGSU"', '"id": "TEST"'), ('Client("BONGSU")', 'Client("TEST")'), ("=BONGSU:", "=TEST:"),
                         ("/BONGSU/", "/TEST/")):  # fmt: skip
        here = here.replace(bongsu, test)
    sdmx.source.sources.pop("TEST", None)
    found: dict[str, Any] = {}
    exec(here, found)
    assert len(found.get("values", found.get("frame"))) > 0
    assert "GRID_INTENSITY" in found.get("names", found.get("flows", ["GRID_INTENSITY"]))
