"""What applicants take away: their files, their versions and the receipts for them, as files to keep.

An address of a file has its hash and no name; the name under which it is kept is neutral, such as CALL-2027-0001-9-1.pdf.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from bongsu.core.errors import N_, Missing
from bongsu.incubator.applications.versions import read_version_files
from bongsu.incubator.applying.requests import for_applicant
from bongsu.incubator.applying.views import find_own
from bongsu.incubator.attachments import attach, send_file
from bongsu.incubator.models import Application, Version
from bongsu.incubator.receipts import export_version


@require_safe
@for_applicant
def show_file(request: Any, number: str, sha256: str) -> HttpResponse:
    """Returns a file of an application."""
    application = find_own(request, number)
    return send_file(request.node, application, sha256)


@require_safe
@for_applicant
def show_version(request: Any, number: str, version: int) -> HttpResponse:
    """Returns the answers and the list of files of a version, as `bongsu call verify` reads them."""
    application = find_own(request, number)
    found = _find_version(application, version)
    data = export_version(found.answers, read_version_files(found))
    return attach(data, "application/json", f"{application.number}-version-{version}.json")


@require_safe
@for_applicant
def show_receipt(request: Any, number: str, version: int) -> HttpResponse:
    """Returns the signed receipt of a version."""
    application = find_own(request, number)
    found = _find_version(application, version)
    if not found.receipt:
        raise Missing(N_("This version has no receipt."))
    return attach(found.receipt.encode(), "application/json", f"{application.number}-receipt-{version}.json")


def _find_version(application: Application, number: int) -> Version:
    found: Version | None = application.versions.filter(number=number).first()
    if found is None:
        raise Missing(N_("There is no such version."))
    return found
