"""The checks of eligibility: run by the node, ruled on by an officer where it does not know, overruled by two officers."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.incubator.applications.finding import target_of_application
from bongsu.incubator.applications.judging import judge
from bongsu.incubator.applications.versions import application_version
from bongsu.incubator.models import Application, Check, Signature
from bongsu.people.access import Actor
from bongsu.people.actions import act

SIGNATURES = 2
ASKED_BY_NODE = "?"  # the question is the rule itself


def run_checks(application: Application, now: datetime) -> None:
    """Runs the rules on the version that is the application, inside an action. What an officer ruled stays."""
    version = application_version(application)
    if version is None:
        return
    outcomes = judge(application, version, now, "screening").outcomes
    kept = []
    for rule, truth, _ in outcomes:
        kept.append(rule.id)
        Check.objects.update_or_create(
            application=application,
            rule=rule.id,
            defaults={"kind": rule.kind, "truth": truth, "changed": now},
        )
    application.checks.exclude(rule__in=kept).delete()


def are_done(application: Application) -> bool:
    """Whether no rule that knocks out is unknown."""
    return all(check.outcome != "unknown" for check in application.checks.filter(kind="knock-out"))


def have_failed(application: Application) -> bool:
    """Whether a rule that knocks out is not met."""
    return any(check.outcome == "no" for check in application.checks.filter(kind="knock-out"))


def rule_on_check(
    actor: Actor, application: Application, rule: str, ruling: Literal["yes", "no"], why: str, now: datetime
) -> Check:
    """Records an officer's ruling on a check that the node could not decide. Raises BadInput, Missing, Refused."""
    if not why.strip():
        raise BadInput(N_("A ruling needs a reason."))
    with act(actor, "application.rule-on-check", target_of_application(application)) as change:
        check = _lock_check(application, rule)
        if check.truth != "unknown":
            raise BadInput(
                N_("The node decided this check: it cannot be ruled on."),
                fix=N_("Two officers can overrule it together when the screening has ended."),
            )
        change.before = {"rule": rule, "outcome": check.outcome}
        check.ruling, check.why, check.by, check.changed = ruling, why.strip()[:500], actor.person, now
        check.save()
        change.after = {"rule": rule, "outcome": ruling}
    return check


def ask_applicant(actor: Actor, application: Application, rule: str, question: str, now: datetime) -> Check:
    """Asks the applicant about a check that is unknown. Raises BadInput, Missing, Refused."""
    if not question.strip():
        raise BadInput(N_("The question is empty."))
    with act(actor, "application.ask", target_of_application(application)) as change:
        check = _lock_check(application, rule)
        check.question, check.answer, check.changed = question.strip()[:5000], "", now
        check.save()
        change.after = {"rule": rule}
    return check


def ask_about_unknown(application: Application, now: datetime) -> None:
    """Asks the applicant about each rule that knocks out and that the node does not know, inside an action.

    The question is the reason of the rule, on the application's page.
    """
    unknown = application.checks.filter(kind="knock-out", truth="unknown", ruling="", question="")
    for check in unknown:
        check.question, check.changed = ASKED_BY_NODE, now
        check.save()


def answer_check(actor: Actor, application: Application, rule: str, answer: str, now: datetime) -> Check:
    """Records the applicant's answer to a question about a check. Raises BadInput, Missing, Refused."""
    if not answer.strip():
        raise BadInput(N_("The answer is empty."))
    with act(actor, "application.answer", target_of_application(application)) as change:
        check = _lock_check(application, rule)
        if not check.question or check.outcome != "unknown":
            raise BadInput(N_("Nobody waits for an answer to this."))
        check.answer, check.changed = answer.strip()[:5000], now
        check.save()
        change.after = {"rule": rule}
    return check


def _lock_check(application: Application, rule: str) -> Check:
    try:
        return Check.locked(application=application, rule=rule)
    except Check.DoesNotExist:
        raise Missing(N_("The application has no check “{name}”."), name=rule[:40]) from None


def sign_overruling(actor: Actor, application: Application, why: str, now: datetime) -> int:
    """Signs that the failed checks of an application are overruled. Returns how many officers have signed.

    Raises BadInput, Refused.
    """
    if actor.person is None or not why.strip():
        raise BadInput(N_("Overruling needs a person and a reason."))
    with act(actor, "application.sign-overruling", target_of_application(application)) as change:
        Signature.objects.get_or_create(
            application=application, person=actor.person, defaults={"why": why.strip()[:500], "signed": now}
        )
        count = application.signatures.count()
        change.after = {"signatures": count}
    return count


def is_overruling_signed(application: Application) -> bool:
    """Whether two officers have signed."""
    return application.signatures.count() >= SIGNATURES


def overrule_checks(application: Application, now: datetime) -> None:
    """Rules that the failed checks are met, for the signed reason, inside an action."""
    signed = application.signatures.order_by("signed").first()
    if signed is not None:
        for check in application.checks.filter(kind="knock-out", truth="no"):
            check.ruling, check.why, check.by, check.changed = "yes", signed.why, signed.person, now
            check.save()
