"""A planted error walks through the house: sealed, withdrawn, rebuilt; every page, message, feed and file says the truth."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client

from bongsu.core.reason import Reason
from bongsu.people.access import Actor
from bongsu.store.node import Node
from bongsu.web.correcting import correct_values, read_conditions, resolve_values
from bongsu.web.long_actions.build import build
from bongsu.web.node_state.problems import find_problems
from tests.publish.catalogue.conftest import Site, _patched


class _Silent:
    """Takes what a long action says, and prints nothing."""

    @contextmanager
    def stage(self, title: str, total: int, **values: object) -> Iterator[Any]:
        """Counts no steps."""
        yield lambda steps=1: None

    def note(self, text: str, **values: object) -> None:
        """Notes nothing."""


SILENT = _Silent()
REASON = Reason("The intensity of Korea is ten times too high.", "en", (("ko", "한국의 강도가 열 배 높습니다."),))
AFFECTED = "DATACENTRE_EMISSIONS/1"


@pytest.fixture
def site(node_folder: Any, monkeypatch: pytest.MonkeyPatch) -> Site:
    """A node whose GRID_INTENSITY 1 was withdrawn; DATACENTRE_EMISSIONS 1 was computed from it."""
    node = Node(node_folder)
    _patched(node, monkeypatch)
    node.releases.withdraw("GRID_INTENSITY", 1, REASON)
    return Site(Client(), node)


def test_what_is_affected_says_so_everywhere(site: Site) -> None:
    page = site.get(f"/en/releases/{AFFECTED}/").decode()
    assert "DATACENTRE_EMISSIONS 1 is affected by an error" in page
    assert "GRID_INTENSITY 1" in page
    assert "ten times too high" in page
    korean = site.get(f"/ko/releases/{AFFECTED}/").decode()
    assert "열 배 높습니다" in korean
    french = site.get("/fr/releases/GRID_INTENSITY/1/").decode()
    assert '<span lang="en">English: The intensity' in french.replace("\N{NO-BREAK SPACE}", " ")  # marked
    home = site.get("/en/").decode()
    assert "These figures were computed from others that were withdrawn" in home
    assert "GRID_INTENSITY 1, withdrawn on" in home
    energy = site.get("/en/programmes/energy/").decode()
    headlines = "".join(re.findall('<li class="figure">.*?</li>', energy, re.DOTALL))
    assert "DATACENTRE_ELECTRICITY" in headlines
    assert "DATACENTRE_EMISSIONS" not in headlines
    for name in ("feeds/en.atom", "feeds/DATACENTRE_EMISSIONS/en.rss", "feeds/en.json"):
        assert "Affected by a withdrawal" in site.get(f"/{name}").decode(), name
    turtle = site.get(f"/catalogue/releases/{AFFECTED}.ttl").decode()
    assert "OP_DATPRO" in turtle
    assert "Affected: computed from GRID_INTENSITY 1" in turtle
    record = f"/oai?verb=GetRecord&metadataPrefix=oai_dc&identifier=oai:{site.node.identity.id}:releases/{AFFECTED}"
    answer = site.get(record).decode()
    assert "Affected: computed from GRID_INTENSITY 1" in answer
    affected = site.node.releases.get("DATACENTRE_EMISSIONS", 1).affected
    assert affected is not None
    assert f"<datestamp>{affected.since}</datestamp>" in answer  # a harvester takes it anew
    assert "Affected" in site.get(f"/files/{AFFECTED}/citation.bib").decode()
    problems = [one.report.describe(str) for one in find_problems(site.node, None) if one.wrong]
    assert any("DATACENTRE_EMISSIONS 1 is affected" in text for text in problems)


def test_sdmx_serves_affected_values_as_provisional(site: Site) -> None:
    data = "/sdmx/data/dataflow/TEST/DATACENTRE_EMISSIONS/+"
    text = site.get(data, "application/vnd.sdmx.data+csv;version=2.0.0").decode()
    header, *lines = text.splitlines()
    place = header.split(",").index("OBS_STATUS")
    codes = {line.split(",")[place] for line in lines}
    assert "A" not in codes
    assert "P" in codes
    xml = site.get(data, "application/vnd.sdmx.data+xml;version=3.0.0").decode()
    assert '<com:Annotation id="AFFECTED">' in xml
    assert 'OBS_STATUS="P"' in xml
    assert 'OBS_STATUS="A"' not in xml
    message = json.loads(site.get(data, "application/vnd.sdmx.data+json;version=2.0.0"))["data"]
    assert message["dataSets"][0]["annotations"] == [0]
    assert "computed from GRID_INTENSITY 1" in message["structures"][0]["annotations"][0]["texts"]["en"]
    [status] = [one for one in message["structures"][0]["attributes"]["observation"] if one["id"] == "OBS_STATUS"]
    assert "P" in {value["id"] for value in status["values"]}
    chosen = site.get(f"{data}?c[OBS_STATUS]=P", "application/vnd.sdmx.data+csv;version=2.0.0")
    assert len(chosen.splitlines()) > 1
    sealed = site.get("/files/DATACENTRE_EMISSIONS/1.sdmx.csv").decode()  # a sealed file does not change
    assert ",A," in sealed


def test_the_next_build_goes_on_and_a_reason_seals(site: Site) -> None:
    report = build(site.node, "energy", "", SILENT)
    assert [one.flow for one in report.left_out] == ["GRID_INTENSITY", "DATACENTRE_EMISSIONS"]
    assert "those of GRID_INTENSITY 1, withdrawn on" in str(report.left_out[0].error)
    assert report.built  # the others
    build(site.node, "", "GRID_INTENSITY", SILENT, despite="It was right.")
    assert "sealed nevertheless: It was right." in site.get("/en/releases/GRID_INTENSITY/2/").decode()
    build(site.node, "energy", "", SILENT)
    current = site.node.releases.current("DATACENTRE_EMISSIONS")
    assert (current.number, current.affected) == (2, None)
    old = site.get(f"/en/releases/{AFFECTED}/").decode()
    assert "It was replaced:" in old
    assert "These figures were computed from others" not in site.get("/en/").decode()
    withdrawn = site.get("/en/releases/GRID_INTENSITY/1/").decode()
    assert "Use instead:" in withdrawn
    assert "observations changed: 0, added: 0, removed: 0" in withdrawn
    successor = site.get("/en/releases/GRID_INTENSITY/2/").decode()
    assert "It replaces a release that was withdrawn on" in successor
    differs = site.get("/en/releases/GRID_INTENSITY/1/to/2/").decode()
    assert "No observation differs." in differs
    assert not [one for one in find_problems(site.node, None) if one.wrong and "affected" in str(one.report.message)]


@pytest.mark.django_db
def test_a_planted_error_is_withdrawn_corrected_and_rebuilt(node_folder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    node = Node(node_folder)
    _patched(node, monkeypatch)
    site, flow = Site(Client(), node), "DATACENTRE_ELECTRICITY"
    newest = node.snapshots.newest("datacentre-electricity-figures")
    assert newest is not None
    good = b"LBNL,2024,USA,REFERENCE,2018,76,"
    data = node.snapshots.read(newest)
    assert data.count(good) == 1
    node.snapshots.save(
        "datacentre-electricity-figures", data.replace(good, good[:-1] + b"0,"), newest.origin, "2026-07"
    )
    build(node, "energy", "", SILENT)  # sealed: 760 TWh
    node.releases.withdraw(flow, 2, REASON)  # noticed
    assert node.releases.current("DATACENTRE_EMISSIONS").affected is not None
    report = build(node, "energy", "", SILENT)
    assert [one.flow for one in report.left_out] == [flow]  # the same error is not sealed again
    # 2 was withdrawn, and 1 stands: what is computed from it is computed from 1
    assert (node.releases.current(flow).number, node.releases.current("DATACENTRE_EMISSIONS").affected) == (1, None)
    asked = read_conditions(["PUBLISHER=LBNL; VINTAGE=2024; AREA=USA; SCENARIO=REFERENCE; YEAR=2018"], 76.0, None, None)
    values = resolve_values(node, flow, [asked])
    assert (values[0].was, values[0].now) == (760.0, 76.0)
    correct_values(
        Actor.of_command("tester"), node, flow, values, author="Institute", reason=REASON, source="LBNL 2024, table 1"
    )
    build(node, "energy", "", SILENT)
    current = node.releases.current(flow)
    assert (current.number, current.affected, current.corrections) == (3, None, 2)
    page = site.get(f"/en/releases/{flow}/3/").decode()
    for text in (
        "Corrected by Institute on",
        "LBNL 2024, table 1",
        "760",
        "It replaces a release that was withdrawn on",
    ):
        assert text in page, text
    assert "observations changed: 1" in site.get(f"/en/releases/{flow}/2/").decode()
    differs = site.get(f"/en/releases/{flow}/2/to/3/").decode()
    assert "-90" in differs.replace("\N{MINUS SIGN}", "-")  # per cent, from 760 to 76
    _, *lines = (
        site.get(f"/sdmx/data/dataflow/TEST/{flow}/+", "application/vnd.sdmx.data+csv;version=2.0.0")
        .decode()
        .splitlines()
    )
    line = next(one for one in lines if "LBNL,2024,USA,REFERENCE,2018" in one)
    assert ",76.0," in line or ",76," in line
    assert ",R," in line
    assert "the value was 760 TWh" in line
    feed = site.get(f"/feeds/{flow}/en.atom").decode()
    assert "Corrected: " in feed
    assert "760 → 76" in feed
    assert "Corrected: " in site.get(f"/catalogue/releases/{flow}/3.ttl").decode()
    triangle = site.get(f"/ko/flows/{flow}/revisions/").decode()
    assert "개정" in triangle
    assert "760" in triangle
    assert "철회" in triangle
    told = [(line.event, line.subject) for line in node.journal.lines()][-7:]
    assert told == [
        ("sealed", f"{flow} 2"),
        ("sealed", "DATACENTRE_EMISSIONS 2"),
        ("withdrawn", f"{flow} 2"),
        ("sealed", "DATACENTRE_EMISSIONS 3"),
        ("corrected", f"{flow} correction 1"),
        ("sealed", f"{flow} 3"),
        ("sealed", "DATACENTRE_EMISSIONS 4"),
    ]
