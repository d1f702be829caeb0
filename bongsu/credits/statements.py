"""Reads accounts for who holds them: what is in them by origin and end, their history, and the receipt of a payment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_, Missing
from bongsu.credits import models
from bongsu.credits.balances import Balance, LotBalance
from bongsu.credits.campaign_storage import parse_rules
from bongsu.credits.rules.document import Campaign
from bongsu.credits.rules.payback import Reason
from bongsu.credits.rules.words import describe_reason, pick_text
from bongsu.people.access import Actor, Target, active_grants, may
from bongsu.people.models import Affiliation, Grant, Person

PER_PAGE = 50
_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Part:
    """What of an account has one origin and one end. `last_day` is in the campaign’s zone; other lots end at a moment."""

    origin: str
    amount: int
    until: datetime | None
    last_day: date | None
    start: datetime | None
    spend_at: str
    campaign: str  # its title


@dataclass(frozen=True)
class Source:
    """What a payment took from a lot, or a refund gave back to it (below 0)."""

    amount: int
    part: Part
    opened: int  # the transfer with which the lot came


@dataclass(frozen=True)
class Payback:
    """What a campaign paid with a payment, or took back with a refund, and why not more; `part` is what is left of it."""

    title: str
    transfer: int
    amount: int
    why: Sequence[str]
    part: Part | None

    @property
    def size(self) -> int:
        """The amount without its sign."""
        return abs(self.amount)


@dataclass(frozen=True)
class Statement:
    """A transfer as the holder of an account sees it."""

    transfer: models.Transfer
    sources: Sequence[Source]
    opened: Sequence[Part]
    paybacks: Sequence[Payback]
    refunds: Sequence[models.Transfer]


def list_held_accounts(actor: Actor) -> QuerySet[models.Account]:
    """Returns the accounts of a person: her own, and those of organisations that she manages."""
    if actor.person is None:
        return models.Account.objects.none()
    own = Q(holder_kind="person", holder=str(actor.person.pk))
    managed = Q(holder_kind="organisation", holder__in=_list_managed(actor.person))
    return models.Account.objects.filter(own | managed).order_by("pk")


def _list_managed(person: Person) -> set[str]:
    managed = Grant.objects.filter(active_grants(), person=person, role="manager", scope_kind="organisation")
    return set(managed.values_list("scope_id", flat=True)) - {""}


def list_organisations(actor: Actor) -> set[str]:
    """Returns the short names of the organisations of which a person is a member or a manager."""
    if actor.person is None:
        return set()
    member = Affiliation.objects.filter(person=actor.person, organisation__active=True, until=None)
    return _list_managed(actor.person) | set(member.values_list("organisation__name", flat=True))


def target_of_account(account: models.Account) -> Target:
    """Returns an account as an object of actions of who holds it."""
    if account.holder_kind == "person":
        return Target("account", account.pk, person=account.holder)
    if account.holder_kind == "organisation" and account.holder:
        within = (("organisation", account.holder),)
        return Target("account", account.pk, within, organisation=account.holder)
    return Target("account", account.pk)


def find_readable_account(actor: Actor, id: str, action: str = "credits.read-account") -> models.Account:
    """Returns an account that the actor may read. Raises Missing for one that she may not, as for one that does not exist."""
    account: models.Account | None = models.Account.objects.filter(pk=id).first()
    if account is None or not may(actor, action, target_of_account(account)):
        raise Missing(N_("The account “{id}” does not exist."), id=id[:64])
    return account


def read_campaign_rules(ids: set[str]) -> Mapping[str, Campaign]:
    """Returns the rules in force of campaigns, in two queries."""
    numbers = dict(models.Campaign.objects.filter(pk__in=ids).values_list("pk", "edition"))
    editions = models.Edition.objects.filter(pk__in=list(numbers.items())) if numbers else ()
    return {row.campaign: parse_rules(row.text) for row in editions}


def list_parts(balance: Balance) -> list[Part]:
    """Returns what is in an account by origin, end and where it can be spent; what ends first stands first."""
    rules = read_campaign_rules({lot.campaign for lot in balance.lots} - {""})
    sums: dict[Part, int] = {}
    for lot in balance.lots:
        part = _as_part(lot, 0, rules)
        sums[part] = sums.get(part, 0) + lot.remaining
    return [replace(part, amount=amount) for part, amount in sums.items() if amount]


def list_history(account: models.Account, before: int | None = None) -> list[models.Transfer]:
    """Returns the last transfers of an account, with numbers below `before`; the newest first."""
    rows: list[models.Transfer] = []
    for side in ("debit", "credit"):
        found = models.Transfer.objects.filter(**{side: account}).select_related("debit", "credit")
        if before is not None:
            found = found.filter(number__lt=before)
        rows += found.order_by("-number")[:PER_PAGE]
    return sorted(rows, key=lambda row: -row.number)[:PER_PAGE]


def find_statement(account: models.Account, number: int) -> Statement:
    """Returns the statement of a transfer of the account; for a payback or a refund, that of its payment.

    Lots and paybacks of the other side are not in it. Raises Missing for a transfer of other accounts.
    """
    transfer = _find_transfer(account, number)
    if transfer is None:
        raise Missing(N_("There is no transfer {number}."), number=number)
    for refers in (transfer.cause, transfer.reverses):
        transfer = (refers and _find_transfer(account, refers)) or transfer
    if transfer.reverses:  # a campaign took back with the refund
        transfer = _find_transfer(account, transfer.reverses) or transfer
    receipts = list(
        models.Receipt.objects.filter(
            Q(payment=transfer.number) | Q(transfer=transfer.number), wallet=account.pk
        ).order_by("pk")
    )
    draws = list(models.Draw.objects.filter(transfer=transfer.number).order_by("pk"))
    wanted = Q(pk__in={draw.lot for draw in draws} | {one.lot for one in receipts if one.lot}) | Q(
        opened=transfer.number
    )
    lots = {lot.number: lot for lot in models.Lot.objects.filter(wanted, account=account)}
    rules = read_campaign_rules({lot.campaign for lot in lots.values()} - {""} | {one.campaign for one in receipts})
    return Statement(
        transfer,
        [
            Source(draw.amount, _as_part(lots[draw.lot], draw.amount, rules), lots[draw.lot].opened)
            for draw in draws
            if draw.lot in lots
        ],
        [_as_part(lot, lot.remaining, rules) for lot in lots.values() if lot.opened == transfer.number],
        [_as_payback(one, lots, rules) for one in receipts],
        list(models.Transfer.objects.filter(reverses=transfer.number).exclude(reverses=None).order_by("number")),
    )


def _find_transfer(account: models.Account, number: int) -> models.Transfer | None:
    rows = models.Transfer.objects.filter(Q(debit=account) | Q(credit=account), pk=number)
    return rows.select_related("debit", "credit").first()


def _as_payback(receipt: models.Receipt, lots: Mapping[int, models.Lot], rules: Mapping[str, Campaign]) -> Payback:
    language = get_language() or "en"
    campaign = rules[receipt.campaign]
    reasons = (Reason(*each) for each in receipt.reasons)
    lot = lots.get(receipt.lot or 0)
    return Payback(
        pick_text(campaign.title, language),
        receipt.transfer or 0,
        receipt.amount,
        [describe_reason(reason, campaign.unit, gettext, language) for reason in reasons],
        _as_part(lot, lot.remaining, rules) if lot else None,
    )


def _as_part(lot: models.Lot | LotBalance, amount: int, rules: Mapping[str, Campaign]) -> Part:
    campaign = rules.get(lot.campaign)
    last_day = campaign.find_day(lot.until - _MOMENT) if campaign and lot.until else None
    title = pick_text(campaign.title, get_language() or "en") if campaign else ""
    return Part(lot.origin, amount, lot.until, last_day, lot.start, lot.spend_at, title)
