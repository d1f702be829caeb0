"""Assignments, reviews, scores, votes, decisions and letters. Versions of reviews, votes and letters never change."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bongsu.incubator.models.applications import Application
from bongsu.incubator.models.calls import Round
from bongsu.incubator.models.reviewers import Reviewer
from bongsu.incubator.sealing.fields import SealedJSONField, SealedTextField
from bongsu.people.guarded import Guarded
from bongsu.people.models import Person


class AssignmentRun(Guarded):
    """A run of the assignment: `record` is what assignment.Run writes; its pairs become assignments when it is adopted."""

    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="runs")
    input_hash = models.CharField(max_length=64)
    record = models.TextField()
    feasible = models.BooleanField()
    actor = models.CharField(max_length=80)
    made = models.DateTimeField()
    adopted = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.round} {self.made:%Y-%m-%d %H:%M}"


class Assignment(Guarded):
    """A reviewer's task. Who declined stays declined; a task that was stopped is not taken up again."""

    SEALED_BY: ClassVar = ("application_id", "reviewer_id")
    reviewer = models.ForeignKey(Reviewer, on_delete=models.PROTECT, related_name="assignments")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="assignments")
    run = models.ForeignKey(AssignmentRun, on_delete=models.SET_NULL, null=True, related_name="assignments")
    state = models.CharField(max_length=10, default="open")  # open, submitted, declined or stopped
    why = SealedTextField(blank=True)
    due = models.DateTimeField(null=True)
    made = models.DateTimeField()
    changed = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("reviewer", "application"), name="incubator_one_assignment_of_a_pair")
        ]
        indexes: ClassVar = [models.Index(fields=("application", "state"), name="incubator_assignment_state")]

    def __str__(self) -> str:
        return f"{self.application} {self.reviewer_id}"


class ReviewDraft(models.Model):
    """A review that is being written: saved often, neither guarded nor in the audit."""

    SEALED_BY: ClassVar = ("assignment_id",)
    assignment = models.OneToOneField(Assignment, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    points = models.JSONField(default=dict)  # by the key of the criterion; None is “not applicable”
    to_applicant = SealedTextField(blank=True)
    to_panel = SealedTextField(blank=True)
    help_used = SealedTextField(blank=True)  # what the reviewer declares of AI and of others' help
    saved = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.assignment_id)


class ReviewVersion(Guarded):
    """A review as it was submitted; the newest of an assignment counts."""

    SEALED_BY: ClassVar = ("assignment_id", "number")
    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    points = models.JSONField()
    to_applicant = SealedTextField(blank=True)
    to_panel = SealedTextField(blank=True)
    help_used = SealedTextField(blank=True)
    received_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("assignment", "number"), name="incubator_one_review_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.assignment} {self.number}"


class Comment(Guarded):
    """A text in the discussion of an application. The first one may be that somebody asks for a discussion."""

    SEALED_BY: ClassVar = ("application_id", "written")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="comments")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    text = SealedTextField()
    written = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.application} {self.written:%Y-%m-%d %H:%M}"


class Score(Guarded):
    """The score of an application at the end of its reviews; fractions as texts such as "33/8"."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, primary_key=True, related_name="score")
    counted = models.PositiveIntegerField()
    mean = models.CharField(max_length=60, blank=True)
    median = models.CharField(max_length=60, blank=True)
    lowest = models.CharField(max_length=60, blank=True)
    highest = models.CharField(max_length=60, blank=True)
    centred = models.CharField(max_length=120, blank=True)
    computed = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.application_id)


class Vote(Guarded):
    """What a member of the panel, or an officer where the workflow says so, decides about an application."""

    SEALED_BY: ClassVar = ("application_id", "stage", "person_id")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="votes")
    stage = models.PositiveSmallIntegerField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    decision = models.CharField(max_length=10)  # accept, wait or reject
    why = SealedTextField(blank=True)
    cast = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "stage", "person"), name="incubator_one_vote_of_a_person")
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.decision}"


class Decision(Guarded):
    """A decision as it was released: the rank and what was granted, in steps of the unit of its budget line.

    The newest counts: there is an earlier one if there was a stage before, or an appeal was upheld.
    """

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="decisions")
    stage = models.PositiveSmallIntegerField()
    decision = models.CharField(max_length=10)
    line = models.CharField(max_length=40, blank=True)
    granted = models.BigIntegerField(default=0)
    rank = models.PositiveIntegerField(null=True)
    texts_shown = models.BooleanField(default=False)  # the reviewers' texts to the applicant
    released = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.application} {self.decision}"


class Letter(Guarded):
    """A letter to the applicant, by language, as it was written at the step; her page shows it, the mail only says so."""

    SEALED_BY: ClassVar = ("application_id", "kind", "written")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="letters")
    kind = models.CharField(max_length=20)  # the event
    subjects = SealedJSONField()
    texts = SealedJSONField()
    written = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.application} {self.kind}"


class WaitingPlace(Guarded):
    """A place on the waiting list of a budget line; `left` when it ended."""

    application = models.OneToOneField(Application, on_delete=models.CASCADE, primary_key=True, related_name="waiting")
    line = models.CharField(max_length=40)
    place = models.PositiveIntegerField()
    joined = models.DateTimeField()
    left = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.application} {self.place}"


class Appeal(Guarded):
    """An appeal against a decision: one text, judged by somebody who took no part in it."""

    SEALED_BY: ClassVar = ("application_id",)
    application = models.OneToOneField(Application, on_delete=models.CASCADE, primary_key=True, related_name="appeal")
    text = SealedTextField()
    made = models.DateTimeField()
    outcome = models.CharField(max_length=10, blank=True)  # upheld or refused
    why = SealedTextField(blank=True)
    decided_by = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    decided = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.application_id)
