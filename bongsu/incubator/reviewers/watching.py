"""Compares again when a person changes in another room, or the team of an application.

A version that arrives, a closed round and what a person states of herself call conflicts.py themselves.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from django.db.models.signals import post_delete, post_save
from django.utils import timezone

from bongsu.core.late_import import import_late
from bongsu.incubator.models import Application, Award, Call, Member
from bongsu.incubator.reviewers.lookers import ROLES
from bongsu.people.models import Affiliation, Domain, Grant, Organisation, Person

_compare_application = import_late("bongsu.incubator.reviewers.conflicts", "compare_application")
_compare_call = import_late("bongsu.incubator.reviewers.conflicts", "compare_call")
_compare_person = import_late("bongsu.incubator.reviewers.conflicts", "compare_person")
_list_people = import_late("bongsu.incubator.applications.team", "list_people")


def watch() -> None:
    """Connects the receivers; once, when the room is set up."""
    for model in (EmailAddress, Affiliation):
        for signal in (post_save, post_delete):
            signal.connect(_follow_owner, sender=model, dispatch_uid=f"{model.__name__} {id(signal)}")
    for signal in (post_save, post_delete):
        signal.connect(_follow_member, sender=Member)
    post_save.connect(_follow_application, sender=Application)
    post_save.connect(_follow_award, sender=Award)
    post_save.connect(_follow_person, sender=Person)
    post_save.connect(_follow_grant, sender=Grant)
    for signal in (post_save, post_delete):
        signal.connect(_follow_organisations, sender=Domain)
    post_save.connect(_follow_organisations, sender=Organisation)


def _follow_application(instance: Application, created: bool, **_: Any) -> None:
    if created:
        _compare_application(instance, timezone.now())


def _follow_award(instance: Award, update_fields: Any = None, **_: Any) -> None:
    if update_fields and "started" in update_fields:  # its people are funded together from now on
        for person in _list_people(instance.application):
            _compare_person(person.pk, timezone.now())


def _follow_member(instance: Member, **_: Any) -> None:
    if application := Application.objects.filter(pk=instance.application_id).select_related("call").first():
        _compare_application(application, timezone.now())


def _follow_owner(instance: Any, **_: Any) -> None:
    _compare_person(instance.user_id if isinstance(instance, EmailAddress) else instance.person_id, timezone.now())


def _follow_person(instance: Person, created: bool, update_fields: Any = None, **_: Any) -> None:
    if not created and (update_fields is None or "name" in update_fields):
        _compare_person(instance.pk, timezone.now())


def _follow_grant(instance: Grant, **_: Any) -> None:
    if instance.role in ROLES:
        _compare_person(instance.person_id, timezone.now())


def _follow_organisations(**_: Any) -> None:
    for call in Call.objects.filter(state="open").order_by("pk"):
        _compare_call(call, timezone.now())
