"""When a duty is due, what a failing one does, and what the duties of the table do. The clock is an argument."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from bongsu.core.errors import N_, BadInput, Damaged, Misconfigured
from bongsu.core.report import Report
from bongsu.people import audit
from bongsu.people.models import AuditHead, AuditLine, DutyRecord, Mail, Person
from bongsu.people.organisations import ensure_organisation
from bongsu.people.tokens import issue_token, revoke_token
from bongsu.store.node import Node
from bongsu.store.own_flows.node_programmes import installed_programmes
from bongsu.web.duties import audit_head, backup, history, records, staleness, table
from bongsu.web.duties.table import Duty
from bongsu.web.duties.tending import Run, run_due, tend
from tests.people.conftest import COMMAND
from tests.store import drafts

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


class Watch:
    """A clock that is set by hand, and duties that note when they ran."""

    def __init__(self, node: Node) -> None:
        self.node, self.now, self.ran = node, NOON, []  # type: ignore[var-annotated]

    def duty(self, name: str, every: timedelta, error: Exception | None = None) -> Duty:
        def do(node: Node, now: datetime) -> Report:
            self.ran.append((name, now))
            if error:
                raise error
            return Report()

        return Duty(name, every, do, "")

    def run(self, *duties: Duty) -> list[Run]:
        return list(run_due(self.node, clock=lambda: self.now, duties=duties))


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node.create(tmp_path / "watched", name="Test node", agency="TEST")


@pytest.fixture
def watch(node: Node) -> Watch:
    return Watch(node)


@pytest.mark.parametrize(
    ("every", "after", "due"),
    [
        (timedelta(seconds=30), "12:00:00", "12:00:30"),
        (timedelta(seconds=30), "12:00:29.999999", "12:00:30"),
        (timedelta(seconds=30), "12:00:30", "12:01:00"),
        (timedelta(hours=6), "12:00:00", "18:00:00"),
    ],
)
def test_the_next_time_is_a_multiple_of_the_interval(every: timedelta, after: str, due: str) -> None:
    after_time, due_time = (datetime.fromisoformat(f"2026-11-27T{text}+00:00") for text in (after, due))
    assert records.find_next_due(every, after_time) == due_time


def test_a_daily_duty_is_due_at_midnight() -> None:
    assert records.find_next_due(DAY, NOON) == datetime(2026, 11, 28, tzinfo=UTC)
    assert records.find_next_due(DAY, datetime(2026, 11, 28, tzinfo=UTC)) == datetime(2026, 11, 29, tzinfo=UTC)


def test_a_duty_is_due_exactly_at_its_time_and_not_a_moment_before(watch: Watch) -> None:
    duty = watch.duty("mail", MINUTE)
    assert [run.outcome for run in watch.run(duty)] == ["done"]
    watch.now = NOON + MINUTE - timedelta(microseconds=1)
    assert watch.run(duty) == []
    watch.now = NOON + MINUTE
    assert len(watch.run(duty)) == 1
    assert [now for _, now in watch.ran] == [NOON, NOON + MINUTE]


def test_missed_runs_are_caught_up_once(watch: Watch) -> None:
    duty = watch.duty("mail", MINUTE)
    watch.run(duty)
    watch.now = NOON + 100 * MINUTE
    assert len(watch.run(duty)) == 1
    assert watch.run(duty) == []
    watch.now += MINUTE
    assert len(watch.run(duty)) == 1


def test_a_failing_duty_stops_no_other_and_is_tried_again(watch: Watch) -> None:
    duties = (
        watch.duty("first", MINUTE, Damaged(N_("The audit was altered at line {number}."), number=3)),
        watch.duty("second", MINUTE, ZeroDivisionError("division by zero")),
        watch.duty("third", MINUTE),
    )
    assert [(run.duty, run.outcome, run.exit_status) for run in watch.run(*duties)] == [
        ("first", "failed", Damaged.exit_status),
        ("second", "failed", 1),
        ("third", "done", 0),
    ]
    texts = [Report.from_json(row.report).describe(str) for row in DutyRecord.objects.order_by("name")]
    assert texts == ["The audit was altered at line 3.", "An unexpected error: ZeroDivisionError: division by zero", ""]
    watch.now += MINUTE
    assert [run.duty for run in watch.run(*duties)] == ["first", "second", "third"]


def test_a_duty_that_another_process_has_is_left_alone_until_its_lease_ends(watch: Watch) -> None:
    duty = watch.duty("mail", MINUTE)
    other = records.claim("mail", NOON)
    assert other
    watch.now = NOON + records.LEASE - timedelta(microseconds=1)
    assert watch.run(duty) == []
    watch.now = NOON + records.LEASE
    assert len(watch.run(duty)) == 1
    assert not records.finish(other, watch.now, watch.now, "failed", Report())
    assert DutyRecord.objects.get().outcome == "done"


def test_it_ends_after_the_current_duty(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    # The connection is inside the transaction of this test, which closing it would break.
    monkeypatch.setattr("bongsu.web.duties.tending.close_old_connections", lambda: None)
    first, second = watch.duty("first", MINUTE), watch.duty("second", MINUTE)
    runs = tend(watch.node, lambda: bool(watch.ran), lambda: watch.now, (first, second), sleep=lambda seconds: None)
    assert [run.duty for run in runs] == ["first"]


def test_every_duty_of_the_table_runs_on_an_empty_node(node: Node) -> None:
    runs = list(run_due(node))
    assert {run.duty: run.outcome for run in runs} == {duty.name: "done" for duty in table.DUTIES}
    assert [last.outcome for last in history.list_last_runs()] == ["done"] * len(table.DUTIES)


def test_a_duty_is_late_after_twice_its_interval(node: Node) -> None:
    assert history.list_late(history.list_last_runs()) == []
    list(run_due(node))
    assert history.list_late(history.list_last_runs()) == []
    now = timezone.now()
    DutyRecord.objects.filter(name="backup").update(ended=now - 2 * DAY - MINUTE)
    DutyRecord.objects.filter(name="links").update(ended=now - 2 * DAY + MINUTE)
    DutyRecord.objects.filter(name="mail").update(ended=now - 50 * MINUTE)  # as by cron, once an hour
    assert [last.duty.name for last in history.list_late(history.list_last_runs())] == ["backup"]


# --- the duties


def test_the_head_of_the_audit_goes_into_the_journal(node: Node) -> None:
    ensure_organisation(COMMAND, "kaist")
    ensure_organisation(COMMAND, "inria")
    audit_head.record_audit_head(node, NOON)
    line = list(node.journal.lines())[-1]
    head = AuditHead.objects.get()
    assert (line.event, line.subject, line.detail) == ("audit-head", "2", {"hash": head.hash, "date": "2026-11-27"})


def test_an_audit_that_was_rewritten_as_a_whole_is_found(node: Node) -> None:
    ensure_organisation(COMMAND, "kaist")
    audit_head.record_audit_head(node, NOON)
    AuditLine.objects.all().delete()
    AuditHead.objects.all().delete()
    ensure_organisation(COMMAND, "inria")  # a chain that is intact, but another one
    with pytest.raises(Damaged, match="differs"):
        audit_head.record_audit_head(node, NOON)


def test_a_restored_database_is_acknowledged_with_a_reason(node: Node) -> None:
    ensure_organisation(COMMAND, "kaist")
    with pytest.raises(BadInput, match="nothing to acknowledge"):
        audit_head.acknowledge_restore(node, COMMAND, "no reason", NOON)
    ensure_organisation(COMMAND, "inria")
    audit_head.record_audit_head(node, NOON)
    AuditLine.objects.filter(number=2).delete()  # as in a copy of the time before
    first = AuditLine.objects.get()
    AuditHead.objects.update(number=1, hash=first.hash)
    with pytest.raises(Damaged, match="acknowledge-restore"):
        audit_head.record_audit_head(node, NOON)
    with pytest.raises(BadInput, match="needs a reason"):
        audit_head.acknowledge_restore(node, COMMAND, " ", NOON)
    assert audit_head.acknowledge_restore(node, COMMAND, "disk failure", NOON) == 2
    line = AuditLine.objects.latest("number")
    assert (line.action, line.why, line.before) == ("audit.acknowledge-restore", "disk failure", {"line": 2})
    written = list(node.journal.lines())[-1]
    assert (written.event, written.subject, written.detail["restored"]) == ("audit-head", "2", "disk failure")
    audit_head.record_audit_head(node, NOON)


def test_verifying_reads_in_pages_and_finds_a_line_beyond_the_head(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bongsu.people.audit._PAGE", 2)
    for name in ("kaist", "inria", "snu", "ens", "eth"):
        ensure_organisation(COMMAND, name)
    head = audit.verify()
    assert head
    assert head.number == 5
    fourth = AuditLine.objects.get(number=4)
    AuditHead.objects.update(number=4, hash=fourth.hash)
    with pytest.raises(Damaged, match="line 5"):
        audit.verify()


def test_managers_are_reminded_once_of_a_token_that_expires(
    node: Node, person: Callable[..., Person], operator: Person
) -> None:
    kaist, inria = ensure_organisation(COMMAND, "kaist", "KAIST"), ensure_organisation(COMMAND, "inria", "Inria")
    manager = person("lee", "manager organisation kaist")
    for days in (13, 15, None):
        issue_token(COMMAND, kaist, "cluster", days)
    issue_token(COMMAND, inria, "", 13)
    ended = issue_token(COMMAND, kaist, "ended", 13)[0]
    revoke_token(COMMAND, ended.hint)
    remind = next(duty.do for duty in table.DUTIES if duty.name == "tokens")
    assert remind(node, timezone.now()).values == {"count": 2}
    assert remind(node, timezone.now()).values == {"count": 0}
    sent = Mail.objects.order_by("to")
    assert [mail.to for mail in sent] == [manager.email, operator.email]  # Inria has no manager
    assert "(cluster), with which KAIST sends reports to Test node" in sent[0].text
    assert remind(node, timezone.now() + 2 * DAY).values == {"count": 1}


def test_a_backup_is_a_database_and_fourteen_are_kept(tmp_path: Path) -> None:
    source, folder = tmp_path / "records.sqlite3", tmp_path / "copies"
    with closing(sqlite3.connect(source)) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (42)")
        database.commit()  # the copy is made while this connection is open, from the log too
        with pytest.raises(Misconfigured, match="no folder"):
            backup.copy_database(source, folder, "2026-11-01")
        folder.mkdir()
        for day in range(1, 17):
            backup.copy_database(source, folder, f"2026-11-{day:02}")
    names = sorted(path.name for path in folder.iterdir())
    assert names == [f"records-2026-11-{day:02}.sqlite3" for day in range(3, 17)]
    with closing(sqlite3.connect(folder / names[-1])) as copy:
        assert copy.execute("SELECT x FROM t").fetchall() == [(42,)]
    assert (folder / names[-1]).stat().st_mode & 0o777 == 0o600


def test_postgresql_is_not_copied(node: Node, settings: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings.BONGSU_BACKUP = str(tmp_path)
    monkeypatch.setattr("bongsu.web.duties.backup.connection.vendor", "postgresql")
    with pytest.raises(Misconfigured, match="SQLite only"):
        backup.back_up(node, NOON)


class _Release:
    def __init__(self, dataflow: str, sealed_at: str, withdrawal: object = None) -> None:
        self.dataflow, self.sealed_at, self.withdrawal = dataflow, sealed_at, withdrawal


@pytest.mark.parametrize(
    ("frequency", "days"),
    [
        ("daily", 3),
        ("weekly", 15),
        ("monthly", 62),
        ("quarterly", 184),
        ("yearly", 400),
        ("", 400),
        ("irregular", None),
    ],
)
def test_how_long_a_dataflow_is_not_late(
    node: Node, monkeypatch: pytest.MonkeyPatch, frequency: str, days: int | None
) -> None:
    flow = replace(drafts.flow("A"), frequency=frequency)
    monkeypatch.setattr(staleness, "find_programmes", lambda node: [SimpleNamespace(flows=(flow,))])
    for age, late in ((days or 0, False), ((days or 9999) + 1, days is not None)):
        releases = [_Release("A", f"{NOON - age * DAY:%Y-%m-%dT%H:%M:%SZ}")]
        monkeypatch.setattr(node.releases, "all", lambda releases=releases: releases)
        assert ("A (" in staleness.find_stale_dataflows(node, NOON).describe(str)) == late, age


def test_every_dataflow_that_ships_says_how_often_its_source_is_updated() -> None:
    often = {flow.id: flow.frequency for programme in installed_programmes() for flow in programme.flows}
    assert {id_ for id_, frequency in often.items() if not frequency} == set()
    assert (often["AI_POSTINGS"], often["METERED_ENERGY"]) == ("monthly", "daily")


def test_the_newest_release_that_is_valid_decides(node: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    limit = NOON - 400 * DAY
    found = [
        _Release("A", f"{limit:%Y-%m-%dT%H:%M:%SZ}"),
        _Release("B", f"{limit - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"),
        _Release("C", f"{limit - DAY:%Y-%m-%dT%H:%M:%SZ}"),
        _Release("C", f"{NOON:%Y-%m-%dT%H:%M:%SZ}"),
        _Release("D", f"{limit - DAY:%Y-%m-%dT%H:%M:%SZ}"),
        _Release("D", f"{NOON:%Y-%m-%dT%H:%M:%SZ}", "wrong unit"),
    ]
    monkeypatch.setattr(node.releases, "all", lambda: found)
    text = staleness.find_stale_dataflows(node, NOON).describe(str)
    assert text == "Without a new release for longer than its source: B (2025-10-23), D (2025-10-22)."
