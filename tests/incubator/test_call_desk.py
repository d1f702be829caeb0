"""The officer's desk for calls: who opens which page; calls added, checked, changed, opened and ended; two officers at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from typing import Any

import pytest

from bongsu.core.toml_lines import find_line
from bongsu.incubator.calls.folder import write_example
from bongsu.incubator.models import Call, Edition
from bongsu.incubator.opening import add_call, change_call, find_call, newest_edition, open_call
from bongsu.incubator.workflow.shipped import list_shipped
from tests.incubator.test_opening import NAME, NOW, texts
from tests.people.conftest import COMMAND, Visitor

pytestmark = pytest.mark.django_db
DESK = f"/en/desk/calls/{NAME}/"
PAGES = ("", "open/", "end/", "files/call/", "files/workflow/", "files/form.toml")


@pytest.fixture(autouse=True)
def february(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are used a month before the example opens."""
    for module in ("call_desk.call_page", "call_desk.file_page", "call_desk.list_page"):
        monkeypatch.setattr(f"bongsu.incubator.{module}.timezone", _Clock)


class _Clock:
    @staticmethod
    def now() -> datetime:
        return NOW


@pytest.fixture
def officer(visitor: Visitor, person: Callable[..., Any]) -> Visitor:
    return visitor.sign_in(person("officer", "call-officer"))


def upload(name: str, text: str) -> BytesIO:
    file = BytesIO(text.encode())
    file.name = name
    return file


def read(visitor: Visitor, path: str) -> str:
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_pages_are_for_officers_of_the_call(person: Callable[..., Any]) -> None:
    add_call(COMMAND, texts(), NOW)
    add_call(COMMAND, texts(call=('call = "example-2027"', 'call = "other-2027"')), NOW)
    one = Visitor().sign_in(person("one", f"call-officer call {NAME}"))
    other = Visitor().sign_in(person("other", "call-officer call other-2027"))
    stranger = Visitor().sign_in(person("stranger"))
    auditor = Visitor().sign_in(person("auditor", "auditor"))
    for path in PAGES:
        assert one.get(f"{DESK}{path}").status_code == 200, path
        assert other.get(f"{DESK}{path}").status_code == 404, path  # a draft: as if it did not exist
        for refused in (stranger, auditor):
            assert refused.get(f"{DESK}{path}").status_code == 403, path
        assert Visitor().get(f"{DESK}{path}").status_code == 302, path
    for path in ("open/", "end/", "files/", "files/call/", "files/call/check/"):
        sent = {"base": "1", "text": "", "why": "x", "do": "save"}
        assert other.post(f"{DESK}{path}", sent).status_code == 404, path
        assert stranger.post(f"{DESK}{path}", sent).status_code == 403, path
        assert Visitor().post(f"{DESK}{path}", sent).status_code == 401, path
    open_call(COMMAND, NAME, NOW)
    assert other.get(DESK).status_code == 403
    assert "other-2027" in read(other, "/en/desk/calls/")
    assert NAME not in read(other, "/en/desk/calls/")
    assert (
        other.post("/en/desk/calls/", {"do": "example", "example-name": "x", "example-workflow": "rolling"}).status_code
        == 403
    )
    assert "New call" not in read(other, "/en/desk/calls/")
    assert Call.objects.count() == 2
    assert Edition.objects.count() == 2


@pytest.mark.parametrize("workflow", list_shipped())
def test_a_call_is_added_from_each_workflow(officer: Visitor, workflow: str) -> None:
    sent = {"do": "example", "example-name": "spring-2027", "example-workflow": workflow}
    answer = officer.post("/en/desk/calls/", sent, follow=True)
    assert answer.redirect_chain[0][0] == "/en/desk/calls/spring-2027/"
    page = answer.content.decode()
    assert "The call was added as a draft" in page
    assert page.count("The checker finds nothing.") == 4
    assert newest_edition(find_call("spring-2027")).files == write_example(workflow, "spring-2027")
    assert "There is already a call" in officer.post("/en/desk/calls/", sent).content.decode()
    wrong = officer.post("/en/desk/calls/", {**sent, "example-name": "Spring 2027"}).content.decode()
    assert "“Spring 2027” is not a valid name." in wrong


