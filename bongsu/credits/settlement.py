"""Computes the months of a campaign that pays for an increase, for the people who paid in it, in batches."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import F

from bongsu.credits import campaign_storage, models, storage
from bongsu.credits.ledger import increase

_BATCH = 200  # people of one transaction


def settle_months(campaign: str, months: Sequence[str]) -> int:
    """Computes each of `months` once for everybody who paid in the campaign, and returns how many people’s months these are."""
    return sum(_settle_last(campaign, months[: number + 1]) for number in range(len(months)))


def _settle_last(campaign: str, months: Sequence[str]) -> int:
    settled = models.Receipt.objects.filter(campaign=campaign, payment=None, day=months[-1]).values("person")
    people = models.Used.objects.filter(campaign=campaign, window="all").exclude(person__in=settled)
    done = 0
    while batch := list(people.order_by("person").values_list("person", flat=True).distinct()[:_BATCH]):
        _settle(campaign, batch, months, closing=False)
        done += len(batch)
    return done


def settle_refunds(campaign: str, months: Sequence[str]) -> None:
    """Corrects the months of everybody with a refund, when the campaign closes and all months were computed."""
    refunds = models.Receipt.objects.filter(campaign=campaign, payment__isnull=False).exclude(transfer=F("payment"))
    people = sorted(set(refunds.values_list("person", flat=True)))
    for start in range(0, len(people), _BATCH):
        _settle(campaign, people[start : start + _BATCH], months, closing=True)


def _settle(campaign: str, people: Sequence[str], months: Sequence[str], closing: bool) -> None:
    with transaction.atomic():
        book = storage.lock_book()
        wallets = _find_wallets(campaign, people)
        needed = campaign_storage.read_campaigns(book, paying=False, named={campaign})
        storage.read_accounts(book, needed | set(wallets.values()))
        campaign_storage.read_tallies(book, months)
        rows = models.Baseline.objects.filter(campaign=campaign, person__in=people)
        baselines = dict(rows.values_list("person", "amount"))
        for person in people:
            wallet = book.accounts[wallets[person]]
            increase.settle_months(book, book.campaigns[campaign], wallet, months, baselines.get(person), closing)
        storage.write_book(book, {})


def _find_wallets(campaign: str, people: Sequence[str]) -> dict[str, str]:
    """Returns the wallet with which each person paid last; one that was closed only if she paid with no other."""
    rows = models.Receipt.objects.filter(campaign=campaign, person__in=people, payment=F("transfer")).order_by("pk")
    paid = list(rows.values_list("person", "wallet"))
    closed = models.Account.objects.filter(pk__in={wallet for _, wallet in paid}, state="closed")
    gone = set(closed.values_list("pk", flat=True))
    return dict(sorted(paid, key=lambda one: one[1] not in gone))
