"""Template filters for numbers, units, periods and dates, in the page's language."""

from __future__ import annotations

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from bongsu.core.release import Withdrawal
from bongsu.publish.formats import figures, periods

register = template.Library()


def _language() -> str:
    return get_language() or "en"


@register.filter
def number(value: float | None) -> str:
    """{{ 1234.5|number }}: “1,234.5”."""
    return figures.format_number(value, _language())


@register.filter
def exact_number(value: float | None) -> str:
    """{{ 4150.5|exact_number }}: every digit of a number, up to 12."""
    return figures.format_number(value, _language(), 12)


@register.filter
def unit(symbol: str) -> str:
    """{{ "TWh"|unit }}: “terawatt hours”."""
    return figures.unit_name(symbol, _language())


@register.filter
def period(text: str) -> str:
    """{{ "2024-05"|period }}: “May 2024”."""
    return periods.format_period(text, _language())


@register.filter
def reason(withdrawal: Withdrawal) -> SafeString:
    """{{ release.withdrawal|reason }}: the reason in the page's language, or as it was written, marked with its language."""
    said = withdrawal.reason_in(_language())
    return format_html('<span lang="{}">{}</span>', said.language or _language(), said.mark(_language()))


@register.filter
def day(moment: str) -> str:
    """{{ "2026-11-25T08:00:00Z"|day }}: “25 November 2026”."""
    return periods.format_day(moment, _language())
