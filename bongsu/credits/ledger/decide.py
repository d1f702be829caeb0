"""Decides commands on a book: which take effect, and what they change. Pure: the tests, `try` and posting run the same code.

decide(book, "kaist", commands) -> one outcome for each command; the book has the new transfers, draws, lots and balances.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from uuid import UUID, uuid5

from msgspec.structs import replace

from bongsu.core.errors import N_
from bongsu.credits.ledger.book import Book, Draw, Transfer
from bongsu.credits.ledger.commands import (
    Command,
    ExchangeCommand,
    HoldCommand,
    Outcome,
    ReverseCommand,
    SettleCommand,
    TransferCommand,
    VoidCommand,
    split_groups,
)
from bongsu.credits.ledger.moves import (
    Declined,
    Issuer,
    add_transfer,
    check_effective,
    check_purpose,
    check_units,
    derive_id,
    draw_from_lots,
    find_account,
    find_debit,
    find_open_hold,
    format_steps,
    give_back,
    list_drawn_lots,
    new_transfer,
    open_lot,
    own_transfer,
    post_transfer,
)
from bongsu.credits.ledger.paybacks import list_paybacks, pay_back, take_back
from bongsu.credits.units import MAX_AMOUNT

_LOTS = UUID("6b1a3c0e-3a57-4f1e-9c55-1f6f6a6f7a10")  # the name space of the ids of expiries


class Known(NamedTuple):
    """A command that was decided before: its digest and its outcome."""

    digest: str
    outcome: Outcome


def decide(book: Book, issuer: Issuer, commands: Sequence[Command], known: dict[str, Known]) -> list[Outcome]:
    """Returns the outcome of each command, and changes `book` by those that are done.

    A command that fails its own rule fails alone; the commands of a group happen all or not at all. `known` has the earlier
    commands of the issuer, by id; those decided here are added, the outcome of each id being kept for ever.
    """
    outcomes: list[Outcome] = []
    for linked in split_groups(commands):
        outcomes += _decide_group(book, issuer, linked, known)
    return outcomes


def _decide_group(book: Book, issuer: Issuer, linked: list[Command], known: dict[str, Known]) -> list[Outcome]:
    keys = [command.key for command in linked]
    seen = [known.get(key) or _find_used(book, issuer, key) for key in keys]
    if any(seen):
        return [_repeat(command, before) for command, before in zip(linked, seen, strict=True)]
    mark, outcomes = book.mark(), []
    for command, key in zip(linked, keys, strict=True):
        receipts = len(book.added_receipts)
        try:
            transfers = _decide_one(book, issuer, command)
        except Declined as declined:
            book.undo(mark)
            failed = Outcome(key, declined.outcome, values=declined.values)
            linked_to = {"id": key}
            outcomes = [failed if one is command else Outcome(one.key, "linked", values=linked_to) for one in linked]
            break
        paybacks = list_paybacks(book, transfers[0], receipts)
        outcomes.append(Outcome(key, "done", tuple(one.id for one in transfers), paybacks=paybacks))
    for command, key, outcome in zip(linked, keys, outcomes, strict=True):
        known[key] = Known(command.digest(), outcome)
    return outcomes


def _find_used(book: Book, issuer: Issuer, key: str) -> Known | None:
    """Returns a command that never equals this one, if its id is that of a transfer whose command is not kept any more."""
    used = (issuer.organisation, key) in book.transfers
    return Known("", Outcome(key, "conflict")) if used else None


def _repeat(command: Command, before: Known | None) -> Outcome:
    if before is None:
        return Outcome(command.key, "conflict", values={"what": N_("another command of the group was sent before")})
    if before.digest != command.digest():
        return Outcome(command.key, "conflict", values={"what": N_("this id was sent with another command")})
    outcome = before.outcome
    return replace(outcome, outcome="seen") if outcome.outcome == "done" else outcome


def _decide_one(book: Book, issuer: Issuer, command: Command) -> list[Transfer]:
    match command:
        case TransferCommand():
            return _transfer(book, issuer, command)
        case HoldCommand():
            return [_hold(book, issuer, command)]
        case SettleCommand():
            return [_settle(book, issuer, command)]
        case VoidCommand():
            hold, _ = find_open_hold(book, issuer, command.of)
            return [_end_hold(book, issuer, hold, command.key, command.group, "void", 0)]
        case ReverseCommand():
            return _reverse(book, issuer, command)
        case ExchangeCommand():
            return _exchange(book, issuer, command)


def _transfer(book: Book, issuer: Issuer, command: TransferCommand) -> list[Transfer]:
    debit, credit = find_debit(book, issuer, command.debit), find_account(book, command.credit)
    check_units(command.unit, debit, credit)
    check_purpose(issuer, command.kind, debit, credit)
    effective = check_effective(book, command)
    if credit.lots and command.until is not None and command.until <= book.now:
        raise Declined("conflict", what=N_("the amount would have expired already"))
    amount = int(command.amount)
    draws = draw_from_lots(book, debit, amount, command.lot, payee=credit.id)
    made = post_transfer(
        book, debit, credit, new_transfer(book, issuer, command, debit, credit, amount, effective=effective), draws
    )
    if credit.lots:
        open_lot(book, made, command.origin, command.start, command.until, command.priority, command.spend_at)
    if command.campaigns:
        return [made, *pay_back(book, made, draws, command.at, command.channel)]
    return [made]


def _hold(book: Book, issuer: Issuer, command: HoldCommand) -> Transfer:
    debit, credit = find_debit(book, issuer, command.debit), find_account(book, command.credit)
    check_units(command.unit, debit, credit)
    check_purpose(issuer, command.kind, debit, credit)
    if command.until <= book.now:
        raise Declined("expired-hold", until=command.until)
    amount = int(command.amount)
    # The lots are reserved, so that what is held neither expires nor is spent.
    draws = draw_from_lots(book, debit, amount, None, payee=credit.id)
    made = replace(new_transfer(book, issuer, command, debit, credit, amount), state="pending", until=command.until)
    book.set(debit, "held", debit.held + amount)
    add_transfer(book, made, draws)
    return made


def _settle(book: Book, issuer: Issuer, command: SettleCommand) -> Transfer:
    hold, debit = find_open_hold(book, issuer, command.of)
    amount = hold.amount if command.amount is None else int(command.amount)
    if amount > hold.amount:
        raise Declined("limit", left=format_steps(book, debit, hold.amount))
    if debit.state == "frozen":
        raise Declined("frozen", account=debit.id, state=debit.state)
    find_account(book, hold.credit)  # it may have been closed since
    return _end_hold(book, issuer, hold, command.key, command.group, "post", amount)


def expire_lots(book: Book, accounts: Iterable[str]) -> None:
    """Moves what is left of the lots whose time has passed to the unit's account of expired amounts, each from its lot."""
    for account in [book.accounts[id] for id in sorted(accounts)]:
        for lot in list(book.lots.get(account.id, ())):
            if not lot.remaining or not lot.has_ended(book.now):
                continue
            expired = find_account(book, f"expired:{account.unit}")
            draws = [Draw(book.next_transfer, lot.number, lot.remaining)]
            id = str(uuid5(_LOTS, f"{lot.number}/{book.next_transfer}"))
            made = own_transfer(book, account, expired, lot.remaining, "expiry", id)
            if lot.campaign:
                book.put(book.expired, lot.number, book.expired.get(lot.number, 0) + lot.remaining)
            book.set(lot, "remaining", 0)
            post_transfer(book, account, expired, made, draws)


