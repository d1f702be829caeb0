"""Tests of the settings: the defaults are valid, and an invalid value stops the start."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from bongsu.core.errors import Misconfigured
from bongsu.web.settings import SETTINGS, read_settings


def test_defaults_are_valid(monkeypatch: pytest.MonkeyPatch) -> None:
    for row in SETTINGS:
        monkeypatch.delenv(row.name, raising=False)
    values = read_settings()
    assert values["BONGSU_PORT"] == 8000
    assert values["BONGSU_DEBUG"] is False


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BONGSU_PORT", "0"),
        ("BONGSU_PORT", "http"),
        ("BONGSU_WORKERS", "-1"),
        ("BONGSU_HTTPS", "maybe"),
        ("BONGSU_DEFAULT_LANGUAGE", "de"),
        ("BONGSU_DATABASE", "mysql://root:hunter2@localhost/x"),
    ],
)
def test_an_invalid_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(Misconfigured, match=name) as wrong:
        read_settings()
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize(("https", "secure"), [("yes", True), ("no", False), (None, False)])
def test_cookies_are_secure_under_https(https: str | None, secure: bool) -> None:
    names = ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    code = f"from bongsu.web import settings; print(*(getattr(settings, name) for name in {names}))"
    environment = {name: value for name, value in os.environ.items() if name != "BONGSU_HTTPS"}
    environment |= {"BONGSU_HTTPS": https} if https is not None else {}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(secure), str(secure)]
