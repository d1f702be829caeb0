"""Schedules: when they are due, that a missed time is caught up once, and that two processes queue a job once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from bongsu.cli import main
from bongsu.core.errors import BadInput, Refused
from bongsu.people import schedules
from bongsu.people.access import Actor
from bongsu.people.models import AuditLine, Job, Person, Schedule
from bongsu.web import middleware
from tests.people.conftest import COMMAND
from tests.people.test_tend_processes import finish, share_records

NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)  # a Friday
ENERGY = (("dataflow", "GRID_INTENSITY"), ("programme", "energy"))


def set_one(kind: str = "build", who: Actor = COMMAND, scopes: Any = (), subject: str = "", **times: Any) -> Schedule:
    times = {"every": "day", "hour": 3, **times}
    return schedules.set_schedule(who, kind, subject, {"dataflow": subject}, scopes, NOON, **times)


@pytest.mark.parametrize(
    ("every", "day", "hour", "after", "due"),
    [
        ("day", 1, 13, "2026-11-27T12:00", "2026-11-27T13:00"),
        ("day", 1, 12, "2026-11-27T12:00", "2026-11-28T12:00"),
        ("day", 1, 12, "2026-11-27T11:59:59", "2026-11-27T12:00"),
        ("week", 5, 13, "2026-11-27T12:00", "2026-11-27T13:00"),
        ("week", 5, 12, "2026-11-27T12:00", "2026-12-04T12:00"),
        ("week", 1, 0, "2026-11-27T12:00", "2026-11-30T00:00"),
        ("month", 28, 3, "2026-11-27T12:00", "2026-11-28T03:00"),
        ("month", 1, 3, "2026-12-31T12:00", "2027-01-01T03:00"),
        ("month", 28, 3, "2027-02-28T03:00", "2027-03-28T03:00"),
    ],
)
def test_the_next_time(every: str, day: int, hour: int, after: str, due: str) -> None:
    start = datetime.fromisoformat(after).replace(tzinfo=UTC)
    assert schedules.find_due(every, day, hour, start) == datetime.fromisoformat(due).replace(tzinfo=UTC)


@pytest.mark.django_db
def test_nothing_is_queued_before_somebody_sets_a_schedule() -> None:
    assert schedules.queue_due(NOON) == 0
    assert not Job.objects.exists()


@pytest.mark.django_db
def test_a_missed_time_is_caught_up_once() -> None:
    set_one()
    due = datetime(2026, 11, 28, 3, tzinfo=UTC)
    assert schedules.queue_due(due - timedelta(microseconds=1)) == 0
    later = due + timedelta(days=10, hours=5)
    assert [schedules.queue_due(later), schedules.queue_due(later)] == [1, 0]
    assert Schedule.objects.get().due == datetime(2026, 12, 9, 3, tzinfo=UTC)
    job = Job.objects.get()
    assert (job.kind, job.actor, job.arguments) == ("build", "duty schedules", {"dataflow": ""})
    assert schedules.queue_due(later + timedelta(days=1)) == 0  # the first one waits still
    Job.objects.update(state="done")
    assert schedules.queue_due(later + timedelta(days=2)) == 1


@pytest.mark.django_db
def test_a_take_is_queued_before_a_build_of_the_same_hour() -> None:
    for kind in ("build", "harvest", "take"):
        set_one(kind)
    assert schedules.queue_due(NOON + timedelta(days=1)) == 3
    assert list(Job.objects.order_by("pk").values_list("kind", flat=True)) == ["take", "harvest", "build"]


@pytest.mark.django_db
def test_a_schedule_needs_the_role_for_what_it_starts(person: Callable[..., Person]) -> None:
    lee = Actor.of_person(person("lee", "editor programme energy"))
    set_one(who=lee, scopes=ENERGY, subject="GRID_INTENSITY")
    line = AuditLine.objects.latest("number")
    assert (line.action, line.object_id) == ("schedule.set", "build GRID_INTENSITY")
    set_one(who=lee, scopes=ENERGY, subject="GRID_INTENSITY", every="week", day=7)
    assert (Schedule.objects.get().every, Schedule.objects.get().day) == ("week", 7)
    assert AuditLine.objects.latest("number").before == {"every": "day", "day": 1, "hour": 3}
    for who, scopes in ((lee, ()), (Actor.of_person(person("kim", "steward")), ENERGY)):
        with pytest.raises(Refused):
            set_one(who=who, scopes=scopes)
    with pytest.raises(Refused):
        schedules.end_schedule(Actor.of_person(person("park", "auditor")), "build", "GRID_INTENSITY")
    steward = Actor.of_person(person("choi", "steward"))  # may end a harvest, but no build
    assert not schedules.may_end(steward, Schedule.objects.get())
    with pytest.raises(Refused):
        schedules.end_schedule(steward, "build", "GRID_INTENSITY")
    schedules.end_schedule(lee, "build", "GRID_INTENSITY", "no longer")
    assert not Schedule.objects.exists()
    with pytest.raises(BadInput):
        schedules.end_schedule(lee, "build", "GRID_INTENSITY")


@pytest.mark.django_db
def test_a_schedule_is_switched_off_after_its_dataflow_was_removed() -> None:
    set_one(subject="GONE")
    root = str(middleware.open_node().root)
    assert main(["schedule", "off", "build", "--flow", "gone", "--node", root]) == 0
    assert not Schedule.objects.exists()
    assert main(["schedule", "off", "build", "--flow", "gone", "--node", root]) == BadInput.exit_status


@pytest.mark.django_db
@pytest.mark.parametrize("wrong", [{"every": "year"}, {"hour": 24}, {"day": 2}, {"every": "month", "day": 29}])
def test_a_time_that_does_not_exist_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        set_one(**wrong)
    with pytest.raises(BadInput):
        set_one("report")


@pytest.mark.django_db
def test_a_dataflow_is_built_next_by_whichever_schedule_comes_first() -> None:
    assert schedules.next_build("GRID_INTENSITY", "energy") is None
    set_one(every="month", day=1)
    set_one(subject="work", scopes=(("programme", "work"),))
    assert schedules.next_build("GRID_INTENSITY", "energy") == datetime(2026, 12, 1, 3, tzinfo=UTC)
    set_one(subject="GRID_INTENSITY", scopes=ENERGY, every="week", day=1)
    assert schedules.next_build("GRID_INTENSITY", "energy") == datetime(2026, 11, 30, 3, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_two_processes_queue_a_job_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    share_records(tmp_path / "node", monkeypatch)
    now = timezone.now()
    schedules.set_schedule(COMMAND, "take", "twice", {}, (), now - timedelta(days=2), every="day", hour=3)
    code = (
        "import sys; from datetime import datetime; from pathlib import Path\n"
        "from bongsu.web.django_setup import setup_django; setup_django(Path(sys.argv[1]))\n"
        "from bongsu.people import schedules\n"
        "sys.stdout.write(str(schedules.queue_due(datetime.fromisoformat(sys.argv[2]))))"
    )
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / "node", now.isoformat()],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    assert sorted(word for process in processes for word in finish(process)) == ["0", "0", "1"]
