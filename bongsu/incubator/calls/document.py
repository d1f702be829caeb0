"""The file of a call (bongsu.call/1): texts, institutions, rounds, criteria, budget lines, reviews, and its workflow.

Wall times are read in the call's zone; amounts are texts or whole numbers, never floats. What the fields say together is
checked by check.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal

import msgspec

from bongsu.core.document_shape import FilledText, convert_document, join_place, limit
from bongsu.core.errors import N_
from bongsu.core.text_files import parse_toml
from bongsu.credits.unit_table import known_units
from bongsu.credits.units import Unit, parse_amount
from bongsu.incubator.calls.awards import Award, Cohort
from bongsu.incubator.calls.deadlines import Deadline, find_zone, parse_deadline
from bongsu.incubator.calls.struct import Struct
from bongsu.incubator.reviews import scoring
from bongsu.incubator.texts import Key, OfficerTexts, pick_text, refuse_deep

FORMAT = "bongsu.call/1"
DEEPEST = 7  # award, agreement, field and title, with the lists between
GRACE_MINUTES = 15  # for a draft that was opened before closing
_many = limit(N_("“{name}” has more than 100 entries."), max_length=100)
Address = Annotated[
    str,
    limit(
        N_("“{value}” is not an e-mail address."), pattern=r"\A[^@\s<>\"',;:\\]+@[^@\s<>\"',;:\\]+\.[^@\s<>\"',;:\\]+\Z"
    ),
]

Web = Annotated[
    str,
    limit(
        N_("“{value}” is not the address of a web page."),
        N_("Write it as https://stat.example/."),
        pattern=r"\Ahttps?://[^\s<>\"'\\/]+(/[^\s<>\"'\\]*)?\Z",
        max_length=500,
    ),
]
Host = Annotated[
    str,
    limit(
        N_("“{value}” is not the domain of one organisation."),
        N_("Write it as stat.example."),
        pattern=r"\A[^\s@/:.]+(\.[^\s@/:.]+)+\Z",
        max_length=253,
    ),
]


class Institution(Struct, frozen=True, kw_only=True):
    """An institution that runs the call. Who works there is found by `organisation`, a short name of the node, and `domain`."""

    key: Key
    title: OfficerTexts
    url: Web
    domain: Host | None = None
    organisation: FilledText | None = None


class Extension(Struct, frozen=True, kw_only=True):
    """A later closing for everybody, with its reason."""

    closes: FilledText
    reason: OfficerTexts


class Round(Struct, frozen=True, kw_only=True):
    """A round: from when until when applications are taken, in the call's zone. Extensions are for everybody."""

    key: Key
    title: OfficerTexts | None = None
    stage: Annotated[int, limit(ge=1, le=9)] = 1  # of the form: who is accepted at a stage goes to a round of the next
    opens: FilledText
    closes: FilledText
    results: str = ""  # when applicants will know
    extension: Annotated[tuple[Extension, ...], _many] = ()


class Criterion(Struct, frozen=True, kw_only=True):
    """A criterion of the reviews: a scale of whole points and a weight."""

    key: Key
    title: OfficerTexts
    help: OfficerTexts | None = None
    least: Annotated[int, limit(ge=0, le=100)] = 1
    most: Annotated[int, limit(ge=1, le=100)] = 5
    weight: Annotated[int, limit(ge=1, le=1000)] = 1
    may_be_left: bool = msgspec.field(default=False, name="not-applicable")


class Line(Struct, frozen=True, kw_only=True):
    """A line of the budget: an amount of money or of compute, and the least and most that one application may ask for.

    `institution` is the key of the one that pays it.
    """

    key: Key
    title: OfficerTexts
    unit: FilledText
    amount: int | str
    least: int | str | None = None
    most: int | str | None = None
    institution: str = ""


class Asked(Struct, frozen=True, kw_only=True):
    """Which questions of the form say what an application asks for, and for whom: budget line, amount, organisation.

    Without a question, the line is the only one, and the amount the most of the line. Who works at the organisation that
    applies has a conflict; without a question, that is found from the people alone.
    """

    line: str = ""
    amount: str = ""
    organisation: str = ""


class Reviews(Struct, frozen=True, kw_only=True):
    """How applications are reviewed. An application with fewer than `least` reviews is not decided."""

    wanted: Annotated[int, limit(ge=1, le=20)] = 3
    least: Annotated[int, limit(ge=1, le=20)] = 2
    most_each: Annotated[int, limit(ge=1, le=500)] = msgspec.field(default=10, name="most-each")
    threshold: str = ""
    blind: bool = True
    days: Annotated[int, limit(ge=1, le=365)] = 21


class Appeal(Struct, frozen=True, kw_only=True):
    """For how many days after the release an applicant may appeal; 0 is never."""

    days: Annotated[int, limit(ge=0, le=180)] = 14


