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
        ("BONGSU_DATABASE", "postgresql://root:hunter2@localhost"),
        ("BONGSU_DATABASE", "postgresql://root:hunter2@localhost:port/x"),
        ("BONGSU_DATABASE", "postgresql://root:hunter2@localhost/x?sslmod=require"),
        ("BONGSU_DATABASE", "postgresql://root:hunter2@localhost/x?sslmode=require&sslmode=disable"),
        ("BONGSU_DATABASE", "postgresql://root:hunter2@localhost/x?hunter2"),
        ("BONGSU_DATABASE_CONNECTIONS", "0"),
        ("BONGSU_URL", "ai.stat.example"),
        ("BONGSU_URL", "https://ai.stat.example/?x=1"),
        ("BONGSU_MAIL", "mail://hunter2@stat.example"),
        ("BONGSU_MAIL_FROM", "stat.example"),
        ("BONGSU_PROXY", "1"),
        ("BONGSU_SIGN_UP", "maybe"),
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


def test_parameters_of_the_database_are_passed_on() -> None:
    code = (
        "from bongsu.web.settings import DATABASES; made = DATABASES['default']; options = made['OPTIONS'];"
        "print(made['NAME'], made['USER'], made['PASSWORD'], made['HOST'], made['PORT'], options['sslmode'],"
        "options['application_name'], options['connect_timeout'], options['pool']['max_size'])"
    )
    address = "postgresql://ki%40m:p%2Fw@db.example:5433/records?sslmode=verify-full&application_name=node%201"
    environment = {**os.environ, "BONGSU_DATABASE": address, "BONGSU_DATABASE_CONNECTIONS": "7"}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "records ki@m p/w db.example 5433 verify-full node 1 5 7"


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://localhost/"),
        ({"BONGSU_HTTPS": "yes"}, "https://localhost/"),
        ({"BONGSU_PROXY": "yes"}, "https://localhost/"),
        ({"BONGSU_URL": "https://ai.stat.example"}, "https://ai.stat.example/"),
        ({"BONGSU_URL": "https://stat.example/ai/"}, "https://stat.example/ai/"),
    ],
)
def test_the_public_address_believes_a_proxy_only_if_told_so(given: dict[str, str], address: str) -> None:
    code = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'bongsu.web.settings'; import django; django.setup()\n"
        "from django.test import RequestFactory; from bongsu.publish.formats.public_address import base_address\n"
        "print(base_address(RequestFactory().get('/', headers={'host': 'localhost', 'x-forwarded-proto': 'https'})))"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BONGSU_")} | given
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == address
