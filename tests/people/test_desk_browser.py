"""The desk and the account in a real browser: nothing serious by axe, no wider than a phone, every control by keyboard."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bongsu.core.release import Finding
from bongsu.core.report import Report
from bongsu.people.granting import grant_role
from bongsu.people.invitations import Offer, invite
from bongsu.people.jobs import queue_job
from bongsu.people.models import Person
from bongsu.people.organisations import add_organisation
from bongsu.people.outbox import put_mail
from bongsu.people.tokens import issue_token
from bongsu.store.logs.build_log import FAILED, BuildRecord
from bongsu.web import middleware
from tests.people.conftest import COMMAND, Visitor
from tests.store.drafts import draft, rows
from tests.web.signed_in_browser import SignedInBrowser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]
_FOCUS_AFTER_SWAP = """() => new Promise(done =>
  document.body.addEventListener("htmx:afterSettle", () => done(document.activeElement.id)))"""


def test_the_desk_in_a_real_browser(
    operator: Person, person: Callable[..., Person], visitor: Visitor, chromium: SignedInBrowser
) -> None:
    lee = person("lee", "auditor")
    for role in ("steward", "custodian"):
        grant_role(COMMAND, operator, role)
    job = queue_job(COMMAND, "build", {"programme": "energy", "dataflow": ""}, (("programme", "energy"),))
    issue_token(COMMAND, add_organisation(COMMAND, "kaist", "KAIST"), "cluster 1")
    invite(COMMAND, "new@kaist.example", Offer("kaist", "manager", "organisation", "kaist"))
    mail = put_mail("lee@stat.example", "Hello", "text", "en")
    session = visitor.sign_in(operator).cookies["sessionid"].value
    node = middleware.open_node()
    node.releases.seal(draft([*rows(2), {**rows(3)[2], "OBS_STATUS": "V"}]))
    findings = (Finding("values are within their limits", False, "3 outside 5 to inf", rows=rows(3)),)
    node.builds.save("TEST_FLOW", BuildRecord("2026-11-27T10:00:00Z", FAILED, None, Report("No."), findings))
    paths = (
        "desk/state/",
        "desk/settings/",
        "desk/disk/",
        "desk/duties/",
        "desk/dataflows/",
        "desk/dataflows/TEST_FLOW/",
        "desk/dataflows/TEST_FLOW/1/withdraw/",
        "desk/microdata/",
        "desk/people/",
        "desk/people/invite/",
        "desk/people/invitations/",
        f"desk/people/{lee.pk}/",
        "desk/organisations/",
        "desk/organisations/kaist/",
        "desk/roles/",
        "desk/audit/",
        "desk/outbox/",
        f"desk/outbox/{mail.key}/",
        "desk/site/",
        "account/",
        "account/email/",
        "account/password/set/",
        "account/erase/",
        "account/organisations/kaist/",
        "account/sessions/",
        "account/steps/",
        "account/steps/totp/activate/",
        "account/steps/webauthn/",
        "account/steps/webauthn/add/",
        "account/provider/",
        "desk/jobs/",
        f"desk/jobs/{job.key}/",
        "desk/schedules/",
        "desk/harvests/",
        "desk/conflicts/",
        "desk/entry-tokens/",
        "commons/proposals/queue/",
    )
    chromium.check(session, paths)
    page, _ = chromium.open(session, f"/en/desk/jobs/{job.key}/")
    page.focus("#stop")
    assert (
        page.evaluate(_FOCUS_AFTER_SWAP) == "stop"
    )  # a person at the button stays there when the progress is replaced
    page, _ = chromium.open(session, "/en/desk/", java_script_enabled=False)
    page.get_by_role("link", name="People").press("Enter")
    page.get_by_label("Address or name").fill("lee")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="lee@stat.example").press("Enter")
    page.get_by_role("button", name="Refuse sign-in").press("Enter")
    page.get_by_text("Saved.").wait_for()
    page.get_by_role("button", name="Let this person sign in again").wait_for()
    assert not Person.objects.get(pk=lee.pk).is_active
