"""Files of applications as responses: saved and never shown by a browser, kept by nobody on the way, under a neutral name."""

from __future__ import annotations

from django.http import HttpResponse

from bongsu.incubator.applications.files import MEDIA_TYPES, read_file
from bongsu.incubator.models import Application
from bongsu.people.uploads import serve_upload
from bongsu.store.node import Node


def send_file(node: Node, application: Application, sha256: str) -> HttpResponse:
    """Returns a file of an application, such as CALL-2027-0001-9-1.pdf. Raises Missing."""
    stored, data = read_file(node, application, sha256)
    position = application.stored_files.filter(pk__lte=stored.pk).count()
    return attach(data, MEDIA_TYPES[stored.type], f"{application.number}-{position}.{stored.type}")


def attach(data: bytes, media_type: str, name: str) -> HttpResponse:
    """Returns a response that is saved as a file."""
    response = serve_upload(data, media_type, name)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
