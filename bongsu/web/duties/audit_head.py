"""The audit's head in the journal: who rewrites the audit must rewrite the journal too, of which others have copies."""

from __future__ import annotations

from datetime import datetime

from bongsu.core.errors import N_, Damaged
from bongsu.core.report import Report
from bongsu.people import audit
from bongsu.people.models import AuditLine
from bongsu.store.node import Node

_EVENT = "audit-head"


def record_audit_head(node: Node, now: datetime) -> Report:
    """Verifies the audit, alone and against the head that the journal has, and appends its head to the journal.

    Raises Damaged.
    """
    head = audit.verify()
    last = [line for line in node.journal.lines() if line.event == _EVENT][-1:]
    for line in last:
        number = int(line.subject)
        if not AuditLine.objects.filter(number=number, hash=line.detail["hash"]).exists():
            raise Damaged(
                N_("Line {number} of the audit differs from the one that the journal records."), number=number
            )
    if head is None:
        return Report(N_("The audit has no lines yet."))
    node.journal.append(_EVENT, str(head.number), hash=head.hash, date=f"{now:%Y-%m-%d}")
    return Report(N_("The audit is intact: {count} lines."), {"count": head.number})
