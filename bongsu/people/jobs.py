"""Long actions that somebody asked for: who may ask for one, see it and stop it. `bongsu tend` carries them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple
from uuid import UUID

from django.utils import timezone

from bongsu.core.errors import N_, BadInput, Missing
from bongsu.people.access import Actor, Target, active_grants, may, require
from bongsu.people.actions import act
from bongsu.people.models import Grant, Job, Person

Scopes = Sequence[tuple[str, str]]


class AlreadyQueued(BadInput):
    """The same action waits already."""

    code = "already-queued"


class JobKind(NamedTuple):
    """A kind of job: its name, which is also that of its action “job.NAME”, its lane, and its title.

    Jobs of one lane run one after the other: a build that is asked for after a take reads what was taken.
    """

    name: str
    lane: str
    title: str


KINDS: Mapping[str, JobKind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            JobKind("take", "data", N_("Take raw figures")),
            JobKind("harvest", "data", N_("Harvest a source")),
            JobKind("build", "data", N_("Build releases")),
            JobKind("catalogue", "data", N_("Build the catalogue")),
            JobKind("report", "report", N_("Write a report")),
            JobKind("try", "calls", N_("Try a call")),
        )
    }
)
# What may happen to a job, with its words.
STATES: Mapping[str, str] = MappingProxyType(
    {
        "queued": N_("waiting"),
        "running": N_("running"),
        "done": N_("done"),
        "failed": N_("failed"),
        "stopped": N_("stopped"),
        "interrupted": N_("interrupted"),
    }
)
ENDED = ("done", "failed", "stopped", "interrupted")


def target_of_job(job: Job) -> Target:
    """Returns the job as the object of an action; it belongs to the person who asked for it."""
    kind, _, id_ = job.actor.partition(" ")
    scopes = tuple((scope[0], scope[1]) for scope in job.scopes)
    return Target("job", str(job.key), within=scopes, person=id_ if kind == "person" else "")


def target_of_kind(scopes: Scopes) -> Target:
    """Returns the object of asking for a job that concerns `scopes`; none mean the whole node."""
    return Target("job", within=tuple(scopes))


def may_queue(actor: Actor, kind: str, scopes: Scopes = ()) -> bool:
    """Whether the actor may ask for a job of this kind."""
    return may(actor, f"job.{kind}", target_of_kind(scopes))


def may_queue_each(actor: Actor, kind: str, wanted: Iterable[Scopes]) -> list[bool]:
    """Whether the actor may ask for a job of this kind, for each of the scopes.

    Those in which she holds the same roles are judged once.
    """
    grants = Grant.objects.filter(active_grants(), person=actor.person) if actor.person else Grant.objects.none()
    held = set(grants.values_list("scope_kind", "scope_id"))
    judged: dict[frozenset[tuple[str, str]], bool] = {}
    answers = []
    for scopes in wanted:
        shared = frozenset(scopes) & held
        if shared not in judged:
            judged[shared] = may_queue(actor, kind, scopes)
        answers.append(judged[shared])
    return answers


def queue_job(actor: Actor, kind: str, arguments: Mapping[str, Any], scopes: Scopes = (), why: str = "") -> Job:
    """Queues a job. `arguments` were checked by the caller. Raises Refused, or AlreadyQueued if the same one waits."""
    job = Job(kind=kind, lane=KINDS[kind].lane, arguments=dict(arguments), created=timezone.now())
    job.scopes, job.actor = [list(scope) for scope in scopes], actor.name
    with act(actor, f"job.{kind}", target_of_kind(scopes), why) as change:
        if any(one.arguments == job.arguments for one in Job.objects.filter(kind=kind, state="queued")):
            raise AlreadyQueued(N_("This is queued already."), fix=N_("Wait until it has run."))
        job.save(force_insert=True)
        change.id, change.after = str(job.key), {"arguments": job.arguments}
    return job


def require_asker(job: Job) -> None:
    """Raises Refused if the person who asked may no longer ask: her role may have ended while the job waited."""
    target = target_of_job(job)
    if target.person:
        person = Person.objects.get(pk=target.person)
        require(
            Actor.of_person(person, two_step=True), f"job.{job.kind}", target_of_kind(target.within)
        )  # as she signed in


def may_stop(actor: Actor, job: Job) -> bool:
    """Whether the actor may stop a job: her own, or one of a kind that she may ask for herself."""
    target = target_of_job(job)
    return may(actor, "job.stop", target) and (_is_own(actor, job) or may_queue(actor, job.kind, target.within))


def _is_own(actor: Actor, job: Job) -> bool:
    return actor.person is not None and actor.name == job.actor


def stop_job(actor: Actor, job: Job, why: str = "") -> Job:
    """Ends a job that waits, and asks one that runs to stop. One that has ended stays as it is. Raises Refused."""
    now = timezone.now()
    with act(actor, "job.stop", target_of_job(job), why) as change:
        if not _is_own(actor, job):
            require(actor, f"job.{job.kind}", target_of_kind(target_of_job(job).within))
        waiting = Job.objects.filter(pk=job.pk, state="queued").update(state="stopped", stop=now, ended=now)
        if not waiting:
            Job.objects.filter(pk=job.pk, state="running", stop=None).update(stop=now)
        job.refresh_from_db()
        change.after = {"state": job.state}
    return job


def find_job(key: str) -> Job:
    """Returns the job with this key, or the one whose key begins with it. Raises Missing, or BadInput for several."""
    try:
        found = list(Job.objects.filter(key=UUID(key)))
    except ValueError:
        found = [job for job in Job.objects.order_by("-pk")[:1000] if len(key) > 3 and str(job.key).startswith(key)]
    if not found:
        raise Missing(N_("There is no such job."), fix=N_("“bongsu job list” prints their keys."))
    if len(found) > 1:
        raise BadInput(N_("Several jobs begin with “{key}”."), key=key)
    return found[0]


def list_jobs(actor: Actor, last: int = 200) -> Iterator[Job]:
    """Yields the last jobs that the actor may see, newest first."""
    seen: dict[Target, bool] = {}  # many jobs concern the same: each is judged once
    for job in Job.objects.order_by("-pk")[:last]:
        target = target_of_job(job)._replace(id="")
        if target not in seen:
            seen[target] = may(actor, "job.see", target)
        if seen[target]:
            yield job


def delete_old_jobs(before: datetime) -> list[UUID]:
    """Deletes jobs that ended before a time, and returns their keys."""
    old = Job.objects.filter(state__in=ENDED, ended__lt=before)
    keys = list(old.values_list("key", flat=True))
    Job.objects.filter(key__in=keys).delete()
    return keys
