"""Payback campaigns on the book: what they pay with a payment, and take back with its refund.

Payment and payback are one: they are decided and stored together. A campaign that pays nothing never stops a payment. Every
payment, refund and month leaves a receipt for each campaign that looked at it; the tallies are sums of receipts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from msgspec.structs import replace

from bongsu.credits.ledger.book import Account, Book, Draw, Receipt, Running, Transfer
from bongsu.credits.ledger.moves import open_lot, own_transfer, post_transfer, take_from_lots
from bongsu.credits.rules.document import Campaign
from bongsu.credits.rules.payback import Paid, Payback, Payment, Reason, Tally, evaluate, evaluate_rest

MOST_SKEW = timedelta(minutes=10)  # how far the payer's moment may be from the ledger's own
OWED, BUDGET = "owed", "budget"  # windows beside a day, a month, a visit and "all"
NOBODY = ""  # the person of a budget's tallies
_NOTHING = Tally()


class Cause(NamedTuple):
    """What a campaign's transfers follow from: a payment, a reversal, or a month (no number). Their ids follow from it too."""

    number: int | None
    seed: UUID
    name: str
    group: str = ""
    actor: str = "clock"

    @classmethod
    def of_transfer(cls, transfer: Transfer, campaign: str) -> Cause:
        """Returns a payment or a reversal as a cause; the same one never pays twice by a campaign."""
        name = f"{transfer.organisation}/{transfer.number}/{campaign}"
        return cls(transfer.number, UUID(transfer.id), name, transfer.group, transfer.actor)


def pay_back(book: Book, payment: Transfer, draws: Sequence[Draw], at: datetime | None, channel: str) -> list[Transfer]:
    """Pays back by each open campaign what a payment gets, and returns the transfers."""
    moment = at if at is not None and abs(at - book.now) <= MOST_SKEW else book.now
    wallet = book.accounts[payment.debit]
    offers = [
        (running, receipt, payback)
        for running in book.campaigns.values()
        if running.state == "open" and running.rules.unit.code == payment.unit
        for receipt, payback in _offer(book, running, wallet, payment, draws, moment, channel)
    ]
    paying = _choose_campaigns([(running.rules, payback) for running, _, payback in offers])
    made: list[Transfer] = []
    for running, receipt, payback in offers:
        winner = paying.get(running.rules.id, running.rules.id)
        if winner != running.rules.id:
            lost = Reason("beaten", {"campaign": winner})
            keep_receipt(book, replace(receipt, base=0, reasons=(*payback.reasons, lost)))
        else:
            made += _pay(book, running, receipt, payback.amount, list(payback.reasons), payment)
    return made


def _offer(
    book: Book,
    running: Running,
    wallet: Account,
    payment: Transfer,
    draws: Sequence[Draw],
    moment: datetime,
    channel: str,
) -> Iterator[tuple[Receipt, Payback]]:
    rules, day = running.rules, running.rules.find_day(moment)
    if day < rules.start or (rules.to is not None and day > rules.to):
        return
    group = find_group(book, rules, wallet.id)
    receipt = Receipt(
        payment.number,
        rules.id,
        payment.number,
        running.edition,
        wallet.id,
        wallet.person,
        group,
        day.isoformat(),
        payment.credit if rules.join == "visit" else "",
        0,
    )
    if not wallet.lots:
        yield receipt, Payback(0, 0, (Reason("lots", {}),))
        return
    if book.accounts[payment.credit].person == wallet.person:
        yield receipt, Payback(0, 0, (Reason("self", {}),))
        return
    lists = frozenset([rules.merchants] if book.is_listed(payment.credit, rules.merchants) else [])
    facts = Payment(moment, sum_by_origin(book, wallet.id, draws), lists, group, channel)
    account = book.accounts[running.account]
    funds = (book.free(account) or 0) if account.state == "open" else 0
    payback = evaluate(rules, facts, read_paid(book, rules, receipt, funds))
    yield replace(receipt, base=payback.base), payback


