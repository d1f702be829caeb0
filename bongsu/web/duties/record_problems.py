"""What needs attention in the records of a node: duties, copies of the database, and mail."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError
from django.utils import timezone

from bongsu.core.errors import N_
from bongsu.core.report import Report
from bongsu.incubator.sealing.rows import read_state
from bongsu.network.health import find_network_problems
from bongsu.people import outbox
from bongsu.people.models import Mail
from bongsu.people.subscriptions import list_given_up
from bongsu.store.node import Node
from bongsu.web.duties.history import list_late, read_last_runs
from bongsu.web.node_state.problems import Problem
from bongsu.web.settings import read_settings


def find_record_problems(node: Node) -> list[Problem]:
    """Returns what is wrong, and advice. Django must be set up; a database of an older version has no problems."""
    return [*_find_duties(), *_find_mail(), *_find_webhooks(), *_find_unsealed(), *_find_network(node)]


def _find_duties() -> Iterator[Problem]:
    runs = read_last_runs()
    if not any(run.ended for run in runs):
        text = Report(
            N_("No duty was done yet: mail is not sent, and nothing is checked or copied by itself."),
            fix=N_("Start “bongsu tend” beside the server, or serve with --tend."),
        )
        yield Problem(N_("Duties"), text, wrong=False, route="desk-duties")
    for run in list_late(runs):
        last = f"{run.ended:%Y-%m-%d %H:%M} UTC" if run.ended else "–"
        text = Report(
            N_("The duty {name} was last done: {time}. Is “bongsu tend” running?"),
            {"name": run.duty.name, "time": last},
        )
        yield Problem(N_("Duties"), text, route="desk-duties")
    for run in runs:
        if run.outcome == "failed":
            text = Report(
                N_("The duty {name} failed: {reason}"),
                {"name": run.duty.name, "reason": run.report},
            )
            yield Problem(N_("Duties"), text, route="desk-duties")
    values = read_settings()
    if not values["BONGSU_BACKUP"] and not values["BONGSU_DATABASE"]:
        text = Report(
            N_("The database of accounts is not copied."), fix=N_("Set BONGSU_BACKUP to a folder on another disk.")
        )
        yield Problem(N_("Backups"), text, wrong=False, route="desk-settings")


def _find_mail() -> Iterator[Problem]:
    try:
        failed = Mail.objects.filter(state__in=("failed", "unknown")).count()
    except DatabaseError:  # that of an older version
        return
    if failed:
        text = Report(
            N_("Messages that could not be sent: {count}."), {"count": failed}, fix=N_("Read why, and send them again.")
        )
        yield Problem(N_("Mail"), text, route="desk-outbox")
    if not outbox.has_server():
        text = Report(
            N_("No mail server is set: messages stay in the outbox."),
            fix=N_("Set BONGSU_MAIL, or pass on links yourself."),
        )
        yield Problem(N_("Mail"), text, wrong=False, route="desk-outbox")


def _find_webhooks() -> Iterator[Problem]:
    try:
        given_up = list_given_up()
    except DatabaseError:  # that of an older version
        return
    for one in given_up:
        text = Report(
            N_("Nothing more is sent to {address}: it did not answer {count} times, last up to news of {told}."),
            {"address": one.webhook, "count": one.failures, "told": one.told, "key": one.key},
            fix=N_("Mend it, end it with “bongsu subscription end {key}”, and add it again."),
        )
        yield Problem(N_("News of releases"), text, route="desk-duties")


def _find_network(node: Node) -> Iterator[Problem]:
    try:
        found = list(find_network_problems(node, timezone.now()))
    except DatabaseError:  # that of an older version
        return
    for report, wrong in found:
        yield Problem(N_("The network"), report, wrong=wrong, route="desk-peers")


def _find_unsealed() -> Iterator[Problem]:
    try:
        state = read_state()
    except DatabaseError:  # that of an older version
        return
    if state.without_key:
        text = Report(
            N_("Confidential records that are encrypted with a key that is not set: {count}."),
            {"count": state.without_key},
            fix=N_("Add the key to BONGSU_RECORDS_KEY; “bongsu records state” counts them."),
        )
        yield Problem(N_("Encryption"), text, route="desk-settings")
    if state.is_on and state.rows:
        text = Report(
            N_("Encryption of records is on; not encrypted with its first key: {count}."),
            {"count": state.rows},
            fix=N_("Run “bongsu records encrypt”."),
        )
        yield Problem(N_("Encryption"), text, wrong=False, route="desk-settings")
    elif state.rows:
        text = Report(
            N_("Encryption of records is off: {count} confidential records are not encrypted."),
            {"count": state.rows},
            fix=N_("Set BONGSU_RECORDS_KEY, and run “bongsu records encrypt”."),
        )
        yield Problem(N_("Encryption"), text, wrong=False, route="desk-settings")
