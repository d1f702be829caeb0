"""Filters for deadlines, in the zone of the call and in UTC."""

from __future__ import annotations

from datetime import UTC

from babel.dates import format_date
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_
from bongsu.credits.rules.amounts import find_locale
from bongsu.incubator.calls.deadlines import ANYWHERE_ON_EARTH, Deadline

register = template.Library()
_ANYWHERE = N_("anywhere on earth")
_HERE = N_("for you: {time} ({zone})")  # deadlines.js fills it in


@register.filter
def deadline(time: Deadline) -> SafeString:
    """{{ times.closes|deadline }}: “30 October 2026, 17:00 (Europe/Paris), 16:00 UTC”.

    The element has the time in UTC; deadlines.js adds it in the reader's zone.
    """
    locale = find_locale(get_language() or "en")
    wall = f"{format_date(time.wall_time, 'long', locale=locale)}, {time.wall_time:%H:%M}"
    zone = gettext(_ANYWHERE) if time.zone == ANYWHERE_ON_EARTH else time.zone
    utc = time.starts.astimezone(UTC)
    other = f"{utc:%H:%M}" if utc.date() == time.wall_time.date() else f"{utc:%Y-%m-%d %H:%M}"
    here = gettext(_HERE)
    return format_html(
        '<span data-here="{}"><time datetime="{}">{} ({})</time>, {} UTC</span>',
        here,
        f"{utc:%Y-%m-%dT%H:%M}Z",
        wall,
        zone,
        other,
    )
