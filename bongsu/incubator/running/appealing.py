"""Judges appeals: one that is upheld leads to new reviews and new votes; the earlier decision stays in the record."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.models import Appeal, Application
from bongsu.incubator.panel.appeals import UPHOLD, record_outcome
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import lock_application, take_step
from bongsu.people.access import Actor
from bongsu.people.actions import act


def judge_appeal(
    actor: Actor, application: Application, outcome: Literal["upheld", "refused"], why: str, now: datetime, site: Site
) -> Appeal:
    """Judges an appeal. Raises BadInput, StepRefused, and Refused for who took part in the decision."""
    with act(actor, f"application.{UPHOLD}", target_of_application(application)) as change:
        locked = lock_application(application)
        change.before = {"state": locked.state}
        appeal = record_outcome(actor, locked, outcome, why, now)
        if outcome == "upheld":
            take_step(locked, UPHOLD, actor, now, site)
        change.after = {"state": locked.state, "appeal": outcome}
    return appeal
