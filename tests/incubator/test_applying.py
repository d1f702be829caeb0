"""The pages of applicants, without JavaScript: begin, write, save, submit, take away; teams; and bad input."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from bongsu.incubator.applications.drafting import begin_application, save_draft
from bongsu.incubator.applications.team import invite_member, join_team
from bongsu.incubator.models import Application, Check, Draft, Version
from bongsu.incubator.opening import change_call
from bongsu.incubator.receipts import check_version, verify_receipt
from bongsu.incubator.site import Site
from bongsu.people.access import Actor
from bongsu.people.guarded import unlock
from bongsu.people.models import Mail, Person
from bongsu.web import middleware
from tests.incubator.cast import NAME, make_pdf, make_site, open_call_now
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
People = Callable[..., Person]
JSON = {"accept": "application/json"}


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def read_fields(page: str) -> dict[str, list[str]]:
    """Returns what the form of a page would send: hidden fields, texts and what is chosen."""
    fields: dict[str, list[str]] = {}
    form = page[page.index('<form id="application"') :]
    form = form[: form.index("</form>")]
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]*)"', tag)
        kind = re.search(r'type="([^"]*)"', tag)
        value = re.search(r'value="([^"]*)"', tag)
        if name is None or (kind and kind[1] == "file"):
            continue
        if kind and kind[1] in ("checkbox", "radio") and " checked" not in tag:
            continue
        fields.setdefault(name[1], []).append(value[1] if value else "")
    for name, text in re.findall(r'<textarea[^>]*name="([^"]*)"[^>]*>\n?([^<]*)</textarea>', form):
        fields.setdefault(name, []).append(text)
    for name, body in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        fields.setdefault(name, []).append(chosen[1] if chosen else "")
    fields.pop("csrfmiddlewaretoken", None)
    return fields


class Applicant:
    """A person before the page of an application."""

    def __init__(self, visitor: Visitor, number: str) -> None:
        self.visitor, self.path = visitor, f"/en/applications/{number}/"

    def look(self) -> str:
        answer = self.visitor.get(self.path)
        assert answer.status_code == 200
        return answer.content.decode()

    def press(self, do: str, page: str | None = None, status: int = 302, **changed: Any) -> str:
        """Fills in the form of a page and presses a button. Returns the page that follows."""
        fields = read_fields(page or self.look())
        for name, value in changed.items():
            fields[name.replace("_", ".", 1).replace("__", ".")] = value if isinstance(value, list) else [value]
        answer = self.visitor.post(self.path, {**fields, "do": do})
        assert answer.status_code == status, answer.content.decode()[:3000]
        return self.look() if status == 302 else answer.content.decode()

    @property
    def application(self) -> Application:
        return Application.objects.get(number=self.path.split("/")[3])

    @property
    def actor(self) -> Actor:
        owner = self.application.owner
        assert owner is not None
        return Actor.of_person(owner)

    @property
    def answers(self) -> dict[str, Any]:
        found: dict[str, Any] = Draft.objects.get(application=self.application).answers
        return found


@pytest.fixture
def applicant(person: People, visitor: Visitor, on_site: Site) -> Applicant:
    """Sora, with an application that she has begun on the call's page."""
    open_call_now()
    visitor.sign_in(person("sora"))
    assert f'href="/en/calls/{NAME}/apply/"' in visitor.get(f"/en/calls/{NAME}/").content.decode()
    answer = visitor.post(f"/en/calls/{NAME}/apply/")
    assert answer.status_code == 302
    return Applicant(visitor, answer["Location"].split("/")[3])


def fill_in(applicant: Applicant) -> str:
    return applicant.press(
        "save",
        q_title="Crop diseases",
        q_summary="A model that names a disease.",
        q_line="academia",
        q_hours="400",
        q_members__name=["Kim Sora"],
        q_members__email=["sora@farm.example"],
        q_open="yes",
        f_plan=SimpleUploadedFile("plan.pdf", make_pdf()),
    )


