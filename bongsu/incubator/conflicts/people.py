"""What is compared to find conflicts: profiles of people, applications, and a sourced table of organisations.

A profile is what a person, or somebody about her, said. Addresses count whether they are confirmed or not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.conflicts.addresses import fold_host


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Where a person works or worked: the organisation's id, its domain, or both; `until` is None while she does."""

    organisation: str = ""
    domain: str = ""
    role: str = ""
    start: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Relation:
    """What a person said of another, who is named by id, address or ORCID; `kind` is a row of relations.csv."""

    kind: str
    other: str
    start: date | None = None
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A publication, with the names of its authors."""

    title: str
    year: int
    doi: str = ""
    authors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Funding:
    """An award of this node in which a person took part, and the cohort; `until` is None while it runs."""

    award: str
    cohort: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """An application that a person takes part in: its number, round and budget line."""

    number: str
    round: str
    budget_line: str = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """A person. `answered` says that she stated her affiliations, be it that she has none."""

    id: str
    names: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    orcid: str = ""
    affiliations: tuple[Affiliation, ...] = ()
    relations: tuple[Relation, ...] = ()
    works: tuple[Work, ...] = ()
    applications: tuple[Entry, ...] = ()
    funding: tuple[Funding, ...] = ()
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Application:
    """An application. `named` are people whom its files name; they are compared as persons only.

    `closes` is the closing day of its round, where that differs from the call's.
    """

    number: str
    round: str
    owner: Profile
    budget_line: str = ""
    team: tuple[Profile, ...] = ()
    named: tuple[Profile, ...] = ()
    organisation: str = ""
    closes: date | None = None


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation, its other ids, its domains and the ids of its parents. What is said needs a source."""

    id: str
    aliases: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()
    source: str = ""


class Organisations:
    """Organisations by id, alias and domain. Nothing is matched by similarity."""

    def __init__(self, rows: Iterable[Organisation] = ()) -> None:
        """Raises BadInput if a row has no source, or if two organisations have the same id, alias or domain."""
        self._ids: dict[str, str] = {}
        self._domains: dict[str, str] = {}
        rows = tuple(rows)
        for row in rows:
            if not row.source:
                raise BadInput(N_("The organisation “{name}” has no source."), name=row.id)
            for name in (row.id, *row.aliases):
                _add(self._ids, name, row.id)
            for domain in row.domains:
                _add(self._domains, fold_host(domain), row.id)
        parents = {row.id: tuple(map(self.identify, row.parents)) for row in rows}
        self._above: Mapping[str, frozenset[str]] = MappingProxyType({id: _list_above(id, parents) for id in parents})

    def identify(self, name: str) -> str:
        """Returns the id of the organisation with this id or alias; an unknown name is its own id."""
        return self._ids.get(name, name)

    def find_by_host(self, host: str) -> str:
        """Returns the organisation with the longest domain that a folded host ends with, or an empty text."""
        labels = host.split(".")
        names = (".".join(labels[start:]) for start in range(len(labels)))
        return next((self._domains[name] for name in names if name in self._domains), "")

    def list_above(self, id: str) -> frozenset[str]:
        """Returns the parents of an organisation, their parents, and so on."""
        return self._above.get(id, frozenset())


def _add(known: dict[str, str], name: str, id: str) -> None:
    if known.setdefault(name, id) != id:
        raise BadInput(
            N_("“{name}” is said of two organisations: {first}, {second}."), name=name, first=known[name], second=id
        )


def _list_above(id: str, parents: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    found: set[str] = set()
    waiting = list(parents[id])
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(parents.get(name, ()))
    return frozenset(found - {id})
