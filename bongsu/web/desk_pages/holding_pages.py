"""The custodian's pages: the holdings with their policy, and who asked what and what was answered. No microdata are shown.

That a holding exists, and its policy, is open to operators; its questions to its custodians only.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language, gettext
from django.views.decorators.http import require_safe

from bongsu.desk.plans.description import describe_plan
from bongsu.desk.plans.protected_base import read_base
from bongsu.desk.policy import Policy, describe_policy
from bongsu.desk.private.budget import read_account
from bongsu.desk.questions import OUTCOMES, AskedQuestion, QuestionList, describe_question, describe_reason
from bongsu.people.access import Target, may, require
from bongsu.store.logs.question_index import QuestionFilter
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.tables.definitions import concepts
from bongsu.web.desk_pages.people import PER_PAGE
from bongsu.web.scopes import target_of_holding

FILTERS = ("outcome", "since", "until")


@require_safe
def list_holdings(request: Any) -> HttpResponse:
    """Lists the holdings that are open to the reader, and what was asked of those whose questions she may see."""
    found = [
        one for one in Holdings(request.node).all() if may(request.actor, "holding.see", Target("holding", one.name))
    ]
    mine = {one.name for one in found if may(request.actor, "holding.see-questions", Target("holding", one.name))}
    asked = request.node.questions.count_by_holding() if mine else {}
    rows = [(one, one.name in mine, *asked.get(one.name, (0, ""))) for one in found]
    return render(request, "desk_pages/holdings.html", {"rows": rows})


@require_safe
def show_holding(request: Any, name: str) -> HttpResponse:
    """Shows a holding with its policy and, to a custodian, its questions, newest first."""
    target = target_of_holding(request.node, name)
    require(request.actor, "holding.see", target)
    holdings = Holdings(request.node)
    policy = Policy.from_data(holdings.survey(name).policy)
    sees_questions = may(request.actor, "holding.see-questions", target)
    base = read_base(request.node, name)
    filters = {key: request.GET.get(key, "").strip()[:20] for key in FILTERS}
    wrong = (
        gettext("Write the day as 2026-04-01.") if not all(map(_is_day, (filters["since"], filters["until"]))) else ""
    )
    shown = sees_questions and not wrong
    questions: Any = QuestionList(request.node.questions, QuestionFilter(name, **filters)) if shown else []
    page = Paginator(questions, PER_PAGE).get_page(request.GET.get("page"))
    asked = request.GET.copy()
    asked.pop("page", None)
    context = {
        "holding": holdings.get(name),
        "plan": base,
        "tables": describe_plan(base, holdings.codes(name)) if base and sees_questions else [],
        "concepts": [_name_concept(one) for one in holdings.get(name).concepts],
        "policy": describe_policy(policy, gettext),
        "budget": _read_budget(request.node, name, policy, by_asker=sees_questions),
        "sees_questions": sees_questions,
        "page": page,
        "rows": [_describe(one) for one in page],
        "outcomes": [(key, gettext(text)) for key, text in OUTCOMES.items()],
        "asked": filters,
        "query": asked.urlencode(),
        "wrong": wrong,
    }
    return render(request, "desk_pages/holding.html", context)


def _read_budget(node: Any, name: str, policy: Policy, *, by_asker: bool) -> list[dict[str, str]]:
    """Returns what was spent of a private holding and what is left: in all and, to a custodian, by asker."""
    if policy.private is None:
        return []
    rows = read_account(node.journal, name, policy.private).to_rows()
    return rows if by_asker else rows[:1]


def _describe(asked: AskedQuestion) -> dict[str, Any]:
    return {
        "asked": asked,
        "words": describe_question(asked.question, gettext, _name_concept),
        "outcome": gettext(OUTCOMES[asked.outcome]),
        "reason": describe_reason(asked, gettext),
    }


def _name_concept(id: str) -> str:
    return concepts()[id].name.to(get_language() or "en") if id in concepts() else id


def _is_day(text: str) -> bool:
    try:
        return not text or date.fromisoformat(text).isoformat() == text  # days are compared as texts
    except ValueError:
        return False
