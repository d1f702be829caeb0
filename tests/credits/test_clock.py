"""The clock runs ahead, over the end of a campaign, and is set back: nothing is paid twice, and all say the same time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from bongsu.credits import campaigns, models, posting, storage
from bongsu.credits.balances import read_balance
from bongsu.credits.campaign_months import close_due_campaigns, settle_due_months
from bongsu.credits.verify import find_breaches
from tests.credits.conftest import SEOUL, Clock, buy, pay, send
from tests.credits.test_campaigns import back, refund

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]


def _tend() -> None:
    posting.sweep()
    settle_due_months()
    close_due_campaigns()


def _state() -> str:
    row = campaigns.find_campaign("spring-2027")
    return campaigns.find_state(row, campaigns.read_rules(row))


def test_a_clock_that_ran_ahead_and_is_set_back(clock: Clock) -> None:
    payment, started = buy(50_000), clock.now
    (hold,) = send(pay("w:kim", "m:312", 500) | {"do": "hold", "until": (started + timedelta(days=2)).isoformat()})
    clock.now = ahead = datetime(2027, 4, 10, tzinfo=SEOUL)
    assert buy(50_000).paybacks == ()
    _tend()
    assert _state() == "closing"
    clock.now = started
    assert storage.read_time() == ahead
    assert _state() == "closing"
    outcome = buy(50_000)
    assert (outcome.outcome, outcome.paybacks) == ("done", ())  # as the state says
    assert send({"do": "settle", "of": hold.id})[0].outcome == "expired-hold"
    assert back(refund(payment)) == -6_000
    assert read_balance(models.Account.objects.get(pk="w:kim")).held == 0
    _tend()
    assert list(find_breaches()) == []


def test_a_clock_that_is_set_back_an_hour_at_midnight_opens_no_day_again(clock: Clock) -> None:
    clock.now = datetime(2027, 3, 7, 0, 30, tzinfo=SEOUL)
    assert back(buy(100_000)) == 15_000
    clock.now -= timedelta(hours=1)  # the day before, of which nothing was used
    assert back(buy(100_000)) == 0
    assert back(buy(100_000, at="2027-03-06T23:29:00+09:00")) == 0  # more than ten minutes before the ledger's time
    assert list(find_breaches()) == []
