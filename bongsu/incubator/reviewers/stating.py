"""What a person states of herself: expertise, languages, affiliations, relations, works; each time all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime

from django.db import models

from bongsu.core.errors import N_, BadInput
from bongsu.core.languages import LANGUAGES
from bongsu.incubator.conflicts.addresses import fold_doi, fold_host, fold_orcid
from bongsu.incubator.conflicts.kinds import known_relations
from bongsu.incubator.conflicts.people import Affiliation, Relation, Work
from bongsu.incubator.models import Profile, StatedAffiliation
from bongsu.incubator.models import Relation as RelationRecord
from bongsu.incubator.models import Work as WorkRecord
from bongsu.incubator.reviewers.conflicts import compare_person
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.models import Person
from bongsu.people.persons import target_of_person

MOST_ROWS = 200  # of a kind
MOST_TEXT = 5000  # characters of the expertise in one language


@dataclass(frozen=True, slots=True)
class Statement:
    """What a person states. `affiliations` is complete: an empty one says that she has none."""

    orcid: str = ""
    expertise: dict[str, str] = field(default_factory=dict)
    reads: tuple[str, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    relations: tuple[Relation, ...] = ()
    works: tuple[Work, ...] = ()


def read_statement(person: Person) -> Statement:
    """Returns what a person has stated."""
    profile = Profile.objects.filter(person=person).first() or Profile()
    affiliations, relations, works = (
        rows.filter(person=person).order_by("pk")
        for rows in (StatedAffiliation.objects, RelationRecord.objects, WorkRecord.objects)
    )
    return Statement(
        profile.orcid,
        dict(profile.expertise),
        tuple(profile.reads.split()),
        tuple(Affiliation(one.organisation, one.domain, one.role, one.start, one.until) for one in affiliations),
        tuple(Relation(one.kind, one.other, one.start, one.until) for one in relations),
        tuple(Work(one.title, one.year, one.doi, tuple(one.authors)) for one in works),
    )


def has_answered(person: Person) -> bool:
    """Whether a person has stated her affiliations, be it that she has none."""
    return Profile.objects.filter(person=person, answered__isnull=False).exists()


def state_profile(actor: Actor, person: Person, statement: Statement, now: datetime) -> None:
    """Replaces what a person states, and finds her conflicts anew. Raises BadInput with the field, Refused."""
    check_statement(statement, now.year)
    with act(actor, "profile.state", target_of_person(person)) as change:
        Profile.objects.update_or_create(
            person=person,
            defaults={
                "orcid": statement.orcid,
                "expertise": {language: text for language, text in statement.expertise.items() if text},
                "reads": " ".join(statement.reads),
                "answered": now,
                "changed": now,
            },
        )
        _replace(
            person,
            [
                StatedAffiliation(
                    organisation=one.organisation, domain=one.domain, role=one.role, start=one.start, until=one.until
                )
                for one in statement.affiliations
            ],
            StatedAffiliation,
        )
        _replace(
            person,
            [
                RelationRecord(kind=one.kind, other=one.other, start=one.start, until=one.until)
                for one in statement.relations
            ],
            RelationRecord,
        )
        _replace(
            person,
            [
                WorkRecord(title=one.title, year=one.year, doi=one.doi, authors=list(one.authors))
                for one in statement.works
            ],
            WorkRecord,
        )
        change.after = {  # not the values: the audit has no personal data
            "affiliations": len(statement.affiliations),
            "relations": len(statement.relations),
            "works": len(statement.works),
        }
        compare_person(person.pk, now)


def _replace(person: Person, rows: list[models.Model], model: type[models.Model]) -> None:
    model._default_manager.filter(person=person).delete()
    for row in rows:
        row.person = person  # type: ignore[attr-defined]
    model._default_manager.bulk_create(rows)


def check_statement(statement: Statement, year: int) -> None:
    """Raises BadInput with the field for what cannot be."""
    if statement.orcid and not fold_orcid(statement.orcid):
        raise BadInput(N_("“{text}” is not an ORCID."), where="orcid", text=statement.orcid[:60])
    if unknown := [code for code in (*statement.reads, *statement.expertise) if code not in LANGUAGES]:
        raise BadInput(
            N_("“{codes}” is not a list of languages of this node."), where="reads", codes=" ".join(unknown)[:60]
        )
    if any(len(text) > MOST_TEXT for text in statement.expertise.values()):
        raise BadInput(N_("The text has more than {most} characters."), where="expertise", most=MOST_TEXT)
    for name in ("affiliations", "relations", "works"):
        if len(getattr(statement, name)) > MOST_ROWS:
            raise BadInput(N_("There are more than {most} rows."), where=name, most=MOST_ROWS)
    _check_lengths(statement)
    for affiliation in statement.affiliations:
        _check_affiliation(affiliation)
    for relation in statement.relations:
        if relation.kind not in known_relations():
            raise BadInput(N_("There is no relation “{name}”."), where="relations", name=relation.kind[:40])
        if not relation.other.strip():
            raise BadInput(N_("Say with whom: an e-mail address or an ORCID."), where="relations")
        _check_days(relation.start, relation.until, "relations")
    for work in statement.works:
        if not work.title.strip() or not 1900 <= work.year <= year + 1:
            raise BadInput(N_("A publication needs a title and the year in which it appeared."), where="works")
        if work.doi and not fold_doi(work.doi):
            raise BadInput(N_("“{text}” is not a DOI."), where="works", text=work.doi[:80])


def _check_lengths(statement: Statement) -> None:
    for model, rows in (
        (StatedAffiliation, statement.affiliations),
        (RelationRecord, statement.relations),
        (WorkRecord, statement.works),
    ):
        for column in model._meta.get_fields():
            most = getattr(column, "max_length", None)
            if most and any(len(getattr(row, column.name)) > most for row in rows):
                raise BadInput(N_("The text has more than {most} characters."), where=column.name, most=most)


def _check_affiliation(affiliation: Affiliation) -> None:
    if not (affiliation.organisation.strip() or affiliation.domain):
        raise BadInput(N_("An affiliation needs the name of the organisation, or its domain."), where="affiliations")
    if affiliation.domain and not fold_host(affiliation.domain):
        raise BadInput(N_("“{text}” is not a domain."), where="affiliations", text=affiliation.domain[:80])
    _check_days(affiliation.start, affiliation.until, "affiliations")


def _check_days(start: date | None, until: date | None, where: str) -> None:
    if start and until and until < start:
        raise BadInput(N_("The end lies before the beginning."), where=where)
