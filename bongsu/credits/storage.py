"""Reads a book from the database for a batch of commands, and writes what the batch added: every table in one statement."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone

from bongsu.credits import campaign_storage, models
from bongsu.credits.ledger.book import Account, Book, Draw, Exchange, Lot, Transfer
from bongsu.credits.ledger.commands import Outcome
from bongsu.credits.ledger.decide import Known
from bongsu.credits.rows import insert_rows, moment_value, update_rows
from bongsu.credits.units import Unit

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


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
    rows = models.Command.objects.filter(organisation=organisation, id__in=ids).values_list("id", "digest", "outcome")
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
        for id, digest, outcome in rows
    }


def read_transfers(book: Book, organisation: str, ids: Collection[str]) -> None:
    """Reads the transfers of an organisation with these ids, with what was drawn, ended and reversed of them."""
    found = list(models.Transfer.objects.filter(organisation=organisation, id__in=ids))
    _take_transfers(book, found)


def read_due_holds(book: Book, accounts: Collection[str] | None = None, most: int | None = None) -> list[Transfer]:
    """Reads the holds of these accounts (None: of all) whose time has passed, at most `most`, and returns them."""
    due = models.OpenHold.objects.filter(until__lte=book.now)
    if accounts is not None:
        due = due.filter(account__in=accounts)
    found = list(
        models.Transfer.objects.filter(
            number__in=list(due.order_by("transfer").values_list("transfer", flat=True)[:most])
        )
    )
    _take_transfers(book, found)
    return [book.transfers[row.organisation, row.id] for row in found]


def find_accounts_with_due_lots(now: datetime, most: int) -> set[str]:
    """Returns at most `most` accounts that have something left in a lot whose time has passed."""
    due = models.Lot.objects.filter(remaining__gt=0, until__lte=now)
    return set(due.values_list("account_id", flat=True).distinct()[:most])


def _take_transfers(book: Book, rows: Sequence[models.Transfer]) -> None:
    numbers = [row.number for row in rows]
    if not numbers:
        return
    for row in rows:
        book.transfers[row.organisation, row.id] = _as_transfer(row)
    # The conditions on NULL are those of the indexes, without which SQLite reads the whole table.
    for end in models.Transfer.objects.filter(of__in=numbers).exclude(of=None):
        book.ends[end.of or 0] = "post" if end.state == "post" else end.kind
    reversals = models.Transfer.objects.filter(reverses__in=numbers).exclude(reverses=None)
    for number, total in reversals.values_list("reverses").annotate(total=Sum("amount")):
        book.reversed[number] = total
    _take_draws(book, rows)


def _take_draws(book: Book, rows: Sequence[models.Transfer]) -> None:
    """Reads what is drawn of the payer's lots for each transfer: less what a settlement or a reversal gave back."""
    parts = {row.number: [row.number, *([row.of] if row.of else [])] for row in rows}
    later = models.Transfer.objects.filter(
        (Q(reverses__in=parts) & ~Q(reverses=None)) | (Q(of__in=parts, state="void") & ~Q(of=None))
    )
    for number, of, reverses in later.values_list("number", "of", "reverses"):
        parts[reverses or of or 0].append(number)
    lots = dict(
        models.Lot.objects.filter(
            number__in=models.Draw.objects.filter(
                transfer__in=[number for part in parts.values() for number in part]
            ).values("lot")
        ).values_list("number", "account_id")
    )
    drawn: dict[int, list[Draw]] = {}
    wanted = {number for part in parts.values() for number in part}
    for transfer, lot, amount in (
        models.Draw.objects.filter(transfer__in=wanted).order_by("pk").values_list("transfer", "lot", "amount")
    ):
        drawn.setdefault(transfer, []).append(Draw(transfer, lot, amount))
    for row in rows:
        draws = [
            draw for number in parts[row.number] for draw in drawn.get(number, ()) if lots[draw.lot] == row.debit_id
        ]
        book.draws[row.number] = draws


def read_accounts(book: Book, ids: Iterable[str]) -> None:
    """Reads accounts, their units and rates, and their lots with something left, or referred to by a transfer in the book."""
    _take_accounts(book, set(ids))
    units = {account.unit for account in book.accounts.values()}
    purposes = ("conversion", "expired", *(["receivable"] if book.campaigns else []))
    _take_accounts(book, {f"{purpose}:{unit}" for unit in units for purpose in purposes})
    for unit in models.Unit.objects.filter(pk__in=units):
        book.units[unit.code] = Unit(unit.code, unit.kind, unit.steps)
        if unit.closed_until:
            book.closed[unit.code] = unit.closed_until
    if len(units) > 1:
        rates = models.Exchange.objects.filter(source__in=units, target__in=units, from_day__lte=book.now.date())
        for rate in rates.order_by("from_day"):  # the newest stays
            book.exchanges[rate.source_id, rate.target_id] = Exchange(
                rate.source_id, rate.target_id, rate.numerator, rate.denominator
            )
    with_lots = [account.id for account in book.accounts.values() if account.lots]
    if with_lots:
        referred = {draw.lot for draws in book.draws.values() for draw in draws}
        rows = models.Lot.objects.filter(Q(account__in=with_lots), Q(remaining__gt=0) | Q(pk__in=referred))
        for lot in rows.order_by("number"):
            book.lots.setdefault(lot.account_id, []).append(_as_lot(lot))
    campaign_storage.read_lists(book)


