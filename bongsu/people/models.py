"""The records. Secrets are never stored: of a token or link only its SHA-256, of a password its Argon2 hash.

A plain fast hash is enough for tokens and links: they have 256 random bits, unlike a password that can be guessed.
E-mail addresses are records of django-allauth (account_emailaddress): it confirms them.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from bongsu.people.guarded import Guarded, GuardedQuerySet, unlock


class PersonManager(BaseUserManager["Person"].from_queryset(GuardedQuerySet)):  # type: ignore[misc]
    """Finds persons by their address, as Django's sign-in asks for."""

    def get_by_natural_key(self, email: str | None) -> Person:
        """Returns the person whose primary address is `email`."""
        person: Person = self.get(email=email)
        return person


class Person(AbstractBaseUser, Guarded):
    """A person who can sign in. `email` is the primary address, normalised (addresses.py); None after erasure.

    A person who was deactivated or erased cannot sign in, and her sessions end with the next request.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(max_length=254, unique=True, null=True)
    name = models.CharField(max_length=120, blank=True)
    languages = models.CharField(max_length=60, blank=True)  # codes, separated by spaces; the first is preferred
    is_active = models.BooleanField(default=True)
    created = models.DateTimeField(auto_now_add=True)
    erased = models.DateTimeField(null=True, blank=True)

    # The time of the last sign-in; and the address, which django-allauth changes: web/account/signals.py audits it.
    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"last_login", "email"})
    USERNAME_FIELD: ClassVar[str] = "email"
    EMAIL_FIELD: ClassVar[str] = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = PersonManager()  # type: ignore[misc]

    def __str__(self) -> str:
        return self.name or self.email or str(self.id)

    def check_password(self, raw_password: str | None) -> bool:
        """Whether this is the person's password. Its hash is renewed if it has older parameters."""
        with unlock():
            return super().check_password(raw_password)

    @property
    def language(self) -> str:
        """The code of the language that the person prefers; empty if she named none."""
        return self.languages.split()[0] if self.languages else ""


class Organisation(Guarded):
    """An institution. `name` is its short name in addresses and folders; `title` is its display name.

    `parent` is the organisation that it is a part of, such as the university of an institute.
    """

    name = models.CharField(max_length=64, unique=True, validators=[RegexValidator(r"\A[a-z0-9][a-z0-9._-]*\Z")])
    title = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")
    created = models.DateTimeField(auto_now_add=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Domain(Guarded):
    """A domain of an organisation, such as stat.example: who confirms an address in it may join without an invitation."""

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(max_length=253, unique=True)

    def __str__(self) -> str:
        return self.name


class Affiliation(Guarded):
    """A person's time at an organisation, from `since` to `until` (None: still). A person may have several at once."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="affiliations")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="affiliations")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "organisation"], condition=Q(until=None), name="one_affiliation_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} ({self.organisation})"


class Token(Guarded):
    """A token of an organisation: its purpose, its hash, its first characters, and its expiry (empty: until revoked)."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="tokens")
    purpose = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField(null=True, blank=True)
    revoked = models.DateTimeField(null=True, blank=True)
    reminded = models.DateTimeField(null=True, blank=True)  # when the managers were told that it expires

    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"reminded"})

    def __str__(self) -> str:
        return f"{self.hint}… ({self.organisation})"


class Grant(Guarded):
    """A role that a person holds for a scope, such as (dataflow, GRID_INTENSITY), until `until` (None: until it is ended)."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="grants")
    role = models.SlugField(max_length=40)
    scope_kind = models.SlugField(max_length=20)
    scope_id = models.CharField(max_length=100, blank=True)
    given = models.DateTimeField(auto_now_add=True)
    until = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["person", "role", "scope_kind", "scope_id"], condition=Q(ended=None), name="one_grant_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.role} ({self.scope_kind} {self.scope_id})"


class RoleRule(Guarded):
    """What this node demands of a role beyond roles.csv: whether its holders must sign in with a second step."""

    role = models.SlugField(max_length=40, unique=True)
    two_step = models.BooleanField()

    def __str__(self) -> str:
        return self.role


class Link(models.Model):
    """A link that works once: its purpose (sign-in, invitation), whom it concerns, and when it ends.

    `address` is the normalised e-mail address it was sent to; `data` is what the purpose needs, such as a role.
    """

    purpose = models.SlugField(max_length=20)
    digest = models.CharField(max_length=64, unique=True)
    address = models.EmailField(max_length=254, blank=True)
    data = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    used = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.address}"


class Mail(models.Model):
    """A message in the outbox. `state`: waiting, sending, sent, failed (given up), unknown (killed while sending), or kept.

    A message is kept, for the operator to read, if the node has no mail server. A message is never sent twice by itself:
    one whose sending was cut short becomes unknown, and the operator decides.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    to = models.EmailField(max_length=254)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    language = models.CharField(max_length=12)
    state = models.SlugField(max_length=10, default="waiting", db_index=True)
    created = models.DateTimeField(auto_now_add=True)
    due = models.DateTimeField(db_index=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.CharField(max_length=300, blank=True)
    finished = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.subject} ({self.state})"


