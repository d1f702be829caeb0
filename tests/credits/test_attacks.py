"""What a token, an odd moment or an odd id must not do to the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import msgspec
import pytest

from bongsu.core.errors import BadInput
from bongsu.credits import accounts, models, posting, storage
from bongsu.credits.balances import read_balance
from bongsu.credits.ledger.commands import read_commands
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import COMMAND, TREASURY, pay, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("ledger")]
SPRING = datetime(2100, 3, 5, 12, tzinfo=UTC)


@pytest.fixture
def clock(ledger: None, monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    """Sets the ledger's clock, which starts in spring."""

    def set_clock(moment: datetime) -> None:
        monkeypatch.setattr(storage, "_read_clock", lambda: moment)

    set_clock(SPRING)
    return set_clock


def _exchange() -> str:
    """Exchanges 4 hours for 1, and returns the id of the exchange."""
    accounts.open_unit(COMMAND, "GPUH-A100")
    accounts.open_account(COMMAND, "old", "GPUH-A100", keeper="town")
    day = max(date.today(), models.Head.objects.get().at.date())  # noqa: DTZ011
    accounts.set_rate(COMMAND, "GPUH-A100", "GPUH-H100", (1, 4), day, "test")
    send(pay("issue:GPUH-A100", "old", 400, unit="GPUH-A100"), issuer=TREASURY)
    done = send({"do": "exchange", "debit": "old", "credit": "project", "amount": "400"})
    assert done[0].outcome == "done"
    return str(done[0].transfers[0])


def test_one_half_of_an_exchange_is_not_reversed() -> None:
    """Else the hours given came back, and those received stayed."""
    exchange = _exchange()
    half = models.Transfer.objects.get(credit="project").id
    assert [send({"do": "reverse", "of": of})[0].outcome for of in (exchange, half)] == ["conflict", "conflict"]


def test_an_organisation_does_not_take_back_what_is_in_an_account_of_another() -> None:
    accounts.open_account(COMMAND, "supplier", "KRW", keeper="village")
    paid = str(uuid.uuid4())
    send(pay("kim", "supplier", 1_000, id=paid))
    assert send({"do": "reverse", "of": paid})[0].outcome == "unknown"


def test_a_client_cannot_take_the_id_with_which_a_hold_ends(clock: Callable[[datetime], None]) -> None:
    until = SPRING + timedelta(hours=1)
    hold = send({"do": "hold", "until": until.isoformat()} | _without_do(pay("kim", "lee", 10)))[0].id
    number = models.Transfer.objects.get(id=hold).number
    send(pay("kim", "lee", 1, id=str(uuid.uuid5(uuid.UUID(hold), f"town/{number}/lapse"))))
    clock(until)
    assert posting.sweep() == 1
    assert list(find_breaches()) == []


def _without_do(command: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in command.items() if name != "do"}


def test_a_hold_is_not_settled_into_a_closed_account() -> None:
    hold = send({"do": "hold", "until": "2099-01-01T00:00:00Z"} | _without_do(pay("kim", "lee", 10)))[0].id
    accounts.close_account(COMMAND, "lee")
    assert send({"do": "settle", "of": hold})[0].outcome == "frozen"
    assert send({"do": "void", "of": hold})[0].outcome == "done"


def test_an_id_is_used_once_in_a_group() -> None:
    command = {"id": str(uuid.uuid4()), "group": "g", **pay("kim", "lee", 10)}
    with pytest.raises(BadInput, match="same id"):
        read_commands({"commands": [command, command]})


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"])
@pytest.mark.parametrize("field", ["from", "until", "effective"])
def test_moments_that_databases_or_zones_cannot_hold_are_refused(field: str, moment: str) -> None:
    with pytest.raises(BadInput):
        send(pay("kim", "lee", 1, **{field: moment}))


@pytest.mark.parametrize("text", ["a\u0000b", "\ud800"])
@pytest.mark.parametrize("field", ["memo", "kind", "group"])
def test_texts_that_a_database_cannot_hold_are_refused(field: str, text: str) -> None:
    with pytest.raises(BadInput):
        send(pay("kim", "lee", 1, **{field: text}))


def test_the_number_of_a_lot_has_a_limit() -> None:
    with pytest.raises(BadInput):
        send(pay("kim", "lee", 1, lot=10**30))


def test_a_lapsed_hold_is_free_at_once_also_in_lots(clock: Callable[[datetime], None]) -> None:
    lot_end, hold_end = SPRING + timedelta(hours=2), SPRING + timedelta(hours=1)
    for end in (None, lot_end):
        more = {"until": end.isoformat()} if end else {}
        send(pay("issue:GPUH-H100", "project", 50, unit="GPUH-H100", **more), issuer=TREASURY)
    send({"do": "hold", "until": hold_end.isoformat()} | _without_do(pay("project", "centre", 80, unit="GPUH-H100")))
    for now, free in ((SPRING, 20), (hold_end, 100), (lot_end, 50)):
        balance = read_balance(accounts.find_account("project"), now)
        assert (balance.free, balance.posted) == (free, free + (80 if now == SPRING else 0))
        clock(now)
        too_much = send(pay("project", "centre", free + 1, unit="GPUH-H100"))[0]
        assert too_much.outcome == "funds", (now, free)


def test_many_due_holds_are_swept_in_batches(
    clock: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "_BATCH", 2)
    until = SPRING + timedelta(hours=1)
    for _ in range(5):
        send({"do": "hold", "until": until.isoformat()} | _without_do(pay("kim", "lee", 1)))
    clock(until)
    assert posting.sweep() == 5


def test_a_digest_has_what_was_sent_only() -> None:
    """So it stays when a command gets another optional field."""
    sent = {"id": str(uuid.UUID(int=1)), **pay("kim", "lee", 1)}
    (command,) = read_commands({"commands": [sent]})
    assert msgspec.json.decode(msgspec.json.encode(command)) == sent


def test_a_lot_that_has_ended_is_not_opened() -> None:
    """Else the amount was spendable by nobody, and expired with the next command."""
    more = {"until": "2020-01-01T00:00:00Z", "unit": "GPUH-H100"}
    assert send(pay("issue:GPUH-H100", "project", 5, **more), issuer=TREASURY)[0].outcome == "conflict"


@pytest.mark.parametrize("kind", ["expiry", "reversal", "exchange"])
def test_a_client_does_not_write_transfers_that_look_like_the_ledgers_own(kind: str) -> None:
    with pytest.raises(BadInput, match="own transfers"):
        send(pay("kim", "lee", 1, kind=kind))
