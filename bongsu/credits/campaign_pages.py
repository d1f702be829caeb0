"""The pages of who looks after payback campaigns: their states, and one with its rules, budgets and what to look at."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import Sum
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import BadInput
from bongsu.credits import models, storage
from bongsu.credits.campaign_storage import parse_rules
from bongsu.credits.campaigns import find_campaign, find_state, read_rules, stop_campaign
from bongsu.credits.ledger.paybacks import BUDGET, NOBODY
from bongsu.credits.misuse import count_capped, list_forecasts, list_suspicions
from bongsu.credits.rules.words import explain_campaign, pick_text
from bongsu.people.access import may


@require_safe
def list_campaigns(request: Any) -> HttpResponse:
    """Shows every campaign with its state."""
    campaigns = list(models.Campaign.objects.order_by("-first_day", "pk"))
    editions = models.Edition.objects.filter(pk__in=[(row.pk, row.edition) for row in campaigns]) if campaigns else ()
    rules = {row.campaign: parse_rules(row.text) for row in editions}
    budgets = models.Used.objects.filter(person=NOBODY, window=BUDGET)
    paid = dict(budgets.values_list("campaign").annotate(total=Sum("counted")))
    language = get_language() or "en"
    now = storage.read_time()
    rows = [
        (
            row,
            pick_text(rules[row.pk].title, language) or row.pk,
            find_state(row, rules[row.pk], now, max(0, rules[row.pk].budget - paid.get(row.pk, 0))),
        )
        for row in campaigns
    ]
    return render(request, "credits/campaigns.html", {"rows": rows})


@require_safe
def show_campaign(request: Any, id: str) -> HttpResponse:
    """Shows a campaign: its rules in words, what is left of its budgets, its caps, what to look at, and its editions."""
    row = find_campaign(id)
    rules, now, language = read_rules(row), storage.read_time(), get_language() or "en"
    title, *sentences = explain_campaign(rules, gettext, language)
    forecasts, first, last = list_forecasts(row, rules, now)
    context = {
        "row": row,
        "title": title,
        "state": find_state(row, rules, now, forecasts[0].line.left),
        "sentences": sentences,
        "forecasts": forecasts,
        "first": first,
        "last": last,
        "has_begun": first <= last,
        "caps": count_capped(row, rules, now),
        "suspicions": list_suspicions(row, rules, now),
        "editions": models.Edition.objects.filter(campaign=id).order_by("-number"),
        "may_stop": row.state == "open" and may(request.actor, "credits.stop-campaign"),
    }
    return render(request, "credits/campaign.html", context)


@require_POST
def stop(request: Any, id: str) -> HttpResponse:
    """Stops a campaign."""
    try:
        stop_campaign(request.actor, id, request.POST.get("why", ""))
    except BadInput as wrong:
        messages.error(request, describe_public_error(wrong, gettext).sentence)
    else:
        messages.success(request, gettext("Saved."))
    return redirect("credits-campaign", id)