def test_files_go_up_and_down_as_they_are(officer: Visitor) -> None:
    files = {name: text.replace("\n", "\r\n") for name, text in texts().items()}
    some = [upload(name, text) for name, text in files.items()]
    assert (
        "has no file “rules.toml”"
        in officer.post(
            "/en/desk/calls/", {"do": "files", "files-file": [one for one in some if one.name != "rules.toml"]}
        ).content.decode()
    )
    assert (
        officer.post(
            "/en/desk/calls/", {"do": "files", "files-file": [upload(*one) for one in files.items()]}
        ).status_code
        == 302
    )
    for name, text in files.items():
        answer = officer.get(f"{DESK}files/{name}")
        assert answer.content.decode() == text
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    changed = files["call.toml"].replace("amount = 20000", "amount = 20001")
    answer = officer.post(
        f"{DESK}files/", {"base": "1", "file": upload("call.toml", changed), "why": "more"}, follow=True
    )
    assert "Edition 2 is in force." in answer.content.decode()
    assert "<code>budget[academia].amount</code> (call.toml)" in answer.content.decode()
    assert newest_edition(find_call(NAME)).files == {**files, "call.toml": changed}
    for sent, message in (
        ({"base": "1", "file": upload("call.toml", changed)}, "edition 2 follows edition 1"),
        ({"base": "2", "file": upload("notes.toml", "")}, "has no file “notes.toml”"),
        ({"base": "2", "file": upload("form.toml", "#" * 900_000)}, "more than 200000 characters"),
        ({"base": "2"}, "No file was chosen."),
        ({"base": "x", "file": upload("call.toml", changed)}, "This form does not exist."),
        ({"base": "2", "file": upload("call.toml", "zone = 1")}, "call.toml, line 1, zone"),
    ):
        assert message in officer.post(f"{DESK}files/", sent, follow=True).content.decode()
    assert officer.get(f"{DESK}files/notes.toml").status_code == 404
    assert Edition.objects.count() == 2


def test_the_checker_speaks_beside_the_text(officer: Visitor) -> None:
    add_call(COMMAND, texts(), NOW)
    text = (
        texts()["form.toml"]
        .replace("most = 150", "most = 0")
        .replace('ko = "과제", ', "")
        .replace('key = "hours"', 'key = "time"')
    )
    line = find_line(text, "question[0].most")
    for language, words in {
        "en": [
            f'data-line="{line}">line {line}</a>: A most of 0 allows no answer.',
            "<code>most = 0</code>",
            "rules.toml, line",
        ],
        "ko": [f"{line}행</a>", "경고</strong>", "rules.toml, 11행"],
        "fr": [f"ligne {line}</a>", "Avertissement", "rules.toml, ligne"],
    }.items():
        path = f"/{language}/desk/calls/{NAME}/files/form/"
        part = officer.post(f"{path}check/", {"text": text.replace("\n", "\r\n")}).content.decode()
        page = officer.post(path, {"text": text, "base": "1", "do": "check"}).content.decode()
        for word in words:
            assert word in part
            assert word in page
        assert "<html" not in part
    assert Edition.objects.count() == 1
    page = officer.post(f"{DESK}files/form/check/", {"text": "format = ["}).content.decode()
    assert "not valid TOML" in page
    assert "more than 200000" in officer.post(f"{DESK}files/form/check/", {"text": "#" * 200_001}).content.decode()
    page = officer.post(f"{DESK}files/form/check/", {"text": texts()["form.toml"]}).content.decode()
    assert "The checker finds nothing." in page
    assert officer.get(f"{DESK}files/other/").status_code == 404


def test_a_text_is_saved_or_comes_back(officer: Visitor) -> None:
    add_call(COMMAND, texts(), NOW)
    text = texts()["call.toml"].replace("amount = 20000", "amount = 0")
    sent = {"base": "1", "do": "save", "why": "less money", "text": text.replace("\n", "\r\n")}
    answer = officer.post(f"{DESK}files/call/", sent, follow=True)
    assert "Saved as edition 2." in answer.content.decode()
    assert "The budget line is empty." in answer.content.decode()  # a draft may be wrong
    edition = newest_edition(find_call(NAME))
    assert (edition.files["call.toml"], edition.why, edition.number) == (text, "less money", 2)
    again = officer.post(f"{DESK}files/call/", {**sent, "base": "2"}, follow=True)
    assert "nothing was saved" in again.content.decode()
    broken = officer.post(f"{DESK}files/call/", {**sent, "base": "2", "text": "zone = <script>"})
    assert broken.status_code == 400
    assert "zone = &lt;script&gt;</textarea>" in broken.content.decode()
    assert Edition.objects.count() == 2


