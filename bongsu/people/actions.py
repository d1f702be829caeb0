"""One action: permission, change and audit line, in one transaction. Guarded records can be written inside `act` only.

with act(actor, "person.deactivate", target_of_person(person), why="left the institute") as change:
    change.before = {"is_active": person.is_active}
    ...
    change.after = {"is_active": False}
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from bongsu.people import audit
from bongsu.people.access import NODE_TARGET, Actor, Target, require
from bongsu.people.guarded import unlock


@dataclass
class Change:
    """What the audit line says of the object: its id (if the action makes it), its values before and after."""

    id: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None


@contextmanager
def act(actor: Actor, action: str, target: Target = NODE_TARGET, why: str = "") -> Iterator[Change]:
    """Checks the permission, permits changes within the block, and appends the audit line. An exception undoes all.

    Raises Refused, or its subclasses SignInFirst and SecondStepNeeded, before the block runs.
    """
    with transaction.atomic():
        audit.lock_head()  # first of all: what the permission and the block read does not change until the line is written
        require(actor, action, target)
        change = Change(target.id)
        with unlock():
            yield change
        why = why.replace("\x00", "")[:500]  # PostgreSQL stores no NUL
        audit.append(actor.name, action, target.kind, change.id, change.before, change.after, why)
