"""Reads whom the files of applications name, so that they are kept away from reviewing them.

Texts are read when they arrive, PDFs by the duty `calls` before their applications are compared, some in each run: a PDF may
take seconds, and other duties wait. Pictures are not read.
"""

from __future__ import annotations

from django.db.models import QuerySet

from bongsu.core.errors import Missing
from bongsu.incubator.applications.files import read_file
from bongsu.incubator.applications.pdf_text import read_pdf_text
from bongsu.incubator.conflicts.named import find_named
from bongsu.incubator.models import StoredFile
from bongsu.store.node import Node

MOST = 40  # of a run
UNSENT = ("draft", "withdrawn")  # nobody reviews these, and nobody competes with them


def list_unread() -> QuerySet[StoredFile]:
    """Returns the files that were not read, of applications that were submitted and not compared yet."""
    rows = StoredFile.objects.filter(named__isnull=True, application__compared=None)
    return rows.exclude(application__state__in=UNSENT).order_by("pk")


def read_new_files(node: Node) -> None:
    """Notes whom files name that were not read yet. A file that is gone names nobody."""
    for row in list_unread().select_related("application")[:MOST]:
        try:
            _, data = read_file(node, row.application, row.sha256)
        except Missing:
            data = b""
        row.named = list(find_named([read_pdf_text(data)]))
        row.save(update_fields=["named"])