class AuditLine(models.Model):
    """A line of the audit: who did what to which object, what it was before and after, and why. Lines form a hash chain.

    `actor` is "person ID", "token HINT", "command USER" or "duty NAME". Personal data is not in the lines: of a name or
    address they say only that it changed.
    """

    number = models.BigIntegerField(unique=True)
    at = models.DateTimeField()
    actor = models.CharField(max_length=80, db_index=True)
    action = models.SlugField(max_length=60, db_index=True)
    object_kind = models.SlugField(max_length=20)
    object_id = models.CharField(max_length=100, db_index=True)
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    why = models.CharField(max_length=500, blank=True)
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number} {self.action}"


class AuditHead(models.Model):
    """The last line of the audit. Its row is locked by every action, so that lines are numbered without gaps."""

    number = models.BigIntegerField(default=0)
    hash = models.CharField(max_length=64)

    def __str__(self) -> str:
        return str(self.number)


class DutyRecord(models.Model):
    """A duty of `bongsu tend`: when it is due, its last run, and until when a process has it (web/duties/records.py).

    `outcome` is done or failed; `report` is the text of the last run that ended, with its values, not yet translated.
    """

    name = models.SlugField(max_length=40, unique=True)
    due = models.DateTimeField()
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    outcome = models.SlugField(max_length=10, blank=True)
    report = models.JSONField(default=dict)
    holder = models.CharField(max_length=32, blank=True)
    lease = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class Job(models.Model):
    """A long action that somebody asked for (jobs.py). `lane` names what only one running job at a time may use.

    `state`: queued, running, done, failed, stopped, or interrupted (its process was killed, or the node was stopped).
    `scopes` are what the action concerns, for the permission, and `stop` is when somebody asked to stop it. `progress` is
    the current stage, `notes` are its last notes and `report` is how it ended: texts with values, not yet translated.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.SlugField(max_length=20)
    lane = models.SlugField(max_length=20)
    arguments = models.JSONField(default=dict)
    scopes = models.JSONField(default=list)
    actor = models.CharField(max_length=80)
    state = models.SlugField(max_length=12, default="queued", db_index=True)
    created = models.DateTimeField()
    started = models.DateTimeField(null=True, blank=True)
    ended = models.DateTimeField(null=True, blank=True)
    stop = models.DateTimeField(null=True, blank=True)
    holder = models.CharField(max_length=32, blank=True)
    lease = models.DateTimeField(null=True, blank=True)
    progress = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    report = models.JSONField(default=dict)
    result = models.JSONField(default=dict)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lane"], condition=Q(state="running"), name="one_running_job_per_lane")
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.state})"


class Schedule(Guarded):
    """A job that is queued by itself, every `every` (day, week, month) at `hour` UTC (schedules.py).

    `subject` names what the job is about, such as a dataflow; `day` is the day of the week (1 is Monday) or of the month.
    """

    kind = models.SlugField(max_length=20)
    subject = models.CharField(max_length=100, blank=True)
    arguments = models.JSONField(default=dict)
    scopes = models.JSONField(default=list)
    every = models.SlugField(max_length=10)
    day = models.PositiveSmallIntegerField(default=1)
    hour = models.PositiveSmallIntegerField()
    due = models.DateTimeField(db_index=True)

    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"due"})

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "subject"], name="one_schedule_per_subject")]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject}".strip()


class Subscription(Guarded):
    """News of a dataflow ("": of all) for a person by mail, or for a program at the address `webhook` (subscriptions.py).

    `told` is the time (UTC, as releases have it) up to which news were announced.
    """

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, related_name="subscriptions")
    webhook = models.CharField(max_length=200, blank=True)
    dataflow = models.CharField(max_length=50, blank=True)
    language = models.CharField(max_length=12)
    created = models.DateTimeField(auto_now_add=True)
    told = models.CharField(max_length=20)
    failures = models.PositiveSmallIntegerField(default=0)
    due = models.DateTimeField(null=True, blank=True)

    UNGUARDED: ClassVar[frozenset[str]] = frozenset({"told", "failures", "due"})

    def __str__(self) -> str:
        return f"{self.person or self.webhook} {self.dataflow}".strip()


GUARDED = (Person, Organisation, Domain, Affiliation, Token, Grant, RoleRule, Schedule, Subscription)