def test_two_officers_keep_both_texts(officer: Visitor) -> None:
    add_call(COMMAND, texts(), NOW)
    theirs = texts(call=("amount = 20000", "amount = 77777"))
    change_call(COMMAND, NAME, theirs, 1, NOW, "more hours")
    mine = texts()["call.toml"].replace('title = "x"', "").replace("# A call of a node.", "# Ours & yours.")
    answer = officer.post(f"{DESK}files/call/", {"base": "1", "do": "save", "text": mine})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "# Ours &amp; yours." in page
    assert "amount = 77777" in page
    assert "-amount = 20000\n+amount = 77777" in page
    assert ": more hours" in page
    assert 'name="base" value="2"' in page
    form = officer.post(f"{DESK}files/form/", {"base": "1", "do": "save", "text": texts()["form.toml"] + "# more\n"})
    assert "They did not change this file." in form.content.decode()
    assert Edition.objects.count() == 2
    saved = officer.post(f"{DESK}files/call/", {"base": "2", "do": "save", "text": mine})
    assert saved.status_code == 302
    assert Edition.objects.count() == 3


def test_a_call_is_opened_after_its_promise_was_read(officer: Visitor) -> None:
    add_call(COMMAND, texts(call=("amount = 20000", "amount = 0")), NOW)
    page = read(officer, f"{DESK}open/")
    assert "cannot be opened yet" in page
    assert "The budget line is empty." in page
    assert "<button" not in page.partition("Open the call</h2>")[2]
    refused = officer.post(f"{DESK}open/", {"base": "1"}).content.decode()
    assert "contradict themselves" in refused
    change_call(COMMAND, NAME, texts(call=('ko = "1차", ', "")), 1, NOW)
    page = read(officer, f"{DESK}open/")
    assert '<time datetime="2027-03-31T09:00Z">31 March 2027, 18:00 (Asia/Seoul)</time>, 09:00 UTC' in page
    assert "The text is missing in: ko." in page
    assert "edition 2 follows edition 1" in officer.post(f"{DESK}open/", {"base": "1"}).content.decode()
    assert find_call(NAME).state == "draft"
    assert (
        "The call is open: everybody sees it."
        in officer.post(f"{DESK}open/", {"base": "2"}, follow=True).content.decode()
    )
    assert "was opened before" in read(officer, f"{DESK}open/")
    fixed = read(officer, f"{DESK}files/workflow/")
    assert "The workflow of an open call cannot be changed." in fixed
    assert 'value="save"' not in fixed
    sent = {"base": "2", "do": "save", "text": texts()["call.toml"].replace("2027-03-31 18:00", "2027-03-30 18:00")}
    answer = officer.post(f"{DESK}files/call/", sent)
    assert "cannot close earlier than announced" in answer.content.decode()
    assert "2027-03-30 18:00" in answer.content.decode()
    flow = {"base": "2", "do": "save", "text": texts()["workflow.toml"].replace("One stage", "One")}
    assert "cannot be changed" in officer.post(f"{DESK}files/workflow/", flow).content.decode()
    assert Edition.objects.count() == 2


def test_a_call_is_ended_with_a_reason(officer: Visitor) -> None:
    add_call(COMMAND, texts(), NOW)
    assert "is not open" in read(officer, f"{DESK}end/")
    assert "is not open" in officer.post(f"{DESK}end/", {"why": "x"}).content.decode()
    open_call(COMMAND, NAME, NOW)
    assert "Say why" in officer.post(f"{DESK}end/", {"why": " "}).content.decode()
    assert "The call has ended." in officer.post(f"{DESK}end/", {"why": "all is paid"}, follow=True).content.decode()
    assert find_call(NAME).state == "ended"
    page = read(officer, f"{DESK}files/form/")
    assert "The call has ended, so it cannot be changed." in page
    assert 'value="save"' not in page


def test_drafts_with_mistakes_are_shown(officer: Visitor) -> None:
    wrong = texts(
        call=("amount = 20000", 'amount = "many"'),
        rules=('field = "open"', 'field = "opened"'),
        workflow=('to = "submitted"', 'to = "submited"'),
    )
    add_call(COMMAND, wrong, NOW)
    assert "There is no state “submited”." in read(officer, DESK)
    assert "The results must be published." in read(officer, f"/en/calls/{NAME}/")
