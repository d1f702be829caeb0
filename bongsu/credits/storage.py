"""Reads a book from the database for a batch of commands, and writes what the batch added: every table in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

import msgspec
from django.db import connection
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone
from msgspec.structs import astuple

from bongsu.credits import campaign_storage, models
from bongsu.credits.ledger.book import Account, Book, Draw, Exchange, Lot, Transfer
from bongsu.credits.ledger.commands import Outcome
from bongsu.credits.ledger.decide import Known
from bongsu.credits.rows import insert_rows, update_rows
from bongsu.credits.units import Unit

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)

# The columns of tables in the order of the fields of their values.
_KEYS = {"account": "account_id", "debit": "debit_id", "credit": "credit_id"}
_TRANSFER_COLUMNS = tuple(_KEYS.get(name, name) for name in Transfer.__struct_fields__)
_LOT_COLUMNS = tuple(_KEYS.get(one.name, one.name) for one in fields(Lot))
_ACCOUNT_COLUMNS = ("id", "unit_id", "keeper", "least", "lots", "state", "posted", "held", "version")
_BALANCE_COLUMNS = ("posted", "held", "version", "id")
_HOLD_COLUMNS = ("transfer", "account", "until", "amount")
_COMMAND_COLUMNS = ("organisation", "id", "digest", "outcome", "at")
_read_lot = attrgetter(*(one.name for one in fields(Lot)))
_read_balance = attrgetter(*_BALANCE_COLUMNS)
_read_hold = attrgetter("number", "debit", "until", "amount")


class Decided(NamedTuple):
    """A command that a batch decided: its digest and its outcome, and the first command of its group if it has others."""

    digest: str
    outcome: Outcome
    group: str = ""


def lock_book() -> Book:
    """Locks the ledger until the transaction ends, and returns a book with nothing but the numbers and the moment.

    One writer at a time: a balance that was read stays true, and numbers follow the order of the commits (decision 0140).
    """
    head = models.Head.objects.select_for_update().filter(pk=1).first()
    if head is None:
        head, _ = models.Head.objects.get_or_create(pk=1, defaults={"at": _EPOCH})
        head = models.Head.objects.select_for_update().get(pk=1)
    # The clock may have been set back: the ledger's own time never goes back.
    return Book(max(_read_clock(), head.at), head.transfer + 1, head.lot + 1)


_clock: Callable[[], datetime] | None = None  # of this process; None: the database's


@contextmanager
def use_clock(clock: Callable[[], datetime]) -> Iterator[None]:
    """Lets the ledger of this process take its time from `clock`, as a demonstration does. It still never goes back."""
    global _clock  # one value a process, so that threads share it
    before, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = before


def _read_clock() -> datetime:
    if _clock is not None:
        return _clock()
    if connection.vendor != "postgresql":
        return timezone.now()  # the database is a file of this machine
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now


def read_time() -> datetime:
    """Returns the ledger's time without a lock: that of its clock, and never before what was written last."""
    last = models.Head.objects.filter(pk=1).values_list("at", flat=True).first()
    return max(_read_clock(), last or _EPOCH)


def read_known(organisation: str, ids: Collection[str]) -> dict[str, Known]:
    """Returns the commands of an organisation that were decided before, by id."""
    rows = models.Command.objects.filter(organisation=organisation, id__among=ids)
    return {
        id: Known(
            digest,
            Outcome(
                id,
                outcome["outcome"],
                tuple(outcome["transfers"]),
                outcome["values"],
                tuple(outcome.get("paybacks", ())),
            ),
        )
        for id, digest, outcome in rows.values_list("id", "digest", "outcome")
    }


def read_transfers(book: Book, organisation: str, ids: Collection[str]) -> None:
    """Reads the transfers of an organisation with these ids, with what was drawn, ended and reversed of them."""
    _take_transfers(book, models.Transfer.objects.filter(organisation=organisation, id__among=ids))


def read_due_holds(book: Book, accounts: Collection[str] | None = None, most: int | None = None) -> list[Transfer]:
    """Reads the holds of these accounts (None: of all) whose time has passed, at most `most`, and returns them."""
    due = models.OpenHold.objects.filter(until__lte=book.now)
    if accounts is not None:
        due = due.filter(account__among=accounts)
    numbers = list(due.order_by("transfer").values_list("transfer", flat=True)[:most])
    return _take_transfers(book, models.Transfer.objects.filter(number__among=numbers))


def find_accounts_with_due_lots(now: datetime, most: int) -> set[str]:
    """Returns at most `most` accounts that have something left in a lot whose time has passed."""
    due = models.Lot.objects.filter(remaining__gt=0, until__lte=now)
    return set(due.values_list("account_id", flat=True).distinct()[:most])


def _take_transfers(book: Book, found: QuerySet[models.Transfer]) -> list[Transfer]:
    rows = [Transfer(*row) for row in found.values_list(*_TRANSFER_COLUMNS)]
    if not rows:
        return []
    for row in rows:
        book.transfers[row.organisation, row.id] = row
    numbers = [row.number for row in rows]
    # The conditions on NULL are those of the indexes, without which SQLite reads the whole table.
    ends = models.Transfer.objects.filter(of__among=numbers).exclude(of=None)
    for number, state, kind in ends.values_list("of", "state", "kind"):
        book.ends[number or 0] = "post" if state == "post" else kind
    reversals = models.Transfer.objects.filter(reverses__among=numbers).exclude(reverses=None)
    for number, total in reversals.values_list("reverses").annotate(total=Sum("amount")):
        book.reversed[number] = total
    _take_draws(book, rows)
    return rows


