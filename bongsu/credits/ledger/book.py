"""What commands are decided on: the accounts that they touch, their lots, and the transfers that they refer to.

A book is read from the database by posting.py, changed by decide.py, and written back as a set. Every change can be undone, so
that linked commands happen all or not at all.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bongsu.credits.ledger.units import Unit


@dataclass(slots=True)
class Account:
    """An account. `posted` is what transfers made of it, `held` what open holds reserve of it; both in steps of its unit.

    `least` is the lowest value of posted - held (None: no limit). With `lots`, every credit opens a lot and every debit draws
    from lots. `keeper` is the organisation that may debit it. `version` counts the transfers that changed `posted`.
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


@dataclass(slots=True)
class Lot:
    """A part of an account with an origin and a time: own, bonus, paid-back or grant. `remaining` is what is not drawn yet."""

    number: int
    account: str
    origin: str
    amount: int
    remaining: int
    start: datetime | None
    until: datetime | None
    priority: int
    opened: int  # the number of the transfer that opened it

    def is_valid(self, now: datetime) -> bool:
        """Whether the lot can be spent at `now`: from its start on, and before its end."""
        return (self.start is None or self.start <= now) and (self.until is None or now < self.until)

    @property
    def order(self) -> tuple[bool, Any, int, int]:
        """Sorts lots as they are drawn: the earliest end first, then by priority, then the oldest."""
        return (self.until is None, self.until, self.priority, self.number)


@dataclass(frozen=True, slots=True)
class Transfer:
    """A movement of `amount` from the account `debit` to the account `credit`; it never changes.

    `state` is posted, pending (a hold), post or void (its end, `of` is its number). A version and a balance are those of the
    account after the transfer; None for pending and void, which move nothing.
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


@dataclass(frozen=True, slots=True)
class Draw:
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
    added: list[Transfer] = field(default_factory=list)
    added_draws: list[Draw] = field(default_factory=list)
    added_lots: list[Lot] = field(default_factory=list)
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

    def valid_lots(self, account: str) -> Iterator[Lot]:
        """Yields the lots of an account that can be spent now, in the order in which they are drawn."""
        return (lot for lot in sorted(self.lots.get(account, ()), key=lambda lot: lot.order) if lot.is_valid(self.now))

    def free(self, account: Account) -> int | None:
        """Returns how much can leave an account now; None if it has no limit."""
        if account.least is None:
            return None
        free = account.posted - account.held - account.least
        return (
            min(free, sum(lot.remaining for lot in self.valid_lots(account.id) if lot.remaining))
            if account.lots
            else free
        )
