"""The people of a trial: applicants of several kinds, reviewers with a conflict and without, a panel, chairs, two officers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import cycle
from math import ceil
from random import Random

from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.incubator.calls.check import CallFiles
from bongsu.incubator.models import Call
from bongsu.incubator.reviewers.inviting import accept_invitation, decline_invitation, invite_reviewers
from bongsu.incubator.reviewers.stating import Statement, state_profile
from bongsu.incubator.trial.answers import write_words
from bongsu.people.access import NOBODY, Actor
from bongsu.people.granting import grant_role
from bongsu.people.models import Person
from bongsu.people.persons import ensure_person

MOST_BREAKING = 12  # applicants who break a rule each
LATE, INCOMPLETE, LEAVES = "late", "incomplete", "leaves"
MAKER = Actor.of_command("trial")


@dataclass(frozen=True)
class Applicant:
    """Somebody who applies. `fate` is LATE, INCOMPLETE, LEAVES, or empty; `breaks` is the rule that her answers do not meet."""

    person: Person
    language: str
    fate: str = ""
    breaks: str = ""

    @property
    def actor(self) -> Actor:
        """As whom she acts."""
        return act_as(self.person)


@dataclass(frozen=True)
class People:
    """Everybody who takes part."""

    applicants: tuple[Applicant, ...]
    officers: tuple[Person, ...]
    chairs: tuple[Person, ...]
    panel: tuple[Person, ...]


def act_as(person: Person) -> Actor:
    """Returns a person as she acts, signed in with two steps."""
    return Actor.of_person(person, two_step=True)


def make_person(name: str, place: str, title: str, *roles: str, call: str = "") -> Person:
    """Makes a person whose address is at a made-up institution, with roles for the call."""
    made = ensure_person(NOBODY, f"{name}@{place}.example", title, "en")
    for role in roles:
        grant_role(MAKER, made, role, ("call", call))
    return made


def make_people(files: CallFiles, valid: int) -> People:
    """Makes applicants and those who decide; reviewers are invited when the call is open."""
    name, languages = files.call.call, cycle(TABLE_LANGUAGES)
    kinds = [("", "")] * valid + [(LATE, ""), (INCOMPLETE, ""), (LEAVES, "")]
    kinds += [("", rule.id) for rule in files.rules.rule[:MOST_BREAKING]]
    applicants = [
        Applicant(make_person("team", f"team-{number}", f"Team {number}"), next(languages), fate, breaks)
        for number, (fate, breaks) in enumerate(kinds, 1)
    ]
    officers, chairs, panel = (
        tuple(
            make_person(f"{role}-{number}", role, f"{role} {number}", role, call=name) for number in range(1, count + 1)
        )
        for role, count in (("call-officer", 2), ("call-chair", 2), ("call-panel", 2))
    )
    return People(tuple(applicants), officers, chairs, panel)


def needs_reviewers(files: CallFiles) -> bool:
    """Whether the workflow has reviews."""
    return any(one.to == "in-review" for one in files.workflow.transition)


def count_needed(files: CallFiles, applications: int) -> int:
    """Returns how many reviewers so many applications need: reviews wanted, divided by what one reviewer takes."""
    reviews = files.call.reviews
    return max(reviews.wanted, ceil(applications * reviews.wanted / reviews.most_each))


def invite_all(people: People, call: Call, files: CallFiles, random: Random, now: datetime) -> int:
    """States who panel and chairs are, and invites reviewers: enough who accept, one of them in conflict, and one declines.

    Returns how many accepted.
    """
    for member in (*people.panel, *people.chairs):
        state_profile(act_as(member), member, Statement(), now)
    if not needs_reviewers(files):
        return 0
    count = count_needed(files, len(people.applicants)) + 1
    reviewers = [make_person("reviewer", f"institute-{number}", f"Reviewer {number}") for number in range(1, count + 1)]
    reviewers.append(make_person("reviewer", "team-1", "Colleague of team 1"))  # the organisation of an applicant
    declining = make_person("declining", "institute-0", "Declining reviewer")
    addresses = [str(one.email) for one in (*reviewers, declining)]
    invited = invite_reviewers(act_as(people.officers[0]), call, addresses, 0, files.call.reviews.most_each, now)
    for person, (row, secret) in zip((*reviewers, declining), invited, strict=True):
        if person == declining:
            decline_invitation(secret, now)
            continue
        expertise = {language: write_words(language, random) for language in TABLE_LANGUAGES}
        state_profile(act_as(person), person, Statement(expertise=expertise, reads=TABLE_LANGUAGES), now)
        accept_invitation(secret, person, 0, row.most, now)
    return len(reviewers)
