"""Reads accounts: what is in them now, by lot, what was in them at a moment, and their transfers in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, Sum

from bongsu.core.errors import N_, BadInput
from bongsu.credits import models, storage

PER_PAGE = 200


@dataclass(frozen=True)
class LotBalance:
    """What is left of a lot that can be spent now or later."""

    number: int
    origin: str
    remaining: int
    start: datetime | None
    until: datetime | None
    spend_at: str = ""  # the list of accounts that it can be paid to; empty: all
    campaign: str = ""


@dataclass(frozen=True)
class Balance:
    """What is in an account now, in steps. `free` is what can leave it (None: no limit); what has expired does not count."""

    account: str
    unit: str
    posted: int
    held: int
    free: int | None
    lots: Sequence[LotBalance]


def read_balance(account: models.Account, now: datetime | None = None) -> Balance:
    """Returns the balance of an account. Holds and lots whose time has passed count as ended, also before they are swept."""
    now = now or storage.read_time()
    held = (
        models.OpenHold.objects.filter(account=account.pk, until__gt=now).aggregate(total=Sum("amount"))["total"] or 0
    )
    if not account.lots:
        free = None if account.least is None else account.posted - held - account.least
        return Balance(account.pk, account.unit_id, account.posted, held, free, ())
    lapsed = models.OpenHold.objects.filter(account=account.pk, until__lte=now).values("transfer")
    drawn = models.Draw.objects.filter(transfer__in=lapsed).values_list("lot").annotate(total=Sum("amount"))
    back = dict(drawn)  # what lapsed holds give back
    rows = models.Lot.objects.filter(
        Q(until=None) | Q(until__gt=now), Q(remaining__gt=0) | Q(pk__in=back), account=account
    )
    lots = [
        LotBalance(
            row.number,
            row.origin,
            row.remaining + back.get(row.number, 0),
            row.start,
            row.until,
            row.spend_at,
            row.campaign,
        )
        for row in rows.order_by("until", "number")
    ]
    posted = sum(lot.remaining for lot in lots) + held
    free = sum(lot.remaining for lot in lots if lot.start is None or lot.start <= now)
    return Balance(account.pk, account.unit_id, posted, held, free, lots)


def read_balance_at(account: models.Account, moment: datetime, by: str = "at") -> int:
    """Returns what was in an account at a moment, `by` the time at which transfers were recorded, or took effect.

    Transfers take effect when they are recorded, or earlier: so the second is the first and the backdated ones that follow.
    Raises BadInput for another `by`.
    """
    if by not in ("at", "effective"):
        raise BadInput(N_("A balance is read by “at” or “effective”."))
    posted = 0
    newest = -1
    for side in ("debit", "credit"):
        rows = models.Transfer.objects.filter(**{side: account, f"{side}_version__isnull": False}, at__lte=moment)
        last = rows.order_by(f"-{side}_version").values_list(f"{side}_version", f"{side}_posted").first()
        if last and last[0] > newest:
            newest, posted = last
    if by == "effective":
        later = models.Transfer.objects.filter(at__gt=moment, effective__lte=moment)
        for side, sign in (("debit", -1), ("credit", 1)):
            rows = later.filter(**{side: account, f"{side}_version__isnull": False})
            posted += sign * (rows.aggregate(total=Sum("amount"))["total"] or 0)
    return posted


def list_transfers(account: models.Account, after: int = 0, most: int = PER_PAGE) -> list[models.Transfer]:
    """Returns the transfers of an account with numbers above `after`, in order: a page that was read never changes."""
    rows: list[models.Transfer] = []
    for side in ("debit", "credit"):
        rows += models.Transfer.objects.filter(**{side: account}, number__gt=after).order_by("number")[:most]
    return sorted(rows, key=lambda row: row.number)[:most]
