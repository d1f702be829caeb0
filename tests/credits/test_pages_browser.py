"""The pages of holders and campaign officers in a real browser: on a phone, nothing serious by axe."""

from __future__ import annotations

import os
from collections.abc import Callable

import pytest

from bongsu.credits import models
from bongsu.people.granting import require_two_steps
from bongsu.people.models import Person
from tests.credits.conftest import buy
from tests.people.conftest import COMMAND, Visitor, person, site  # noqa: F401 (fixtures)
from tests.web.browsed import browsed


@pytest.mark.django_db(transaction=True)
@pytest.mark.chromium
@pytest.mark.slow
@pytest.mark.usefixtures("emptied_ledger", "spring")
def test_pages_on_a_phone(person: Callable[..., Person], monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    require_two_steps(COMMAND, "campaign-officer", False)
    kim = person("kim", "campaign-officer")
    models.Account.objects.filter(pk="w:kim").update(holder=str(kim.pk))
    payment = models.Transfer.objects.get(id=buy(50_000).id).number
    session = Visitor().sign_in(kim).cookies["sessionid"].value
    pages = ("", "accounts/w:kim/", f"accounts/w:kim/{payment}/", "campaigns/", "campaigns/spring-2027/")
    with browsed() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for language, scheme in (("en", "light"), ("ko", "dark"), ("fr", "light")):
            context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme=scheme)
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            page = context.new_page()
            for path in pages:
                page.goto(f"{address}/{language}/credits/{path}")
                assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
                found = Axe().run(page).response["violations"]
                assert not [(v["id"], v["nodes"][0]["html"]) for v in found if v["impact"] in ("serious", "critical")]
            context.close()
        browser.close()
