"""What every template may use: the node's name, the languages and this page's address in each of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import translate_url
from django.utils.translation import get_language

from bongsu.web.middleware import opened


def house(request: HttpRequest) -> dict[str, Any]:
    """`node_name`, `language`, `languages` (code, name, address of this page in it)."""
    path = request.get_full_path()
    return {
        "node_name": opened().identity.name,
        "language": get_language() or settings.LANGUAGE_CODE,
        "languages": [(code, name, translate_url(path, code)) for code, name in settings.LANGUAGES],
    }
