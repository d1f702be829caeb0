"""Runs of harvests: what is kept of them, who decides about one that waits, and runs that fail, are stopped or killed."""

from __future__ import annotations

import csv
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone, translation

from bongsu.commons.harvest.node_entries import read_node_entries, remove_entries
from bongsu.commons.harvest_runs import running
from bongsu.commons.harvest_runs.run_texts import describe_failure, describe_losses, errors_to_csv
from bongsu.commons.harvest_runs.running import accept_run, discard_run, find_run, list_lost_entries, run_harvest
from bongsu.commons.harvest_runs.sources import add_source, change_source
from bongsu.commons.models import HarvestError, HarvestRun
from bongsu.core.errors import BadInput, Busy, Missing, Refused, TryAgain, Unreachable
from bongsu.people.access import Actor
from bongsu.people.models import AuditLine, Person
from tests.commons.harvest_runs.conftest import PATH, Portal
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db(transaction=True)


def entries(portal: Portal) -> set[str]:
    return set(read_node_entries(portal.node).entries)


def test_what_is_kept_of_a_run(portal: Portal) -> None:
    portal.serve("a", "b", "c", None)
    run = portal.harvest(why="first")
    assert (run.state, run.actor, run.formats, run.pages) == ("done", "command tester", "ckan", 1)
    assert (run.announced, run.fetched, run.new, run.refused, run.previous) == (4, 4, 3, 1, 0)
    assert run.ended is not None
    line = AuditLine.objects.get(action="harvest.run")
    assert (line.object_id, line.why) == ("portal", "first")
    portal.serve("a", "b", "c", title="Datum")
    again = portal.harvest()
    assert (again.new, again.changed, again.unchanged, again.gone, again.previous) == (0, 3, 0, 0, 3)


def test_a_run_that_waits_is_accepted_by_a_steward_with_a_reason(person: Callable[..., Person], portal: Portal) -> None:
    portal.serve("a", "b", "c")
    portal.harvest()
    portal.serve("a", "d")
    run = portal.harvest()
    assert (run.state, run.gone, run.new) == ("waiting", 2, 1)
    assert describe_losses(run, str) == ["2 of 3 entries would disappear, more than 10 %."]
    assert [entry.id for entry in list_lost_entries(portal.node, run)] == ["portal--b", "portal--c"]
    assert entries(portal) == {"portal--a", "portal--b", "portal--c"}
    with pytest.raises(Refused):
        accept_run(portal.node, Actor.of_person(person("park", "auditor")), run, "because")
    steward = Actor.of_person(person("lee", "steward"))
    with pytest.raises(BadInput, match="reason"):
        accept_run(portal.node, steward, run, " ")
    assert accept_run(portal.node, steward, run, "a section closed").state == "accepted"
    assert entries(portal) == {"portal--a", "portal--d"}
    line = AuditLine.objects.get(action="harvest.accept")
    assert (line.actor, line.why, line.after["gone"]) == (steward.name, "a section closed", 2)
    with pytest.raises(BadInput, match="does not wait"):
        discard_run(portal.node, steward, run, "again")
    assert list_lost_entries(portal.node, run) == []


def test_a_run_that_is_discarded_changes_nothing_and_waits_again(portal: Portal) -> None:
    portal.serve("a", "b", "c")
    portal.harvest()
    portal.serve("a")
    run = discard_run(portal.node, COMMAND, portal.harvest(), "the portal was broken")
    assert (run.state, run.decided_by) == ("discarded", "command tester")
    assert len(entries(portal)) == 3
    assert portal.harvest().state == "waiting"
    portal.serve("a", "b", "c", "d")
    assert portal.harvest().state == "done"
    assert list(HarvestRun.objects.order_by("pk").values_list("state", flat=True)) == [
        "done",
        "discarded",
        "replaced",
        "done",
    ]


def test_fewer_records_than_announced_wait(portal: Portal) -> None:
    portal.serve("a", "b", count=5)
    run = portal.harvest()
    assert (run.state, run.announced, run.fetched) == ("waiting", 5, 2)
    with translation.override("ko"):
        assert "5건" in describe_losses(run, translation.gettext)[0]
    assert not entries(portal)
    accept_run(portal.node, COMMAND, run, "two are private")
    assert len(entries(portal)) == 2


def test_entries_that_changed_since_are_not_overwritten(portal: Portal) -> None:
    portal.serve("a", "b", "c")
    portal.harvest()
    portal.serve("a")
    run = portal.harvest()
    remove_entries(portal.node, "portal", "2026-11-27")
    with pytest.raises(BadInput, match="have changed since"):
        accept_run(portal.node, COMMAND, run, "yes")
    run.refresh_from_db()
    assert run.state == "waiting"


def test_losses_are_accepted_in_advance_by_who_may(person: Callable[..., Person], portal: Portal) -> None:
    portal.serve("a", "b", "c")
    portal.harvest()
    portal.serve("a")
    run = portal.harvest(accept_losses=True, why="a section closed")
    assert (run.state, run.gone, run.losses) == ("done", 2, ["many-gone"])
    with pytest.raises(Refused):
        run_harvest(portal.node, Actor.of_person(person("park", "editor")), "portal")


