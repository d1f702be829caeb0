"""Compares those who could look with the applications of a call, and keeps the conflicts.

Whoever changes a person, a team or a version calls this in the same transaction. What an officer decided stays as long as its
evidence is found. While its round is open, an application is compared with the officers only: nobody else has a door to it.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from bongsu.incubator.applications.reading import UNSENT, list_unread, read_new_files
from bongsu.incubator.conflicts.find import EVERY, find_conflicts
from bongsu.incubator.conflicts.find import Conflict as Found
from bongsu.incubator.conflicts.people import Entry, Profile
from bongsu.incubator.conflicts.rulings import STOPPING
from bongsu.incubator.models import Application as ApplicationRecord
from bongsu.incubator.models import Call, Conflict
from bongsu.incubator.reviewers.lookers import OFFICER, list_holders, list_looked_at, list_lookers
from bongsu.incubator.reviewers.messages import tell_operators, tell_stopped
from bongsu.incubator.reviewers.profiles import read_organisations, read_profiles
from bongsu.incubator.reviewers.stopping import list_reviews, stop_review
from bongsu.incubator.reviewers.teams import Teams
from bongsu.people import audit
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.people.guarded import unlock
from bongsu.people.models import Person
from bongsu.store.node import Node

COMPARER = Actor.of_duty("conflicts")
OPEN = ("draft", "submitted")  # states in which only officers look
# What bars an officer, who does not judge: she keeps away from her own, her team's and her colleagues' applications.
OFFICER_KINDS = frozenset({"own", "team", "same-organisation", "relation", "declared"})
_OWN = ("own", "team")
_PART = 500  # rows in a statement


def compare_call(call: Call, now: datetime) -> None:
    """Compares all who could look with all applications of a call. What has files to be read yet waits for more."""
    with transaction.atomic():
        audit.lock_head()
        _compare(call, list_lookers(call), call.applications.all(), now)
        unread = set(list_unread().filter(application__call=call).values_list("application", flat=True))
        with unlock():
            call.applications.exclude(state__in=OPEN).exclude(pk__in=unread).update(compared=now)


def compare_application(application: ApplicationRecord, now: datetime) -> None:
    """Compares those who could look with an application that was changed; while its round is open, the officers."""
    call = application.call
    officers = set(list_holders(OFFICER, call.name))
    with transaction.atomic():
        audit.lock_head()
        one = ApplicationRecord.objects.filter(pk=application.pk)
        changed = _compare(call, officers if one.get().compared is None else list_lookers(call), one, now)
        if changed:  # they compete with others now, or no longer
            _compare(call, changed, call.applications.all(), now)


def compare_person(person: UUID, now: datetime) -> None:
    """Compares a person who was changed: with the applications that she could look at, and her own with those who could."""
    for call in list_looked_at(person):
        with transaction.atomic():
            audit.lock_head()
            _compare(call, {person}, call.applications.all(), now)
    own = ApplicationRecord.objects.filter(Q(owner=person) | Q(members__person=person)).distinct()
    for application in own.select_related("call"):
        compare_application(application, now)


def compare_due(now: datetime, node: Node) -> int:
    """Reads new files, and compares the calls that wait for it and have none unread. Returns how many calls."""
    read_new_files(node)
    waiting = ApplicationRecord.objects.filter(compared=None).exclude(state__in=OPEN).values("call")
    unread = set(list_unread().values_list("application__call", flat=True))
    calls = list(Call.objects.filter(pk__in=waiting).exclude(pk__in=unread).order_by("pk"))
    for call in calls:
        compare_call(call, now)
    return len(calls)


def _compare(
    call: Call, people: Collection[UUID], applications: QuerySet[ApplicationRecord], now: datetime
) -> set[UUID]:
    """Keeps the conflicts of people with applications. Returns those whose own applications are others than before."""
    if not people:
        return set()
    teams = Teams(applications.filter(deleted=None))  # of what was deleted, the conflicts stay as they were
    if not teams.rows:
        return set()
    reviews = list_reviews(call)
    others = {person for person, _ in reviews} - set(people)
    profiles = read_profiles({*people, *others, *teams.list_people()})
    entries = _list_entries(call, [row.pk for row in teams.rows], {*people, *others})
    looking = [_with_entries(profiles[id], entries[id]) for id in sorted({*people, *others}) if id in profiles]
    for profile in looking:
        profiles[UUID(profile.id)] = profile
    given = teams.make_applications(profiles)
    numbers = {row.number: row.pk for row in teams.rows}
    by_pk = {row.pk: row.number for row in ApplicationRecord.objects.filter(pk__in={id for _, id in reviews})}
    found = find_conflicts(
        looking,
        given,
        given[0].closes or now.date(),
        read_organisations(),
        reviews=[(str(person), by_pk[id]) for person, id in reviews],
    )
    ids = {str(id): id for id in people}
    wanted = {
        digest_conflict(one.reviewer, numbers[one.application], one.kind, one.code, one.values): (
            ids[one.reviewer],
            numbers[one.application],
            one,
        )
        for one in found
        if one.application != EVERY and one.reviewer in ids
    }
    return _keep(call, people, {row.pk for row in teams.rows}, wanted, now)


def _list_entries(call: Call, given: Collection[UUID], people: Collection[UUID]) -> dict[UUID, list[Entry]]:
    """Returns what people take part in, out of the call's applications that are not given, as found before."""
    entries: dict[UUID, list[Entry]] = defaultdict(list)
    if len(given) == call.applications.count():
        return entries
    rest = Teams(
        call.applications.filter(conflicts__person__in=people, conflicts__kind__in=_OWN)
        .exclude(pk__in=given)
        .exclude(state__in=UNSENT)
        .distinct()
    )
    lines = {one.number: one for one in rest.make_applications({})}
    kept = Conflict.objects.filter(application__in=[row.pk for row in rest.rows], kind__in=_OWN, person__in=people)
    for person, number in kept.values_list("person_id", "application__number").distinct():
        one = lines[number]
        entries[person].append(Entry(number, one.round, one.budget_line))
    return entries


