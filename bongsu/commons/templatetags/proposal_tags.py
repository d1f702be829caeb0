"""Tags of the form of an entry, and of its page."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.db import DatabaseError
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from bongsu.commons.catalogue_search import openness_facet
from bongsu.commons.display_names import OPENNESS_NAMES
from bongsu.commons.entries.entry import Entry
from bongsu.commons.licences import read_licence as interpret
from bongsu.commons.models import EntryOwner, EntryReview
from bongsu.commons.proposals.yearly_review import last_review

register = template.Library()


@register.simple_tag
def error(errors: Mapping[str, str], *path: object) -> SafeString | str:
    """Returns what is wrong with a field, as a paragraph that the field names as its description."""
    field = "-".join(map(str, path))
    return format_html('<p class="error" id="error-{}">{}</p>', field, errors[field]) if field in errors else ""


@register.simple_tag
def describe_care(entry: Entry) -> dict[str, str]:
    """Returns the organisation that an entry belongs to ("" for none), and the day of its last review.

    Without its database the node still shows its releases: nothing of both.
    """
    try:
        owner = EntryOwner.objects.filter(entry=entry.id).values_list("organisation__title", flat=True).first()
        reviewed = EntryReview.objects.filter(entry=entry.id).values_list("reviewed", flat=True).first()
    except DatabaseError:
        return {}
    return {"owner": owner or "", "reviewed": last_review(entry, reviewed)}


@register.simple_tag
def read_licence(text: str) -> SafeString:
    """Returns how a licence text is read: its SPDX expression, whether it is open, and why."""
    licence = interpret(text)
    openness = OPENNESS_NAMES[openness_facet(licence)].to(get_language() or "en")
    reason = gettext(licence.decided_by.reason)
    shown = f"{licence.expression}: {openness}" if licence.expression else openness
    return format_html('<p class="note">→ {} ({})</p>', shown, reason)
