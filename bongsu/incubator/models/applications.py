"""Applications, their teams, drafts, versions and files. Versions never change; drafts are saved every few seconds.

What an applicant wrote is in `answers`, by the key of its question; the files are in the node's folder `applications`, by hash.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from bongsu.incubator.models.calls import Call, Edition, Round
from bongsu.incubator.sealing.fields import SealedJSONField, SealedTextField
from bongsu.people.guarded import Guarded
from bongsu.people.models import Person


class Application(Guarded):
    """An application. `pending` is a decision that nobody has been told; `owner` is None after an erasure.

    `due` is when the time to answer ends, in the states that have one. `compared` is when everybody who could look was
    compared with its people for conflicts of interest; until then only officers look.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=60, unique=True)
    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="applications")
    round = models.ForeignKey(Round, on_delete=models.PROTECT, related_name="applications")
    owner = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="applications")
    state = models.CharField(max_length=20, default="draft")
    stage = models.PositiveSmallIntegerField(default=1)
    pending = models.CharField(max_length=10, blank=True)
    due = models.DateTimeField(null=True)
    compared = models.DateTimeField(null=True)
    to_review = models.BooleanField(default=False)  # part of the next assignment
    delete_after = models.DateTimeField(null=True)  # what the applicant wrote, 30 days after she was warned
    delete_reviews_after = models.DateTimeField(null=True)
    warned = models.DateTimeField(null=True)
    deleted = models.DateTimeField(null=True)  # what the applicant wrote; conflicts stay as they were then
    created = models.DateTimeField()
    changed = models.DateTimeField()  # the last step

    class Meta:
        indexes: ClassVar = [models.Index(fields=("round", "state"), name="incubator_round_state")]

    def __str__(self) -> str:
        return self.number


class Member(Guarded):
    """A member of a team who may write with the owner: the address that was invited; `person` once she accepted."""

    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="members")
    address = models.EmailField(max_length=254)  # normalised (people/addresses.py)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, null=True, related_name="+")
    invited = models.DateTimeField()
    accepted = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "address"), name="incubator_one_member_of_an_address")
        ]

    def __str__(self) -> str:
        return self.address


class Draft(models.Model):
    """What is being written, in the words of an edition. It is neither guarded nor in the audit.

    `revision` counts the saves; `touched` has, by question, the revision that changed it last: two people write at once
    without overwriting each other.
    """

    SEALED_BY: ClassVar = ("application_id",)
    application = models.OneToOneField(Application, on_delete=models.CASCADE, primary_key=True, related_name="draft")
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    answers = SealedJSONField(default=dict)
    files = SealedJSONField(default=dict)  # by question, a list of what AnswerFile has
    revision = models.PositiveIntegerField(default=0)
    touched = models.JSONField(default=dict)
    dropped = SealedJSONField(default=list)  # what the newest edition could not keep: place, value, reason
    opened = models.DateTimeField()
    saved = models.DateTimeField()

    def __str__(self) -> str:
        return str(self.application_id)


class Version(Guarded):
    """What was submitted, when its last byte arrived, and the signed receipt. Nothing but `receipt` and `frozen` changes."""

    SEALED_BY: ClassVar = ("application_id", "number")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    stage = models.PositiveSmallIntegerField()
    edition = models.ForeignKey(Edition, on_delete=models.PROTECT, related_name="+")
    answers = SealedJSONField()
    files = SealedJSONField()
    received_at = models.DateTimeField()
    digest = models.CharField(max_length=64)
    receipt = models.TextField(
        null=True
    )  # None: not asked for; "": to be signed, from the same values after a kill too
    frozen = models.BooleanField(default=False)  # this version is the application at its stage

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "number"), name="incubator_one_version_of_a_number"),
            models.UniqueConstraint(
                fields=("application", "stage"), condition=Q(frozen=True), name="incubator_one_frozen_version"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.application} {self.number}"


class StoredFile(models.Model):
    """A file of an application as it is kept: rewritten without metadata, named by the hash of what is kept."""

    SEALED_BY: ClassVar = ("application_id", "sha256")
    application = models.ForeignKey(Application, on_delete=models.CASCADE, related_name="stored_files")
    sha256 = models.CharField(max_length=64)
    name = SealedTextField()
    type = models.CharField(max_length=10)
    size = models.PositiveIntegerField()
    received = models.DateTimeField()
    named = SealedJSONField(null=True)  # addresses and ORCID iDs in its text; None: not read yet

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("application", "sha256"), name="incubator_one_file_of_a_hash")
        ]

    def __str__(self) -> str:
        return self.sha256
