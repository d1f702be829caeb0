"""The page of a job in a real browser: its progress is live with JavaScript, and reloads without."""

from __future__ import annotations

import os

import pytest
from django.utils import timezone

from bongsu.people import jobs
from bongsu.people.models import Job, Person
from tests.people.conftest import COMMAND, Visitor
from tests.web.browsed import browsed

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]


def _advance(done: int) -> None:
    progress = {"message": "Building {programme}", "values": {"programme": "energy"}, "done": done, "of": 5}
    Job.objects.update(state="running", started=timezone.now(), progress=progress)


def test_progress_is_live_with_and_without_javascript(
    operator: Person, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    monkeypatch.setitem(os.environ, "DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # playwright runs a loop of its own
    job = jobs.queue_job(COMMAND, "build", {"programme": "energy", "dataflow": ""}, (("programme", "energy"),))
    session = visitor.sign_in(operator).cookies["sessionid"].value
    with browsed() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"])
        for script in (True, False):
            _advance(1)
            context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=script)
            context.add_cookies([{"name": "sessionid", "value": session, "url": address}])
            page = context.new_page()
            page.goto(f"{address}/en/desk/jobs/{job.key}/")
            page.get_by_role("status").get_by_text("1 / 5").wait_for()
            _advance(2)
            page.get_by_role("status").get_by_text("2 / 5").wait_for(timeout=60_000)
            if script:
                page.get_by_label("Reason, for the audit").fill("wrong year")
                _advance(3)
                page.get_by_role("status").get_by_text("3 / 5").wait_for(timeout=60_000)
                assert page.get_by_label("Reason, for the audit").input_value() == "wrong year"
                for path in (f"jobs/{job.key}/", "jobs/", "schedules/"):
                    page.goto(f"{address}/en/desk/{path}")
                    found = Axe().run(page).response["violations"]
                    assert not [v["id"] for v in found if v["impact"] in ("serious", "critical")], path
                    width = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
                    assert page.evaluate(width) <= 0, path
                page.goto(f"{address}/en/desk/jobs/{job.key}/")
                page.get_by_role("button", name="Stop").press("Enter")
                page.get_by_text("Saved.").wait_for()
                page.get_by_role("status").get_by_text("stopping").wait_for()
                assert Job.objects.get().stop
                Job.objects.update(stop=None)
            Job.objects.update(state="done", ended=timezone.now())
            page.get_by_role("status").get_by_text("done").wait_for(timeout=60_000)
            context.close()
        browser.close()
