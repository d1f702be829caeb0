"""An OpenID Connect provider for tests: django-oauth-toolkit with one person, who is signed in and agrees to everything.

Run with the port, the node's return address and the person's address; prints "ready" when it listens.
"""

from __future__ import annotations

import sys
from typing import Any
from wsgiref.simple_server import make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command

CLIENT, SECRET = "node", "a-secret-of-the-test"


def configure(port: int) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="x" * 50,
        DEBUG=True,
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            f"{__name__}.sign_in",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{port}",
            "PKCE_REQUIRED": True,
            "SCOPES": {"openid": "", "profile": "", "email": ""},
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Claims",
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


def sign_in(get_response: Any) -> Any:
    """Signs the one person in at every request."""
    from django.contrib.auth.models import User

    def middleware(request: Any) -> Any:
        request.user = User.objects.get()
        return get_response(request)

    return middleware


def _claims() -> type:
    from oauth2_provider.oauth2_validators import OAuth2Validator

    class Claims(OAuth2Validator):  # type: ignore[misc]
        oidc_claim_scope = None

        def get_additional_claims(self, request: Any) -> dict[str, Any]:
            return {"name": "Park Provider", "email": request.user.email, "email_verified": True}

    return Claims


def __getattr__(name: str) -> Any:
    if name == "Claims":
        return _claims()
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("", include("oauth2_provider.urls", namespace="oauth2_provider"))]
    raise AttributeError(name)


def main(port: int, return_address: str, email: str) -> None:
    configure(port)
    from django.contrib.auth.models import User
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    User.objects.create(username="park", email=email)
    Application.objects.create(
        name="node",
        client_id=CLIENT,
        client_secret=SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=return_address,
        skip_authorization=True,
        algorithm="RS256",
    )
    with make_server("127.0.0.1", port, get_wsgi_application()) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    sys.modules["oidc_provider"] = sys.modules["__main__"]
    __name__ = "oidc_provider"
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
