"""The history of an entry, and the conflicts that a steward decides, as people see them."""

from __future__ import annotations

from typing import Any

import pytest

from bongsu.commons.editing.entry_state import current_entry, list_conflicts
from bongsu.commons.editing.revisions import save_entry, withdraw_entry
from bongsu.commons.models import EntryToken
from bongsu.people.access import Actor, Target, may
from bongsu.people.models import AuditLine
from bongsu.people.organisations import add_organisation
from bongsu.people.tokens import end_token, issue_token
from bongsu.store.node import Node
from tests.commons.editing.test_revisions import set_licence, ship, with_licence
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
CONFLICTS = "/en/desk/conflicts/"


def correct(node: Node, actor: Actor, licence: str) -> None:
    save_entry(node, actor, with_licence(current_entry(node, "bloom")[0], licence), why="read <b>it</b>")


@pytest.mark.parametrize(
    ("language", "field", "author"),
    [
        ("en", "Licence as declared", "a steward"),
        ("ko", "표시된 이용 허락", "공유자원 책임자"),
        ("fr", "Licence déclarée", "une personne intendante des communs"),
    ],
)
def test_the_history_says_who_when_why_and_what(
    node: Node, visitor: Visitor, person: Any, language: str, field: str, author: str
) -> None:
    steward = person("steward", "steward")
    correct(node, Actor.of_person(steward), "MIT")
    page = visitor.get(f"/{language}/commons/entries/bloom/history/").content.decode()
    assert 'id="revision-1"' in page
    assert field in page
    assert author in page
    assert "bigscience-bloom-rail-1.0" in page
    assert "read &lt;b&gt;it&lt;/b&gt;" in page
    assert "steward@" not in page
    assert str(steward.pk) not in page


def test_the_history_names_an_organisation_and_what_the_source_changed_since(node: Node, visitor: Visitor) -> None:
    add_organisation(COMMAND, "kaist", "KAIST, Daejeon")
    save_entry(
        node,
        Actor("command x", organisation="kaist", trusted=True),
        with_licence(current_entry(node, "bloom")[0], "MIT"),
    )
    ship(node, "bloom", set_licence("Apache-2.0"))
    page = visitor.get("/en/commons/entries/bloom/history/").content.decode()
    assert "KAIST, Daejeon" in page
    assert "a steward decides: Licence as declared." in page
    assert "its source changed: description (English)." in page


def test_the_history_of_a_withdrawn_and_of_no_entry(node: Node, visitor: Visitor) -> None:
    withdraw_entry(node, COMMAND, "bloom", why="not ours")
    page = visitor.get("/en/commons/entries/bloom/history/")
    assert page.status_code == 200
    assert "not ours" in page.content.decode()
    assert visitor.get("/en/commons/entries/no-such-entry/history/").status_code == 404


def test_a_steward_decides_a_conflict(node: Node, visitor: Visitor, person: Any) -> None:
    correct(node, COMMAND, "MIT")
    ship(node, "bloom", set_licence("Apache-2.0"))
    visitor.sign_in(person("steward", "steward"))
    page = visitor.get(CONFLICTS).content.decode()
    assert "BLOOM" in page
    assert "Apache-2.0" in page
    fingerprint = current_entry(node, "bloom")[1]
    form = {"entry": "bloom", "field": "claim/licence", "do": "take", "why": "as its page says"}
    late = visitor.post(CONFLICTS, {**form, "fingerprint": "0" * 32}, follow=True).content.decode()
    assert "changed by somebody else" in late
    assert list_conflicts(node)
    done = visitor.post(CONFLICTS, {**form, "fingerprint": fingerprint}, follow=True).content.decode()
    assert "Decided." in done
    assert "There is nothing to decide." in done
    assert current_entry(node, "bloom")[0].value("licence") == "Apache-2.0"


def test_nobody_else_decides(node: Node, visitor: Visitor, person: Any) -> None:
    correct(node, COMMAND, "MIT")
    ship(node, "bloom", set_licence("Apache-2.0"))
    form = {"entry": "bloom", "field": "claim/licence", "do": "take"}
    assert visitor.get(CONFLICTS).status_code == 302  # to sign in
    assert visitor.post(CONFLICTS, form).status_code in (302, 401)
    visitor.sign_in(person("citizen"))
    assert visitor.get(CONFLICTS).status_code == 403
    assert visitor.post(CONFLICTS, form).status_code == 403
    assert list_conflicts(node)


TOKENS = "/en/desk/entry-tokens/"


@pytest.mark.parametrize("scope", ["steward", "steward programme commons", "operator"])
def test_a_steward_permits_a_token_to_change_entries(node: Node, visitor: Visitor, person: Any, scope: str) -> None:
    token, _ = issue_token(COMMAND, add_organisation(COMMAND, "kaist", "KAIST"), "the register")
    machine = Actor.of_token(token.hint, "kaist")
    visitor.sign_in(person("permits", scope))
    page = visitor.get(TOKENS).content.decode()
    assert "the register" in page
    assert '<option value="none" selected>' in page
    for choice, entry, allowed in (("own", "kaist", True), ("own", "inria", False), ("all", "inria", True)):
        done = visitor.post(TOKENS, {"token": token.hint, "entries": choice, "why": "agreed"}, follow=True)
        assert f'<option value="{choice}" selected>' in done.content.decode()
        assert may(machine, "entry.save", Target("entry", "x", organisation=entry)) == allowed
    line = AuditLine.objects.filter(action="entry.permit-token").latest("number")
    assert (line.before, line.after, line.why) == (
        {"token": token.hint, "entries": "own"},
        {"token": token.hint, "entries": "all"},
        "agreed",
    )
    visitor.post(TOKENS, {"token": token.hint, "entries": "none"})
    assert not may(machine, "entry.save", Target("entry", "x", organisation="kaist"))


def test_a_token_that_is_not_accepted_is_not_listed_and_a_wrong_form_changes_nothing(
    node: Node, visitor: Visitor, person: Any
) -> None:
    kaist = add_organisation(COMMAND, "kaist", "KAIST")
    revoked, active = (issue_token(COMMAND, kaist)[0] for _ in range(2))
    end_token(COMMAND, revoked)
    visitor.sign_in(person("steward", "steward"))
    page = visitor.get(TOKENS).content.decode()
    assert active.hint in page
    assert revoked.hint not in page
    for token, entries in ((revoked.hint, "all"), ("", "all"), (active.hint, "every")):
        page = visitor.post(TOKENS, {"token": token, "entries": entries}, follow=True).content.decode()
        assert "Saved." not in page
    assert not EntryToken.objects.exists()


@pytest.mark.parametrize("role", ["manager organisation kaist", "editor", "steward programme energy"])
def test_nobody_else_permits_tokens(node: Node, visitor: Visitor, person: Any, role: str) -> None:
    token, _ = issue_token(COMMAND, add_organisation(COMMAND, "kaist", "KAIST"))
    visitor.sign_in(person("somebody", role))
    assert visitor.get(TOKENS).status_code == 403
    assert visitor.post(TOKENS, {"token": token.hint, "entries": "all"}).status_code == 403
    assert not EntryToken.objects.exists()
