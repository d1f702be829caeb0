"""The awards of a trial: a ledger with the budget, agreements that both sides sign, milestones that are accepted."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

from bongsu.core.errors import BadInput
from bongsu.credits.accounts import open_account, open_unit
from bongsu.credits.ledger.commands import TransferCommand
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.models import Account
from bongsu.credits.posting import post
from bongsu.incubator.applications.files import store_file
from bongsu.incubator.awards.agreement import digest_texts, fill_in, sign_as_applicant, write_agreement
from bongsu.incubator.awards.delivering import hand_in, judge_delivery
from bongsu.incubator.awards.making import find_award, find_plan
from bongsu.incubator.calls.document import count_steps
from bongsu.incubator.models import Application, Award, Deliverable
from bongsu.incubator.running.awarding import countersign
from bongsu.incubator.trial.answers import make_file
from bongsu.incubator.trial.people import MAKER, act_as
from bongsu.incubator.trial.state import Trial
from bongsu.incubator.workflow.refused import StepRefused

WHY = "A trial."


def fill_ledger(trial: Trial) -> None:
    """Opens the accounts that pay the awards, each with what its budget lines have."""
    lines = {line.key: line for line in trial.files.call.budget}
    for plan in trial.files.call.award:
        line = lines[plan.line]
        open_unit(MAKER, line.unit)
        if not Account.objects.filter(pk=plan.account).exists():
            open_account(MAKER, plan.account, line.unit)
        amount = str(count_steps(line, line.amount))
        filled = TransferCommand(
            id=uuid4(), debit=f"issue:{line.unit}", credit=plan.account, amount=amount, unit=line.unit
        )
        post(Issuer("", MAKER.name, trusted=True), [filled])


def sign(trial: Trial, application: Application) -> bool:
    """The applicant fills in the agreement and signs it, and so does an officer; the award starts. False without a plan."""
    award = find_award(application)
    if award is None:
        return False
    officer, applicant = act_as(trial.people.officers[0]), trial.find_applicant(application).actor
    agreement = find_plan(award).agreement
    if agreement is None:
        return trial.attempt("start", application)
    try:
        fill_in(applicant, application, {field.key: WHY for field in agreement.field}, trial.now)
        file = _store(trial, application)["sha256"] if agreement.signed_file else ""
        digest = digest_texts(write_agreement(Award.objects.get(pk=award.pk)))
        sign_as_applicant(applicant, application, digest, trial.now, trial.site, file)
        countersign(officer, application, digest, trial.now, trial.site)
    except (StepRefused, BadInput):  # the report has the guards that hinder the start
        return False
    return True


def deliver(trial: Trial, application: Application) -> None:
    """The team hands in the milestones and reports that are due next; an officer accepts them."""
    officer, applicant = act_as(trial.people.officers[0]), trial.find_applicant(application).actor
    rows = Deliverable.objects.filter(award__application=application, state="open", due__lte=trial.now)
    for one in rows.order_by("due", "pk"):
        files = [] if one.evidence == "text" else [_store(trial, application)]
        with suppress(StepRefused, BadInput):
            hand_in(applicant, application, one.kind, one.key, WHY, files, trial.now, trial.site)
            judge_delivery(officer, application, one.kind, one.key, "accepted", WHY, trial.now, trial.site)


def _store(trial: Trial, application: Application) -> dict[str, Any]:
    return store_file(application, "signed.pdf", make_file("pdf"), ("pdf",), 20, trial.now, trial.site.node)
