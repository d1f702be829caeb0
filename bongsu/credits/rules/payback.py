"""What a payment gets back by a campaign's rules, and why not more. Pure: `quote`, `try` and posting run the same code.

The order is fixed: the day, the merchant and the channel, the part that counts by origin, the least payment, the step or rate,
the caps (the narrowest first), the group's budget, the whole budget. Each of them that matters gives a reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec

from bongsu.credits.rules.document import Back, Campaign


class Reason(NamedTuple):
    """One step of the calculation: its code (a key of REASONS in words.py) and its values; amounts are in steps."""

    code: str
    values: Mapping[str, Any]


class Tally(NamedTuple):
    """Sums over payments: what was paid back (net), what of it counts for caps or budgets, the base, and how many."""

    amount: int = 0
    counted: int = 0
    base: int = 0
    payments: int = 0

    def plus(self, other: Tally) -> Tally:
        """Returns the sum of two tallies."""
        return Tally(
            self.amount + other.amount,
            self.counted + other.counted,
            self.base + other.base,
            self.payments + other.payments,
        )


class Payment(msgspec.Struct, frozen=True):
    """A payment as a campaign sees it. `parts` are its amounts by origin; `group` is the wallet's, empty if it has none."""

    moment: datetime
    parts: Mapping[str, int]
    merchant_lists: frozenset[str] = frozenset()
    group: str = ""
    channel: str = ""


class Paid(msgspec.Struct, frozen=True):
    """What was paid back before: by cap (in the order of the campaign's caps), of the group's budget and the whole budget.

    `joined` is the base of the payments that this one is joined with. `funds` is what is left in the campaign's account.
    """

    caps: tuple[int, ...] = ()
    group: int = 0
    total: int = 0
    joined: int = 0
    funds: int | None = None


class Payback(msgspec.Struct, frozen=True):
    """What a payment gets back: the amount, the part of the payment that counts, and why it is not more."""

    amount: int
    base: int
    reasons: tuple[Reason, ...]


def evaluate(campaign: Campaign, payment: Payment, paid: Paid) -> Payback:
    """Returns what a payment gets back by a campaign that is open."""
    base, reasons = find_base(campaign, payment)
    if not base:
        return Payback(0, 0, tuple(reasons))
    back = campaign.groups.get(payment.group, campaign.back)
    if back.kind == "increase":
        return Payback(0, base, (*reasons, Reason("month", {"base": base})))
    before = _apply(campaign, back, paid.joined, [])
    amount = max(0, _apply(campaign, back, paid.joined + base, reasons) - before)
    if before:
        reasons.append(Reason("joined", {"before": before, "amount": amount}))
    return Payback(limit_amount(campaign, payment.group, amount, paid, reasons), base, tuple(reasons))


def evaluate_rest(campaign: Campaign, group: str, base: int) -> Payback:
    """Returns what a payment, of which `base` is left after a refund, would have got at most.

    Caps and budgets had room for what it got. What others got since, perhaps by a larger budget, takes nothing from it.
    """
    reasons: list[Reason] = []
    amount = _apply(campaign, campaign.groups.get(group, campaign.back), base, reasons) if base else 0
    return Payback(amount, base, tuple(reasons))


def find_base(campaign: Campaign, payment: Payment) -> tuple[int, list[Reason]]:
    """Returns the part of a payment that counts, and the reasons why it is not the whole."""
    reason = _find_exclusion(campaign, payment, campaign.find_day(payment.moment))
    if reason:
        return 0, [reason]
    base = sum(amount for origin, amount in payment.parts.items() if origin in campaign.origins)
    whole = sum(payment.parts.values())
    return base, [Reason("origin", {"base": base, "amount": whole})] if base < whole else []


def _find_exclusion(campaign: Campaign, payment: Payment, day: date) -> Reason | None:
    if day < campaign.start:
        return Reason("before", {"day": campaign.start.isoformat()})
    if campaign.to is not None and day > campaign.to:
        return Reason("after", {"day": campaign.to.isoformat()})
    if campaign.merchants and campaign.merchants not in payment.merchant_lists:
        return Reason("merchant", {"list": campaign.merchants})
    if payment.channel in campaign.channel_not:
        return Reason("channel", {"channel": payment.channel})
    return None


def _apply(campaign: Campaign, back: Back, base: int, reasons: list[Reason]) -> int:
    """Returns what a base gives by the steps or the rate alone, and adds the reason."""
    if base < campaign.least:
        reasons.append(Reason("least", {"least": campaign.least, "base": base}))
        return 0
    if back.kind == "steps":
        reached = [step for step in back.steps if step[0] <= base]
        if not reached:
            reasons.append(Reason("least", {"least": back.steps[0][0], "base": base}))
            return 0
        amount = reached[-1][1]
        reasons.append(Reason("step", {"from": reached[-1][0], "amount": amount}))
    else:
        amount = apply_rate(back, base)
        reasons.append(Reason("rate", {"rate": str(back.rate), "base": base, "amount": amount}))
    return bound_amount(back, amount, reasons)


def apply_rate(back: Back, base: int) -> int:
    """Returns a base times the rate, rounded as the rule says."""
    rate = back.rate
    if rate is None:
        return 0
    exact, whole = base * rate.numerator, rate.denominator
    match back.round:
        case "up":
            return -(-exact // whole)
        case "half-up":
            return (2 * exact + whole) // (2 * whole)
        case _:
            return exact // whole


def bound_amount(back: Back, amount: int, reasons: list[Reason]) -> int:
    """Returns an amount within the least and the most of one payback."""
    if amount < back.least:
        reasons.append(Reason("too-little", {"least": back.least, "amount": amount}))
        return 0
    if back.most is not None and amount > back.most:
        reasons.append(Reason("most", {"most": back.most}))
        return back.most
    return amount


def limit_amount(campaign: Campaign, group: str, amount: int, paid: Paid, reasons: list[Reason]) -> int:
    """Returns what is left of an amount by the caps and budgets, and adds the reasons."""
    for cap, used in zip(campaign.caps, paid.caps, strict=True):
        left = max(0, cap.amount - used)
        if group not in cap.excepted and amount > left:
            reasons.append(Reason("cap", {"window": cap.window, "cap": cap.amount, "left": left}))
            amount = left
    lefts = [("budget", "", campaign.budget - paid.total)]
    if group in campaign.group_budgets:
        lefts.insert(0, ("group-budget", group, campaign.group_budgets[group] - paid.group))
    if paid.funds is not None:
        lefts.append(("funds", "", paid.funds))
    for code, name, rest in lefts:
        left = max(0, rest)
        if amount > left:
            values = {"group": name} if name else {}
            reasons.append(Reason(code, {**values, "left": left}))
            amount = left if campaign.when_short == "part" else 0
    return amount
