"""The audit's head in the journal: who rewrites the audit must rewrite the journal too, of which others have copies.

A database that is restored from an older copy differs from the journal as a rewritten one does. A person says that it was
restored, and why; from then on the audit is compared with the head of that moment.
"""

from __future__ import annotations

from datetime import datetime

from bongsu.core.errors import N_, BadInput, Damaged
from bongsu.core.report import Report
from bongsu.people import audit
from bongsu.people.access import Actor
from bongsu.people.actions import act
from bongsu.people.models import AuditHead, AuditLine
from bongsu.store.node import Node

_EVENT = "audit-head"


def record_audit_head(node: Node, now: datetime) -> Report:
    """Verifies the audit, alone and against the head that the journal has, and appends its head to the journal.

    Raises Damaged.
    """
    head = audit.verify()
    difference = find_difference(node)
    if difference is not None:
        raise Damaged(
            N_("Line {number} of the audit differs from the one that the journal records."),
            fix=N_("If the database was restored from an older copy: bongsu audit acknowledge-restore --why REASON."),
            number=difference,
        )
    if head is None:
        return Report(N_("The audit has no lines yet."))
    _write_head(node, head, now)
    return Report(N_("The audit is intact: {count} lines."), {"count": head.number})


def find_difference(node: Node) -> int | None:
    """Returns the number of the line in which the audit differs from the last head in the journal; None if in none."""
    for line in [line for line in node.journal.lines() if line.event == _EVENT][-1:]:
        number = int(line.subject)
        if not AuditLine.objects.filter(number=number, hash=line.detail["hash"]).exists():
            return number
    return None


def acknowledge_restore(node: Node, actor: Actor, why: str, now: datetime) -> int:
    """Writes to the audit and to the journal that the database was restored, and why. Returns the number of the head.

    Raises BadInput without a reason, or if the audit does not differ from the journal; Damaged if its chain is broken.
    """
    if not why.strip():
        raise BadInput(N_("Acknowledging a restored database needs a reason."))
    audit.verify()
    difference = find_difference(node)
    if difference is None:
        raise BadInput(N_("The audit does not differ from the journal: there is nothing to acknowledge."))
    with act(actor, "audit.acknowledge-restore", why=why.strip()) as change:
        change.before = {"line": difference}
    head = AuditHead.objects.get(pk=1)
    _write_head(node, head, now, restored=why.strip())
    return head.number


def _write_head(node: Node, head: AuditHead, now: datetime, **detail: str) -> None:
    node.journal.append(_EVENT, str(head.number), hash=head.hash, date=f"{now:%Y-%m-%d}", **detail)