class Retention(Struct, frozen=True, kw_only=True):
    """After how many months records are deleted, where the call does not keep to retention.csv."""

    application: int | None = None
    reviews: int | None = None
    draft: int | None = None

    @property
    def chosen(self) -> dict[str, int | None]:
        """The months by the row of the table."""
        return {"application": self.application, "reviews": self.reviews, "draft": self.draft}


class Call(Struct, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["bongsu.call/1"]
    call: Key
    prefix: Annotated[
        str,
        limit(
            N_("“{value}” is not a valid prefix of numbers."),
            N_("Use capitals and digits, a capital first, 12 at most."),
            pattern=r"\A[A-Z][A-Z0-9]{0,11}\Z",
        ),
    ] = "CALL"
    zone: FilledText
    title: OfficerTexts
    summary: OfficerTexts
    who: OfficerTexts
    text: OfficerTexts | None = None
    contact: Address
    contact_for_reviewers: Address | None = msgspec.field(default=None, name="contact-for-reviewers")
    workflow: FilledText
    institution: Annotated[tuple[Institution, ...], limit(N_("“{name}” has more than 9 entries."), max_length=9)] = ()
    rolling: bool = False
    late_drafts: bool = msgspec.field(default=False, name="late-drafts")
    round: Annotated[tuple[Round, ...], limit(N_("“{name}” has 1 to 100 entries."), min_length=1, max_length=100)]
    criterion: Annotated[tuple[Criterion, ...], _many] = ()
    budget: Annotated[tuple[Line, ...], _many] = ()
    award: Annotated[tuple[Award, ...], _many] = ()
    cohort: Cohort | None = None
    asked: Asked = Asked()
    reviews: Reviews = Reviews()
    appeal: Appeal = Appeal()
    retention: Retention = Retention()

    @cached_property
    def rounds(self) -> tuple[RoundTimes, ...]:
        """The rounds with their times."""
        return tuple(read_times(one, self.zone, f"round[{number}]") for number, one in enumerate(self.round))

    @cached_property
    def institutions(self) -> dict[str, Institution]:
        """The institutions by key."""
        return {one.key: one for one in self.institution}

    @cached_property
    def criteria(self) -> tuple[scoring.Criterion, ...]:
        """The criteria as scores need them."""
        return tuple(
            scoring.Criterion(one.key, one.least, one.most, one.weight, one.may_be_left) for one in self.criterion
        )


@dataclass(frozen=True)
class RoundTimes:
    """The times of a round. `closings` are the closing that was announced first, and those of the extensions."""

    key: str
    stage: int
    opens: Deadline
    closings: tuple[Deadline, ...]
    results: Deadline | None

    @property
    def closes(self) -> Deadline:
        """The closing that counts: that of the last extension."""
        return self.closings[-1]


def parse_call(text: str, where: str = "") -> Call:
    """Reads call.toml. Raises BadInput with the field for what no call can be, such as a deadline that does not exist."""
    return read_call(parse_toml(text, where), where)


def read_call(document: object, where: str = "") -> Call:
    """Reads the document of a call, as a file or a page has it. Raises BadInput."""
    refuse_deep(document, where, DEEPEST)
    call = convert_document(document, Call, where)
    find_zone(call.zone, join_place(where, "zone"))
    for number, one in enumerate(call.round):
        read_times(one, call.zone, join_place(where, f"round[{number}]"))
    for number, award in enumerate(call.award):
        for place, milestone in enumerate(award.milestone):
            if milestone.due:
                parse_deadline(milestone.due, call.zone, join_place(where, f"award[{number}].milestone[{place}].due"))
    return call


def read_times(one: Round, zone: str, place: str) -> RoundTimes:
    """Returns the times of a round. Raises BadInput for a time that is not valid in the zone."""
    closings = [(one.closes, f"{place}.closes")]
    closings += [(later.closes, f"{place}.extension[{number}].closes") for number, later in enumerate(one.extension)]
    return RoundTimes(
        one.key,
        one.stage,
        parse_deadline(one.opens, zone, f"{place}.opens"),
        tuple(parse_deadline(text, zone, field) for text, field in closings),
        parse_deadline(one.results, zone, f"{place}.results") if one.results else None,
    )


def find_unit(line: Line) -> Unit | None:
    """Returns the unit of a budget line; None if the ledger does not know it."""
    return known_units().get(line.unit)


def name_payer(call: Call, line: Line, language: str) -> str:
    """Returns the title of the institution that pays a budget line; empty if the call does not say."""
    found = call.institutions.get(line.institution)
    return pick_text(found.title, language) if found else ""


def count_steps(line: Line, amount: int | str) -> int:
    """Returns an amount of a line in steps of its unit. Raises BadInput for one that the unit cannot write."""
    return parse_amount(str(amount), known_units()[line.unit])