def _with_entries(profile: Profile, entries: Iterable[Entry]) -> Profile:
    return replace(profile, applications=tuple(sorted(entries, key=lambda entry: entry.number)))


def digest_conflict(
    person: UUID | str, application: UUID | str, kind: str, code: str, values: Mapping[str, Any]
) -> str:
    """Returns the SHA-256 of what a conflict is about: equal for the same evidence, whatever was decided."""
    evidence = _digest(code, tuple(sorted(values.items())))
    return hashlib.sha256(f"{person} {application} {kind} {evidence}".encode()).hexdigest()


@lru_cache(maxsize=10_000)  # who competes does so with everybody in a round, for the same reason
def _digest(code: str, values: tuple[tuple[str, Any], ...]) -> str:
    return hashlib.sha256(json.dumps([code, values], ensure_ascii=False).encode()).hexdigest()


def _keep(
    call: Call,
    people: Collection[UUID],
    rows: Collection[UUID],
    wanted: Mapping[str, tuple[UUID, UUID, Found]],
    now: datetime,
) -> set[UUID]:
    """Writes what was found, deletes what no longer holds, and does what follows. Returns whose own applications changed."""
    one = Q(application__call=call) if len(rows) > 1 else Q(application__in=rows)
    kept = Conflict.objects.filter(one, person__in=people, found_by="machine")
    stored = kept.filter(application__deleted=None)
    before = dict(stored.values_list("digest", "pk"))
    new = {key: one for key, one in wanted.items() if key not in before}
    gone = {key: pk for key, pk in before.items() if key not in wanted}
    if not (new or gone):
        return set()
    with act(COMPARER, "conflict.find", Target("call", call.name)) as change, follow_conflicts(call, now):
        Conflict.objects.bulk_create([_make_row(digest, *one, now) for digest, one in new.items()], batch_size=_PART)
        changed = {person for person, _, one in new.values() if one.kind in _OWN}
        pks = list(gone.values())
        for start in range(0, len(pks), _PART):
            rest = Conflict.objects.filter(pk__in=pks[start : start + _PART])
            changed.update(rest.filter(kind__in=_OWN).values_list("person_id", flat=True))
            rest.delete()
        change.after = {"found": len(new), "gone": len(gone)}
    return changed


def _make_row(digest: str, person: UUID, application: UUID, one: Found, now: datetime) -> Conflict:
    return Conflict(
        person_id=person,
        application_id=application,
        kind=one.kind,
        digest=digest,
        code=one.code,
        values=dict(one.values),
        severity=one.severity,
        state=one.state,
        changed=now,
    )


@contextmanager
def follow_conflicts(call: Call, now: datetime) -> Iterator[None]:
    """After conflicts have changed, stops the reviews that may not run, and tells the operators if no officer is left."""
    left = _list_without_officer(call)
    yield
    running = list_reviews(call)
    stopping = Conflict.objects.filter(
        application__call=call, person__in={one for one, _ in running}, state__in=STOPPING
    )
    pairs = set(stopping.values_list("person", "application"))
    for person, application in sorted(running & pairs):
        stop_review(person, call.applications.get(pk=application), now)
    if stopped := {application for _, application in running & pairs}:
        barred = Conflict.objects.filter(application__in=stopped, kind__in=OFFICER_KINDS, state__in=STOPPING)
        officers = set(list_holders(OFFICER, call.name)) - set(barred.values_list("person", flat=True))
        tell_stopped(Person.objects.filter(pk__in=officers), call)
    if _list_without_officer(call) - left:
        tell_operators(call)


def _list_without_officer(call: Call) -> set[UUID]:
    """Returns the applications with which every officer of the call is in conflict."""
    officers = list_holders(OFFICER, call.name)
    barred = Conflict.objects.filter(
        application__call=call, person__in=officers, kind__in=OFFICER_KINDS, state__in=STOPPING
    )
    count = Counter(application for application, _ in barred.values_list("application", "person").distinct())
    return {application for application, number in count.items() if number == len(officers)}
