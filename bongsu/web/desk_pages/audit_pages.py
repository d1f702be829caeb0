"""The page of the audit: its lines with filters, as CSV, and whether its chain is whole."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.csv_cells import quote_formula
from bongsu.core.errors import BadInput, Damaged
from bongsu.people import audit
from bongsu.people.access import access_rows, may
from bongsu.people.audit_filters import filter_lines
from bongsu.people.models import AuditLine
from bongsu.people.words import name_action
from bongsu.web import middleware
from bongsu.web.desk_pages.changes import describe
from bongsu.web.desk_pages.people import PER_PAGE
from bongsu.web.duties.audit_head import acknowledge_restore, find_difference

_ACKNOWLEDGE = "audit.acknowledge-restore"
FILTERS = ("who", "action", "object", "day")


@require_safe
def list_lines(request: Any) -> HttpResponse:
    """Lists the lines of the audit, newest first."""
    lines, wrong = _filter_lines(request)
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "page": page,
        "rows": [(line, audit.describe_changes(line)) for line in page],
        "asked": {name: request.GET.get(name, "") for name in FILTERS},
        "query": asked.urlencode(),
        "actions": sorted((name_action(row.action, get_language() or "en"), row.action) for row in access_rows()),
        "wrong": wrong,
        "may_see": may(request.actor, "person.list"),
        "difference": find_difference(middleware.open_node()) if may(request.actor, _ACKNOWLEDGE) else None,
    }
    return render(request, "desk_pages/audit.html", context)


def _filter_lines(request: HttpRequest) -> tuple[Any, str]:
    """Returns the lines that the filters leave, and what is wrong with a filter."""
    try:
        return filter_lines(*(request.GET.get(name, "").strip()[:200] for name in FILTERS)), ""
    except BadInput as wrong:
        return AuditLine.objects.none(), describe(wrong)


@require_POST
def verify_chain(request: HttpRequest) -> HttpResponse:
    """Reads the whole chain and says whether it is whole."""
    try:
        head = audit.verify()
    except Damaged as wrong:
        messages.error(request, describe(wrong))
    else:
        number = head.number if head else 0
        messages.success(request, gettext("The audit is whole: {number} lines.").format(number=number))
    return redirect("desk-audit")


@require_POST
def acknowledge(request: Any) -> HttpResponse:
    """Writes that the database was restored from an older copy."""
    try:
        acknowledge_restore(middleware.open_node(), request.actor, request.POST.get("why", ""), timezone.now())
    except (BadInput, Damaged) as wrong:
        messages.error(request, describe(wrong))
    else:
        messages.success(request, gettext("Saved."))
    return redirect("desk-audit")


@require_safe
def export_lines(request: HttpRequest) -> StreamingHttpResponse:
    """Returns the lines that the filters leave as CSV, oldest first."""
    lines, _ = _filter_lines(request)
    return StreamingHttpResponse(
        _write_csv(lines.order_by("number")),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"', "Cache-Control": "no-store"},
    )


_COLUMNS = ("number", "at", "actor", "action", "object_kind", "object_id", "before", "after", "why", "previous", "hash")


def _write_csv(lines: Any) -> Iterator[str]:
    yield _csv_row(_COLUMNS)
    for line in lines.iterator(chunk_size=1000):
        values = {name: getattr(line, name) for name in _COLUMNS} | {"at": line.at.isoformat()}
        for name in ("before", "after"):
            values[name] = "" if values[name] is None else json.dumps(values[name], ensure_ascii=False)
        yield _csv_row(tuple(quote_formula(str(value)) for value in values.values()))


def _csv_row(values: tuple[object, ...]) -> str:
    row = io.StringIO()
    csv.writer(row).writerow(values)
    return row.getvalue()
