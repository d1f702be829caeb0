"""Reads whom the files of applications name, so that they are kept away from reviewing them.

Texts are read when they arrive, a PDF before its application is compared: that may take seconds. Pictures are not read.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bongsu.incubator.applications.files import read_file
from bongsu.incubator.applications.pdf_text import read_pdf_text
from bongsu.incubator.conflicts.named import find_named
from bongsu.incubator.models import StoredFile
from bongsu.store.node import Node


def read_new_files(node: Node, applications: Iterable[Any]) -> int:
    """Notes whom the files of applications name that were not read yet. Returns how many files were read."""
    rows = (
        StoredFile.objects.filter(application__in=applications, named__isnull=True)
        .select_related("application")
        .order_by("pk")
    )
    count = 0
    for row in rows:
        _, data = read_file(node, row.application, row.sha256)
        row.named = list(find_named([read_pdf_text(data)]))
        row.save(update_fields=["named"])
        count += 1
    return count
