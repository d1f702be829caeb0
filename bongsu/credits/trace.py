"""Takes a transfer back to its command, and finds the lots and the other transfers that belong to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bongsu.credits import models

_NEAR = 100  # transfers that one command makes, at the most


@dataclass(frozen=True)
class Trace:
    """A transfer with what belongs to it. `command` is None for what the ledger does by itself, and after 400 days."""

    transfer: models.Transfer
    command: models.Command | None
    draws: Sequence[tuple[models.Draw, models.Lot]]
    lots: Sequence[models.Lot]  # that it opened
    hold: models.Transfer | None  # that it ended
    end: models.Transfer | None  # of it, if it is a hold
    original: models.Transfer | None  # that it reversed
    reversals: Sequence[models.Transfer]
    group: Sequence[models.Transfer]  # the others of its group


def find_transfers(text: str) -> list[models.Transfer]:
    """Returns the transfers with a number or an id; ids are each organisation's own, so there may be several."""
    text = text.strip().lower()
    if text.isascii() and text.isdecimal() and len(text) < 19:
        return list(models.Transfer.objects.filter(number=int(text)))
    return list(models.Transfer.objects.filter(id=text[:36]).order_by("number"))


def find_refused(text: str) -> list[models.Command]:
    """Returns the commands with an id that moved nothing."""
    found = models.Command.objects.filter(id=text.strip().lower()[:36]).order_by("organisation")
    return [command for command in found if command.outcome["outcome"] != "done"]


def trace_transfer(transfer: models.Transfer) -> Trace:
    """Returns a transfer with what belongs to it."""
    rows = models.Transfer.objects
    draws = list(models.Draw.objects.filter(transfer=transfer.number).order_by("pk"))
    lots = models.Lot.objects.in_bulk([draw.lot for draw in draws])
    together = rows.filter(organisation=transfer.organisation, group=transfer.group, at=transfer.at)
    return Trace(
        transfer,
        _find_command(transfer),
        [(draw, lots[draw.lot]) for draw in draws],
        list(models.Lot.objects.filter(opened=transfer.number)),
        rows.filter(number=transfer.of or 0).first(),
        rows.filter(of=transfer.number).exclude(of=None).first(),  # the index’s condition, which SQLite needs to use it
        rows.filter(number=transfer.reverses or 0).first(),
        list(rows.filter(reverses=transfer.number).exclude(reverses=None).order_by("number")),
        list(together.exclude(number=transfer.number).order_by("number")[:_NEAR]) if transfer.group else [],
    )


def _find_command(transfer: models.Transfer) -> models.Command | None:
    """Returns the command that made a transfer: its own, or that of one shortly before it, such as an exchange's first half."""
    near = models.Transfer.objects.filter(
        organisation=transfer.organisation,
        at=transfer.at,
        number__lte=transfer.number,
        number__gt=transfer.number - _NEAR,
    )
    commands = models.Command.objects.filter(organisation=transfer.organisation, id__in=near.values("id"))
    return next((one for one in commands if transfer.id in one.outcome["transfers"]), None)
