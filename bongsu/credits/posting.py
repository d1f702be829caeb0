"""The one way to write the ledger. Commands of all threads are gathered, decided and stored together: a group commit.

One thread of a process writes at a time; the commands of others wait in a queue. The writer locks the ledger, takes what waits
by then, decides and writes it in one transaction, hands out the outcomes, and passes the turn to the first that came since. So
the set grows while another process writes, too. No state in memory outlives a batch.

Inside an open transaction `post` decides and writes there at once, and never enters the queue: an award and its money are one.
Who also needs the audit locks it first (people.actions.act does): audit before ledger, always.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import DatabaseError, InterfaceError, connection, transaction

from bongsu.core.errors import N_, Busy
from bongsu.credits import campaign_storage, storage
from bongsu.credits.gap_watch import require_whole
from bongsu.credits.ledger.book import Book
from bongsu.credits.ledger.commands import (
    Command,
    ExchangeCommand,
    HoldCommand,
    Outcome,
    TransferCommand,
    split_groups,
)
from bongsu.credits.ledger.decide import decide, expire_lots, lapse_holds
from bongsu.credits.ledger.moves import Issuer

_BATCH = 500  # commands of one transaction, unless one call alone has more
_WAITING = 5000  # commands
_PATIENCE = 2.0  # seconds that a call waits to be taken
_TRIES = 3


@dataclass(eq=False)
class _Call:
    """The commands of one caller, and what became of them."""

    issuer: Issuer
    commands: Sequence[Command]
    outcomes: list[Outcome] | None = None
    error: BaseException | None = None
    taken: bool = False  # out of the queue: the writer has it, it is its turn, or it gave up
    writes: bool = False  # whether it is its turn
    woken: threading.Event = field(default_factory=threading.Event)  # when it is decided, or its turn


_waiting: deque[_Call] = deque()
_waiting_lock = threading.Lock()  # also of the next value
_is_writing = False


def post(issuer: Issuer, commands: Sequence[Command]) -> list[Outcome]:
    """Decides commands, stores what is done, and returns the outcome of each. What was returned is there for ever.

    Raises Busy if too many commands wait, or if the database could not be reached or kept refusing: the same commands, with
    the same ids, can be sent again. Raises LedgerGap if the records differ from the journal: then nothing is taken.
    """
    require_whole()
    call = _Call(issuer, commands)
    if connection.in_atomic_block:
        _post_batch(storage.lock_book(), [call])
        return call.outcomes or []
    _connect()
    _enter(call)
    try:
        if not call.woken.wait(_PATIENCE) and _leave(call):
            raise _busy()
        call.woken.wait()  # another thread writes it now
        if call.writes:
            _write_batch([call])
    finally:  # also if the thread is interrupted: its turn would never end
        _leave(call)
        if call.writes:
            _pass_turn()
    if call.error is not None:
        raise call.error
    return call.outcomes or []


def _busy() -> Busy:
    return Busy(N_("The ledger is busy."), fix=N_("Send the same commands again in a moment, with the same ids."))


def _connect() -> None:
    """Gets the thread's connection before its turn: others would wait while it waits for one of the pool."""
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError):
        raise _busy() from None


def _enter(call: _Call) -> None:
    """Puts a call in the queue; if nobody writes, it is its turn."""
    global _is_writing  # one writer a process
    with _waiting_lock:
        if sum(len(one.commands) for one in _waiting) + len(call.commands) > _WAITING:
            raise _busy()
        _waiting.append(call)
        if not _is_writing:
            _is_writing = True
            _wake_next()


def _pass_turn() -> None:
    global _is_writing
    with _waiting_lock:
        _is_writing = bool(_waiting)
        if _waiting:
            _wake_next()


def _wake_next() -> None:
    call = _waiting.popleft()
    call.taken = call.writes = True
    call.woken.set()


def _leave(call: _Call) -> bool:
    """Takes a call back from the queue. Returns False if it is taken already."""
    with _waiting_lock:
        if call.taken:
            return False
        _waiting.remove(call)
        call.taken = True
        return True


def _fill_batch(batch: list[_Call]) -> None:
    """Adds to a batch what waits in the queue, as far as there is room."""
    with _waiting_lock:
        count = sum(len(call.commands) for call in batch)
        while _waiting and count + len(_waiting[0].commands) <= _BATCH:
            call = _waiting.popleft()
            call.taken = True
            count += len(call.commands)
            batch.append(call)