def test_a_run_that_fails_is_kept_with_its_error_in_the_readers_language(portal: Portal) -> None:
    portal.served.answers[PATH] = (503, {"Retry-After": "7200"}, b"")
    with pytest.raises(Unreachable):
        portal.harvest()
    run = HarvestRun.objects.get()
    assert run.state == "failed"
    assert "HTTP status 503" in describe_failure(run, str)
    with translation.override("fr"):
        assert "503" in describe_failure(run, translation.gettext)
        assert describe_failure(run, translation.gettext) != describe_failure(run, str)
    run.source.refresh_from_db()
    assert run.source.not_before is not None
    assert run.source.not_before > timezone.now()
    with pytest.raises(TryAgain, match="not to be harvested before"):
        portal.harvest()
    change_source(COMMAND, "portal", licence="CC0-1.0")
    portal.serve("a")
    assert portal.harvest().state == "done"


def test_the_same_error_of_many_records_is_one_group_and_all_are_in_the_table(portal: Portal, monkeypatch: Any) -> None:
    monkeypatch.setattr(running, "MAX_ERRORS", 2_000)
    portal.serve("a", *[None] * 3_000)
    run = portal.harvest()
    assert (run.refused, run.errors.count()) == (3_000, 2_000)
    assert [number for _, number in run.groups] == [3_000]
    with translation.override("ko"):
        heading, first, *rest = csv.reader(errors_to_csv(run, translation.gettext))
    assert "쪽" in heading[1]
    assert (len(rest), first[1]) == (1_999, "1")
    assert first[2].endswith("result[1]")


def test_a_cell_of_the_table_is_no_formula(portal: Portal) -> None:
    run = HarvestRun.objects.create(source=portal.source, actor="x", started=timezone.now())
    HarvestError.objects.create(run=run, record="=1+1", page=1, place="@x", report={"message": "no"})
    _, row = csv.reader(errors_to_csv(run, str))
    assert row[:3] == ["'=1+1", "1", "'@x"]


def test_old_runs_are_kept_without_every_error(portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "DETAILED_RUNS", 2)
    portal.serve("a", None)
    runs = [portal.harvest(accept_losses=True) for _ in range(3)]
    assert [run.errors.count() for run in runs] == [0, 1, 1]
    assert [len(run.groups) for run in HarvestRun.objects.all()] == [1, 1, 1]


def test_a_run_that_somebody_stops_is_stopped(portal: Portal) -> None:
    class StopAsked(BaseException):
        """As a job is stopped."""

    def stop(_: object) -> None:
        raise StopAsked

    portal.serve("a", "b")
    with pytest.raises(StopAsked):
        portal.harvest(show=stop)
    assert HarvestRun.objects.get().state == "stopped"
    assert not entries(portal)


def test_two_harvests_of_a_source_do_not_run_at_the_same_time(portal: Portal) -> None:
    portal.serve("a")
    page = portal.served.answers[PATH]
    asked, go_on = threading.Event(), threading.Event()

    def wait(_: dict[str, str]) -> Any:
        asked.set()
        go_on.wait(60)
        return page

    def harvest() -> None:
        try:
            portal.harvest()
        finally:
            connection.close()

    portal.served.answers[PATH] = wait
    thread = threading.Thread(target=harvest)
    thread.start()
    try:
        assert asked.wait(60)
        with pytest.raises(Busy, match="is being harvested"):
            portal.harvest()
    finally:
        go_on.set()
        thread.join()
    assert [run.state for run in HarvestRun.objects.all()] == ["done"]


def test_a_run_that_is_killed_is_interrupted_and_changes_nothing(portal: Portal) -> None:
    """The lock is of the operating system: a process that was killed leaves none, and its run stays behind."""
    code = (
        "import sys; from pathlib import Path\n"
        "from bongsu.store.disk.harvest_cache import HarvestCache\n"
        "with HarvestCache(Path(sys.argv[1]), 'portal').lock():\n    print('locked', flush=True); sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", code, str(portal.node.root)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"locked\n"
        HarvestRun.objects.create(source=portal.source, actor="x", started=timezone.now())
        portal.serve("a")
        with pytest.raises(Busy):
            portal.harvest()
        process.kill()
    assert portal.harvest().state == "done"
    assert list(HarvestRun.objects.order_by("pk").values_list("state", flat=True)) == ["interrupted", "done"]


def test_a_source_of_another_format_is_refused(portal: Portal) -> None:
    add_source(COMMAND, "other", portal.source.address, format="dcat", allow_private=True)
    portal.serve("a")
    with pytest.raises(BadInput, match="has the format ckan, not dcat"):
        run_harvest(portal.node, COMMAND, "other", fetcher=portal.served.fetcher())


def test_a_run_is_found_by_the_beginning_of_its_key(portal: Portal) -> None:
    portal.serve("a")
    run = portal.harvest()
    assert find_run(str(run.key)[:8]) == run
    for key in ("", "zzz"):
        with pytest.raises(Missing):
            find_run(key)
