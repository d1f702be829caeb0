"""The checks of eligibility of an application, and the signatures under overruling them."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bongsu.incubator.models.applications import Application
from bongsu.incubator.sealing.fields import SealedTextField
from bongsu.people.guarded import Guarded
from bongsu.people.models import Person


class Check(Guarded):
    """A rule of the call on an application. `truth` is what the node found; `ruling` what a person said instead, and why."""

    SEALED_BY: ClassVar = ("application_id", "rule")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="checks")
    rule = models.CharField(max_length=40)
    kind = models.CharField(max_length=10)  # knock-out, warn or note
    truth = models.CharField(max_length=7)  # yes, no or unknown
    ruling = models.CharField(max_length=7, blank=True)
    why = SealedTextField(blank=True)
    by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    question = SealedTextField(blank=True)  # an officer's question to the applicant
    answer = SealedTextField(blank=True)
    changed = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "rule"), name="incubator_one_check_of_a_rule")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.rule}"

    @property
    def outcome(self) -> str:
        """What counts: the ruling, else what the node found."""
        return self.ruling or self.truth


class Signature(Guarded):
    """An officer's signature under overruling the failed checks of an application."""

    SEALED_BY: ClassVar = ("application_id", "person_id")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="signatures")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    why = SealedTextField()
    signed = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "person"), name="incubator_one_signature_of_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.person_id}"


class Reason(Guarded):
    """Why somebody took a step with an application; the line of the audit names the row, and has no word of it."""

    SEALED_BY: ClassVar = ("application_id", "given")

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="reasons")
    text = SealedTextField()
    given = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.application} {self.given:%Y-%m-%d %H:%M}"
