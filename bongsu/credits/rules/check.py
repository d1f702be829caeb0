"""Finds what the fields of a campaign say against each other. An error refuses to open it; a warning is shown.

The law of amounts is the same for steps and rates: nobody gets more back than was paid. Left out: the shape of the file
(document.py), and what depends on the ledger, such as whether a list exists.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, Literal, NamedTuple

from bongsu.core.errors import N_
from bongsu.core.languages import TABLE_LANGUAGES
from bongsu.credits.rules.document import Back, Campaign, Cap
from bongsu.credits.rules.payback import apply_rate

Level = Literal["error", "warning"]


class Finding(NamedTuple):
    """A contradiction: the field, and a sentence with its values; words.py writes it. Amounts are in steps of the unit."""

    level: Level
    field: str
    message: str
    values: Mapping[str, Any]


def check_campaign(campaign: Campaign) -> list[Finding]:
    """Returns the findings of a campaign, errors first."""
    found = [
        *_check_texts(campaign),
        *_check_days(campaign),
        *_check_base(campaign),
        *(finding for path, back in _list_backs(campaign) for finding in _check_back(campaign, path, back)),
        *_check_caps(campaign),
        *_check_budget(campaign),
    ]
    return sorted(found, key=lambda finding: finding.level)


def _error(field: str, message: str, **values: Any) -> Finding:
    return Finding("error", field, message, values)


def _warning(field: str, message: str, **values: Any) -> Finding:
    return Finding("warning", field, message, values)


def _list_backs(campaign: Campaign) -> list[tuple[str, Back]]:
    """Returns the rule of the campaign and those of its groups, with their fields."""
    groups = ((f"group.{name}.back", back) for name, back in campaign.groups.items())
    return [("back", campaign.back), *groups]


def _check_texts(campaign: Campaign) -> Iterator[Finding]:
    for name, texts in (("title", campaign.title), ("note", campaign.note)):
        missing = [language for language in TABLE_LANGUAGES if not texts.get(language)]
        if missing and (texts or name == "title"):
            yield _error(name, N_("The text lacks these languages: {missing}."), missing=", ".join(missing))


def _check_days(campaign: Campaign) -> Iterator[Finding]:
    to, start, until = campaign.to, campaign.credit_from, campaign.credit_until
    if to is not None and to < campaign.start:
        yield _error("to", N_("The last day, {to}, is before the first, {first}."), to=to, first=campaign.start)
    if until is None:
        return
    if start is not None and start > until:
        yield _error(
            "credit.from",
            N_("What is paid back can be spent from {first}, but only until {until}."),
            first=start,
            until=until,
        )
    last = _find_last_payback(campaign)
    if until < last:
        yield _error("credit.until", N_("What is paid back on {day} has ended on {until}."), day=last, until=until)
    elif to is None:
        yield _warning(
            "credit.until",
            N_("There is no last day, but what is paid back ends on {until}: nothing can be paid back after."),
            until=until,
        )
    elif until < to + timedelta(days=campaign.reverse_days):
        yield _warning(
            "credit.until",
            N_("Refunds count until {day}, but what was paid back ends on {until}: what has ended is not taken back."),
            day=to + timedelta(days=campaign.reverse_days),
            until=until,
        )


def _find_last_payback(campaign: Campaign) -> date:
    """Returns the last day on which an amount is paid back; without a last day of the campaign, the first day."""
    last = campaign.to or campaign.start
    if campaign.back.kind != "increase":
        return last
    end = last.replace(day=monthrange(last.year, last.month)[1])
    return end + timedelta(days=campaign.back.after_days)


def _check_base(campaign: Campaign) -> Iterator[Finding]:
    if not campaign.origins:
        yield _error("base.origin", N_("No origin is named: no payment would count."))
    twice = campaign.origins & {"paid-back", "bonus", campaign.credit_origin}
    if twice:
        yield _error(
            "base.origin",
            N_("What was given already would count again: {origins}. Nothing is paid back on a payback."),
            origins=tuple(sorted(twice)),
        )
    if campaign.join == "none":
        return
    if campaign.back.kind == "increase":
        yield _warning("base.join", N_("The payments of a month are added up anyway: “join” has no effect."))
    elif not campaign.least and all(_is_plain_rate(back) for _, back in _list_backs(campaign)):
        yield _warning("base.join", N_("A rate without bounds gives the same: joining payments has no effect."))


def _is_plain_rate(back: Back) -> bool:
    return back.kind == "rate" and not back.least and back.most is None


def _check_back(campaign: Campaign, path: str, back: Back) -> Iterator[Finding]:
    if back.kind == "steps":
        yield from _check_steps(campaign, f"{path}.steps", back)
    else:
        yield from _check_rate(path, back)
    if (back.kind == "increase") != (campaign.back.kind == "increase"):
        yield _error(f"{path}.kind", N_("Either every rule of a campaign is an increase, or none."))
    if back.kind != "increase" and back.after_days:
        yield _error(f"{path}.after_days", N_("Only an increase is computed after the month’s end."))
    if back.most is not None and back.most < max(back.least, 1):
        yield _error(
            f"{path}.most",
            N_("The most, {most}, is below the least payback, {least}."),
            most=back.most,
            least=max(back.least, 1),
        )
    elif back.most is not None and back.kind == "steps" and back.steps and back.most < back.steps[0][1]:
        yield _error(
            f"{path}.most",
            N_("The most, {most}, is below what the first step pays, {amount}."),
            most=back.most,
            amount=back.steps[0][1],
        )


def _check_rate(path: str, back: Back) -> Iterator[Finding]:
    if back.steps:
        yield _error(f"{path}.steps", N_("A rule of this kind has a rate, no steps."))
    if back.rate is None:
        yield _error(f"{path}.rate", N_("The rate is missing."))
    elif not back.rate:
        yield _error(f"{path}.rate", N_("A rate of 0 pays nothing back."))
    elif back.rate > 1:
        yield _error(f"{path}.rate", N_("{rate} is more than was paid."), rate=back.rate)


def _check_steps(campaign: Campaign, path: str, back: Back) -> Iterator[Finding]:
    if back.rate is not None:
        yield _error(path.replace(".steps", ".rate"), N_("A rule of this kind has steps, no rate."))
    if not back.steps:
        yield _error(path, N_("The steps are missing."))
        return
    for number, (start, amount) in enumerate(back.steps):
        here = f"{path}[{number}]"
        if amount > start:
            yield _error(
                here, N_("From {from}, {amount} would be paid back: more than was paid."), **_step(start, amount)
            )
        elif not amount:
            yield _error(here, N_("The step from {from} pays nothing back."), **_step(start, amount))
        elif amount < back.least:
            yield _warning(
                here,
                N_("The step from {from} pays {amount}, but nothing below {least} is paid."),
                **_step(start, amount),
                least=back.least,
            )
    for number, ((start, amount), (next_start, next_amount)) in enumerate(pairwise(back.steps)):
        here = f"{path}[{number + 1}]"
        if next_start == start:
            yield _error(here, N_("Two steps begin at {from}."), **_step(start, amount))
        elif next_start < start:
            yield _error(
                here,
                N_("The step from {from} stands after the step from {before}: write them in order."),
                **_step(next_start, amount),
                before=start,
            )
        elif next_amount < amount:
            yield _error(
                here,
                N_("The steps fall: from {from}, {amount} is less than {before}."),
                **_step(next_start, next_amount),
                before=amount,
            )
        elif next_amount == amount:
            yield _warning(
                here, N_("The step from {from} pays as much as the step before it."), **_step(next_start, amount)
            )
        if start < next_start <= campaign.least:
            yield _error(
                f"{path}[{number}]",
                N_("The step from {from} is never reached: the least payment is {least}."),
                **_step(start, amount),
                least=campaign.least,
            )
    first = back.steps[0][0]
    if first < campaign.least and (len(back.steps) == 1 or campaign.least < back.steps[1][0]):
        yield _warning(
            "base.least",
            N_("The first step begins at {from}, but a payment below {least} gets nothing."),
            **_step(first, 0),
            least=campaign.least,
        )
    if back.least > max(amount for _, amount in back.steps):
        yield _error(
            path.replace(".steps", ".least"),
            N_("No step pays the least payback of {least}."),
            least=back.least,
        )


def _step(start: int, amount: int) -> dict[str, int]:
    return {"from": start, "amount": amount}


def _find_smallest(campaign: Campaign, back: Back) -> int:
    """Returns the smallest amount that a rule can pay back, before caps and budgets."""
    smallest = max(back.least, 1)
    if back.kind == "steps":
        reached = [step for step in back.steps if step[0] <= campaign.least][-1:]
        above = [step for step in back.steps if step[0] > campaign.least]
        smallest = min((amount for _, amount in (*reached, *above) if amount >= smallest), default=smallest)
    elif back.kind == "rate":
        smallest = max(smallest, apply_rate(back, campaign.least))
    return smallest if back.most is None else max(1, min(smallest, back.most))


def _check_caps(campaign: Campaign) -> Iterator[Finding]:
    known = {*campaign.groups, *campaign.group_budgets}
    for cap in campaign.caps:
        backs = [campaign.back, *(back for name, back in campaign.groups.items() if name not in cap.excepted)]
        smallest = max(_find_smallest(campaign, back) for back in backs)
        if cap.amount < smallest:
            yield _error(
                "caps",
                N_("The cap of {cap} {window} is below the smallest payback, {amount}."),
                cap=cap.amount,
                window=cap.window,
                amount=smallest,
            )
        unknown = sorted(cap.excepted - known) if known else []
        if unknown:
            yield _warning(
                "caps",
                N_("The cap of {cap} {window} leaves out groups that nothing else names: {groups}."),
                cap=cap.amount,
                window=cap.window,
                groups=tuple(unknown),
            )
        if cap.amount > campaign.budget:
            yield _warning(
                "caps",
                N_("The cap of {cap} {window} is above the whole budget."),
                cap=cap.amount,
                window=cap.window,
            )
    for number, cap in enumerate(campaign.caps):
        for wider in campaign.caps[number + 1 :]:
            yield from _compare_caps(cap, wider)
    if campaign.back.kind == "increase" and not any(cap.window == "month" for cap in campaign.caps):
        yield _warning("caps", N_("An increase without a cap a month has no limit but the budget."))


def _compare_caps(cap: Cap, wider: Cap) -> Iterator[Finding]:
    """Yields a finding if one of two caps is never reached, because the other one is lower. `wider` is as wide, or wider."""
    if cap.window == wider.window and cap.excepted < wider.excepted:
        cap, wider = wider, cap
    values = {"window": cap.window, "cap": cap.amount, "wider": wider.window, "left": wider.amount}
    if cap.window == wider.window and cap.excepted == wider.excepted:
        yield _error("caps", N_("There are two caps {window} for the same persons."), **values)
    elif wider.excepted <= cap.excepted and wider.amount < cap.amount:
        yield _error("caps", N_("The cap of {cap} {window} is above the cap of {left} {wider}."), **values)
    elif wider.excepted <= cap.excepted and wider.amount == cap.amount:
        yield _warning(
            "caps", N_("The caps {window} and {wider} are equal: the first is never reached alone."), **values
        )


def _check_budget(campaign: Campaign) -> Iterator[Finding]:
    smallest = min(_find_smallest(campaign, back) for _, back in _list_backs(campaign))
    if campaign.budget < smallest:
        yield _error(
            "budget.total",
            N_("The budget of {budget} is below the smallest payback, {amount}."),
            budget=campaign.budget,
            amount=smallest,
        )
    for name, budget in campaign.group_budgets.items():
        least = _find_smallest(campaign, campaign.groups.get(name, campaign.back))
        if budget < least:
            yield _error(
                f"budget.groups.{name}",
                N_("The budget of {budget} is below the smallest payback, {amount}."),
                budget=budget,
                amount=least,
            )
    total = sum(campaign.group_budgets.values())
    if total > campaign.budget:
        yield _error(
            "budget.groups",
            N_("The groups have {amount}, more than the whole budget of {budget}."),
            amount=total,
            budget=campaign.budget,
        )