def lapse_holds(book: Book, holds: Iterable[Transfer]) -> None:
    """Voids the holds whose time has passed, before anything is decided. Each has an id of its own, so it happens once."""
    issuer = Issuer("", "clock", trusted=True)
    for hold in holds:
        if hold.until is not None and hold.until <= book.now and hold.number not in book.ends:
            _end_hold(book, issuer, hold, derive_id(hold, "lapse"), "", "lapse", 0)


def _end_hold(book: Book, issuer: Issuer, hold: Transfer, id: str, group: str, how: str, amount: int) -> Transfer:
    """Ends a hold by moving `amount` of it and giving the rest back to its lots, the last one drawn first."""
    debit, credit = book.accounts[hold.debit], book.accounts[hold.credit]
    back = give_back(book, hold, hold.amount - amount)
    end = Transfer(
        number=book.next_transfer,
        organisation="" if how == "lapse" else hold.organisation,  # no client can use the id of a lapse
        id=id,
        group=group,
        debit=hold.debit,
        credit=hold.credit,
        unit=hold.unit,
        amount=amount,
        kind=hold.kind if how == "post" else how,
        state="post" if how == "post" else "void",
        of=hold.number,
        at=book.now,
        effective=book.now,
        actor=issuer.actor,
    )
    book.set(debit, "held", debit.held - hold.amount)
    book.put(book.ends, hold.number, how)
    if how != "post":
        add_transfer(book, end, back)
        return end
    made = post_transfer(book, debit, credit, end, back)
    book.put(book.draws, end.number, book.draws[hold.number])  # what of the hold's lots was spent, for a reversal
    if credit.lots:
        open_lot(book, made, "own", None, None)
    return made


