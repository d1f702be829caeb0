"""The head of a day: a SHA-256 over the head before and the day's transfers. The records have it, and the journal too.

The bytes, in lines that end with a line feed (UTF-8, JSON without spaces, names sorted, moments in UTC as RFC 3339):

    {"before":"THE HEAD BEFORE, OR 64 ZEROS","day":"2027-03-06"}
    {"transfer":{...}}    each transfer that was recorded on the day (UTC), in the order of the numbers, and after it
    {"lot":{...}}         the lot that it opened, without `remaining`, which changes
    {"draw":{...}}        its draws, in the order in which they were made

Null and empty values are left out, so that a head stays when a table gets another column. A day without transfers has no head.
Who changes the records must also change the journal, whose lines are chained and of which others have copies.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Mapping
from datetime import UTC, date
from operator import itemgetter
from pathlib import Path
from typing import Any

import msgspec
from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from bongsu.core.errors import N_, BadInput, Final
from bongsu.core.log_line import Line
from bongsu.credits import models, storage
from bongsu.credits.audit_models import DayHead
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.store.logs.journal import Journal

FIRST_HASH = "0" * 64
_DAY, _GAP = "ledger-day", "ledger-gap"  # events of the journal
_encode = msgspec.json.Encoder(order="deterministic").encode


class LedgerGap(Final):
    """The journal and the records have different heads of a day: no command is taken until a person accepts that."""

    code = "ledger-gap"
    exit_status = 74
    http_status = 409


def open_journal() -> Journal:
    """Returns the journal of the node that this process works for."""
    return Journal(Path(settings.BONGSU_NODE) / "journal.jsonl")


# --- Computing


def compute_heads(after: DayHead | None, until: date, known: Mapping[date, str]) -> Iterator[DayHead]:
    """Yields the head of every day with transfers after the day of `after` (None: from the first) and before `until`.

    A day is chained with the head before that `known` has, else with the one that was computed. The rows are read in parts.
    """
    number, before = (after.transfer, after.hash) if after else (0, FIRST_HASH)
    made: DayHead | None = None
    digest = hashlib.sha256()
    lines = heapq.merge(
        _read_lines("transfer", models.Transfer.objects.filter(number__gt=number).order_by("number"), "number"),
        _read_lines("lot", models.Lot.objects.filter(opened__gt=number).order_by("number"), "opened", "remaining"),
        _read_lines(
            "draw", models.Draw.objects.filter(transfer__gt=number).order_by("transfer", "pk"), "transfer", "id"
        ),
        key=itemgetter(0),
    )
    for number, at, line in lines:
        day = at.astimezone(UTC).date() if at else None
        if day and (made is None or day != made.day):
            if made:
                made.hash = digest.hexdigest()
                before = known.get(made.day, made.hash)
                yield made
            if day >= until:
                return
            made = DayHead(day=day)
            digest = hashlib.sha256(_encode({"before": before, "day": day}) + b"\n")
        if made and day:
            made.transfer = number
        digest.update(line)
    if made:
        made.hash = digest.hexdigest()
        yield made


def _read_lines(tag: str, rows: QuerySet[Any], key: str, without: str = "") -> Iterator[tuple[int, Any, bytes]]:
    """Yields the number of the transfer, its moment (None for lots and draws), and the line, of every row."""
    names = [field.name for field in rows.model._meta.concrete_fields if field.name != without]
    for row in rows.values_list(*names).iterator():
        values = {name: value for name, value in zip(names, row, strict=True) if value is not None and value != ""}
        yield values[key], values.get("at"), _encode({tag: values}) + b"\n"


# --- Recording


def record_heads(journal: Journal) -> int:
    """Computes the heads of the days that have ended, and writes them to the records and then to the journal.

    Returns how many lines the journal got. Raises LedgerGap, Damaged.
    """
    with transaction.atomic():
        book = storage.lock_book()
        models.Head.objects.filter(pk=1).update(at=book.now)  # so nothing is recorded any more on a day that has ended
    today = book.now.astimezone(UTC).date()
    last = DayHead.objects.order_by("day").last()
    next_one = models.Transfer.objects.filter(number__gt=last.transfer if last else 0).order_by("number").first()
    if next_one and next_one.at.astimezone(UTC).date() < today:
        heads = list(compute_heads(last, today, {}))
        DayHead.objects.bulk_create(heads, ignore_conflicts=True)  # another process computes the same
    waiting = list(DayHead.objects.filter(line=None).order_by("day"))
    if waiting:
        require_no_gap(journal)
        written = read_journal(journal)
        for head in waiting:
            line = written.get(head.day) or journal.append(
                _DAY, head.day.isoformat(), hash=head.hash, transfer=head.transfer
            )
            DayHead.objects.filter(pk=head.day, hash=head.hash).update(line=line.number)
    return len(waiting)


# --- Comparing with the journal


def read_journal(journal: Journal) -> dict[date, Line]:
    """Returns the journal's line of every day; without the days that a gap, which a person accepted, took back.

    Raises Damaged if the journal's own chain is broken.
    """
    written: dict[date, Line] = {}
    for line in journal.lines():
        if line.event == _DAY:
            written[date.fromisoformat(line.subject)] = line
        elif line.event == _GAP:
            first = date.fromisoformat(line.subject)
            written = {day: one for day, one in written.items() if day < first}
    return written


def find_differences(journal: Journal) -> list[date]:
    """Returns the days of which the journal and the records have different heads, or only one of them a head, in order.

    A head that was not written to the journal yet is no difference. Raises Damaged.
    """
    written = {day: line.detail["hash"] for day, line in read_journal(journal).items()}
    heads = DayHead.objects.in_bulk()
    lost = [day for day, head in heads.items() if head.line is not None and day not in written]
    return sorted([*lost, *(day for day in written if day not in heads or heads[day].hash != written[day])])


def require_no_gap(journal: Journal) -> None:
    """Raises LedgerGap with the first day that differs; Damaged."""
    for day in find_differences(journal)[:1]:
        raise LedgerGap(
            N_("The records of the ledger and the journal differ from the day {day} on: no command is taken."),
            fix=N_("If the records were restored from an older copy: bongsu credits accept-gap --why REASON."),
            day=day.isoformat(),
        )


def accept_gap(actor: Actor, journal: Journal, why: str) -> date:
    """Takes commands again although the records differ from the journal: writes so to the audit and to the journal.

    From the first day that differs on, the heads are written to the journal anew. Returns that day. Raises BadInput without a
    reason, or if nothing differs; Refused, Damaged.
    """
    why = why.strip()
    if not why:
        raise BadInput(N_("Accepting a gap needs a reason."))
    with act(actor, "credits.accept-gap", why=why) as change:
        storage.lock_book()
        differences = find_differences(journal)
        if not differences:
            raise BadInput(N_("The records do not differ from the journal: there is nothing to accept."))
        first = differences[0]
        change.before = {"days": [day.isoformat() for day in differences[:20]]}
        change.after = {"from": first.isoformat()}
        DayHead.objects.filter(day__gte=first).update(line=None)
    journal.append(_GAP, first.isoformat(), why=why, by=actor.name)
    return first
