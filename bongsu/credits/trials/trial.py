"""Runs the ledger's own `decide` on payments in memory: every payment by a campaign, and what is left of it at the end.

The campaign's account has the whole budget. What a payment is paid with is put into the wallet just before; paid-back money is
drawn from earlier paybacks as far as there are any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from bongsu.core.errors import BadInput
from bongsu.credits.ledger.book import Account, Book, Running
from bongsu.credits.ledger.commands import OUTCOMES, Command, Outcome, ReverseCommand, TransferCommand
from bongsu.credits.ledger.decide import decide, expire_lots
from bongsu.credits.ledger.increase import find_end_of_refunds
from bongsu.credits.ledger.moves import Issuer
from bongsu.credits.ledger.paybacks import BUDGET, NOBODY, OWED, find_group
from bongsu.credits.rules.document import Campaign, Cap
from bongsu.credits.rules.payback import Payment, Reason, find_base
from bongsu.credits.trials.payments_file import OWN_ACCOUNTS, Row

_IDS = UUID("0f9d7a52-64c1-4d0b-9a55-6f0e2f4b7c31")  # the name space of the ids of rows
_ISSUER = Issuer("trial", "trial", trusted=True)
_FUND = "campaign:trial"


@dataclass(frozen=True, slots=True)
class Result:
    """What a payment got, or what its refund took back (below zero), and why not more."""

    row: Row
    group: str
    amount: int  # of the payment, or refunded
    payback: int
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class GroupSum:
    """The sums of a group of wallets; `left` is None for a group without a budget of its own."""

    group: str
    payments: int
    amount: int
    payback: int
    left: int | None


@dataclass(frozen=True, slots=True)
class Trial:
    """The results of all payments, and what is left at the end.

    `caps` has how many paybacks each cap of the campaign limited, `short` how many a budget did; `owed` is what persons owe.
    """

    results: tuple[Result, ...]
    groups: tuple[GroupSum, ...]
    caps: tuple[tuple[Cap, int], ...]
    short: int
    used: int
    left: int
    owed: int


def try_campaign(campaign: Campaign, rows: Sequence[Row], lists: Mapping[str, set[str]], where: str) -> Trial:
    """Returns what each payment would have got. Raises BadInput with the line of a row that the ledger refuses."""
    book = _make_book(campaign, rows, lists)
    results: list[Result] = []
    for row in rows:
        book.now = row.at
        expire_lots(book, [row.wallet])
        if row.refund_of:
            part = None if row.amount is None else str(row.amount)
            command: Command = ReverseCommand(id=_make_id(row.id), of=_make_id(row.refund_of), amount=part)
        else:
            _fill_wallet(book, campaign, row, where)
            command = TransferCommand(
                id=_make_id(row.id),
                debit=row.wallet,
                credit=row.merchant,
                amount=str(row.amount),
                unit=campaign.unit.code,
                campaigns=True,
                channel=row.channel,
            )
        results.append(_describe(book, campaign, row, _decide(book, command, row, where)))
        _forget_added(book)
    return _sum_up(book, campaign, results)


def _make_id(id: str) -> UUID:
    return uuid5(_IDS, id)


def _make_book(campaign: Campaign, rows: Sequence[Row], lists: Mapping[str, set[str]]) -> Book:
    """Returns a ledger of the accounts that the rows name, with a campaign's account that has the whole budget."""
    code = campaign.unit.code
    book = Book(
        datetime(1970, 1, 1, tzinfo=UTC),
        units={code: campaign.unit},
        campaigns={campaign.id: Running(campaign, 1, _FUND, refunds_until=find_end_of_refunds(campaign, campaign.to))},
        lists={name: set(accounts) for name, accounts in lists.items()},
    )
    for purpose in OWN_ACCOUNTS:
        id = f"{purpose}:{code}"
        book.accounts[id] = Account(id, code, "", None, lots=False)
    book.accounts[_FUND] = Account(_FUND, code, "", 0, lots=False, posted=campaign.budget)
    for row in rows:
        book.accounts.setdefault(row.wallet, Account(row.wallet, code, "", 0, lots=True, person=row.person))
    for row in rows:
        book.accounts.setdefault(row.merchant, Account(row.merchant, code, "", 0, lots=False))
        for name in row.lists:
            book.lists.setdefault(name, set()).add(row.merchant)
        if row.group:
            book.lists.setdefault(f"group:{row.group}", set()).add(row.wallet)
    return book


