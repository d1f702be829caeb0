"""The pages of applicants, without JavaScript: begin, write, save, submit, take away; teams; and bad input."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.receipts import check_version, verify_receipt
from bongsu.incubator.site import Site
from bongsu.people.models import Person
from bongsu.web import middleware
from tests.incubator.cast import NAME, make_pdf, make_site, open_call_now
from tests.people.conftest import Visitor

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
