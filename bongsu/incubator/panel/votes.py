"""Votes of the panel by name, the quorum, and what they decide.

The quorum is half of those who may vote on the application, at least one. Where votes are equal, the chair's counts.
"""

from __future__ import annotations

from collections import Counter
from typing import cast

from bongsu.incubator.models import Appeal, Application, Vote
from bongsu.incubator.reviewers.doors import list_free
from bongsu.incubator.reviewers.lookers import CHAIR, OFFICER, PANEL
from bongsu.incubator.workflow.document import Decision
from bongsu.people.models import Person


def list_voters(application: Application) -> list[Person]:
    """Returns the members of the panel, chairs included, who have no conflict with the application."""
    return list(dict.fromkeys([*list_free(PANEL, application), *list_free(CHAIR, application)]))


def list_votes(application: Application) -> list[Vote]:
    """Returns the votes on an application at its stage that still count: of those who have a conflict now, none does."""
    free = {person.pk for role in (PANEL, CHAIR, OFFICER) for person in list_free(role, application)}
    votes = Vote.objects.filter(application=application, stage=application.stage, person__in=free)
    if appeal := Appeal.objects.filter(application=application, outcome="upheld").first():
        votes = votes.filter(cast__gt=appeal.decided)
    return list(votes.select_related("person").order_by("cast"))


def has_quorum(application: Application) -> bool:
    """Whether at least half of the voters, and at least one, have voted."""
    voters = {person.pk for person in list_voters(application)}
    voted = {vote.person_id for vote in list_votes(application)}
    return bool(voted & voters) and 2 * len(voted & voters) >= len(voters)


def count_votes(application: Application) -> Decision | None:
    """Returns what most votes say; the chair's vote where they are equal; None if that does not decide."""
    votes = list_votes(application)
    counted = Counter(vote.decision for vote in votes).most_common()
    if not counted:
        return None
    best = [decision for decision, count in counted if count == counted[0][1]]
    if len(best) > 1:
        chairs = {person.pk for person in list_free(CHAIR, application)}
        best = list({vote.decision for vote in votes if vote.person_id in chairs and vote.decision in best})
    return cast(Decision, best[0]) if len(best) == 1 else None
