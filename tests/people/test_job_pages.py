"""The pages of long actions and schedules: who opens them, what their forms do, and their progress without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bongsu.people import jobs
from bongsu.people.models import AuditLine, DutyRecord, Job, Person, Schedule
from bongsu.store.node import Node
from bongsu.web import middleware
from bongsu.web.jobs.kinds import job_folder
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
PAGE = "/en/desk/jobs/"


@pytest.fixture
def desk(operator: Person, visitor: Visitor) -> Visitor:
    return visitor.sign_in(operator)


def queue(kind: str = "build", scopes: tuple[tuple[str, str], ...] = (), **arguments: str) -> Job:
    return jobs.queue_job(COMMAND, kind, arguments, scopes)


def test_a_build_is_started_watched_and_stopped(desk: Visitor) -> None:
    answer = desk.post(PAGE, {"do": "build", "build-subject": "flow GRID_INTENSITY", "build-why": "new year"})
    job = Job.objects.get()
    assert answer["Location"] == f"{PAGE}{job.key}/"
    assert job.arguments == {"programme": "", "dataflow": "GRID_INTENSITY"}
    assert job.scopes == [["dataflow", "GRID_INTENSITY"], ["programme", "energy"]]
    line = AuditLine.objects.latest("number")
    assert (line.action, line.why) == ("job.build", "new year")
    for language in ("en", "ko", "fr"):
        text = desk.get(f"/{language}/desk/jobs/{job.key}/").content.decode()
        assert "bongsu serve --tend" in text
        assert '<noscript><meta http-equiv="refresh"' in text
        assert 'aria-live="polite"' in text
    again = desk.post(PAGE, {"do": "build", "build-subject": "flow GRID_INTENSITY"})
    assert b"queued already" in again.content
    progress = {"message": "Building {programme}", "values": {"programme": "energy"}, "done": 2, "of": 5}
    Job.objects.update(
        state="running",
        progress=progress,
        notes=[{"message": "{release}: {reason}", "values": {"release": "GRID_INTENSITY 1", "reason": "sealed"}}],
    )
    part = desk.get(f"{PAGE}{job.key}/", headers={"hx-request": "true"}).content.decode()
    assert part.lstrip().startswith('<div id="progress" hx-get=')
    assert "Building energy: 2 / 5" in part
    assert "GRID_INTENSITY 1: sealed" in part
    assert "GRID_INTENSITY 1: 봉인" in desk.get(f"/ko/desk/jobs/{job.key}/").content.decode()
    assert desk.post(f"{PAGE}{job.key}/stop/", {"why": "wrong"}).status_code == 302
    assert Job.objects.get().stop
    assert b"stopping" in desk.get(PAGE).content
    Job.objects.update(state="stopped")
    ended = desk.get(f"{PAGE}{job.key}/").content
    assert b"hx-get" not in ended
    assert b"refresh" not in ended


def test_a_page_says_nothing_of_tend_while_it_runs(desk: Visitor) -> None:
    from django.utils import timezone

    DutyRecord.objects.create(name="mail", due=timezone.now())
    assert b"bongsu serve --tend" not in desk.get(PAGE).content


def test_each_sees_and_starts_her_part(person: Callable[..., Person], visitor: Visitor) -> None:
    energy, work = queue(scopes=(("programme", "energy"),)), queue(scopes=(("programme", "work"),), x="y")
    visitor.sign_in(person("lee", "editor dataflow GRID_INTENSITY", "editor programme energy"))
    page = visitor.get(PAGE).content.decode()
    assert f"{energy.key}" in page
    assert f"{work.key}" not in page
    assert 'value="flow GRID_INTENSITY"' in page
    assert 'value="flow OCCUPATION_EXPOSURE"' not in page
    assert 'name="harvest-source"' not in page
    for path in (f"{work.key}/", f"{work.key}/x.html"):
        assert visitor.get(f"{PAGE}{path}").status_code == 403
    assert visitor.post(f"{PAGE}{work.key}/stop/").status_code == 403
    assert visitor.post(PAGE, {"do": "build", "build-subject": ""}).status_code == 403
    assert visitor.post(PAGE, {"do": "build", "build-subject": "flow OCCUPATION_EXPOSURE"}).status_code == 200
    assert Job.objects.count() == 2
    assert Visitor().sign_in(person("kim")).get(PAGE).status_code == 403
    assert Visitor().get(PAGE).status_code == 302
    assert Visitor().get(f"{PAGE}{work.key}/")["Location"].startswith("/en/account/login/?next=")
    flow = visitor.get("/en/desk/dataflows/GRID_INTENSITY/").content.decode()
    assert "Build this dataflow" in flow
    assert "<dd>Energy</dd>" in flow


def test_what_is_wrong_is_said_in_the_form(desk: Visitor) -> None:
    assert '<option value="ko">한국어</option>' in desk.get(PAGE).content.decode()
    values = {"do": "report", "report-country": "XXX", "report-language": "en"}
    assert "There is no country" in desk.post(PAGE, values).content.decode()
    assert not Job.objects.exists()
    values = {"do": "build", "build-subject": "", "build-despite": "it was right"}
    assert "Name the dataflow" in desk.post(PAGE, values).content.decode()


def test_the_files_of_a_report_are_sent_as_files(desk: Visitor) -> None:
    job = queue("report", country="KOR", language="en")
    Job.objects.update(state="done", result={"files": ["report-KOR-en.html"]})
    node: Node = middleware.open_node()
    folder = job_folder(node, job)
    folder.mkdir(parents=True)
    (folder / "report-KOR-en.html").write_text("<h1>Korea</h1>")
    (folder / "secret").write_text("x")
    answer = desk.get(f"{PAGE}{job.key}/report-KOR-en.html")
    assert answer["Content-Disposition"] == 'attachment; filename="report-KOR-en.html"'
    assert b"".join(answer.streaming_content) == b"<h1>Korea</h1>"  # type: ignore[attr-defined]
    for name in ("secret", "..%2f..%2fsecret.key", "node.toml"):
        assert desk.get(f"{PAGE}{job.key}/{name}").status_code == 404


def test_a_lost_file_is_missing(desk: Visitor) -> None:
    job = queue("report", country="KOR", language="en")
    Job.objects.update(state="done", result={"files": ["report-KOR-en.html"]})
    assert desk.get(f"{PAGE}{job.key}/report-KOR-en.html").status_code == 404


def test_a_page_shows_no_folder_of_the_machine_and_a_reason_with_a_nul_is_stored(desk: Visitor) -> None:
    job = queue(dataflow="A")
    wrong = {"message": "An unexpected error: {reason}", "values": {"reason": "no /srv/node/secret.key"}}
    Job.objects.update(report=wrong)
    for page in (PAGE, f"{PAGE}{job.key}/"):
        text = desk.get(page).content.decode()
        assert "secret.key" in text
        assert "/srv/node" not in text
    assert desk.post(f"{PAGE}{job.key}/stop/", {"why": "so\x00on"}).status_code == 302
    assert AuditLine.objects.latest("number").why == "soon"


def test_a_schedule_is_set_and_switched_off(desk: Visitor) -> None:
    page = "/en/desk/schedules/"
    assert b"Nothing starts by itself" in desk.get(page).content
    values = {"do": "set", "set-what": "build:programme energy", "set-every": "week", "set-day": "1", "set-hour": "4"}
    assert desk.post(page, values).status_code == 302
    made = Schedule.objects.get()
    assert (made.kind, made.subject, made.every, made.day, made.hour) == ("build", "energy", "week", 1, 4)
    assert "from 1 to 7" in desk.post(page, values | {"set-day": "9"}).content.decode()
    assert desk.post(page, values | {"set-what": "build:flow NOWHERE"}).status_code == 200
    for language in ("ko", "fr"):
        assert f"{made.due:%Y-%m-%d %H:%M}" in desk.get(f"/{language}/desk/schedules/").content.decode()
    assert desk.post(page, {"do": "off", "off-id": "build:energy", "off-why": "enough"}).status_code == 302
    assert not Schedule.objects.exists()
    assert AuditLine.objects.latest("number").why == "enough"
    assert b"no such schedule" in desk.post(page, {"do": "off", "off-id": "build:energy"}).content
