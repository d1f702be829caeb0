"""Issues tokens, finds their owners, and revokes them. A token is shown once, when it is issued."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.utils import timezone

from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.links import digest_secret
from bongsu.people.models import Organisation, Token
from bongsu.people.organisations import target_of_organisation

PREFIX = "bongsu_"  # lets secret scanners recognise a leaked token
_HINT = len(PREFIX) + 4


class WrongToken(Refused):
    """The token is unknown, revoked or expired; the error does not say which."""

    code = "wrong-token"
    http_status = 401


def issue_token(actor: Actor, owner: Organisation, purpose: str = "", days: int | None = None) -> tuple[Token, str]:
    """Creates a token valid for `days` (None: until revoked). Returns it and its secret text, which is not stored."""
    expires = None if days is None else timezone.now() + timedelta(days=days)
    secret = _draw_secret()
    token = Token(
        organisation=owner, purpose=purpose[:200], digest=digest_secret(secret), hint=secret[:_HINT], expires=expires
    )
    with act(actor, "token.issue", target_of_organisation(owner)) as change:
        token.save(force_insert=True)
        change.after = {"token": token.hint, "purpose": purpose, "expires": expires and expires.isoformat()}
    return token, secret


def _draw_secret() -> str:
    """Returns a new secret whose first characters, by which people name it, belong to no other token."""
    while True:
        secret = PREFIX + secrets.token_urlsafe(32)
        if not Token.objects.filter(hint=secret[:_HINT]).exists():
            return secret


def find_token(secret: str) -> Token:
    """Returns the token with its owner. Raises WrongToken, without repeating the text."""
    token: Token | None = (
        Token.objects.select_related("organisation").filter(digest=digest_secret(secret), revoked=None).first()
    )
    if token is None or not token.organisation.active or (token.expires and token.expires <= timezone.now()):
        raise WrongToken(
            N_("This token is not accepted."), fix=N_("Ask the node's operator for a new one (bongsu token).")
        )
    return token


def revoke_token(actor: Actor, hint: str, why: str = "") -> Token:
    """Revokes the token that starts with `hint`. Raises Missing if there is none, BadInput if there are several."""
    found = (
        list(Token.objects.filter(hint__startswith=hint, revoked=None).select_related("organisation")) if hint else []
    )
    if not found:
        raise Missing(N_("No active token starts with “{hint}”."), hint=hint[:_HINT])
    if len(found) > 1:
        raise BadInput(N_("Several tokens start with “{hint}”."), hint=hint[:_HINT])
    return end_token(actor, found[0], why)


def end_token(actor: Actor, token: Token, why: str = "") -> Token:
    """Revokes a token; one that was revoked keeps its time. Raises Refused."""
    with act(actor, "token.revoke", target_of_organisation(token.organisation), why) as change:
        token = Token.locked(pk=token.pk)
        token.revoked = token.revoked or timezone.now()
        token.save(update_fields=["revoked"])
        change.before = {"token": token.hint}
    return token
