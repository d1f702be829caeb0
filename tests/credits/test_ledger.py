"""The ledger: amounts move once, all or nothing, within limits, and every balance is what its transfers make of it."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from bongsu.credits import accounts, models, posting
from bongsu.credits.balances import list_transfers, read_balance, read_balance_at
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, TREASURY, pay, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]


def _posted(id: str) -> int:
    return accounts.find_account(id).posted


def test_a_transfer_moves_an_amount_once() -> None:
    id = str(uuid.uuid4())
    (first,) = send(pay("kim", "merchant", 3_000, id=id))
    assert (first.outcome, first.transfers) == ("done", (id,))
    (again,) = send(pay("kim", "merchant", 3_000, id=id))
    assert (again.outcome, again.transfers) == ("seen", (id,))
    (other,) = send(pay("kim", "merchant", 3_001, id=id))
    assert other.outcome == "conflict"
    assert (_posted("kim"), _posted("merchant"), _posted("issue:KRW")) == (7_000, 3_000, -10_000)
    assert list(find_breaches()) == []


def test_ids_are_each_organisations_own() -> None:
    accounts.open_account(COMMAND, "choi", "KRW", keeper="city")
    id = str(uuid.uuid4())
    send(pay("kim", "choi", 100, id=id))
    (outcome,) = send(pay("choi", "lee", 60, id=id), issuer=posting.Issuer("city", "token city"))
    assert outcome.outcome == "done"
    assert (_posted("choi"), _posted("lee")) == (40, 60)


def test_a_limit_is_not_passed() -> None:
    (over, exact, more) = send(
        pay("kim", "merchant", 10_001), pay("kim", "merchant", 10_000), pay("kim", "merchant", 1)
    )
    assert [one.outcome for one in (over, exact, more)] == ["funds", "done", "funds"]
    assert over.values == {"account": "kim", "free": "10000 KRW", "amount": "10001 KRW"}


def test_a_failed_command_keeps_its_answer() -> None:
    id = str(uuid.uuid4())
    assert send(pay("lee", "merchant", 5, id=id))[0].outcome == "funds"
    send(pay("kim", "lee", 5))
    assert send(pay("lee", "merchant", 5, id=id))[0].outcome == "funds"
    assert send(pay("lee", "merchant", 5))[0].outcome == "done"


def test_linked_commands_happen_all_or_not_at_all() -> None:
    first, second = str(uuid.uuid4()), str(uuid.uuid4())
    outcomes = send(
        pay("kim", "lee", 4_000, group="g", id=first),
        pay("lee", "merchant", 4_001, group="g", id=second),
        pay("kim", "merchant", 1),
    )
    assert [one.outcome for one in outcomes] == ["linked", "funds", "done"]
    assert outcomes[0].values == {"id": second}
    assert (_posted("kim"), _posted("lee"), _posted("merchant")) == (9_999, 0, 1)
    outcomes = send(pay("kim", "lee", 4_000, group="h"), pay("lee", "merchant", 4_000, group="h"))
    assert [one.outcome for one in outcomes] == ["done", "done"]
    more = send(pay("kim", "lee", 4_000, group="g", id=first), pay("kim", "lee", 1, group="g"))
    assert [one.outcome for one in more] == ["linked", "conflict"]


@pytest.mark.parametrize(
    ("command", "outcome"),
    [
        (pay("kim", "nobody", 1), "unknown"),
        (pay("issue:KRW", "kim", 1), "unknown"),  # an account that others keep
        (pay("kim", "centre", 1), "conflict"),  # another unit
        (pay("kim", "merchant", 1, "GPUH-H100"), "conflict"),
        (pay("kim", "merchant", 1, effective="2999-01-01T00:00:00Z"), "conflict"),
    ],
)
def test_what_is_wrong_is_declined(command: dict[str, object], outcome: str) -> None:
    assert send(command)[0].outcome == outcome
    assert _posted("kim") == 10_000


def test_a_frozen_account_is_credited_only_and_a_closed_one_is_left_alone() -> None:
    accounts.set_frozen(COMMAND, "kim", True, "lost card")
    assert send(pay("kim", "lee", 1))[0].outcome == "frozen"
    assert send(pay("issue:KRW", "kim", 5), issuer=TREASURY)[0].outcome == "done"
    accounts.set_frozen(COMMAND, "kim", False, "found")
    assert send(pay("kim", "lee", 10_005))[0].outcome == "done"
    accounts.close_account(COMMAND, "kim")
    assert send(pay("lee", "kim", 1))[0].outcome == "frozen"


def test_nothing_takes_effect_in_a_closed_period() -> None:
    now = timezone.now()
    accounts.close_period(COMMAND, "KRW", now - timedelta(days=1))
    early, late = (now - timedelta(days=2)).isoformat(), (now - timedelta(hours=1)).isoformat()
    outcomes = send(pay("kim", "lee", 1, effective=early), pay("kim", "lee", 1, effective=late))
    assert [one.outcome for one in outcomes] == ["closed-period", "done"]
    kim = accounts.find_account("kim")
    moment = now - timedelta(minutes=30)
    assert read_balance_at(kim, moment) == 0  # nothing was recorded then
    assert read_balance_at(kim, moment, by="effective") == -1  # the payment of an hour ago; the 10,000 came just now
    assert read_balance_at(kim, timezone.now()) == 9_999


def test_a_hold_is_settled_in_part_and_the_rest_is_free() -> None:
    """500 GPU hours are held, 380 used: 120 come back."""
    send(pay("issue:GPUH-H100", "project", 600 * 3600, "GPUH-H100", origin="grant"), issuer=TREASURY)
    hold, settle = str(uuid.uuid4()), str(uuid.uuid4())
    until = (timezone.now() + timedelta(days=1)).isoformat()
    book = {"do": "hold", "id": hold, "debit": "project", "credit": "centre", "unit": "GPUH-H100", "until": until}
    assert send(book | {"amount": str(500 * 3600)})[0].outcome == "done"
    project = accounts.find_account("project")
    assert (project.posted, project.held, read_balance(project).free) == (600 * 3600, 500 * 3600, 100 * 3600)
    too_much = {"do": "settle", "of": hold, "amount": str(500 * 3600 + 1)}
    assert send(too_much)[0].outcome == "limit"
    assert send({"do": "settle", "id": settle, "of": hold, "amount": str(380 * 3600)})[0].outcome == "done"
    assert send({"do": "settle", "of": hold})[0].outcome == "conflict"
    assert send({"do": "void", "of": hold})[0].outcome == "conflict"
    project = accounts.find_account("project")
    assert (project.posted, project.held, read_balance(project).free) == (220 * 3600, 0, 220 * 3600)
    assert _posted("centre") == 380 * 3600
    assert send(reverse := {"do": "reverse", "of": settle, "amount": str(80 * 3600)})[0].outcome == "unknown"
    models.Account.objects.filter(pk="centre").update(keeper="town")
    assert send(reverse)[0].outcome == "done"
    assert (_posted("project"), _posted("centre")) == (300 * 3600, 300 * 3600)
    assert list(find_breaches()) == []


def test_the_parts_of_a_transfer_never_change() -> None:
    send(pay("issue:GPUH-H100", "project", 9, "GPUH-H100"), issuer=TREASURY)
    send(pay("project", "centre", 4, "GPUH-H100"))
    for sql in (
        "UPDATE credits_transfer SET amount = 1",
        "DELETE FROM credits_transfer",
        "UPDATE credits_lot SET amount = 12",
        "DELETE FROM credits_lot",
        "UPDATE credits_draw SET amount = 1",
        "DELETE FROM credits_draw",
        "UPDATE credits_account SET posted = -1 WHERE id = 'kim'",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_pages_of_transfers_do_not_change() -> None:
    for _ in range(5):
        send(pay("kim", "lee", 1), pay("lee", "kim", 1))
    kim = accounts.find_account("kim")
    first = list_transfers(kim, most=4)
    second = list_transfers(kim, after=first[-1].number, most=100)
    assert [row.number for row in (*first, *second)] == list(range(1, 12))
    assert models.Head.objects.get().transfer == 11