def _take_draws(book: Book, rows: Sequence[Transfer]) -> None:
    """Reads what is drawn of the payer's lots for each transfer: less what a settlement or a reversal gave back."""
    parts = {row.number: [row.number, *([row.of] if row.of else [])] for row in rows}
    later = models.Transfer.objects.filter(
        (Q(reverses__among=parts) & ~Q(reverses=None)) | (Q(of__among=parts, state="void") & ~Q(of=None))
    )
    for number, of, reverses in later.values_list("number", "of", "reverses"):
        parts[reverses or of or 0].append(number)
    wanted = {number for part in parts.values() for number in part}
    drawn: dict[int, list[Draw]] = {}
    made = models.Draw.objects.filter(transfer__among=wanted).order_by("pk")
    for draw in map(Draw._make, made.values_list("transfer", "lot", "amount")):
        drawn.setdefault(draw.transfer, []).append(draw)
    numbers = {draw.lot for draws in drawn.values() for draw in draws}
    lots = dict(models.Lot.objects.filter(number__among=numbers).values_list("number", "account_id"))
    for row in rows:
        book.draws[row.number] = [
            draw for number in parts[row.number] for draw in drawn.get(number, ()) if lots[draw.lot] == row.debit
        ]


def read_accounts(book: Book, ids: Iterable[str]) -> None:
    """Reads accounts, their units and rates, and their lots with something left, or referred to by a transfer in the book."""
    _take_accounts(book, set(ids))
    units = {account.unit for account in book.accounts.values()}
    purposes = ("conversion", "expired", *(["receivable"] if book.campaigns else []))
    _take_accounts(book, {f"{purpose}:{unit}" for unit in units for purpose in purposes})
    rows = models.Unit.objects.filter(code__among=units)
    for code, kind, steps, closed_until in rows.values_list("code", "kind", "steps", "closed_until"):
        book.units[code] = Unit(code, kind, steps)
        if closed_until:
            book.closed[code] = closed_until
    if len(units) > 1:
        rates = models.Exchange.objects.filter(source__in=units, target__in=units, from_day__lte=book.now.date())
        for rate in rates.order_by("from_day"):  # the newest stays
            book.exchanges[rate.source_id, rate.target_id] = Exchange(
                rate.source_id, rate.target_id, rate.numerator, rate.denominator
            )
    _take_lots(book, [account.id for account in book.accounts.values() if account.lots])
    campaign_storage.read_lists(book)


def _take_accounts(book: Book, ids: set[str]) -> None:
    rows = models.Account.objects.filter(id__among=ids - book.accounts.keys())
    for kind, holder, *columns in rows.values_list("holder_kind", "holder", *_ACCOUNT_COLUMNS):
        account = Account(*columns)
        account.person = _name_holder(account.id, kind, holder)
        book.accounts[account.id] = account


def _take_lots(book: Book, accounts: Sequence[str]) -> None:
    """Reads the lots of accounts with something left, by the index of those, and the lots that the book's draws refer to."""
    referred = {draw.lot for draws in book.draws.values() for draw in draws}
    for wanted in (Q(remaining__gt=0), Q(number__among=referred, remaining=0)):
        rows = models.Lot.objects.filter(wanted, account__id__among=accounts)
        for row in rows.values_list(*_LOT_COLUMNS):
            book.lots.setdefault(row[1], []).append(Lot(*row))
    for lots in book.lots.values():
        lots.sort(key=attrgetter("number"))


def name_person(row: models.Account) -> str:
    """Returns who holds an account, as what a person may get in all is counted: a wallet without a holder counts alone."""
    return _name_holder(row.id, row.holder_kind, row.holder)


def _name_holder(account: str, kind: str, holder: str) -> str:
    return f"{kind}:{holder}" if holder else f"account:{account}"


# --- Writing


def write_book(book: Book, decided: Mapping[tuple[str, str], Decided]) -> None:
    """Writes what a batch added and changed, and its commands, by organisation and id."""
    touched = {id for row in book.added for id in (row.debit, row.credit)}
    accounts = [book.accounts[id] for id in sorted(touched)]
    drawn = {draw.lot for draw in book.added_draws}
    lots = [lot for lots in book.lots.values() for lot in lots if lot.number in drawn]
    held = [row for row in book.added if row.state == "pending" and row.number not in book.ends]
    commands = [(*key, one.digest, _encode(one), book.now) for key, one in decided.items()]
    with connection.cursor() as cursor:
        insert_rows(cursor, "transfer", _TRANSFER_COLUMNS, [astuple(row) for row in book.added])
        insert_rows(cursor, "lot", _LOT_COLUMNS, [_read_lot(lot) for lot in book.added_lots])
        insert_rows(cursor, "draw", Draw._fields, book.added_draws)
        update_rows(cursor, "account", _BALANCE_COLUMNS, [_read_balance(account) for account in accounts])
        update_rows(cursor, "lot", ("remaining", "number"), [(lot.remaining, lot.number) for lot in lots])
        insert_rows(cursor, "openhold", _HOLD_COLUMNS, [_read_hold(row) for row in held])
        campaign_storage.write_receipts(cursor, book)
        insert_rows(cursor, "command", _COMMAND_COLUMNS, commands)
    ended = [row.of for row in book.added if row.of is not None]
    if ended:
        models.OpenHold.objects.filter(pk__in=ended).delete()
    models.Head.objects.filter(pk=1).update(transfer=book.next_transfer - 1, lot=book.next_lot - 1, at=book.now)


def _encode(decided: Decided) -> msgspec.Raw:
    outcome = decided.outcome
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in outcome.values.items()
    }
    document: dict[str, Any] = {"outcome": outcome.outcome, "transfers": outcome.transfers, "values": values}
    if outcome.paybacks:
        document["paybacks"] = outcome.paybacks
    if decided.group:
        document["group"] = decided.group
    return msgspec.Raw(json.dumps(document))
