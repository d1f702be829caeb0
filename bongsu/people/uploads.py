"""Files that people send: read only if they are small enough and of a known type, and served so that no browser runs them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse

from bongsu.core.uploads import MAX_UPLOAD, PDF, check_size, check_upload

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_DOWNLOADED = {PDF}  # saved, not shown: a viewer of the browser would run what is in it


def read_upload(file: UploadedFile[Any], allowed: Collection[str], *, most: int = MAX_UPLOAD) -> bytes:
    """Returns the content of a file that was sent with a form. Raises BadInput, before it is read if it is too large."""
    name = str(file.name or "")
    check_size(file.size or 0, most, name)
    data = bytes(file.read())
    check_upload(data, allowed, most=most, where=name)
    return data


def serve_upload(data: bytes, media_type: str, name: str) -> HttpResponse:
    """Returns a file with the type that its content has; a browser neither guesses another type nor runs anything in it."""
    response = HttpResponse(data, content_type=media_type)
    shown = "attachment" if media_type in _DOWNLOADED else "inline"
    response.headers["Content-Disposition"] = f'{shown}; filename="{name}"'
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    return response
