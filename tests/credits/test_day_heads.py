"""The chain of days: what is altered in the records is found, and records older than the journal take no command."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from bongsu.core.errors import BadInput
from bongsu.credits import gap_watch, models, posting, storage
from bongsu.credits.audit_models import DayHead, Verification
from bongsu.credits.day_heads import LedgerGap, accept_gap, find_differences, record_heads
from bongsu.credits.verify import find_breaches, verify_ledger
from bongsu.people.models import AuditLine
from bongsu.store.node import Node
from tests.credits.conftest import COMMAND, TREASURY, pay, send

pytestmark = [pytest.mark.django_db]
START = datetime(2100, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def node(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Node:
    node = Node.create(tmp_path / "node")
    settings.BONGSU_NODE = node.root
    monkeypatch.setattr(gap_watch, "_last_seen", None)
    return node


@pytest.fixture
def days(node: Node, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Callable[[int], None]:
    """Three days with transfers, lots and draws, and then the day of the ledger's clock, which it sets."""

    def set_day(day: int) -> None:
        monkeypatch.setattr(storage, "_read_clock", lambda: START + timedelta(days=day))

    set_day(0)
    request.getfixturevalue("ledger")
    for day in range(3):
        set_day(day)
        send(pay("issue:GPUH-H100", "project", 50, "GPUH-H100"), issuer=TREASURY)
        send(pay("project", "centre", 7, "GPUH-H100"), pay("kim", "lee", 100 + day))
    set_day(4)
    return set_day


def _days() -> list[date]:
    return list(DayHead.objects.order_by("day").values_list("day", flat=True))


class _Editor:
    """What the migrations of triggers use of Django's editor of schemas, within the transaction of a test."""

    connection = connection

    def execute(self, statement: str, params: object = None) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement)


def _alter(*statements: str) -> None:
    """Changes the records as who owns the database can: without the triggers."""
    triggers = [import_module(f"bongsu.credits.migrations.{name}") for name in ("0004_campaigns", "0005_day_heads")]
    editor = _Editor()
    for module in reversed(triggers):
        module.drop_triggers(None, editor)
    for statement in statements:
        editor.execute(statement)
    for module in triggers:
        module.add_triggers(None, editor)


def _breaches() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for breach in find_breaches():
        found.setdefault(breach.invariant.name, []).append(breach.found)
    return found


