"""What an award of a budget line is: its account, tranches, milestones, agreement, reports, and when unused hours are recalled.

Amounts are split in whole steps of the unit of the line: shares are rounded down, and the last tranche gets the rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Annotated, Literal

import msgspec

from bongsu.core.document_shape import limit
from bongsu.core.errors import N_
from bongsu.credits.ledger.commands import AccountId
from bongsu.incubator.calls.deadlines import parse_deadline
from bongsu.incubator.calls.struct import Struct
from bongsu.incubator.texts import Key, OfficerTexts

AGREEMENT = "agreement"  # when a tranche is paid that waits for no milestone
_few = limit(N_("“{name}” has more than 20 entries."), max_length=20)
_Days = Annotated[int, limit(ge=1, le=3650)]
Evidence = Literal["text", "file", "both"]


class Tranche(Struct, frozen=True, kw_only=True):
    """A part of an award, and when it is paid. A tranche with neither share nor amount gets what is left."""

    key: Key
    at: Key = AGREEMENT  # or the key of a milestone
    share: Annotated[int, limit(ge=1, le=100)] | None = None  # per cent
    amount: int | str | None = None  # in the unit of the line


class Milestone(Struct, frozen=True, kw_only=True):
    """A milestone, due a number of days after the start, or at a time on the clock of the call's zone."""

    key: Key
    title: OfficerTexts
    days: _Days | None = None
    due: str = ""
    evidence: Evidence = "text"


class Field(Struct, frozen=True, kw_only=True):
    """Something that the applicant fills in before she signs, such as the name of who is responsible."""

    key: Key
    title: OfficerTexts


class Agreement(Struct, frozen=True, kw_only=True):
    """What both sides sign. With `signed-file`, the applicant also uploads the signed PDF."""

    text: OfficerTexts
    field: Annotated[tuple[Field, ...], _few] = ()
    signed_file: bool = msgspec.field(default=False, name="signed-file")


class Reports(Struct, frozen=True, kw_only=True):
    """A report about every period of `every` days, due `due` days after the period ends."""

    title: OfficerTexts
    every: _Days
    due: Annotated[int, limit(ge=0, le=365)] = 30
    evidence: Evidence = "text"


class Recall(Struct, frozen=True, kw_only=True):
    """When an officer may recall unused hours: less than `least` per cent used over `days`, and `answer` days to answer."""

    least: Annotated[int, limit(ge=1, le=100)] = 50
    days: _Days = 28
    answer: Annotated[int, limit(ge=1, le=90)] = 14


class Award(Struct, frozen=True, kw_only=True):
    """What an award of a budget line is. `days` is how long it runs, `account` what pays it.

    `keeper` is the organisation whose machines take what is used from the award's own account.
    """

    line: Key
    account: AccountId
    keeper: str = ""
    days: _Days = 365
    tranche: Annotated[tuple[Tranche, ...], _few] = ()
    milestone: Annotated[tuple[Milestone, ...], _few] = ()
    agreement: Agreement | None = None
    reports: Reports | None = None
    recall: Recall | None = None
    cohort: bool = False

    @property
    def tranches(self) -> tuple[Tranche, ...]:
        """The tranches; an award without any is paid whole after the agreement."""
        return self.tranche or (Tranche(key="whole"),)


class Cohort(Struct, frozen=True, kw_only=True):
    """The cohort of a call, which awards with `cohort` join: from one day to another, both included."""

    key: Key
    title: OfficerTexts
    start: date = msgspec.field(name="from")
    until: date


def split_amount(amount: int, tranches: Sequence[Tranche], fixed: Sequence[int | None]) -> list[int]:
    """Returns the amount of each tranche in steps; the last one gets the rest, so that nothing is lost or made.

    `fixed` has the steps of those with an amount of their own. A tranche can be 0, if an award is small.
    """
    left, parts = amount, []
    for one, steps in zip(tranches[:-1], fixed, strict=False):
        wanted = amount * one.share // 100 if one.share is not None else steps
        part = left if wanted is None else min(wanted, left)
        parts.append(part)
        left -= part
    return [*parts, left]


def find_due(one: Milestone, zone: str, start: datetime) -> datetime:
    """Returns the first moment at which a milestone is late, if the award starts at `start`."""
    if one.days is not None:
        return start + timedelta(days=one.days)
    return parse_deadline(one.due, zone, "due").ends


def list_report_dues(reports: Reports, start: datetime, days: int) -> list[datetime]:
    """Returns when each report of an award is due: one for every period, the last of which may be shorter."""
    periods = -(-days // reports.every)
    ends = (min(number * reports.every, days) for number in range(1, periods + 1))
    return [start + timedelta(days=end + reports.due) for end in ends]