def _choose_campaigns(offers: Sequence[tuple[Campaign, Payback]]) -> dict[str, str]:
    """Returns for each campaign that gives way to another which one that is.

    Campaigns with stack “all” stand beside any other. Of the others one pays: the first that pays something, or, if one of them
    says “best”, the one that pays most.
    """
    rivals = [(rules, payback.amount) for rules, payback in offers if rules.stack != "all" and payback.amount]
    if len(rivals) < 2:
        return {}
    best = any(rules.stack == "best" for rules, _ in rivals)
    winner = max(rivals, key=lambda rival: rival[1])[0].id if best else rivals[0][0].id
    return {rules.id: winner for rules, _ in rivals if rules.id != winner}


def _pay(
    book: Book, running: Running, receipt: Receipt, amount: int, reasons: list[Reason], payment: Transfer
) -> list[Transfer]:
    """Moves what a payment gets, and keeps the receipt."""
    rules = running.rules
    wallet, cause = book.accounts[receipt.wallet], Cause.of_transfer(payment, rules.id)
    made, settled, lot = pay_amount(book, running, wallet, amount, cause)
    reasons += [Reason("receivable", {"amount": settled})] if settled else []
    paid = replace(
        receipt, amount=amount, counted=amount, budgeted=amount, owed=-settled, lot=lot, reasons=tuple(reasons)
    )
    keep_receipt(book, paid)
    return made


def pay_amount(
    book: Book, running: Running, wallet: Account, amount: int, cause: Cause
) -> tuple[list[Transfer], int, int | None]:
    """Moves an amount from a campaign: first to what the person owes it, the rest to a lot of the wallet.

    Returns the transfers, what was settled, and the number of the lot.
    """
    rules, account = running.rules, book.accounts[running.account]
    made: list[Transfer] = []
    settled = min(amount, read_tally(book, rules.id, wallet.person, OWED).amount)
    if settled:
        made.append(_move(book, rules, account, _receivable(book, rules), settled, "receivable-paid", cause))
    if amount == settled:
        return made, settled, None
    made.append(_move(book, rules, account, wallet, amount - settled, "payback", cause))
    lot = open_lot(book, made[-1], rules.credit_origin, *rules.credit_lot, spend_at=rules.spend_at)
    return made, settled, lot.number


def _move(
    book: Book,
    rules: Campaign,
    debit: Account,
    credit: Account,
    amount: int,
    kind: str,
    cause: Cause,
    draws: Sequence[Draw] = (),
) -> Transfer:
    """Posts a transfer of a campaign."""
    id = str(uuid5(cause.seed, f"{cause.name}/{kind}"))
    more = {"campaign": rules.id, "cause": cause.number, "group": cause.group, "actor": cause.actor}
    return post_transfer(book, debit, credit, own_transfer(book, debit, credit, amount, kind, id, **more), list(draws))


def _receivable(book: Book, rules: Campaign) -> Account:
    return book.accounts[f"receivable:{rules.unit.code}"]


def take_back(book: Book, reversal: Transfer, payment: Transfer) -> list[Transfer]:
    """Takes back, by each campaign that paid for a payment, what it would not have paid for what is left of the payment.

    The person's other payments count as they stand. It comes from the lot that the payment opened, then from other lots of the
    campaign, and the rest is owed: no balance goes below zero. What of the lot had expired is not owed.
    """
    made: list[Transfer] = []
    by_campaign: dict[str, list[Receipt]] = {}
    for receipt in book.receipts.get(payment.number, ()):
        by_campaign.setdefault(receipt.campaign, []).append(receipt)
    for id, receipts in by_campaign.items():
        made += _take_back_by(book, book.campaigns[id], receipts, reversal, payment)
    return made


