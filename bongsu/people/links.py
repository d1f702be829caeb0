"""Links that work once: 256 random bits, of which only the SHA-256 is stored, and an end.

A link is used by a POST, never by a GET, since mail programs open links by themselves.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Any

from django.utils import timezone

from bongsu.core.errors import N_, Refused
from bongsu.people.models import Link

# How long a link works, by its purpose.
LASTS = {
    "sign-in": timedelta(minutes=20),
    "first-operator": timedelta(days=2),
    "invitation": timedelta(days=14),
    "team": timedelta(days=7),
    "reviewer": timedelta(days=14),
}


class LinkEnded(Refused):
    """The link is unknown, used, or too old; the error does not say which."""

    code = "link-ended"
    http_status = 410


def make_link(purpose: str, address: str = "", **data: Any) -> tuple[Link, str]:
    """Returns a new link and its secret text, which is not stored."""
    secret = secrets.token_urlsafe(32)
    expires = timezone.now() + LASTS[purpose]
    return Link.objects.create(
        purpose=purpose, digest=digest_secret(secret), address=address, data=data, expires=expires
    ), secret


def find_link(secret: str, purpose: str) -> Link:
    """Returns the link, which stays usable. Raises LinkEnded."""
    link = Link.objects.filter(
        digest=digest_secret(secret), purpose=purpose, used=None, expires__gt=timezone.now()
    ).first()
    if link is None:
        raise _ended()
    return link


def use_link(secret: str, purpose: str) -> Link:
    """Returns the link and ends it; of two requests at once, one gets it. Raises LinkEnded."""
    link = find_link(secret, purpose)
    if not Link.objects.filter(pk=link.pk, used=None).update(used=timezone.now()):
        raise _ended()
    return link


def withdraw_links(purpose: str, address: str) -> None:
    """Ends the links of a purpose that were sent to an address."""
    Link.objects.filter(purpose=purpose, address=address, used=None).update(used=timezone.now())


def delete_ended_links() -> int:
    """Deletes links that ended more than a day ago. Returns how many."""
    return Link.objects.filter(expires__lt=timezone.now() - timedelta(days=1)).delete()[0]


def _ended() -> LinkEnded:
    return LinkEnded(
        N_("This link has ended: it works once, and for a short time."), fix=N_("Ask for a new one where you got it.")
    )


def digest_secret(secret: str) -> str:
    """Returns what is stored of a secret with 256 random bits: its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()
