"""What a person stated of herself, and her part in reviews, in the export of her data; and what is left when she is erased.

What she stated is deleted, with the conflicts found by it. That somebody reviewed stays, without an address.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from bongsu.incubator.models import Conflict, Profile, Relation, Reviewer, StatedAffiliation, Work
from bongsu.incubator.reviewers.stating import read_statement
from bongsu.people.models import Person


def describe_reviewing(person: Person) -> list[dict[str, Any]]:
    """Returns what the person stated, and the calls for which she was asked to review."""
    stated = [asdict(read_statement(person))] if Profile.objects.filter(person=person).exists() else []
    calls = Reviewer.objects.filter(person=person).order_by("pk")
    return stated + list(calls.values("call__name", "address", "state", "least", "most", "invited", "answered"))


def erase_reviewing(person: Person) -> None:
    """Erases what the person stated, inside an action, and ends her part as a reviewer."""
    for model in (Profile, StatedAffiliation, Relation, Work, Conflict):
        model.objects.filter(person=person).delete()
    Conflict.objects.filter(application__owner=person, kind="same-name").delete()  # its evidence is her name
    Reviewer.objects.filter(person=person).update(address="", state="ended")
