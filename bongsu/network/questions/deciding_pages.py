"""The custodian's pages: the questions of other nodes with the answer as it would leave, agreements, and limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_POST, require_safe

from bongsu.core.errors import N_, Missing
from bongsu.desk.policy import PRIVATE
from bongsu.desk.questions import describe_question
from bongsu.network.models import Agreement, Peer, QuestionLimit, ReceivedQuestion
from bongsu.network.page_forms import carry_out, read_date, read_number
from bongsu.network.peers import EVERYTHING, find_peer, name_peer
from bongsu.network.questions.asking_pages import name_concept
from bongsu.network.questions.deciding import (
    approve_question,
    find_question,
    needs_exact,
    prepare_answer,
    refuse_question,
)
from bongsu.network.questions.in_words import describe_why, name_purpose, name_state
from bongsu.network.questions.limits import (
    Limits,
    agree,
    end_agreement,
    limits_of,
    list_in_force,
    set_limits,
    target_of_holding,
)
from bongsu.network.questions.own_desk import mode_of, read_signed
from bongsu.network.questions.states import ANSWERED, WAITING, purposes, reasons, reasons_of_custodians
from bongsu.network.states import ENDED
from bongsu.people.access import may, require, require_somewhere
from bongsu.store.microdata.holdings import Holdings

PER_PAGE = 50
_LIMITS = ("custodians", "questions_day", "cells_month", "days")


def _language() -> str:
    return get_language() or "en"


def _title(peer: Peer) -> str:
    return name_peer(peer.name, _language(), peer.node)


def _open_holdings(request: Any, action: str) -> list[str]:
    return [one.name for one in Holdings(request.node).all() if may(request.actor, action, target_of_holding(one.name))]


@require_safe
def list_received(request: Any) -> HttpResponse:
    """Lists the questions about the custodian's holdings: those that wait first, then the newest."""
    require_somewhere(request.actor, "question.see")
    names = set(ReceivedQuestion.objects.values_list("holding", flat=True).distinct())
    mine = [one for one in names if may(request.actor, "question.see", target_of_holding(one))]
    found = ReceivedQuestion.objects.filter(holding__in=mine).select_related("peer")
    waiting = [_describe(row) for row in found.filter(state=WAITING).order_by("lapses")]
    page = Paginator(found.exclude(state=WAITING).order_by("-since"), PER_PAGE).get_page(request.GET.get("page"))
    context = {"waiting": waiting, "page": page, "rows": [_describe(row) for row in page]}
    return render(request, "network/received.html", context)


def _describe(row: ReceivedQuestion) -> dict[str, Any]:
    return {
        "row": row,
        "title": _title(row.peer),
        "state": name_state(row.state, _language()),
        "purpose": name_purpose(row.document["purpose"]["code"], _language()),
        "words": describe_question(row.document["question"], gettext, name_concept),
        "why": describe_why(row, _language(), gettext),
    }


@require_safe
def show_received(request: Any, id: int) -> HttpResponse:
    """Shows a question as it came, what this node answered to the same peer before, and the answer as it would leave."""
    row = _find(request, id, "question.see")
    known = {peer.node: _title(peer) for peer in Peer.objects.filter(node__in=row.document["nodes"])}
    before = ReceivedQuestion.objects.filter(peer=row.peer, holding=row.holding, state=ANSWERED).exclude(pk=row.pk)
    is_here = any(one.name == row.holding for one in Holdings(request.node).all())
    answer = read_signed(row.answer)["answer"] if row.answer else None
    context = {
        **_describe(row),
        "asker": row.document["asker"],
        "purpose_text": row.document["purpose"].get("text", ""),
        "nodes": [known.get(node, node) for node in row.document["nodes"] if node != request.node.identity.id],
        "before": [_describe(one) for one in before.order_by("-since")[:20]],
        "answer": answer,
        "dimensions": [name_concept(one) for one in answer["dimensions"]] if answer else [],
        "cells": _list_cells(answer) if answer else [],
        "limits": asdict(limits_of(row.peer, row.holding)),
        "waits": row.state == WAITING,
        "private": is_here and mode_of(request.node, row.holding) == PRIVATE,
        "needs_exact": is_here and needs_exact(request.node, row) and not row.exact,
        "reasons": [(code, reasons()[code].to(_language())) for code in reasons_of_custodians()],
        "may_decide": may(request.actor, "question.decide", target_of_holding(row.holding)),
    }
    return render(request, "network/received_question.html", context)