def _take_accounts(book: Book, ids: set[str]) -> None:
    for row in models.Account.objects.filter(pk__in=ids - book.accounts.keys()):
        book.accounts[row.id] = Account(
            row.id,
            row.unit_id,
            row.keeper,
            row.least,
            row.lots,
            row.state,
            row.posted,
            row.held,
            row.version,
            name_person(row),
        )


def name_person(row: models.Account) -> str:
    """Returns who holds an account, as what a person may get in all is counted: a wallet without a holder counts alone."""
    return f"{row.holder_kind}:{row.holder}" if row.holder else f"account:{row.id}"


def _as_lot(row: models.Lot) -> Lot:
    return Lot(
        row.number,
        row.account_id,
        row.origin,
        row.amount,
        row.remaining,
        row.start,
        row.until,
        row.priority,
        row.opened,
        row.spend_at,
        row.campaign,
    )


def _as_transfer(row: models.Transfer) -> Transfer:
    columns = {"debit": "debit_id", "credit": "credit_id"}
    return Transfer(**{one.name: getattr(row, columns.get(one.name, one.name)) for one in fields(Transfer)})


# --- Writing

_TRANSFER_COLUMNS = tuple(
    {"debit": "debit_id", "credit": "credit_id"}.get(one.name, one.name) for one in fields(Transfer)
)
_LOT_COLUMNS = tuple({"account": "account_id"}.get(one.name, one.name) for one in fields(Lot))


def write_book(book: Book, decided: Mapping[tuple[str, str], Decided]) -> None:
    """Writes what a batch added and changed, and its commands, by organisation and id."""
    with connection.cursor() as cursor:
        insert_rows(cursor, "transfer", _TRANSFER_COLUMNS, [_values(row) for row in book.added])
        insert_rows(cursor, "lot", _LOT_COLUMNS, [_values(row) for row in book.added_lots])
        insert_rows(cursor, "draw", ("transfer", "lot", "amount"), [_values(row) for row in book.added_draws])
        touched = {id for row in book.added for id in (row.debit, row.credit)}
        accounts = [book.accounts[id] for id in sorted(touched)]
        columns = ("id", "posted", "held", "version")
        update_rows(cursor, "account", columns, [_read_account(account) for account in accounts])
        drawn = {draw.lot for draw in book.added_draws}
        lots = [lot for lots in book.lots.values() for lot in lots if lot.number in drawn]
        update_rows(cursor, "lot", ("number", "remaining"), [(lot.number, lot.remaining) for lot in lots])
        held = [row for row in book.added if row.state == "pending" and row.number not in book.ends]
        insert_rows(
            cursor,
            "openhold",
            ("transfer", "account", "until", "amount"),
            [(row.number, row.debit, moment_value(row.until), row.amount) for row in held],
        )
        now = moment_value(book.now)
        campaign_storage.write_receipts(cursor, book)
        rows = [(*key, one.digest, _encode(one), now) for key, one in decided.items()]
        insert_rows(cursor, "command", ("organisation", "id", "digest", "outcome", "at"), rows)
    ended = [row.of for row in book.added if row.of is not None]
    if ended:
        models.OpenHold.objects.filter(pk__in=ended).delete()
    models.Head.objects.filter(pk=1).update(transfer=book.next_transfer - 1, lot=book.next_lot - 1, at=book.now)


_READ = {kind: attrgetter(*(one.name for one in fields(kind))) for kind in (Transfer, Lot, Draw)}
_read_account = attrgetter("id", "posted", "held", "version")


def _values(row: Any) -> tuple[Any, ...]:
    return tuple(moment_value(value) if isinstance(value, datetime) else value for value in _READ[type(row)](row))


def _encode(decided: Decided) -> str:
    outcome = decided.outcome
    values = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in outcome.values.items()
    }
    document: dict[str, Any] = {"outcome": outcome.outcome, "transfers": outcome.transfers, "values": values}
    if outcome.paybacks:
        document["paybacks"] = outcome.paybacks
    if decided.group:
        document["group"] = decided.group
    return json.dumps(document)
