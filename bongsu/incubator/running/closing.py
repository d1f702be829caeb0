"""Closes rounds: after the end of a round every application gets its event, and the head of the journal is recorded.

It waits two minutes, so that what arrived in time and is still being written comes first. It can be cut short and goes on.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.applications.rounds import GRACE, find_next_round
from bongsu.incubator.applications.versions import sign_receipts
from bongsu.incubator.models import Application, Round
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.reviewers.conflicts import compare_due
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import lock_application, perform
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.incubator.workflow.step import list_events
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act

WAIT = timedelta(minutes=2)  # longer than a request may take


def close_due_rounds(actor: Actor, now: datetime, site: Site) -> int:
    """Closes every round that has ended, and compares its applications with all who will look. Returns how many."""
    due = Round.objects.filter(closed=None, ends__lte=now - WAIT).select_related("call").order_by("ends")
    count = sum(close_round(actor, round_, now, site) for round_ in due)
    compare_due(now, site.node)
    return count


def close_round(actor: Actor, round_: Round, now: datetime, site: Site) -> bool:
    """Closes a round that has ended, if its grace has passed too. Returns whether it did."""
    files = read_edition(newest_edition(round_.call))
    if files.call.late_drafts and now < round_.ends + GRACE + WAIT:
        return False
    for application in Application.objects.filter(round=round_).select_related("call", "round").order_by("number"):
        if "close-round" in list_events(files.workflow, application.state, "clock"):
            with suppress(StepRefused):  # a draft of a rolling call waits for the next round
                perform(actor, application, "close-round", now, site)
    with act(actor, "round.close", Target("call", round_.call.name)) as change:
        locked = Round.objects.select_for_update().get(pk=round_.pk)
        if locked.closed is not None:
            return False
        line = site.node.journal.append("round-closed", f"{round_.call.name}/{round_.key}")
        locked.closed, locked.head = now, line.hash
        locked.save()
        change.after = {"round": round_.key, "head": line.hash}
    sign_receipts(site.node, now)
    return True


def move_waiting_drafts(actor: Actor, now: datetime) -> int:
    """Moves the drafts of closed rounds of rolling calls to the round that follows. Returns how many."""
    count = 0
    waiting = Application.objects.filter(state="draft", call__state="open").exclude(round__closed=None)
    for application in waiting.select_related("call", "round"):
        following = find_next_round(application.call, application.round, application.stage)
        if following is None or not read_edition(newest_edition(application.call)).call.rolling:
            continue
        with act(actor, "application.move-round", target_of_application(application)) as change:
            locked = lock_application(application)
            change.before, change.after = {"round": locked.round.key}, {"round": following.key}
            locked.round, locked.warned = following, None
            locked.save(update_fields=["round", "warned"])
        count += 1
    return count
