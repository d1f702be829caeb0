"""The commands of the ledger, as they arrive in JSON, and their outcomes.

Amounts are text of digits in the unit's smallest step, because JSON numbers may pass through floats.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import Annotated, Any
from uuid import UUID

import msgspec

from bongsu.core.document_shape import convert_document, limit
from bongsu.core.errors import N_, BadInput
from bongsu.credits.rules.document import Origin

MOST_COMMANDS = 1000  # in one call
FIRST_YEAR, LAST_YEAR = 1900, 9998  # of moments
# What the ledger itself writes.
OWN_KINDS = frozenset(
    {"expiry", "lapse", "void", "reversal", "exchange", "payback", "take-back", "receivable", "receivable-paid"}
)
_encode = msgspec.json.Encoder(order="deterministic").encode
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")

AccountId = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid account id."),
        N_("Use letters, digits and . _ : - after a first letter or digit, 64 at most."),
        pattern=r"\A[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z",
    ),
]
Amount = Annotated[
    str,
    limit(
        N_("“{value}” is not a valid amount."),
        N_("Write a whole number of steps above 0 as text, at most 1000000000000000."),
        pattern=r"\A(?:[1-9][0-9]{0,14}|1000000000000000)\Z",
    ),
]
Label = Annotated[str, limit(max_length=64)]
Note = Annotated[str, limit(max_length=200)]
Moment = Annotated[datetime, limit(N_("“{value}” is not a moment with its zone."), tz=True)]
ListName = Annotated[
    str,
    limit(
        N_("“{value}” is not the name of a list."),
        N_("Use letters, digits and hyphens."),
        pattern=r"\A(?:[A-Za-z0-9:-]{1,46})?\Z",
    ),
]


class Base(
    msgspec.Struct,
    tag_field="do",
    forbid_unknown_fields=True,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    dict=True,  # for cached_property
):
    """What every command has: the client's id, by which it is done once only, and the group that it belongs to.

    A digest leaves out defaults, so that it stays when commands get another field.
    """

    id: UUID
    group: Label = ""

    @cached_property  # asked at each step of posting
    def key(self) -> str:
        """The id as it is stored."""
        return str(self.id)

    def digest(self) -> str:
        """Returns the SHA-256 of the command, by which a different command of the same id is told."""
        return hashlib.sha256(_encode(self)).hexdigest()


class TransferCommand(Base, tag="transfer", frozen=True, kw_only=True):
    """Moves an amount. The fields from `origin` on describe the lot that it opens, if the account `credit` has lots."""

    debit: AccountId
    credit: AccountId
    amount: Amount
    unit: Label
    kind: Label = "payment"
    effective: Moment | None = None
    memo: Note = ""
    lot: Annotated[int, limit(ge=1, le=2**63 - 1)] | None = None  # draw from this lot alone
    origin: Origin = "own"
    start: Moment | None = msgspec.field(default=None, name="from")
    until: Moment | None = None
    priority: Annotated[int, limit(ge=-1000, le=1000)] = 0
    spend_at: ListName = ""  # the lot can be paid to the accounts of this list only
    campaigns: bool = False  # whether open campaigns pay something back
    at: Moment | None = None  # the payer's moment, which gives a campaign's day if it is near the ledger's own
    channel: Label = ""


class HoldCommand(Base, tag="hold", frozen=True, kw_only=True):
    """Reserves an amount until it is settled or voided, or until a moment passes."""

    debit: AccountId
    credit: AccountId
    amount: Amount
    unit: Label
    until: Moment
    kind: Label = "payment"
    memo: Note = ""


class SettleCommand(Base, tag="settle", frozen=True, kw_only=True):
    """Moves all or a part of what the hold `of` reserves, and releases the rest."""

    of: UUID
    amount: Amount | None = None


class VoidCommand(Base, tag="void", frozen=True, kw_only=True):
    """Releases what the hold `of` reserves."""

    of: UUID


class ReverseCommand(Base, tag="reverse", frozen=True, kw_only=True):
    """Moves all or a part of the transfer `of` back."""

    of: UUID
    amount: Amount | None = None
    why: Note = ""


class ExchangeCommand(Base, tag="exchange", frozen=True, kw_only=True):
    """Exchanges an amount of the unit of `debit` for the unit of `credit`; only whole multiples of the rate move."""

    debit: AccountId
    credit: AccountId
    amount: Amount
    memo: Note = ""


Command = TransferCommand | HoldCommand | SettleCommand | VoidCommand | ReverseCommand | ExchangeCommand


class Commands(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """The body of a call."""

    commands: Annotated[
        tuple[Command, ...],
        limit(N_("A call has at least one command."), min_length=1),
    ]


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command. `outcome` is one of OUTCOMES; `values` fill the sentence that goes with it."""

    id: str
    outcome: str
    transfers: tuple[str, ...] = ()
    values: Mapping[str, Any] = msgspec.field(default_factory=dict)
    paybacks: tuple[Mapping[str, Any], ...] = ()  # by campaign: what it paid or took back, and why not more

    @property
    def is_done(self) -> bool:
        """Whether the command took effect, now or before."""
        return self.outcome in ("done", "seen")


