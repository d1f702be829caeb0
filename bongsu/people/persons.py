"""Persons: made by the first use of a link, changed by themselves, invited, deactivated, exported and erased."""

from __future__ import annotations

import io
import json
import uuid
import zipfile
from collections.abc import Mapping
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.utils import timezone

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.core.languages import LANGUAGES
from bongsu.people import audit
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.people.addresses import normalise_address
from bongsu.people.granting import check_operator_remains, describe_grant, end_grants
from bongsu.people.models import AuditLine, Link, Mail, Person
from bongsu.people.personal_records import personal_records


def target_of_person(person: Person) -> Target:
    """The person as an object of actions."""
    return Target("person", str(person.pk), person=str(person.pk))


def find_person(text: str) -> Person:
    """Returns the person with this id or confirmed address. Raises Missing."""
    person = person_of_address(normalise_address(text)) if "@" in text else _person_by_id(text)
    if person is None:
        raise Missing(N_("No person on this node has the id or address “{text}”."), text=text[:80])
    return person


def _person_by_id(text: str) -> Person | None:
    try:
        person: Person | None = Person.objects.filter(pk=uuid.UUID(text)).first()
    except ValueError:
        return None
    return person


def person_of_address(address: str) -> Person | None:
    """Returns the person to whom a normalised address belongs: it was confirmed by her and by nobody since."""
    confirmed = EmailAddress.objects.filter(email=address, verified=True).select_related("user").first()
    return None if confirmed is None else confirmed.user


def confirmed_addresses(person: Person) -> list[str]:
    """Returns the person's confirmed addresses, the primary one first."""
    rows = EmailAddress.objects.filter(user=person, verified=True).order_by("-primary", "email")
    return list(rows.values_list("email", flat=True))


def ensure_person(actor: Actor, address: str, name: str = "", language: str = "") -> Person:
    """Returns the person of a normalised address that was just confirmed; makes her if there is none.

    Only what proves the address calls this: the use of a link sent to it, or the command.
    """
    person = Person(email=address, name=name[:120], languages=language)
    person.set_unusable_password()
    with transaction.atomic():
        audit.lock_head()  # of two requests at once, the second finds the person that the first made
        if found := person_of_address(address):
            return found
        with act(actor, "person.add") as change:
            EmailAddress.objects.filter(email=address, verified=False).delete()  # claims that nobody confirmed
            person.save(force_insert=True)
            EmailAddress.objects.create(user=person, email=address, verified=True, primary=True)
            change.id = str(person.pk)
    return person


def change_person(actor: Actor, person: Person, name: str, languages: str) -> None:
    """Changes the name and the languages (codes separated by spaces). Raises BadInput, Refused."""
    codes = languages.split()
    unknown = [code for code in codes if code not in LANGUAGES]
    if unknown or len(set(codes)) != len(codes):
        raise BadInput(N_("“{codes}” is not a list of languages of this node."), codes=languages[:60])
    if len(name.strip()) > 120 or not name.strip().isprintable():
        raise BadInput(N_("A name has 120 letters at most."))
    with act(actor, "person.change", target_of_person(person)) as change:
        row = Person.locked(pk=person.pk)
        changed = [
            field
            for field, value in (("name", name.strip()), ("languages", " ".join(codes)))
            if getattr(row, field) != value
        ]
        row.name, row.languages = name.strip(), " ".join(codes)
        row.save(update_fields=["name", "languages"])
        change.after = {"changed": changed}  # not the values: the audit has no personal data


def set_person_active(actor: Actor, person: Person, active: bool, why: str = "") -> None:
    """Deactivates a person, or takes her back. Her sessions end at once. Raises LastOperator, Refused."""
    with act(actor, "person.deactivate", target_of_person(person), why) as change:
        row = Person.locked(pk=person.pk)
        if row.erased:
            raise BadInput(N_("This person was erased."))
        change.before, change.after = {"is_active": row.is_active}, {"is_active": active}
        row.is_active = active
        row.save(update_fields=["is_active"])
        if not active:
            end_sessions(row)
        check_operator_remains()


def end_sessions(person: Person) -> None:
    """Ends every session of a person."""
    for session in UserSession.objects.filter(user=person):
        session.end()


def end_all_sessions(actor: Actor, person: Person, why: str = "") -> None:
    """Signs a person out everywhere. Raises Refused."""
    with act(actor, "person.end-session", target_of_person(person), why):
        end_sessions(person)


def erase_person(actor: Actor, person: Person, why: str = "") -> None:
    """Erases a person: her name, addresses, ways to sign in, mail and roles. Her number stays in the audit.

    Raises LastOperator, Refused.
    """
    with act(actor, "person.erase", target_of_person(person), why) as change:
        row = Person.locked(pk=person.pk)
        addresses = list(EmailAddress.objects.filter(user=row).values_list("email", flat=True))
        end_grants(row)
        end_sessions(row)
        for model in (EmailAddress, Authenticator, SocialAccount):
            model.objects.filter(user=row).delete()
        row.affiliations.all().delete()
        for records in personal_records().values():
            records.erase(row)
        Mail.objects.filter(to__in=addresses).delete()
        Link.objects.filter(address__in=addresses).delete()
        row.email, row.name, row.languages = None, "", ""
        row.is_active, row.erased = False, timezone.now()
        row.set_unusable_password()
        row.save()
        change.after = {"erased": True}


def export_person(actor: Actor, person: Person) -> bytes:
    """Returns a ZIP with everything the node stores about a person, as JSON files. Raises Refused."""
    with act(actor, "person.export", target_of_person(person)):
        contents = describe_person(person)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, rows in contents.items():
            archive.writestr(f"{name}.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str))
    return buffer.getvalue()


def describe_person(person: Person) -> Mapping[str, Any]:
    """Returns what is stored about a person, by subject; secrets are left out."""
    key = f"person {person.pk}"
    return {
        "person": {
            "id": str(person.pk),
            "name": person.name,
            "languages": person.languages.split(),
            "created": person.created,
            "last_sign_in": person.last_login,
        },
        "addresses": list(EmailAddress.objects.filter(user=person).values("email", "verified", "primary")),
        "organisations": list(
            person.affiliations.values("organisation__name", "organisation__title", "since", "until")
        ),
        "roles": [
            describe_grant(grant) | {"given": grant.given, "ended": grant.ended}
            for grant in person.grants.order_by("given")
        ],
        "ways_to_sign_in": list(Authenticator.objects.filter(user=person).values("type", "created_at", "last_used_at"))
        + list(SocialAccount.objects.filter(user=person).values("provider", "uid", "date_joined")),
        "sessions": list(
            UserSession.objects.filter(user=person).values("ip", "user_agent", "created_at", "last_seen_at")
        ),
        "actions": list(
            AuditLine.objects.filter(actor=key)
            .order_by("number")
            .values("number", "at", "action", "object_kind", "object_id", "before", "after", "why")
        ),
        "mail": list(Mail.objects.filter(to__in=confirmed_addresses(person)).values("created", "subject", "state")),
        **{name: records.describe(person) for name, records in personal_records().items()},
    }
