"""The page of a person's subscriptions to news of releases: those she has, a form to add one, a button to end each."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from bongsu.core.errors import N_, unknown_name
from bongsu.people.models import Subscription
from bongsu.people.subscriptions import end_subscription, subscribe
from bongsu.publish.pages.page_context import list_cards
from bongsu.store.disk.clock import utc_now
from bongsu.store.node import Node
from bongsu.web.account.views import require_person


@require_http_methods(["GET", "POST"])
def subscriptions(request: Any) -> HttpResponse:
    """Lists the person's subscriptions; a POST adds the dataflow `add`, or ends the subscription `end`."""
    person, node = require_person(request), request.node
    if request.method == "POST":
        if key := request.POST.get("end", ""):
            end_subscription(request.actor, key)
        else:
            subscribe(request.actor, person, check_dataflow(node, request.POST.get("add", "")), utc_now())
        return redirect("subscriptions")
    names = {card.flow.id: card.name for card in list_cards(node, get_language() or "en")}
    mine = Subscription.objects.filter(person=person).order_by("dataflow")
    context = {
        "mine": [(one, names.get(one.dataflow, one.dataflow)) for one in mine],
        "flows": sorted(names.items(), key=lambda pair: pair[1]),
        "chosen": request.GET.get("add", ""),
    }
    return render(request, "account/subscriptions.html", context)


def check_dataflow(node: Node, dataflow: str) -> str:
    """Returns the id of a dataflow of the node, "" for all. Raises UnknownName."""
    known = node.releases.dataflows()
    if dataflow and dataflow.upper() not in known:
        raise unknown_name(N_("dataflow"), dataflow, known)
    return dataflow.upper()
