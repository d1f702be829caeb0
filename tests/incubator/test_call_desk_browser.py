"""The officer's desk for calls in a real browser: by keyboard, on a phone, with and without JavaScript."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from bongsu.incubator.opening import add_call, change_call, find_call, newest_edition, read_edition
from bongsu.people.models import Person
from tests.incubator.test_opening import NAME, NOW, texts
from tests.people.conftest import COMMAND, Visitor
from tests.web.signed_in_browser import PHONE, SignedInBrowser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.chromium, pytest.mark.slow]
DESK = f"desk/calls/{NAME}/"
PAGES = ("", "open/", "files/form/", "workflow/", "workflow/1/", "workflow/new/", "questions/", "questions/3/")


@pytest.fixture
def session(person: Callable[..., Person], visitor: Visitor) -> str:
    add_call(COMMAND, texts(call=('ko = "1차", ', ""), form=("most = 150", "most = 0")), NOW)
    return visitor.sign_in(person("officer", "call-officer")).cookies["sessionid"].value


def picture(page: Any, name: str) -> None:
    if folder := os.environ.get("BONGSU_PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("turn", range(3))
def test_pages_on_a_phone(session: str, chromium: SignedInBrowser, turn: int) -> None:
    pages = ["desk/calls/", *(f"{DESK}{path}" for path in PAGES)]
    chromium.check(session, [*pages[turn:], *pages[:turn]])


def test_the_checker_speaks_while_somebody_types(session: str, chromium: SignedInBrowser) -> None:
    page, _ = chromium.open(session, f"/ko/{DESK}files/form/", viewport={"width": 1300, "height": 900})
    page.get_by_text("최대가 0이면 답할 수 없습니다.").wait_for()
    picture(page, "editor-wide")
    page.get_by_role("link", name="16행").press("Enter")
    assert page.evaluate("document.getSelection().toString()") == "most = 0"
    page.keyboard.type("most = 150")
    page.get_by_text("최대가 0이면 답할 수 없습니다.").wait_for(state="detached")
    page.get_by_label("이유").fill("150자")
    page.keyboard.press("Enter")
    page.get_by_text("2판으로 저장했습니다.").wait_for()
    assert newest_edition(find_call(NAME)).files["form.toml"] == texts()["form.toml"]


def test_a_step_of_the_workflow_without_javascript(session: str, chromium: SignedInBrowser) -> None:
    page, _ = chromium.open(
        session, f"/fr/{DESK}workflow/", java_script_enabled=False, viewport={"width": 1300, "height": 900}
    )
    picture(page, "workflow-wide")
    page.get_by_role("link", name="Modifier l’étape 1", exact=True).press("Enter")
    page.get_by_role("combobox", name="Vers l’état").select_option("en examen de recevabilité")
    page.get_by_role("group", name="Qui est informé").get_by_label("l’équipe").press("Space")
    page.get_by_role("button", name="Vérifier").press("Enter")
    page.get_by_text("rien n’est encore enregistré").wait_for()
    picture(page, "step-wide")
    page.get_by_label("Raison").fill("sans attendre")
    page.keyboard.press("Enter")
    page.get_by_text("Enregistré comme édition 2.").wait_for()
    step = read_edition(newest_edition(find_call(NAME))).workflow.transition[0]
    assert (step.to, step.tell) == ("screening", ("applicant",))


def test_opening_shows_the_times_in_the_readers_zone(session: str, chromium: SignedInBrowser) -> None:
    page, _ = chromium.open(session, f"/en/{DESK}files/form/", java_script_enabled=False)
    page.get_by_label("form.toml", exact=True).fill(texts()["form.toml"])
    page.get_by_role("button", name="Save").press("Enter")
    page, _ = chromium.open(
        session, f"/en/{DESK}open/", timezone_id="America/New_York", viewport={"width": 1300, "height": 900}
    )
    page.get_by_text("March 31, 2027 at 5:00:00 AM EDT").wait_for()
    picture(page, "open-wide")
    page.get_by_role("button", name="Open the call").press("Enter")
    page.get_by_text("The call is open: everybody sees it.").wait_for()
    assert find_call(NAME).state == "open"


def test_two_officers_lose_nothing(session: str, chromium: SignedInBrowser) -> None:
    page, _ = chromium.open(session, f"/en/{DESK}files/call/", viewport=PHONE)
    mine = texts()["call.toml"].replace("amount = 20000", "amount = 22222")
    page.get_by_label("call.toml", exact=True).fill(mine)
    change_call(COMMAND, NAME, texts(call=("amount = 20000", "amount = 77777")), 1, NOW, "more hours")
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_role("heading", name="Somebody else changed the call meanwhile").wait_for()
    picture(page, "conflict-phone")
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    found = Axe().run(page).response["violations"]
    assert not [(one["id"], one["nodes"][0]["html"]) for one in found if one["impact"] in ("serious", "critical")]
    assert "amount = 77777" in page.get_by_label("Their text").input_value()
    assert page.get_by_label("call.toml", exact=True).input_value() == mine
    page.get_by_role("button", name="Save").press("Enter")
    page.get_by_text("Saved as edition 3.").wait_for()
    assert newest_edition(find_call(NAME)).files["call.toml"] == mine


def test_a_question_by_keyboard(session: str, chromium: SignedInBrowser) -> None:
    page, _ = chromium.open(session, f"/ko/{DESK}questions/", viewport={"width": 1300, "height": 900})
    picture(page, "questions-wide")
    page.get_by_role("link", name="변경: 과제 이름").press("Enter")
    page.get_by_label("최대", exact=True).fill("150")
    page.get_by_label("이유").fill("150자")
    picture(page, "question-wide")
    page.keyboard.press("Enter")
    page.get_by_text("2판으로 저장했습니다.").wait_for()
    assert newest_edition(find_call(NAME)).files["form.toml"] == texts()["form.toml"]
    page.get_by_role("link", name="Français").last.press("Enter")
    page.locator(".call-preview").get_by_text("Titre du projet").wait_for()
