"""What a campaign's officer watches: when a budget may end, how often caps were met, and payments to look at.

Nothing here stops a payment: a person looks, and decides.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet, Sum, TextField
from django.db.models.functions import Cast

from bongsu.credits import models
from bongsu.credits.audit_models import DayHead
from bongsu.credits.campaigns import BudgetLine, list_budgets
from bongsu.credits.rules.document import Campaign, Cap

DAYS = 7  # that a forecast and the list look back
OFTEN = 3  # payments of a wallet at one merchant on a day, or just over a step, that are more than usual
NEAR = 50  # a payment is just over a step if it is above it by at most a 50th
SOON = timedelta(hours=1)
_MOST = 20_000  # payments that are looked at, the newest


@dataclass(frozen=True)
class Forecast:
    """A budget, what was paid a day, and the day on which it ends if that goes on; None: not before the last day."""

    line: BudgetLine
    a_day: int
    end: date | None


@dataclass(frozen=True)
class Suspicion:
    """Something for a person to look at: a wallet, what it did (a key of the page's texts), how often, and where."""

    kind: str
    wallet: str
    number: int  # how often; for a refund, its transfer
    merchant: str = ""
    day: date | None = None


def list_forecasts(row: models.Campaign, rules: Campaign, now: datetime) -> tuple[list[Forecast], date, date]:
    """Returns each budget with its forecast, and the first and last day of which the mean is taken: seven at the most."""
    last = rules.find_day(now)
    first = max(rules.start, last - timedelta(days=DAYS - 1))
    days = (last - first).days + 1
    rows = _list_recent(row, first).filter(day__lte=last.isoformat())
    paid: Mapping[str, int] = dict(rows.values_list("group").annotate(total=Sum("budgeted")))
    found = []
    for line in list_budgets(row, rules):
        total = paid.get(line.group, 0) if line.group else sum(paid.values())
        a_day = total // days if days > 0 else 0
        left = line.left // a_day if a_day > 0 else None
        end = last + timedelta(days=left) if left is not None and left < 10_000 else None
        found.append(Forecast(line, a_day, end if end and (rules.to is None or end <= rules.to) else None))
    return found, first, last


def _list_recent(row: models.Campaign, since: date) -> QuerySet[models.Receipt]:
    """Returns the receipts of payments and refunds since a day, without reading those of long before."""
    head = (
        DayHead.objects.filter(day__lt=since - timedelta(days=1)).order_by("-day").first()
    )  # a zone’s day may begin earlier
    receipts = models.Receipt.objects.filter(campaign=row.pk, day__gte=since.isoformat()).exclude(payment=None)
    return receipts.filter(transfer__gt=head.transfer) if head else receipts


def count_capped(row: models.Campaign, rules: Campaign, now: datetime) -> list[tuple[Cap, int]]:
    """Returns each cap with the number of payments of the last seven days that got less because of it."""
    receipts = _list_recent(row, rules.find_day(now) - timedelta(days=DAYS - 1)).filter(payment=F("transfer"))
    counts = receipts.annotate(text=Cast("reasons", TextField())).aggregate(
        **{cap.window: Count("pk", filter=Q(text__contains=f'"window": "{cap.window}"')) for cap in rules.caps}
    )
    return [(cap, counts[cap.window]) for cap in rules.caps]


def list_suspicions(row: models.Campaign, rules: Campaign, now: datetime) -> list[Suspicion]:
    """Returns what a person should look at in the payments of the last seven days."""
    since = rules.find_day(now) - timedelta(days=DAYS - 1)
    payments = _list_recent(row, since).filter(payment=F("transfer"), base__gt=0).order_by("-pk")[:_MOST]
    paid_to = models.Transfer.objects.filter(number__in=payments.values("payment"))
    merchants = dict(paid_to.values_list("number", "credit"))
    often: Counter[tuple[str, str, str]] = Counter()
    over: Counter[str] = Counter()
    for number, wallet, day, group, base in payments.values_list("payment", "wallet", "day", "group", "base"):
        often[wallet, merchants[number or 0], day] += 1
        steps = rules.groups.get(group, rules.back).steps
        over[wallet] += any(start <= base <= start + start // NEAR for start, _ in steps)
    return [
        *(
            Suspicion("often", wallet, count, merchant, date.fromisoformat(day))
            for (wallet, merchant, day), count in often.most_common()
            if count > OFTEN
        ),
        *(Suspicion("step", wallet, count) for wallet, count in over.most_common() if count > OFTEN),
        *_list_spent_refunds(row, since),
    ]


def _list_spent_refunds(row: models.Campaign, since: date) -> list[Suspicion]:
    """Returns the refunds within the hour after the payback of their payment was spent."""
    receipts = models.Receipt.objects.filter(campaign=row.pk)
    refunds = list(_list_recent(row, since).filter(owed__gt=0).order_by("-pk")[:_MOST])
    payments = {one.payment or 0 for one in refunds}
    paid = receipts.filter(transfer__in=payments).exclude(lot=None)
    lots = {one.payment or 0: one.lot or 0 for one in paid}
    draws = list(models.Draw.objects.filter(lot__in=list(lots.values()), amount__gt=0).values_list("lot", "transfer"))
    numbers = {one.transfer or 0 for one in refunds} | {number for _, number in draws}
    rows = list(models.Transfer.objects.filter(number__in=numbers).values_list("number", "kind", "at"))
    made = {number: at for number, _, at in rows}
    moments = {number: at for number, kind, at in rows if kind == "payment"}
    spent: dict[int, list[datetime]] = {}
    for lot, number in draws:
        if number in moments:
            spent.setdefault(lot, []).append(moments[number])
    return [
        Suspicion("refund", one.wallet, one.transfer or 0)
        for one in refunds
        if any(
            timedelta() <= made[one.transfer or 0] - at <= SOON for at in spent.get(lots.get(one.payment or 0, 0), ())
        )
    ]
