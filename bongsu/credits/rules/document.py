"""A campaign's file (bongsu.campaign/1): its shape, and the campaign that it describes, in steps of its unit.

Amounts in a file are written as people write them: 30000, or "12.34" as text; a number with a decimal point is refused,
because it would pass through a float.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from fractions import Fraction
from functools import cached_property
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from bongsu.core.document_shape import FilledText, convert_document, join_place, limit
from bongsu.core.errors import N_, BadInput
from bongsu.core.text_files import parse_toml
from bongsu.credits.units import Unit, parse_amount

FORMAT = "bongsu.campaign/1"
MOST_RULES = 100  # steps, caps and groups in one file
NAME = r"\A[a-z0-9][a-z0-9-]{0,39}\Z"
RATE = r"\A[0-9]{1,9}/[1-9][0-9]{0,8}\Z"

Origin = Literal["own", "bonus", "paid-back", "grant", "usage-correction"]  # of a lot
Name = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid name."),
        N_("Use small letters, digits and hyphens after a first letter or digit, 40 at most."),
        pattern=NAME,
    ),
]
ListName = Annotated[
    str,
    limit(
        N_("“{value}” is not the name of a list."),
        N_("Write it as “list:markets”."),
        pattern=r"\Alist:[a-z0-9-]{1,40}\Z",
    ),
]
GroupName = Annotated[
    str,
    limit(
        N_("“{value}” is not the name of a group."),
        N_("Write it as “group:B”."),
        pattern=r"\Agroup:[A-Za-z0-9-]{1,40}\Z",
    ),
]
AmountText = int | str
_short = limit(N_("“{name}” has more than 100 entries."), max_length=MOST_RULES)
Rate = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid rate."),
        N_("Write it as a fraction of whole numbers, such as “7/100”."),
        pattern=RATE,
    ),
]
Day = date


class Struct(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """A table of the file; a field that it does not know is refused."""


class BaseTable(Struct, frozen=True, kw_only=True):
    """Which part of which payments counts."""

    origin: tuple[Origin, ...] = ("own",)
    merchants: ListName | None = None  # None: every account that is paid
    channel_not: tuple[FilledText, ...] = ()
    least: AmountText = 0
    join: Literal["none", "day", "visit"] = "none"


class BackTable(Struct, frozen=True, kw_only=True):
    """What is paid back: by steps, at a rate, or at a rate of the increase over a person's baseline."""

    kind: Literal["steps", "rate", "increase"]
    steps: Annotated[tuple[tuple[AmountText, AmountText], ...], _short] = ()
    rate: Rate | None = None
    round: Literal["down", "up", "half-up"] = "down"
    least: AmountText = 0
    most: AmountText | None = None
    after_days: Annotated[int, limit(ge=0, le=366)] = 0  # increase: days after a month's end at which it is computed


class CapTable(Struct, frozen=True, kw_only=True):
    """The most that a person gets in a window, by payments from wallets outside the groups `except`."""

    per: Literal["person"] = "person"
    window: Literal["day", "month", "all"]
    amount: AmountText
    groups_except: tuple[GroupName, ...] = msgspec.field(default=(), name="except")


class BudgetTable(Struct, frozen=True, kw_only=True):
    """The most that is paid back in all, and by group."""

    total: AmountText
    groups: Annotated[dict[str, AmountText], _short] = msgspec.field(default_factory=dict)
    when_short: Literal["part", "none"] = "part"


class CreditTable(Struct, frozen=True, kw_only=True):
    """What the paid-back amount is: its origin, when and where it can be spent."""

    to: Literal["same-wallet"] = "same-wallet"
    origin: Literal["paid-back", "bonus", "grant"] = "paid-back"
    start: Day | None = msgspec.field(default=None, name="from")
    until: Day | None = None
    spend_at: ListName | None = None


class ReverseTable(Struct, frozen=True, kw_only=True):
    """What a refund takes back."""

    rule: Literal["as-if"] = "as-if"
    frees_caps: bool = True
    frees_budget: bool = True
    after: Literal["receivable"] = "receivable"
    days: Annotated[int, limit(ge=0, le=366)] = 30  # days after the end in which refunds still count


