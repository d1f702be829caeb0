"""Awards: what was granted, its agreement, its tranches in the ledger, its milestones and reports, its cohort.

What state an award is in is the state of its application. Amounts are steps of the unit of its budget line.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from bongsu.incubator.models.applications import Application
from bongsu.incubator.models.calls import Edition
from bongsu.incubator.sealing.fields import SealedJSONField, SealedTextField
from bongsu.people.guarded import Guarded
from bongsu.people.models import Person


class Reduction(Guarded):
    """What an application is granted if it is less than it asks for, and why; said before the release."""

    SEALED_BY: ClassVar = ("application_id", "stage")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reductions")
    stage = models.PositiveSmallIntegerField()
    amount = models.BigIntegerField()
    why = SealedTextField()
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    made = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "stage"), name="incubator_one_reduction_of_a_stage")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.amount}"


class Award(Guarded):
    """An award, as the edition of its call said when it was made. `source` is the account that pays, `account` its own.

    `kept` is what of the budget line stays spent after its place was freed. `consented` is when the owner agreed that its
    title and amount are published.
    """

    SEALED_BY: ClassVar = ("application_id",)
    application = models.OneToOneField(Application, on_delete=models.CASCADE, primary_key=True, related_name="award")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    line = models.CharField(max_length=40)
    unit = models.CharField(max_length=20)
    asked = models.BigIntegerField()
    amount = models.BigIntegerField()
    why = SealedTextField(blank=True)
    source = models.CharField(max_length=64)
    account = models.CharField(max_length=64)
    fields = SealedJSONField(default=dict)  # of the agreement
    made = models.DateTimeField()
    started = models.DateTimeField(null=True)
    until = models.DateTimeField(null=True)
    ended = models.DateTimeField(null=True)
    kept = models.BigIntegerField(null=True)
    cohort = models.CharField(max_length=90, blank=True)  # call/key
    cohort_from = models.DateField(null=True)
    cohort_until = models.DateField(null=True)
    consented = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.application_id)


class Tranche(Guarded):
    """A part of an award. `command` is the id of the ledger's command that holds or pays it, `ending` of what ended a hold."""

    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="tranches")
    place = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=40)
    at = models.CharField(max_length=40)  # “agreement”, or the key of a milestone
    amount = models.BigIntegerField()
    state = models.CharField(max_length=10, default="planned")  # planned, held, paid or void
    command = models.CharField(max_length=36, blank=True)
    ending = models.CharField(max_length=36, blank=True)
    changed = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("award", "key"), name="incubator_one_tranche_of_a_key")
        ]

    def __str__(self) -> str:
        return f"{self.award} {self.key}"


class AgreementSignature(Guarded):
    """A signature under an agreement: the SHA-256 of the text that was signed. `ended` when it no longer counts, and why."""

    SEALED_BY: ClassVar = ("award_id", "side", "signed")
    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="signatures")
    side = models.CharField(max_length=10)  # applicant or officer
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    digest = models.CharField(max_length=64)
    texts = SealedJSONField()  # by language, as they were signed
    file = models.CharField(max_length=64, blank=True)  # the SHA-256 of the uploaded PDF
    signed = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    why = SealedTextField(blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=("award", "side"), condition=Q(ended=None), name="incubator_one_signature_of_a_side"
            )
        ]

    def __str__(self) -> str:
        return f"{self.award} {self.side}"


class Deliverable(Guarded):
    """A milestone or a report of an award. It is late when `due` has passed while it is open or sent back.

    `reminded` is the number of days before `due` of the last reminder that was written.
    """

    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"reminded"})

    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="deliverables")
    kind = models.CharField(max_length=10)  # milestone or report
    key = models.CharField(max_length=40)
    evidence = models.CharField(max_length=10)  # text, file or both
    due = models.DateTimeField()
    state = models.CharField(max_length=10, default="open")  # open, handed-in, sent-back, accepted or failed
    reminded = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("award", "kind", "key"), name="incubator_one_deliverable_of_a_key")
        ]
        indexes: ClassVar = [models.Index(fields=("state", "due"), name="incubator_deliverable_due")]

    def __str__(self) -> str:
        return f"{self.award} {self.key}"


class Delivery(Guarded):
    """What a team handed in for a milestone or a report, and an officer's verdict on it."""

    SEALED_BY: ClassVar = ("deliverable_id", "number")
    deliverable = models.ForeignKey(Deliverable, on_delete=models.CASCADE, related_name="deliveries")
    number = models.PositiveIntegerField()
    text = SealedTextField(blank=True)
    files = SealedJSONField(default=list)  # sha256, name, type and size of each
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    received = models.DateTimeField()
    verdict = models.CharField(max_length=10, blank=True)  # accepted, sent-back or failed
    why = SealedTextField(blank=True)
    judged_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    judged = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("deliverable", "number"), name="incubator_one_delivery_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.deliverable} {self.number}"


class Outcome(Guarded):
    """What came of an award, as the catalogue will have it. `document` is an entry in the catalogue's own format.

    `state`: draft; offered (by its owner); published (by an officer: the catalogue has the entry); withdrawn.
    """

    SEALED_BY: ClassVar = ("award_id", "entry")
    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="outcomes")
    entry = models.CharField(max_length=128, unique=True)  # its id in the catalogue
    document = SealedJSONField()
    state = models.CharField(max_length=10, default="draft")
    written = models.DateTimeField()
    offered = models.DateTimeField(null=True)
    offered_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    published = models.DateTimeField(null=True)
    published_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn = models.DateTimeField(null=True)
    why = models.CharField(max_length=500, blank=True)  # it was withdrawn

    def __str__(self) -> str:
        return self.entry


class UseNotice(Guarded):
    """A notice that hours are not used: what was used of what was allotted in the window, the answer, and what was decided."""

    SEALED_BY: ClassVar = ("award_id", "noticed")
    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="notices")
    used = models.BigIntegerField()
    allotted = models.BigIntegerField()
    since = models.DateTimeField()
    noticed = models.DateTimeField()
    answer_by = models.DateTimeField()
    answer = SealedTextField(blank=True)
    answered = models.DateTimeField(null=True)
    decision = models.CharField(max_length=10, blank=True)  # kept or recalled
    why = SealedTextField(blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("award",), condition=Q(decided=None), name="incubator_one_open_notice")
        ]

    def __str__(self) -> str:
        return f"{self.award} {self.noticed:%Y-%m-%d}"


class CohortMember(Guarded):
    """A person of an award in its cohort. Others see her, and she sees others, once she has agreed."""

    award = models.ForeignKey(Award, on_delete=models.CASCADE, related_name="cohort_members")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    joined = models.DateTimeField()
    agreed = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("award", "person"), name="incubator_once_in_a_cohort")]

    def __str__(self) -> str:
        return f"{self.award} {self.person_id}"
