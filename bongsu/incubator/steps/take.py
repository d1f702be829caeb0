"""Takes a step of an application: permission, facts, the new state, the effects and the messages, in one action."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_
from bongsu.incubator.applications.finding import read_files, target_of_application
from bongsu.incubator.models import Application, Reason
from bongsu.incubator.site import Site
from bongsu.incubator.steps.effects import EFFECTS, Step
from bongsu.incubator.steps.facts import Facts
from bongsu.incubator.steps.messages import tell
from bongsu.incubator.workflow.check import RELEASE
from bongsu.incubator.workflow.document import Transition
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.incubator.workflow.step import Refusal, pending_facts, step
from bongsu.incubator.workflow.tables import known_events
from bongsu.incubator.workflow.words import describe_refusal
from bongsu.people.access import RELATIONS, Actor, Target
from bongsu.people.actions import act

# As what somebody stands for an actor of a workflow: relations of access.csv.
STANDS_FOR = {
    "officer": ("free-officer",),
    "second-officer": ("free-officer",),
    "chair": ("free-chair",),
    "panel": ("free-panel", "free-chair"),
}


LAST = "write-letter"


def perform(
    actor: Actor, application: Application, event: str, now: datetime, site: Site, why: str = ""
) -> Application:
    """Carries out an event of an application, as an action of its own. Returns the application. Raises StepRefused, Refused."""
    with act(actor, f"application.{event}", target_of_application(application)) as change:
        locked = lock_application(application)
        change.before = {"state": locked.state}
        take_step(locked, event, actor, now, site)
        change.after = {"state": locked.state}
        if why := why.replace("\x00", "").strip()[:500]:
            change.after["reason"] = Reason.objects.create(application=locked, text=why, given=now).pk
    return locked


def lock_application(application: Application) -> Application:
    """Returns the row of an application, locked until the transaction ends."""
    rows = Application.objects.select_for_update(of=("self",)).select_related("call", "round", "owner")
    row: Application = rows.get(pk=application.pk)
    return row


def take_step(application: Application, event: str, actor: Actor, now: datetime, site: Site) -> Transition:
    """Takes a step of a locked application within an action, which has checked the permission. Raises StepRefused."""
    transition = find_step(application, event, actor, now)
    application.state, application.changed, application.due = transition.to, now, None
    if event in (RELEASE, "withdraw"):
        application.pending = ""
    if event in ("uphold-appeal", "overrule"):
        application.delete_after = application.delete_reviews_after = application.warned = None  # it goes on
    made = Step(application, transition, actor, now, site)
    for effect in sorted(transition.effect, key=LAST.__eq__):  # the letter says what the other effects did
        EFFECTS[effect](made)
    application.save()
    tell(made)
    return transition


def find_step(application: Application, event: str, actor: Actor, now: datetime) -> Transition:
    """Returns the transition that an event causes now. Raises StepRefused with the reason."""
    workflow = read_files(application).workflow
    known = pending_facts(application.pending or None) if event == RELEASE else {}  # type: ignore[arg-type]
    facts = Facts(application, now, known)
    refusal = Refusal("not-allowed", {"event": known_events()[event].text, "who": "", "may": ()})
    for who in list_acting(actor, event, target_of_application(application)):
        found = step(workflow, application.state, event, who, facts)
        if not isinstance(found, Refusal):
            return found
        if refusal.code == "not-allowed":
            refusal = found
    reason = describe_refusal(refusal, gettext, get_language() or "en")
    error = StepRefused(N_("The application cannot go on. {reason}"), reason=reason)
    error.refusal = refusal
    raise error


def list_acting(actor: Actor, event: str, target: Target) -> list[str]:
    """Returns as what the actor may cause an event: those of the workflow whom she stands for. The command stands for all."""
    who = known_events()[event].who
    if actor.name.startswith("duty "):
        return ["clock"] if "clock" in who else []
    return sorted(name for name in who if stands_for(actor, name, target))


def stands_for(actor: Actor, name: str, target: Target) -> bool:
    """Whether somebody is an actor of a workflow, such as “panel”, for an application."""
    if actor.trusted:
        return True
    if name == "applicant":
        return actor.person is not None and str(actor.person.pk) == target.person
    return any(RELATIONS[relation](actor, target) for relation in STANDS_FOR.get(name, ()))