class BaselinesTable(Struct, frozen=True, kw_only=True):
    """Whose file of baselines counts, in a campaign that pays for an increase."""

    signed_by: Annotated[
        str,
        limit(
            N_("“{value}” is not an Ed25519 public key."),
            N_("Write its 32 bytes in base64: 44 characters."),
            pattern=r"\A[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=\Z",
        ),
    ]


class GroupTable(Struct, frozen=True, kw_only=True):
    """A group of wallets with a rule of its own."""

    back: BackTable


class CampaignFile(Struct, frozen=True, kw_only=True):
    """The whole file."""

    format: Literal["bongsu.campaign/1"]
    id: Name
    title: dict[str, FilledText]
    unit: FilledText
    zone: FilledText
    start: Day = msgspec.field(name="from")
    to: Day | None = None  # None: until the budget is gone, or it is stopped
    base: BaseTable = BaseTable()
    back: BackTable
    group: Annotated[dict[str, GroupTable], _short] = msgspec.field(default_factory=dict)
    caps: Annotated[tuple[CapTable, ...], _short] = ()
    budget: BudgetTable
    credit: CreditTable = CreditTable()
    reverse: ReverseTable = ReverseTable()
    baselines: BaselinesTable | None = None  # None: a file without a signature counts
    stack: Literal["first", "best", "all"] = "first"
    source: tuple[FilledText, ...] = ()  # where the rules were published
    note: dict[str, FilledText] = msgspec.field(default_factory=dict)  # what is not public, and was assumed


@dataclass(frozen=True, slots=True)
class Back:
    """What is paid back; see BackTable. Amounts in steps of the unit."""

    kind: str
    steps: tuple[tuple[int, int], ...] = ()
    rate: Fraction | None = None
    round: str = "down"
    least: int = 0
    most: int | None = None
    after_days: int = 0


@dataclass(frozen=True, slots=True)
class Cap:
    """The most that a person gets in a window (day, month or all), by payments from wallets outside `excepted` groups."""

    window: str
    amount: int
    excepted: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Campaign:
    """A campaign's rules; see CampaignFile. Amounts in steps of `unit`; days are those of `zone`."""

    id: str
    title: Mapping[str, str]
    unit: Unit
    zone: ZoneInfo
    start: date
    to: date | None
    back: Back
    budget: int
    origins: frozenset[str] = frozenset({"own"})
    merchants: str = ""  # the name of a list; empty: all
    channel_not: frozenset[str] = frozenset()
    least: int = 0
    join: str = "none"
    groups: Mapping[str, Back] = field(default_factory=dict)  # the groups with a rule of their own
    caps: tuple[Cap, ...] = ()  # the narrowest first
    group_budgets: Mapping[str, int] = field(default_factory=dict)
    when_short: str = "part"
    credit_origin: str = "paid-back"
    credit_from: date | None = None
    credit_until: date | None = None
    spend_at: str = ""
    frees_caps: bool = True
    frees_budget: bool = True
    reverse_days: int = 30
    baselines_key: str = ""  # the Ed25519 public key that signs them, in base64
    stack: str = "first"
    source: tuple[str, ...] = ()
    note: Mapping[str, str] = field(default_factory=dict)

    @cached_property  # asked for every payment
    def group_names(self) -> tuple[str, ...]:
        """The groups of wallets that a rule, a cap or a budget names, in order; a wallet is in the first that has it."""
        excepted = sorted(name for cap in self.caps for name in cap.excepted)
        return tuple(dict.fromkeys([*self.group_budgets, *self.groups, *excepted]))

    @cached_property
    def list_names(self) -> tuple[str, ...]:
        """The lists of accounts that the rules refer to: of merchants ("markets"), and of wallets ("group:B")."""
        lists = (self.merchants, self.spend_at)
        return (*dict.fromkeys(name for name in lists if name), *(f"group:{name}" for name in self.group_names))

    def find_day(self, moment: datetime) -> date:
        """Returns the local day of a moment."""
        return moment.astimezone(self.zone).date()

    def start_of(self, day: date) -> datetime:
        """Returns the moment at which a local day begins, in UTC: where midnight does not exist, the first moment after."""
        return datetime.combine(day, time(), self.zone).astimezone(UTC)

    @cached_property
    def credit_lot(self) -> tuple[datetime | None, datetime | None]:
        """Returns from and until when a paid-back amount can be spent; both days are whole."""
        return (
            self.start_of(self.credit_from) if self.credit_from else None,
            self.start_of(self.credit_until + timedelta(days=1)) if self.credit_until else None,
        )


