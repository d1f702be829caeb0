"""Grants a role to a person for a scope, and ends it. One operator without an end date always remains."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language

from bongsu.core.errors import N_, BadInput, Missing, Refused, UnknownName, unknown_name
from bongsu.people.access import Actor, Role, Target, active_grants, roles
from bongsu.people.actions import act
from bongsu.people.models import Grant, Organisation, Person, RoleRule
from bongsu.people.words import name_kind, name_scope


class LastOperator(Refused):
    """The change would leave the node without an operator."""

    code = "last-operator"
    http_status = 409


# Further ways to check the id of a scope and to find what contains it; a room adds the kinds that it knows.
ScopeParents = Callable[[str], tuple[tuple[str, str], ...]]
ScopeTitles = Callable[[str], Mapping[str, str]]
_parents: dict[str, ScopeParents] = {}
_titles: dict[str, ScopeTitles] = {}


def register_scope(kind: str, parents: ScopeParents, titles: ScopeTitles) -> None:
    """Adds a kind of scope.

    `parents(id)` returns the scopes that contain it, and raises UnknownName for an unknown id. `titles(language)` returns the
    titles of all of them, by id.
    """
    _parents[kind], _titles[kind] = parents, titles


def list_scopes(kind: str, language: str) -> Mapping[str, str]:
    """Returns the titles of the scopes of a kind, by id, in a language. Those that the node lacks have none."""
    return _titles[kind](language) if kind in _titles else {}


def title_scope(kind: str, id: str, language: str) -> str:
    """Returns a scope in words with its title, such as “organisation Tide Institute”, or with its id if it has none."""
    return name_scope(kind, list_scopes(kind, language).get(id, id) if id else "", language)


def _organisation_parents(name: str) -> tuple[tuple[str, str], ...]:
    if not Organisation.objects.filter(name=name).exists():
        raise Missing(N_("The organisation “{name}” does not exist."), name=name[:64])
    return ()


def _node_parents(id: str) -> tuple[tuple[str, str], ...]:
    if id:
        raise BadInput(N_("A role for the whole node has no further scope."))
    return ()


register_scope("node", _node_parents, lambda language: {"": name_kind("node", language)})
register_scope(
    "organisation", _organisation_parents, lambda language: dict(Organisation.objects.values_list("name", "title"))
)


def find_role(name: str) -> Role:
    """Returns the role. Raises UnknownName."""
    if name not in roles():
        raise unknown_name(N_("role"), name, roles())
    return roles()[name]


def target_of_scope(role: str, kind: str, id: str) -> Target:
    """The role for a scope, as an object of actions. Raises BadInput if the role is not granted for this kind of scope."""
    row, language = find_role(role), get_language() or "en"
    if kind not in row.scopes or kind not in _parents:
        raise BadInput(
            N_("The role {role} is not granted for: {kind_name}."),
            fix=N_("It is granted for: {kinds}."),
            role=row.title.to(language),
            kind_name=name_kind(kind, language),
            kinds=", ".join(name_kind(one, language) for one in row.scopes),
        )
    return Target("role", f"{role} {kind} {id}".strip(), within=((kind, id), *_parents[kind](id)), role=role)


def grant_role(
    actor: Actor,
    person: Person,
    role: str,
    scope: tuple[str, str] = ("node", ""),
    until: datetime | None = None,
    why: str = "",
) -> Grant:
    """Grants a role, or changes its end. Raises BadInput, LastOperator, or Refused if the actor may not grant it."""
    target = target_of_scope(role, *scope)
    if until is not None and until <= timezone.now():
        raise BadInput(N_("The end of a role lies in the future."))
    with act(actor, "role.grant", target, why) as change:
        if not Person.objects.filter(pk=person.pk, is_active=True).exists():
            raise BadInput(N_("A person who cannot sign in gets no role."))
        grant = Grant.objects.filter(
            person=person, role=role, scope_kind=scope[0], scope_id=scope[1], ended=None
        ).first()
        if grant is None:
            grant = Grant(person=person, role=role, scope_kind=scope[0], scope_id=scope[1])
        else:
            change.before = describe_grant(grant)
        grant.until = until
        grant.save()
        change.after = describe_grant(grant)
        check_operator_remains()
    return grant


def end_grant(actor: Actor, grant: Grant, why: str = "") -> None:
    """Ends a role. Raises LastOperator, or Refused if the actor may neither grant the role nor holds it."""
    try:
        target = target_of_scope(grant.role, grant.scope_kind, grant.scope_id)
    except (Missing, UnknownName):  # what the role was for is gone, such as a holding that was dropped
        target = Target("role", str(grant), within=((grant.scope_kind, grant.scope_id),), role=grant.role)
    target = target._replace(person=str(grant.person_id))
    with act(actor, "role.end", target, why) as change:
        row = Grant.locked(pk=grant.pk)
        change.before = describe_grant(row)
        if row.ended is None:
            row.ended = timezone.now()
            row.save(update_fields=["ended"])
        check_operator_remains()


def end_grants(person: Person, scope: tuple[str, str] | None = None) -> list[str]:
    """Ends the roles of a person, of one scope or all, inside an action. Returns what ended. Raises LastOperator."""
    grants = Grant.objects.filter(person=person, ended=None)
    if scope is not None:
        grants = grants.filter(scope_kind=scope[0], scope_id=scope[1])
    ended = [str(grant) for grant in grants]
    grants.update(ended=timezone.now())
    check_operator_remains()
    return ended


def check_operator_remains() -> None:
    """Raises LastOperator if operators exist, but none of them can sign in and holds the role without an end."""
    operators = Grant.objects.filter(role="operator", scope_kind="node")
    if operators.exists() and not operators.filter(active_grants(), until=None).exists():
        raise LastOperator(
            N_("The node would be left without an operator."), fix=N_("Make another person an operator first.")
        )


def require_two_steps(actor: Actor, role: str, required: bool) -> None:
    """Rules whether the holders of a role must sign in with a second step on this node."""
    find_role(role)
    with act(actor, "role.require-two-step") as change:
        row = RoleRule.objects.filter(role=role).first() or RoleRule(role=role)
        change.id = role
        change.before = None if row.pk is None else {"two_step": row.two_step}
        row.two_step = required
        row.save()
        change.after = {"two_step": required}


def describe_grant(grant: Grant) -> dict[str, str | None]:
    """Returns a grant as the audit tells it."""
    return {
        "person": str(grant.person_id),
        "role": grant.role,
        "scope": f"{grant.scope_kind} {grant.scope_id}".strip(),
        "until": grant.until.isoformat() if grant.until else None,
    }


def holders(role: str, *scopes: tuple[str, str]) -> list[Person]:
    """Returns the people who hold a role for one of the scopes, and can sign in."""
    grants = Grant.objects.filter(active_grants(), role=role).exclude(person__email=None).select_related("person")
    return list({grant.person: None for grant in grants.order_by("pk") if (grant.scope_kind, grant.scope_id) in scopes})
