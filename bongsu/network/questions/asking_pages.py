"""The asker's pages: write a question to several nodes, and follow it node by node with the combined figures."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, BongsuError
from bongsu.core.microdata_question import Question
from bongsu.desk.questions import describe_question
from bongsu.network.combine.cells import NODES_MINIMUM, CombinedCell
from bongsu.network.models import Peer, SentQuestion
from bongsu.network.page_forms import carry_out, read_number
from bongsu.network.peers import find_peer, name_peer
from bongsu.network.questions.asking import Asked, ask_nodes, find_sent, known_offers, own_offer, read_offers
from bongsu.network.questions.combined import CombinedAnswer, combine_question
from bongsu.network.questions.documents import OfferedShape
from bongsu.network.questions.following import follow_question
from bongsu.network.questions.in_words import describe_nodes_in_words, list_left_out, name_nodes, name_purpose
from bongsu.network.questions.limits import target_of_holding
from bongsu.network.questions.states import ANSWERED, purposes
from bongsu.network.states import ACTIVE
from bongsu.people.access import may, require
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.tables.definitions import concepts

PER_PAGE = 50
OWN = "self="  # of a place that is a holding of this node
MOST_CODES = 100  # listed beside a concept, to choose from
STATISTICS = {
    "count": N_("number of people in the records"),
    "total": N_("number of people, weighted"),
}


@require_safe
def list_asked(request: Any) -> HttpResponse:
    """Lists the questions to other nodes, newest first."""
    require(request.actor, "question.follow")
    page = Paginator(SentQuestion.objects.order_by("-asked"), PER_PAGE).get_page(request.GET.get("page"))
    rows = [(one, _count(one), name_purpose(one.purpose, _language())) for one in page]
    context = {"page": page, "rows": rows, "may_ask": may(request.actor, "question.ask")}
    return render(request, "network/asked.html", context)


def _count(sent: SentQuestion) -> tuple[int, int]:
    states = list(sent.members.values_list("state", flat=True))
    return states.count(ANSWERED), len(states)


def _language() -> str:
    return get_language() or "en"


def name_concept(id: str) -> str:
    """Returns the name of a concept in the reader's language; its id if it is unknown here."""
    return concepts()[id].name.to(_language()) if id in concepts() else id


@require_safe
def show_asked(request: Any, id: str) -> HttpResponse:
    """Shows a question node by node, and what is combined until now."""
    require(request.actor, "question.follow")
    sent = find_sent(id)
    combined = combine_question(sent)
    context = {
        "sent": sent,
        "words": describe_question(sent.question, gettext, name_concept),
        "purpose": name_purpose(sent.purpose, _language()),
        "members": describe_nodes_in_words(combined, sent, _language(), gettext),
        "combined": combined,
        "least": NODES_MINIMUM,
        "dimensions": [name_concept(one) for one in combined.dimensions],
        "rows": [_describe_cell(cell, combined) for cell in combined.cells],
        "may_follow": may(request.actor, "question.ask"),
    }
    return render(request, "network/asked_question.html", context)


def _describe_cell(cell: CombinedCell, combined: CombinedAnswer) -> dict[str, Any]:
    titles = name_nodes(combined, _language())
    return {
        "cell": cell,
        "codes": [gettext("Total") if code == "_T" else code for code in cell.codes],
        "own": [(titles[own.node], own.value) for own in cell.own],
        "left_out": list_left_out(cell, combined, _language()),
        "flagged": [titles[node] for node in cell.flagged],
    }


@require_POST
def follow(request: Any, id: str) -> HttpResponse:
    """Asks the nodes of a question how far they are."""
    require(request.actor, "question.ask")
    sent = find_sent(id)
    carry_out(request, lambda now: follow_question(request.node, sent, now))
    return redirect("desk-asked-question", str(sent.id))


@require_POST
def fetch_offers(request: Any) -> HttpResponse:
    """Asks all active peers what they offer to questions."""
    require(request.actor, "question.ask")
    for peer in Peer.objects.filter(state=ACTIVE).order_by("url"):
        try:
            read_offers(request.actor, request.node, peer, timezone.now())
        except BongsuError as wrong:
            title = name_peer(peer.name, _language(), peer.node)
            messages.warning(request, f"{title}: {describe_public_error(wrong, gettext).sentence}")
    return redirect("desk-ask")


