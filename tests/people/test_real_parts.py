"""The parts that only a real browser and a real provider can try: passkeys, and OpenID Connect."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.people.oidc_provider import CLIENT, SECRET
from tests.web.served import free_port, run, served

pytestmark = [pytest.mark.chromium, pytest.mark.slow]


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of Chromium with a virtual authenticator; every request beside localhost is refused."""
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        context = browser.new_context()
        opened = context.new_page()
        devtools = context.new_cdp_session(opened)
        devtools.send("WebAuthn.enable")
        devtools.send(
            "WebAuthn.addVirtualAuthenticator",
            {
                "options": {
                    "protocol": "ctap2",
                    "transport": "internal",
                    "hasResidentKey": True,
                    "hasUserVerification": True,
                    "isUserVerified": True,
                    "automaticPresenceSimulation": True,
                }
            },
        )
        yield opened
        browser.close()


def _path(text: str) -> str:
    found = re.search(r"https?://[^/\s]+(/[^\s\"]+)", text)
    assert found, text
    return found[1]


def test_a_passkey_is_added_and_signs_in(page: Page, node_folder: Path) -> None:
    link = _path(run(node_folder, "user", "add", "kim@stat.example"))
    with served(node_folder) as server:
        site = f"http://localhost:{server.port}"
        page.goto(f"{site}{link}")
        page.click("button.first")
        page.goto(f"{site}/en/account/steps/webauthn/add/")
        page.fill("input[name=name]", "laptop")
        assert page.is_checked("input[name=passwordless]")
        page.click("#mfa_webauthn_add")
        page.wait_for_url("**/recovery-codes/")
        page.context.clear_cookies()
        page.goto(f"{site}/en/account/")
        assert "/login/" in page.url
        assert page.locator("#passkey-error").is_hidden()
        page.evaluate(
            "() => { window.works = navigator.credentials.get; navigator.credentials.get = () => Promise.reject('x') }"
        )
        page.click("#passkey_login")
        page.get_by_text("The passkey did not work.").wait_for()
        page.evaluate("() => { navigator.credentials.get = window.works }")
        page.click("#passkey_login")
        page.wait_for_url("**/en/account/")
        assert "laptop" in page.inner_text("main")


@pytest.mark.parametrize("sign_up", ["yes", "no"])
def test_a_person_of_the_provider_signs_in(sign_up: str, page: Page, node_folder: Path) -> None:
    provider, here = free_port(), free_port()
    back = f"http://localhost:{here}/account/oidc/oidc/login/callback/"
    command = [
        sys.executable,
        str(Path(__file__).with_name("oidc_provider.py")),
        str(provider),
        back,
        "Park@Uni.Example",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            settings = {
                "BONGSU_OIDC_ISSUER": f"http://127.0.0.1:{provider}",
                "BONGSU_OIDC_CLIENT": CLIENT,
                "BONGSU_OIDC_SECRET": SECRET,
                "BONGSU_OIDC_NAME": "the university",
                "BONGSU_SIGN_UP": sign_up,
            }
            with served(node_folder, port=here, **settings):
                page.goto(f"http://localhost:{here}/en/account/login/?next=/en/account/")
                page.click("text=Sign in with the university")
                page.wait_for_load_state()
                if sign_up == "yes":
                    page.wait_for_url("**/en/account/")
                    assert "park@uni.example" in page.inner_text("main")
                else:
                    assert "park@uni.example" not in page.content()
        finally:
            process.kill()
    people = run(node_folder, "user", "list")
    assert ("park@uni.example" in people) == (sign_up == "yes")
