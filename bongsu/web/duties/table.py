"""The table of duties: what is done how often. A row's name is also the name of its lock, so no duty runs twice at a time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import NamedTuple

from django.core.management import call_command

from bongsu.commons.proposals.letters import Letters
from bongsu.commons.proposals.yearly_review import remind_of_reviews
from bongsu.core.errors import N_, Damaged
from bongsu.core.report import Report
from bongsu.credits.campaign_months import close_due_campaigns, settle_due_months
from bongsu.credits.day_heads import record_heads
from bongsu.credits.posting import sweep
from bongsu.credits.verify import verify_ledger
from bongsu.incubator.applications.deleting import delete_unlisted_files
from bongsu.incubator.applications.retention import delete_due
from bongsu.incubator.applications.versions import sign_receipts
from bongsu.incubator.awards.reminding import give_due_notices, remind_of_deliverables
from bongsu.incubator.running.closing import close_due_rounds, move_waiting_drafts
from bongsu.incubator.running.passing import pass_time
from bongsu.incubator.site import Site
from bongsu.network.questions.tending import tend_questions
from bongsu.network.tending import tend_peers
from bongsu.people import links, outbox, token_reminders
from bongsu.people.access import Actor
from bongsu.people.jobs import delete_old_jobs
from bongsu.people.schedules import queue_due
from bongsu.store.node import Node
from bongsu.web.duties.announcing import announce_news
from bongsu.web.duties.audit_head import record_audit_head
from bongsu.web.duties.backup import back_up
from bongsu.web.duties.source_asking import ask_sources
from bongsu.web.duties.staleness import find_stale_dataflows
from bongsu.web.node_state.checkup import check_daily
from bongsu.web.site_address import describe_node, site_address

JOBS_KEPT = timedelta(days=90)
_DAY = timedelta(days=1)


class Duty(NamedTuple):
    """A duty: its name, how often it is done, the function that does it at a time, and what it is for.

    One that can take minutes is done `apart`: in a process of its own, so that it does not delay mail.
    """

    name: str
    every: timedelta
    do: Callable[[Node, datetime], Report]
    help: str
    apart: bool = False


def _send_mail(node: Node, now: datetime) -> Report:
    sent = outbox.send_due()
    return Report(N_("Messages sent: {count}."), {"count": sent}) if sent else Report()


def _delete_links(node: Node, now: datetime) -> Report:
    return Report(N_("Ended links deleted: {count}."), {"count": links.delete_ended_links()})


def _delete_mail(node: Node, now: datetime) -> Report:
    return Report(N_("Old messages deleted: {count}."), {"count": outbox.delete_old_mail()})


def _delete_files(node: Node, now: datetime) -> Report:
    return Report(N_("Files of applications deleted: {count}."), {"count": delete_unlisted_files(node, now)})


def _delete_due(node: Node, now: datetime) -> Report:
    return delete_due(Actor.of_duty("retention"), now, Site(node, partial(site_address, None)))


def _remind_of_tokens(node: Node, now: datetime) -> Report:
    count = token_reminders.remind_of_tokens(node.name_in("en"), now)
    return Report(N_("Tokens about which reminders were written: {count}."), {"count": count})


def _sweep_ledger(node: Node, now: datetime) -> Report:
    swept = sweep()
    record_heads(node.journal)
    return Report(N_("Holds and lots ended: {count}."), {"count": swept}) if swept else Report()


def _close_campaigns(node: Node, now: datetime) -> Report:
    months = settle_due_months(now)
    return Report(
        N_("Months of campaigns computed: {months}; campaigns closed: {closed}."),
        {"months": months, "closed": close_due_campaigns(now)},
    )


def _run_calls(node: Node, now: datetime) -> Report:
    actor, site = Actor.of_duty("calls"), Site(node, partial(site_address, None))
    closed = close_due_rounds(actor, now, site)
    moved = move_waiting_drafts(actor, now) + pass_time(actor, now, site)
    sign_receipts(node, now)
    reminded = remind_of_deliverables(now, site) + give_due_notices(actor, now, site)
    if not (closed or moved or reminded):
        return Report()
    return Report(
        N_("Rounds of calls closed: {closed}; applications that went on: {moved}; awards reminded: {reminded}."),
        {"closed": closed, "moved": moved, "reminded": reminded},
    )


def _renew_card(node: Node, now: datetime) -> Report:
    card = node.keys.renew(describe_node(node), now)
    return Report(
        N_("The node's card is version {version}, until {until}."), {"version": card.version, "until": card.expires}
    )


def _verify_ledger(node: Node, now: datetime) -> Report:
    result = verify_ledger(node.journal)
    if result.breaches:
        raise Damaged(
            N_("The ledger does not hold: {count} breaches."),
            fix=N_("“bongsu credits verify” names them."),
            count=sum(map(len, result.breaches.values())),
        )
    return Report(N_("The ledger holds: {count} transfers."), {"count": result.transfers})


def _delete_sessions(node: Node, now: datetime) -> Report:
    call_command("clearsessions")
    return Report(N_("Ended sessions were deleted."))


def _remind_of_reviews(node: Node, now: datetime) -> Report:
    count = remind_of_reviews(node, now, Letters(node.identity.name, partial(site_address, None)))
    return Report(N_("Entries of the catalogue about which reminders were written: {count}."), {"count": count})


def _queue_jobs(node: Node, now: datetime) -> Report:
    count = queue_due(now)
    return Report(N_("Jobs queued by a schedule: {count}."), {"count": count}) if count else Report()


def _delete_jobs(node: Node, now: datetime) -> Report:
    keys = delete_old_jobs(now - JOBS_KEPT)
    for key in keys:
        shutil.rmtree(node.root / "jobs" / str(key), ignore_errors=True)
    return Report(N_("Old jobs deleted: {count}."), {"count": len(keys)})


DUTIES = (
    Duty("mail", timedelta(seconds=30), _send_mail, N_("send the mail that is due")),
    Duty(
        "news",
        timedelta(minutes=1),
        announce_news,
        N_("tell subscribers of new, corrected, withdrawn and affected releases"),
    ),
    Duty("schedules", timedelta(seconds=30), _queue_jobs, N_("queue the jobs whose schedule is due")),
    Duty(
        "audit-head",
        _DAY,
        record_audit_head,
        N_("verify the audit, and write its last hash to the journal"),
        apart=True,
    ),
    Duty(
        "calls",
        timedelta(seconds=30),
        _run_calls,
        N_("close rounds of calls, release announced decisions, move waiting lists, sign receipts, remind of awards"),
    ),
    Duty("card", _DAY, _renew_card, N_("renew the node's signed card, and its signing key in its last week")),
    Duty(
        "peers",
        timedelta(minutes=15),
        tend_peers,
        N_("read the logs of peers, compare them, and fetch the releases that they are trusted with"),
        apart=True,
    ),
    Duty(
        "questions",
        timedelta(minutes=1),
        tend_questions,
        N_(
            "send and follow the questions to other nodes; answer theirs that are approved, and end those nobody decided"
        ),
        apart=True,
    ),
    Duty("sources", _DAY, ask_sources, N_("ask the sources that are due for their newest files"), apart=True),
    Duty("links", _DAY, _delete_links, N_("delete links that ended")),
    Duty("mail-cleanup", _DAY, _delete_mail, N_("delete mail that was finished 30 days ago")),
    Duty("retention", _DAY, _delete_due, N_("delete applications and reviews whose time has passed; warn before")),
    Duty("application-files", _DAY, _delete_files, N_("delete files of applications that no record names any more")),
    Duty("tokens", _DAY, _remind_of_tokens, N_("remind managers of tokens that expire within 14 days")),
    Duty("reviews", _DAY, _remind_of_reviews, N_("remind owners and stewards of entries last reviewed a year ago")),
    Duty("sessions", _DAY, _delete_sessions, N_("delete sessions that ended")),
    Duty(
        "ledger",
        timedelta(minutes=1),
        _sweep_ledger,
        N_(
            "end the holds and lots of the ledger whose time has passed, and write the heads of its days to the journal"
        ),
    ),
    Duty(
        "campaigns",
        _DAY,
        _close_campaigns,
        N_("compute the months of payback campaigns, and close those that are over"),
    ),
    Duty("ledger-verify", _DAY, _verify_ledger, N_("recompute the ledger"), apart=True),
    Duty("jobs", _DAY, _delete_jobs, N_("delete jobs that ended 90 days ago, with their files")),
    Duty("backup", _DAY, back_up, N_("copy the database of accounts to BONGSU_BACKUP"), apart=True),
    Duty("files", _DAY, check_daily, N_("read all files of the node, and measure its disk use"), apart=True),
    Duty(
        "staleness",
        _DAY,
        find_stale_dataflows,
        N_("list dataflows that are older than the updates of their source"),
        apart=True,
    ),
)


def format_interval(every: timedelta) -> str:
    """Returns an interval in the largest unit that divides it, such as 30 s or 1 d."""
    seconds = int(every.total_seconds())
    for symbol, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds % size == 0:
            return f"{seconds // size} {symbol}"
    return f"{seconds} s"
