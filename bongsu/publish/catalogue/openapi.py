"""The OpenAPI 3.1 description of every public address that is not SDMX, generated from the URL configuration.

A view's docstring is its summary; `require_POST` and similar decorators give its methods; an attribute `openapi` of the view
gives further keys of the Operation Object. The language at the beginning of a page's address is a path parameter.
"""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib.metadata import version
from typing import Any, TypeVar

from django.urls import URLResolver, get_resolver
from django.urls.resolvers import LocalePrefixPattern

from bongsu.core.languages import LANGUAGES
from bongsu.publish.formats.public_address import PERSONAL_PAGES

View = TypeVar("View", bound=Callable[..., Any])
_ARGUMENT = re.compile(r"<(?:(\w+):)?(\w+)>")
_SCHEMAS = {"int": {"type": "integer", "minimum": 0}, "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$"}}
_ERROR = {"$ref": "#/components/responses/Error"}


def extend_operation(**more: Any) -> Callable[[View], View]:
    """Adds keys of OpenAPI's Operation Object to the description of a view."""

    def mark(view: View) -> View:
        view.openapi = more  # type: ignore[attr-defined]
        return view

    return mark


def query_parameters(**parameters: str) -> list[dict[str, Any]]:
    """Returns the Operation Object's parameters of a query, from name -> description."""
    return [
        {"name": name, "in": "query", "description": text, "schema": {"type": "string"}}
        for name, text in parameters.items()
    ]


def media_responses(*media_types: str) -> dict[str, Any]:
    """Returns the Operation Object's responses of a view that sends one of these media types."""
    content = {one: {"schema": {"type": "string"}} for one in media_types}
    return {"200": {"description": "The requested resource.", "content": content}, "default": _ERROR}


@lru_cache(maxsize=4)
def write_openapi(base: str, name: str) -> bytes:
    """Returns the description as JSON; `base` is the node's address, `name` its name."""
    shape: dict[str, Any] = {
        "openapi": "3.1.1",
        "info": {
            "title": name,
            "version": version("bongsu"),
            "summary": "A Bongsu node: releases of official statistics, their files and catalogue.",
            "description": (
                "Observations are queried by SDMX REST 2.2 and 1.5 at /sdmx/, and those that came from another node at "
                "/network/peers/NODE/sdmx/. The standard describes these addresses."
            ),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "externalDocs": {"description": "SDMX REST", "url": "https://github.com/sdmx-twg/sdmx-rest"},
        "paths": dict(sorted(_paths())),
        "components": {"schemas": {"Error": _error_shape()}, "responses": {"Error": _error_response()}},
    }
    return (json.dumps(shape, ensure_ascii=False, indent=1) + "\n").encode()


def _error_shape() -> dict[str, Any]:
    texts = {"code": "its name for machines", "message": "what is wrong, and where", "fix": "what to do"}
    inner = {"type": "object", "required": list(texts), "properties": {}}
    inner["properties"] = {key: {"type": "string", "description": text} for key, text in texts.items()}
    return {"type": "object", "required": ["error"], "properties": {"error": inner}}


def _error_response() -> dict[str, Any]:
    schema = {"$ref": "#/components/schemas/Error"}
    html = {"schema": {"type": "string"}}
    return {
        "description": "What is wrong, where, and what to do.",
        "content": {"application/json": {"schema": schema}, "text/html": html},
    }


def list_addresses() -> Iterator[tuple[str, Callable[..., Any], bool]]:
    """Lists (Django's URL pattern, view, whether a language precedes it) of every address that is not SDMX."""
    yield from _walk(get_resolver(), "", False)


def list_public_addresses() -> Iterator[tuple[str, Callable[..., Any], bool]]:
    """Lists the same without the forms that people use when they are signed in."""
    yield from (found for found in list_addresses() if not found[0].startswith(PERSONAL_PAGES))


def _walk(resolver: URLResolver, prefix: str, page: bool) -> Iterator[tuple[str, Callable[..., Any], bool]]:
    for pattern in resolver.url_patterns:
        localised = isinstance(pattern.pattern, LocalePrefixPattern)
        whole = prefix + ("" if localised else str(pattern.pattern))
        if "/sdmx/" in f"/{whole}":  # of this node or of a peer; their patterns are regular expressions
            continue
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, whole, page or localised)
        else:
            yield whole, pattern.callback, page


def path_template(address: str, page: bool) -> str:
    """Converts a URL pattern of Django to a path template of OpenAPI: /files/{dataflow}/{number}.{form}."""
    return ("/{language}/" if page else "/") + _ARGUMENT.sub(lambda found: "{" + found.group(2) + "}", address)


def _paths() -> Iterator[tuple[str, dict[str, Any]]]:
    for address, view, page in list_public_addresses():
        yield path_template(address, page), _path_item(address, view, page)


def _path_item(address: str, view: Callable[..., Any], page: bool) -> dict[str, Any]:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _SCHEMAS.get(kind, {"type": "string"})}
        for kind, name in _ARGUMENT.findall(address)
    ]
    if page:
        schema = {"type": "string", "enum": list(LANGUAGES)}
        parameters.insert(0, {"name": "language", "in": "path", "required": True, "schema": schema})
    more: dict[str, Any] = getattr(_inner(view), "openapi", {})
    about = (inspect.getdoc(view) or "").split("\n\n")[0].replace("\n", " ")
    named = re.sub(r"\W+", "_", path_template(address, page)).strip("_") or "root"
    operations = {}
    for method in _methods(view):
        operation: dict[str, Any] = {"operationId": f"{method}_{named}", "summary": about}
        operation["tags"] = ["pages" if page else address.partition("/")[0].partition(".")[0] or "root"]
        operation["responses"] = (
            media_responses("text/html") if page else {"200": {"description": about}, "default": _ERROR}
        )
        if method == "post":
            operation["requestBody"] = {"required": True, "content": {"application/octet-stream": {}}}
        operations[method] = {**operation, **more}
    return {**operations, **({"parameters": parameters} if parameters else {})}


def _inner(view: Callable[..., Any]) -> Callable[..., Any]:
    while not hasattr(view, "openapi") and hasattr(view, "__wrapped__"):
        view = view.__wrapped__
    return view


def _methods(view: Callable[..., Any]) -> list[str]:
    """Returns the methods that Django's require_http_methods allows; “get” if the view has no such decorator."""
    while True:
        found = inspect.getclosurevars(view).nonlocals.get("request_method_list")
        if found:
            return [method.lower() for method in found if method != "HEAD"]
        if not hasattr(view, "__wrapped__"):
            return ["get"]
        view = view.__wrapped__
