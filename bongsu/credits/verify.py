# ruff: noqa: S608 (the queries are constants)
"""Recomputes the ledger from its transfers and names what does not hold: the invariants, one query or function each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from django.db import connection
from django.utils import timezone

from bongsu.core.errors import N_, Damaged
from bongsu.credits import models
from bongsu.credits.audit_models import DayHead, Verification
from bongsu.credits.day_heads import LedgerGap, compute_heads, find_differences, open_journal, record_heads
from bongsu.store.logs.journal import Journal

MOST = 20  # breaches of an invariant that are named


class Invariant(NamedTuple):
    """A law of the ledger, and what finds what breaks it: a query, of which the first column is named, or a function."""

    name: str
    says: str
    query: str | Callable[[Journal], Iterator[str]]


class Breach(NamedTuple):
    """Something that breaks an invariant."""

    invariant: Invariant
    found: str


def _find_lost_triggers(journal: Journal) -> Iterator[str]:
    wanted = {f"credits_{table}_{event}" for table in _GUARDED for event in ("update", "delete")}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname FROM pg_trigger WHERE tgenabled <> 'D'"
            if connection.vendor == "postgresql"
            else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        )
        yield from sorted(wanted - {name for (name,) in cursor.fetchall()})


def _find_altered_days(journal: Journal) -> Iterator[str]:
    """Computes every head anew, each from the recorded head before it, so that a day that was altered is named alone."""
    heads = DayHead.objects.in_bulk()
    until = max(heads, default=date.min) + timedelta(days=1)
    computed = {}
    for made in compute_heads(None, until, {day: head.hash for day, head in heads.items()}):
        computed[made.day] = (made.transfer, made.hash)
    for day in sorted(heads.keys() | computed.keys()):
        if day not in heads or computed.get(day) != (heads[day].transfer, heads[day].hash):
            yield day.isoformat()


def _find_days_that_differ(journal: Journal) -> Iterator[str]:
    try:
        yield from (day.isoformat() for day in find_differences(journal))
    except Damaged as broken:
        yield str(broken)


_GUARDED = ("transfer", "draw", "lot", "dayhead")  # tables that triggers keep as they are
# The end of a hold p. The second condition is that of the index, without which SQLite does not use it.
_END = "SELECT 1 FROM credits_transfer e WHERE e.of = p.number AND NOT (e.of IS NULL)"
_POSTED = "t.state IN ('posted', 'post')"
_IS_PAYMENT = "CASE WHEN transfer = payment AND base > 0 THEN 1 ELSE 0 END"
INVARIANTS = (
    Invariant(
        "sum-zero",
        N_("The balances of a unit's accounts add up to 0."),
        "SELECT unit_id FROM credits_account GROUP BY unit_id HAVING SUM(posted) <> 0",
    ),
    Invariant(
        "posted",
        N_("A balance is what its transfers make of it, and its version is their number."),
        "SELECT a.id FROM credits_account a LEFT JOIN ("
        "  SELECT account, SUM(change) AS total, COUNT(*) AS times FROM ("
        f"   SELECT t.debit_id AS account, -t.amount AS change FROM credits_transfer t WHERE {_POSTED}"
        f"   UNION ALL SELECT t.credit_id, t.amount FROM credits_transfer t WHERE {_POSTED}) moved GROUP BY account"
        ") e ON e.account = a.id WHERE a.posted <> COALESCE(e.total, 0) OR a.version <> COALESCE(e.times, 0)",
    ),
    Invariant(
        "held",
        N_("What is held is what open holds reserve."),
        "SELECT a.id FROM credits_account a LEFT JOIN ("
        "  SELECT p.debit_id AS account, SUM(p.amount) AS total FROM credits_transfer p"
        f"  WHERE p.state = 'pending' AND NOT EXISTS ({_END})"
        "  GROUP BY p.debit_id"
        ") h ON h.account = a.id WHERE a.held <> COALESCE(h.total, 0)",
    ),
    Invariant(
        "open-holds",
        N_("The list of open holds has the holds that have not ended, and no other."),
        "SELECT p.number FROM credits_transfer p LEFT JOIN credits_openhold o ON o.transfer = p.number"
        " WHERE p.state = 'pending' AND (o.transfer IS NULL)"
        f" <> EXISTS ({_END})"
        " UNION SELECT o.transfer FROM credits_openhold o LEFT JOIN credits_transfer p ON p.number = o.transfer"
        " AND p.state = 'pending' AND p.amount = o.amount AND p.debit_id = o.account WHERE p.number IS NULL",
    ),
    Invariant(
        "lots",
        N_("What is left in an account's lots is its balance without what is held."),
        "SELECT a.id FROM credits_account a LEFT JOIN ("
        "  SELECT l.account_id AS account, SUM(l.remaining) AS total FROM credits_lot l"
        "  GROUP BY l.account_id) s ON s.account = a.id WHERE a.lots AND a.posted - a.held <> COALESCE(s.total, 0)",
    ),
    Invariant(
        "draws-of-lots",
        N_("What is left of a lot is its amount without what was drawn."),
        "SELECT l.number FROM credits_lot l LEFT JOIN (SELECT lot, SUM(amount) AS total FROM credits_draw GROUP BY lot) d"
        " ON d.lot = l.number WHERE l.remaining <> l.amount - COALESCE(d.total, 0)",
    ),
    Invariant(
        "draws-of-transfers",
        N_("The draws of a transfer from an account with lots add up to its amount."),
        "SELECT t.number FROM credits_transfer t JOIN credits_account a ON a.id = t.debit_id AND a.lots LEFT JOIN ("
        "  SELECT d.transfer, l.account_id AS account, SUM(d.amount) AS total FROM credits_draw d"
        "  JOIN credits_lot l ON l.number = d.lot GROUP BY d.transfer, l.account_id"
        ") s ON s.transfer = t.number AND s.account = t.debit_id"
        " LEFT JOIN credits_transfer p ON p.number = t.of"
        " WHERE COALESCE(s.total, 0) <> t.amount - COALESCE(p.amount, 0)",
    ),
    Invariant(
        "draws-of-reversals",
        N_("A reversal gives back to the lots what it moves."),
        "SELECT t.number FROM credits_transfer t JOIN credits_account a ON a.id = t.credit_id AND a.lots LEFT JOIN ("
        "  SELECT d.transfer, l.account_id AS account, SUM(d.amount) AS total FROM credits_draw d"
        "  JOIN credits_lot l ON l.number = d.lot GROUP BY d.transfer, l.account_id"
        ") s ON s.transfer = t.number AND s.account = t.credit_id"
        " WHERE t.reverses IS NOT NULL AND COALESCE(s.total, 0) <> -t.amount",
    ),
    Invariant(
        "holds-end",
        N_("A hold is settled for at most its amount, and ends once."),
        "SELECT p.number FROM credits_transfer p JOIN credits_transfer e ON e.of = p.number"
        " GROUP BY p.number, p.amount, p.state HAVING COUNT(*) > 1 OR SUM(e.amount) > p.amount OR p.state <> 'pending'",
    ),
    Invariant(
        "reversals",
        N_("The reversals of a transfer are at most its amount, and go back the same way."),
        "SELECT o.number FROM credits_transfer o JOIN credits_transfer r ON r.reverses = o.number"
        " GROUP BY o.number, o.amount, o.debit_id, o.credit_id HAVING SUM(r.amount) > o.amount"
        " OR MIN(r.credit_id) <> o.debit_id OR MAX(r.credit_id) <> o.debit_id"
        " OR MIN(r.debit_id) <> o.credit_id OR MAX(r.debit_id) <> o.credit_id",
    ),
    Invariant(
        "balances-of-transfers",
        N_("A transfer has the balance of its accounts after it."),
        "SELECT number FROM ("
        "  SELECT number, posted, SUM(change) OVER (PARTITION BY account ORDER BY version) AS total FROM ("
        "    SELECT t.number, t.debit_id AS account, -t.amount AS change, t.debit_version AS version, t.debit_posted AS posted"
        f"   FROM credits_transfer t WHERE {_POSTED} UNION ALL"
        "    SELECT t.number, t.credit_id, t.amount, t.credit_version, t.credit_posted"
        f"   FROM credits_transfer t WHERE {_POSTED}) moved) running WHERE posted <> total OR posted IS NULL",
    ),
    Invariant(
        "tallies",
        N_("What counts for caps and budgets is the sum of the receipts."),
        "SELECT campaign || ' ' || person || ' ' || \"window\" FROM ("
        '  SELECT campaign, person, "window", "group", SUM(amount) AS amount, SUM(counted) AS counted, SUM(base) AS base,'
        "  SUM(payments) AS payments FROM ("
        '    SELECT campaign, person, "window", "group", -amount AS amount, -counted AS counted, -base AS base,'
        "    -payments AS payments FROM credits_used"
        + "".join(
            f' UNION ALL SELECT campaign, person, {window}, "group", amount, counted, base, {_IS_PAYMENT}'
            f" FROM credits_receipt WHERE {condition}"
            for window, condition in (
                ("day", "1 = 1"),
                ("SUBSTR(day, 1, 7)", "LENGTH(day) > 7"),
                ("'all'", "1 = 1"),
                ("day || '/' || visit", "visit <> ''"),
            )
        )
        + " UNION ALL SELECT campaign, '', 'budget', \"group\", amount, budgeted, 0, 0 FROM credits_receipt WHERE budgeted <> 0"
        " UNION ALL SELECT campaign, person, 'owed', '', owed, 0, 0, 0 FROM credits_receipt WHERE owed <> 0"
        '  ) each GROUP BY campaign, person, "window", "group") sums'
        " WHERE amount <> 0 OR counted <> 0 OR base <> 0 OR payments <> 0",
    ),
    Invariant(
        "receipts",
        N_("What a receipt says was paid, taken back or owed is what its transfers moved."),
        "SELECT COALESCE(cause, 0) FROM ("
        "  SELECT cause, campaign, SUM(paid) AS paid, SUM(owed) AS owed FROM ("
        "    SELECT cause, campaign, CASE WHEN kind IN ('payback', 'receivable-paid') THEN amount ELSE -amount END AS paid,"
        "    CASE kind WHEN 'receivable' THEN amount WHEN 'receivable-paid' THEN -amount ELSE 0 END AS owed"
        "    FROM credits_transfer WHERE campaign <> ''"
        "    UNION ALL SELECT transfer, campaign, -(amount + forgiven), -owed FROM credits_receipt"
        "  ) each GROUP BY cause, campaign) sums WHERE paid <> 0 OR owed <> 0",
    ),
    Invariant(
        "budgets",
        N_("A campaign’s account has its budget less what was paid back, until it is closed."),
        "SELECT c.id FROM credits_campaign c JOIN credits_account a ON a.id = c.account_id LEFT JOIN ("
        "  SELECT account, SUM(change) AS total FROM ("
        "    SELECT debit_id AS account, -amount AS change FROM credits_transfer WHERE campaign <> ''"
        "    UNION ALL SELECT credit_id, amount FROM credits_transfer WHERE campaign <> ''"
        "    UNION ALL SELECT debit_id, -amount FROM credits_transfer WHERE kind = 'campaign-budget'"
        "    UNION ALL SELECT credit_id, amount FROM credits_transfer WHERE kind = 'campaign-budget') moved GROUP BY account"
        ") m ON m.account = a.id WHERE a.posted <> COALESCE(m.total, 0)",
    ),
    Invariant(
        "expired",
        N_("Nothing was drawn from a lot after its end, except to expire it."),
        "SELECT t.number FROM credits_draw d JOIN credits_lot l ON l.number = d.lot"
        " JOIN credits_transfer t ON t.number = d.transfer"
        " WHERE d.amount > 0 AND l.until IS NOT NULL AND t.at >= l.until AND t.kind <> 'expiry'",
    ),
    Invariant(
        "numbers",
        N_("The numbers of transfers have no gap, and time does not go back."),
        "SELECT number FROM ("
        "  SELECT number, at, LAG(number) OVER (ORDER BY number) AS last, LAG(at) OVER (ORDER BY number) AS before"
        "  FROM credits_transfer) t WHERE number <> COALESCE(last, 0) + 1 OR at < before",
    ),
    Invariant(
        "head",
        N_("The last number is that of the last transfer."),
        "SELECT h.transfer FROM credits_head h WHERE h.transfer <> (SELECT COALESCE(MAX(number), 0) FROM credits_transfer)"
        " OR h.lot <> (SELECT COALESCE(MAX(number), 0) FROM credits_lot)",
    ),
    Invariant(
        "commands",
        N_("A command was done if its transfer is there, and else not."),
        "SELECT c.id FROM credits_command c WHERE (c.outcome ->> 'outcome' = 'done') <> EXISTS ("
        "  SELECT 1 FROM credits_transfer t WHERE t.organisation = c.organisation AND t.id = c.id)",
    ),
    Invariant(
        "groups",
        N_("The commands of a group were done all or not at all."),
        "SELECT MIN(c.outcome ->> 'group') FROM credits_command c WHERE c.outcome ->> 'group' IS NOT NULL"
        " GROUP BY c.organisation, c.outcome ->> 'group'"
        " HAVING MIN(CASE WHEN c.outcome ->> 'outcome' = 'done' THEN 1 ELSE 0 END)"
        "     <> MAX(CASE WHEN c.outcome ->> 'outcome' = 'done' THEN 1 ELSE 0 END)",
    ),
    Invariant(
        "exchanges",
        N_("An exchange has two transfers, one in each unit, that follow one another."),
        "SELECT t.number FROM credits_transfer t LEFT JOIN credits_transfer o ON o.kind = 'exchange'"
        " AND o.number = t.number + CASE WHEN t.credit_id = 'conversion:' || t.unit THEN 1 ELSE -1 END"
        ' AND o.organisation = t.organisation AND o."group" = t."group" AND o.at = t.at AND o.unit <> t.unit'
        " AND (t.credit_id = 'conversion:' || t.unit) <> (o.credit_id = 'conversion:' || o.unit)"
        " WHERE t.kind = 'exchange' AND o.number IS NULL",
    ),
    Invariant("triggers", N_("The triggers that refuse to change the ledger are in place."), _find_lost_triggers),
    Invariant("days", N_("The head of a day is the hash of its transfers and of the head before."), _find_altered_days),
    Invariant("journal", N_("The journal has the same heads of days as the records."), _find_days_that_differ),
)


def find_breaches(most: int = MOST, journal: Journal | None = None) -> Iterator[Breach]:
    """Yields what breaks an invariant, at most `most` of each. An empty answer means that the ledger holds."""
    for invariant in INVARIANTS:
        if callable(invariant.query):
            found = list(islice(invariant.query(journal or open_journal()), most))
        else:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT * FROM ({invariant.query}) found LIMIT {int(most)}")
                found = [str(row[0]) for row in cursor.fetchall()]
        yield from (Breach(invariant, one) for one in found)


def verify_ledger(journal: Journal) -> Verification:
    """Writes the heads of the days that have ended, looks for breaches, and keeps what was found."""
    with suppress(LedgerGap, Damaged):  # which the invariant “journal” names
        record_heads(journal)
    transfers = models.Head.objects.values_list("transfer", flat=True).first() or 0
    breaches: dict[str, list[str]] = {}
    for breach in find_breaches(journal=journal):
        breaches.setdefault(breach.invariant.name, []).append(breach.found)
    result: Verification = Verification.objects.create(at=timezone.now(), transfers=transfers, breaches=breaches)
    return result
