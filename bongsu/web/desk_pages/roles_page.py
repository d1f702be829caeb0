"""The page of the roles: what each is for, who grants it, who holds it, and whether it demands a second step."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.people.access import active_grants, demands_two_steps, may, roles
from bongsu.people.granting import require_two_steps
from bongsu.people.models import Grant
from bongsu.web.desk_pages.people import role_titles


@require_safe
def list_roles(request: Any) -> HttpResponse:
    """Lists the roles with their holders."""
    language = get_language() or "en"
    titles = role_titles()
    held: dict[str, list[Grant]] = {}
    for grant in Grant.objects.filter(active_grants()).select_related("person").order_by("scope_kind", "scope_id"):
        held.setdefault(grant.role, []).append(grant)
    rows = [
        {
            "name": role.name,
            "title": titles[role.name],
            "help": role.help.to(language),
            "granted_by": [titles[name] for name in role.granted_by],
            "two_step": demands_two_steps(role.name),
            "grants": held.get(role.name, []),
        }
        for role in roles().values()
    ]
    context = {
        "rows": rows,
        "may_rule": may(request.actor, "role.require-two-step"),
        "may_see": may(request.actor, "person.list"),
    }
    return render(request, "desk_pages/roles.html", context)


@require_POST
def rule_two_steps(request: HttpRequest, role: str) -> HttpResponse:
    """Rules whether the holders of a role must sign in with a second step."""
    require_two_steps(request.actor, role, request.POST.get("two_step") == "yes")  # type: ignore[attr-defined]
    messages.success(request, gettext("Saved."))
    return redirect("desk-roles")
