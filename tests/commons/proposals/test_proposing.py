"""A person proposes an entry, and a steward decides: on the pages, without JavaScript."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bongsu.commons.editing.entry_state import find_state
from bongsu.commons.models import Proposal
from bongsu.people.models import AuditLine, Mail, Person
from bongsu.store.node import Node
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
