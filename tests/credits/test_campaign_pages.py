"""The campaign officer's pages: budgets with a forecast, caps, what to look at, and the stop."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bongsu.credits import campaigns
from bongsu.credits.audit_models import DayHead
from bongsu.credits.campaigns import find_campaign, read_rules
from bongsu.credits.day_heads import compute_heads
from bongsu.credits.misuse import Suspicion, count_capped, list_forecasts, list_suspicions
from bongsu.people.granting import require_two_steps
from bongsu.people.models import AuditLine, Person
from tests.credits.conftest import Clock, buy, pay, send
from tests.credits.spring import SPRING
from tests.credits.test_campaigns import refund
from tests.people.conftest import COMMAND, Visitor, person, site  # noqa: F401 (fixtures)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("spring")]
PAGE = "/en/credits/campaigns/spring-2027/"


def test_a_forecast_says_when_a_budget_ends(clock: Clock) -> None:
    row = find_campaign("spring-2027")
    rules = read_rules(row)
    buy(100_000)
    buy(50_000, "w:kim-b")
    forecasts, first, last = list_forecasts(row, rules, clock.now)
    assert (first, last) == (date(2027, 3, 5), date(2027, 3, 6))
    assert [one.a_day for one in forecasts] == [10_500, 7_500, 3_000]
    assert [one.end for one in forecasts] == [None] * 3  # not before the last day


def test_caps_that_were_met_in_seven_days_are_counted(clock: Clock) -> None:
    for _ in range(3):
        buy(100_000)
    row = find_campaign("spring-2027")
    rules = read_rules(row)

    def count() -> dict[str, int]:
        return {cap.window: number for cap, number in count_capped(row, rules, clock.now)}

    assert count() == {"day": 2, "all": 0}
    clock.now += timedelta(days=6)
    for _ in range(2):
        buy(100_000, "w:lee")
    assert count() == {"day": 3, "all": 0}
    clock.now += timedelta(days=1)
    assert count() == {"day": 1, "all": 0}
    DayHead.objects.bulk_create(compute_heads(None, clock.now.date(), {}))
    assert count() == {"day": 1, "all": 0}


def test_what_a_person_should_look_at(clock: Clock) -> None:
    row = find_campaign("spring-2027")
    rules = read_rules(row)
    for _ in range(3):
        buy(30_000)
    assert list_suspicions(row, rules, clock.now) == []
    payment = buy(30_500)
    assert list_suspicions(row, rules, clock.now) == [
        Suspicion("often", "w:kim", 4, "m:312", date(2027, 3, 6)),
        Suspicion("step", "w:kim", 4),
    ]
    send(pay("w:kim", "m:small", 12_000))
    clock.now += timedelta(minutes=59)
    refund(payment)
    assert [one.kind for one in list_suspicions(row, rules, clock.now)] == ["often", "step", "refund"]


def test_an_officer_reads_and_stops_a_campaign(person: Callable[..., Person]) -> None:  # noqa: F811
    require_two_steps(COMMAND, "campaign-officer", False)
    officer = Visitor().sign_in(person("olga", "campaign-officer"))
    buy(100_000)
    assert "Spring payback" in officer.get("/en/credits/campaigns/").content.decode()
    for language, text in (("en", "in all"), ("ko", "예산"), ("fr", "Éditions")):
        assert text in officer.get(PAGE.replace("/en/", f"/{language}/")).content.decode()
    page = re.sub(r"\s+", " ", officer.get(PAGE).content.decode())
    assert '<data value="89985000">89,985,000 won</data>' in page
    assert officer.post(f"{PAGE}stop/", {"why": "misuse is examined"}).status_code == 302
    assert find_campaign("spring-2027").state == "stopped"
    assert AuditLine.objects.filter(action="credits.stop-campaign", why="misuse is examined").exists()
    assert "Stop the campaign" not in officer.get(PAGE).content.decode()


def test_others_do_not(person: Callable[..., Person]) -> None:  # noqa: F811
    auditor = Visitor().sign_in(person("audra", "auditor"))
    assert auditor.get(PAGE).status_code == 200
    assert "Stop the campaign" not in auditor.get(PAGE).content.decode()
    assert auditor.post(f"{PAGE}stop/", {"why": "x"}).status_code == 403
    assert Visitor().sign_in(person("nobody")).get(PAGE).status_code == 403


def test_the_pages_read_as_much_for_many_payments_groups_and_campaigns(
    person: Callable[..., Person],  # noqa: F811
    clock: Clock,
) -> None:
    auditor = Visitor().sign_in(person("audra", "auditor"))

    def count() -> list[int]:
        counts = []
        for address in ("/en/credits/campaigns/", PAGE):
            with CaptureQueriesContext(connection) as queries:
                assert auditor.get(address).status_code == 200
            counts.append(len(queries))
        return counts

    refund(buy(30_300))
    few = count()
    groups = ", ".join(f"G{number} = 1000000" for number in range(9))
    text = SPRING.replace("A = 60000000, B = 30000000", f"A = 60000000, B = 20000000, {groups}")
    campaigns.change_campaign(COMMAND, "spring-2027", text, "more groups")
    for number in range(3):
        campaigns.open_campaign(COMMAND, text.replace("spring-2027", f"other-{number}"))
    for wallet in ("w:kim", "w:kim-b", "w:lee"):
        for _ in range(4):
            payment = buy(30_300, wallet)
            send(pay(wallet, "m:small", 1_000))
        refund(payment)
        clock.now += timedelta(minutes=1)
    assert count() == few
