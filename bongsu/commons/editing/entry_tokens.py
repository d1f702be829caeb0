"""Which tokens may change entries: those of their organisation, or all. A person who may review entries permits it.

A manager issues tokens of her organisation by herself; what such a token writes is published without review, so that it needs
this permission too.
"""

from __future__ import annotations

from bongsu.commons.models import EntryToken
from bongsu.core.errors import N_, BadInput
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.people.models import Token
from bongsu.people.organisations import target_of_organisation

WRITER = "entry-writer"  # the relation in access.csv


def may_write(actor: Actor, target: Target) -> bool:
    """Whether a token may change the entry `target`."""
    if not actor.token:
        return False
    permitted: EntryToken | None = EntryToken.objects.filter(
        token__hint=actor.token, token__organisation__name=actor.organisation, token__revoked=None
    ).first()
    return permitted is not None and (permitted.all_entries or actor.organisation == target.organisation)


def permit_token(actor: Actor, hint: str, *, all_entries: bool = False, why: str = "") -> EntryToken:
    """Lets the token that starts with `hint` change the entries of its organisation, or all. Raises BadInput, Refused."""
    token = _find(hint)
    with act(actor, "entry.permit-token", target_of_organisation(token.organisation), why) as change:
        permitted = EntryToken.objects.filter(token=token).first() or EntryToken(token=token)
        permitted.all_entries = all_entries
        permitted.save()
        change.after = {"token": token.hint, "entries": "all" if all_entries else "own"}
    return permitted


def forbid_token(actor: Actor, hint: str, why: str = "") -> None:
    """Ends the permission of the token that starts with `hint`. Raises BadInput, Refused."""
    token = _find(hint)
    with act(actor, "entry.permit-token", target_of_organisation(token.organisation), why) as change:
        EntryToken.objects.filter(token=token).delete()
        change.after = {"token": token.hint, "entries": "none"}


def _find(hint: str) -> Token:
    found: list[Token] = list(
        Token.objects.select_related("organisation").filter(hint__startswith=hint, revoked=None)[:2]
    )
    if not hint or len(found) != 1:
        raise BadInput(N_("No active token, or more than one, starts with “{hint}”."), hint=hint[:12])
    return found[0]
