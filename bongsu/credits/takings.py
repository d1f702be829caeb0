"""What an account takes in of its customers in a month: payments, refunds, and what campaigns paid back, by day and campaign.

Payments are transfers from other accounts than the ledger's own and those of campaigns. What campaigns paid back did not come
to the account: it is shown beside, as sums, and names no customer. Refunds count on their own day.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import TruncDate
from django.utils.translation import get_language

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.credits import models, storage
from bongsu.credits.audit_models import DayHead
from bongsu.credits.rules.words import pick_text
from bongsu.credits.statements import find_readable_account, list_organisations, read_campaign_rules, target_of_account
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import format_amount
from bongsu.people.access import Actor, may

ACTION = "credits.read-takings"
COLUMNS = ("day", "unit", "payments", "received", "refunds", "refunded", "net", "paid_back")
_MONTH = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])\Z", re.ASCII)
_OWN = ("system", "campaign")  # holders of accounts that are no customers


class Sums(NamedTuple):
    """How many payments and refunds there were, and their amounts in steps; `paid_back` is less what was taken back."""

    payments: int = 0
    received: int = 0
    refunds: int = 0
    refunded: int = 0
    paid_back: int = 0

    @property
    def net(self) -> int:
        """What was received less what was refunded."""
        return self.received - self.refunded


class CampaignSums(NamedTuple):
    """For how many payments a campaign paid something back, and what, less what it took back."""

    campaign: str
    title: str
    payments: int
    paid_back: int


@dataclass(frozen=True)
class Takings:
    """The takings of an account in a month, by day and by campaign; days are those of `zone`."""

    account: models.Account
    month: date
    zone: str
    days: Mapping[date, Sums]
    campaigns: Sequence[CampaignSums]
    paid_back: Mapping[tuple[date, str], int]  # by day and campaign

    @property
    def total(self) -> Sums:
        """The sums of the month."""
        return Sums(*map(sum, zip(*self.days.values(), strict=True))) if self.days else Sums()


def list_paid_accounts(actor: Actor) -> list[models.Account]:
    """Returns the accounts of the organisations of a person whose takings she may read."""
    rows = models.Account.objects.filter(holder_kind="organisation", holder__in=list_organisations(actor))
    return [row for row in rows.order_by("pk") if may(actor, ACTION, target_of_account(row))]


def find_paid_account(actor: Actor, id: str) -> models.Account:
    """Returns an account whose takings the actor may read; only organisations have some. Raises Missing."""
    account = find_readable_account(actor, id, ACTION)
    if account.holder_kind != "organisation":
        raise Missing(N_("The account “{id}” does not exist."), id=id[:64])
    return account


def read_takings(account: models.Account, month: str = "") -> Takings:
    """Returns the takings of a month, such as 2027-03 (default: this one). Raises BadInput for another text."""
    zone = _find_zone(account.unit_id)
    first = _parse_month(month) if month else storage.read_time().astimezone(zone).date().replace(day=1)
    rows = _list_transfers(account, datetime.combine(first, datetime.min.time(), zone), zone)
    sums: dict[date, dict[str, int]] = {}
    for names, found in (
        (("payments", "received"), _list_payments(rows, account)),
        (("refunds", "refunded"), _list_refunds(rows, account)),
    ):
        grouped = found.values("day").annotate(number=Count("pk"), total=Sum("amount"))
        for day, number, total in grouped.values_list("day", "number", "total"):
            sums.setdefault(day, {}).update(zip(names, (number, total), strict=True))
    paid_back, counted = _sum_paybacks((_list_payments(rows, account) | _list_refunds(rows, account)), zone)
    for (day, _), amount in paid_back.items():
        sums[day]["paid_back"] = sums[day].get("paid_back", 0) + amount
    rules, language = read_campaign_rules(set(counted)), get_language() or "en"
    return Takings(
        account,
        first,
        zone.key,
        {day: Sums(**sums[day]) for day in sorted(sums)},
        [CampaignSums(id, pick_text(rules[id].title, language) or id, *counted[id]) for id in sorted(counted)],
        paid_back,
    )


def _sum_paybacks(
    rows: QuerySet[Any], zone: ZoneInfo
) -> tuple[dict[tuple[date, str], int], dict[str, tuple[int, int]]]:
    """Returns what campaigns paid back by day and campaign, and by campaign for how many payments, and what."""
    made = models.Transfer.objects.filter(pk=OuterRef("transfer")).values("at")[:1]
    receipts = models.Receipt.objects.filter(transfer__in=rows.values("number")).exclude(payment=None)
    by_day = receipts.annotate(made=TruncDate(Subquery(made), tzinfo=zone)).values("made", "campaign")
    payments = Count("pk", filter=Q(payment=F("transfer"), amount__gt=0))
    found: dict[tuple[date, str], int] = {}
    counted: dict[str, tuple[int, int]] = {}
    for day, id, number, amount in by_day.annotate(number=payments, total=Sum("amount")).values_list(
        "made", "campaign", "number", "total"
    ):
        found[day, id] = amount
        numbers, amounts = counted.get(id, (0, 0))
        counted[id] = (numbers + number, amounts + amount)
    return found, counted


def _parse_month(text: str) -> date:
    found = _MONTH.match(text)
    if found is None:
        raise BadInput(N_("“{text}” is not a month."), fix=N_("Write it as 2027-03."), where="month", text=text[:40])
    return date(int(found[1]), int(found[2]), 1)


def _find_zone(unit: str) -> ZoneInfo:
    """Returns the zone of the newest campaign of a unit; UTC without one."""
    row = models.Campaign.objects.filter(unit=unit).order_by("-first_day", "pk").first()
    return read_campaign_rules({row.pk})[row.pk].zone if row else ZoneInfo("UTC")


def _list_transfers(account: models.Account, start: datetime, zone: ZoneInfo) -> QuerySet[Any]:
    """Returns the transfers of the month that begins at `start`, with their day. The heads of days say near which numbers."""
    end = (start + timedelta(days=31)).replace(day=1)
    rows = models.Transfer.objects.filter(at__gte=start, at__lt=end, state__in=("posted", "post"))
    before = DayHead.objects.filter(day__lt=start.astimezone(ZoneInfo("UTC")).date()).order_by("-day").first()
    after = DayHead.objects.filter(day__gte=end.astimezone(ZoneInfo("UTC")).date()).order_by("day").first()
    rows = rows.filter(number__gt=before.transfer) if before else rows
    rows = rows.filter(number__lte=after.transfer) if after else rows
    return rows.annotate(day=TruncDate("at", tzinfo=zone)).order_by()


def _list_payments(rows: QuerySet[Any], account: models.Account) -> QuerySet[Any]:
    return rows.filter(credit=account, reverses=None).exclude(debit__holder_kind__in=_OWN)


def _list_refunds(rows: QuerySet[Any], account: models.Account) -> QuerySet[Any]:
    return rows.filter(debit=account).exclude(reverses=None).exclude(credit__holder_kind__in=_OWN)


def describe_takings(takings: Takings) -> dict[str, Any]:
    """Returns takings for machines, amounts in steps as text."""

    def describe(sums: Sums) -> dict[str, Any]:
        amounts = {name: str(getattr(sums, name)) for name in ("received", "refunded", "net", "paid_back")}
        return {"payments": sums.payments, "refunds": sums.refunds, **amounts}

    return {
        "account": takings.account.pk,
        "unit": takings.account.unit_id,
        "month": f"{takings.month:%Y-%m}",
        "zone": takings.zone,
        "total": describe(takings.total),
        "days": [{"day": day.isoformat(), **describe(one)} for day, one in takings.days.items()],
        "campaigns": [
            {"campaign": one.campaign, "payments": one.payments, "paid_back": str(one.paid_back)}
            for one in takings.campaigns
        ],
    }


def write_csv(takings: Takings) -> str:
    """Returns the days as CSV, amounts as people write them; what each campaign paid back is a column."""
    unit = known_units()[takings.account.unit_id]

    def write(steps: int) -> str:
        return format_amount(steps, unit).partition(" ")[0]

    campaigns = [one.campaign for one in takings.campaigns]
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow([*COLUMNS, *(f"paid_back {id}" for id in campaigns)])
    for day, one in takings.days.items():
        amounts = (
            write(one.net),
            write(one.paid_back),
            *(write(takings.paid_back.get((day, id), 0)) for id in campaigns),
        )
        counts = (one.payments, write(one.received), one.refunds, write(one.refunded))
        rows.writerow([day.isoformat(), unit.code, *counts, *amounts])
    return text.getvalue()