def _list_cells(answer: Any) -> list[dict[str, Any]]:
    return [
        {
            "codes": [gettext("Total") if cell[name] == "_T" else cell[name] for name in answer["dimensions"]],
            "statistic": cell["statistic"],
            "value": cell["value"],
            "noise": cell.get("noise"),
            "reason": gettext(cell["reason"]) if cell["reason"] else "",
        }
        for cell in answer["cells"]
    ]


def _find(request: Any, id: int, action: str) -> ReceivedQuestion:
    row = find_question(str(id))
    require(request.actor, action, target_of_holding(row.holding))
    return row


@require_POST
def prepare(request: Any, id: int) -> HttpResponse:
    """Asks the desk for the answer as it would leave."""
    row = _find(request, id, "question.decide")
    carry_out(request, lambda now: prepare_answer(request.actor, request.node, row, now))
    return redirect("desk-received-question", row.pk)


@require_POST
def approve(request: Any, id: int) -> HttpResponse:
    """Approves a question."""
    row, posted = _find(request, id, "question.decide"), request.POST
    exact = bool(posted.get("exact"))
    carry_out(
        request,
        lambda now: approve_question(request.actor, request.node, row, now, exact=exact, why=posted.get("why", "")),
    )
    return redirect("desk-received-question", row.pk)


@require_POST
def refuse(request: Any, id: int) -> HttpResponse:
    """Refuses a question with a reason from the list."""
    row, posted = _find(request, id, "question.decide"), request.POST
    carry_out(
        request, lambda now: refuse_question(request.actor, row, posted.get("reason", ""), now, posted.get("why", ""))
    )
    return redirect("desk-received-question", row.pk)


@require_safe
def list_agreements(request: Any) -> HttpResponse:
    """Lists the agreements and limits of the custodian's holdings, with the forms for new ones."""
    require_somewhere(request.actor, "question.agree")
    mine = _open_holdings(request, "question.agree")
    holdings = Holdings(request.node)
    rows = [
        {
            "row": row,
            "title": _title(row.peer),
            "purposes": [_name_all(one, name_purpose(one, _language())) for one in row.purposes],
            "concepts": [_name_all(one, name_concept(one)) for one in row.concepts],
        }
        for row in list_in_force(timezone.now())
        .filter(holding__in=mine)
        .select_related("peer")
        .order_by("holding", "pk")
    ]
    context = {
        "rows": rows,
        "limits": [
            (_title(row.peer), row) for row in QuestionLimit.objects.filter(holding__in=mine).select_related("peer")
        ],
        "default": Limits(),
        "holdings": mine,
        "peers": [(peer.node, _title(peer)) for peer in Peer.objects.exclude(state=ENDED).order_by("url")],
        "purposes": [(name, text.to(_language())) for name, text in purposes().items()],
        "concepts": sorted({(one, name_concept(one)) for name in mine for one in holdings.get(name).concepts}),
    }
    return render(request, "network/agreements.html", context)


def _name_all(one: str, name: str) -> str:
    return gettext("all") if one == EVERYTHING else name


@require_POST
def add_agreement(request: Any) -> HttpResponse:
    """Makes a standing agreement."""
    posted = request.POST
    covered = (posted.getlist("purpose"), posted.getlist("concept"))

    def change(now: datetime) -> None:
        agree(
            request.actor,
            request.node,
            find_peer(posted.get("peer", "")),
            posted.get("holding", ""),
            covered,
            now,
            read_date(posted.get("until", "")),
            posted.get("why", ""),
        )

    return _change(request, change)


@require_POST
def remove_agreement(request: Any, id: int) -> HttpResponse:
    """Ends a standing agreement."""
    if not Agreement.objects.filter(pk=id).exists():
        raise Missing(N_("There is no such agreement."))
    return _change(request, lambda now: end_agreement(request.actor, id, request.POST.get("why", "")))


@require_POST
def change_limits(request: Any) -> HttpResponse:
    """Sets how much a node may ask about a holding."""
    posted = request.POST

    def change(now: datetime) -> None:
        limits = Limits(**{name: read_number(posted.get(name, "")) for name in _LIMITS})
        peer = find_peer(posted.get("peer", ""))
        set_limits(request.actor, request.node, peer, posted.get("holding", ""), limits, posted.get("why", ""))

    return _change(request, change)


def _change(request: Any, change: Callable[[datetime], object]) -> HttpResponse:
    require_somewhere(request.actor, "question.agree")
    carry_out(request, change)
    return redirect("desk-agreements")
