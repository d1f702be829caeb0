"""Campaigns that pay for the increase of a month's spending over a person's baseline: computed when the month is over.

A refund changes the spending of the month of its payment. What was paid too much for an earlier month is taken from what the
next one pays; if that is not enough, from the campaign's lots, and the rest is owed.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from msgspec.structs import replace

from bongsu.credits.ledger.book import Account, Book, Receipt, Running, Transfer
from bongsu.credits.ledger.paybacks import (
    BUDGET,
    NOBODY,
    Cause,
    collect_amount,
    find_group,
    keep_receipt,
    pay_amount,
    read_tally,
)
from bongsu.credits.rules.document import Back, Campaign
from bongsu.credits.rules.payback import Paid, Reason, Tally, apply_rate, bound_amount, limit_amount

_MONTHS = UUID("2f0c2a57-33a8-4a3e-8d0e-5a2a3d1f7c15")  # the name space of the ids of months' transfers


def list_due_months(rules: Campaign, today: date) -> list[str]:
    """Returns the months of a campaign that can be computed on a day, the first one first; none if it pays at once."""
    months: list[str] = []
    first = rules.start.replace(day=1)
    while _pays_later(rules) and (rules.to is None or first <= rules.to) and today >= find_settling_day(rules, first):
        months.append(f"{first:%Y-%m}")
        first = _next_month(first)
    return months


def find_settling_day(rules: Campaign, day: date) -> date:
    """Returns the day from which the month of `day` can be computed; `day` itself if the campaign pays at once."""
    waits = [back.after_days for back in _list_backs(rules) if back.kind == "increase"]
    return _next_month(day) + timedelta(days=max(waits)) if waits else day


def find_end_of_refunds(rules: Campaign, last_day: date | None) -> date | None:
    """Returns the first day on which no refund counts any more, after the last day of a campaign; None without one.

    The days for refunds have passed then, and the last month can be computed.
    """
    if last_day is None:
        return None
    return max(last_day + timedelta(days=rules.reverse_days + 1), find_settling_day(rules, last_day))


def _pays_later(rules: Campaign) -> bool:
    return any(back.kind == "increase" for back in _list_backs(rules))


def _list_backs(rules: Campaign) -> tuple[Back, ...]:
    return (rules.back, *rules.groups.values())


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)


def settle_months(
    book: Book,
    running: Running,
    wallet: Account,
    months: Sequence[str],
    baseline: int | None,
    closing: bool = False,
) -> list[Transfer]:
    """Computes a person's months, of which the last one is new, and pays or takes back what differs from what was paid.

    It leaves a receipt for the last month, also if nothing is paid, and for each earlier one that was corrected. When the
    campaign is `closing`, no month is new. The amount goes to `wallet`. Without a baseline nothing is paid; with
    a baseline of 0 all that was spent counts. Into a closed wallet nothing is paid.
    """
    rules, group = running.rules, find_group(book, running.rules, wallet.id)
    cause = Cause(None, _MONTHS, f"{rules.id}/{wallet.person}/{months[-1]}/{book.next_transfer}")
    total = 0
    for month in months:
        reasons: list[Reason] = []
        due = _find_due(book, rules, wallet.person, group, month, baseline, reasons)
        change = due - read_tally(book, rules.id, wallet.person, month).amount
        if change > 0 and wallet.state == "closed":
            reasons.append(Reason("wallet-closed", {}))
            change = 0
        total += change
        receipt = Receipt(
            None, rules.id, None, running.edition, wallet.id, wallet.person, group, month, "", 0, reasons=tuple(reasons)
        )
        receipt = replace(
            receipt,
            amount=change,
            counted=change if change > 0 or rules.frees_caps else 0,
            budgeted=change if change > 0 or rules.frees_budget else 0,
        )
        if month != months[-1]:
            if change:
                keep_receipt(book, receipt)
            continue
        made: list[Transfer] = []
        if closing and not change and not total:
            continue
        if total > 0:
            made, settled, lot = pay_amount(book, running, wallet, total, cause)
            reasons += [Reason("receivable", {"amount": settled})] if settled else []
            receipt = replace(receipt, owed=-settled, lot=lot)
        elif total < 0:
            made, _, owed = collect_amount(book, running, wallet, -total, cause)
            reasons += [Reason("owed", {"amount": owed})] if owed else []
            receipt = replace(receipt, owed=owed)
        keep_receipt(book, replace(receipt, reasons=tuple(reasons)))
    return made


def _find_due(
    book: Book, rules: Campaign, person: str, group: str, month: str, baseline: int | None, reasons: list[Reason]
) -> int:
    """Returns what a month pays, with what else was paid as it stands, and adds the reasons."""
    if baseline is None:
        reasons.append(Reason("no-baseline", {}))
        return 0
    back, mine = rules.groups.get(group, rules.back), read_tally(book, rules.id, person, month)
    increase = max(0, mine.base - baseline)
    reasons.append(Reason("increase", {"spent": mine.base, "baseline": baseline, "increase": increase}))
    amount = apply_rate(back, increase)
    if increase:
        reasons.append(Reason("rate", {"rate": str(back.rate), "base": increase, "amount": amount}))
        amount = bound_amount(back, amount, reasons)
    in_all = read_tally(book, rules.id, person, "all").counted - mine.counted
    budgets = book.used.get((rules.id, NOBODY, BUDGET), {})
    paid = Paid(
        tuple(in_all if cap.window == "all" else 0 for cap in rules.caps),
        budgets.get(group, Tally()).counted - mine.amount,
        sum(tally.counted for tally in budgets.values()) - mine.amount,
    )
    return limit_amount(rules, group, amount, paid, reasons)
