"""The access table, row by row: each role and relation is allowed exactly what the tables say, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from bongsu.commons.editing.entry_tokens import permit_token
from bongsu.core.errors import BadInput, Missing, Refused, UnknownName
from bongsu.incubator.models import Application, Call, Member, Profile, Reviewer
from bongsu.network.peers import actor_of_peer
from bongsu.people.access import (
    NOBODY,
    RELATIONS,
    Actor,
    SecondStepNeeded,
    Target,
    access_rows,
    may,
    require,
    roles,
)
from bongsu.people.granting import LastOperator, end_grant, grant_role, require_two_steps
from bongsu.people.guarded import unlock
from bongsu.people.models import Grant, Person
from bongsu.people.organisations import add_organisation, find_organisation
from bongsu.people.persons import erase_person, set_person_active, target_of_person
from bongsu.people.tokens import issue_token
from bongsu.web.access import OBJECT, PUBLIC, routes
from tests.incubator.cast import NAME, make_call, make_person
from tests.people.conftest import COMMAND

pytestmark = pytest.mark.django_db
WHO = [*sorted(roles()), *sorted(RELATIONS)]


def _target(kind: str, owner: Person) -> Target:
    """An object of this kind that belongs to `owner`, the organisation kaist and the example of a call."""
    within = (("organisation", "kaist"), ("programme", "energy"), ("call", NAME))
    role = "manager" if kind == "role" else ""
    id_ = str(_application(owner).pk) if kind == "application" else "x"
    return Target(kind, id_, within, person=str(owner.pk), organisation="kaist", role=role)


def _call() -> Call:
    return Call.objects.filter(name=NAME).first() or make_call()


def _application(owner: Person) -> Application:
    """The application of the call, compared with all who could look at it."""
    now = timezone.now()
    with unlock():
        made, _ = Application.objects.get_or_create(
            number="X-1",
            defaults={
                "call": _call(),
                "round": _call().rounds.get(),
                "owner": owner,
                "created": now,
                "changed": now,
                "compared": now,
            },
        )
    return made


def _free(who: str, owner: Person) -> Actor:
    """Somebody who may look at the application, since she is on its team, or has a role and no conflict."""
    role = who.replace("free-", "call-")
    made = make_person("somebody", f"{role} call {NAME}") if role in roles() else make_person("somebody")
    now = timezone.now()
    with unlock():
        if who == "team-member":
            Member.objects.create(application=_application(owner), address="a@b.kr", person=made, invited=now)
        else:
            Profile.objects.create(person=made, answered=now, changed=now)
        if who == "free-reviewer":
            Reviewer.objects.create(call=_call(), address="a@b.kr", person=made, state="accepted", most=1, invited=now)
    return Actor.of_person(made, two_step=True)


def _actor(who: str, person: Callable[..., Person], owner: Person) -> Actor:
    """Somebody who is what `who` says, and nothing more."""
    if who in roles():
        scope = roles()[who].scopes[0]
        id_ = {"node": "", "organisation": "kaist", "programme": "energy", "call": NAME}[scope]
        return Actor.of_person(make_person("somebody", f"{who} {scope} {id_}" if id_ else who), two_step=True)
    if who == "self":
        return Actor.of_person(owner)
    if who == "member":
        from bongsu.people.actions import act
        from bongsu.people.organisations import add_member, target_of_organisation

        member = person("member")
        organisation = find_organisation("kaist")
        with act(COMMAND, "organisation.invite", target_of_organisation(organisation)):
            add_member(member, organisation)
        return Actor.of_person(member)
    if who == "granter":
        return Actor.of_person(person("granter", "manager organisation kaist"))
    if who == "team-member" or who.startswith("free-"):
        return _free(who, owner)
    if who == "machine":
        return Actor.of_token("bongsu_abcd", "kaist")
    if who == "entry-writer":
        token, _ = issue_token(COMMAND, find_organisation("kaist"))
        permit_token(COMMAND, token.hint)
        return Actor.of_token(token.hint, "kaist")
    if who == "the-peer":
        return actor_of_peer("x")
    return NOBODY if who == "anyone" else Actor.of_person(person("anybody"))


def _implied(who: str) -> set[str]:
    """What somebody is beside `who` by being it."""
    if who in ("anyone", "machine", "the-peer"):
        return {"anyone", who}
    if who == "entry-writer":
        return {"anyone", "machine", who}
    more = {"signed-in", "anyone", who}
    if who in ("operator", "manager"):
        more.add("granter")  # of the role `manager`
    if who == "granter":
        more.add("manager")
    if who in ("free-officer", "free-chair", "free-panel"):
        more.add(who.replace("free-", "call-"))
    if who == "call-officer":
        more.add("free-officer")
    return more


@pytest.mark.parametrize("who", WHO)
def test_the_table_decides(who: str, person: Callable[..., Person]) -> None:
    """Every row for one who: some thousand rows in all."""
    add_organisation(COMMAND, "kaist")
    owner = person("owner")
    _application(owner)
    actor = _actor(who, person, owner)
    allowed = {row.action for row in access_rows() if may(actor, row.action, _target(row.kind, owner))}
    assert allowed == {row.action for row in access_rows() if _implied(who) & set(row.who)}


def test_a_role_counts_in_its_scope_only(person: Callable[..., Person]) -> None:
    add_organisation(COMMAND, "kaist")
    add_organisation(COMMAND, "inria")
    manager = Actor.of_person(person("lee", "manager organisation kaist"))
    assert may(manager, "token.issue", Target("organisation", "kaist", organisation="kaist"))
    assert not may(manager, "token.issue", Target("organisation", "inria", organisation="inria"))
    operator = Actor.of_person(person("kim", "operator"))
    assert may(operator, "token.issue", Target("organisation", "inria", organisation="inria"))


def test_rows_name_what_exists() -> None:
    actions = [row.action for row in access_rows()]
    assert len(set(actions)) == len(actions)
    for row in access_rows():
        assert set(row.who) <= {*roles(), *RELATIONS}, row
    for role in roles().values():
        assert set(role.granted_by) <= set(roles())


def test_an_action_that_the_table_lacks_is_a_defect() -> None:
    with pytest.raises(RuntimeError, match=r"access\.csv"):
        require(COMMAND, "node.explode")
    with pytest.raises(RuntimeError, match=r"access\.csv"):
        require(COMMAND, "audit.see", Target("person"))


def _list_routes(resolver: URLResolver) -> list[URLPattern]:
    found: list[URLPattern] = []
    for pattern in resolver.url_patterns:
        found += _list_routes(pattern) if isinstance(pattern, URLResolver) else [pattern]
    return found


def test_every_route_is_in_a_table_and_no_other() -> None:
    places: dict[str, set[object]] = {}
    for pattern in _list_routes(get_resolver()):
        view = getattr(pattern.callback, "view_class", pattern.callback)
        places.setdefault(pattern.name or f"{view.__module__}.{view.__qualname__}", set()).add(view)
    assert set(places) == set(routes())
    twice = {name: views for name, views in places.items() if len(views) > 1}
    assert set(twice) <= {"account_login"}  # our page stands before that of django-allauth
    assert set(routes().values()) <= {PUBLIC, OBJECT, *(row.action for row in access_rows())}


def test_an_end_date_ends_a_role(person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:
    lee = person("lee")
    now = timezone.now()
    grant_role(COMMAND, lee, "auditor", until=now + timedelta(days=1))
    assert may(Actor.of_person(lee), "audit.see")
    monkeypatch.setattr(timezone, "now", lambda: now + timedelta(days=1))
    assert not may(Actor.of_person(lee), "audit.see")
    with pytest.raises(BadInput, match="future"):
        grant_role(COMMAND, lee, "auditor", until=now)


def test_a_manager_grants_her_own_role_for_her_organisation_only(person: Callable[..., Person]) -> None:
    for name in ("kaist", "inria"):
        add_organisation(COMMAND, name)
    manager, lee = Actor.of_person(person("manager", "manager organisation kaist")), person("lee")
    grant_role(manager, lee, "manager", ("organisation", "kaist"))
    for role, scope in (("manager", ("organisation", "inria")), ("operator", ("node", "")), ("auditor", ("node", ""))):
        with pytest.raises(Refused):
            grant_role(manager, lee, role, scope)
    assert list(Grant.objects.filter(person=lee).values_list("role", "scope_id")) == [("manager", "kaist")]


@pytest.mark.parametrize(
    ("role", "scope", "error"),
    [
        ("operater", ("node", ""), UnknownName),
        ("operator", ("organisation", "kaist"), BadInput),
        ("operator", ("node", "x"), BadInput),
        ("manager", ("organisation", "nowhere"), Missing),
    ],
)
def test_a_scope_that_does_not_exist_is_refused(
    role: str, scope: tuple[str, str], error: type[Exception], person: Callable[..., Person]
) -> None:
    with pytest.raises(error):
        grant_role(COMMAND, person("lee"), role, scope)
    assert not Grant.objects.exists()


def test_the_last_operator_stays(person: Callable[..., Person], operator: Person) -> None:
    grant = Grant.objects.get(role="operator")
    me = Actor.of_person(operator)
    with pytest.raises(LastOperator):
        end_grant(me, grant)
    with pytest.raises(LastOperator):
        set_person_active(me, operator, False)
    with pytest.raises(LastOperator):
        erase_person(me, operator)
    with pytest.raises(LastOperator):  # an end date would leave the node alone later
        grant_role(me, operator, "operator", until=timezone.now() + timedelta(days=9))
    assert may(me, "role.list")
    second = person("second", "operator")
    end_grant(me, grant)
    assert not may(me, "role.list")
    assert may(Actor.of_person(second), "role.list")


def test_a_deactivated_person_holds_no_role(person: Callable[..., Person], operator: Person) -> None:
    lee = person("lee", "auditor")
    assert may(Actor.of_person(lee), "audit.see")
    set_person_active(Actor.of_person(operator), lee, False, "left")
    assert not may(Actor.of_person(lee), "audit.see")
    with pytest.raises(BadInput):
        grant_role(COMMAND, lee, "editor")


def test_a_role_may_demand_a_second_step(person: Callable[..., Person], operator: Person) -> None:
    auditor = person("lee", "auditor")
    require_two_steps(Actor.of_person(operator), "auditor", True)
    with pytest.raises(SecondStepNeeded):
        require(Actor.of_person(auditor), "audit.see")
    assert not may(Actor.of_person(auditor), "audit.see")
    require(Actor.of_person(auditor, two_step=True), "audit.see")
    require_two_steps(Actor.of_person(operator), "auditor", False)
    require(Actor.of_person(auditor), "audit.see")


def test_a_person_sees_herself_and_nobody_else(person: Callable[..., Person]) -> None:
    kim, lee = person("kim"), person("lee")
    assert may(Actor.of_person(kim), "person.see", target_of_person(kim))
    assert not may(Actor.of_person(kim), "person.see", target_of_person(lee))