def _take_back_by(
    book: Book, running: Running, receipts: list[Receipt], reversal: Transfer, payment: Transfer
) -> list[Transfer]:
    first = receipts[0]
    rules = running.editions.get(first.edition, running.rules)
    base = sum(receipt.base for receipt in receipts)
    if not base:
        return []
    parts = sum_by_origin(book, first.wallet, book.draws[payment.number])
    left = min(base, sum(amount for origin, amount in parts.items() if origin in rules.origins))
    receipt = replace(
        first, transfer=reversal.number, base=left - base, amount=0, counted=0, budgeted=0, owed=0, lot=None, reasons=()
    )
    late = running.refunds_until is not None and running.rules.find_day(book.now) >= running.refunds_until
    if running.state == "closed" or late:
        reason = Reason("closed" if running.state == "closed" else "late", {})
        keep_receipt(book, replace(receipt, base=0, reasons=(reason,)))
        return []
    if rules.groups.get(first.group, rules.back).kind == "increase":
        keep_receipt(book, replace(receipt, reasons=(Reason("month", {"base": left - base}),)))
        return []
    if rules.join == "none":
        granted = sum(one.amount for one in receipts)
    else:  # the payments that were joined are one
        joined = _joined(book, rules, first)
        granted, left = joined.amount, joined.base + left - base
    rest = evaluate_rest(rules, first.group, left)
    amount = max(0, granted - rest.amount)
    if not amount:
        keep_receipt(book, replace(receipt, reasons=rest.reasons))
        return []
    expired = book.expired.get(first.lot or 0, 0) - sum(one.forgiven for one in receipts)
    cause = Cause.of_transfer(reversal, rules.id)
    made, forgiven, owed = collect_amount(
        book, running, book.accounts[first.wallet], amount, cause, first.lot, max(0, expired)
    )
    reasons = [*rest.reasons, Reason("refund", {"amount": amount})]
    reasons += [Reason("forgiven", {"amount": forgiven})] if forgiven else []
    reasons += [Reason("owed", {"amount": owed})] if owed else []
    keep_receipt(
        book,
        replace(
            receipt,
            amount=-amount,
            counted=-amount if rules.frees_caps else 0,
            budgeted=-(amount - forgiven) if rules.frees_budget else 0,
            owed=owed,
            forgiven=forgiven,
            reasons=tuple(reasons),
        ),
    )
    return made


def collect_amount(
    book: Book,
    running: Running,
    wallet: Account,
    amount: int,
    cause: Cause,
    first_lot: int | None = None,
    expired: int = 0,
) -> tuple[list[Transfer], int, int]:
    """Moves an amount back to a campaign: from the lot `first_lot`, then from its other lots; the rest is owed.

    Of the rest, what had `expired` is forgiven. Returns the transfers, what is forgiven, and what is owed.
    """
    rules, account = running.rules, book.accounts[running.account]
    lots = [lot for lot in book.lots.get(wallet.id, ()) if lot.campaign == rules.id and not lot.has_ended(book.now)]
    lots.sort(key=lambda lot: (lot.number != first_lot, lot.order))
    draws = take_from_lots(book, lots, amount)
    taken = sum(draw.amount for draw in draws)
    forgiven = min(amount - taken, expired)
    owed = amount - taken - forgiven
    made = [_move(book, rules, wallet, account, taken, "take-back", cause, draws)] if taken else []
    made += [_move(book, rules, _receivable(book, rules), account, owed, "receivable", cause)] if owed else []
    return made, forgiven, owed


def list_paybacks(book: Book, transfer: Transfer, first: int) -> tuple[Mapping[str, Any], ...]:
    """Returns what campaigns paid with a payment, or took back with a reversal, for its outcome; amounts in steps.

    `first` is the place of its first receipt among those that the batch added.
    """
    return tuple(
        {
            "campaign": receipt.campaign,
            "unit": transfer.unit,
            "amount": receipt.amount,
            "reasons": [list(each) for each in receipt.reasons],
        }
        for receipt in book.added_receipts[first:]
        if receipt.transfer == transfer.number
    )


