"""Reads what campaigns need for a batch of commands (rules, lists, receipts, tallies), and writes what the batch added."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import Any

import msgspec
from django.db.models import Q
from msgspec.structs import astuple

from bongsu.credits import models
from bongsu.credits.ledger.book import Book, Receipt, Running
from bongsu.credits.ledger.increase import find_end_of_refunds
from bongsu.credits.ledger.paybacks import BUDGET, MOST_SKEW, NOBODY, OWED, list_tallies
from bongsu.credits.rows import insert_rows
from bongsu.credits.rules.document import Campaign, parse_campaign
from bongsu.credits.rules.payback import Reason, Tally
from bongsu.credits.unit_table import known_units

_RECEIPT = Receipt.__struct_fields__
_USED = ("campaign", "person", "window", "group", *Tally._fields)
_REPLACE = 'ON CONFLICT ("campaign", "person", "window", "group") DO UPDATE SET ' + ", ".join(
    f'"{name}" = excluded."{name}"' for name in Tally._fields
)


def read_campaigns(book: Book, paying: bool, named: Collection[str] = ()) -> set[str]:
    """Reads the campaigns that are open (if there are payments), those of the book's transfers and those that are named.

    Returns the accounts that they need.
    """
    referred = _read_receipts(book).union(named)
    wanted = Q(pk__in=referred)
    if paying:
        wanted |= Q(state="open")
    elif not referred:
        return set()
    rows = list(models.Campaign.objects.filter(wanted).order_by("first_day", "pk"))
    editions: dict[str, dict[int, Campaign]] = {}
    needed = Q(pk__in=[(row.pk, row.edition) for row in rows])
    if referred:
        needed |= Q(campaign__in=referred)
    for edition in models.Edition.objects.filter(needed):
        editions.setdefault(edition.campaign, {})[edition.number] = parse_rules(edition.text)
    for row in rows:
        rules = editions[row.pk]
        now = rules[row.edition]
        ends = find_end_of_refunds(now, now.to)  # of one that was stopped: when it is closed
        book.campaigns[row.pk] = Running(now, row.edition, row.account_id, row.state, rules, ends)
    return {running.account for running in book.campaigns.values()}


@lru_cache(maxsize=256)
def parse_rules(text: str) -> Campaign:
    """Returns the rules of an edition; its text never changes."""
    return parse_campaign(text, known_units())


def _read_receipts(book: Book) -> set[str]:
    """Reads the receipts of the book's transfers, and what expired of the lots that they opened; returns the campaigns."""
    numbers = [transfer.number for transfer in book.transfers.values() if transfer.state == "posted"]
    rows = models.Receipt.objects.filter(payment__among=numbers).order_by("pk")
    campaigns: set[str] = set()
    lots: set[int] = set()
    for *values, reasons in rows.values_list(*_RECEIPT):
        values.append(tuple(Reason(*each) for each in reasons))
        receipt = Receipt(*values)
        book.receipts.setdefault(receipt.payment or 0, []).append(receipt)
        campaigns.add(receipt.campaign)
        lots.update([receipt.lot] if receipt.lot else [])
    draws = models.Draw.objects.filter(lot__in=lots) if lots else models.Draw.objects.none()
    expiries = models.Transfer.objects.filter(kind="expiry", number__in=draws.values("transfer")).values("number")
    for lot, amount in draws.filter(transfer__in=expiries).values_list("lot", "amount"):
        book.expired[lot] = book.expired.get(lot, 0) + amount
    return campaigns


def read_lists(book: Book) -> None:
    """Reads which of the book's accounts are in the lists that its campaigns and lots name."""
    names = {name for running in book.campaigns.values() for name in running.rules.list_names}
    names |= {lot.spend_at for lots in book.lots.values() for lot in lots if lot.spend_at}
    if not names:
        return
    rows = models.ListMember.objects.filter(name__in=names, account__id__among=book.accounts, until=None)
    for name, account in rows.values_list("name", "account"):
        book.lists.setdefault(name, set()).add(account)


def read_tallies(book: Book, months: Iterable[str] = ()) -> None:
    """Reads the tallies that limit what the people of the book's wallets get, and those of the budgets and of `months`."""
    if not book.campaigns:
        return
    persons = {account.person for account in book.accounts.values() if account.lots}
    windows = {"all", OWED, *months}
    for running in book.campaigns.values():
        days = {running.rules.find_day(book.now + skew).isoformat() for skew in (-MOST_SKEW, MOST_SKEW)}
        merchants = set(book.accounts) if running.rules.join == "visit" else set()
        windows |= days | {day[:7] for day in days} | {f"{day}/{id}" for day in days for id in merchants}
    for receipts in book.receipts.values():
        for one in receipts:
            windows |= {one.day, one.day[:7], *([f"{one.day}/{one.visit}"] if one.visit else [])}
    of_people = Q(person__among=persons, window__among=windows)
    rows = models.Used.objects.filter(of_people | Q(person=NOBODY, window=BUDGET), campaign__in=list(book.campaigns))
    for campaign, person, window, group, *sums in rows.values_list(*_USED):
        book.used.setdefault((campaign, person, window), {})[group] = Tally(*sums)


def write_receipts(cursor: Any, book: Book) -> None:
    """Writes the receipts of a batch, and the tallies that they changed."""
    if not book.added_receipts:
        return
    receipts = [astuple(receipt) for receipt in book.added_receipts]
    insert_rows(cursor, "receipt", _RECEIPT, [(*row[:-1], msgspec.Raw(json.dumps(row[-1]))) for row in receipts])
    changed = {key for receipt in book.added_receipts for key, _ in list_tallies(receipt)}
    rows = [(*key, *book.used[key[:3]][key[3]]) for key in sorted(changed)]
    insert_rows(cursor, "used", _USED, rows, _REPLACE)
