"""Issues tokens, finds their owners, and revokes them. A token is shown once, when it is issued."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from bongsu.core.errors import N_, BadInput, Missing, Refused
from bongsu.web.accounts.models import Organisation, Token

PREFIX = "bongsu_"  # lets secret scanners recognise a leaked token
_HINT = len(PREFIX) + 4


class WrongToken(Refused):
    """The token is unknown, revoked or expired; the error does not say which."""

    code = "wrong-token"
    http_status = 401


def ensure_organisation(name: str, title: str = "") -> Organisation:
    """Returns the organisation called `name`, created if necessary. Raises BadInput for a name not usable in a URL."""
    made = Organisation(name=name, title=title or name)
    try:
        made.clean_fields()
    except ValidationError:
        raise BadInput(
            N_("“{name}” is not a valid name for an organisation."),
            fix=N_("Use small letters, digits, dots and hyphens, 64 at most, a letter or digit first."),
            name=name,
        ) from None
    found, _ = Organisation.objects.get_or_create(name=name, defaults={"title": made.title})
    return found


def organisation_titles() -> dict[str, str]:
    """Returns the display name of every organisation, by its short name."""
    return dict(Organisation.objects.values_list("name", "title"))


def issue_token(owner: Organisation, purpose: str = "", days: int | None = None) -> tuple[Token, str]:
    """Creates a token valid for `days` (None: until revoked). Returns it and its secret text, which is not stored."""
    expires = None if days is None else timezone.now() + timedelta(days=days)
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token.objects.create(
        organisation=owner, purpose=purpose, digest=_digest(secret), hint=secret[:_HINT], expires=expires
    )
    return token, secret


def find_owner(secret: str) -> Organisation:
    """Returns the owner of a token. Raises WrongToken, without repeating the text."""
    token = Token.objects.select_related("organisation").filter(digest=_digest(secret), revoked=None).first()
    if token is None or not token.organisation.active or (token.expires and token.expires <= timezone.now()):
        raise WrongToken(
            N_("This token is not accepted."), fix=N_("Ask the node's operator for a new one (bongsu token).")
        )
    return token.organisation


@transaction.atomic
def revoke_token(hint: str) -> Token:
    """Revokes the token that starts with `hint`. Raises Missing if there is none, BadInput if there are several."""
    found = list(Token.objects.select_for_update().filter(hint__startswith=hint, revoked=None)) if hint else []
    if not found:
        raise Missing(N_("No active token starts with “{hint}”."), hint=hint[:_HINT])
    if len(found) > 1:
        raise BadInput(N_("Several tokens start with “{hint}”."), hint=hint[:_HINT])
    found[0].revoked = timezone.now()
    found[0].save(update_fields=["revoked"])
    return found[0]


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
