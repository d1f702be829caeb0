"""Withdrawing a release: who may, what the audit and the journal say, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

import pytest

from bongsu.core.errors import BadInput, Refused, UnknownName
from bongsu.core.reason import Reason
from bongsu.people.access import Actor, require_somewhere
from bongsu.people.granting import end_grant, require_two_steps
from bongsu.people.models import AuditLine, Grant, Person
from bongsu.web import middleware
from bongsu.web.withdrawing import foresee_withdrawal, withdraw_release
from tests.people.conftest import COMMAND, failing_commits
from tests.store.drafts import draft, rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def released(site: None) -> None:
    """Two releases of TEST_FLOW, a dataflow of the programme `test`, which no package of this machine has."""
    middleware.open_node().releases.seal(draft())
    middleware.open_node().releases.seal(draft(rows(4)))


def test_the_audit_and_the_journal_say_who_and_why(operator: Person) -> None:
    node = middleware.open_node()
    actor = Actor.of_person(operator)
    release = withdraw_release(actor, node, "TEST_FLOW", 2, Reason("a unit was wrong"))
    assert release.withdrawal is not None
    line = AuditLine.objects.latest("number")
    assert (line.actor, line.action, line.object_kind, line.object_id, line.why) == (
        *(actor.name, "release.withdraw", "dataflow", "TEST_FLOW"),
        "a unit was wrong",
    )
    assert line.after == {"release": 2, "withdrawn": release.withdrawal.at}
    written = list(node.journal.lines())[-1]
    assert (written.event, written.subject) == ("withdrawn", "TEST_FLOW 2")
    assert written.detail == {"reason": "a unit was wrong", "by": actor.name}
    assert foresee_withdrawal(node, release).current == node.releases.get("TEST_FLOW", 1)
    with pytest.raises(BadInput, match="already"):
        withdraw_release(actor, node, "TEST_FLOW", 2, Reason("again"))
    assert AuditLine.objects.latest("number") == line


@pytest.mark.django_db(transaction=True)
def test_a_commit_that_fails_withdraws_nothing() -> None:
    node = middleware.open_node()
    with failing_commits():
        withdraw_release(COMMAND, node, "TEST_FLOW", 2, Reason("a unit was wrong"))
    assert node.releases.current("TEST_FLOW").number == 2
    assert not list(node.root.glob("withdrawals/**/*.json"))
    assert [line.event for line in node.journal.lines()] == ["created", "sealed", "sealed"]
    assert not AuditLine.objects.exists()
    assert withdraw_release(COMMAND, node, "TEST_FLOW", 2, Reason("a unit was wrong")).withdrawal


def test_only_who_holds_a_role_for_the_dataflow_may(person: Callable[..., Person]) -> None:
    node = middleware.open_node()
    for name, role, allowed in (
        ("auditor", "auditor", False),
        ("other", "editor dataflow GRID_INTENSITY", False),
        ("programme", "editor programme energy", False),
        ("own", "editor dataflow TEST_FLOW", True),
    ):
        actor = Actor.of_person(person(name, role))
        with pytest.raises(Refused) if name == "auditor" else nullcontext():
            require_somewhere(actor, "release.withdraw")
        if allowed:
            withdraw_release(actor, node, "TEST_FLOW", 1, Reason("wrong"))
        else:
            with pytest.raises(Refused):
                withdraw_release(actor, node, "TEST_FLOW", 1, Reason("wrong"))
    assert [one.number for one in node.releases.all("TEST_FLOW") if one.withdrawal] == [1]


def test_scopes_are_what_the_node_has(person: Callable[..., Person]) -> None:
    for wrong in ("editor dataflow NOWHERE", "editor programme nowhere", "custodian holding nowhere"):
        with pytest.raises(UnknownName):
            person("lee", wrong)
    assert not Grant.objects.exists()
    lee = person("lee", "editor programme energy")
    require_two_steps(COMMAND, "editor", True)
    with pytest.raises(Refused, match="second step"):
        require_somewhere(Actor.of_person(lee), "dataflow.see")
    require_somewhere(Actor.of_person(lee, two_step=True), "dataflow.see")


def test_a_role_for_what_is_gone_can_be_ended(person: Callable[..., Person], operator: Person) -> None:
    from bongsu.people.actions import act

    lee = person("lee")
    with act(COMMAND, "role.list"):
        grant = Grant(person=lee, role="custodian", scope_kind="holding", scope_id="dropped")
        grant.save()
    end_grant(Actor.of_person(operator), grant)
    assert not Grant.objects.filter(person=lee, ended=None).exists()