def test_an_application_is_begun_filled_in_and_submitted(applicant: Applicant) -> None:
    page = applicant.look()
    assert "7 answers are missing or wrong" in page
    page = fill_in(applicant)
    assert "Nothing is missing" in page
    assert applicant.answers == {
        "title": "Crop diseases",
        "summary": "A model that names a disease.",
        "line": "academia",
        "hours": 400,
        "members": [{"name": "Kim Sora", "email": "sora@farm.example"}],
        "open": True,
    }
    page = applicant.press("submit")
    assert "The application is submitted." in page
    version = Version.objects.get()
    base = f"{applicant.path}versions/1/"
    receipt = applicant.visitor.get(f"{base}receipt/")
    exported = applicant.visitor.get(base)
    (file,) = version.files["plan"]
    content = applicant.visitor.get(f"{applicant.path}files/{file['sha256']}/")
    check_version(verify_receipt(receipt.content).receipt, exported.content, [content.content])
    assert "plan" not in content["Content-Disposition"]
    for answer in (receipt, exported, content):
        assert answer["Content-Disposition"].startswith(f'attachment; filename="{applicant.application.number}-')
        assert answer["Cache-Control"] == "private, no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
    page = applicant.press("reopen")
    applicant.press("save", page, q_hours="500")
    assert "version 1 counts" in applicant.look()
    applicant.press("submit")
    assert [one.answers["hours"] for one in Version.objects.order_by("number")] == [400, 500]
    assert "withdrawn" in applicant.press("withdraw")


def test_every_button_saves_what_was_typed(applicant: Applicant) -> None:
    page = applicant.press("rows:members", status=200, q_title="A title", q_hours="1 000")
    assert page.count('name="q.members.name"') == 4
    assert applicant.answers == {"title": "A title", "hours": 1000}
    applicant.press("invite", page, address="jin@stat.example", q_title="Another")
    assert applicant.answers["title"] == "Another"
    page = applicant.press("submit", status=422, q_title="Not complete")
    assert applicant.answers["title"] == "Not complete"
    assert page.count('class="error"') > 3  # now also what is only missing is said at its question
    assert not Version.objects.exists()


def test_the_enter_key_saves_and_in_the_field_of_an_address_invites(applicant: Applicant) -> None:
    page = applicant.look()
    assert page.index('value="enter"') < min(page.index(f'value="{one}"') for one in ("submit", "withdraw", "reuse"))
    applicant.press("enter", q_title="A title")
    assert applicant.answers == {"title": "A title"}
    applicant.press("enter", address="jin@stat.example")
    assert applicant.application.members.get().address == "jin@stat.example"
    fill_in(applicant)
    page = applicant.press("submit")
    assert page.index('value="enter"') < min(page.index(f'value="{one}"') for one in ("reopen", "withdraw"))
    assert "jin2" in applicant.press("enter", page, address="jin2@stat.example")
    assert applicant.application.state == "submitted"


def test_what_somebody_else_wrote_is_shown_beside(applicant: Applicant, person: People) -> None:
    jin = Actor.of_person(person("jin"))
    _, secret = invite_member(applicant.actor, applicant.application, "jin@stat.example", timezone.now())
    assert jin.person is not None
    join_team(secret, jin.person, timezone.now())
    page = applicant.look()
    save_draft(jin, applicant.application, {"title": "By Jin", "hours": 300}, 0, timezone.now())
    page = applicant.press("submit", page, status=409, q_title="By Sora", q_summary="Text")
    assert applicant.answers == {
        "title": "By Jin",
        "hours": 300,
        "summary": "Text",
    }  # hours were not touched on the page
    assert 'value="By Sora"' in page
    assert "By Jin" in page
    applicant.press("save", page)
    assert applicant.answers["title"] == "By Sora"


def test_the_script_gets_what_it_changed(applicant: Applicant, person: People) -> None:
    fields = read_fields(applicant.look())
    asked = next(one for one in fields["asked"] if one.startswith("title:"))
    sent = {"base": "0", "asked": [asked], "q.title": "\u202eA\u200b title"}
    answer = applicant.visitor.post(applicant.path, sent, headers=JSON).json()
    assert applicant.answers == {"title": "A title"}
    assert "U+202E" in answer["errors"]["title"]
    assert answer["revision"] == 1
    assert "6 answers are missing or wrong" in answer["panel"]
    applicant.visitor.cookies.clear()
    assert applicant.visitor.post(applicant.path, sent, headers=JSON).status_code == 401