def _reverse(book: Book, issuer: Issuer, command: ReverseCommand) -> list[Transfer]:
    original = book.transfers.get((issuer.organisation, str(command.of)))
    if original is None or original.state not in ("posted", "post"):
        raise Declined("unknown", what=N_("transfer"), name=str(command.of))
    if original.reverses is not None:
        raise Declined("conflict", what=N_("a reversal cannot be reversed: make a new transfer"))
    left = original.amount - book.reversed.get(original.number, 0)
    amount = left if command.amount is None else int(command.amount)
    if original.campaign:
        raise Declined("conflict", what=N_("what a campaign paid back is taken back by reversing its payment"))
    if f"conversion:{original.unit}" in (original.debit, original.credit):
        raise Declined("conflict", what=N_("an exchange cannot be reversed: exchange the amount back"))
    payer, payee = find_account(book, original.debit), find_debit(book, issuer, original.credit)
    check_purpose(issuer, "", payer, payee)
    if not 0 < amount <= left:
        raise Declined("limit", left=format_steps(book, payer, left))
    draws = draw_from_lots(book, payee, amount, None, first=original.number)
    draws += give_back(book, original, amount)
    new = new_transfer(book, issuer, command, payee, payer, amount, kind="reversal", memo=command.why)
    made = post_transfer(book, payee, payer, replace(new, reverses=original.number), draws)
    book.put(book.reversed, original.number, original.amount - left + amount)
    return [made, *take_back(book, made, original)]


def _exchange(book: Book, issuer: Issuer, command: ExchangeCommand) -> list[Transfer]:
    source, target = find_debit(book, issuer, command.debit), find_account(book, command.credit)
    check_purpose(issuer, "", source, target)
    rate = book.exchanges.get((source.unit, target.unit))
    if rate is None:
        raise Declined("unknown", what=N_("rate"), name=f"{source.unit} -> {target.unit}")
    multiples = int(command.amount) // rate.denominator
    given, received = multiples * rate.denominator, multiples * rate.numerator
    if not received:
        raise Declined("conflict", what=N_("the amount is too small to be exchanged"))
    if received > MAX_AMOUNT:
        raise Declined("limit", left=format_steps(book, target, MAX_AMOUNT))
    there, back = (find_account(book, f"conversion:{unit}") for unit in (source.unit, target.unit))
    draws = draw_from_lots(book, source, given, None, payee=there.id)
    ends = [lot.until for lot in list_drawn_lots(book, source, draws) if lot.until is not None]
    group = command.group or command.key
    out = replace(new_transfer(book, issuer, command, source, there, given, kind="exchange"), group=group)
    made = post_transfer(book, source, there, out, draws)
    new = replace(new_transfer(book, issuer, command, back, target, received, kind="exchange"), group=group)
    came = post_transfer(book, back, target, replace(new, id=derive_id(made, "exchange")), [])
    if target.lots:  # what was to be spent by a day stays so
        open_lot(book, came, "own", None, min(ends, default=None))
    return [made, came]
