"""Filters for pages about people."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_, Missing
from bongsu.people.granting import title_scope
from bongsu.people.models import Grant
from bongsu.people.persons import find_person
from bongsu.people.words import name_action, name_scope
from bongsu.web.desk_pages.navigation import open_pages, organisation_pages
from bongsu.web.duties.table import format_interval

register = template.Library()
_NUMBER = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")  # that of a person

MAIL_STATES = {
    "waiting": N_("waiting"),
    "sending": N_("being sent"),
    "sent": N_("sent"),
    "failed": N_("failed"),
    "unknown": N_("unknown: the sending was cut short"),
    "kept": N_("kept"),
}


@register.simple_tag(takes_context=True)
def desk_links(context: Any) -> list[tuple[str, str, bool]]:
    """Returns title, address, and whether it is the current page, of the pages of the desk that are open to the reader."""
    request = context["request"]
    links = [(gettext(page.title), reverse(page.route)) for page in open_pages(request.actor)]
    links += organisation_pages(request.actor)
    return [(title, address, request.path.startswith(address)) for title, address in links]


@register.filter
def title_of(named: Any, language: str) -> str:
    """Returns the title of a role in a language."""
    return str(named.title.to(language))


@register.filter
def get_title(titles: dict[str, str], role: str) -> str:
    """Returns the title of a role by its name; the name of a role that no table has any more."""
    return titles.get(role, role)


@register.filter
def get_form(forms: dict[str, Any], name: str) -> Any:
    """Returns a form of a page by its name."""
    return forms[name]


@register.filter
def scope(kind: str, id: str) -> str:
    """{{ "organisation"|scope:"kaist" }}: “organisation kaist”."""
    return name_scope(kind, id, get_language() or "en")


@register.filter
def scope_title(grant: Grant) -> str:
    """Returns what a role is for, by its title: “organisation Tide Institute”."""
    return title_scope(grant.scope_kind, grant.scope_id, get_language() or "en")


@register.filter
def action(action: str) -> str:
    """Returns what an action is in words."""
    return name_action(action, get_language() or "en")


@register.filter
def actor(name: str, may_see: bool) -> str:
    """Returns who acted in words; a person by name or address if `may_see`, else as the audit names her."""
    kind, _, id = name.partition(" ")
    if kind == "command":
        return gettext("{user}, by the command").format(user=id)
    if kind == "person":
        return person(id, may_see) if may_see else name
    return name


@register.filter
def person(text: str, may_see: bool) -> str:
    """Returns the name or address of the person with this number if `may_see`; any other text as it is."""
    if not may_see or not _NUMBER.fullmatch(text):
        return text
    try:
        return str(find_person(text))
    except Missing:
        return text


@register.filter
def in_words(text: str) -> str:
    """Returns a marked text, such as the help of a duty, in the reader's language."""
    return gettext(text) if text else ""


@register.filter
def moment(text: str) -> str:
    """{{ "2026-11-25T08:00:00Z"|moment }}: “2026-11-25 08:00”."""
    return text[:16].replace("T", " ")


@register.filter
def interval(every: timedelta) -> str:
    """Returns the interval of a duty, such as 30 s or 1 d."""
    return format_interval(every)


@register.filter
def mail_state(state: str) -> str:
    """Returns the state of a message in words."""
    return gettext(MAIL_STATES[state]) if state in MAIL_STATES else state
