"""Pages about changed entries: the history of an entry, open to everybody, and, for stewards, conflicts and tokens."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_safe

from bongsu.commons.editing.conflicts import decide_conflict
from bongsu.commons.editing.entry_state import (
    PER_PAGE,
    EntryState,
    entry_history,
    find_state,
    list_conflicts,
    require_entry,
)
from bongsu.commons.editing.entry_tokens import ENTRIES, name_permission, permit_token, target_of_permission
from bongsu.commons.editing.history import KIND_NAMES, change_rows, conflict_row, name_author, name_field
from bongsu.commons.entries.entry_merge import changed_fields, split_fields
from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.people.access import require
from bongsu.people.models import Organisation, Token
from bongsu.people.organisations import organisation_titles


def _language() -> str:
    return get_language() or "en"


@require_safe
def show_history(request: Any, entry: str) -> HttpResponse:
    """Renders the changes of an entry on this node, the newest first: who, when, why, and what, field by field."""
    state = find_state(request.node, entry)
    if not state.gone:
        require_entry(state)
    language, titles = _language(), organisation_titles()
    page = Paginator(entry_history(entry), PER_PAGE).get_page(request.GET.get("page"))
    revisions = [
        {
            "revision": one,
            "kind": gettext(KIND_NAMES[one.kind]),
            "author": name_author(one, titles, gettext),
            "rows": change_rows(one, language, gettext),
        }
        for one in page
    ]
    shown = state.entry or state.upstream
    context = {
        "id": entry,
        "title": shown.title(language) if shown else entry,
        "gone": state.gone,
        "upstream": state.upstream,
        "revisions": revisions,
        "page": page,
        "merged": _merged_fields(state, language),
        "conflicts": [name_field(conflict.field, language, gettext) for conflict in state.conflicts],
    }
    return render(request, "commons/history.html", context)


def _merged_fields(state: EntryState, language: str) -> list[str]:
    """Returns the names of the fields that a later version of the source changed since the last change on this node."""
    if state.revision is None or state.upstream is None or state.revision.base is None:
        return []
    undecided = {conflict.field for conflict in state.conflicts}
    changed = changed_fields(state.revision.base, split_fields(state.upstream))
    return [name_field(field, language, gettext) for field in changed if field not in undecided]


@require_http_methods(["GET", "POST"])
def decide_conflicts(request: Any) -> HttpResponse:
    """Renders the conflicts between the node and the sources of entries, and decides one."""
    if request.method == "POST":
        _decide(request)
        return redirect("entry-conflicts")
    language = _language()
    found = [
        {
            "id": state.id,
            "title": (state.entry or state.upstream).title(language),  # type: ignore[union-attr]  # a conflict has one
            "fingerprint": state.fingerprint,
            "rows": [conflict_row(conflict, language, gettext) for conflict in state.conflicts],
        }
        for state in list_conflicts(request.node)
    ]
    return render(request, "commons/conflicts.html", {"entries": found})


def _decide(request: Any) -> None:
    given = request.POST
    try:
        decide_conflict(
            request.node,
            request.actor,
            given.get("entry", ""),
            given.get("field", ""),
            take_theirs=given.get("do") == "take",
            if_match=given.get("fingerprint") or None,
            why=given.get("why", ""),
        )
    except BongsuError as error:
        messages.error(request, describe_public_error(error, gettext).sentence)
    else:
        messages.success(request, gettext(N_("Decided. The next build of the catalogue has it.")))


@require_http_methods(["GET", "POST"])
def permit_tokens(request: Any) -> HttpResponse:
    """Renders the tokens of all organisations with the entries that each may change, and changes this for one."""
    require(request.actor, "entry.permit-token", target_of_permission(Organisation()))
    if request.method == "POST":
        given = request.POST
        try:
            permit_token(request.actor, given.get("token", ""), given.get("entries", ""), given.get("why", ""))
        except BadInput as error:
            messages.error(request, describe_public_error(error, gettext).sentence)
        else:
            messages.success(request, gettext("Saved."))
        return redirect("entry-tokens")
    usable = Q(revoked=None) & (Q(expires=None) | Q(expires__gt=timezone.now())) & Q(organisation__active=True)
    tokens = (
        Token.objects.filter(usable).select_related("organisation", "entries").order_by("organisation__title", "pk")
    )
    page = Paginator(tokens, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": [(token, name_permission(getattr(token, "entries", None))) for token in page],
        "choices": [(key, gettext(text)) for key, text in ENTRIES.items()],
    }
    return render(request, "commons/entry_tokens.html", context)
