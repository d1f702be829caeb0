"""The records of the commons: changes of entries on this node, whose entries are, harvests, proposals, reviews."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from bongsu.people.guarded import Guarded, GuardedQuerySet
from bongsu.people.models import Organisation, Person


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


class EntryToken(Guarded):
    """A token that may change entries: those of its organisation, or all of the catalogue."""

    token = models.OneToOneField("people.Token", on_delete=models.CASCADE, related_name="entries")
    all_entries = models.BooleanField()

    def __str__(self) -> str:
        return str(self.token)


class EntryOwner(Guarded):
    """The organisation that an entry belongs to: it may change the entry with its tokens."""

    entry = models.CharField(max_length=128, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="entries")

    def __str__(self) -> str:
        return f"{self.entry} ({self.organisation})"


MAX_ADDRESS, MAX_LICENCE = 2000, 200  # characters


class HarvestSource(Guarded):
    """A source that is harvested: its short name, which is that of its snapshots, and its address.

    `format` is that of its pages (harvest/page_reader.py), empty for any. `not_before` is until when the source asked to be
    left alone (Retry-After).
    """

    name = models.SlugField(max_length=60, unique=True)
    address = models.CharField(max_length=MAX_ADDRESS)
    format = models.SlugField(max_length=20, blank=True)
    licence = models.CharField(max_length=MAX_LICENCE, blank=True)
    allow_private = models.BooleanField(default=False)
    added = models.DateTimeField()
    added_by = models.CharField(max_length=80)
    not_before = models.DateTimeField(null=True)

    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"not_before"})

    def __str__(self) -> str:
        return self.name


class HarvestRun(models.Model):
    """A harvest of a source. `actor` is as in the audit.

    `state`: running; done; waiting (for a person, because of `losses`), then accepted, discarded or replaced by a later run;
    failed; stopped; interrupted (its process was killed). `held` and `before` are the hashes of the result that waits and of
    the entries that it was compared with. `groups` has [report, number] of each kind of error, the most frequent first;
    `report` is why the run failed.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    source = models.ForeignKey(HarvestSource, on_delete=models.CASCADE, related_name="runs")
    state = models.SlugField(max_length=12, default="running", db_index=True)
    actor = models.CharField(max_length=80)
    started = models.DateTimeField()
    ended = models.DateTimeField(null=True)
    formats = models.CharField(max_length=100, blank=True)
    pages = models.PositiveIntegerField(default=0)
    announced = models.PositiveBigIntegerField(null=True)
    fetched = models.PositiveIntegerField(default=0)
    previous = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    gone = models.PositiveIntegerField(default=0)
    refused = models.PositiveIntegerField(default=0)
    duplicates = models.PositiveIntegerField(default=0)
    losses = models.JSONField(default=list)
    held = models.CharField(max_length=64, blank=True)
    before = models.CharField(max_length=64, blank=True)
    groups = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    decided = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.source} {self.started:%Y-%m-%d} ({self.state})"


class HarvestError(models.Model):
    """A record of a harvest that was refused: its local id, page and place, and what is wrong, not yet translated."""

    run = models.ForeignKey(HarvestRun, on_delete=models.CASCADE, related_name="errors")
    record = models.CharField(max_length=200, blank=True)
    page = models.PositiveIntegerField()
    place = models.CharField(max_length=2200)
    report = models.JSONField()

    def __str__(self) -> str:
        return self.record or self.place


class Proposal(Guarded):
    """What a person proposes about the catalogue.

    `kind` is new, correction, report (of an error), claim (of ownership) or withdrawal. `document` is the entry in the form of
    its file, which may be wrong in a draft; `base` is the entry that a correction began with. `version` counts the changes.
    `token` has the first characters of the token with which a program of `organisation` sent it for the person.
    """

    key = models.UUIDField(
        default=uuid.uuid4, unique=True, editable=False
    )  # of the form that made it: sent twice, made once
    kind = models.SlugField(max_length=12)
    entry = models.CharField(max_length=128, db_index=True)
    document = models.JSONField(default=dict)
    base = models.JSONField(null=True)
    base_fingerprint = models.CharField(max_length=64, blank=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="proposals")
    organisation = models.ForeignKey(Organisation, null=True, on_delete=models.PROTECT, related_name="proposals")
    token = models.CharField(max_length=16, blank=True)
    state = models.SlugField(max_length=12, default="draft", db_index=True)
    version = models.PositiveIntegerField(default=1)
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(auto_now=True)
    submitted = models.DateTimeField(null=True)
    decided = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="decisions")

    def __str__(self) -> str:
        return f"{self.pk} {self.kind} {self.entry} ({self.state})"


class Message(Guarded):
    """A message about a proposal: by its person, or by a steward (`by_steward`)."""

    proposal = models.ForeignKey(Proposal, on_delete=models.CASCADE, related_name="messages")
    person = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    by_steward = models.BooleanField(default=False)
    text = models.TextField()
    written = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering: ClassVar = ["pk"]

    def __str__(self) -> str:
        return f"{self.proposal_id} {self.written:%Y-%m-%d}"


class EntryReview(Guarded):
    """When an entry was last found right (`reviewed`), and the last reminder that it is due again."""

    entry = models.CharField(max_length=128, unique=True)
    reviewed = models.DateField(null=True)
    reminded = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.entry
