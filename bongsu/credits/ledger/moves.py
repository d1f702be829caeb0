"""The steps of commands: finding accounts, drawing from lots, moving an amount, opening a lot. Each changes the book."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from msgspec.structs import replace

from bongsu.core.errors import N_
from bongsu.credits.ledger.book import Account, Book, Draw, Lot, Transfer
from bongsu.credits.ledger.commands import Command, TransferCommand
from bongsu.credits.units import format_amount

BUDGET_KIND = "campaign-budget"  # of transfers between a campaign's account and its source
_MOST = 2**62  # no balance goes further from 0


class Issuer(NamedTuple):
    """Who sends commands: an organisation, whose ids they are; `trusted` may debit every account."""

    organisation: str
    actor: str
    trusted: bool = False


class Declined(Exception):
    """A rule of the command failed; nothing of it was done."""

    def __init__(self, outcome: str, **values: Any) -> None:
        super().__init__(outcome)
        self.outcome, self.values = outcome, values


def derive_id(transfer: Transfer, purpose: str) -> str:
    """Returns the id of what follows from a transfer by itself: always the same, so it can happen only once."""
    return str(uuid5(UUID(transfer.id), f"{transfer.organisation}/{transfer.number}/{purpose}"))


def find_account(book: Book, id: str) -> Account:
    """Returns an account that may be credited. Declines an unknown and a closed one."""
    account = book.accounts.get(id)
    if account is None:
        raise Declined("unknown", what=N_("account"), name=id)
    if account.state == "closed":
        raise Declined("frozen", account=id, state=account.state)
    return account


def find_debit(book: Book, issuer: Issuer, id: str) -> Account:
    """Returns an account that the issuer may debit. Declines an unknown one, one of others, and one that is not open."""
    account = book.accounts.get(id)
    if account is None or not (issuer.trusted or account.keeper == issuer.organisation):
        raise Declined("unknown", what=N_("account"), name=id)  # also of others: their accounts are nobody's business
    if account.state != "open":
        raise Declined("frozen", account=id, state=account.state)
    return account


def find_open_hold(book: Book, issuer: Issuer, of: UUID) -> tuple[Transfer, Account]:
    """Returns a hold of the issuer that has not ended, and its account. Declines any other."""
    hold = book.transfers.get((issuer.organisation, str(of)))
    if hold is None or hold.state != "pending":
        raise Declined("unknown", what=N_("hold"), name=str(of))
    how = book.ends.get(hold.number)
    if how == "lapse" or (how is None and hold.until is not None and hold.until <= book.now):
        raise Declined("expired-hold", until=hold.until)
    if how is not None:
        raise Declined("conflict", what=N_("the hold was settled") if how == "post" else N_("the hold was voided"))
    return hold, book.accounts[hold.debit]


def check_units(unit: str, debit: Account, credit: Account) -> None:
    """Declines accounts that count another unit."""
    for account in (debit, credit):
        if account.unit != unit:
            raise Declined("conflict", what=N_("an account counts another unit"))


def check_purpose(issuer: Issuer, kind: str, *accounts: Account) -> None:
    """Declines to move a campaign's money by a command, except for the node's own that opens, changes or closes it."""
    if kind == BUDGET_KIND:
        if not issuer.trusted:
            raise Declined("conflict", what=N_("the kind is for the money of campaigns"))
        return
    for account in accounts:
        if account.person.startswith("campaign:"):
            raise Declined("conflict", what=N_("the account is a campaign’s"))


def check_effective(book: Book, command: TransferCommand) -> datetime:
    """Returns when a transfer takes effect. Declines a closed period and the future."""
    effective = command.effective or book.now
    closed = book.closed.get(command.unit)
    if closed is not None and effective < closed:
        raise Declined("closed-period", until=closed)
    if effective > book.now:
        raise Declined("conflict", what=N_("“effective” is in the future"))
    return effective


def format_steps(book: Book, account: Account, steps: int) -> str:
    """Returns an amount of the account's unit, as people write it."""
    return format_amount(steps, book.units[account.unit])


def draw_from_lots(
    book: Book, account: Account, amount: int, lot: int | None, first: int | None = None, payee: str | None = None
) -> list[Draw]:
    """Takes an amount from the account's lots, and returns the draws; checks first that it can be spent (on `payee`).

    `lot` names the only lot to draw from; `first` the transfer whose lot is drawn before the others.
    """
    free = book.free(account, payee)
    valid = [one for one in book.valid_lots(account.id, payee) if lot in (None, one.number)] if account.lots else []
    if lot is not None:
        free = min(free or 0, sum(one.remaining for one in valid))
    if free is not None and amount > free:
        raise Declined(
            "funds",
            account=account.id,
            free=format_steps(book, account, max(free, 0)),
            amount=format_steps(book, account, amount),
        )
    if not account.lots:
        return []
    if first is not None:
        valid.sort(key=lambda one: one.opened != first)
    return take_from_lots(book, valid, amount)


