"""The page of a call in a real browser: the reader's own zone, the self-check while one answers, phone, keyboard and axe."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from bongsu.incubator.opening import add_call, open_call
from tests.incubator.test_opening import NAME, texts
from tests.people.conftest import COMMAND
from tests.web.signed_in_browser import SignedInBrowser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]


@pytest.fixture
def call() -> None:
    """A call whose round is open now."""
    now = timezone.now()
    opens, closes = (f"{now + timedelta(days=days):%Y-%m-%d} 09:00" for days in (-7, 7))
    files = texts(call=('opens = "2027-03-01 09:00"', f'opens = "{opens}"'))
    files["call.toml"] = files["call.toml"].replace("2027-03-31 18:00", closes).replace('results = "2027', '# "2027')
    add_call(COMMAND, files, now)
    open_call(COMMAND, NAME, now)


def test_the_page_of_a_call(call: None, chromium: SignedInBrowser) -> None:
    chromium.check("", ["calls/", f"calls/{NAME}/", f"calls/{NAME}/", f"calls/{NAME}/"])
    page, _ = chromium.open("", f"/en/calls/{NAME}/", timezone_id="Europe/Paris")
    page.get_by_text("(Europe/Paris)").first.wait_for()
    page.get_by_label("For whom do you apply?").select_option("industry")
    hours = page.get_by_label("GPU hours that you ask for")
    hours.fill("2001")
    hours.press("Tab")
    page.locator(".verdicts .no", has_text="Companies may ask for 2,000 hours at most.").wait_for()
    hours.fill("2000")
    hours.press("Tab")
    page.locator(".verdicts .yes", has_text="“GPU hours that you ask for” is 2,000.").wait_for()
    assert page.url.endswith(f"/en/calls/{NAME}/")  # the answers are not in the address
    seoul, _ = chromium.open("", f"/en/calls/{NAME}/", timezone_id="Asia/Seoul")
    assert seoul.get_by_text("for you:").count() == 0


def test_the_self_check_without_javascript(call: None, chromium: SignedInBrowser) -> None:
    page, _ = chromium.open("", f"/ko/calls/{NAME}/", java_script_enabled=False)
    page.get_by_label("신청하는 GPU 시간").fill("2500")
    page.get_by_label("어느 부문으로 신청합니까?").select_option(label="기업")
    page.get_by_role("button", name="요건 확인").press("Enter")
    page.locator(".verdicts .no").wait_for()
    assert page.get_by_label("신청하는 GPU 시간").input_value() == "2500"
