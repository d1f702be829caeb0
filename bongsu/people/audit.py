"""The audit: one line for every change of a guarded record, in a hash chain. `verify` finds a line that was altered.

The chain's last hash goes into the node's journal once a day (`bongsu tend`), so that a rewritten chain is found too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db import connection
from django.utils import timezone

from bongsu.core.errors import N_, Damaged
from bongsu.people.models import AuditHead, AuditLine

FIRST_HASH = "0" * 64
_PAGE = 1000


def append(
    actor: str,
    action: str,
    kind: str,
    id: str,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    why: str = "",
) -> AuditLine:
    """Appends a line within the current transaction. Raises RuntimeError without one."""
    if not connection.in_atomic_block:
        raise RuntimeError("an audit line belongs to the transaction of its change")
    head = lock_head()
    line = AuditLine(
        number=head.number + 1,
        at=timezone.now(),
        actor=actor,
        action=action,
        object_kind=kind,
        object_id=id,
        before=None if before is None else dict(before),
        after=None if after is None else dict(after),
        why=why,
        previous=head.hash,
    )
    line.hash = _digest(line)
    line.save(force_insert=True)
    AuditHead.objects.filter(pk=1).update(number=line.number, hash=line.hash)
    return line


def lock_head() -> AuditHead:
    """Returns the last line's number and hash, locked until the transaction ends: actions follow one another."""
    AuditHead.objects.get_or_create(pk=1, defaults={"number": 0, "hash": FIRST_HASH})
    return AuditHead.objects.select_for_update().get(pk=1)


def _digest(line: AuditLine) -> str:
    body = [
        line.number,
        line.at.isoformat(),
        line.actor,
        line.action,
        line.object_kind,
        line.object_id,
        line.before,
        line.after,
        line.why,
        line.previous,
    ]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def verify() -> AuditHead | None:
    """Returns the head after reading every line up to it. Raises Damaged with the number of the first line that does not fit.

    Lines that are appended meanwhile are not read: no transaction keeps others from writing.
    """
    newest = AuditLine.objects.order_by("-number").values_list("number", flat=True).first() or 0
    head = AuditHead.objects.filter(
        pk=1
    ).first()  # after `newest`: a line that is appended meanwhile is not missing in it
    number, hash_ = 0, FIRST_HASH
    for line in _read_lines(head.number if head else newest):
        if (line.number, line.previous, line.hash) != (number + 1, hash_, _digest(line)):
            raise Damaged(N_("The audit was altered at line {number}."), number=number + 1)
        number, hash_ = line.number, line.hash
    if newest > number or ((head.number, head.hash) != (number, hash_) if head else number):
        raise Damaged(N_("The audit was altered at line {number}."), number=number + 1)
    return head


def describe_changes(line: AuditLine) -> list[tuple[str, str, str]]:
    """Returns what a line says of each value: its name, before, after; empty where the line says nothing."""
    before, after = line.before or {}, line.after or {}
    found = [(name, _describe_value(before, name), _describe_value(after, name)) for name in sorted({*before, *after})]
    return [(name, old, new) for name, old, new in found if old or new]


def _describe_value(values: Mapping[str, Any], name: str) -> str:
    value = values.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    return ", ".join(map(str, value)) if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def _read_lines(last: int) -> Iterator[AuditLine]:
    """Yields the lines up to number `last`, in queries of 1000 lines."""
    lines = AuditLine.objects.filter(number__lte=last).order_by("number")
    page = list(lines[:_PAGE])
    while page:
        yield from page
        page = list(lines.filter(number__gt=page[-1].number)[:_PAGE])
