"""What people state of themselves, who reviews for a call, and conflicts of interest.

A conflict is kept for everybody who could look at an application: reviewers, chairs, members of the panel, officers.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bongsu.incubator.models.applications import Application
from bongsu.incubator.models.calls import Call
from bongsu.incubator.sealing.fields import SealedJSONField, SealedTextField
from bongsu.people.guarded import Guarded
from bongsu.people.models import Person


class Profile(Guarded):
    """What a person states of herself. `answered` is when she stated her affiliations, be it that she has none."""

    person = models.OneToOneField(Person, on_delete=models.CASCADE, primary_key=True, related_name="profile")
    orcid = models.CharField(max_length=40, blank=True)
    expertise = models.JSONField(default=dict)  # text by language
    reads = models.CharField(max_length=60, blank=True)  # codes of languages, separated by spaces
    answered = models.DateTimeField(null=True)
    changed = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.person_id)


class StatedAffiliation(Guarded):
    """Where a person says that she works or worked: an organisation of the node by its name, or any other by its title."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="stated_affiliations")
    organisation = models.CharField(max_length=200, blank=True)
    domain = models.CharField(max_length=253, blank=True)
    role = models.CharField(max_length=120, blank=True)
    start = models.DateField(null=True)
    until = models.DateField(null=True)

    def __str__(self) -> str:
        return self.organisation or self.domain


class Relation(Guarded):
    """What a person says of another, whom she names by address, ORCID or id; `kind` is a row of relations.csv."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="relations")
    kind = models.CharField(max_length=20)
    other = models.CharField(max_length=254)
    start = models.DateField(null=True)
    until = models.DateField(null=True)

    def __str__(self) -> str:
        return self.kind


class Work(Guarded):
    """A publication of a person."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="works")
    title = models.CharField(max_length=300)
    year = models.PositiveSmallIntegerField()
    doi = models.CharField(max_length=200, blank=True)
    authors = models.JSONField(default=list)  # names

    def __str__(self) -> str:
        return self.title


class Reviewer(Guarded):
    """A reviewer of a call: the address that was invited, and the person once she answered. Who declined stays declined.

    `least` and `most` are the numbers of reviews that she takes. `address` is empty after an erasure.
    """

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="reviewers")
    address = models.EmailField(max_length=254, blank=True)  # normalised (people/addresses.py)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="reviewing")
    state = models.CharField(max_length=10, default="invited")  # invited, accepted, declined, ended
    least = models.PositiveSmallIntegerField(default=0)
    most = models.PositiveSmallIntegerField()
    invited = models.DateTimeField()
    answered = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("call", "address"), condition=~Q(address=""), name="incubator_one_reviewer_of_an_address"
            ),
            models.UniqueConstraint(fields=("call", "person"), name="incubator_one_reviewer_of_a_person"),
        ]

    def __str__(self) -> str:
        return self.address


class Conflict(Guarded):
    """A conflict of a person with an application, and one piece of evidence: a code with values (conflicts/words.py).

    `state` is that of conflicts/find.py. What an officer decided holds for this evidence only.
    """

    SEALED_BY: ClassVar = ("person_id", "application_id", "kind", "digest")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="conflicts")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="conflicts")
    kind = models.CharField(max_length=30)  # a row of conflicts.csv
    code = models.CharField(max_length=20)
    values = SealedJSONField(default=dict)
    digest = models.CharField(max_length=64)  # SHA-256 of what it is about
    severity = models.CharField(max_length=10)
    state = models.CharField(max_length=10)
    found_by = models.CharField(max_length=7, default="machine")  # machine or person
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    plan = SealedTextField(blank=True)
    changed = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("person", "application", "kind", "digest"), name="incubator_one_conflict_of_an_evidence"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.application}"
