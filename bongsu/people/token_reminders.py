"""Reminders of tokens that expire: one mail for every token, to those who can make a new one."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext, override

from bongsu.core.errors import N_
from bongsu.people.access import active_grants
from bongsu.people.models import Grant, Person, Token
from bongsu.people.outbox import put_mail

AHEAD = timedelta(days=14)

_SUBJECT = N_("A token of {organisation} expires on {date}")
_TEXT = N_(
    "The token {hint}… ({purpose}), with which {organisation} sends reports to {node}, expires on {date}. Reports with it are "
    "refused from then on.\n\nMake a new token, and revoke this one when it is no longer used."
)


def remind_of_tokens(node: str, now: datetime) -> int:
    """Writes a mail about every token that expires within 14 days, once. Returns the number of tokens.

    It goes to the managers of the organisation, or to the operators if it has none.
    """
    expiring = Token.objects.filter(
        expires__gt=now, expires__lte=now + AHEAD, revoked=None, reminded=None, organisation__active=True
    )
    return sum(_remind(key, node, now) for key in list(expiring.values_list("pk", flat=True)))


def _remind(key: int, node: str, now: datetime) -> bool:
    with transaction.atomic():
        token = Token.locked(pk=key)
        people = _managers(token) or _operators()
        if token.reminded or not people:
            return False
        for person in people:
            _write(person, token, node)
        token.reminded = now
        token.save(update_fields=["reminded"])
    return True


def _write(person: Person, token: Token, node: str) -> None:
    language = person.language or "en"
    values = {
        "hint": token.hint,
        "purpose": token.purpose or "—",
        "organisation": token.organisation.title,
        "node": node,
        "date": f"{token.expires:%Y-%m-%d}",
    }
    with override(language):
        put_mail(str(person.email), gettext(_SUBJECT).format(**values), gettext(_TEXT).format(**values), language)


def _managers(token: Token) -> list[Person]:
    return _holders(Q(role="manager", scope_kind="organisation", scope_id=token.organisation.name))


def _operators() -> list[Person]:
    return _holders(Q(role="operator", scope_kind="node"))


def _holders(grant: Q) -> list[Person]:
    grants = Grant.objects.filter(active_grants(), grant).exclude(person__email=None)
    return list(Person.objects.filter(pk__in=grants.values("person")).order_by("pk"))