def _write_batch(batch: list[_Call]) -> None:
    """Writes a batch, and what waits by then, in one transaction; if that fails, each call alone: none can fail the others."""
    try:
        _try_batch(batch, fill=True)
    except BaseException as error:
        for call in batch if len(batch) > 1 else ():
            try:
                _try_batch([call])
            except BaseException as own:  # noqa: BLE001 (the caller's thread raises it)
                call.error = own
        if len(batch) == 1:
            batch[0].error = error
        if not isinstance(error, Exception):  # the process is asked to end
            raise
    finally:
        for call in batch:
            call.woken.set()


def _try_batch(batch: list[_Call], fill: bool = False) -> None:
    for remaining in reversed(range(_TRIES)):
        try:
            with transaction.atomic():
                book = storage.lock_book()
                if fill:
                    _fill_batch(batch)
                _post_batch(book, batch)
            return
        except (
            DatabaseError,
            InterfaceError,
        ):  # a deadlock, a lost connection, the same id in another process; what was committed is seen again
            connection.close_if_unusable_or_obsolete()
            if not remaining:
                raise _busy() from None


def _post_batch(book: Book, batch: list[_Call]) -> None:
    """Decides the calls of a batch one after the other, and writes them in the current transaction."""
    require_whole(book.next_transfer - 1)
    known = {}
    for organisation in dict.fromkeys(call.issuer.organisation for call in batch):
        ids = _list_ids(call.commands for call in batch if call.issuer.organisation == organisation)
        known[organisation] = storage.read_known(organisation, ids)
        storage.read_transfers(book, organisation, ids)
    accounts = _list_accounts(book, [command for call in batch for command in call.commands])
    holds = storage.read_due_holds(book, accounts)
    accounts |= campaign_storage.read_campaigns(book, _are_paying(batch))
    storage.read_accounts(book, accounts | {one.credit for one in holds})
    campaign_storage.read_tallies(book)
    lapse_holds(book, holds)
    expire_lots(book, [id for id in accounts if id in book.accounts])
    decided: dict[tuple[str, str], storage.Decided] = {}
    for call in batch:
        organisation = call.issuer.organisation
        before = set(known[organisation])
        groups = {one.key: linked[0].key for linked in split_groups(call.commands) if len(linked) > 1 for one in linked}
        call.outcomes = decide(book, call.issuer, call.commands, known[organisation])
        for id in known[organisation].keys() - before:
            decided[organisation, id] = storage.Decided(*known[organisation][id], groups.get(id, ""))
    storage.write_book(book, decided)


def _are_paying(batch: list[_Call]) -> bool:
    """Whether a batch has a payment for which campaigns may pay something back."""
    commands = (command for call in batch for command in call.commands)
    return any(isinstance(command, TransferCommand) and command.campaigns for command in commands)


def _list_ids(calls: object) -> set[str]:
    ids = set()
    for commands in calls:  # type: ignore[attr-defined]
        for command in commands:
            ids.add(command.key)
            if hasattr(command, "of"):
                ids.add(str(command.of))
    return ids


def _list_accounts(book: Book, commands: Sequence[Command]) -> set[str]:
    named = {
        id
        for command in commands
        if isinstance(command, TransferCommand | HoldCommand | ExchangeCommand)
        for id in (command.debit, command.credit)
    }
    return named | {id for transfer in book.transfers.values() for id in (transfer.debit, transfer.credit)}


def sweep() -> int:
    """Voids holds and expires lots whose time has passed, in batches. Returns how many. A duty of `bongsu tend`."""
    swept = 0
    while True:
        with transaction.atomic():
            book = storage.lock_book()
            require_whole(book.next_transfer - 1)
            holds = storage.read_due_holds(book, most=_BATCH)
            accounts = storage.find_accounts_with_due_lots(book.now, _BATCH)
            storage.read_accounts(book, accounts | {id for one in holds for id in (one.debit, one.credit)})
            lapse_holds(book, holds)
            expire_lots(book, accounts)
            storage.write_book(book, {})
        if not book.added:
            return swept
        swept += len(book.added)
