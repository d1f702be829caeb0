"""A person proposes an entry, and a steward decides: on the pages, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import MagicMock

import pytest

from bongsu.commons.editing.edits_snapshot import write_edits
from bongsu.commons.editing.entry_state import find_state
from bongsu.commons.models import Proposal
from bongsu.people.models import AuditLine, Job, Mail, Person
from bongsu.store.building import builds as building
from bongsu.store.node import Node
from bongsu.web.jobs.kinds import RUNNERS
from tests.commons.proposals.conftest import begin, fill, send
from tests.people.conftest import Visitor

pytestmark = pytest.mark.django_db


def test_from_the_form_to_the_catalogue(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    number = begin(visitor)
    page = fill(visitor, number)
    assert page.status_code == 302, page.context["problems"] or page.context["wrong"]
    seen = visitor.get(page.headers["Location"]).content.decode()
    for shown in (
        "Maritime Weather Logs",
        "its licence",
        "South Korea, France",
        "approved by the Open Source Initiative",
    ):
        assert shown in seen
    version = Proposal.objects.get(pk=number).version
    assert send(visitor, number, "submit", version).status_code == 302
    assert Mail.objects.filter(to="kim@stat.example", subject__contains=str(number)).count() == 1
    assert Mail.objects.filter(to="steward@stat.example", subject__contains="Maritime").count() == 1

    decider = Visitor().sign_in(steward)
    assert "Maritime Weather Logs" in decider.get("/en/commons/proposals/queue/").content.decode()
    assert 'value="accept"' in decider.get(f"/en/commons/proposals/{number}/").content.decode()
    assert send(decider, number, "accept", version + 1, text="Thank you").status_code == 302
    state = find_state(node, "maritime-weather-logs")
    assert state.entry is not None
    assert state.entry.value("country") == ["KOR", "FRA"]
    assert state.entry.value("year") == 2024
    decided = decider.get(f"/en/commons/proposals/{number}/").content.decode()
    assert "from its next release on" in decided
    assert 'href="/en/commons/proposals/queue/"' in decided
    assert 'href="/en/commons/proposals/queue/"' not in visitor.get(f"/en/commons/proposals/{number}/").content.decode()
    waiting = visitor.get("/en/commons/entries/maritime-weather-logs/")
    assert (waiting.status_code, "not in a release" in waiting.content.decode()) == (404, True)
    mail = Mail.objects.filter(to="kim@stat.example").latest("pk")
    assert "accepted" in mail.text
    assert "Thank you" in mail.text
    assert [line.action for line in AuditLine.objects.filter(object_id=str(number))] == [
        "proposal.start",
        "proposal.change",
        "proposal.submit",
        "proposal.accept",
    ]
    again = send(decider, number, "accept", version + 1)
    assert again.status_code == 409
    assert "now it is: accepted" in again.content.decode()


def test_a_steward_publishes_what_she_accepted(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "_record_writers", [write_edits])
    visitor.sign_in(steward)  # the only one: she may decide about her own
    number = begin(visitor)
    fill(visitor, number)
    for version, do in enumerate(("submit", "accept"), Proposal.objects.get(pk=number).version):
        assert send(visitor, number, do, version).status_code == 302
    for page in (f"/en/commons/proposals/{number}/", "/en/commons/proposals/queue/"):
        assert 'value="catalogue"' in visitor.get(page).content.decode()
    citizen = Visitor().sign_in(person("kim"))
    assert citizen.post("/en/desk/jobs/", {"do": "catalogue"}).status_code == 403
    assert not Job.objects.exists()
    assert visitor.post("/en/desk/jobs/", {"do": "build", "build-subject": "programme commons"}).status_code == 400
    started = visitor.post("/en/desk/jobs/", {"do": "catalogue"})
    job = Job.objects.get()
    assert started.headers["Location"] == f"/en/desk/jobs/{job.key}/"
    assert visitor.get("/en/commons/entries/maritime-weather-logs/").status_code == 404
    outcome = RUNNERS["catalogue"].run(node, job, MagicMock())
    assert not outcome.failed
    assert {built["dataflow"] for built in outcome.result} == {"COMMONS_CATALOGUE", "COMMONS_OPENNESS"}
    assert visitor.get("/en/commons/entries/maritime-weather-logs/").status_code == 200


def test_reports_and_withdrawals(node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor) -> None:
    visitor.sign_in(person("kim"))
    about = "/en/commons/proposals/about/alps/"
    assert visitor.post(about, {"do": "report", "text": " "}).status_code == 400
    for do in ("report", "withdrawal"):
        assert visitor.post(about, {"do": do, "text": f"{do} of Alps"}).status_code == 302
    report, withdrawal = Proposal.objects.order_by("pk")
    decider = Visitor().sign_in(steward)
    assert decider.get("/en/desk/").headers["Location"] == "/en/commons/proposals/queue/"
    listed = decider.get("/en/commons/proposals/queue/?kind=report").content.decode()
    assert f"proposals/{report.pk}/" in listed
    assert f"proposals/{withdrawal.pk}/" not in listed
    assert send(decider, report.pk, "refuse", report.version).status_code == 409  # without a reason
    assert send(decider, report.pk, "accept", report.version, text="Mended.").status_code == 302
    assert find_state(node, "alps").entry is not None
    assert "your report" in Mail.objects.filter(to="kim@stat.example").latest("pk").text
    assert send(decider, withdrawal.pk, "accept", withdrawal.version).status_code == 302
    assert find_state(node, "alps").gone
    assert visitor.get(about).status_code == 410


def test_asked_back_answered_and_taken_back(
    node: Node, person: Callable[..., Person], steward: Person, visitor: Visitor
) -> None:
    visitor.sign_in(person("kim"))
    number = begin(visitor)
    fill(visitor, number)
    proposal = Proposal.objects.get(pk=number)
    send(visitor, number, "submit", proposal.version)
    decider = Visitor().sign_in(steward)
    send(decider, number, "ask-back", proposal.version + 1, text="Since when?")
    assert "Since when?" in Mail.objects.filter(to="kim@stat.example").latest("pk").text
    assert "Since when?" in visitor.get(f"/en/commons/proposals/{number}/edit/").content.decode()
    assert fill(visitor, number, **{"claim-year": "2021"}).status_code == 302
    assert send(visitor, number, "submit", proposal.version + 3, text="2021").status_code == 302
    assert send(visitor, number, "take-back", proposal.version + 4).status_code == 302
    assert send(decider, number, "accept", proposal.version + 4).status_code == 409
    assert Proposal.objects.get(pk=number).state == "taken-back"
    assert visitor.get(f"/en/commons/proposals/{number}/edit/").status_code == 302  # it is no draft any more
