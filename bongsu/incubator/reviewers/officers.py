"""The officers of a call, and for which of its institutions they work, by the rules by which conflicts are found."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from bongsu.incubator.calls.document import Institution
from bongsu.incubator.conflicts.addresses import find_domain, fold_host
from bongsu.incubator.conflicts.facts import Facts, read_facts
from bongsu.incubator.conflicts.people import Organisations
from bongsu.incubator.models import Call
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.reviewers.lookers import OFFICER, list_holders
from bongsu.incubator.reviewers.profiles import read_organisations, read_profiles
from bongsu.people.models import Person


class Officer(NamedTuple):
    """An officer, and the institutions of the call where she works on a day."""

    person: Person
    institutions: tuple[Institution, ...]


def list_officers(call: Call, today: date) -> list[Officer]:
    """Returns who holds the role of an officer for the call or for the node, the oldest grant first."""
    ids = list_holders(OFFICER, call.name)
    people, profiles, organisations = Person.objects.in_bulk(ids), read_profiles(ids), read_organisations()
    institutions = read_edition(newest_edition(call)).call.institution
    return [
        Officer(
            people[id],
            tuple(one for one in institutions if _works_at(facts, one, organisations, today)),
        )
        for id in ids
        for facts in [read_facts(profiles[id], organisations)]
    ]


def _works_at(facts: Facts, one: Institution, organisations: Organisations, today: date) -> bool:
    """Whether a person works at an institution, or at an organisation that is a part of it."""
    wanted = organisations.identify(one.organisation or "")
    domain = find_domain(fold_host(one.domain or ""))
    for (kind, name), until in facts.places.items():
        if until < today:
            continue
        if kind == "domain" and name == domain:
            return True
        if kind == "organisation" and wanted and wanted in {name, *organisations.list_above(name)}:
            return True
    return False
