"""A node that sealed GRID_INTENSITY 1.0.0, without a period, and then builds 2.0.0: both are served, each under its own."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest
from django.test import Client

from bongsu.core.programme import BuildInput, BuildInputs
from bongsu.core.provenance import Input
from bongsu.energy.dataflows import grid_mixes
from bongsu.store.building.builds import build_releases
from bongsu.store.node import Node
from bongsu.store.tables.definitions import code_lists
from bongsu.store.tables.manual import find_method
from bongsu.store.tables.programmes import read_programme


@pytest.fixture(scope="module")
def upgraded(tmp_path_factory: pytest.TempPathFactory) -> Node:
    node = Node.create(tmp_path_factory.mktemp("upgraded") / "node", agency="TEST")
    programme = read_programme("energy")
    for source in programme.sources:
        node.snapshots.take(source)
    mixes = programme.flow("GRID_MIXES")  # GRID_INTENSITY 1.0.0 had its dimensions and its observations
    snapshot = node.snapshots.newest("ecologits-electricity-mixes")
    assert snapshot is not None
    record = Input(snapshot.name, snapshot.sha256, snapshot.vintage, snapshot.origin)
    taken = {record.name: BuildInput(record, data=node.snapshots.read(snapshot))}
    made = grid_mixes.grid_mixes(BuildInputs(mixes, find_method(mixes), code_lists(), taken))
    old = replace(made.structure, dataflow=replace(mixes, id="GRID_INTENSITY", version="1.0.0"))
    node.releases.seal(replace(made, structure=old))
    list(build_releases(node, programme, "GRID_INTENSITY"))
    return node


@pytest.fixture
def client(upgraded: Node, monkeypatch: pytest.MonkeyPatch) -> Client:
    for place in ("bongsu.web.middleware.open_node", "bongsu.web.context.open_node", "bongsu.web.views.open_node"):
        monkeypatch.setattr(place, lambda: upgraded)
    return Client()


def read(client: Client, path: str) -> str:
    answer = client.get(path)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[arg-type]
    assert answer.status_code == 200, body[:300]
    return body.decode()


def observations(client: Client, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(read(client, f"/sdmx/data/dataflow/TEST/GRID_INTENSITY/{path}"))))


def test_the_next_build_seals_the_new_structure(upgraded: Node) -> None:
    versions = [upgraded.releases.structure(one).dataflow.version for one in upgraded.releases.all("GRID_INTENSITY")]
    assert versions == ["1.0.0", "2.0.0"]


def test_sdmx_serves_each_version_under_its_own(client: Client) -> None:
    [old] = observations(client, "1.0.0/KOR.CO2E_INTENSITY?format=csv")
    assert (old["OBS_VALUE"], "TIME_PERIOD" in old) == ("417.06", False)
    [water] = observations(client, "1.0.0/KOR.WATER_INTENSITY?format=csv")
    assert water["UNIT_MEASURE"] == "L/kWh"
    new = observations(client, "+/KOR.CO2E_INTENSITY?format=csv")  # the key of version 1 is one of version 2
    assert [row["TIME_PERIOD"] for row in new] == [str(year) for year in range(2000, 2025)]
    assert new[-1]["OBS_VALUE"] == "414.2726"


@pytest.mark.parametrize(
    "path",
    [
        "en/releases/GRID_INTENSITY/1/", "ko/releases/GRID_INTENSITY/2/",
        "fr/flows/GRID_INTENSITY/", "en/flows/GRID_INTENSITY/revisions/", "en/countries/KOR/", "en/",
        "charts/GRID_INTENSITY/1/carbon.en.json", "charts/GRID_INTENSITY/2/carbon.en.json",
        "charts/GRID_INTENSITY/2/top.en.json", "charts/GRID_INTENSITY/1/map.en.json?INDICATOR=WATER_INTENSITY",
        "files/GRID_INTENSITY/1.csv", "files/GRID_INTENSITY/2.csv",
    ],
)  # fmt: skip
def test_old_and_new_addresses_answer(client: Client, path: str) -> None:
    assert read(client, f"/{path}")


def test_the_new_description_names_what_replaced_the_old(client: Client) -> None:
    assert "GRID_MIXES, which version 1 of this dataflow was" in read(client, "/en/flows/GRID_INTENSITY/")
