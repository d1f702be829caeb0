"""An application in a real browser: written by keyboard in Korean, saved by itself, taken up again, submitted and verified."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from bongsu.cli import main
from bongsu.incubator.site import Site
from bongsu.people.models import Person
from bongsu.web import middleware
from tests.incubator.cast import NAME, make_pdf, make_site, open_call_now
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