def _fill_wallet(book: Book, campaign: Campaign, row: Row, where: str) -> None:
    """Puts into a wallet what a payment is paid with, as lots that are drawn before any other."""
    for lot in list(book.valid_lots(row.wallet)):
        if lot.remaining and not lot.campaign:  # given back by a refund of the same moment
            _move(book, campaign, row, where, f"out/{lot.number}", row.wallet, lot.remaining, lot=lot.number)
    earlier = sum(lot.remaining for lot in book.valid_lots(row.wallet, row.merchant) if lot.campaign)
    for origin, amount in row.parts.items():
        lacking = max(0, amount - earlier) if origin == campaign.credit_origin else amount
        if lacking:
            _move(book, campaign, row, where, origin, "", lacking, origin=origin)


def _move(
    book: Book, campaign: Campaign, row: Row, where: str, purpose: str, debit: str, amount: int, **more: Any
) -> None:
    """Moves an amount from the wallet to where amounts come from, or, without `debit`, the other way round."""
    issue = f"issue:{campaign.unit.code}"
    command = TransferCommand(
        id=_make_id(f"{row.id}/{purpose}"),
        debit=debit or issue,
        credit=issue if debit else row.wallet,
        amount=str(amount),
        unit=campaign.unit.code,
        until=None if debit else book.now + timedelta(seconds=1),
        **more,
    )
    _decide(book, command, row, where)


def _decide(book: Book, command: Command, row: Row, where: str) -> Outcome:
    (outcome,) = decide(book, _ISSUER, [command], {})
    if not outcome.is_done:
        raise BadInput(OUTCOMES[outcome.outcome][0], where=f"{where}, line {row.line}", **outcome.values)
    return outcome


def _forget_added(book: Book) -> None:
    """Forgets what is kept for the database: a trial writes nothing."""
    book.added.clear()
    book.added_draws.clear()
    book.added_lots.clear()
    book.added_receipts.clear()


def _describe(book: Book, campaign: Campaign, row: Row, outcome: Outcome) -> Result:
    reasons = [Reason(*reason) for payback in outcome.paybacks for reason in payback["reasons"]]
    if not reasons and not row.refund_of:  # not one of the campaign's days
        reasons = find_base(campaign, Payment(row.at, {}))[1]
    return Result(
        row,
        find_group(book, campaign, row.wallet),
        book.transfers[_ISSUER.organisation, outcome.id].amount,
        sum(payback["amount"] for payback in outcome.paybacks),
        tuple(reasons),
    )


def _sum_up(book: Book, campaign: Campaign, results: list[Result]) -> Trial:
    used = {group: tally.counted for group, tally in book.used.get((campaign.id, NOBODY, BUDGET), {}).items()}
    names = dict.fromkeys([*campaign.group_names, *(result.group for result in results)])
    groups = []
    for name in names:
        mine = [result for result in results if result.group == name]
        budget = campaign.group_budgets.get(name)
        groups.append(
            GroupSum(
                name,
                sum(1 for result in mine if not result.row.refund_of),
                sum(-result.amount if result.row.refund_of else result.amount for result in mine),
                sum(result.payback for result in mine),
                None if budget is None else budget - used.get(name, 0),
            )
        )
    limits = [reason for result in results if not result.row.refund_of for reason in result.reasons]
    hit = Counter((one.values["window"], one.values["cap"]) for one in limits if one.code == "cap")
    owed = (tally for (_, _, window), tallies in book.used.items() if window == OWED for tally in tallies.values())
    return Trial(
        tuple(results),
        tuple(groups),
        tuple((cap, hit[cap.window, cap.amount]) for cap in campaign.caps),
        sum(1 for one in limits if one.code in ("group-budget", "budget")),
        sum(used.values()),
        campaign.budget - sum(used.values()),
        sum(tally.amount for tally in owed),
    )
