"""An application in a real browser: written by keyboard in Korean, saved by itself, taken up again, submitted and verified."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.utils import timezone

from bongsu.cli import main
from bongsu.incubator.applications.drafting import save_draft
from bongsu.incubator.applications.team import invite_member, join_team
from bongsu.incubator.models import Application, Draft, Version
from bongsu.incubator.running.submitting import submit
from bongsu.incubator.site import Site
from bongsu.people.access import Actor
from bongsu.people.models import Person
from bongsu.web import middleware
from tests.incubator.cast import NAME, make_pdf, make_site, open_call_now, write_application
from tests.people.conftest import Visitor
from tests.web.signed_in_browser import SignedInBrowser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]


@pytest.fixture
def on_site(site: None) -> Site:
    return make_site(middleware.open_node())


def test_an_application_is_written_by_keyboard(
    person: Callable[..., Person], visitor: Visitor, on_site: Site, chromium: SignedInBrowser, tmp_path: Path
) -> None:
    open_call_now()
    session = visitor.sign_in(person("sora")).cookies["sessionid"].value
    page, _ = chromium.open(session, f"/ko/calls/{NAME}/", viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.get_by_role("link", name="이 공모에 신청하기").press("Enter")
    page.get_by_role("button", name="신청서 작성 시작").press("Enter")
    page.wait_for_url("**/applications/CALL-*/")
    page.locator("#a-title").focus()
    page.keyboard.type("사진으로 보는 작물 병해")
    page.keyboard.press("Tab")
    page.locator("#saved", has_text="저장됨").wait_for()
    page.keyboard.type("병의 이름을 알려 주는 모델을 만듭니다.")
    assert page.locator("#question-summary .counter span").inner_text() == "22"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.type("400")
    page.keyboard.press("Tab")
    page.locator("#saved", has_text="저장됨").wait_for()
    page.wait_for_function("!document.querySelector('#panel').textContent.includes('GPU 시간: ')")
    address = page.url
    page.close()
    page = page.context.new_page()
    page.goto(address)
    assert page.locator("#a-title").input_value() == "사진으로 보는 작물 병해"
    assert page.locator("#a-hours").input_value() == "400"
    (tmp_path / "plan.pdf").write_bytes(make_pdf())
    page.locator("#a-plan").set_input_files(tmp_path / "plan.pdf")
    page.locator("#question-plan .files a").wait_for()
    page.get_by_role("button", name="행 추가").press("Enter")
    assert page.evaluate("document.activeElement.id") == "a-members-1-name"
    page.locator("#a-members-0-name").focus()
    page.keyboard.type("김소라")
    page.keyboard.press("Tab")
    page.keyboard.type("sora@farm.example")
    page.locator("#a-open").focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.locator("#panel", has_text="빠진 것이 없습니다").wait_for()
    if pictures := os.environ.get("BONGSU_PICTURES"):
        page.screenshot(path=Path(pictures) / "application.png", full_page=True)
    page.get_by_role("button", name="신청서 제출").press("Enter")
    page.get_by_text("신청서를 제출했습니다.").wait_for()
    saved = {}
    for name, label in (("receipt.json", "접수증"), ("version.json", "답변 파일"), ("plan.pdf", "plan.pdf")):
        with page.expect_download() as download:
            page.get_by_role("link", name=label).click()
        saved[name] = tmp_path / f"saved-{name}"
        download.value.save_as(saved[name])
    assert not errors
    answers = ["--answers", str(saved["version.json"])]
    assert main(["call", "verify", str(saved["receipt.json"]), str(saved["plan.pdf"]), *answers]) == 0


@pytest.fixture
def written(person: Callable[..., Person], on_site: Site) -> Application:
    """Sora's application, complete."""
    open_call_now()
    return write_application(person("sora"), on_site, timezone.now())


def test_the_pages_on_a_phone(
    written: Application, person: Callable[..., Person], visitor: Visitor, chromium: SignedInBrowser
) -> None:
    sora = Actor.of_person(person("sora"))
    invite_member(sora, written, "jin@stat.example", timezone.now())
    save_draft(sora, written, {"hours": 9_000, "line": None}, 9, timezone.now())
    session = visitor.sign_in(person("sora")).cookies["sessionid"].value
    path = f"applications/{written.number}/"
    chromium.check(session, ["applications/", f"{path}print/", f"calls/{NAME}/apply/", path, path])
    submit_now(written, sora)
    chromium.check(session, [path])


