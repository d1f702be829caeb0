"""Calls, their editions and rounds. An edition never changes; every other change is an action."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bongsu.people.guarded import Guarded


class Call(Guarded):
    """A call. Its files are those of its newest edition; `serial` is the last number that an application was given."""

    name = models.SlugField(max_length=40, unique=True)
    state = models.CharField(max_length=10, default="draft")  # draft, open, ended
    created = models.DateTimeField()
    opened = models.DateTimeField(null=True)
    serial = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class Edition(Guarded):
    """The four files of a call as they were from `made` on, by name. The first that was public is that of the opening."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="editions")
    number = models.PositiveIntegerField()
    files = models.JSONField()
    digest = models.CharField(max_length=64)  # SHA-256 of the files
    made = models.DateTimeField()
    actor = models.CharField(max_length=80)
    why = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=("call", "number"), name="incubator_one_edition_of_a_number")
        ]

    def __str__(self) -> str:
        return f"{self.call} {self.number}"


class Round(Guarded):
    """A round of an opened call. `ends` is the first moment that is too late; `head` the journal's last hash at closing."""

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="rounds")
    key = models.CharField(max_length=40)
    opens = models.DateTimeField()
    ends = models.DateTimeField()
    results = models.DateTimeField(null=True)
    stage = models.PositiveSmallIntegerField(default=1)
    closed = models.DateTimeField(null=True)
    head = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=("call", "key"), name="incubator_one_round_of_a_key")]

    def __str__(self) -> str:
        return f"{self.call} {self.key}"
