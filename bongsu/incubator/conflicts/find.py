"""Finds every conflict between reviewers and applications, by indexes over what the reviewers are and said.

The caller gives all that counts, the closing day included. What an officer decided before is kept for the same evidence; new
evidence is a new conflict.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.conflicts.facts import Facts, read_facts
from bongsu.incubator.conflicts.kinds import Action, Severity, known_kinds, known_relations, reaches
from bongsu.incubator.conflicts.people import Application, Entry, Organisations, Profile

State = Literal["barred", "to-decide", "to-answer", "hint", "waived", "dismissed"]
Pair = tuple[str, str]  # a reviewer's id, an application's number
EVERY = ""  # instead of an application's number: the conflict is with all of them
_FIRST_STATE: Mapping[Action, State] = {"bar": "barred", "decide": "to-decide", "ask": "to-answer", "hint": "hint"}


@dataclass(frozen=True, slots=True)
class Conflict:
    """A conflict: of whom with which application, its kind, the evidence as a code with values, and what it does.

    `plan` says how a waived conflict is managed. Values name a person by her id, or by her name if she has none.
    """

    reviewer: str
    application: str
    kind: str
    code: str
    values: Mapping[str, Any]
    severity: Severity
    action: Action
    waivable: bool
    state: State
    plan: str = ""

    @property
    def key(self) -> tuple[Any, ...]:
        """What the conflict is about: equal for the same evidence, whatever was decided."""
        return (self.application, self.reviewer, self.kind, self.code, *sorted(self.values.items()))


def find_conflicts(
    reviewers: Sequence[Profile],
    applications: Sequence[Application],
    closing_day: date,
    organisations: Organisations | None = None,
    *,
    declared: Iterable[Pair] = (),
    reviews: Iterable[Pair] = (),
    decided: Iterable[Conflict] = (),
) -> list[Conflict]:
    """Returns every conflict, in the order of applications and reviewers' ids; equal input gives equal output.

    `declared` are conflicts that reviewers stated, `reviews` the reviews that run or are done, in any round, `decided` the
    conflicts found before, with what an officer decided. Raises BadInput for an unknown kind of relation.
    """
    finder = _Finder(reviewers, closing_day, organisations or Organisations())
    found = {_order(conflict): conflict for conflict in finder.find(applications, declared, reviews)}
    conflicts = [found[key] for key in sorted(found)]
    earlier = {conflict.key: conflict for conflict in decided}
    if not earlier:
        return conflicts
    return [
        replace(conflict, state=earlier[conflict.key].state, plan=earlier[conflict.key].plan)
        if conflict.key in earlier
        else conflict
        for conflict in conflicts
    ]


def _order(conflict: Conflict) -> tuple[str, ...]:
    """Returns the place of a conflict among the others; the values of a code always stand in the same order here."""
    values = map(str, conflict.values.values())
    return (conflict.application, conflict.reviewer, conflict.kind, conflict.code, *values)


def find_reciprocal_pairs(reviewers: Sequence[Profile], applications: Sequence[Application]) -> list[frozenset[Pair]]:
    """Returns the pairs of reviews of which at most one may be given: A reviews B's application, and B reviews A's."""
    own = _Finder(reviewers, date.max, Organisations()).list_own(applications)
    numbers = sorted((reviewer, entry.number) for reviewer, entries in own.items() for entry in entries)
    return [
        frozenset({(one, second), (other, first)})
        for one, first in numbers
        for other, second in numbers
        if one < other and first != second
    ]


class _Finder:
    """Indexes of reviewers by what can be shared with an applicant."""

    def __init__(self, reviewers: Sequence[Profile], closing_day: date, organisations: Organisations) -> None:
        self.closing_day = self.call_closes = closing_day
        self.organisations = organisations
        self.facts: dict[int, Facts] = {}  # by identity of the profile: one person is in many applications
        self.reviewers = [(profile, self._read(profile)) for profile in reviewers]
        self.of_identity = self._index(lambda facts: facts.identities)
        self.of_place = self._index(lambda facts: facts.places)
        self.below = self._index(
            lambda facts: {above for place in facts.places for above in organisations.list_above(place[1])}
        )
        self.of_doi = self._index(lambda facts: facts.works)
        self.of_award = self._index(lambda facts: facts.awards)
        self.of_cohort = self._index(lambda facts: facts.cohorts)
        self.of_name = self._index(lambda facts: facts.names)
        self.of_author = self._index(lambda facts: facts.authors)
        self.of_relation = self._index(lambda facts: {key for key, _, _ in facts.relations})

    def _read(self, profile: Profile) -> Facts:
        key = id(profile)
        if key not in self.facts:
            self.facts[key] = read_facts(profile, self.organisations)
        return self.facts[key]

    def _index(self, keys: Callable[[Facts], Iterable[Any]]) -> dict[Any, list[int]]:
        index: dict[Any, list[int]] = defaultdict(list)
        for number, (_, facts) in enumerate(self.reviewers):
            for key in keys(facts):
                index[key].append(number)
        return dict(index)

    def _make(self, number: int, application: str, kind: str, code: str, **values: Any) -> Conflict:
        row = known_kinds()[kind]
        state = _FIRST_STATE[row.action]
        reviewer = self.reviewers[number][0].id
        return Conflict(reviewer, application, kind, code, values, row.severity, row.action, row.waivable, state)

    def _reaches(self, kind: str, until: date) -> bool:
        return reaches(until, known_kinds()[kind].years, self.closing_day)

    def list_own(self, applications: Sequence[Application]) -> dict[str, list[Entry]]:
        """Returns the applications that each reviewer takes part in: those of the profile, and those given."""
        own = {profile.id: {entry.number: entry for entry in profile.applications} for profile, _ in self.reviewers}
        for application in applications:
            for person in (application.owner, *application.team):
                for number in self._find_same(person):
                    entry = Entry(application.number, application.round, application.budget_line)
                    own[self.reviewers[number][0].id][application.number] = entry
        return {reviewer: sorted(entries.values(), key=lambda entry: entry.number) for reviewer, entries in own.items()}

    def _find_same(self, person: Profile) -> set[int]:
        return {number for key in self._read(person).identities for number in self.of_identity.get(key, ())}

    def find(
        self, applications: Sequence[Application], declared: Iterable[Pair], reviews: Iterable[Pair]
    ) -> Iterator[Conflict]:
        """Yields conflicts, some of them twice."""
        numbers = {profile.id: number for number, (profile, _) in enumerate(self.reviewers)}
        for number, (profile, _) in enumerate(self.reviewers):
            if not profile.affiliations and not profile.answered:
                yield self._make(number, EVERY, "no-profile", "missing")
        for reviewer, application_number in declared:
            if reviewer in numbers:
                yield self._make(numbers[reviewer], application_number, "declared", "reviewer")
        own = self.list_own(applications)
        yield from self._find_competitors(applications, own)
        yield from self._find_reciprocal(applications, own, set(reviews))
        for application in applications:
            yield from self._find_in_application(application)

    def _find_in_application(self, application: Application) -> Iterator[Conflict]:
        self.closing_day = application.closes or self.call_closes
        inside: set[str] = set()  # reviewers who apply: their own form names them too
        for kind, people in (("own", (application.owner,)), ("team", application.team), ("named", application.named)):
            for person in people:
                same = yield from self._find_identities(application, person, kind, inside)
                yield from self._find_names(application, person, same)
                if kind != "named":
                    inside |= same
                    for conflict in self._find_shared(application, person):
                        if conflict.reviewer not in same:
                            yield conflict
        if application.organisation:
            place = ("organisation", self.organisations.identify(application.organisation))
            yield from self._find_places(application, "", {place: date.max})

    def _find_identities(self, application: Application, person: Profile, kind: str, inside: Collection[str]) -> Any:
        """Yields the conflicts of reviewers who are this person, but for those inside who are named; returns their ids."""
        same = set()
        for key in self._read(person).identities:
            for number in self.of_identity.get(key, ()):
                same.add(self.reviewers[number][0].id)
                if kind == "named" and self.reviewers[number][0].id in inside:
                    continue
                yield self._make(number, application.number, kind, key[0], person=name_person(person), value=key[1])
        return same

    def _find_shared(self, application: Application, person: Profile) -> Iterator[Conflict]:
        facts, name = self._read(person), name_person(person)
        yield from self._find_places(application, name, facts.places)
        for doi, year in facts.works.items():
            for number in self.of_doi.get(doi, ()):
                year = max(year, self.reviewers[number][1].works[doi])
                if self._is_recent("co-author", year):
                    yield self._make(number, application.number, "co-author", "doi", person=name, doi=doi, year=year)
        for kind, code, shared, index in (
            ("funded-together", "award", "awards", self.of_award),
            ("same-cohort", "cohort", "cohorts", self.of_cohort),
        ):
            for key, until in getattr(facts, shared).items():
                for number in index.get(key, ()):
                    theirs = getattr(self.reviewers[number][1], shared)[key]
                    if self._reaches(kind, max(until, theirs)):
                        yield self._make(number, application.number, kind, code, person=name, name=key)
        yield from self._find_relations(application, person)

    def _is_recent(self, kind: str, year: int) -> bool:
        years = known_kinds()[kind].years
        return years is None or self.closing_day.year - year <= years

    def _find_places(
        self, application: Application, person: str, places: Mapping[tuple[str, str], date]
    ) -> Iterator[Conflict]:
        for place, until in places.items():
            for number in self.of_place.get(place, ()):
                least = min(until, self.reviewers[number][1].places[place])
                kind = "same-organisation" if least >= self.closing_day else "former-organisation"
                if kind == "same-organisation" or self._reaches(kind, least):
                    yield self._make(number, application.number, kind, place[0], person=person, name=place[1])
            yield from self._find_related(application, person, place, until)

    def _find_related(
        self, application: Application, person: str, place: tuple[str, str], until: date
    ) -> Iterator[Conflict]:
        above = self.organisations.list_above(place[1]) if place[0] == "organisation" else frozenset()
        pairs = [
            (number, ("organisation", parent))
            for parent in sorted(above)
            for number in self.of_place.get(("organisation", parent), ())
        ]
        if place[0] == "organisation":
            pairs += [
                (number, other)
                for number in self.below.get(place[1], ())
                for other in self.reviewers[number][1].places
                if other[0] == "organisation" and place[1] in self.organisations.list_above(other[1])
            ]
        for number, other in pairs:
            if self._reaches("related-organisation", min(until, self.reviewers[number][1].places[other])):
                yield self._make(
                    number,
                    application.number,
                    "related-organisation",
                    "above",
                    person=person,
                    name=place[1],
                    other=other[1],
                )

    def _find_relations(self, application: Application, person: Profile) -> Iterator[Conflict]:
        facts = self._read(person)
        said = [
            (number, relation, until, "reviewer")
            for key in facts.identities
            for number in self.of_relation.get(key, ())
            for other, relation, until in self.reviewers[number][1].relations
            if other == key
        ]
        said += [
            (number, relation, until, "applicant")
            for key, relation, until in facts.relations
            for number in self.of_identity.get(key, ())
        ]
        for number, relation, until, by in said:
            if relation not in known_relations():
                raise BadInput(N_("There is no relation “{name}”."), name=relation)
            if reaches(until, known_relations()[relation].years, self.closing_day):
                name = name_person(person)
                yield self._make(
                    number, application.number, "relation", "relation", person=name, relation=relation, said_by=by
                )

    def _find_names(self, application: Application, person: Profile, same: set[str]) -> Iterator[Conflict]:
        """Yields hints for reviewers who are not known to be this person: equal names, and authors with their names."""
        facts, name = self._read(person), name_person(person)
        pairs = [(number, "name", key) for key in facts.names for number in self.of_name.get(key, ())]
        pairs += [
            (number, "author-name", key)
            for key, year in facts.authors.items()
            if self._is_recent("same-name", year)
            for number in self.of_name.get(key, ())
        ]
        pairs += [
            (number, "author-name", key)
            for key in facts.names
            for number in self.of_author.get(key, ())
            if self._is_recent("same-name", self.reviewers[number][1].authors[key])
        ]
        for number, code, key in pairs:
            if self.reviewers[number][0].id not in same:
                yield self._make(number, application.number, "same-name", code, person=name, name=key)

    def _find_competitors(
        self, applications: Sequence[Application], own: Mapping[str, list[Entry]]
    ) -> Iterator[Conflict]:
        for number, (profile, _) in enumerate(self.reviewers):
            entries = own[profile.id]
            numbers = {entry.number for entry in entries}
            rounds = {entry.round: entry.number for entry in reversed(entries)}
            lines = {entry.budget_line: entry.number for entry in reversed(entries) if entry.budget_line}
            for application in applications if entries else ():
                if application.number in numbers:
                    continue
                if application.round in rounds:
                    other = rounds[application.round]
                    yield self._make(number, application.number, "competitor", "round", other=other)
                elif application.budget_line in lines:
                    other = lines[application.budget_line]
                    yield self._make(number, application.number, "competitor", "budget-line", other=other)

    def _find_reciprocal(
        self, applications: Sequence[Application], own: Mapping[str, list[Entry]], reviews: set[Pair]
    ) -> Iterator[Conflict]:
        """Yields a conflict with an application of somebody who reviews an application of this reviewer's."""
        by_number = {application.number: application for application in applications}
        reviewing: dict[str, set[str]] = defaultdict(set)
        for reviewer, number in reviews:
            reviewing[number].add(reviewer)
        for index, (profile, _) in enumerate(self.reviewers):
            for entry in own[profile.id]:
                for other in sorted(reviewing.get(entry.number, ())):
                    for theirs in own.get(other, ()):
                        if other != profile.id and theirs.number in by_number and theirs.number != entry.number:
                            yield self._make(
                                index, theirs.number, "reciprocal", "pair", person=other, other=entry.number
                            )


def name_person(person: Profile) -> str:
    """Returns what stands for a person in values: her id, else a name, else an address."""
    return person.id or next(iter((*person.names, *person.addresses)), "")
