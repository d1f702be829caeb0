"""What follows from conflicts: an officer's decision, pairs that may not be, running reviews that stop, nobody left to review.

Only a kind that its row calls waivable can be waived, with a plan. A hint or an apparent conflict can be dismissed or upheld.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from bongsu.core.errors import N_, BadInput
from bongsu.incubator.conflicts.find import EVERY, Conflict, Pair, find_conflicts
from bongsu.incubator.conflicts.people import Application, Organisations, Profile

STOPPING = frozenset({"barred", "to-decide", "to-answer"})


@dataclass(frozen=True, slots=True)
class Unreviewable:
    """An application with too few reviewers left: the kinds that stop each reviewer, and who else could be asked."""

    application: str
    stopped: tuple[tuple[str, tuple[str, ...]], ...]
    could: tuple[str, ...]


def waive(conflict: Conflict, plan: str) -> Conflict:
    """Returns the conflict waived, with the plan by which it is managed. Raises BadInput if it cannot be, or without a plan."""
    if not conflict.waivable:
        raise BadInput(N_("This conflict cannot be waived."))
    if not plan.strip():
        raise BadInput(N_("Say how the conflict is managed: it is waived with a plan only."))
    return replace(conflict, state="waived", plan=plan)


def dismiss(conflict: Conflict, why: str) -> Conflict:
    """Returns the conflict dismissed as untrue. Raises BadInput if a rule bars by itself, or without a reason."""
    if conflict.action not in ("hint", "decide"):
        raise BadInput(N_("Only a hint or an apparent conflict can be dismissed."))
    if not why.strip():
        raise BadInput(N_("Say why this is no conflict."))
    return replace(conflict, state="dismissed", plan=why)


def uphold(conflict: Conflict) -> Conflict:
    """Returns the conflict upheld: the reviewer is barred from the application."""
    return replace(conflict, state="barred", plan="")


def is_stopping(conflict: Conflict) -> bool:
    """Whether the reviewer may not see the application: barred, not yet decided, or not yet answered."""
    return conflict.state in STOPPING


def list_barred(conflicts: Iterable[Conflict], applications: Collection[str]) -> frozenset[Pair]:
    """Returns the pairs that may not be, out of these applications; a conflict with every application names each."""
    return frozenset(
        (conflict.reviewer, number)
        for conflict in conflicts
        if is_stopping(conflict)
        for number in (applications if conflict.application == EVERY else (conflict.application,))
        if number in applications
    )


def find_stopped_reviews(conflicts: Iterable[Conflict], running: Iterable[Pair]) -> list[Conflict]:
    """Returns the conflicts that stop running reviews, as after an address was added."""
    pairs = set(running)
    busy = {reviewer for reviewer, _ in pairs}
    return [
        conflict
        for conflict in conflicts
        if is_stopping(conflict)
        and (
            (conflict.reviewer, conflict.application) in pairs
            or (conflict.application == EVERY and conflict.reviewer in busy)
        )
    ]


def find_unreviewable(
    reviewers: Sequence[Profile],
    applications: Sequence[Application],
    conflicts: Iterable[Conflict],
    others: Sequence[Profile],
    closing_day: date,
    organisations: Organisations | None = None,
    *,
    least: int = 1,
) -> list[Unreviewable]:
    """Returns the applications with fewer than `least` reviewers left, and who of `others` is free of conflicts that stop."""
    kinds: dict[Pair, set[str]] = defaultdict(set)
    for conflict in conflicts:
        if is_stopping(conflict):
            kinds[conflict.reviewer, conflict.application].add(conflict.kind)

    def list_kinds(reviewer: str, number: str) -> tuple[str, ...]:
        return tuple(sorted(kinds.get((reviewer, number), set()) | kinds.get((reviewer, EVERY), set())))

    short = []
    for application in applications:
        stopped = [(profile.id, list_kinds(profile.id, application.number)) for profile in reviewers]
        if sum(not found for _, found in stopped) < least:
            short.append((application, tuple(sorted(pair for pair in stopped if pair[1]))))
    if not short:
        return []
    left = [application for application, _ in short]
    barred = list_barred(find_conflicts(others, left, closing_day, organisations), {one.number for one in left})
    return [
        Unreviewable(
            application.number,
            stopped,
            tuple(sorted(one.id for one in others if (one.id, application.number) not in barred)),
        )
        for application, stopped in short
    ]