def find_group(book: Book, rules: Campaign, wallet: str) -> str:
    """Returns the first of the campaign's groups that a wallet is in; empty if it is in none."""
    return next((name for name in rules.group_names if book.is_listed(wallet, f"group:{name}")), "")


def sum_by_origin(book: Book, account: str, draws: Sequence[Draw]) -> dict[str, int]:
    """Returns by origin what draws took from an account's lots."""
    origins = {lot.number: lot.origin for lot in book.lots.get(account, ())}
    parts: dict[str, int] = {}
    for draw in draws:
        parts[origins[draw.lot]] = parts.get(origins[draw.lot], 0) + draw.amount
    return parts


# --- Tallies


def list_windows(receipt: Receipt) -> tuple[str, ...]:
    """Returns the windows in which a receipt counts: its day, month and visit, and the whole campaign."""
    windows = dict.fromkeys((receipt.day, receipt.day[:7], "all"))  # the day of a month's receipt is the month
    return (*windows, f"{receipt.day}/{receipt.visit}") if receipt.visit else tuple(windows)


def read_tally(book: Book, campaign: str, person: str, window: str, excepted: frozenset[str] = frozenset()) -> Tally:
    """Returns a person's tally in a window, over the groups outside `excepted`."""
    total = _NOTHING
    for group, tally in book.used.get((campaign, person, window), {}).items():
        if group not in excepted:
            total = total.plus(tally)
    return total


def read_paid(book: Book, rules: Campaign, receipt: Receipt, funds: int) -> Paid:
    """Returns what limits the payback of a receipt's payment, with `funds` in the campaign's account."""
    windows = {"day": receipt.day, "month": receipt.day[:7], "all": "all"}
    budgets = book.used.get((rules.id, NOBODY, BUDGET), {})
    return Paid(
        tuple(
            read_tally(book, rules.id, receipt.person, windows[cap.window], cap.excepted).counted for cap in rules.caps
        ),
        budgets.get(receipt.group, _NOTHING).counted,
        sum(tally.counted for tally in budgets.values()),
        _joined(book, rules, receipt).base if rules.join != "none" else 0,
        funds,
    )


def _joined(book: Book, rules: Campaign, receipt: Receipt) -> Tally:
    """Returns the tally of the payments with which a payment is joined: of its day, or of the day at its merchant."""
    window = receipt.day if rules.join == "day" else f"{receipt.day}/{receipt.visit}"
    return book.used.get((rules.id, receipt.person, window), {}).get(receipt.group, _NOTHING)


def keep_receipt(book: Book, receipt: Receipt) -> None:
    """Adds a receipt to the book and to the tallies."""
    book.append(book.added_receipts, receipt)
    if receipt.payment is not None:
        book.put(book.receipts, receipt.payment, [*book.receipts.get(receipt.payment, ()), receipt])
    for key, tally in list_tallies(receipt):
        _add(book, *key, tally)


def list_tallies(receipt: Receipt) -> Iterator[tuple[tuple[str, str, str, str], Tally]]:
    """Yields what a receipt adds to the tallies, each with its campaign, person, window and group."""
    is_payment = receipt.transfer == receipt.payment is not None
    tally = Tally(receipt.amount, receipt.counted, receipt.base, int(is_payment and receipt.base > 0))
    if any(tally):
        for window in list_windows(receipt):
            yield (receipt.campaign, receipt.person, window, receipt.group), tally
    if receipt.budgeted:
        yield (receipt.campaign, NOBODY, BUDGET, receipt.group), Tally(receipt.amount, receipt.budgeted)
    if receipt.owed:
        yield (receipt.campaign, receipt.person, OWED, ""), Tally(receipt.owed)


def _add(book: Book, campaign: str, person: str, window: str, group: str, tally: Tally) -> None:
    key = (campaign, person, window)
    if key not in book.used:
        book.put(book.used, key, {})
    groups = book.used[key]
    book.put(groups, group, groups.get(group, _NOTHING).plus(tally))
