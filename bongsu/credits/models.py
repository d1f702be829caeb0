"""The tables of the ledger. Only posting.py writes transfers, draws and lots; triggers refuse to change what was written.

All amounts are whole steps of the unit. Organisations are named by their short names, so that the ledger outlives them.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q


class Unit(models.Model):
    """What accounts count; `steps` make one of it (100 cents of EUR, 3600 seconds of a GPU hour)."""

    code = models.CharField(max_length=20, primary_key=True)
    kind = models.CharField(max_length=10)
    steps = models.PositiveIntegerField()
    closed_until = models.DateTimeField(null=True)  # nothing may take effect before


class Exchange(models.Model):
    """A rate: `numerator` steps of `target` for every `denominator` steps of `source`, from a day on, with its source."""

    source = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    target = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    numerator = models.PositiveBigIntegerField()
    denominator = models.PositiveBigIntegerField()
    from_day = models.DateField()
    reference = models.CharField(max_length=200)  # who says so: a notice, a contract

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("source", "target", "from_day"), name="credits_one_rate_a_day")
        ]


class Account(models.Model):
    """An account. The database itself refuses posted - held below `least`."""

    id = models.CharField(max_length=64, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    holder_kind = models.CharField(max_length=20)  # person, organisation, project, campaign or system
    holder = models.CharField(max_length=64, blank=True)
    purpose = models.CharField(max_length=200, blank=True)
    keeper = models.CharField(max_length=64, blank=True)  # the organisation whose tokens may debit it
    least = models.BigIntegerField(null=True)
    lots = models.BooleanField(default=False)
    state = models.CharField(max_length=10, default="open")
    posted = models.BigIntegerField(default=0)
    held = models.BigIntegerField(default=0)
    version = models.BigIntegerField(default=0)
    opened = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(least=None) | Q(posted__gte=F("least") + F("held")), name="credits_account_above_least"
            ),
            models.CheckConstraint(condition=Q(held__gte=0), name="credits_account_held_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=("holder_kind", "holder"), name="credits_holders")]


class Transfer(models.Model):
    """A movement; see ledger/book.py for its fields. Numbers have no gaps: they are the order in which the ledger grew."""

    number = models.BigIntegerField(primary_key=True)
    organisation = models.CharField(max_length=64)
    id = models.CharField(max_length=36)
    group = models.CharField(max_length=64)
    debit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    credit = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    unit = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    kind = models.CharField(max_length=64)
    state = models.CharField(max_length=10)
    of = models.BigIntegerField(null=True)
    reverses = models.BigIntegerField(null=True)
    until = models.DateTimeField(null=True)
    at = models.DateTimeField()
    effective = models.DateTimeField()
    memo = models.CharField(max_length=200)
    actor = models.CharField(max_length=80)
    debit_version = models.BigIntegerField(null=True)
    debit_posted = models.BigIntegerField(null=True)
    credit_version = models.BigIntegerField(null=True)
    credit_posted = models.BigIntegerField(null=True)
    campaign = models.CharField(max_length=40, default="")
    cause = models.BigIntegerField(null=True)  # the payment or the reversal from which a campaign's transfer follows

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("organisation", "id"), name="credits_transfer_once"),
            models.UniqueConstraint(fields=("of",), condition=~Q(of=None), name="credits_hold_ends_once"),
            models.UniqueConstraint(
                fields=("debit", "debit_version"), condition=~Q(debit_version=None), name="credits_debit_version"
            ),
            models.UniqueConstraint(
                fields=("credit", "credit_version"), condition=~Q(credit_version=None), name="credits_credit_version"
            ),
            models.CheckConstraint(condition=~Q(debit=F("credit")), name="credits_transfer_two_accounts"),
            models.CheckConstraint(
                condition=Q(amount__gt=0) | Q(state="void", amount=0), name="credits_transfer_above_zero"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("reverses",), condition=~Q(reverses=None), name="credits_reversals"),
            models.Index(fields=("cause",), condition=~Q(cause=None), name="credits_caused"),
            models.Index(fields=("debit", "number"), name="credits_debits"),
            models.Index(fields=("credit", "number"), name="credits_credits"),
            models.Index(
                fields=("debit", "effective"), condition=Q(effective__lt=F("at")), name="credits_debit_backdated"
            ),
            models.Index(
                fields=("credit", "effective"), condition=Q(effective__lt=F("at")), name="credits_credit_backdated"
            ),
        ]


class Lot(models.Model):
    """A part of an account with an origin and a time; only `remaining` changes."""

    number = models.BigIntegerField(primary_key=True)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    origin = models.CharField(max_length=20)
    amount = models.BigIntegerField()
    remaining = models.BigIntegerField()
    start = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    priority = models.SmallIntegerField(default=0)
    opened = models.BigIntegerField()
    spend_at = models.CharField(max_length=46, default="")  # the list of accounts that it can be paid to; empty: all
    campaign = models.CharField(max_length=40, default="")  # which paid it back

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(remaining__gte=0, remaining__lte=F("amount")), name="credits_lot_remaining_in_amount"
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=("account",), condition=Q(remaining__gt=0), name="credits_lots_left"),
            models.Index(fields=("until",), condition=Q(remaining__gt=0), name="credits_lots_due"),
        ]


class Draw(models.Model):
    """What a transfer took from a lot; below zero: what it gave back."""

    transfer = models.BigIntegerField()
    lot = models.BigIntegerField()
    amount = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("transfer",), name="credits_draws_of_transfer"),
            models.Index(fields=("lot",), name="credits_draws_of_lot"),
        ]


class OpenHold(models.Model):
    """A hold that has not ended: an index of the pending transfers, which `verify` compares with them."""

    transfer = models.BigIntegerField(primary_key=True)
    account = models.CharField(max_length=64)
    until = models.DateTimeField()
    amount = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=("account", "until"), name="credits_holds_of_account"),
            models.Index(fields=("until",), name="credits_holds_due"),
        ]


class Campaign(models.Model):
    """A payback campaign: its account, where its money came from, and its state; its rules are its editions."""

    id = models.CharField(max_length=40, primary_key=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    source = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10)  # open, stopped or closed
    edition = models.PositiveIntegerField()  # the number of the one in force
    first_day = models.DateField()
    last_day = models.DateField(null=True)


class Edition(models.Model):
    """The rules of a campaign from a moment on, as the text of its file."""

    campaign = models.CharField(max_length=40)
    number = models.PositiveIntegerField()
    text = models.TextField()
    at = models.DateTimeField()
    why = models.CharField(max_length=200)
    pk = models.CompositePrimaryKey("campaign", "number")


class ListMember(models.Model):
    """An account in a list, such as merchants ("markets") or the wallets of a group ("group:B"), from a moment on."""

    name = models.CharField(max_length=46)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="+", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)  # None: still

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("account", "name"), condition=Q(until=None), name="credits_member_of_a_list_once"
            )
        ]
        indexes: ClassVar = [models.Index(fields=("name",), condition=Q(until=None), name="credits_members")]


class Baseline(models.Model):
    """What a person spent in a month before a campaign that pays for the increase, from a file with its SHA-256."""

    campaign = models.CharField(max_length=40)
    person = models.CharField(max_length=90)
    amount = models.BigIntegerField()
    file = models.CharField(max_length=64)
    pk = models.CompositePrimaryKey("campaign", "person")


class Receipt(models.Model):
    """What a campaign made of a payment, a refund or a month, and why not more; see ledger/book.py. It never changes."""

    transfer = models.BigIntegerField(null=True)
    campaign = models.CharField(max_length=40)
    payment = models.BigIntegerField(null=True)
    edition = models.PositiveIntegerField()
    wallet = models.CharField(max_length=64)
    person = models.CharField(max_length=90)
    group = models.CharField(max_length=40)
    day = models.CharField(max_length=10)
    visit = models.CharField(max_length=64)
    base = models.BigIntegerField()
    amount = models.BigIntegerField()
    counted = models.BigIntegerField()
    budgeted = models.BigIntegerField()
    owed = models.BigIntegerField()
    forgiven = models.BigIntegerField()
    lot = models.BigIntegerField(null=True)
    reasons = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("transfer", "campaign"), condition=~Q(payment=None), name="credits_receipt_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=("payment",), name="credits_receipts_of_payment"),
            models.Index(fields=("campaign", "person", "day"), name="credits_receipts_of_person"),
        ]


class Used(models.Model):
    """Sums of receipts by person, window and group, from which caps and budgets are read; `verify` compares them."""

    campaign = models.CharField(max_length=40)
    person = models.CharField(max_length=90)
    window = models.CharField(max_length=80)
    group = models.CharField(max_length=40)
    amount = models.BigIntegerField()
    counted = models.BigIntegerField()
    base = models.BigIntegerField()
    payments = models.BigIntegerField()
    pk = models.CompositePrimaryKey("campaign", "person", "window", "group")


class Command(models.Model):
    """A command that was decided, with its outcome: who sends it again gets the same answer."""

    organisation = models.CharField(max_length=64)
    id = models.CharField(max_length=36)
    digest = models.CharField(max_length=64)
    outcome = models.JSONField()
    at = models.DateTimeField()
    pk = models.CompositePrimaryKey("organisation", "id")


class Head(models.Model):
    """The one row of the ledger's state: the last numbers, and the last moment. It is the lock of who writes."""

    transfer = models.BigIntegerField(default=0)
    lot = models.BigIntegerField(default=0)
    at = models.DateTimeField()
