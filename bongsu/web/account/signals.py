"""Audit lines of what django-allauth changes: addresses, passkeys and authenticator apps, accounts at the provider."""

from __future__ import annotations

from typing import Any

from allauth.account.signals import email_added, email_changed, email_confirmed, email_removed
from allauth.mfa.signals import authenticator_added, authenticator_removed, authenticator_reset
from allauth.socialaccount.signals import social_account_added, social_account_removed
from django.db import transaction
from django.dispatch import Signal

from bongsu.people import audit
from bongsu.people.models import Person

# What an audit line says of each signal. It never has the address itself.
CHANGES: tuple[tuple[Signal, str], ...] = (
    (email_added, "address added"),
    (email_confirmed, "address confirmed"),
    (email_removed, "address removed"),
    (email_changed, "primary address changed"),
    (authenticator_added, "second step added"),
    (authenticator_removed, "second step removed"),
    (authenticator_reset, "second step renewed"),
    (social_account_added, "provider connected"),
    (social_account_removed, "provider disconnected"),
)


def _person_of(values: dict[str, Any]) -> Person:
    for key in ("user", "email_address", "social_account", "sociallogin"):
        if key in values:
            found = getattr(values[key], "user", values[key])
            if isinstance(found, Person):
                return found
    raise RuntimeError(f"a signal without a person: {sorted(values)}")


def _receiver(change: str) -> Any:
    def receive(sender: Any, **values: Any) -> None:
        person = _person_of(values)
        with transaction.atomic():
            audit.append(f"person {person.pk}", "person.change", "person", str(person.pk), after={"changed": [change]})

    return receive


def connect_signals() -> None:
    """Connects every signal of the table, once."""
    for signal, change in CHANGES:
        signal.connect(_receiver(change), weak=False, dispatch_uid=f"bongsu audit {change}")
