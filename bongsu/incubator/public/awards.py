"""Awards that everybody sees: those whose owner agreed, with title and amounts, and nothing of her or of anybody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import write_amount
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import Unit, format_amount
from bongsu.incubator.awards.money import count_net_paid
from bongsu.incubator.models import Award, Call
from bongsu.incubator.opening import newest_edition, read_edition
from bongsu.incubator.public.published import PublishedCall, make_id, write_moment
from bongsu.incubator.round_desk.overview import list_titles
from bongsu.incubator.texts import Translate, pick_text

# The states of CommonGrants, by that of the application.
STATUSES: Mapping[str, str] = MappingProxyType(
    {"awarded": "awarded", "running": "awarded", "completed": "completed", "ended-early": "cancelled"}
)
DETAILS = N_("asked: {requested}; awarded: {awarded}; paid: {disbursed}")
WORDS: Mapping[str, str] = MappingProxyType(
    {"awarded": N_("awarded"), "completed": N_("completed"), "cancelled": N_("ended early")}
)


@dataclass(frozen=True)
class PublicAward:
    """An award as everybody sees it; amounts in steps of the unit."""

    number: str
    title: str
    status: str
    unit: Unit
    requested: int
    awarded: int
    disbursed: int
    made: datetime
    changed: datetime

    @property
    def words(self) -> str:
        """The status as a marked text."""
        return WORDS[self.status]


def list_public_awards(call: Call) -> list[PublicAward]:
    """Returns the awards of a call that may be published, by number."""
    rows = Award.objects.filter(application__call=call, application__state__in=STATUSES).exclude(consented=None)
    awards = list(rows.select_related("application").order_by("application__number"))
    if not awards:
        return []
    titles = list_titles(read_edition(newest_edition(call)), [award.application for award in awards])
    return [
        PublicAward(
            award.application.number,
            titles[award.pk],
            STATUSES[award.application.state],
            known_units()[award.unit],
            award.asked,
            award.amount,
            count_net_paid(award),
            award.made,
            max(filter(None, (award.made, award.consented, award.application.changed))),
        )
        for award in awards
    ]


def describe_awards(one: PublishedCall, translate: Translate, language: str) -> list[dict[str, Any]]:
    """Returns the public awards of a call as CommonGrants has them."""
    title = pick_text(one.files.call.title, language)
    return [
        {
            "id": str(make_id(one.node, one.call.name, award.number)),
            "title": award.title,
            "description": f"{title}: {award.number}",
            "status": {"value": award.status, "description": translate(award.words)},
            "funding": _describe_funding(award, translate, language),
            "createdAt": write_moment(award.made),
            "lastModifiedAt": write_moment(award.changed),
        }
        for award in list_public_awards(one.call)
    ]


def _describe_funding(award: PublicAward, translate: Translate, language: str) -> dict[str, Any]:
    """Returns the amounts in words, and as sums if they are of money."""
    amounts = {"requested": award.requested, "awarded": award.awarded, "disbursed": award.disbursed}
    written = {name: write_amount(steps, award.unit, language) for name, steps in amounts.items()}
    funding: dict[str, Any] = {"details": translate(DETAILS).format(**written)}
    if award.unit.kind == "money":
        for name, steps in amounts.items():
            value = {"amount": format_amount(steps, award.unit).partition(" ")[0], "currency": award.unit.code}
            funding[f"{name}Amount"] = value
    return funding
