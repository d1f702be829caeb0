"""Sources that misbehave: too few records, wrong counts, failures in the middle, long waits, and harvests that are stopped."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bongsu.commons.harvest import harvester
from bongsu.commons.harvest.harvester import HarvestStopped, Progress, accept_held, harvest_address, read_held
from bongsu.commons.harvest.loss import Loss
from bongsu.commons.harvest.node_entries import read_added_entries, read_node_entries
from bongsu.commons.harvest.page_reader import read_page
from bongsu.commons.harvest.record import RecordOrigin
from bongsu.core.errors import BadInput, Busy, Missing, Unreachable
from bongsu.store.disk.harvest_cache import HarvestCache
from bongsu.store.fetching.fetcher import parse_retry_after
from bongsu.store.node import Node

DAY = "2026-11-24"
PORTAL = "/api/3/action/package_search"


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node.create(tmp_path / "node")


def serve_portal(served: Any, numbers: list[int], *, count: object = None, per_page: int = 5) -> None:
    """Serves a CKAN portal that says that it has `count` packages."""
    served.answers.clear()
    announced = len(numbers) if count is None else count
    for start in range(0, max(len(numbers), 1), per_page):
        rows = [{"id": f"d{n}", "name": f"d{n}", "title": f"Data {n}"} for n in numbers[start : start + per_page]]
        body = json.dumps({"success": True, "result": {"count": announced, "results": rows}}).encode()
        query = "" if start == 0 else f"?start={start}&rows=100"
        served.answers[PORTAL + query] = (200, {"Content-Type": "application/json"}, body)
    end = json.dumps({"success": True, "result": {"count": announced, "results": []}}).encode()
    served.answers[f"{PORTAL}?start={len(numbers)}&rows=100"] = (200, {}, end)


def harvest(node: Node, served: Any, day: str = DAY, **options: Any) -> harvester.HarvestReport:
    return harvest_address(node, "portal", f"{served.address}{PORTAL}", day, "", served.fetcher(), **options)


def test_ten_per_cent_gone_pass_and_more_wait(node: Node, served: Any) -> None:
    serve_portal(served, list(range(20)))
    first = harvest(node, served)
    assert (first.announced, first.fetched, first.pages, first.losses) == (20, 20, 4, ())
    serve_portal(served, list(range(18)))
    assert (len(harvest(node, served).gone), len(read_added_entries(node, "portal").entries)) == (2, 18)
    serve_portal(served, list(range(16)))  # 2 of 18 are 11 %
    held = harvest(node, served)
    assert (held.losses, len(held.gone), held.previous) == ((Loss.GONE,), 2, 18)
    assert len(read_node_entries(node).entries) == 18  # builds use the earlier entries
    assert len(read_held(node, "portal", held.held).entries) == 16
    again = harvest(node, served)  # nobody decided: it is held again, and every page is read again
    assert (again.losses, again.held) == (held.losses, held.held)


def test_a_held_harvest_is_accepted_once_and_again_after_an_interruption(node: Node, served: Any) -> None:
    serve_portal(served, list(range(10)))
    harvest(node, served)
    before = harvester.current_hash(node, "portal")
    serve_portal(served, [1, 2])
    held = harvest(node, served).held
    for _ in range(2):
        accept_held(node, "portal", held, before)
    assert len(read_node_entries(node).entries) == 2
    assert len(read_node_entries(node).tombstones) == 8
    serve_portal(served, [1, 2, 3])
    harvest(node, served)
    with pytest.raises(BadInput, match="have changed since"):
        accept_held(node, "portal", held, before)
    with pytest.raises(Missing):
        read_held(node, "portal", "0" * 64)


def test_losses_that_were_accepted_in_advance_are_not_held(node: Node, served: Any) -> None:
    serve_portal(served, list(range(10)))
    harvest(node, served)
    serve_portal(served, [1])
    report = harvest(node, served, accept_losses=True)
    assert (report.losses, report.held, len(report.gone)) == ((Loss.GONE,), "", 9)
    assert len(read_node_entries(node).entries) == 1


@pytest.mark.parametrize(
    ("count", "losses"),
    [(12, (Loss.FEWER,)), (10, ()), (3, ()), ("10", ()), (-1, ()), ("many", ()), (None, ()), ([], ())],
)
def test_what_a_portal_announces(node: Node, served: Any, count: object, losses: tuple[Loss, ...]) -> None:
    serve_portal(served, list(range(10)), count=count, per_page=10)
    report = harvest(node, served)
    assert report.losses == losses
    assert len(read_node_entries(node).entries) == (0 if losses else 10)


def test_what_a_catalogue_announces(node: Node, served: Any) -> None:
    for total, announced in (("7", 7), ('"7"', 7), ('"x"', None)):
        turtle = f"@prefix hydra: <http://www.w3.org/ns/hydra/core#> . <#p> hydra:totalItems {total} ."
        page = read_page(turtle.encode(), RecordOrigin("s", "https://a.example/", DAY), "text/turtle")
        assert (page.announced, page.size) == (announced, 0)


def test_an_error_in_the_middle_changes_nothing_and_names_the_last_record(node: Node, served: Any) -> None:
    serve_portal(served, list(range(40)))
    whole = dict(served.answers)
    sixth = f"{PORTAL}?start=30&rows=100"
    for broken in ((500, {}, b""), (200, {}, b'{"success": true, "result": {"cou'), (200, {}, b"<html>no</html>")):
        served.answers[sixth] = broken
        with pytest.raises((BadInput, Unreachable)) as refused:
            harvest(node, served)
        assert f"{PORTAL}?start=30&rows=100" in refused.value.where
        assert "after page 6; the last record read was “portal--d29”" in str(refused.value)
        assert not read_node_entries(node).entries
    served.answers = whole
    served.asked.clear()
    assert len(harvest(node, served).new) == 40
    assert len(served.asked) == 2


def test_pages_of_an_earlier_day_are_fetched_again(node: Node, served: Any) -> None:
    serve_portal(served, list(range(10)))
    served.answers[f"{PORTAL}?start=5&rows=100"] = (500, {}, b"")
    with pytest.raises(Unreachable):
        harvest(node, served)
    serve_portal(served, list(range(5, 15)))
    assert len(harvest(node, served, "2026-12-24").new) == 10


def test_a_short_wait_is_waited_for_and_a_long_one_is_not(node: Node, served: Any) -> None:
    serve_portal(served, [1])
    found = served.answers[PORTAL]
    answers = [(429, {"Retry-After": "3"}, b""), (503, {"Retry-After": "2"}, b""), found]
    served.answers[PORTAL] = lambda headers: answers.pop(0)
    slept: list[float] = []
    fetcher = served.fetcher(sleep=slept.append)
    report = harvest_address(node, "portal", f"{served.address}{PORTAL}", DAY, "", fetcher)
    assert (len(report.new), sum(slept)) == (1, 5.0)
    served.answers[PORTAL] = (429, {"Retry-After": "7200"}, b"")
    with pytest.raises(Unreachable, match="7200"):
        harvest(node, served)
    assert served.asked.count(PORTAL) == 4


def test_what_retry_after_asks_for() -> None:
    now = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert parse_retry_after("90", now) == 90
    assert parse_retry_after("Tue, 24 Nov 2026 12:01:00 GMT", now) == 60
    assert parse_retry_after("Tue, 24 Nov 2026 11:00:00 GMT", now) == 0
    assert [parse_retry_after(text, now) for text in ("", "soon", "-5", "Tue, 24 Nov 2026 12:01:00")] == [None] * 4


def test_a_harvest_that_is_stopped_continues_on_the_same_day(node: Node, served: Any) -> None:
    serve_portal(served, list(range(20)))
    shown: list[Progress] = []
    with pytest.raises(HarvestStopped):
        harvest(node, served, show=shown.append, is_stopped=lambda: len(shown) == 2)
    assert shown == [Progress(1, 5, 20), Progress(2, 10, 20)]
    assert not read_node_entries(node).entries
    served.asked.clear()
    assert len(harvest(node, served).new) == 20
    assert len(served.asked) == 2


def test_a_page_that_is_unchanged_at_its_first_request_is_an_error(node: Node, served: Any) -> None:
    served.answers[PORTAL] = (304, {}, b"")
    with pytest.raises(BadInput, match="never fetched"):
        harvest(node, served)


def test_pages_without_end_are_cut_off(node: Node, served: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    serve_portal(served, list(range(40)))
    monkeypatch.setattr(harvester, "MAX_HARVEST_BYTES", 1000)
    with pytest.raises(BadInput, match="together are larger"):
        harvest(node, served)
    assert not read_node_entries(node).entries


def test_a_source_is_harvested_by_one_at_a_time(node: Node) -> None:
    cache = HarvestCache(node.root, "portal")
    with cache.lock(), pytest.raises(Busy, match="“portal” is being harvested"), cache.lock():
        pass
    with cache.lock():
        pass
