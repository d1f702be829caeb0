"""The money and the hours of awards in the ledger. Each command has an id of its award and tranche, so it happens once.

Everything is posted inside the transaction of the step: if the ledger refuses, its words are raised and nothing is changed.
Tranches that wait for a milestone are held on the account that pays, and settled when it is accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from django.db.models import Sum
from django.utils.translation import gettext

from bongsu.core.errors import N_
from bongsu.credits import models as ledger
from bongsu.credits import storage
from bongsu.credits.accounts import open_account
from bongsu.credits.balances import read_balance
from bongsu.credits.ledger.commands import Command, HoldCommand, SettleCommand, TransferCommand, VoidCommand
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.outcomes import describe_outcome
from bongsu.credits.posting import post
from bongsu.credits.unit_table import known_units
from bongsu.incubator.calls.awards import AGREEMENT
from bongsu.incubator.models import Award, Tranche
from bongsu.incubator.workflow.refused import StepRefused
from bongsu.people.access import Actor

PAID, RETURNED = "award-tranche", "award-return"  # kinds of transfers
HELD = timedelta(days=3650)  # from the making of the award: its end voids what is held long before
OPENER = Actor.of_duty("awards")


def post_tranches(award: Award, keeper: str, actor: Actor, now: datetime) -> None:
    """Pays the tranches that are due after the agreement, and holds the others, as one group. Raises StepRefused."""
    _require_source(award)
    _open_own_account(award, keeper)
    tranches = list(award.tranches.order_by("place"))
    commands: list[Command] = []
    for one in tranches:
        values: dict[str, Any] = {
            "id": make_id(award, one.key, "pay" if one.at == AGREEMENT else "hold"),
            "group": f"award {award.pk}",
            "debit": award.source,
            "credit": award.account,
            "amount": str(one.amount),
            "unit": award.unit,
            "kind": PAID,
            "memo": f"{award.application.number} {one.key}",
        }
        held = HoldCommand(**values, until=award.made + HELD) if one.at != AGREEMENT else None
        commands.append(held or TransferCommand(**values))
    _post(actor, commands)
    for one, command in zip(tranches, commands, strict=True):
        one.state = "held" if isinstance(command, HoldCommand) else "paid"
        one.command, one.changed = command.key, now
        one.save(update_fields=["state", "command", "changed"])


def pay_tranches(award: Award, milestone: str, actor: Actor, now: datetime) -> int:
    """Settles the tranches that wait for a milestone. Returns how many. Raises StepRefused."""
    return _end_holds(award.tranches.filter(at=milestone, state="held"), "paid", actor, now)


def void_tranches(award: Award, actor: Actor, now: datetime, milestone: str = "") -> int:
    """Voids the tranches that are held: those of a milestone, or all. Returns how many. Raises StepRefused."""
    rows = award.tranches.filter(state="held")
    return _end_holds(rows.filter(at=milestone) if milestone else rows, "void", actor, now)


def _end_holds(rows: object, state: str, actor: Actor, now: datetime) -> int:
    tranches = list(rows.select_related("award__application").order_by("place"))  # type: ignore[attr-defined]
    if not tranches:
        return 0
    make = SettleCommand if state == "paid" else VoidCommand
    group = f"award {tranches[0].award_id}"
    word = "settle" if state == "paid" else "void"
    commands = [make(id=make_id(one.award, one.key, word), of=UUID(one.command), group=group) for one in tranches]
    _post(actor, commands)
    for one, command in zip(tranches, commands, strict=True):
        one.state, one.ending, one.changed = state, command.key, now
        one.save(update_fields=["state", "ending", "changed"])
    return len(tranches)


def return_credits(award: Award, actor: Actor, now: datetime) -> int:
    """Voids what is held, and moves unspent hours back to the account that paid. Returns the steps that moved.

    Money that was paid is not taken back. Raises StepRefused.
    """
    void_tranches(award, actor, now)
    award.tranches.filter(state="planned").update(state="void", changed=now)
    if known_units()[award.unit].kind != "compute":
        return 0
    storage.lock_book()
    account = ledger.Account.objects.filter(pk=award.account).first()
    left = (read_balance(account).free or 0) if account else 0
    if left <= 0:
        return 0
    command = TransferCommand(
        id=make_id(award, "", "return"),
        debit=award.account,
        credit=award.source,
        amount=str(left),
        unit=award.unit,
        kind=RETURNED,
        memo=award.application.number,
    )
    _post(actor, [command])
    return left


def make_id(award: Award, tranche: str, what: str) -> UUID:
    """Returns the id of a command about an award: the same whenever it is sent, so that it takes effect once."""
    return uuid5(award.pk, f"{what}/{tranche}")


def _post(actor: Actor, commands: Sequence[Command]) -> None:
    outcomes = post(Issuer("", actor.name, trusted=True), commands)
    for outcome in outcomes:
        if not outcome.is_done and outcome.outcome != "linked":
            said = describe_outcome(outcome, gettext)
            raise StepRefused(
                N_("The ledger refuses it: {reason} Nothing was changed."), fix=str(said["fix"]), reason=said["message"]
            )


def _require_source(award: Award) -> None:
    if not ledger.Account.objects.filter(pk=award.source).exists():
        raise StepRefused(
            N_("The ledger has no account “{id}”, which pays this award. Nothing was changed."),
            fix=N_("A treasurer opens it and puts the budget of the call in it: bongsu credits open {id} {unit}"),
            id=award.source,
            unit=award.unit,
        )


def _open_own_account(award: Award, keeper: str) -> None:
    """Opens the account that the award is paid to: the applicant sees it with her others."""
    if ledger.Account.objects.filter(pk=award.account).exists():
        return
    owner = award.application.owner_id
    open_account(
        OPENER,
        award.account,
        award.unit,
        holder=("person", str(owner)) if owner else ("project", award.application.number),
        purpose=award.application.number,
        keeper=keeper,
    )


def count_paid(award: Award) -> int:
    """Returns what was paid of an award, in steps."""
    return sum(award.tranches.filter(state="paid").values_list("amount", flat=True))


def count_held(award: Award) -> int:
    """Returns what is held for an award, in steps."""
    return sum(award.tranches.filter(state="held").values_list("amount", flat=True))


def count_returned(award: Award) -> int:
    """Returns what was moved back of an award, in steps."""
    rows = ledger.Transfer.objects.filter(debit=award.account, credit=award.source, kind=RETURNED)
    return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


def count_net_paid(award: Award) -> int:
    """Returns what was paid of an award and not moved back, in steps."""
    return count_paid(award) - count_returned(award)


def count_used(award: Award, since: datetime | None, until: datetime) -> int:
    """Returns what was taken from an award's account from `since` (None: ever) to before `until`, less what was given back.

    What is moved back to the account that paid is not use. A transfer counts when it took effect.
    """
    taken = ledger.Transfer.objects.filter(
        debit=award.account, debit_version__isnull=False, effective__lt=until
    ).exclude(kind=RETURNED)
    given = ledger.Transfer.objects.filter(
        credit=award.account, credit_version__isnull=False, reverses__isnull=False, effective__lt=until
    )
    if since is not None:
        taken, given = taken.filter(effective__gte=since), given.filter(effective__gte=since)
    sums = [rows.aggregate(total=Sum("amount"))["total"] or 0 for rows in (taken, given)]
    return int(sums[0] - sums[1])


def count_received(award: Award, until: datetime) -> int:
    """Returns what of an award was paid to its account before `until`, in steps."""
    rows = ledger.Transfer.objects.filter(credit=award.account, kind=PAID, credit_version__isnull=False, at__lt=until)
    return int(rows.aggregate(total=Sum("amount"))["total"] or 0)


def list_commands(award: Award) -> list[tuple[Tranche, str]]:
    """Returns the tranches with the id of the command that paid, holds or voided each: a transfer of the ledger has it."""
    return [(one, one.ending or one.command) for one in award.tranches.order_by("place")]
