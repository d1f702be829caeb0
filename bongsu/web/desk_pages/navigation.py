"""The pages of the desk, and which of them somebody may open."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from django.db import DatabaseError
from django.urls import reverse

from bongsu.core.errors import N_, Refused
from bongsu.people.access import (
    Actor,
    Target,
    access_rows,
    active_grants,
    kind_of_action,
    require,
    require_somewhere,
    roles,
)
from bongsu.people.models import Grant, Organisation


class Page(NamedTuple):
    """A page of the desk: its title, the name of its URL, and the action that opens it, on some object.

    `scope`: the action is judged on the objects of this scope, so that a role for another one does not open the page.
    """

    title: str
    route: str
    action: str
    scope: tuple[str, str] | None = None

    def require(self, actor: Actor) -> None:
        """Raises Refused, SecondStepNeeded or SignInFirst unless the page is open to the actor."""
        if self.scope is None:
            return require_somewhere(actor, self.action)
        return require(actor, self.action, Target(kind_of_action(self.action), within=(self.scope,)))

    def is_open(self, actor: Actor) -> bool:
        """Whether the page is open to the actor."""
        try:
            self.require(actor)
        except Refused:
            return False
        return True


_COMMONS = ("programme", "commons")


PAGES = (
    Page(N_("State"), "desk-state", "node.see"),
    Page(N_("Dataflows"), "desk-flows", "dataflow.see"),
    Page(N_("Proposals"), "proposal-queue", "proposal.list", _COMMONS),
    Page(N_("Conflicts of entries"), "entry-conflicts", "entry.decide", _COMMONS),
    Page(N_("Programs that change entries"), "entry-tokens", "entry.permit-token", _COMMONS),
    Page(N_("Duties"), "desk-duties", "node.see"),
    Page(N_("Microdata"), "desk-holdings", "holding.see"),
    Page(N_("People"), "desk-people", "person.list"),
    Page(N_("Organisations"), "desk-organisations", "organisation.list"),
    Page(N_("Roles"), "desk-roles", "role.list"),
    Page(N_("Peers"), "desk-peers", "peer.list"),
    Page(N_("Questions to other nodes"), "desk-asked", "question.follow"),
    Page(N_("Questions of other nodes"), "desk-received", "question.see"),
    Page(N_("Agreements about questions"), "desk-agreements", "question.agree"),
    Page(N_("Harvests"), "desk-harvests", "harvest.list", _COMMONS),
    Page(N_("Long actions"), "desk-jobs", "job.see"),
    Page(N_("Audit"), "desk-audit", "audit.see"),
    Page(N_("Ledger"), "credits-audit", "credits.audit"),
    Page(N_("Payback campaigns"), "credits-campaigns", "credits.see-campaigns"),
    Page(N_("Calls"), "desk-calls", "call.change"),
    Page(N_("Outbox"), "desk-outbox", "mail.list"),
    Page(N_("Site"), "desk-site", "site.change"),
    Page(N_("Settings"), "desk-settings", "node.see"),
    Page(N_("Disk use"), "desk-disk", "node.see"),
)
_ORGANISATION = "organisation.change"  # the action of who has a page of the desk for one organisation


@lru_cache(maxsize=1)
def _roles_with_a_page() -> frozenset[str]:
    actions = {_ORGANISATION, *(page.action for page in PAGES)}
    return frozenset(who for row in access_rows() if row.action in actions for who in row.who) & frozenset(roles())


def has_desk(actor: Actor) -> bool:
    """Whether a page of the desk may be open to the actor: one query for a person, none for anybody else."""
    if actor.person is None:
        return False
    try:
        return Grant.objects.filter(active_grants(), person=actor.person, role__in=_roles_with_a_page()).exists()
    except DatabaseError:  # the page that says so has a header too
        return False


def open_pages(actor: Actor) -> list[Page]:
    """Returns the pages that are open to the actor."""
    return [page for page in PAGES if page.is_open(actor)]


def organisation_pages(actor: Actor) -> list[tuple[str, str]]:
    """Returns title and address of each organisation for which the actor holds a role that opens its page."""
    if actor.person is None:
        return []
    held = Grant.objects.filter(
        active_grants(), person=actor.person, role__in=_roles_with_a_page(), scope_kind="organisation"
    ).values_list("scope_id", flat=True)
    return [
        (organisation.title, reverse("desk-organisation", args=(organisation.name,)))
        for organisation in Organisation.objects.filter(name__in=held).order_by("title")
    ]
