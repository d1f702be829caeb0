"""Middleware: the opened node, security headers, compression, and errors as HTTP responses in the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache, partial
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.locale import LocaleMiddleware
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.http import urlencode
from django.utils.translation import get_language, gettext

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import BadInput, BongsuError, TryAgain
from bongsu.people.access import SignInFirst
from bongsu.publish.sdmx.http_responses import refuse_null_characters
from bongsu.store.node import Node
from bongsu.web.site_address import site_address

GetResponse = Callable[[HttpRequest], HttpResponse]
_log = logging.getLogger("bongsu.web")

# No page loads anything from another server; Vega's expressions run without eval (its AST interpreter is used).
_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "style-src 'self' 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self' {provider}",
        "frame-ancestors 'none'",
    )
)


@lru_cache(maxsize=1)
def open_node() -> Node:
    """Returns the node that this process serves; opens it once."""
    return Node(settings.BONGSU_NODE)


def attach_node(get_response: GetResponse) -> GetResponse:
    """Sets `request.node` to the opened node, and `request.full_address`, which returns the full address of a route."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.node = open_node()  # type: ignore[attr-defined]
        request.full_address = partial(site_address, request)  # type: ignore[attr-defined]
        return get_response(request)

    return middleware


class LanguageMiddleware(LocaleMiddleware):
    """Chooses the language as Django does, but never leads from a machine's address to the page of the same path.

    Django redirects every 404 to the address with a language, if there is one: a program that asks for an entry that does
    not exist would be told to look elsewhere.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """Returns a 404 of a known address as it is."""
        if response.status_code != 404 or request.resolver_match is None:
            return super().process_response(request, response)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", get_language() or "en")
        return response


def add_security_headers(get_response: GetResponse) -> GetResponse:
    """Sets Content-Security-Policy (no resources from other servers, no framing) and Permissions-Policy.

    A form may lead to this site, and to the OpenID Connect provider: the button that signs in there is a form.
    """
    issuer = urlsplit(settings.BONGSU_OIDC_ISSUER)
    policy = _POLICY.format(provider=f"{issuer.scheme}://{issuer.netloc}" if issuer.netloc else "")

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", policy)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        return response

    return middleware


# Content types to compress. Data is compressed by the view that writes it, or not at all.
_TEXTS = ("text/html", "image/svg+xml", "application/vnd.vegalite")


def compress_pages(get_response: GetResponse) -> GetResponse:
    """Compresses pages, SVG and Vega specifications with gzip; Django adds random bytes against the BREACH attack."""
    from django.middleware.gzip import GZipMiddleware

    packer = GZipMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        if response.headers.get("Content-Type", "").startswith(_TEXTS) and not response.streaming:
            response = packer.process_response(request, response)  # type: ignore[assignment]
        return response

    return middleware


def refuse_null(get_response: GetResponse) -> GetResponse:
    """Answers 400 to an address with a NUL character; SDMX answers in its own form."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith("/sdmx/"):
            try:
                refuse_null_characters(request)
            except BadInput as error:
                return render_error(request, error)
        return get_response(request)

    return middleware


class ErrorMiddleware:
    """Turns a BongsuError into an HTTP response: a page for people, one JSON shape for machines."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Returns the response to a BongsuError; Django reports any other exception as a defect."""
        if not isinstance(error, BongsuError):
            return None
        if error.http_status >= 500:
            _log.error("%s: %s", error.code, error)
        return render_error(request, error)


def render_error(request: HttpRequest, error: BongsuError) -> HttpResponse:
    """Returns the response to an error: HTML if the client prefers it, else JSON.

    A person who must sign in to read a page is led to the sign-in page, and from there back.
    """
    text = describe_public_error(error, gettext)
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        if isinstance(error, SignInFirst) and request.method == "GET":
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        context = {"status": error.http_status, "what": text.message, "fix": text.fix, "code": error.code}
        response = render(request, "error.html", context, status=error.http_status)
    else:
        response = JsonResponse(text.to_json(), status=error.http_status, json_dumps_params={"ensure_ascii": False})
    if isinstance(error, TryAgain):
        response.headers["Retry-After"] = "5"
    return response