def test_what_is_sent_after_the_session_ended_is_not_lost(applicant: Applicant) -> None:
    fields = read_fields(applicant.look()) | {"q.title": ["Typed for an hour"], "do": ["save"]}
    sora = applicant.application.owner
    assert sora is not None
    del applicant.visitor.cookies["sessionid"]
    assert "login" in applicant.visitor.post(applicant.path, fields)["Location"]
    applicant.visitor.sign_in(sora)
    page = applicant.look()
    assert 'value="Typed for an hour"' in page
    applicant.press("save", page)
    assert applicant.answers == {"title": "Typed for an hour"}


def test_another_application_is_as_a_number_that_nobody_used(
    applicant: Applicant, person: People, on_site: Site
) -> None:
    other = begin_application(Actor.of_person(person("jin")), NAME, timezone.now())
    unknown = "CALL-2026-9999-9"
    for rest in ("", "print/", "versions/1/", "versions/1/receipt/", f"files/{'0' * 64}/"):
        pages = []
        for number in (other.number, unknown):
            answer = applicant.visitor.get(f"/en/applications/{number}/{rest}")
            assert answer.status_code == 404
            pages.append(re.sub(rb'content="[^"]*"', b"", answer.content).replace(number.encode(), b"NUMBER"))
        assert pages[0] == pages[1]
    for number in (other.number, unknown):
        assert applicant.visitor.post(f"/en/applications/{number}/", {"do": "withdraw"}).status_code == 404


def test_a_question_that_was_removed_keeps_what_was_typed(applicant: Applicant) -> None:
    page = applicant.press("save", q_summary="First text", q_title="A title")
    files = dict(applicant.application.call.editions.get().files)
    form = files["form.toml"]
    start = form.index('[[question]]\nkey = "summary"')
    files["form.toml"] = form[:start] + form[form.index("[[question]]", start + 5) :]
    change_call(COMMAND, NAME, files, 1, timezone.now())
    assert "these answers could not be kept" in applicant.look()
    page = applicant.press("save", page, q_summary="Second text", q_title="Another")
    assert applicant.answers == {"title": "Another"}
    assert [row[1] for row in Draft.objects.get().dropped] == ["First text", "Second text"]
    assert "Second text" in page
    assert "Second text" not in applicant.press("dismiss", page)


@pytest.mark.parametrize("name", ["q.title", "q.members.name", "address", "do"])
def test_letters_that_no_database_stores_are_removed(applicant: Applicant, name: str) -> None:
    fields = read_fields(applicant.look())
    fields[name] = ["\x00", "a\x00b", "", ""] if "." in name else ["a\x00b"]
    answer = applicant.visitor.post(applicant.path, {"do": "invite", **fields})
    assert answer.status_code in (302, 200, 400)
    assert "\x00" not in str(Draft.objects.get().answers)


def test_more_than_a_form_has_is_refused(applicant: Applicant) -> None:
    many = {"asked": [f"k{number}:" for number in range(5_000)], **{f"q.k{number}": "1" for number in range(5_000)}}
    answer = applicant.visitor.post(applicant.path, {"base": "0", "do": "save", **many})
    assert answer.status_code == 400
    assert applicant.answers == {}
    rows = {"asked": ["members:"], "q.members.name": ["x"] * 3_000, "base": "0", "do": "save"}
    assert applicant.visitor.post(applicant.path, rows).status_code == 400


def test_what_is_too_large_is_refused_unread(applicant: Applicant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bongsu.incubator.applying.requests.arrive", lambda: pytest.fail("it was read"))
    body = io.BytesIO(b"the beginning")
    answer = applicant.visitor.generic(
        "POST",
        applicant.path,
        b"",
        "multipart/form-data; boundary=x",
        CONTENT_LENGTH="1000000000",
        **{"wsgi.input": body},
    )
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("name", "content"),
    [("plan.pdf", b"<html><script>alert(1)</script></html>"), ("plan.docx", b"PK\x03\x04" + b"0" * 99), ("e.pdf", b"")],
)
def test_a_file_that_is_something_else_is_refused_at_its_question(
    applicant: Applicant, name: str, content: bytes
) -> None:
    page = applicant.press("save", status=400, q_title="Kept", f_plan=SimpleUploadedFile(name, content))
    assert applicant.answers == {"title": "Kept"}
    assert not Draft.objects.get().files
    assert "file" in page[page.index('id="e-plan"') :][:400]


