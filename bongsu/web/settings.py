"""The settings: the rows of core/environment.py that the node reads. A wrong value stops the start.

Values come from the environment and are parsed by PARSERS. Django's own settings, below, derive from these rows only.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from bongsu.core.environment import VARIABLES, Reader
from bongsu.core.errors import N_, BongsuError, Misconfigured
from bongsu.core.languages import LANGUAGES as LANGUAGE_LIST
from bongsu.incubator.sealing.keys import Key, parse_keys
from bongsu.store.languages.folders import install_languages, locale_folders
from bongsu.store.microdata.holding_key import parse_key


def _yes_or_no(text: str) -> bool:
    if text not in ("yes", "no"):
        raise ValueError(N_("it must be yes or no"))
    return text == "yes"


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise ValueError(N_("it must be a number from 1 to 65535"))
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 256:
        raise ValueError(N_("it must be a number from 1 to 256"))
    return int(text)


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _keys(text: str) -> dict[str, str]:
    pairs = [pair.partition("=") for pair in _names(text)]
    if any(not (name and key) for name, _, key in pairs):
        raise ValueError(N_("it must be name=key, separated by commas"))
    return {name: key for name, _, key in pairs}


def _language(text: str) -> str:
    if text not in LANGUAGE_LIST:
        raise ValueError(N_("it must be the code of an installed language, such as en"))
    return text


# What may follow “?” in the address of the database, and is passed on: parameters of libpq that change no behaviour of Django.
_CONNECTION_PARAMETERS = frozenset(
    {"application_name", "channel_binding", "connect_timeout", "gssencmode", "target_session_attrs", "tcp_user_timeout"}
    | {"keepalives", "keepalives_count", "keepalives_idle", "keepalives_interval"}
    | {"sslcert", "sslcrl", "sslkey", "sslmode", "sslpassword", "sslrootcert"}
)


def _database(text: str) -> str:
    if not text:
        return text
    parts = _split_address(text)
    if parts is None or parts.scheme != "postgresql" or not parts.path.lstrip("/") or parts.fragment:
        raise ValueError(N_("it must be postgresql://user:password@host:port/name, or empty for SQLite"))
    names = [pair.partition("=")[0] for pair in parts.query.split("&")] if parts.query else []
    if len(set(names)) != len(names) or not _CONNECTION_PARAMETERS.issuperset(names):
        raise ValueError(
            N_("a parameter after “?” is unknown or repeated; parameters are those of libpq, such as sslmode")
        )
    return text


def _email(text: str) -> str:
    name, _, host = text.partition("@")
    if text and not (name and "." in host and text == "".join(text.split())):
        raise ValueError(N_("it must be name@host.example, or empty"))
    return text


def _split_address(text: str) -> SplitResult | None:
    """Returns the parts of an address, None for one that has none; the library's errors could repeat a password."""
    try:
        parts = urlsplit(text)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _address(text: str) -> str:
    parts = _split_address(text)
    if text and (parts is None or parts.scheme not in ("http", "https") or parts.query or parts.fragment):
        raise ValueError(N_("it must be an address such as https://ai.stat.example, or empty"))
    return text.rstrip("/")


def _mail_server(text: str) -> str:
    parts = _split_address(text)
    if text and (parts is None or parts.scheme not in ("smtp", "smtps", "smtp+plain")):
        raise ValueError(
            N_(
                "it must be smtp://user:password@host:587, smtps://user:password@host:465, smtp+plain://host:25, or empty"
            )
        )
    return text


def _folder(text: str) -> str:
    if text and not Path(text).is_absolute():
        raise ValueError(N_("it must be the full path of a folder, or empty"))
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
    "BONGSU_DATABASE_CONNECTIONS": _count,
    "BONGSU_SDMX_FORMAT": _sdmx_format,
    "BONGSU_CONTACT": _email,
    "BONGSU_HOLDINGS_KEY": parse_key,
    "BONGSU_RECORDS_KEY": parse_keys,
    "BONGSU_SPARK": _spark,
    "BONGSU_URL": _address,
    "BONGSU_PROXY": _yes_or_no,
    "BONGSU_NETWORK_PRIVATE": _yes_or_no,
    "BONGSU_ASK_SOURCES": _yes_or_no,
    "BONGSU_SOURCE_KEYS": _keys,
    "BONGSU_MAIL": _mail_server,
    "BONGSU_MAIL_FROM": _email,
    "BONGSU_SIGN_UP": _yes_or_no,
    "BONGSU_BACKUP": _folder,
    "BONGSU_OIDC_ISSUER": _address,
    "BONGSU_OIDC_CLIENT": str,
    "BONGSU_OIDC_SECRET": str,
    "BONGSU_OIDC_NAME": str,
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
BONGSU_URL: str = _values["BONGSU_URL"]
BONGSU_NETWORK_PRIVATE: bool = _values["BONGSU_NETWORK_PRIVATE"]
BONGSU_MAIL: str = _values["BONGSU_MAIL"]
BONGSU_MAIL_FROM: str = _values["BONGSU_MAIL_FROM"] or BONGSU_CONTACT or "bongsu@localhost"
BONGSU_OIDC_ISSUER: str = _values["BONGSU_OIDC_ISSUER"]
BONGSU_BACKUP: str = _values["BONGSU_BACKUP"]
BONGSU_RECORDS_KEY: tuple[Key, ...] = _values["BONGSU_RECORDS_KEY"]
BONGSU_SIGN_UP: bool = _values["BONGSU_SIGN_UP"]
BONGSU_HOLDINGS_KEY: bytes | None = _values["BONGSU_HOLDINGS_KEY"]
BONGSU_SPARK: str = _values["BONGSU_SPARK"]


