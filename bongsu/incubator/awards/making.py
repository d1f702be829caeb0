"""Makes an award of a decision, starts and ends it, and frees its place."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.applications.asking import find_asked
from bongsu.incubator.applications.finding import read_files, target_of_application
from bongsu.incubator.applications.versions import application_version
from bongsu.incubator.awards.money import count_net_paid
from bongsu.incubator.calls.awards import Award as Plan
from bongsu.incubator.calls.awards import split_amount
from bongsu.incubator.calls.document import Call, Line, count_steps
from bongsu.incubator.models import Application, Award, Reduction, Tranche
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.panel.waiting import find_decision
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor
from bongsu.people.actions import act

ACCOUNT = "award:{number}"


def reduce_grant(actor: Actor, application: Application, amount: str, why: str, now: datetime) -> Reduction | None:
    """Says that an application is granted less than it asks for, before the release; no amount takes it back.

    `amount` is in the unit of the budget line. Raises BadInput, StepRefused where nothing is decided, Refused.
    """
    with act(actor, "application.reduce", target_of_application(application)) as change:
        locked = Application.objects.select_for_update(of=("self",)).select_related("call").get(pk=application.pk)
        if locked.state != "ranked":
            raise StepRefused(N_("What is granted is said while the application is ranked."))
        if not amount.strip():
            locked.reductions.filter(stage=locked.stage).delete()
            return None
        call = read_files(locked).call
        version = application_version(locked)
        asked = find_asked(call, version.answers) if version else None
        if asked is None:
            raise BadInput(N_("The application does not say how much it asks for."))
        steps = count_steps(find_budget_line(call, asked.line), amount)
        if steps >= asked.amount:
            raise BadInput(N_("This is not less than the application asks for."))
        if not why.strip():
            raise BadInput(N_("Say why less is granted."))
        row: Reduction = locked.reductions.filter(stage=locked.stage).first() or Reduction(
            application=locked, stage=locked.stage
        )
        row.amount, row.why, row.by, row.made = steps, why.strip()[:500], actor.person, now
        row.save()
        change.after = {"amount": steps}
    return row


class Reduced(NamedTuple):
    """What an application is granted at its stage, if less than it asks for, and its unit."""

    row: Reduction
    unit: str


def find_reduction(application: Application) -> Reduced | None:
    """Returns what was said to be granted at the application's stage; None if it is what is asked for."""
    row, version = application.reductions.filter(stage=application.stage).first(), application_version(application)
    call = read_files(application).call
    asked = find_asked(call, version.answers) if version else None
    return Reduced(row, find_budget_line(call, asked.line).unit) if row and asked else None


def find_budget_line(call: Call, key: str) -> Line:
    """Returns a budget line of a call by its key. Raises BadInput."""
    for line in call.budget:
        if line.key == key:
            return line
    raise BadInput(N_("The call has no budget line “{name}”."), name=key[:40])


def find_plan(award: Award) -> Plan:
    """Returns what the call said of an award when it was made."""
    return next(one for one in read_edition(award.edition).call.award if one.line == award.line)


def make_award(application: Application, now: datetime) -> Award:
    """Makes the award of an application whose offer is accepted, with its tranches, inside the action of the step.

    Raises StepRefused if there is no decision that grants something, or the call does not say what an award of the line is.
    """
    edition = newest_edition(application.call)
    call, decision = read_edition(edition).call, find_decision(application)
    if decision is None or decision.granted <= 0:
        raise StepRefused(N_("No decision grants this application anything."))
    line = find_budget_line(call, decision.line)
    plan = next((one for one in call.award if one.line == line.key), None)
    if plan is None:
        raise StepRefused(
            N_("The call does not say what an award of “{name}” is."),
            fix=N_("An officer adds an [[award]] to the file of the call."),
            name=line.key,
        )
    version = application_version(application)
    asked = find_asked(call, version.answers) if version else None
    reduction = application.reductions.filter(stage=decision.stage).first()
    award: Award = Award.objects.create(
        application=application,
        edition=edition,
        line=line.key,
        unit=line.unit,
        asked=asked.amount if asked else decision.granted,
        amount=decision.granted,
        why=reduction.why if reduction else "",
        source=plan.account,
        account=ACCOUNT.format(number=application.number),
        made=now,
    )
    fixed = [None if one.amount is None else count_steps(line, one.amount) for one in plan.tranches]
    for place, (one, amount) in enumerate(
        zip(plan.tranches, split_amount(award.amount, plan.tranches, fixed), strict=True)
    ):
        if amount:
            Tranche.objects.create(award=award, place=place, key=one.key, at=one.at, amount=amount, changed=now)
    return award


def find_award(application: Application) -> Award | None:
    """Returns the award of an application; None if there is none."""
    found: Award | None = Award.objects.filter(application=application).select_related("edition").first()
    return found


def require_award(application: Application) -> Award:
    """Returns the award of an application. Raises StepRefused."""
    award = find_award(application)
    if award is None:
        raise StepRefused(N_("The application has no award."))
    return award


def lock_award(application: Application) -> Award:
    """Returns the award of an application, locked until the transaction ends. Raises StepRefused."""
    require_award(application)
    rows = Award.objects.select_for_update(of=("self",)).select_related("application", "edition")
    found: Award = rows.get(pk=application.pk)
    return found


def start_award(award: Award, now: datetime) -> None:
    """Says from when until when an award runs, once, inside the action of the step."""
    if award.started is None:
        award.started, award.until = now, now + timedelta(days=find_plan(award).days)
        award.save(update_fields=["started", "until"])


def free_place(application: Application, now: datetime) -> None:
    """Frees the place of an application on its budget line, but for what was paid and is not returned, inside the action."""
    award = find_award(application)
    if award is not None:  # without one, its state alone frees the place
        award.kept = count_net_paid(award)
        award.ended = award.ended or now
        award.save(update_fields=["kept", "ended"])


def end_award(award: Award, now: datetime) -> None:
    """Says when an award ended, inside the action of the step."""
    award.ended = now
    award.save(update_fields=["ended"])