# What each outcome means, and what to do.
OUTCOMES: Mapping[str, tuple[str, str]] = {
    "done": (N_("Done."), ""),
    "seen": (N_("Done before, with the same id."), ""),
    "conflict": (N_("Not possible: {what}."), N_("Correct the command, and send it with a new id.")),
    "funds": (N_("“{account}” can spend {free}, not {amount}."), N_("Send a smaller amount with a new id.")),
    "limit": (N_("The amount is above what is left: {left}."), N_("Send a smaller amount with a new id.")),
    "frozen": (N_("“{account}” is {state}."), N_("Ask the officer of the ledger.")),
    "closed-period": (
        N_("The period up to {until} is closed."),
        N_("Leave out “effective”, or choose a later moment."),
    ),
    "unknown": (N_("There is no {what} “{name}” that you may use."), N_("Check the id.")),
    "expired-hold": (N_("The hold ended on {until}."), N_("Make a new hold.")),
    "linked": (N_("Nothing of the group was done, because of {id}."), N_("Correct that command, and send all again.")),
}


def read_commands(document: object) -> tuple[Command, ...]:
    """Returns the commands of a parsed JSON document. Raises BadInput: a call with one wrong command is refused whole."""
    found = convert_document(document, Commands).commands
    if len(found) > MOST_COMMANDS:
        raise BadInput(N_("A call has at most {most} commands, not {count}."), most=MOST_COMMANDS, count=len(found))
    last, groups, ids = "", set(), set()
    for number, command in enumerate(found):
        where = f"commands[{number}]"
        if isinstance(command, TransferCommand | HoldCommand | ExchangeCommand) and command.debit == command.credit:
            raise BadInput(N_("“debit” and “credit” are the same account."), where=where)
        if isinstance(command, SettleCommand | VoidCommand | ReverseCommand) and command.of == command.id:
            raise BadInput(N_("A command cannot refer to itself."), where=where)
        if command.group != last and command.group in groups:
            raise BadInput(
                N_("The commands of the group “{group}” do not follow one another."), where=where, group=command.group
            )
        if isinstance(command, TransferCommand) and command.start and command.until and command.start >= command.until:
            raise BadInput(N_("“from” must be before “until”."), where=where)
        _check_values(command, where)
        if command.group and (command.group, command.id) in ids:
            raise BadInput(
                N_("Two commands of the group “{group}” have the same id."), where=where, group=command.group
            )
        ids.add((command.group, command.id))
        last = command.group
        groups.add(last) if last else None
    return found


def _check_values(command: Command, where: str) -> None:
    """Raises BadInput for a text or a moment that a database cannot store, or that a time zone moves out of the calendar."""
    for name in ("group", "kind", "memo", "why", "channel"):
        if _UNSTORABLE.search(getattr(command, name, "")):
            raise BadInput(N_("“{name}” has a character that cannot be stored."), where=where, name=name)
    if isinstance(command, TransferCommand | HoldCommand) and command.kind in OWN_KINDS:
        raise BadInput(N_("The kind “{kind}” is for the ledger’s own transfers."), where=where, kind=command.kind)
    for name in ("effective", "start", "until", "at"):
        moment = getattr(command, name, None)
        if moment is not None and not is_storable(moment):
            raise BadInput(
                N_("A moment must lie between the years {first} and {last}."),
                where=where,
                first=FIRST_YEAR,
                last=LAST_YEAR,
            )


def is_storable(moment: datetime) -> bool:
    """Whether databases can store a moment, and people read it in every time zone."""
    return FIRST_YEAR <= moment.year <= LAST_YEAR


def split_groups(commands: Sequence[Command]) -> Iterator[list[Command]]:
    """Yields the commands that belong together: those of a group that follow one another, and each one without a group."""
    linked: list[Command] = []
    for command in commands:
        if linked and (not command.group or command.group != linked[0].group):
            yield linked
            linked = []
        linked.append(command)
    if linked:
        yield linked