_WINDOWS = ("day", "month", "all")


def parse_campaign(text: str, units: Mapping[str, Unit], where: str = "") -> Campaign:
    """Returns the campaign of a file's text. Raises BadInput with the field, or the line of what is not TOML."""
    return read_campaign(parse_toml(text, where), units, where)


def read_campaign(document: object, units: Mapping[str, Unit], where: str = "") -> Campaign:
    """Returns the campaign of a parsed file. Raises BadInput with the field."""
    file = convert_document(document, CampaignFile, where)
    unit = units.get(file.unit)
    if unit is None:
        raise BadInput(
            N_("There is no unit “{unit}”."),
            where=join_place(where, "unit"),
            fix=N_("Known: {known}."),
            unit=file.unit[:40],
            known=", ".join(units),
        )
    try:
        zone = ZoneInfo(file.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            N_("There is no time zone “{zone}”."),
            where=join_place(where, "zone"),
            fix=N_("Write it as Asia/Seoul or Europe/Paris."),
            zone=file.zone[:40],
        ) from None

    def steps(value: AmountText, path: str) -> int:
        return 0 if value in (0, "0") else _parse_steps(value, unit, join_place(where, path))

    def back(table: BackTable, path: str) -> Back:
        return Back(
            table.kind,
            tuple(
                (steps(paid, f"{path}.steps[{number}]"), steps(given, f"{path}.steps[{number}]"))
                for number, (paid, given) in enumerate(table.steps)
            ),
            Fraction(table.rate) if table.rate else None,
            table.round,
            steps(table.least, f"{path}.least"),
            None if table.most is None else steps(table.most, f"{path}.most"),
            table.after_days,
        )

    caps = [
        Cap(
            cap.window,
            steps(cap.amount, f"caps[{number}].amount"),
            frozenset(_strip(name) for name in cap.groups_except),
        )
        for number, cap in enumerate(file.caps)
    ]
    return Campaign(
        file.id,
        file.title,
        unit,
        zone,
        file.start,
        file.to,
        back(file.back, "back"),
        steps(file.budget.total, "budget.total"),
        origins=_read_set(file.base.origin, join_place(where, "base.origin")),
        merchants=_strip(file.base.merchants),
        channel_not=_read_set(file.base.channel_not, join_place(where, "base.channel_not")),
        least=steps(file.base.least, "base.least"),
        join=file.base.join,
        groups={name: back(table.back, f"group.{name}.back") for name, table in file.group.items()},
        caps=tuple(sorted(caps, key=lambda cap: _WINDOWS.index(cap.window))),
        group_budgets={name: steps(amount, f"budget.groups.{name}") for name, amount in file.budget.groups.items()},
        when_short=file.budget.when_short,
        credit_origin=file.credit.origin,
        credit_from=file.credit.start,
        credit_until=file.credit.until,
        spend_at=_strip(file.credit.spend_at),
        frees_caps=file.reverse.frees_caps,
        frees_budget=file.reverse.frees_budget,
        reverse_days=file.reverse.days,
        baselines_key=file.baselines.signed_by if file.baselines else "",
        stack=file.stack,
        source=file.source,
        note=file.note,
    )


def _parse_steps(value: AmountText, unit: Unit, where: str) -> int:
    try:
        return parse_amount(str(value), unit)
    except BadInput as wrong:
        wrong.where = where
        raise


def _read_set(values: Sequence[str], where: str) -> frozenset[str]:
    """Returns the values of a list. Raises BadInput if one is there twice."""
    for number, value in enumerate(values):
        if value in values[:number]:
            raise BadInput(N_("“{value}” is there twice."), where=where, value=value[:40])
    return frozenset(values)


def _strip(name: str | None) -> str:
    """Returns the name of a list or a group without what says that it is one."""
    return (name or "").partition(":")[2]