def _write_line(tag: str, row: Any, without: str = "") -> str:
    """Writes a row as day_heads.py says, by another way: the ledger's days begin and end with whole seconds here."""
    values = {field.name: getattr(row, field.attname) for field in row._meta.concrete_fields if field.name != without}
    values = {name: value for name, value in values.items() if value not in (None, "")}
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = value.strftime("%Y-%m-%dT%H:%M:%SZ")
    return json.dumps({tag: values}, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n"


def test_a_days_head_is_the_hash_of_lines_that_anybody_can_write(days: Callable[[int], None], node: Node) -> None:
    send(pay("kim", "lee", 5, memo="커피 “café”"))
    days(5)
    assert (record_heads(node.journal), record_heads(node.journal)) == (4, 0)
    before, last = "0" * 64, 0
    for head in DayHead.objects.order_by("day"):
        text = f'{{"before":"{before}","day":"{head.day}"}}\n'
        for row in models.Transfer.objects.filter(number__gt=last, number__lte=head.transfer).order_by("number"):
            text += _write_line("transfer", row)
            for lot in models.Lot.objects.filter(opened=row.number):
                text += _write_line("lot", lot, "remaining")
            for draw in models.Draw.objects.filter(transfer=row.number).order_by("pk"):
                text += _write_line("draw", draw, "id")
        assert head.hash == hashlib.sha256(text.encode()).hexdigest()
        before, last = head.hash, head.transfer
    assert _days() == [date(2100, 3, day) for day in (5, 6, 7, 9)]
    assert last == models.Head.objects.get().transfer
    written = [line for line in node.journal.lines() if line.event == "ledger-day"]
    assert [(line.subject, line.detail["hash"], line.number) for line in written] == [
        (head.day.isoformat(), head.hash, head.line) for head in DayHead.objects.order_by("day")
    ]
    assert _breaches() == {}


def test_nothing_is_recorded_any_more_on_a_day_that_has_its_head(days: Callable[[int], None], node: Node) -> None:
    """Also if the clock is set back after midnight."""
    record_heads(node.journal)
    days(2)
    send(pay("kim", "lee", 1))
    assert models.Transfer.objects.latest("number").at == START + timedelta(days=4)
    assert _breaches() == {}


@pytest.mark.parametrize(
    ("statement", "invariants"),
    [
        ("UPDATE credits_transfer SET amount = amount + 1 WHERE number = 7", {"days"}),
        ("UPDATE credits_transfer SET memo = 'gift' WHERE number = 7", {"days"}),
        ("UPDATE credits_lot SET origin = 'gift' WHERE number = 2", {"days"}),
        ("UPDATE credits_draw SET lot = 2 WHERE transfer = 6", {"days"}),
        ("DELETE FROM credits_dayhead WHERE day = '2100-03-06'", {"days", "journal"}),
        ("DELETE FROM credits_dayhead WHERE day = '2100-03-07'", {"journal"}),
        ("UPDATE credits_dayhead SET hash = 'x' WHERE day = '2100-03-06'", {"days", "journal"}),
        ("UPDATE credits_transfer SET number = -number WHERE number > 4", {"days"}),  # in the reverse order
    ],
)
def test_what_is_altered_past_the_triggers_is_found(
    days: Callable[[int], None], node: Node, statement: str, invariants: set[str]
) -> None:
    record_heads(node.journal)
    _alter(statement)
    found = _breaches()
    assert invariants == set(found) & {"days", "journal"}
    if "2100-03-06" in statement or "number = 7" in statement:
        assert found["days"][0] == "2100-03-06"


def test_two_days_that_change_places_are_found(days: Callable[[int], None], node: Node) -> None:
    record_heads(node.journal)
    first, second = DayHead.objects.filter(day__gt=date(2100, 3, 5)).order_by("day")
    _alter(
        f"UPDATE credits_dayhead SET hash = '{second.hash}' WHERE day = '{first.day}'",
        f"UPDATE credits_dayhead SET hash = '{first.hash}' WHERE day = '{second.day}'",
    )
    assert _breaches()["journal"] == _breaches()["days"] == ["2100-03-06", "2100-03-07"]


def test_a_lost_trigger_is_found(days: Callable[[int], None]) -> None:
    on = " ON credits_transfer" if connection.vendor == "postgresql" else ""
    _Editor().execute(f"DROP TRIGGER credits_transfer_update{on}")
    assert _breaches() == {"triggers": ["credits_transfer_update"]}


def test_a_journal_without_the_line_of_a_day_is_found(days: Callable[[int], None], node: Node) -> None:
    record_heads(node.journal)
    lines = node.journal.path.read_bytes().splitlines(keepends=True)
    node.journal.path.write_bytes(b"".join(lines[:-1]))
    assert _breaches() == {"journal": ["2100-03-07"]}
    node.journal.path.write_bytes(b"".join([*lines[:-2], lines[-1]]))
    assert "chain is broken" in _breaches()["journal"][0]


def _restore_older_copy() -> None:
    """Takes the records back to the evening of 5 March: what came later is gone."""
    _alter(
        "DELETE FROM credits_dayhead WHERE day > '2100-03-05'",
        "DELETE FROM credits_draw WHERE transfer > 4",
        "DELETE FROM credits_lot WHERE opened > 4",
        "DELETE FROM credits_command WHERE at > '2100-03-06'",
        "DELETE FROM credits_transfer WHERE number > 4",
        "UPDATE credits_lot SET remaining = 43",
        "UPDATE credits_account SET posted = 43, version = 2 WHERE id = 'project'",
        "UPDATE credits_account SET posted = 7, version = 1 WHERE id = 'centre'",
        "UPDATE credits_account SET posted = -50, version = 1 WHERE id = 'issue:GPUH-H100'",
        "UPDATE credits_account SET posted = 9900, version = 2 WHERE id = 'kim'",
        "UPDATE credits_account SET posted = 100, version = 1 WHERE id = 'lee'",
        "UPDATE credits_head SET transfer = 4, lot = 1",
    )


def test_records_that_are_older_than_the_journal_take_no_command_until_somebody_accepts_it(
    days: Callable[[int], None], node: Node
) -> None:
    record_heads(node.journal)
    _restore_older_copy()
    assert _breaches() == {"journal": ["2100-03-06", "2100-03-07"]}
    for attempt in (lambda: send(pay("kim", "lee", 1)), posting.sweep):
        with pytest.raises(LedgerGap, match="from the day 2100-03-06 on"):
            attempt()
    assert models.Transfer.objects.count() == 4
    with pytest.raises(BadInput, match="reason"):
        accept_gap(COMMAND, node.journal, " ")
    assert accept_gap(COMMAND, node.journal, "disk failure") == date(2100, 3, 6)
    line = AuditLine.objects.latest("number")
    assert (line.action, line.why) == ("credits.accept-gap", "disk failure")
    assert [(line.event, line.subject, line.detail.get("why")) for line in node.journal.lines()][-1] == (
        "ledger-gap",
        "2100-03-06",
        "disk failure",
    )
    assert send(pay("kim", "lee", 1))[0].outcome == "done"
    days(5)
    assert record_heads(node.journal) == 1
    assert _breaches() == {}
    with pytest.raises(BadInput, match="nothing to accept"):
        accept_gap(COMMAND, node.journal, "again")


def test_the_journal_is_read_once_and_again_when_numbers_go_back(
    days: Callable[[int], None], node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_heads(node.journal)
    read: list[int] = []
    monkeypatch.setattr(gap_watch, "_last_seen", None)
    monkeypatch.setattr(gap_watch, "require_no_gap", lambda journal: read.append(1))
    for _ in range(3):
        send(pay("kim", "lee", 1))
    assert len(read) == 1
    _restore_older_copy()
    send(pay("kim", "lee", 1))
    assert len(read) == 2


def test_a_journal_that_lost_its_last_lines_gets_them_again_after_somebody_accepts_it(
    days: Callable[[int], None], node: Node
) -> None:
    record_heads(node.journal)
    lines = node.journal.path.read_bytes().splitlines(keepends=True)
    node.journal.path.write_bytes(b"".join(lines[:-2]))
    assert find_differences(node.journal) == [date(2100, 3, 6), date(2100, 3, 7)]
    accept_gap(COMMAND, node.journal, "copy of the journal")
    assert record_heads(node.journal) == 2
    assert _breaches() == {}


def test_a_kill_between_records_and_journal_does_no_harm(days: Callable[[int], None], node: Node) -> None:
    record_heads(node.journal)
    DayHead.objects.filter(day=date(2100, 3, 7)).update(line=None)  # it was killed before it wrote that
    assert find_differences(node.journal) == []
    count = node.journal.verify()
    record_heads(node.journal)
    assert node.journal.verify() == count
    assert DayHead.objects.get(day=date(2100, 3, 7)).line == count


def test_a_verification_is_kept(days: Callable[[int], None], node: Node) -> None:
    assert verify_ledger(node.journal).breaches == {}
    assert _days() == [date(2100, 3, day) for day in (5, 6, 7)]
    _alter("UPDATE credits_transfer SET amount = 9 WHERE number = 4")
    found = Verification.objects.get(pk=verify_ledger(node.journal).pk)
    assert found.transfers == models.Head.objects.get().transfer
    assert {"days", "sum-zero", "posted"} & set(found.breaches) == {"days", "posted"}


def test_groups_and_exchanges_are_whole(days: Callable[[int], None], node: Node) -> None:
    pair = [pay("kim", "lee", 1, group="g"), pay("lee", "kim", 1, group="g")]
    first, second = (str(uuid.uuid4()) for _ in range(2))
    send({**pair[0], "id": first}, {**pair[1], "id": second})
    send(*pair, pay("kim", "lee", 1))
    send(*(command | {"amount": "99999"} for command in pair))
    assert _breaches() == {}
    row = models.Command.objects.get(id=second)
    row.outcome["outcome"] = "funds"
    models.Command.objects.filter(id=second).update(outcome=row.outcome)
    assert _breaches() == {"commands": [second], "groups": [first]}