def _secret_key() -> str:
    """Returns the node's secret key; a temporary one if there is no node (type checks, `bongsu init`)."""
    from bongsu.store.node import read_secret

    try:
        return read_secret(BONGSU_NODE)
    except BongsuError:
        return secrets.token_hex(32)


def _databases(address: str, connections: int) -> dict[str, Any]:
    if not address:
        options = {
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            "transaction_mode": "IMMEDIATE",
            "timeout": 10,  # seconds to wait for another process that writes
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
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "connect_timeout": "5",
            "application_name": "bongsu",
            **dict(parse_qsl(parts.query)),
            # A request that gets no connection in time is answered with 503 (web/views.py).
            "pool": {"min_size": 1, "max_size": connections, "timeout": 5.0},
        },
    }


# --- Django's own settings

SECRET_KEY = _secret_key()
DEBUG = _values["BONGSU_DEBUG"]
ALLOWED_HOSTS = _values["BONGSU_ALLOWED_HOSTS"]
ROOT_URLCONF = "bongsu.web.urls"
WSGI_APPLICATION = "bongsu.web.wsgi.application"
DATABASES = {"default": _databases(_values["BONGSU_DATABASE"], _values["BONGSU_DATABASE_CONNECTIONS"])}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django_htmx",
    "bongsu.people",
    "bongsu.web",  # before allauth: its templates are replaced by those of the same name here
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
    "bongsu.publish",
    "bongsu.energy",
    "bongsu.work",
    "bongsu.commons",
    "bongsu.credits",
    "bongsu.incubator",
    "bongsu.network",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "bongsu.web.drain_body.drain_body",
    "bongsu.web.middleware.compress_pages",
    "bongsu.web.middleware.ErrorMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "bongsu.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "bongsu.web.middleware.add_security_headers",
    "bongsu.web.middleware.refuse_null",
    "bongsu.web.middleware.attach_node",
    "bongsu.web.access.attach_actor",
    "bongsu.web.access.AccessMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "bongsu.web.context.site_context",
            ]
        },
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
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "bongsu.web.views.csrf_failure"
CSRF_TRUSTED_ORIGINS = [f"{urlsplit(BONGSU_URL).scheme}://{urlsplit(BONGSU_URL).netloc}"] if BONGSU_URL else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _values["BONGSU_PROXY"] else None
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

# --- Accounts (django-allauth)

AUTH_USER_MODEL = "people.Person"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["bongsu.people.passwords.Argon2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
# Attempts are counted here, so that every process of the node counts the same ones. A limit that is evicted is no limit: there
# is room for more addresses than can be tried before the entries end by themselves.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "people_cache",
        "OPTIONS": {"MAX_ENTRIES": 50_000},
    }
}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "account"
ACCOUNT_ADAPTER = "bongsu.web.account.adapters.AccountAdapter"
ACCOUNT_FORMS = {"login": "bongsu.web.account.forms.PasswordForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]  # without the second, allauth offers no password at all
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_MAX_EMAIL_ADDRESSES = 5
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_RATE_LIMITS = {
    "link_requests": "20/m/ip",
    "links_to_address": "3/10m/key",
    "kept_forms": "10/h/ip",
}  # beside the defaults
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _values["BONGSU_PROXY"] else 0
MFA_ADAPTER = "bongsu.web.account.adapters.SecondStepAdapter"
MFA_FORMS = {"add_webauthn": "bongsu.web.account.forms.PasskeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not _values["BONGSU_HTTPS"]  # browsers still demand HTTPS or localhost
SOCIALACCOUNT_ADAPTER = "bongsu.web.account.adapters.ProviderAdapter"
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": _values["BONGSU_OIDC_NAME"],
                "client_id": _values["BONGSU_OIDC_CLIENT"],
                "secret": _values["BONGSU_OIDC_SECRET"],
                "settings": {"server_url": BONGSU_OIDC_ISSUER, "fetch_userinfo": True},
            }
        ]
        if BONGSU_OIDC_ISSUER
        else [],
    }
}

# --- Mail

_mail = urlsplit(BONGSU_MAIL)
DEFAULT_FROM_EMAIL = BONGSU_MAIL_FROM
EMAIL_HOST = _mail.hostname or ""
EMAIL_PORT = _mail.port or {"smtps": 465, "smtp": 587}.get(_mail.scheme, 25)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_TLS = _mail.scheme == "smtp"
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_TIMEOUT = 20
