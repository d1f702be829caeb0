"""What of a profile is compared, folded once: who she is, where she works or worked, what she wrote and with whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bongsu.incubator.conflicts.addresses import find_domain, fold_address, fold_doi, fold_host, fold_name, fold_orcid
from bongsu.incubator.conflicts.people import Organisations, Profile

Name = TypeVar("Name", str, tuple[str, str])
Value = TypeVar("Value", int, date)
Key = tuple[str, str]  # how it was found (id, address, orcid; organisation, domain), and the value


@dataclass(frozen=True, slots=True)
class Facts:
    """Folded facts of a person. Places have the last day on which she was there, date.max if she still is."""

    identities: frozenset[Key]
    names: frozenset[str]
    places: Mapping[Key, date]
    works: Mapping[str, int]  # DOI: year
    authors: Mapping[str, int]  # name of somebody else: the last year of a work with her
    awards: Mapping[str, date]
    cohorts: Mapping[str, date]
    relations: tuple[tuple[Key, str, date], ...]  # the other, the kind of relation, until when


def read_facts(profile: Profile, organisations: Organisations) -> Facts:
    """Returns the facts of a profile."""
    addresses = [address for address in map(fold_address, profile.addresses) if address]
    names = frozenset(filter(None, map(fold_name, profile.names)))
    identities = {("address", address) for address in addresses}
    if profile.id:
        identities.add(("id", profile.id))
    if orcid := fold_orcid(profile.orcid):
        identities.add(("orcid", orcid))
    return Facts(
        identities=frozenset(identities),
        names=names,
        places=_read_places(profile, addresses, organisations),
        works=_take_last((doi, work.year) for work in profile.works if (doi := fold_doi(work.doi))),
        authors=_take_last(
            (author, work.year)
            for work in profile.works
            for author in filter(None, map(fold_name, work.authors))
            if author not in names
        ),
        awards=_take_last((one.award, one.until or date.max) for one in profile.funding if one.award),
        cohorts=_take_last((one.cohort, one.until or date.max) for one in profile.funding if one.cohort),
        relations=tuple(
            (key, relation.kind, relation.until or date.max)
            for relation in profile.relations
            for key in _read_other(relation.other)
        ),
    )


def _read_places(profile: Profile, addresses: Iterable[str], organisations: Organisations) -> Mapping[Key, date]:
    """Returns organisations and domains. An address counts as now, unless all affiliations with its domain have ended."""
    stated = []
    for affiliation in profile.affiliations:
        until = affiliation.until or date.max
        host = fold_host(affiliation.domain)
        if affiliation.organisation:
            stated.append((("organisation", organisations.identify(affiliation.organisation)), until))
        stated += [(key, until) for key in _list_places(host, organisations)]
    known = _take_last(stated)
    for address in addresses:
        for key in _list_places(address.rpartition("@")[2], organisations):
            known.setdefault(key, date.max)
    return known


def _list_places(host: str, organisations: Organisations) -> list[Key]:
    """Returns the registrable domain of a host, and the organisation that has the host; neither for webmail and alumni."""
    domain = find_domain(host)
    if not domain:
        return []
    organisation = organisations.find_by_host(host)
    return [("domain", domain), *([("organisation", organisation)] if organisation else [])]


def _read_other(other: str) -> list[Key]:
    """Returns what a person may be called by: an address, an ORCID, else an id."""
    if address := fold_address(other):
        return [("address", address)]
    if orcid := fold_orcid(other):
        return [("orcid", orcid)]
    return [("id", other)] if other else []


def _take_last(pairs: Iterable[tuple[Name, Value]]) -> dict[Name, Value]:
    found: dict[Name, Value] = {}
    for key, value in pairs:
        found[key] = max(value, found.get(key, value))
    return found
