"""The settings: the rows of core/environment.py that the node reads. A wrong value stops the start.

Values come from the environment and are parsed by PARSERS. Django's own settings, below, derive from these rows only.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bongsu.core.environment import VARIABLES, Reader
from bongsu.core.errors import N_, BongsuError, Misconfigured
from bongsu.core.languages import LANGUAGES as LANGUAGE_LIST
from bongsu.store.languages.folders import install_languages, locale_folders
from bongsu.store.microdata.holding_key import parse_key


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(N_("it must be yes or no"))
    return text == "yes"


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise ValueError(N_("it must be a number from 1 to 65535"))
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= 256:
        raise ValueError(N_("it must be a number from 1 to 256"))
    return int(text)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _language(text: str) -> str:
    if text not in LANGUAGE_LIST:
        raise ValueError(N_("it must be the code of an installed language, such as en"))
    return text


def _database(text: str) -> str:
    if text and urlsplit(text).scheme != "postgresql":
        raise ValueError(N_("it must be postgresql://user:password@host:port/name, or empty for SQLite"))
    return text


def _email(text: str) -> str:
    name, _, host = text.partition("@")
    if text and not (name and "." in host and text == "".join(text.split())):
        raise ValueError(N_("it must be name@host.example, or empty"))
    return text


def _sdmx_format(text: str) -> str:
    if text not in ("xml", "json", "csv"):
        raise ValueError(N_("it must be xml, json or csv"))
    return text


def _spark(text: str) -> str:
    if text and not text.startswith("sc://"):
        raise ValueError(N_("it must be sc://host:port, or empty"))
    return text


# How the value of each setting is parsed; a parser raises ValueError with a marked text.
PARSERS: dict[str, Callable[[str], Any]] = {
    "BONGSU_NODE": Path,
    "BONGSU_HOST": str,
    "BONGSU_PORT": _port,
    "BONGSU_WORKERS": _count,
    "BONGSU_THREADS": _count,
    "BONGSU_ALLOWED_HOSTS": _names,
    "BONGSU_HTTPS": _yes_or_no,
    "BONGSU_DEFAULT_LANGUAGE": _language,
    "BONGSU_DATABASE": _database,
    "BONGSU_SDMX_FORMAT": _sdmx_format,
    "BONGSU_CONTACT": _email,
    "BONGSU_HOLDINGS_KEY": parse_key,
    "BONGSU_SPARK": _spark,
    "BONGSU_DEBUG": _yes_or_no,
}
SETTINGS = tuple(row for row in VARIABLES if row.reader is Reader.NODE)


def read_settings() -> dict[str, Any]:
    """Reads all settings, by name. Raises Misconfigured for the first wrong value, without repeating the value."""
    values = {}
    for row in SETTINGS:
        try:
            values[row.name] = PARSERS[row.name](os.environ.get(row.name, row.default))
        except ValueError as wrong:
            raise Misconfigured(N_("The setting {name} is not valid: {reason}."), name=row.name, reason=wrong) from None
    return values


install_languages(Path(os.environ.get("BONGSU_NODE", "node")))
_values = read_settings()
BONGSU_NODE: Path = _values["BONGSU_NODE"]
BONGSU_CONTACT: str = _values["BONGSU_CONTACT"]
BONGSU_SDMX_FORMAT: str = _values["BONGSU_SDMX_FORMAT"]


def _secret_key() -> str:
    """Returns the node's secret key; a temporary one if there is no node (type checks, `bongsu init`)."""
    from bongsu.store.node import read_secret

    try:
        return read_secret(BONGSU_NODE)
    except BongsuError:
        return secrets.token_hex(32)


def _databases(address: str) -> dict[str, Any]:
    if not address:
        options = {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
            "transaction_mode": "IMMEDIATE",
        }
        name = BONGSU_NODE.resolve() / "records.sqlite3"
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": name, "OPTIONS": options}
    parts = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/"),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "CONN_MAX_AGE": 60,
    }


# --- Django's own settings

SECRET_KEY = _secret_key()
DEBUG = _values["BONGSU_DEBUG"]
ALLOWED_HOSTS = _values["BONGSU_ALLOWED_HOSTS"]
ROOT_URLCONF = "bongsu.web.urls"
WSGI_APPLICATION = "bongsu.web.wsgi.application"
DATABASES = {"default": _databases(_values["BONGSU_DATABASE"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "bongsu.web",
    "bongsu.web.accounts",
    "bongsu.publish",
    "bongsu.energy",
    "bongsu.work",
    "bongsu.commons",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bongsu.web.drain_body.drain_body",
    "bongsu.web.middleware.compress_pages",
    "bongsu.web.middleware.ErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bongsu.web.middleware.add_security_headers",
    "bongsu.web.middleware.attach_node",
    "bongsu.web.accounts.middleware.attach_organisation",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {"context_processors": ["bongsu.web.context.site_context"]},
    }
]
LANGUAGE_CODE = _values["BONGSU_DEFAULT_LANGUAGE"]
LANGUAGES = [(language.code, language.name) for language in LANGUAGE_LIST.values()]
LOCALE_PATHS = locale_folders()  # other packages have translated texts too, such as errors
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = BONGSU_NODE.resolve() / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _values["BONGSU_HTTPS"]
SECURE_SSL_REDIRECT = False  # the reverse proxy redirects
SECURE_HSTS_SECONDS = 31_536_000 if _values["BONGSU_HTTPS"] else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
}
