"""What is known of people, as the profiles that are compared: what they stated, their addresses, their organisations.

An address counts whether it is confirmed or not, and also if somebody else invited it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Any
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import QuerySet

from bongsu.incubator.conflicts.people import Affiliation, Funding, Organisation, Organisations, Profile, Relation, Work
from bongsu.incubator.models import Award, Member, Reviewer, StatedAffiliation
from bongsu.incubator.models import Profile as ProfileRecord
from bongsu.incubator.models import Relation as RelationRecord
from bongsu.incubator.models import Work as WorkRecord
from bongsu.people.models import Affiliation as Membership
from bongsu.people.models import Domain, Person
from bongsu.people.models import Organisation as OrganisationRecord

_PART = 10_000  # ids in a query: SQLite takes 32,766 values
SOURCE = "node"


def read_profiles(ids: Collection[UUID]) -> dict[UUID, Profile]:
    """Returns the profiles of people, by id, in a constant number of queries."""
    addresses: dict[UUID, set[str]] = defaultdict(set)
    sources: tuple[tuple[QuerySet[Any], str, str], ...] = (
        (EmailAddress.objects.all(), "user_id", "email"),
        (Member.objects.all(), "person_id", "address"),
        (Reviewer.objects.all(), "person_id", "address"),
    )
    for rows, key, column in sources:
        for id, address in _values(rows, key, ids, column):
            addresses[id].add(address)
    affiliations = _group(Membership.objects.all(), ids, "organisation__name", "since", "until")
    stated = _group(StatedAffiliation.objects.all(), ids, "organisation", "domain", "role", "start", "until")
    relations = _group(RelationRecord.objects.all(), ids, "kind", "other", "start", "until")
    works = _group(WorkRecord.objects.all(), ids, "title", "year", "doi", "authors")
    funding = _list_funding(ids)
    known = {id: rest for id, *rest in _values(ProfileRecord.objects.all(), "person_id", ids, "orcid", "answered")}
    profiles = {}
    for id, name in _values(Person.objects.all(), "pk", ids, "name"):
        orcid, answered = known.get(id, ("", None))
        profiles[id] = Profile(
            str(id),
            names=(name,) if name else (),
            addresses=tuple(sorted(addresses[id])),
            orcid=orcid,
            affiliations=(
                *(
                    Affiliation(organisation, start=since, until=until)
                    for organisation, since, until in affiliations[id]
                ),
                *(Affiliation(*row) for row in stated[id]),
            ),
            relations=tuple(Relation(*row) for row in relations[id]),
            works=tuple(Work(title, year, doi, tuple(authors)) for title, year, doi, authors in works[id]),
            funding=tuple(funding[id]),
            answered=answered is not None,
        )
    return profiles


def _list_funding(ids: Collection[UUID]) -> dict[UUID, list[Funding]]:
    """Returns the awards that were paid and the cohorts that people take or took part in, as owners or on the team."""
    found: dict[UUID, list[Funding]] = defaultdict(list)
    rows = Award.objects.exclude(started=None)
    columns = ("application__number", "ended", "cohort", "cohort_until")
    for key in ("application__owner_id", "application__members__person_id"):
        for id, number, ended, cohort, cohort_until in _values(rows, key, ids, *columns):
            found[id].append(Funding(number, until=ended.date() if ended else None))
            if cohort:
                found[id].append(Funding("", cohort, cohort_until))
    return found


def _group(rows: QuerySet[Any], ids: Collection[UUID], *columns: str) -> dict[UUID, list[Sequence[Any]]]:
    grouped: dict[UUID, list[Sequence[Any]]] = defaultdict(list)
    for id, *row in _values(rows.order_by("pk"), "person_id", ids, *columns):
        grouped[id].append(row)
    return grouped


def _values(rows: QuerySet[Any], key: str, ids: Collection[UUID], *columns: str) -> Iterator[Any]:
    wanted = sorted(ids)
    for start in range(0, len(wanted), _PART):
        yield from rows.filter(**{f"{key}__in": wanted[start : start + _PART]}).values_list(key, *columns)


def read_organisations() -> Organisations:
    """Returns the organisations of the node with their domains; a title names one if it is that of no other."""
    domains = defaultdict(list)
    for name, domain in Domain.objects.values_list("organisation__name", "name"):
        domains[name].append(domain)
    rows = list(OrganisationRecord.objects.order_by("name").values_list("name", "title", "parent__name"))
    titles = {name: title for name, title, _ in rows}
    of_title = defaultdict(list)
    for name, title in titles.items():
        of_title[title].append(name)
    return Organisations(
        Organisation(
            name,
            aliases=(title,) if title not in titles and len(of_title[title]) == 1 else (),
            domains=tuple(domains[name]),
            parents=(parent,) if parent else (),
            source=SOURCE,
        )
        for name, title, parent in rows
    )