def take_from_lots(book: Book, lots: Iterable[Lot], amount: int) -> list[Draw]:
    """Takes an amount, or what there is of it, from lots in their order, and returns the draws."""
    draws: list[Draw] = []
    for lot in lots:
        if not amount:
            break
        taken = min(lot.remaining, amount)
        if taken:
            book.set(lot, "remaining", lot.remaining - taken)
            draws.append(Draw(book.next_transfer, lot.number, taken))
            amount -= taken
    return draws


def give_back(book: Book, transfer: Transfer, amount: int) -> list[Draw]:
    """Gives an amount back to the lots that a transfer drew from, the last one first, and returns the draws."""
    account = book.accounts[transfer.debit]
    if not account.lots or not amount:
        return []
    lots = {lot.number: lot for lot in book.lots[account.id]}
    given: dict[int, int] = {}
    for draw in book.draws[transfer.number]:
        given[draw.lot] = given.get(draw.lot, 0) + draw.amount
    back: list[Draw] = []
    for number in reversed(given):
        returned = min(given[number], amount)
        if returned:
            lot = lots[number]
            book.set(lot, "remaining", lot.remaining + returned)
            back.append(Draw(book.next_transfer, number, -returned))
            amount -= returned
    book.put(book.draws, transfer.number, [*book.draws[transfer.number], *back])
    return back


def list_drawn_lots(book: Book, account: Account, draws: list[Draw]) -> list[Lot]:
    """Returns the lots of an account from which something was drawn."""
    drawn = {draw.lot for draw in draws}
    return [lot for lot in book.lots.get(account.id, ()) if lot.number in drawn]


def new_transfer(
    book: Book,
    issuer: Issuer,
    command: Command,
    debit: Account,
    credit: Account,
    amount: int,
    *,
    kind: str = "",
    memo: str = "",
    effective: datetime | None = None,
) -> Transfer:
    """Returns the transfer of a command, before it is posted."""
    return Transfer(
        number=book.next_transfer,
        organisation=issuer.organisation,
        id=command.key,
        group=command.group,
        debit=debit.id,
        credit=credit.id,
        unit=debit.unit,
        amount=amount,
        kind=kind or getattr(command, "kind", ""),
        at=book.now,
        effective=effective or book.now,
        memo=memo or getattr(command, "memo", ""),
        actor=issuer.actor,
    )


def post_transfer(book: Book, debit: Account, credit: Account, transfer: Transfer, draws: list[Draw]) -> Transfer:
    """Moves the amount of a transfer between the accounts, and adds it to the book with their balances."""
    if abs(debit.posted - transfer.amount) > _MOST or abs(credit.posted + transfer.amount) > _MOST:
        raise Declined("limit", left=format_steps(book, debit, 0))
    for account, change in ((debit, -transfer.amount), (credit, transfer.amount)):
        book.set(account, "posted", account.posted + change)
        book.set(account, "version", account.version + 1)
    made = replace(
        transfer,
        debit_version=debit.version,
        debit_posted=debit.posted,
        credit_version=credit.version,
        credit_posted=credit.posted,
    )
    add_transfer(book, made, draws)
    return made


def add_transfer(book: Book, transfer: Transfer, draws: list[Draw]) -> None:
    """Adds a transfer with its draws to the book."""
    book.append(book.added, transfer)
    book.put(book.transfers, (transfer.organisation, transfer.id), transfer)
    book.put(book.draws, transfer.number, draws)
    for draw in draws:
        book.append(book.added_draws, draw)
    book.set(book, "next_transfer", book.next_transfer + 1)


def own_transfer(book: Book, debit: Account, credit: Account, amount: int, kind: str, id: str, **more: Any) -> Transfer:
    """Returns a transfer that follows from a rule, not from a client's command: no client can use its id."""
    return Transfer(
        number=book.next_transfer,
        organisation="",
        id=id,
        debit=debit.id,
        credit=credit.id,
        unit=debit.unit,
        amount=amount,
        kind=kind,
        at=book.now,
        effective=book.now,
        **{"actor": "clock", **more},
    )


def open_lot(
    book: Book,
    transfer: Transfer,
    origin: str,
    start: datetime | None,
    until: datetime | None,
    priority: int = 0,
    spend_at: str = "",
) -> Lot:
    """Opens a lot with the amount that a transfer credits, and returns it."""
    lot = Lot(
        book.next_lot,
        transfer.credit,
        origin,
        transfer.amount,
        transfer.amount,
        start,
        until,
        priority,
        transfer.number,
        spend_at,
        transfer.campaign,
    )
    if transfer.credit not in book.lots:
        book.put(book.lots, transfer.credit, [])
    book.append(book.lots[transfer.credit], lot)
    book.append(book.added_lots, lot)
    book.set(book, "next_lot", book.next_lot + 1)
    return lot
