"""Filters for pages about people."""

from __future__ import annotations

from typing import Any

from django import template
from django.urls import reverse
from django.utils.translation import gettext

from bongsu.core.errors import N_
from bongsu.web.desk_pages.navigation import open_pages, organisation_pages

register = template.Library()

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
def mail_state(state: str) -> str:
    """Returns the state of a message in words."""
    return gettext(MAIL_STATES[state]) if state in MAIL_STATES else state
