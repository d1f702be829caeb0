"""Casts votes: what most of them decide waits as `pending` until the release."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import get_args

from django.db import transaction
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.applications.finding import read_files, target_of_application
from bongsu.incubator.models import Application, Round, Vote
from bongsu.incubator.panel.scoring import rank_round
from bongsu.incubator.panel.votes import count_votes
from bongsu.incubator.steps.facts import Facts
from bongsu.incubator.steps.take import lock_application, stands_for
from bongsu.incubator.workflow.document import Decision, Workflow
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.incubator.workflow.step import Refusal, decide
from bongsu.incubator.workflow.words import describe_refusal
from bongsu.people.access import Actor
from bongsu.people.actions import act

# What the place in the ranking suggests; at the line the panel decides.
SUGGESTED = {"funded": "accept", "waiting": "wait", "below-threshold": "reject"}


def cast_vote(actor: Actor, application: Application, decision: str, why: str, now: datetime) -> Application:
    """Records a vote, in the place of an earlier one of the same person, and what the votes decide now.

    Raises BadInput, StepRefused if nothing is decided in this state, Refused.
    """
    if decision not in get_args(Decision) or actor.person is None:
        raise BadInput(N_("A vote is to accept, to wait or to reject, by a person."))
    with act(actor, "application.vote", target_of_application(application)) as change:
        locked = lock_application(application)
        workflow = read_files(locked).workflow
        who = _find_who_decides(actor, locked, workflow)
        Vote.objects.update_or_create(
            application=locked,
            stage=locked.stage,
            person=actor.person,
            defaults={"decision": decision, "why": why.strip()[:500], "cast": now},
        )
        tally = count_votes(locked)
        facts = Facts(locked, now, {"quorum.met": tally.has_quorum})
        found = decide(workflow, locked.state, tally.decision or "accept", who, facts)
        if isinstance(found, Refusal) and found.code == "no-decision-here":
            raise _refuse(found)
        locked.pending = "" if isinstance(found, Refusal) or tally.decision is None else found
        locked.save(update_fields=["pending"])
        change.after = {"vote": decision}
    return locked


def _find_who_decides(actor: Actor, application: Application, workflow: Workflow) -> str:
    """Returns as what of the workflow somebody decides. Raises StepRefused."""
    target = target_of_application(application)
    names = workflow.decide.who if workflow.decide else ()
    who = next((name for name in names if stands_for(actor, name, target)), None)
    if who is None:
        raise StepRefused(N_("You do not decide in this call."))
    return who


def _refuse(refusal: Refusal) -> StepRefused:
    reason = describe_refusal(refusal, gettext, get_language() or "en")
    return StepRefused(N_("The application cannot go on. {reason}"), reason=reason)


def follow_ranking(actor: Actor, round_: Round, hidden: Collection[object], why: str, now: datetime) -> int:
    """Casts the votes that the ranking suggests, but for applications at the line and those that the voter may not see.

    All votes or none are cast. Returns how many.
    """
    count = 0
    with transaction.atomic():
        for ranked in rank_round(round_, hidden):
            if suggested := SUGGESTED.get(ranked.row.place):
                cast_vote(actor, ranked.application, suggested, why, now)
                count += 1
    return count
