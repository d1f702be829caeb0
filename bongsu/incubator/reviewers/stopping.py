"""Reviews that run, and what a conflict does to one: it stops, and the officers who are free are told."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from bongsu.incubator.models import Application, Call


def list_reviews(call: Call) -> set[tuple[UUID, UUID]]:
    """Returns the reviews of a call that run: a person's id and an application's. One that has stopped is not among them."""
    return set()  # until assignments are records


def stop_review(person: UUID, application: Application, now: datetime) -> None:
    """Stops a running review, inside an action."""
