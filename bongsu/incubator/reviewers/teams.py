"""Who takes part in applications, as the values that are compared: the owner, the members, the team that the answers name.

The newest version counts; before the first, the draft. Who has an account is compared with all that is known of her.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from allauth.account.models import EmailAddress
from django.db.models import OuterRef, QuerySet, Subquery

from bongsu.incubator.applications.asking import find_applicant, find_line
from bongsu.incubator.applications.reading import UNSENT
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.conflicts.named import find_named, list_texts, make_named
from bongsu.incubator.conflicts.people import Affiliation, Application, Profile
from bongsu.incubator.models import Application as ApplicationRecord
from bongsu.incubator.models import Draft, Edition, Member, Round, StoredFile, Version
from bongsu.incubator.opening import newest_edition, read_edition


class _Answer(NamedTuple):
    """A member of a team as an answer names her."""

    name: str
    address: str
    organisation: str


class Teams:
    """The people of applications of one call, read in a constant number of queries."""

    def __init__(self, applications: QuerySet[ApplicationRecord]) -> None:
        self.rows = list(applications.select_related("round", "call").order_by("number"))
        self.answers = _read_answers(applications)
        self.members: dict[UUID, list[tuple[str, UUID | None]]] = defaultdict(list)
        for id, address, person in Member.objects.filter(application__in=applications).values_list(
            "application_id", "address", "person_id"
        ):
            self.members[id].append((address, person))
        self.teams = {row.pk: _list_team(*self.answers[row.pk]) if row.pk in self.answers else [] for row in self.rows}
        self.named: dict[UUID, set[str]] = defaultdict(set)
        for one in StoredFile.objects.filter(application__in=applications).only("application_id", "sha256", "named"):
            self.named[one.application_id].update(one.named or ())
        self.of_address = _find_people(
            {one.address for team in self.teams.values() for one in team}
            | {address for members in self.members.values() for address, person in members if person is None}
        )

    def list_people(self) -> set[UUID]:
        """Returns the ids of those who have an account."""
        found = {row.owner_id for row in self.rows if row.owner_id}
        found |= {person for members in self.members.values() for _, person in members if person}
        return found | {person for people in self.of_address.values() for person in people}

    def make_applications(self, profiles: Mapping[UUID, Profile]) -> list[Application]:
        """Returns the applications that are compared, with the profiles of those who have an account."""
        if not self.rows:
            return []
        files = read_edition(newest_edition(self.rows[0].call))
        days = {row.round_id: find_closing_day(row.round, files) for row in self.rows}
        return [self._make(row, profiles, days[row.round_id]) for row in self.rows]

    def _make(self, row: ApplicationRecord, profiles: Mapping[UUID, Profile], closes: date) -> Application:
        team: dict[str, Profile] = {}
        for address, person in self.members[row.pk]:
            if person and person in profiles:
                team[str(person)] = profiles[person]
            else:
                team[address] = Profile("", addresses=(address,))
        for one in self.teams[row.pk]:
            place = (Affiliation(one.organisation),) if one.organisation else ()
            team[repr(one)] = Profile(
                "",
                names=(one.name,) if one.name else (),
                addresses=(one.address,) if one.address else (),
                affiliations=place,
            )
        for address in [*(one.address for one in self.teams[row.pk]), *(one for one, _ in self.members[row.pk])]:
            for person in self.of_address.get(address, ()):
                if person in profiles and person != row.owner_id:
                    team[str(person)] = profiles[person]
        owner = profiles.get(row.owner_id) if row.owner_id else None
        call, sent = row.call.name, row.state not in UNSENT
        files, answers = self.answers.get(row.pk, (None, {}))
        line = find_line(files.call, answers) if files and sent else None
        return Application(
            row.number,
            f"{call}/{row.round.key}" if sent else row.number,  # a round of its own
            owner or Profile(""),
            budget_line=f"{call}/{line.key}" if line else "",
            team=tuple(team.values()),
            named=tuple(map(make_named, sorted({*_list_named(files, answers), *self.named[row.pk]}))) if files else (),
            organisation=find_applicant(files.call, answers) if files else "",
            closes=closes,
        )


def _read_answers(applications: QuerySet[ApplicationRecord]) -> dict[UUID, tuple[CallFiles, Mapping[str, Any]]]:
    """Returns the files of the call and the answers of each application."""
    newest = Version.objects.filter(application=OuterRef("application")).order_by("-number").values("pk")[:1]
    versions = Version.objects.filter(application__in=applications, pk=Subquery(newest))
    drafts = Draft.objects.filter(application__in=applications, application__versions=None)
    rows: list[Version | Draft] = [
        *versions.only("application", "number", "edition", "answers"),
        *drafts.only("edition", "answers"),
    ]
    editions = Edition.objects.in_bulk({one.edition_id for one in rows})
    return {one.application_id: (read_edition(editions[one.edition_id]), one.answers) for one in rows}


def _list_team(files: CallFiles, answers: Mapping[str, Any]) -> list[_Answer]:
    """Returns the members that the answers to questions about the team name."""
    return [
        _Answer(*(" ".join(member.get(name, "").split()) for name in ("name", "email", "organisation")))
        for key, question in files.form.questions.items()
        if question.kind == "team"
        for member in answers.get(key) or ()
    ]


def _list_named(files: CallFiles, answers: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the addresses and ORCID iDs in all other answers."""
    rest = [answer for key, answer in answers.items() if files.form.questions[key].kind != "team"]
    return find_named(text for answer in rest for text in list_texts(answer))


def _find_people(addresses: Iterable[str]) -> dict[str, list[UUID]]:
    """Returns the people of addresses, confirmed or not."""
    wanted = {address.casefold(): address for address in addresses if address}
    found = defaultdict(list)
    for address, person in EmailAddress.objects.filter(email__in=wanted).values_list("email", "user_id"):
        found[wanted[address]].append(person)
    return found


def find_closing_day(round_: Round, files: CallFiles) -> date:
    """Returns the day on which a round closes, in the call's time zone."""
    return (round_.ends - timedelta(microseconds=1)).astimezone(find_zone(files.call.zone)).date()
