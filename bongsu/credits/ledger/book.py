"""What commands are decided on: the accounts that they touch, their lots, and the transfers that they refer to.

A book is read from the database by posting.py, changed by decide.py, and written back as a set. Every change can be undone, so
that linked commands happen all or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from bongsu.credits.rules.document import Campaign
from bongsu.credits.rules.payback import Reason, Tally
from bongsu.credits.units import Unit


@dataclass(slots=True)
class Account:
    """An account. `posted` is what transfers made of it, `held` what open holds reserve of it; both in steps of its unit.

    `least` is the lowest value of posted - held (None: no limit). With `lots`, every credit opens a lot and every debit draws
    from lots. `keeper` is the organisation that may debit it. `person` is who holds it, for what a person may get in all: the
    wallets of one holder count together. `version` counts the transfers that changed `posted`.
    """

    id: str
    unit: str
    keeper: str
    least: int | None
    lots: bool
    state: str = "open"  # open, frozen (nothing leaves it) or closed
    posted: int = 0
    held: int = 0
    version: int = 0
    person: str = ""


@dataclass(slots=True)
class Lot:
    """A part of an account with an origin and a time: own, bonus, paid-back or grant. `remaining` is what is not drawn yet.

    `spend_at` names the list of accounts that it can be paid to (empty: all), `campaign` the one that paid it back.
    """

    number: int
    account: str
    origin: str
    amount: int
    remaining: int
    start: datetime | None
    until: datetime | None
    priority: int
    opened: int  # the number of the transfer that opened it
    spend_at: str = ""
    campaign: str = ""

    def is_valid(self, now: datetime) -> bool:
        """Whether the lot can be spent at `now`: from its start on, and before its end."""
        return (self.start is None or self.start <= now) and not self.has_ended(now)

    def has_ended(self, now: datetime) -> bool:
        """Whether the lot’s time has passed; what is left of it expires."""
        return self.until is not None and self.until <= now

    @property
    def order(self) -> tuple[bool, Any, int, int]:
        """Sorts lots as they are drawn: the earliest end first, then by priority, then the oldest."""
        return (self.until is None, self.until, self.priority, self.number)


class Transfer(msgspec.Struct, frozen=True):
    """A movement of `amount` from the account `debit` to the account `credit`; it never changes.

    `state` is posted, pending (a hold), post or void (its end, `of` is its number). A version and a balance are those of the
    account after the transfer; None for pending and void, which move nothing. `campaign` and `cause`, the number of the payment
    or the reversal that it follows from, are those of what a campaign pays and takes back.
    """

    number: int
    organisation: str
    id: str
    debit: str
    credit: str
    unit: str
    amount: int
    kind: str
    at: datetime
    effective: datetime
    actor: str
    state: str = "posted"
    of: int | None = None
    reverses: int | None = None
    until: datetime | None = None
    memo: str = ""
    group: str = ""
    debit_version: int | None = None
    debit_posted: int | None = None
    credit_version: int | None = None
    credit_posted: int | None = None
    campaign: str = ""
    cause: int | None = None


class Draw(NamedTuple):
    """What a transfer took from a lot; below zero: what it gave back."""

    transfer: int
    lot: int
    amount: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """How many steps of `target` are given for steps of `source`: `numerator` for every `denominator`."""

    source: str
    target: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Running:
    """A campaign on the ledger: the rules in force and those of earlier editions, its account, and its state."""

    rules: Campaign
    edition: int
    account: str
    state: str = "open"  # open, stopped (no payment counts any more) or closed (no refund either)
    editions: Mapping[int, Campaign] = field(default_factory=dict)
    refunds_until: date | None = None  # the first day on which no refund counts any more


class Receipt(msgspec.Struct, frozen=True):
    """What a campaign made of a payment, a refund (`transfer` is the reversal) or a month (no payment). It never changes.

    `base` and `amount` add to what counted and to what is paid back: below zero for a refund. Of the amount, `counted` adds to
    the person's caps and `budgeted` to the budgets, `owed` to what the person owes the campaign; `forgiven` had expired.
    """

    transfer: int | None
    campaign: str
    payment: int | None
    edition: int
    wallet: str
    person: str
    group: str
    day: str  # 2027-03-06; of a month 2027-03
    visit: str  # the merchant, if payments of one visit are joined
    base: int
    amount: int = 0
    counted: int = 0
    budgeted: int = 0
    owed: int = 0
    forgiven: int = 0
    lot: int | None = None  # the lot that it opened
    reasons: tuple[Reason, ...] = ()


@dataclass(slots=True)
class Book:
    """The state on which a batch of commands is decided, and what the batch adds to it."""

    now: datetime
    next_transfer: int = 1
    next_lot: int = 1
    units: dict[str, Unit] = field(default_factory=dict)
    closed: dict[str, datetime] = field(default_factory=dict)  # by unit: nothing may take effect before
    exchanges: dict[tuple[str, str], Exchange] = field(default_factory=dict)
    accounts: dict[str, Account] = field(default_factory=dict)
    lots: dict[str, list[Lot]] = field(default_factory=dict)  # by account, those with something left, or referred to
    transfers: dict[tuple[str, str], Transfer] = field(default_factory=dict)  # by organisation and id
    draws: dict[int, list[Draw]] = field(default_factory=dict)  # of the transfers above, by their number
    ends: dict[int, str] = field(default_factory=dict)  # of holds: the state and kind of what ended them
    reversed: dict[int, int] = field(default_factory=dict)  # how much of a transfer was reversed
    lists: dict[str, set[str]] = field(default_factory=dict)  # of accounts, by name: those of the accounts above
    campaigns: dict[str, Running] = field(
        default_factory=dict
    )  # those that are open, or referred to, in the order they count
    used: dict[tuple[str, str, str], dict[str, Tally]] = field(
        default_factory=dict
    )  # by campaign, person, window; by group
    receipts: dict[int, list[Receipt]] = field(default_factory=dict)  # by the number of the payment
    expired: dict[int, int] = field(default_factory=dict)  # of lots that were paid back: what of them expired
    added: list[Transfer] = field(default_factory=list)
    added_draws: list[Draw] = field(default_factory=list)
    added_lots: list[Lot] = field(default_factory=list)
    added_receipts: list[Receipt] = field(default_factory=list)
    _undo: list[tuple[Any, Any, Any]] = field(default_factory=list)

    def set(self, thing: Any, name: str, value: Any) -> None:
        """Sets an attribute; `undo` sets it back."""
        self._undo.append((thing, name, getattr(thing, name)))
        setattr(thing, name, value)

    def put(self, table: dict[Any, Any], key: Any, value: Any) -> None:
        """Sets a value of one of the tables above; `undo` sets it back."""
        self._undo.append((table, (key,), table.get(key)))
        table[key] = value

    def append(self, rows: list[Any], row: Any) -> None:
        """Appends to one of the lists above; `undo` removes it."""
        self._undo.append((rows, None, None))
        rows.append(row)

    def mark(self) -> int:
        """Returns the point to which `undo` goes back."""
        return len(self._undo)

    def undo(self, mark: int) -> None:
        """Takes back every change since `mark`, the last one first."""
        while len(self._undo) > mark:
            thing, name, value = self._undo.pop()
            if name is None:
                thing.pop()
            elif isinstance(name, tuple):
                if value is None:
                    del thing[name[0]]
                else:
                    thing[name[0]] = value
            else:
                setattr(thing, name, value)

    def valid_lots(self, account: str, payee: str | None = None) -> Iterator[Lot]:
        """Yields the lots of an account that can be spent now (and paid to `payee`), in the order in which they are drawn."""
        for lot in sorted(self.lots.get(account, ()), key=lambda lot: lot.order):
            if lot.is_valid(self.now) and (not lot.spend_at or payee is None or self.is_listed(payee, lot.spend_at)):
                yield lot

    def is_listed(self, account: str, name: str) -> bool:
        """Whether an account is in a list."""
        return account in self.lists.get(name, ())

    def free(self, account: Account, payee: str | None = None) -> int | None:
        """Returns how much can leave an account now (to `payee`); None if it has no limit."""
        if account.least is None:
            return None
        free = account.posted - account.held - account.least
        return min(free, sum(lot.remaining for lot in self.valid_lots(account.id, payee))) if account.lots else free
