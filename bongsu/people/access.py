"""Who may do what: the tables access.csv and roles.csv of all rooms, as predicates by `rules`. What no row allows is refused.

A row of access.csv allows an action on a kind of object to those named in `who`: a role (roles.csv), held for a scope that
contains the object, or a relation (RELATIONS). A room adds its own rows in its folder `tables`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

import rules
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language

from bongsu.core.errors import N_, Refused
from bongsu.core.text import Text
from bongsu.people.models import Affiliation, Grant, Person, RoleRule
from bongsu.people.room_tables import read_room_tables
from bongsu.people.words import name_action

NODE = ("node", "")


class SignInFirst(Refused):
    """The action needs a person or a token, and the request has none."""

    code = "sign-in-first"
    http_status = 401


class SecondStepNeeded(Refused):
    """The role that permits the action demands a sign-in with a second step."""

    code = "second-step-needed"


class Target(NamedTuple):
    """What an action concerns: an object, the scopes that contain it, and the person or organisation it belongs to."""

    kind: str
    id: str = ""
    within: tuple[tuple[str, str], ...] = ()
    person: str = ""
    organisation: str = ""
    role: str = ""

    @property
    def scopes(self) -> tuple[tuple[str, str], ...]:
        """The object and what contains it, up to the node."""
        return ((self.kind, self.id), *self.within, NODE)


NODE_TARGET = Target("node")


@dataclass(frozen=True)
class Actor:
    """Who acts, as the audit names it: a signed-in person, an organisation's token, the command, a duty, or nobody.

    `trusted` is the command on the node's own machine, and a duty: they may do everything, for who runs them can read and
    write all files of the node. `two_step` says that the person signed in with a second step or a passkey.
    """

    name: str
    person: Person | None = None
    organisation: str = ""
    token: str = ""  # the first characters of the token
    two_step: bool = False
    trusted: bool = False

    @classmethod
    def of_person(cls, person: Person, two_step: bool = False) -> Actor:
        """A person who signed in."""
        return cls(f"person {person.pk}", person, two_step=two_step)

    @classmethod
    def of_token(cls, hint: str, organisation: str) -> Actor:
        """A machine of an organisation."""
        return cls(f"token {hint}", organisation=organisation, token=hint)

    @classmethod
    def of_command(cls, user: str) -> Actor:
        """The command, run by the user of the operating system named `user`."""
        return cls(f"command {user}", trusted=True)

    @classmethod
    def of_duty(cls, duty: str) -> Actor:
        """A duty of `bongsu tend`."""
        return cls(f"duty {duty}", trusted=True)


NOBODY = Actor("nobody")


class Role(NamedTuple):
    """A row of roles.csv. `scopes` are the kinds of object it can be granted for, `granted_by` the roles that may do so."""

    name: str
    scopes: tuple[str, ...]
    granted_by: tuple[str, ...]
    two_step: bool
    title: Text
    help: Text


class Row(NamedTuple):
    """A row of access.csv."""

    action: str
    kind: str
    who: tuple[str, ...]


@lru_cache(maxsize=1)
def roles() -> Mapping[str, Role]:
    """Returns every role, by its name."""
    return MappingProxyType(
        {
            row["role"]: Role(
                row["role"],
                tuple(row["scopes"].split()),
                tuple(row["granted_by"].split()),
                row["two_step"] == "yes",
                Text.from_row(row, where=row["role"]),
                Text.from_row(row, "help_", where=row["role"]),
            )
            for row in read_room_tables("roles.csv")
        }
    )


@lru_cache(maxsize=1)
def access_rows() -> tuple[Row, ...]:
    """Returns the rows of access.csv of every room."""
    return tuple(Row(row["action"], row["object"], tuple(row["who"].split())) for row in read_room_tables("access.csv"))


def kind_of_action(action: str) -> str:
    """Returns the kind of object that an action of access.csv is about."""
    return _kinds()[action]


@lru_cache(maxsize=1)
def _kinds() -> Mapping[str, str]:
    return MappingProxyType({row.action: row.kind for row in access_rows()})


def active_grants() -> Q:
    """Returns the condition of the grants that are in force now."""
    return Q(ended=None) & (Q(until=None) | Q(until__gt=timezone.now())) & Q(person__is_active=True)


def demands_two_steps(role: str) -> bool:
    """Whether a role demands a second step at sign-in: as this node rules, else as roles.csv says."""
    rule = RoleRule.objects.filter(role=role).first()
    return roles()[role].two_step if rule is None else rule.two_step


def holds(actor: Actor, role: str, scopes: Iterable[tuple[str, str]]) -> bool:
    """Whether the actor holds a role for one of the scopes.

    Raises SecondStepNeeded if she does, but signed in with one step where the role demands two.
    """
    if actor.person is None:
        return False
    held = Grant.objects.filter(active_grants(), person=actor.person, role=role).values_list("scope_kind", "scope_id")
    if not set(held) & set(scopes):
        return False
    if not actor.two_step and demands_two_steps(role):
        raise _ask_for_second_step()
    return True


def _ask_for_second_step() -> SecondStepNeeded:
    return SecondStepNeeded(
        N_("Your role demands a sign-in with a second step."),
        fix=N_("Add a passkey or an authenticator app to your account, and sign in again."),
    )


def _is_member(actor: Actor, target: Target) -> bool:
    if not target.organisation or actor.person is None:
        return False
    return Affiliation.objects.filter(
        person=actor.person, organisation__name=target.organisation, organisation__active=True, until=None
    ).exists()


def _may_grant(actor: Actor, target: Target) -> bool:
    role = roles().get(target.role)
    return role is not None and any(holds(actor, name, target.scopes) for name in role.granted_by)


Relation = Callable[[Actor, Target], bool]
# Relations of an actor to an object that a row may name beside the roles.
RELATIONS: dict[str, Relation] = {
    "anyone": lambda actor, target: True,
    "signed-in": lambda actor, target: actor.person is not None,
    "self": lambda actor, target: actor.person is not None and str(actor.person.pk) == target.person,
    "member": _is_member,
    "granter": _may_grant,
    "machine": lambda actor, target: bool(actor.organisation) and actor.organisation == target.organisation,
}


def register_relation(name: str, holds: Relation) -> None:
    """Adds a relation that rows of access.csv may name; a room adds those that it knows, when it is set up."""
    RELATIONS[name] = holds


def _relation(name: str) -> Relation:
    return RELATIONS.get(name) or (lambda actor, target: holds(actor, name, target.scopes))


@lru_cache(maxsize=1)
def _rules() -> rules.RuleSet:
    ruled = rules.RuleSet()
    for row in access_rows():
        allowed = rules.predicate(_relation(row.who[0]), name=row.who[0])
        for name in row.who[1:]:
            allowed |= rules.predicate(_relation(name), name=name)
        ruled.add_rule(row.action, rules.predicate(lambda actor, target: actor.trusted) | allowed)
    return ruled


def may(actor: Actor, action: str, target: Target = NODE_TARGET) -> bool:
    """Whether an actor may do an action on an object; False also if only a second step at sign-in is missing."""
    try:
        return _is_allowed(actor, action, target)
    except SecondStepNeeded:
        return False


def require(actor: Actor, action: str, target: Target = NODE_TARGET) -> None:
    """Raises SignInFirst if nobody acts, SecondStepNeeded, or Refused if the actor may not do the action."""
    if not _is_allowed(actor, action, target):
        raise _refuse(actor, action)


def require_somewhere(actor: Actor, action: str) -> None:
    """Raises as `require` does, unless the actor holds a role of the action's row for any scope: some object is open to her.

    For pages that list objects; which of them are listed is judged object by object. Relations of the row do not count.
    """
    row = next(row for row in access_rows() if row.action == action)
    if row.kind == "node":
        return require(actor, action)
    if actor.trusted:
        return None
    held = Grant.objects.filter(active_grants(), person=actor.person, role__in=row.who) if actor.person else ()
    names = {grant.role for grant in held}
    if not names:
        raise _refuse(actor, action)
    if not actor.two_step and all(map(demands_two_steps, names)):
        raise _ask_for_second_step()
    return None


def _refuse(actor: Actor, action: str) -> Refused:
    if actor is NOBODY:
        return SignInFirst(N_("Sign in first."), fix=N_("This needs an account on the node."))
    return Refused(
        N_("You may not do this: {action}."),
        fix=N_("Ask an operator of the node for the role that permits it."),
        action=name_action(action, get_language() or "en"),
    )


def _is_allowed(actor: Actor, action: str, target: Target) -> bool:
    if _kinds().get(action) != target.kind:  # a defect of the code, found by tests
        raise RuntimeError(f"access.csv has no row for {action} on {target.kind}")
    return bool(_rules().test_rule(action, actor, target))
