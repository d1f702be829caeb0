"""The records of the commons: every change that this node made to an entry, and whose an entry is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from bongsu.people.guarded import Guarded, GuardedQuerySet
from bongsu.people.models import Organisation


class RevisionQuerySet(GuardedQuerySet):
    """Finds revisions."""

    def newest(self) -> RevisionQuerySet:
        """The newest revision of every entry."""
        later = Revision.objects.filter(entry=models.OuterRef("entry"), number__gt=models.OuterRef("number"))
        return self.filter(~models.Exists(later)).order_by("entry")


class Revision(Guarded):
    """A change of an entry on this node: what it became, from which version of its source, who changed it, when and why.

    `document` is the entry in the form of its file, None if it was withdrawn. `base` has the fields of the source's version
    that the change was made from (entries/entry_merge.py), None for an entry of the node's own. `changes` has a row
    [field, before, after] for each field that the person changed. `actor` is as in the audit, without personal data.
    """

    entry = models.CharField(max_length=128)
    number = models.PositiveIntegerField()
    kind = models.SlugField(max_length=10)  # added, corrected, withdrawn, restored, decided
    made = models.DateTimeField()
    actor = models.CharField(max_length=80)
    organisation = models.CharField(max_length=64, blank=True)  # on whose behalf: of a token, its organisation
    why = models.CharField(max_length=500, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    document = models.JSONField(null=True)
    base = models.JSONField(null=True)
    changes = models.JSONField(default=list)

    objects = RevisionQuerySet.as_manager()  # type: ignore[misc]

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "number"], name="one_revision_of_a_number")]

    def __str__(self) -> str:
        return f"{self.entry} {self.number}"


class EntryOwner(Guarded):
    """The organisation that an entry belongs to: it may change the entry with its tokens."""

    entry = models.CharField(max_length=128, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entries")

    def __str__(self) -> str:
        return f"{self.entry} ({self.organisation})"
