"""The operator's desk in a real browser: nothing serious by axe, no wider than a phone, and usable by keyboard alone."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from bongsu.core.release import Finding
from bongsu.core.report import Report
from bongsu.people.models import Person
from bongsu.people.organisations import add_organisation
from bongsu.people.outbox import put_mail
from bongsu.people.tokens import issue_token
from bongsu.store.logs.build_log import FAILED, BuildRecord
from bongsu.web import middleware
from tests.people.conftest import COMMAND, Visitor
from tests.store.drafts import draft, rows
from tests.web.browsed import browsed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]


def test_the_desk_in_a_real_browser(
    operator: Person, person: Callable[..., Person], visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    lee = person("lee", "auditor")
    issue_token(COMMAND, add_organisation(COMMAND, "kaist", "KAIST"), "cluster 1")
    mail = put_mail("lee@stat.example", "Hello", "text", "en")
    session = visitor.sign_in(operator).cookies["sessionid"].value
    node = middleware.open_node()
    node.releases.seal(draft([*rows(2), {**rows(3)[2], "OBS_STATUS": "V"}]))
    findings = (Finding("values are within their limits", False, "3 outside 5 to inf", rows=rows(3)),)
    node.builds.save("TEST_FLOW", BuildRecord("2026-11-27T10:00:00Z", FAILED, None, Report("No."), findings))
    paths = (
        "state/",
        "settings/",
        "disk/",
        "duties/",
        "dataflows/",
        "dataflows/TEST_FLOW/",
        "dataflows/TEST_FLOW/1/withdraw/",
        "microdata/",
        "people/",
        "people/invite/",
        f"people/{lee.pk}/",
        "organisations/",
        "organisations/kaist/",
        "roles/",
        "audit/",
        "outbox/",
        f"outbox/{mail.key}/",
        "site/",
    )
    with browsed() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for number, path in enumerate(paths):
            context = browser.new_context(
                viewport={"width": 390, "height": 844}, color_scheme="dark" if number % 2 else "light"
            )
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            page = context.new_page()
            answer = page.goto(f"{address}/{('en', 'ko', 'fr')[number % 3]}/desk/{path}")
            assert answer is not None
            assert answer.status == 200, path
            assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0, (
                path
            )
            found = Axe().run(page).response["violations"]
            assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")], path
            context.close()
        context = browser.new_context(java_script_enabled=False)
        context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
        page = context.new_page()
        page.goto(f"{address}/en/desk/")
        page.get_by_role("link", name="People").press("Enter")
        page.get_by_label("Address or name").fill("lee")
        page.keyboard.press("Enter")
        page.get_by_role("link", name="lee@stat.example").press("Enter")
        page.get_by_role("button", name="Refuse sign-in").press("Enter")
        page.get_by_text("Saved.").wait_for()
        page.get_by_role("button", name="Let this person sign in again").wait_for()
        browser.close()
    assert not Person.objects.get(pk=lee.pk).is_active
