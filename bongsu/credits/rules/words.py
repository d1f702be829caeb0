"""A campaign in words: its rules, the findings of its check, and the reasons of a payback, each as whole sentences.

`translate` is the translation of the terminal or of a page; amounts, days and rates are written for `language`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import write_amount, write_day, write_list, write_rate
from bongsu.credits.rules.check import Finding
from bongsu.credits.rules.document import Back, Campaign, Cap
from bongsu.credits.rules.payback import Reason
from bongsu.credits.units import Unit

Translate = Callable[[str], str]

# Each step of the calculation of a payback: why it is what it is, and not more.
REASONS: Mapping[str, str] = {
    "before": N_("The campaign begins on {day}."),
    "after": N_("The campaign ended on {day}."),
    "stopped": N_("The campaign was stopped on {day}."),
    "closed": N_("The campaign is closed."),
    "late": N_("Refunds count no more: nothing is taken back."),
    "wallet-closed": N_("The wallet is closed: nothing can be paid into it."),
    "lots": N_("The wallet does not keep the origin of its amounts."),
    "self": N_("Who pays herself gets nothing back."),
    "merchant": N_("The merchant is not on the list “{list}”."),
    "channel": N_("Payments by “{channel}” do not count."),
    "origin": N_("Of {amount}, {base} counts: the rest has another origin."),
    "least": N_("{base} is below the least payment, {least}."),
    "step": N_("From {from} on, {amount} comes back."),
    "rate": N_("{rate} of {base} is {amount}."),
    "too-little": N_("{amount} is below the least payback, {least}."),
    "most": N_("At most {most} comes back at once."),
    "joined": N_("Payments are added up: {before} came back for the earlier ones, {amount} more for this one."),
    "cap": N_("A person gets at most {cap} {window}: {left} was left."),
    "group-budget": N_("The budget of the group “{group}” had {left} left."),
    "budget": N_("The budget had {left} left."),
    "funds": N_("The account of the campaign had {left} left."),
    "month": N_("{base} counts for the month: what comes back is computed after its end."),
    "increase": N_("{spent} was spent in the month, the baseline is {baseline}: the increase is {increase}."),
    "no-baseline": N_("There is no baseline for this person."),
    "beaten": N_("Another campaign paid: “{campaign}”."),
    "receivable": N_("{amount} of it settles what was owed from a refund."),
    "refund": N_("After the refund, {amount} is taken back."),
    "owed": N_("{amount} of it was spent already, and is owed: later paybacks settle it."),
    "forgiven": N_("{amount} had expired already, and is not taken back."),
}
WINDOWS: Mapping[str, str] = {"day": N_("a day"), "month": N_("a month"), "all": N_("in all")}
ORIGINS: Mapping[str, str] = {
    "own": N_("own money"),
    "bonus": N_("bonus"),
    "paid-back": N_("payback"),
    "grant": N_("grant"),
    "usage-correction": N_("correction of usage"),
}
_JOINS: Mapping[str, str] = {
    "none": N_("Each payment counts by itself."),
    "day": N_("The payments of a person on one day are added up."),
    "visit": N_("The payments of a person to one merchant on one day are added up."),
}
_STACKS: Mapping[str, str] = {
    "first": N_("If several campaigns could pay for a payment, the first one does."),
    "best": N_("If several campaigns could pay for a payment, the one that pays most does."),
    "all": N_("It pays also if other campaigns pay for the same payment."),
}
_ROUNDINGS: Mapping[str, str] = {
    "down": N_("{rate} of it comes back, rounded down."),
    "up": N_("{rate} of it comes back, rounded up."),
    "half-up": N_("{rate} of it comes back, rounded to the nearest."),
}
_AMOUNTS = frozenset(
    {"amount", "base", "baseline", "before", "budget", "cap", "from", "increase", "least", "left", "most", "spent"}
)


def describe_reason(reason: Reason, unit: Unit, translate: Translate, language: str) -> str:
    """Returns the sentence of a reason: “A person gets at most 15,000 won a day: 9,000 won was left.”"""
    return _write(REASONS[reason.code], reason.values, unit, translate, language)


def describe_finding(finding: Finding, unit: Unit, translate: Translate, language: str) -> str:
    """Returns the sentence of a finding."""
    return _write(finding.message, finding.values, unit, translate, language)


def _write(message: str, values: Mapping[str, Any], unit: Unit, translate: Translate, language: str) -> str:
    written = {name: _write_value(name, value, unit, translate, language) for name, value in values.items()}
    return translate(message).format_map(written)


def _write_value(name: str, value: Any, unit: Unit, translate: Translate, language: str) -> str:
    """Returns a value for readers, by its name: an amount in steps, a day, a rate, a window, codes of origins, or names."""
    if name in _AMOUNTS and isinstance(value, int):
        return write_amount(value, unit, language)
    if isinstance(value, date):
        return write_day(value, language)
    match name:
        case "day":
            return write_day(date.fromisoformat(value), language)
        case "rate":
            return write_rate(Fraction(value), language)
        case "window" | "wider":
            return translate(WINDOWS[value])
        case "origins":
            return write_list((translate(ORIGINS[code]) for code in value), language)
        case "groups":
            return write_list(value, language)
        case _:
            return str(value)


def explain_campaign(campaign: Campaign, translate: Translate, language: str) -> list[str]:
    """Returns the whole rules of a campaign in sentences, in the order in which they are applied."""

    def say(message: str, **values: Any) -> str:
        return _write(message, values, campaign.unit, translate, language)

    return [
        pick_text(campaign.title, language) or campaign.id,
        *_explain_payments(campaign, say),
        *_explain_back(campaign.back, say),
        *(
            say(N_("Wallets of the group “{group}”: {rule}"), group=name, rule=" ".join(_explain_back(back, say)))
            for name, back in campaign.groups.items()
        ),
        *(
            [say(N_("The baselines are signed with the key {key}."), key=key)]
            if (key := campaign.baselines_key)
            else []
        ),
        *(_explain_cap(cap, say) for cap in campaign.caps),
        *_explain_budget(campaign, say),
        *_explain_credit(campaign, say),
        *_explain_refunds(campaign, say),
        say(_STACKS[campaign.stack]),
        *([pick_text(campaign.note, language)] if campaign.note else []),
        *(say(N_("Source: {source}"), source=source) for source in campaign.source),
    ]


def pick_text(texts: Mapping[str, str], language: str) -> str:
    """Returns a text of a campaign in a language, else in English; empty if it has neither."""
    return texts.get(language) or texts.get("en", "")


Say = Callable[..., str]


def _explain_payments(campaign: Campaign, say: Say) -> list[str]:
    days = {"first": campaign.start, "zone": campaign.zone.key}
    lines = [
        say(N_("From {first} until the budget is gone, by the time of {zone}."), **days)
        if campaign.to is None
        else say(N_("From {first} to {to}, both days included, by the time of {zone}."), to=campaign.to, **days)
    ]
    lines.append(
        say(N_("Payments to merchants of the list “{list}” count."), list=campaign.merchants)
        if campaign.merchants
        else say(N_("Payments to every account count."))
    )
    lines += [
        say(N_("Payments by “{channel}” do not count."), channel=channel) for channel in sorted(campaign.channel_not)
    ]
    lines.append(say(N_("Only amounts of this origin count: {origins}."), origins=tuple(sorted(campaign.origins))))
    if campaign.least:
        lines.append(say(N_("Payments below {least} get nothing."), least=campaign.least))
    return lines if campaign.back.kind == "increase" else [*lines, say(_JOINS[campaign.join])]


def _explain_back(back: Back, say: Say) -> list[str]:
    if back.kind == "steps":
        steps = (
            say(N_("{amount} from {from} on"), **{"from": start, "amount": amount}) for start, amount in back.steps
        )
        lines = [say(N_("What comes back: {steps}."), steps=", ".join(steps))]
    elif back.kind == "rate":
        lines = [say(_ROUNDINGS[back.round], rate=back.rate)]
    else:
        lines = [
            say(N_("What counts in a month is compared with the person’s baseline.")),
            say(
                N_("{rate} of the increase comes back, {days} days after the month’s end."),
                rate=back.rate,
                days=back.after_days,
            ),
        ]
    if back.least:
        lines.append(say(N_("Less than {least} is not paid back."), least=back.least))
    if back.most is not None:
        lines.append(say(REASONS["most"], most=back.most))
    return lines


def _explain_cap(cap: Cap, say: Say) -> str:
    if cap.excepted:
        return say(
            N_(
                "A person gets at most {cap} {window}, but not with wallets of the groups {groups}: those have no such cap."
            ),
            cap=cap.amount,
            window=cap.window,
            groups=tuple(sorted(cap.excepted)),
        )
    return say(N_("A person gets at most {cap} {window}."), cap=cap.amount, window=cap.window)


def _explain_budget(campaign: Campaign, say: Say) -> list[str]:
    groups = [
        say(
            N_("Wallets of the group “{group}” get at most {amount} of it: when that is gone, only that group ends."),
            amount=amount,
            group=name,
        )
        for name, amount in campaign.group_budgets.items()
    ]
    short = (
        N_("If less is left than a payment would get, it gets what is left.")
        if campaign.when_short == "part"
        else N_("If less is left than a payment would get, it gets nothing.")
    )
    return [say(N_("The budget is {budget}."), budget=campaign.budget), *groups, say(short)]


def _explain_credit(campaign: Campaign, say: Say) -> list[str]:
    lines = [
        say(
            N_("What comes back goes to the wallet that paid, with the origin “{origins}”."),
            origins=(campaign.credit_origin,),
        )
    ]
    if campaign.credit_from is not None:
        lines.append(say(N_("It can be spent from {first} on."), first=campaign.credit_from))
    if campaign.credit_until is not None:
        lines.append(say(N_("It can be spent until {until}; what is left then is lost."), until=campaign.credit_until))
    if campaign.spend_at:
        lines.append(say(N_("It can be spent only at merchants of the list “{list}”."), list=campaign.spend_at))
    return lines


def _explain_refunds(campaign: Campaign, say: Say) -> list[str]:
    freed = {
        (True, True): N_("What is taken back counts no more for caps and budgets."),
        (True, False): N_("What is taken back counts no more for caps, but still for budgets."),
        (False, True): N_("What is taken back counts no more for budgets, but still for caps."),
        (False, False): N_("What is taken back still counts for caps and budgets."),
    }
    return [
        say(
            N_(
                "After a refund, a payment gets what it would have got for the rest of it; the difference is taken back."
            )
        ),
        say(N_("What was spent already is settled from later paybacks.")),
        say(freed[campaign.frees_caps, campaign.frees_budget]),
        say(N_("Refunds count until {days} days after the end."), days=campaign.reverse_days)
        if campaign.reverse_days
        else say(N_("Refunds count until the end.")),
    ]