@require_http_methods(["GET", "HEAD", "POST"])
def write_question(request: Any) -> HttpResponse:
    """Shows what the nodes offer; for the chosen holdings, the form of a question; and sends it."""
    require(request.actor, "question.ask")
    made: list[SentQuestion] = []
    if request.method == "POST":

        def send(now: datetime) -> None:
            chosen = request.POST.getlist("at")
            places = [_read_place(one) for one in chosen if not one.startswith(OWN)]
            own = [one.removeprefix(OWN) for one in chosen if one.startswith(OWN)]
            if len(own) > 1:
                raise BadInput(N_("A node is named twice."))
            question = _read_question(request.POST)
            posted = request.POST
            days = read_number(posted.get("days", ""))
            asked = Asked(posted.get("purpose", ""), posted.get("reason", ""), days, "".join(own))
            made.append(ask_nodes(request.actor, request.node, question, places, asked, now))
            follow_question(request.node, made[0], now)

        carry_out(request, send)
        if made:
            return redirect("desk-asked-question", str(made[0].id))
    return render(request, "network/ask.html", _describe_form(request, request.POST or request.GET))


def _describe_form(request: Any, given: Any) -> dict[str, Any]:
    chosen = set(given.getlist("at"))
    places = [
        (f"{OWN}{one.name}", gettext("this node"), own_offer(request.node, one.name))
        for one in Holdings(request.node).all()
        if may(request.actor, "question.decide", target_of_holding(one.name))
    ]
    places += [
        (f"{peer.node}={offer.name}", name_peer(peer.name, _language(), peer.node), offer)
        for peer in Peer.objects.filter(state=ACTIVE).order_by("url")
        for offer in known_offers(peer)
    ]
    offers = [offer for key, _, offer in places if key in chosen]
    kinds = {name: kind for name, kind in (offers[0].concepts if offers else {}).items() if _have(offers, name, kind)}
    return {
        "places": [(key, title, offer, key in chosen) for key, title, offer in places],
        "chosen": bool(offers),
        "rows": [(name, name_concept(name), kind, _codes(offers, name)) for name, kind in kinds.items()],
        "numbers": [(name, name_concept(name)) for name, kind in kinds.items() if kind != "code"],
        "statistics": [(name, gettext(text)) for name, text in STATISTICS.items()],
        "purposes": [(name, text.to(_language())) for name, text in purposes().items()],
        "given": given,
        "picked": {name: given.getlist(name) for name in ("by", "statistic", "mean")},
        "text": given.get("text", ""),
    }


def _have(offers: list[OfferedShape], name: str, kind: str) -> bool:
    return all(offer.concepts.get(name) == kind for offer in offers)


def _codes(offers: list[OfferedShape], name: str) -> list[str]:
    return sorted({code for offer in offers for code in offer.codes.get(name, ())})[:MOST_CODES]


def _read_place(text: str) -> tuple[Peer, str]:
    node, _, holding = text.partition("=")
    return find_peer(node), holding


def _read_question(posted: Any) -> Question:
    """Returns the question of a form: what is pasted as a file counts, else what is chosen. Raises BadInput or UnknownName."""
    text = posted.get("text", "").strip()
    if text:
        return Question.parse(text, gettext("question"))
    breakdown: list[Any] = []
    where: dict[str, list[str]] = {}
    for name in posted.getlist("by"):
        bands = posted.get(f"bands-{name}", "").replace(",", " ").split()
        breakdown.append({"concept": name, "bands": [read_number(one) for one in bands]} if bands else name)
    for field in posted:
        if field.startswith("only-") and (codes := [one for one in posted.getlist(field) if one]):
            where[field.removeprefix("only-")] = codes
    statistics = [{"kind": one} for one in posted.getlist("statistic")]
    statistics += [{"kind": "mean", "of": one} for one in posted.getlist("mean")]
    data = {"holding": "holding", "breakdown": breakdown, "where": where, "statistics": statistics}
    return Question.from_data(json.loads(json.dumps(data)))
