"""Jobs: who may ask for one, that one runs at a time, what each kind checks, and the command."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import BadInput, Missing, Refused, UnknownName
from bongsu.core.report import Report
from bongsu.people import jobs
from bongsu.people.access import NOBODY, Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import AuditLine, Grant, Job, Person
from bongsu.store.node import Node
from bongsu.web import middleware
from bongsu.web.jobs import child, kinds, records, starting
from bongsu.web.jobs.progress_text import describe_progress
from bongsu.web.lease import LEASE
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 27, 12, 0, 0, tzinfo=UTC)
GRID = (("dataflow", "GRID_INTENSITY"), ("programme", "energy"))


@pytest.fixture
def actor(person: Callable[..., Person]) -> Callable[[str], Actor]:
    """Makes somebody with one role, such as “editor programme energy”."""

    def make(text: str) -> Actor:
        role, kind, id_ = [*text.split(), "node", ""][:3] if " " not in text else text.split()
        made = person(f"somebody-{Person.objects.count()}")
        with unlock():
            Grant.objects.create(person=made, role=role, scope_kind=kind, scope_id=id_)
        return Actor.of_person(made)

    return make


def queue(kind: str = "build", who: Actor = COMMAND, scopes: Any = (), **arguments: str) -> Job:
    return jobs.queue_job(who, kind, arguments, scopes)


@pytest.mark.parametrize(
    ("role", "allowed"),
    [
        ("operator", {"take", "harvest", "build", "catalogue", "report"}),
        ("editor", {"take", "build", "catalogue", "report"}),
        ("editor programme energy", {"take", "build", "catalogue"}),
        ("editor dataflow GRID_INTENSITY", {"take", "build", "catalogue"}),
        ("editor dataflow OTHER", set()),
        ("steward", {"harvest", "catalogue"}),
        ("auditor", set()),
    ],
)
def test_a_job_needs_the_role_for_what_it_concerns(role: str, allowed: set[str], actor: Callable[[str], Actor]) -> None:
    lee = actor(role)
    for kind in jobs.KINDS:
        scopes = () if kind == "report" else GRID
        assert jobs.may_queue(lee, kind, scopes) == (kind in allowed), kind
        if kind not in allowed:
            with pytest.raises(Refused):
                jobs.queue_job(lee, kind, {}, scopes)
    if role.startswith("editor "):
        with pytest.raises(Refused):  # the whole node
            jobs.queue_job(lee, "build", {})


def test_a_job_and_its_end_are_in_the_audit(actor: Callable[[str], Actor]) -> None:
    lee = actor("editor programme energy")
    job = jobs.queue_job(lee, "build", {"dataflow": "GRID_INTENSITY"}, GRID, why="new year")
    line = AuditLine.objects.latest("number")
    assert (line.actor, line.action, line.object_id, line.why) == (lee.name, "job.build", str(job.key), "new year")
    assert line.after == {"arguments": {"dataflow": "GRID_INTENSITY"}}
    with pytest.raises(Refused):
        jobs.stop_job(actor("editor programme work"), job)
    assert jobs.stop_job(lee, job).state == "stopped"  # it waited
    assert AuditLine.objects.latest("number").action == "job.stop"
    ended = Job.objects.get().ended
    assert jobs.stop_job(lee, job).ended == ended


@pytest.mark.parametrize(
    ("role", "allowed"),
    [("steward programme commons", True), ("steward programme energy", False), ("editor programme energy", False)],
)
def test_stewards_of_the_commons_build_its_catalogue(role: str, allowed: bool, actor: Callable[[str], Actor]) -> None:
    wanted = kinds.check_request(
        middleware.open_node(), "catalogue", {"dataflow": "GRID_INTENSITY", "programme": "energy"}
    )
    assert wanted == kinds.JobRequest({}, (("programme", "commons"),))  # whatever was asked for
    assert jobs.may_queue(actor(role), "catalogue", wanted.scopes) == allowed


def test_a_steward_stops_no_build(actor: Callable[[str], Actor]) -> None:
    build, harvest = queue(), queue("harvest", scopes=(("programme", "commons"),))
    lee = actor("steward")
    assert not jobs.may_stop(lee, build)
    with pytest.raises(Refused):
        jobs.stop_job(lee, build)
    assert jobs.may_stop(lee, harvest)
    assert jobs.stop_job(lee, harvest).state == "stopped"


def test_somebody_sees_the_jobs_of_her_part_and_her_own(actor: Callable[[str], Actor]) -> None:
    energy, work = queue(scopes=GRID), queue(scopes=(("programme", "work"),), programme="work")
    everything = queue(programme="")
    seen = {
        role: {job.pk for job in jobs.list_jobs(actor(role))}
        for role in ("operator", "auditor", "editor programme energy", "editor dataflow OTHER")
    }
    assert list(seen.values()) == [{energy.pk, work.pk, everything.pk}] * 2 + [{energy.pk}, set()]
    lee = actor("editor")
    own = jobs.queue_job(lee, "report", {"country": "KOR"})
    assert own.pk in {job.pk for job in jobs.list_jobs(lee)}
    assert list(jobs.list_jobs(NOBODY)) == []


def test_a_list_of_jobs_takes_a_few_queries(
    actor: Callable[[str], Actor], django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for number in range(20):
        queue(scopes=GRID, number=str(number))
    lee = actor("steward")
    with django_assert_max_num_queries(10):
        assert len(list(jobs.list_jobs(lee))) == 20


def test_the_same_job_is_not_queued_twice() -> None:
    queue(dataflow="A")
    queue(dataflow="B")
    lines = AuditLine.objects.count()
    with pytest.raises(jobs.AlreadyQueued):
        queue(dataflow="A")
    assert (Job.objects.count(), AuditLine.objects.count()) == (2, lines)
    records.claim_next(NOON)
    queue(dataflow="A")  # the first one runs: what changed since is not in it


def test_one_job_of_a_lane_runs_at_a_time() -> None:
    first, second, report = queue(dataflow="A"), queue("take"), queue("report")
    claimed = [records.claim_next(NOON), records.claim_next(NOON), records.claim_next(NOON)]
    assert [job and job.pk for job in claimed] == [first.pk, report.pk, None]
    running = claimed[0]
    assert running
    # The database itself refuses a second one, whatever a process has read before.
    assert records._claim(second, NOON) is None
    records.finish_job(running, "done", Report(), NOON)
    assert records._claim(second, NOON)


def test_a_job_whose_lease_has_passed_is_interrupted_and_not_run_again() -> None:
    queue()
    job = records.claim_next(NOON)
    assert job
    assert records.mark_lost(NOON + LEASE - timedelta(seconds=1)) == []
    assert [lost.pk for lost in records.mark_lost(NOON + LEASE)] == [job.pk]
    job.refresh_from_db()
    assert (job.state, job.ended) == ("interrupted", NOON + LEASE)
    assert "Start it again" in Report.from_json(job.report).describe(str)
    assert records.claim_next(NOON + LEASE) is None
    assert not records.finish_job(job, "done", Report(), NOON)  # its process was only slow
    assert Job.objects.get().state == "interrupted"


def test_a_job_is_found_by_the_beginning_of_its_key() -> None:
    job = queue()
    assert jobs.find_job(str(job.key)[:8]) == job
    assert jobs.find_job(str(job.key)) == job
    for wrong in ("", "x", str(job.key)[:3], "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(Missing):
            jobs.find_job(wrong)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[[Node, Job], Job]:
    """Runs a claimed job in this process, without the thread that would open another connection."""
    from contextlib import nullcontext

    monkeypatch.setattr(child, "_beating", lambda heart: nullcontext())
    monkeypatch.setattr(child.signal, "signal", lambda *args: None)

    def run(node: Node, job: Job) -> Job:
        claimed = records.claim_next(NOON)
        assert claimed == job
        child.run_job(node, str(job.key), claimed.holder, lambda: NOON)
        job.refresh_from_db()
        return job

    return run


def ask(node: Node, kind: str, **values: str) -> Job:
    request = kinds.check_request(node, kind, values)
    return jobs.queue_job(COMMAND, kind, request.arguments, request.scopes)


def text(job: Job) -> str:
    return Report.from_json(job.report).describe(str)


def test_take_and_build_do_what_the_command_does(empty: Node, run: Callable[[Node, Job], Job]) -> None:
    taken = run(empty, ask(empty, "take", programme="energy"))
    assert (taken.state, text(taken)) == ("done", f"Snapshots: {len(taken.result)} new, 0 unchanged.")
    built = run(empty, ask(empty, "build", dataflow="grid_intensity"))
    assert (built.state, text(built)) == ("done", "Releases: 1 sealed, 0 unchanged.")
    assert built.scopes == [["dataflow", "GRID_INTENSITY"], ["programme", "energy"]]
    assert [Report.from_json(note).describe(str) for note in built.notes] == ["GRID_INTENSITY 1: sealed"]
    assert empty.releases.current("GRID_INTENSITY").content == built.result[0]["content"]
    again = run(empty, ask(empty, "build", dataflow="GRID_INTENSITY"))
    assert text(again) == "Releases: 0 sealed, 1 unchanged."
    assert describe_progress(again, str) == "Writing bulk files: 1 / 1"


def test_a_job_fails_if_the_role_of_who_asked_has_ended(
    empty: Node, actor: Callable[[str], Actor], run: Callable[[Node, Job], Job]
) -> None:
    lee = actor("editor programme energy")
    request = kinds.check_request(empty, "take", {"programme": "energy"})
    first = jobs.queue_job(lee, "take", request.arguments, request.scopes)
    assert run(empty, first).state == "done"
    second = jobs.queue_job(lee, "take", request.arguments, request.scopes)
    with unlock():
        Grant.objects.update(ended=NOON)
    assert run(empty, second).state == "failed"
    assert second.report["code"] == Refused.code
    jobs.stop_job(lee, second)  # her own


def test_an_error_is_stored_with_its_values(empty: Node, run: Callable[[Node, Job], Job]) -> None:
    job = run(empty, ask(empty, "build", dataflow="GRID_INTENSITY"))
    assert (job.state, job.report["code"]) == ("failed", "missing")
    assert Report.from_json(job.report).describe(str) == (
        "There is no snapshot “grid-intensity-by-year” to build from. Run “bongsu take” first."
    )


def test_a_report_is_written_beside_the_job(starter: Path, tmp_path: Path, run: Callable[[Node, Job], Job]) -> None:
    node = Node(shutil.copytree(starter, tmp_path / "copy"))
    job = run(node, ask(node, "report", country="kor", language="ko"))
    assert job.state == "done", job.report
    names = sorted(path.name for path in kinds.job_folder(node, job).iterdir())
    assert names == sorted(job.result["files"]) == ["report-KOR-ko.html", "report-KOR-ko.pdf"]


@pytest.mark.parametrize(
    ("kind", "values", "error"),
    [
        ("take", {"programme": "energie"}, UnknownName),
        ("build", {"dataflow": "GRID"}, UnknownName),
        ("build", {"programme": "work", "dataflow": "GRID_INTENSITY"}, UnknownName),
        ("harvest", {"source": "nowhere"}, UnknownName),
        ("report", {"country": "KOR", "language": "xx"}, UnknownName),
        ("report", {"country": "XXX", "language": "en"}, UnknownName),
        ("explode", {}, UnknownName),
    ],
)
def test_what_does_not_exist_is_refused_before_it_is_queued(
    empty: Node, kind: str, values: dict[str, str], error: type[BadInput]
) -> None:
    with pytest.raises(error):
        kinds.check_request(empty, kind, values)


def test_old_jobs_are_deleted_and_waiting_ones_stay() -> None:
    old, new, waiting = queue(dataflow="A"), queue(dataflow="B"), queue(dataflow="C")
    Job.objects.filter(pk=old.pk).update(state="done", ended=NOON - timedelta(days=91))
    Job.objects.filter(pk=new.pk).update(state="done", ended=NOON)
    assert jobs.delete_old_jobs(NOON - timedelta(days=90)) == [old.key]
    assert set(Job.objects.all()) == {new, waiting}


class _Process:
    """A process that ends when the test says so."""

    def __init__(self, command: Any, **options: Any) -> None:
        self.command, self.status = command, None

    def poll(self) -> int | None:
        return self.status


def test_a_process_that_ends_without_a_word_interrupts_its_job_at_once(
    empty: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting.subprocess, "Popen", _Process)
    children = starting.Children(empty)
    first, second = queue(dataflow="A"), queue(dataflow="B")
    assert children.tend_jobs(NOON)
    assert [job.pk for job, _ in children._jobs] == [first.pk]
    children._jobs[0][1].status = 1  # type: ignore[attr-defined]
    assert children.tend_jobs(NOON + timedelta(seconds=1))
    assert [job.pk for job, _ in children._jobs] == [second.pk]
    assert Job.objects.get(pk=first.pk).state == "interrupted"


def test_a_job_whose_process_cannot_be_started_is_interrupted(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise BlockingIOError("no more processes")

    monkeypatch.setattr(starting.subprocess, "Popen", refuse)
    job = queue()
    assert not starting.Children(empty).tend_jobs(NOON)
    job.refresh_from_db()
    assert job.state == "interrupted"


def test_a_long_duty_is_started_once_in_a_minute(empty: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[Any] = []
    monkeypatch.setattr(
        starting.subprocess, "Popen", lambda command, **options: started.append(_Process(command)) or started[-1]
    )  # type: ignore[func-returns-value]
    children = starting.Children(empty)
    children.start_duty("backup", NOON)
    children.start_duty("backup", NOON + timedelta(minutes=5))
    assert len(started) == 1  # it still runs
    started[0].status = 1
    children.start_duty("backup", NOON + timedelta(seconds=59))
    assert len(started) == 1
    children.start_duty("backup", NOON + timedelta(seconds=60))
    assert len(started) == 2
    assert started[0].command[3:7] == ("tend", "--once", "--only", "backup")


@pytest.mark.parametrize(
    "role",
    [
        "operator",
        "editor programme energy",
        "editor dataflow GRID_INTENSITY",
        "editor programme work",
        "auditor",
        "steward programme commons",
    ],
)
def test_many_dataflows_are_judged_as_each_alone_with_few_queries(
    role: str, actor: Callable[[str], Actor], django_assert_max_num_queries: Any
) -> None:
    who = actor(role)
    wanted = [
        (),
        (("programme", "energy"),),
        GRID,
        *((("dataflow", f"X{n}"), ("programme", "energy")) for n in range(50)),
    ]
    with django_assert_max_num_queries(10):
        judged = jobs.may_queue_each(who, "build", wanted)
    assert judged == [jobs.may_queue(who, "build", scopes) for scopes in wanted]
    assert jobs.may_queue_each(COMMAND, "build", wanted) == [True] * len(wanted)
