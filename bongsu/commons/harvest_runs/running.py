"""Runs a harvest of a source and keeps what it found. The command, a job and a schedule call `run_harvest`.

Of a source, one harvest runs at a time: the lock is of the operating system, which releases it if the process is killed. The
next run then marks the killed one as interrupted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from bongsu.commons.entries.entry import Entry
from bongsu.commons.harvest.comparison import HarvestReport
from bongsu.commons.harvest.harvester import (
    HarvestStopped,
    Progress,
    accept_held,
    current_hash,
    harvest_address,
    ignore_progress,
    never,
    read_held,
)
from bongsu.commons.harvest.node_entries import read_added_entries
from bongsu.commons.harvest_runs.sources import find_source, target_of_source
from bongsu.commons.models import HarvestError, HarvestRun, HarvestSource
from bongsu.core.errors import N_, BadInput, Missing, TryAgain, Unreachable
from bongsu.core.report import Report
from bongsu.people.access import Actor, require
from bongsu.people.actions import act
from bongsu.store.disk.clock import utc_now
from bongsu.store.disk.harvest_cache import HarvestCache
from bongsu.store.fetching.fetcher import Fetcher
from bongsu.store.node import Node

MAX_ERRORS = 10_000  # records of errors that are kept of a run; its groups count all
MAX_GROUPS = 100
DETAILED_RUNS = 20  # of a source; of older runs, the groups are kept and not every error
_LONGEST_WAIT = timedelta(days=1)  # that a server may ask for


def run_harvest(
    node: Node,
    actor: Actor,
    name: str,
    *,
    show: Callable[[Progress], None] = ignore_progress,
    is_stopped: Callable[[], bool] = never,
    accept_losses: bool = False,
    why: str = "",
    fetcher: Fetcher | None = None,
) -> HarvestRun:
    """Harvests a source and returns the run, whose state is done or waiting. Raises what `harvest_address` raises, and Busy.

    A run that fails is kept with its error. `accept_losses` accepts that records are missing, and needs that permission.
    """
    source = find_source(name)
    with HarvestCache(node.root, name).lock():
        _mark_killed_runs(source)
        if source.not_before and source.not_before > timezone.now():
            raise TryAgain(
                N_("The source asked not to be harvested before {time} UTC."),
                where=name,
                time=f"{source.not_before:%Y-%m-%d %H:%M}",
            )
        with act(actor, "harvest.run", target_of_source(name), why) as change:
            if accept_losses:
                require(actor, "harvest.accept", target_of_source(name))
                change.after = {"accept_losses": True}
            run = HarvestRun.objects.create(
                source=source, actor=actor.name, started=timezone.now(), before=current_hash(node, name)
            )

        def keep_progress(found: Progress) -> None:
            HarvestRun.objects.filter(pk=run.pk).update(
                pages=found.pages, fetched=found.records, announced=found.announced
            )
            show(found)

        try:
            report = harvest_address(
                node,
                name,
                source.address,
                utc_now()[:10],
                source.licence,
                fetcher or Fetcher(allow_private=source.allow_private),
                format=source.format,
                accept_losses=accept_losses,
                show=keep_progress,
                is_stopped=is_stopped,
            )
        except BaseException as error:  # a job is stopped by an exception that is not an Exception
            _end_run(run, error)
            raise
        _keep_report(run, report)
    return run


def _mark_killed_runs(source: HarvestSource) -> None:
    """Marks runs of a source that this process has locked, so that nobody runs them."""
    source.runs.filter(state="running").update(state="interrupted", ended=timezone.now())


def _end_run(run: HarvestRun, error: BaseException) -> None:
    run.refresh_from_db()
    stopped = isinstance(error, HarvestStopped) or not isinstance(error, Exception)
    run.state, run.ended = "stopped" if stopped else "failed", timezone.now()
    run.report = Report.of_error(error).to_json() if isinstance(error, Exception) else {}
    run.save()
    seconds = error.values.get("seconds_to_wait") if isinstance(error, Unreachable) else None
    if isinstance(seconds, float):
        run.source.not_before = run.ended + min(timedelta(seconds=min(seconds, 1e6)), _LONGEST_WAIT)
        run.source.save(update_fields=["not_before"])


def _keep_report(run: HarvestRun, report: HarvestReport) -> None:
    """Writes what a run found. A run that waited for a person before is replaced by this one."""
    run.source.runs.filter(state="waiting").update(state="replaced")
    run.state, run.ended = "waiting" if report.held else "done", timezone.now()
    run.formats = " ".join(report.formats)
    run.pages, run.announced, run.fetched = report.pages, report.announced, report.fetched
    run.previous, run.new, run.changed = report.previous, len(report.new), len(report.changed)
    run.unchanged, run.gone = report.unchanged, report.lost
    run.refused, run.duplicates = len(report.broken), len(report.duplicates)
    run.losses, run.held = [str(loss) for loss in report.losses], report.held
    errors = [Report.of_error(found.error).to_json() for found in report.broken]
    first = {error["message"]: error for error in reversed(errors)}
    counted = Counter(error["message"] for error in errors)
    run.groups = [[first[message], number] for message, number in counted.most_common(MAX_GROUPS)]
    run.save()
    HarvestError.objects.bulk_create(
        HarvestError(run=run, record=found.record[:200], page=found.page, place=found.where[:2200], report=error)
        for found, error in zip(report.broken[:MAX_ERRORS], errors, strict=False)
    )
    old = run.source.runs.order_by("-pk").values_list("pk", flat=True)[DETAILED_RUNS:]
    HarvestError.objects.filter(run__in=list(old)).delete()


def accept_run(node: Node, actor: Actor, run: HarvestRun, why: str) -> HarvestRun:
    """Accepts a run that waits: the next build uses its result. Raises BadInput if it does not wait, or without a reason."""
    return _decide(node, actor, run, "accepted", why)


def discard_run(node: Node, actor: Actor, run: HarvestRun, why: str) -> HarvestRun:
    """Discards a run that waits: the entries of the source stay as they are. Raises as `accept_run`."""
    return _decide(node, actor, run, "discarded", why)


_ACTIONS = {"accepted": "harvest.accept", "discarded": "harvest.discard"}


def _decide(node: Node, actor: Actor, run: HarvestRun, state: str, why: str) -> HarvestRun:
    if not why.strip():
        raise BadInput(N_("Give the reason."), where="why")
    name = run.source.name
    with HarvestCache(node.root, name).lock(), act(actor, _ACTIONS[state], target_of_source(name), why) as change:
        run = HarvestRun.objects.select_for_update().get(pk=run.pk)
        if run.state != "waiting":
            raise BadInput(N_("This harvest does not wait for a decision."))
        if state == "accepted":
            accept_held(node, name, run.held, run.before)
        run.state, run.decided, run.decided_by = state, timezone.now(), actor.name
        run.save(update_fields=["state", "decided", "decided_by"])
        change.before = {"state": "waiting", "entries": run.previous}
        change.after = {"state": state, "run": str(run.key), "gone": run.gone, "new": run.new, "changed": run.changed}
    return run


def find_run(key: str) -> HarvestRun:
    """Returns the run whose key begins with `key`. Raises Missing, or BadInput for several."""
    found = [run for run in HarvestRun.objects.order_by("-pk")[:5000] if key and str(run.key).startswith(key)]
    if not found:
        raise Missing(N_("There is no such harvest."), fix=N_("“bongsu harvest runs” prints their keys."))
    if len(found) > 1:
        raise BadInput(N_("Several harvests begin with “{key}”."), key=key)
    return found[0]


def list_lost_entries(node: Node, run: HarvestRun) -> list[Entry]:
    """Returns the entries that would disappear if a run that waits were accepted, by id; empty for any other run."""
    if run.state != "waiting":
        return []
    kept = read_held(node, run.source.name, run.held).entries
    entries = read_added_entries(node, run.source.name).entries
    return [entries[id_] for id_ in sorted(entries.keys() - kept.keys())]
