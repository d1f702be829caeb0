"""This node's desk as another node's question reaches it: what it offers, how a question fits, and the answer, signed.

What leaves is the answer after disclosure control. Errors of the desk stay here; the other node gets the code of a reason.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, TypedDict

import msgspec
from django.conf import settings

from bongsu import __version__
from bongsu.core.document_shape import convert_document
from bongsu.core.envelope import MAX_BYTES, parse_envelope
from bongsu.core.errors import N_, BadInput, BongsuError, Missing, Refused, TryAgain
from bongsu.core.languages import LANGUAGES
from bongsu.core.microdata_question import Question
from bongsu.core.report import Report
from bongsu.desk.asking import Desk
from bongsu.desk.planning import PlannedQuestion, plan_question
from bongsu.desk.plans.protected_base import read_base
from bongsu.desk.policy import PLAN, PRIVATE, is_private
from bongsu.desk.private.bounds import list_declared_codes
from bongsu.network.models import ReceivedQuestion
from bongsu.network.peers import actor_of_peer
from bongsu.network.questions.documents import (
    ANSWER,
    ANSWER_TYPE,
    Codes,
    PrivacySent,
    shape_of,
    used_concepts,
)
from bongsu.network.questions.states import ANSWERED, REFUSED
from bongsu.store.microdata.expressions import run_expression
from bongsu.store.microdata.holdings import Holding, Holdings
from bongsu.store.microdata.spark import create_spark_engine
from bongsu.store.node import Node

if TYPE_CHECKING:
    from datetime import datetime


class Outcome(NamedTuple):
    """What the desk gave: the signed envelope as JSON; or the code of the reason, and the reason in words for this node."""

    answer: str = ""
    code: str = ""
    report: Report | None = None


class OwnAnswer(TypedDict):
    """What this node answers to a question of its own, as the question keeps it: not signed, since it does not leave."""

    node: str
    name: dict[str, str]
    group: str
    holding: str
    mode: str
    state: str
    code: str
    answer: dict[str, Any] | None


def open_own_holdings(node: Node) -> Holdings:
    """Opens the holdings of this node with the key in the settings."""
    return Holdings(node, settings.BONGSU_HOLDINGS_KEY)


def edition_of(holding: Holding) -> str:
    """Returns what names this copy of a holding; another copy may answer otherwise."""
    return hashlib.sha256(f"{holding.name} {holding.added} {holding.salt}".encode()).hexdigest()[:16]


def mode_of(node: Node, holding: str) -> str:
    """Returns how a holding answers: "plan" or "private"."""
    return PRIVATE if is_private(Holdings(node).survey(holding)) else PLAN


def describe_offer(node: Node, holding: Holding) -> dict[str, Any]:
    """Returns what a question may use of a holding: concepts with their kinds, and codes. No numbers of records."""
    holdings = Holdings(node)
    survey = holdings.survey(holding.name)
    mode = mode_of(node, holding.name)
    kinds = {variable.concept: variable.kind for variable in survey.variables}
    codes = dict(_list_codes(holdings, holding, mode))
    usable = {name: kind for name, kind in kinds.items() if kind != "code" or name in codes}
    return {"name": holding.name, "title": holding.title, "mode": mode, "concepts": usable, "codes": codes}


def _list_codes(holdings: Holdings, holding: Holding, mode: str) -> Iterator[tuple[str, list[str]]]:
    if mode == PLAN:
        yield from holdings.codes(holding.name).items()
        return
    survey = holdings.survey(holding.name)
    for variable in survey.variables:
        try:
            yield from list_declared_codes(survey, [variable.concept]).items()
        except BadInput:  # its codes are not declared: mode private cannot use it
            continue


def fit_question(node: Node, holding: Holding, question: Question, codes: Codes) -> tuple[PlannedQuestion, int]:
    """Returns the planned question and its number of cells. No record is read.

    Raises BadInput if it does not fit the holding, or if the asker's codes lack one of the holding's.
    """
    holdings = open_own_holdings(node)
    known = used_concepts(question) - set(holding.concepts)
    if known:
        raise BadInput(N_("The holding “{holding}” has no such concept."), holding=holding.name, where=min(known))
    planned = plan_question(node, holdings, holding, question, None)
    for split in question.breakdown:
        if set(planned.codes.get(split.concept, ())) - set(codes.get(split.concept, ())):
            raise BadInput(N_("The question lacks codes of the holding. Read its offers again."), where=split.concept)
    return planned, shape_of(question, codes).count


def ask_own_desk(node: Node, row: ReceivedQuestion, now: datetime) -> Outcome:
    """Returns what the desk answers to a question that was received. A question that was answered has the same answer.

    Raises TryAgain if the desk is busy.
    """
    question, mode = Question.from_data(row.document["question"]), PLAN
    try:
        holding = Holdings(node).get(row.holding)
        mode = mode_of(node, holding.name)
        if edition_of(holding) != row.edition:
            raise Missing(N_("The holding was replaced since the question came."))
        answer = _find_earlier(node, row) or _ask(node, question, actor_of_peer(row.peer_id).name)
    except TryAgain:
        raise
    except BongsuError as error:
        return Outcome(code=_reason_of(error, mode), report=Report.of_error(error))
    return sign_answer(node, row, mode, answer, now)


def answer_own(node: Node, question: Question, group: str, by: str) -> OwnAnswer:
    """Returns what the desk answers to a question of this node. `by`: who asks, for the journal. Raises TryAgain."""
    mode, answer, code = mode_of(node, question.holding), None, ""
    try:
        answer = _ask(node, question, by)
    except TryAgain:
        raise
    except BongsuError as error:
        code = _reason_of(error, mode)
    state = REFUSED if code else ANSWERED
    name = {language: node.name_in(language) for language in LANGUAGES}
    return OwnAnswer(
        node=node.identity.id,
        name=name,
        group=group,
        holding=question.holding,
        mode=mode,
        state=state,
        code=code,
        answer=answer,
    )


def _ask(node: Node, question: Question, by: str) -> dict[str, Any]:
    run = create_spark_engine(settings.BONGSU_SPARK) if settings.BONGSU_SPARK else run_expression
    desk = Desk(node, open_own_holdings(node), run, by=by)
    data = {**desk.ask(question).to_data(), "journal": 0}
    if "privacy" in data:
        data["privacy"] = msgspec.to_builtins(convert_document(data["privacy"], PrivacySent))
    return data


def _reason_of(error: BongsuError, mode: str) -> str:
    if isinstance(error, Refused):
        return "budget" if mode == PRIVATE else "disclosure"
    return "not-fitting" if isinstance(error, BadInput | Missing) else "not-answered"


def _find_earlier(node: Node, row: ReceivedQuestion) -> dict[str, Any] | None:
    """Returns the answer that this peer got to the same question from the same copy of the holding and the same plan."""
    earlier = ReceivedQuestion.objects.filter(
        peer=row.peer, holding=row.holding, question_id=row.question_id, edition=row.edition, state=ANSWERED
    ).order_by("received")
    base = read_base(node, row.holding)
    for one in earlier:
        answer: dict[str, Any] = read_signed(one.answer)["answer"]
        if answer.get("plan") == (base.number if base else None):
            return answer
    return None


def read_signed(envelope: str) -> dict[str, Any]:
    """Returns the body of an envelope that this node signed."""
    body: dict[str, Any] = json.loads(parse_envelope(envelope.encode()).body)
    return body


def sign_answer(node: Node, row: ReceivedQuestion, mode: str, answer: dict[str, Any], now: datetime) -> Outcome:
    """Returns an answer, signed for one request."""
    body = {
        "format": ANSWER,
        "node": node.identity.id,
        "request": str(row.request),
        "digest": row.digest,
        "shape": row.document["shape"],
        "holding": row.holding,
        "question": row.question_id,
        "edition": row.edition,
        "mode": mode,
        "answer": answer,
        "software": __version__,
    }
    signed = node.keys.sign(ANSWER_TYPE, json.dumps(body, ensure_ascii=False).encode(), now).to_json()
    return Outcome(code="too-large") if len(signed) > MAX_BYTES else Outcome(signed.decode())


def sign_again(node: Node, envelope: str, now: datetime) -> str:
    """Returns a prepared answer, signed by the key of now."""
    return node.keys.sign(ANSWER_TYPE, parse_envelope(envelope.encode()).body, now).to_json().decode()
