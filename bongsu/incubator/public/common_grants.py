"""Calls as opportunities of the CommonGrants protocol, version 0.4 (github.com/HHS/simpler-grants-protocol).

What the protocol has no field for is in `customFields`: texts in all languages, the institutions (`funders` is of
version 0.5), the closing with its zone, rounds, budget lines, and, of a single call, rules, criteria and questions as its
files have them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import write_amount
from bongsu.incubator.calls.deadlines import find_zone
from bongsu.incubator.calls.document import Call, RoundTimes, count_steps, find_unit, name_payer
from bongsu.incubator.calls.phases import PHASES
from bongsu.incubator.public.awards import describe_awards
from bongsu.incubator.public.published import PublishedCall, write_moment
from bongsu.incubator.texts import Translate, pick_text

STATUSES = {"later": "forecasted", "open": "open", "closed": "closed"}
_LINE = N_("{line}: {amount}")
_PAID_LINE = N_("{line}: {amount}, paid by {institution}")
_TYPES = {str: "string", int: "integer", dict: "object", list: "array"}


def describe_call(one: PublishedCall, page: str, translate: Translate, language: str, whole: bool) -> dict[str, Any]:
    """Returns a call as an opportunity, with its page as the source; `whole` adds rules, criteria and questions."""
    call = one.files.call
    fields = _list_fields(one, whole)
    if whole and (awards := describe_awards(one, translate, language)):
        fields["awards"] = awards
    return {
        "id": str(one.id),
        "title": pick_text(call.title, language),
        "status": {"value": STATUSES[one.phase], "description": translate(PHASES[one.phase])},
        "description": pick_text(call.summary, language),
        "funding": describe_funding(call, translate, language),
        "keyDates": _list_dates(one, translate),
        "acceptedApplicantTypes": [{"value": "custom", "description": pick_text(call.who, language)}],
        "source": page,
        "customFields": {name: _field(name, value) for name, value in fields.items()},
        "createdAt": write_moment(one.opened),
        "lastModifiedAt": write_moment(one.changed),
    }


def describe_page(items: list[dict[str, Any]], page: int, size: int, total: int) -> dict[str, Any]:
    """Returns the answer with a page of a list, as the protocol has it."""
    info = {"page": page, "pageSize": size, "totalItems": total, "totalPages": -(-total // size)}
    return {"status": 200, "message": "Success", "items": items, "paginationInfo": info}


def describe_funding(call: Call, translate: Translate, language: str) -> dict[str, Any]:
    """Returns the budget in words, and as sums of money if all lines are of one currency."""
    budget = call.budget
    units = {unit.code: unit for line in budget if (unit := find_unit(line))}
    words = [
        translate(_PAID_LINE if line.institution else _LINE).format(
            line=pick_text(line.title, language),
            institution=name_payer(call, line, language),
            amount=write_amount(count_steps(line, line.amount), units[line.unit], language),
        )
        for line in budget
    ]
    funding: dict[str, Any] = {"details": "; ".join(words)}
    if {unit.kind for unit in units.values()} != {"money"} or len(units) > 1:
        return funding
    (currency,) = units
    amounts = {
        "totalAmountAvailable": sum(Decimal(line.amount) for line in budget),
        "minAwardAmount": min((Decimal(line.least) for line in budget if line.least is not None), default=None),
        "maxAwardAmount": max((Decimal(line.most) for line in budget if line.most is not None), default=None),
    }
    return funding | {
        name: {"amount": str(amount), "currency": currency} for name, amount in amounts.items() if amount is not None
    }


def _list_dates(one: PublishedCall, translate: Translate) -> dict[str, Any]:
    """Returns when the call was opened and the current round closes, and the times of all rounds, on the clock of the zone."""
    zone = one.files.call.zone
    posted = one.opened.astimezone(find_zone(zone))
    dates: dict[str, Any] = {
        "postDate": _event(translate(N_("Publication")), posted, zone),
        "closeDate": _closing(one.current[1], translate),
        "otherDates": {},
    }
    for times in one.files.call.rounds:
        dates["otherDates"][f"{times.key}-opens"] = _event(translate(N_("Opening")), times.opens.wall_time, zone)
        dates["otherDates"][f"{times.key}-closes"] = _closing(times, translate)
        if times.results:
            dates["otherDates"][f"{times.key}-results"] = _event(
                translate(N_("Results")), times.results.wall_time, zone
            )
    return dates


def _closing(times: RoundTimes, translate: Translate) -> dict[str, str]:
    """Returns the closing of a round, whose minute counts whole."""
    return _event(translate(N_("Closing")), times.closes.wall_time.replace(second=59), times.closes.zone)


def _event(name: str, wall: datetime, zone: str) -> dict[str, str]:
    """Returns a date of the protocol, which has no zone: the description has it."""
    return {
        "name": name,
        "eventType": "singleDate",
        "date": f"{wall:%Y-%m-%d}",
        "time": f"{wall:%H:%M:%S}",
        "description": zone,
    }


def _list_fields(one: PublishedCall, whole: bool) -> dict[str, Any]:
    call = one.files.call
    texts = {
        "title": call.title,
        "summary": call.summary,
        "who": call.who,
        **({"text": call.text} if call.text else {}),
    }
    fields: dict[str, Any] = {
        "closesAt": one.current[1].closes.last_second_there,
        "zone": call.zone,
        "languages": sorted(set.intersection(*(set(text) for text in texts.values()))),
        "texts": {name: dict(text) for name, text in texts.items()},
        "rounds": [_describe_round(times) for times in call.rounds],
        "budget": _plain(call.budget),
        **({"institutions": _plain(call.institution)} if call.institution else {}),
        "edition": one.edition.number,
        "contact": call.contact,
    }
    if whole:
        rounds = zip(fields["rounds"], call.round, strict=True)
        fields["rounds"] = [
            {**times, **_plain({"title": one.title, "extension": one.extension})} for times, one in rounds
        ]
        fields["criteria"] = _plain(call.criterion)
        fields["rules"] = _plain(one.files.rules.rule)
        fields["sections"] = _plain(one.files.form.section)
        fields["questions"] = _plain(one.files.form.question)
    return fields


def _describe_round(times: RoundTimes) -> dict[str, Any]:
    found = {"key": times.key, "opens": write_moment(times.opens.starts), "closes": times.closes.last_second}
    return found | ({"results": write_moment(times.results.starts)} if times.results else {})


def _field(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "fieldType": _TYPES[type(value)], "value": value}


def _plain(value: Any) -> Any:
    """Returns tables of a file as JSON has them, without what the file does not say."""
    return _drop_empty(msgspec.to_builtins(value))


def _drop_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _drop_empty(one) for name, one in value.items() if one not in (None, "", [], (), {})}
    return [_drop_empty(one) for one in value] if isinstance(value, list | tuple) else value
