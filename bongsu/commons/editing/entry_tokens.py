"""Which tokens may change entries: those of their organisation, or all. A person who may review entries permits it.

A manager issues tokens of her organisation by herself; what such a token writes is published without review, so that it needs
this permission too.
"""

from __future__ import annotations

from bongsu.commons.models import EntryToken
from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.people.models import Organisation, Token
from bongsu.people.organisations import target_of_organisation

WRITER = "entry-writer"  # the relation in access.csv
NONE, OWN, ALL = "none", "own", "all"
ENTRIES = {NONE: N_("none"), OWN: N_("those of its organisation"), ALL: N_("all")}


def may_write(actor: Actor, target: Target) -> bool:
    """Whether a token may change the entry `target`."""
    if not actor.token:
        return False
    permitted: EntryToken | None = EntryToken.objects.filter(
        token__hint=actor.token, token__organisation__name=actor.organisation, token__revoked=None
    ).first()
    return permitted is not None and (permitted.all_entries or actor.organisation == target.organisation)


def target_of_permission(organisation: Organisation) -> Target:
    """The entries of an organisation, as the object of a permission; stewards of the programme decide about it too."""
    return target_of_organisation(organisation)._replace(within=(("programme", "commons"),))


def permit_token(actor: Actor, hint: str, entries: str = OWN, why: str = "") -> None:
    """Rules which entries the token that starts with `hint` may change: a key of ENTRIES. Raises BadInput, Refused."""
    if entries not in ENTRIES:
        raise unknown_name(N_("choice"), entries, ENTRIES)
    token = _find(hint)
    permitted = EntryToken.objects.filter(token=token).first()
    with act(actor, "entry.permit-token", target_of_permission(token.organisation), why) as change:
        change.before = {"token": token.hint, "entries": name_permission(permitted)}
        if entries == NONE:
            EntryToken.objects.filter(token=token).delete()
        else:
            permitted = permitted or EntryToken(token=token)
            permitted.all_entries = entries == ALL
            permitted.save()
        change.after = {"token": token.hint, "entries": entries}


def name_permission(permitted: EntryToken | None) -> str:
    """Returns the key of ENTRIES for a stored permission."""
    if permitted is None:
        return NONE
    return ALL if permitted.all_entries else OWN


def _find(hint: str) -> Token:
    found: list[Token] = list(
        Token.objects.select_related("organisation").filter(hint__startswith=hint, revoked=None)[:2]
    )
    if not hint or len(found) != 1:
        raise BadInput(N_("No active token, or more than one, starts with “{hint}”."), hint=hint[:12])
    return found[0]
