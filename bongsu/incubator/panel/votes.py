"""Votes of the panel by name, the quorum, and what they decide.

The quorum is half of those who may vote on the application, at least one. Where votes are equal, the chair's counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import cast
from uuid import UUID

from bongsu.incubator.models import Appeal, Application, Vote
from bongsu.incubator.reviewers.doors import list_free
from bongsu.incubator.reviewers.lookers import CHAIR, OFFICER, PANEL
from bongsu.incubator.workflow.document import Decision


@dataclass(frozen=True)
class Tally:
    """The votes on an application that count, and the ids of who may vote: the panel, and among it the chairs."""

    votes: Sequence[Vote]
    voters: Collection[UUID]
    chairs: Collection[UUID]

    @property
    def has_quorum(self) -> bool:
        """Whether at least half of the voters, and at least one, have voted."""
        voted = {vote.person_id for vote in self.votes} & set(self.voters)
        return bool(voted) and 2 * len(voted) >= len(self.voters)

    @property
    def decision(self) -> Decision | None:
        """What most votes say; the chair's vote where they are equal; None if that does not decide."""
        counted = Counter(vote.decision for vote in self.votes).most_common()
        best = {decision for decision, count in counted if count == counted[0][1]}
        if len(best) > 1:
            best &= {vote.decision for vote in self.votes if vote.person_id in self.chairs}
        return cast(Decision, best.pop()) if len(best) == 1 else None


def count_votes(application: Application) -> Tally:
    """Returns the votes on an application at its stage, without those of people who have a conflict now.

    After an appeal that was upheld, the votes of before do not count. Officers vote where the workflow says so.
    """
    panel, chairs, officers = ([one.pk for one in list_free(role, application)] for role in (PANEL, CHAIR, OFFICER))
    votes = Vote.objects.filter(
        application=application, stage=application.stage, person__in={*panel, *chairs, *officers}
    )
    if appeal := Appeal.objects.filter(application=application, outcome="upheld").first():
        votes = votes.filter(cast__gt=appeal.decided)
    return Tally(list(votes.select_related("person").order_by("cast")), {*panel, *chairs}, set(chairs))