def submit_now(written: Application, sora: Actor) -> None:
    save_draft(sora, written, {"hours": 400, "line": "academia"}, 9, timezone.now())
    submit(sora, written, timezone.now(), make_site(middleware.open_node()))


def test_two_write_at_once_and_see_each_other(
    written: Application, person: Callable[..., Person], visitor: Visitor, chromium: SignedInBrowser
) -> None:
    sora, jin = person("sora"), person("jin")
    _, secret = invite_member(Actor.of_person(sora), written, "jin@stat.example", timezone.now())
    join_team(secret, jin, timezone.now())
    session = visitor.sign_in(sora).cookies["sessionid"].value
    page, _ = chromium.open(session, f"/en/applications/{written.number}/")
    save_draft(Actor.of_person(jin), written, {"title": "By Jin", "hours": 300}, 99, timezone.now())
    page.locator("#a-summary").fill("By Sora")
    page.locator("#a-summary").blur()
    page.locator("#saved", has_text="Saved").wait_for()
    assert page.locator("#a-hours").input_value() == "300"  # what Jin wrote appears
    assert page.locator("#a-title").input_value() == "By Jin"
    save_draft(Actor.of_person(jin), written, {"title": "By Jin again"}, 99, timezone.now())
    page.locator("#a-title").fill("By Sora")
    page.locator("#a-title").blur()
    page.get_by_text("By Jin again").wait_for()
    assert page.locator("#a-title").input_value() == "By Sora"
    page.get_by_role("button", name="Keep mine").click()
    page.locator("#saved", has_text="Saved").wait_for()
    assert Draft.objects.get().answers["title"] == "By Sora"


def test_what_is_not_saved_stays_in_the_tab(
    written: Application, person: Callable[..., Person], visitor: Visitor, chromium: SignedInBrowser
) -> None:
    session = visitor.sign_in(person("sora")).cookies["sessionid"].value
    page, _ = chromium.open(session, f"/en/applications/{written.number}/")
    page.route("**/applications/**", lambda route: route.abort())
    page.locator("#a-title").fill("Offline")
    page.locator("#a-title").blur()
    page.get_by_text("Not saved: there is no connection.").wait_for()
    page.unroute("**/applications/**")
    cookies = page.context.cookies()
    page.context.clear_cookies(name="sessionid")
    page.locator("#a-title").fill("Signed out")
    page.locator("#a-title").blur()
    page.get_by_text("you have been signed out").wait_for()
    page.get_by_role("link", name="Sign in again").click()
    page.wait_for_url("**/login/**")
    page.context.add_cookies(cookies)
    page.goto(page.url.split("/en/")[0] + f"/en/applications/{written.number}/")
    page.locator("#saved", has_text="Saved").wait_for()
    assert page.locator("#a-title").input_value() == "Signed out"
    page.wait_for_function("sessionStorage.length === 0")
    assert Draft.objects.get().answers["title"] == "Signed out"


def test_without_javascript(
    written: Application, person: Callable[..., Person], visitor: Visitor, chromium: SignedInBrowser, tmp_path: Path
) -> None:
    session = visitor.sign_in(person("sora")).cookies["sessionid"].value
    page, _ = chromium.open(session, f"/fr/applications/{written.number}/", java_script_enabled=False)
    page.locator("#a-title").fill("Sans script")
    page.locator("#a-title").press("Enter")  # saves, and does nothing else
    page.get_by_text("Enregistré.").wait_for()
    page.get_by_role("button", name="Ajouter des lignes").click()
    assert page.locator("[name='q.members.name']").count() == 5
    page.locator("#a-members-3-name").fill("Jin")
    (tmp_path / "other.pdf").write_bytes(make_pdf(pages=2))
    page.locator("#a-plan").set_input_files(tmp_path / "other.pdf")
    page.get_by_role("button", name="Envoyer").click()
    page.locator(".question .files li").nth(1).wait_for()
    page.get_by_role("button", name="Retirer plan.pdf").click()
    page.get_by_role("button", name="Déposer la candidature").click()
    page.get_by_role("alert").wait_for()  # Jin has no address
    page.locator("#a-members-1-email").fill("jin@farm.example")
    page.get_by_role("button", name="Déposer la candidature").click()
    page.get_by_text("La candidature est déposée.").wait_for()
    assert Version.objects.get().answers["title"] == "Sans script"
