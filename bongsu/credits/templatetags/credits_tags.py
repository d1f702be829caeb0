"""Filters for amounts and times of the ledger, in the page's language."""

from __future__ import annotations

from datetime import UTC, date, datetime

from babel.dates import format_datetime, format_skeleton
from babel.numbers import format_decimal
from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from bongsu.core.errors import N_
from bongsu.credits.campaigns import name_state
from bongsu.credits.ledger.commands import Outcome
from bongsu.credits.models import Account, Command
from bongsu.credits.outcomes import describe_outcome
from bongsu.credits.rules.amounts import find_locale, write_amount, write_day
from bongsu.credits.rules.words import ORIGINS, WINDOWS
from bongsu.credits.unit_table import known_units

register = template.Library()

# What the ledger calls its own transfers; clients name theirs themselves.
_KINDS = {
    "payment": N_("payment"),
    "payback": N_("payback"),
    "take-back": N_("payback taken back"),
    "expiry": N_("expiry"),
    "lapse": N_("end of a hold whose time had passed"),
    "void": N_("release of a hold"),
    "reversal": N_("reversal"),
    "exchange": N_("exchange"),
}
_STATES = {
    "posted": N_("moved"),
    "pending": N_("held"),
    "post": N_("moved from a hold"),
    "void": N_("released: nothing was moved"),
}


def _language() -> str:
    return get_language() or "en"


@register.filter
def amount(steps: int, unit: str) -> SafeString:
    """{{ 52000|amount:"KRW" }}: “52,000 won”; the element has the number of steps."""
    return format_html('<data value="{}">{}</data>', steps, write_amount(steps, known_units()[unit], _language()))


@register.filter
def count(number: int) -> str:
    """{{ 1234|count }}: “1,234”."""
    return format_decimal(number, locale=find_locale(_language()))


@register.filter
def day(value: date) -> SafeString:
    """{{ day|day }}: “6 March 2027”."""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), write_day(value, _language()))


@register.filter
def month(value: date) -> str:
    """{{ day|month }}: “March 2027”."""
    return format_skeleton("yMMMM", value, locale=find_locale(_language()))


@register.filter
def moment(value: datetime) -> SafeString:
    """{{ at|moment }}: “6 Mar 2027, 03:11:00 UTC”."""
    written = format_datetime(value.astimezone(UTC), "medium", locale=find_locale(_language()))
    return format_html('<time datetime="{}">{} UTC</time>', value.isoformat(), written)


@register.filter
def kind(name: str) -> str:
    """Returns a kind of transfer in words; a client's own as it is."""
    return gettext(_KINDS[name]) if name in _KINDS else name


@register.filter
def state(name: str) -> str:
    """Returns the state of a transfer in words."""
    return gettext(_STATES[name])


@register.filter
def origin(name: str) -> str:
    """Returns the origin of a lot in words."""
    return gettext(ORIGINS[name]) if name in ORIGINS else name


@register.filter
def party(account: Account, reader: Account) -> str:
    """Returns a side of a transfer for who reads the account `reader`: nobody learns the account of another person."""
    if account.holder_kind == "person" and account.pk != reader.pk:
        return gettext("a person’s account")
    return account.purpose or account.pk


@register.filter
def outcome(command: Command) -> str:
    """Returns the outcome of a command as a sentence."""
    kept = command.outcome
    found = Outcome(command.id, kept["outcome"], tuple(kept["transfers"]), kept["values"])
    return describe_outcome(found, gettext).get("message") or gettext("Done.")


@register.filter
def window(name: str) -> str:
    """Returns the window of a cap in words."""
    return gettext(WINDOWS[name])


@register.filter
def campaign_state(name: str) -> str:
    """Returns the state of a campaign in words."""
    return name_state(name, _language())
