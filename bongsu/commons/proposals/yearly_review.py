"""The yearly review of entries: which are due, “still right”, and one reminder for each time that an entry is due.

An entry is due a year after its last review, or, without one, after its newest evidence was read. Entries that a harvest brings
are left out: the harvest renews them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.translation import gettext, override

from bongsu.commons.editing.revisions import owner_of_entry, target_of_entry
from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.node_entries import read_node_entries
from bongsu.commons.models import EntryOwner, EntryReview
from bongsu.commons.proposals.letters import Letters, stewards
from bongsu.core.errors import N_
from bongsu.people.access import Actor, Target
from bongsu.people.actions import act
from bongsu.people.granting import holders
from bongsu.people.models import Person
from bongsu.people.outbox import put_mail
from bongsu.store.node import Node

MAX_LISTED = 30  # entries named in one mail

_SUBJECT = N_("Entries of the catalogue to review: {count}")
_TEXT = N_(
    "These entries of {node} were last reviewed a year ago or earlier. Please look whether they are still right:\n\n"
    "{entries}\n\n“Still right” is one click on this page:\n\n{link}"
)


class DueEntry(NamedTuple):
    """An entry that is due for review: when it was last reviewed (YYYY-MM-DD), and the organisation that it belongs to."""

    entry: Entry
    reviewed: str
    owner: str


def last_review(entry: Entry, reviewed: date | None) -> str:
    """Returns the day of the last review, or of the newest evidence if that is later (YYYY-MM-DD)."""
    checked = entry.checked if len(entry.checked) == 10 else f"{entry.checked or '2000-01'}-01"
    return max(checked, reviewed.isoformat() if reviewed else "")


def list_due(node: Node, today: date) -> list[DueEntry]:
    """Returns the entries that are due for review, the longest due first."""
    limit = today.replace(year=today.year - 1, day=min(today.day, 28)).isoformat()
    reviewed = dict(EntryReview.objects.values_list("entry", "reviewed"))
    owners = dict(EntryOwner.objects.values_list("entry", "organisation__name"))
    entries = [entry for entry in read_node_entries(node).entries.values() if not entry.source]
    dated = [DueEntry(entry, last_review(entry, reviewed.get(entry.id)), owners.get(entry.id, "")) for entry in entries]
    return sorted((one for one in dated if one.reviewed <= limit), key=lambda one: (one.reviewed, one.entry.id))


def confirm_entry(actor: Actor, entry: str) -> None:
    """Records that an entry is still right today. Stewards may, and managers of the organisation that it belongs to."""
    with act(actor, "entry.review", target_of_entry(entry, owner_of_entry(entry))) as change:
        record_review(entry)
        change.after = {"reviewed": timezone.now().date().isoformat()}


def record_review(entry: str) -> None:
    """Records the review of an entry today, inside an action."""
    row = EntryReview.objects.filter(entry=entry).first() or EntryReview(entry=entry)
    row.reviewed, row.reminded = timezone.now().date(), None
    row.save()


def remind_of_reviews(node: Node, now: datetime, letters: Letters) -> int:
    """Writes one mail to everybody who can review an entry that is due, once for every time that it is due.

    It goes to the managers of the organisation that the entry belongs to, or else to the stewards. Returns the entries.
    """
    if not _list_unreminded(node, now):
        return 0
    by_person: dict[Person, list[DueEntry]] = defaultdict(list)
    with act(Actor.of_duty("reviews"), "entry.remind", Target("programme", "commons")) as change:
        reminded = 0
        for one in _list_unreminded(node, now):  # again: another process may have been faster
            people = (holders("manager", ("organisation", one.owner)) if one.owner else []) or stewards()
            for person in people:
                by_person[person].append(one)
            if people:
                row = EntryReview.objects.filter(entry=one.entry.id).first() or EntryReview(entry=one.entry.id)
                row.reminded = now
                row.save()
                reminded += 1
        for person, due in by_person.items():
            _write(person, due, letters)
        change.after = {"entries": reminded}
    return reminded


def _list_unreminded(node: Node, now: datetime) -> list[DueEntry]:
    reminded = set(EntryReview.objects.exclude(reminded=None).values_list("entry", flat=True))
    return [one for one in list_due(node, now.date()) if one.entry.id not in reminded]


def _write(person: Person, due: Sequence[DueEntry], letters: Letters) -> None:
    language = person.language or "en"
    with override(language):
        lines = [f"- {one.entry.title(language)} ({one.reviewed})" for one in due[:MAX_LISTED]]
        lines += ["…"] if len(due) > MAX_LISTED else []
        values = {"count": len(due), "node": letters.node, "entries": "\n".join(lines)}
        text = gettext(_TEXT).format(**values, link=letters.address("reviews"))
        put_mail(str(person.email), gettext(_SUBJECT).format(**values), text, language)
