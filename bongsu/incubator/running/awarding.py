"""What an officer does with awards that moves the application: the second signature, and the recall of unused hours."""

from __future__ import annotations

from datetime import datetime

from bongsu.core.errors import N_
from bongsu.incubator.applications.finding import read_files, target_of_application
from bongsu.incubator.awards.agreement import is_signed, sign_as_officer
from bongsu.incubator.awards.making import lock_award
from bongsu.incubator.awards.messages import tell_team
from bongsu.incubator.awards.use import decide_notice, require_notice
from bongsu.incubator.models import AgreementSignature, Application, UseNotice
from bongsu.incubator.site import Site
from bongsu.incubator.steps.take import lock_application, perform
from bongsu.incubator.workflow.step import list_events
from bongsu.people.access import Actor
from bongsu.people.actions import act

START = "start"
DECIDED = N_("the use of the hours was decided on")


def countersign(actor: Actor, application: Application, digest: str, now: datetime, site: Site) -> AgreementSignature:
    """Signs for the node, and starts the award, if its workflow does so: signature, start and money are one transaction.

    Raises BadInput, StepRefused, also with the ledger's words: then nothing is signed. Refused.
    """
    with act(actor, "award.countersign", target_of_application(application)) as change:
        locked = lock_application(application)
        award = lock_award(locked)
        signature = sign_as_officer(actor, award, digest, now)
        change.after = {"side": signature.side, "digest": digest}
        if is_signed(award) and START in list_events(read_files(locked).workflow, locked.state, "officer"):
            perform(actor, locked, START, now, site)
    return signature


def decide_on_use(
    actor: Actor, application: Application, decision: str, why: str, now: datetime, site: Site
) -> UseNotice:
    """Keeps or recalls the hours of an award after a notice. Raises BadInput, StepRefused, Refused."""
    with act(actor, "award.judge", target_of_application(application)) as change:
        locked = lock_application(application)
        notice = require_notice(lock_award(locked))
        decide_notice(notice, decision, why, actor, now)
        change.after = {"notice": decision}
        if decision == "recalled":
            perform(actor, locked, "recall", now, site, why)
        else:
            tell_team(site, notice.award, DECIDED)
    return notice