def test_two_tabs_submit(applicant: Applicant) -> None:
    page = fill_in(applicant)
    applicant.press("submit", page, q_hours="500")
    applicant.press("submit", page, q_title="From the other tab")
    first, second = Version.objects.order_by("number")
    assert (first.answers["hours"], second.answers["hours"]) == (500, 500)
    assert (first.answers["title"], second.answers["title"]) == ("Crop diseases", "From the other tab")


def test_a_team_is_invited_by_mail_and_writes_but_does_not_submit(
    applicant: Applicant, person: People, on_site: Site
) -> None:
    fill_in(applicant)
    applicant.press("invite", address=" Jin@stat.example")
    link = applicant.visitor.read_link("jin@stat.example")
    assert "Crop" not in Mail.objects.latest("pk").text
    jin = Visitor()
    assert "Accept" in jin.get(link).content.decode()  # reading accepts nothing
    assert not applicant.application.members.exclude(person=None).exists()
    assert jin.post(link).status_code == 302  # it makes her account
    jin.sign_in(Person.objects.get(email="jin@stat.example"))
    assert jin.get(link).status_code == 410
    hers = Applicant(jin, applicant.application.number)
    page = hers.press("save", q_title="By both")
    assert "Submit the application" not in page
    fields = read_fields(page)
    assert jin.post(hers.path, {**fields, "do": "submit"}).status_code == 403
    assert jin.post(hers.path, {**fields, "do": "invite", "address": "x@stat.example"}).status_code == 403
    assert "You are on the team." in jin.get("/en/applications/").content.decode()
    member = applicant.application.members.get()
    assert jin.post(hers.path, {**fields, "do": f"remove-member:{member.pk}"}).status_code == 403
    applicant.press(f"remove-member:{member.pk}")
    assert jin.get(hers.path).status_code == 404


def test_an_officer_asks_and_the_applicant_answers(applicant: Applicant, on_site: Site) -> None:
    application = applicant.application
    with unlock():
        Application.objects.filter(pk=application.pk).update(state="screening")
        Check.objects.create(
            application=application,
            rule="x",
            kind="knock-out",
            truth="unknown",
            question="Since when?",
            changed=timezone.now(),
        )
    page = applicant.look()
    assert "Since when?" in page
    applicant.visitor.post(applicant.path, {"do": "answer:x", "answer.x": "Since\x00 2020."})
    assert Check.objects.get().answer == "Since 2020."


def test_a_refused_step_does_not_say_where_the_review_is(applicant: Applicant) -> None:
    fill_in(applicant)
    applicant.press("submit")
    pages = []
    for state in ("in-review", "discussion", "ranked"):
        with unlock():
            Application.objects.update(state=state, pending="accept")
        pages.append(applicant.visitor.post(applicant.path, {"do": "accept"}).content)
        assert b"This cannot be done now." in pages[-1]
    assert (
        len({re.sub(rb'csrfmiddlewaretoken" value="[^"]*"|[0-9]+ (hours|minutes)', b"", page) for page in pages}) == 1
    )


def test_the_page_asks_the_database_as_often_with_more_in_it(applicant: Applicant) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            applicant.look()
        return len(captured)

    fill_in(applicant)
    applicant.look()
    before = count()
    for number in range(3):
        invite_member(applicant.actor, applicant.application, f"m{number}@x.example", timezone.now())
        applicant.press("submit", q_hours=str(500 + number))
        applicant.press("reopen")
    applicant.look()
    assert count() == before


def test_the_print_view_and_the_list(applicant: Applicant) -> None:
    fill_in(applicant)
    page = applicant.visitor.get(f"{applicant.path}print/").content.decode()
    for text in ("Crop diseases", "University or institute", "Kim Sora", "plan.pdf", "400"):
        assert text in page
    answer = applicant.visitor.get("/en/applications/")
    assert answer["Cache-Control"] == "private, no-store"
    assert "Nothing is missing: submit it." in answer.content.decode()
    assert "Begin another application" in applicant.visitor.get(f"/en/calls/{NAME}/apply/").content.decode()
    applicant.visitor.post(f"/en/calls/{NAME}/apply/", {"do": "another"})
    second = Applicant(applicant.visitor, Application.objects.latest("created").number)
    assert "Crop diseases" not in second.look()
    second.press("reuse")
    assert second.answers["title"] == "Crop diseases"
