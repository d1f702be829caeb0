"""What nodes send each other about questions: offers, requests, replies and signed answers, read strictly.

A request names one node's holding; everything else of the question is the same for all nodes. `codes` are all codes that the
asked nodes offer, so that all arrange the same table; `shape` is its digest. A reply has no words of a person, only codes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal
from uuid import UUID

from msgspec import Struct

from bongsu.core.document_shape import FilledText, PositiveNumber, WholeNumber, convert_document, limit
from bongsu.core.errors import N_, BadInput
from bongsu.core.microdata_question import MODEL_KINDS, Question, Split
from bongsu.desk.part import PartShape
from bongsu.network.combine.answers import MAX_STATISTICS, arrange_question
from bongsu.network.questions.states import purposes

REQUEST, ANSWER, OFFERS = "bongsu.request/1", "bongsu.answer/1", "bongsu.offers/1"
ANSWER_TYPE = "application/vnd.bongsu.answer+json"
MAX_NODES = 1000
MAX_REPLY = 1 << 21  # bytes: an envelope has at most 1 MiB
Codes = Mapping[str, list[str]]

Name = Annotated[str, limit(min_length=1, max_length=100)]
Line = Annotated[str, limit(max_length=500)]
Node = Annotated[str, limit(pattern=r"^[0-9a-f]{16}\Z")]


class AskerShape(Struct, forbid_unknown_fields=True):
    """Who asks, as the asking node says it: `person` is a pseudonym that stays the same."""

    person: Name
    organisation: Line = ""
    role: Line = ""


class PurposeShape(Struct, forbid_unknown_fields=True):
    """What the answer is for."""

    code: Name
    text: Line = ""


class RequestShape(Struct, forbid_unknown_fields=True):
    """The fields of a request. `nodes` are all nodes that are asked."""

    format: Literal["bongsu.request/1"]
    id: UUID
    mode: Literal["each"]
    question: dict[str, Any]
    codes: dict[str, list[Name]]
    shape: Annotated[str, limit(pattern=r"^[0-9a-f]{64}\Z")]
    nodes: Annotated[list[Node], limit(min_length=1, max_length=MAX_NODES)]
    asker: AskerShape
    purpose: PurposeShape
    deadline: Annotated[str, limit(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z\Z")]


class OfferedShape(Struct):
    """A holding that is open to questions of a peer. No numbers of records."""

    name: Name
    title: Line
    mode: Literal["plan", "private"]
    concepts: dict[str, Literal["code", "integer", "measure"]]
    codes: dict[str, list[Name]]
    agreement: bool = False


class OffersShape(Struct):
    """What a node offers to questions of a peer."""

    format: Literal["bongsu.offers/1"]
    holdings: Annotated[list[OfferedShape], limit(max_length=1000)]


class ReplyShape(Struct, forbid_unknown_fields=True):
    """How far a request is: its state, why there is no answer, and the signed answer."""

    state: Literal["waiting", "approved", "answered", "refused", "lapsed", "failed"]
    code: Annotated[str, limit(max_length=40)] = ""
    answer: dict[str, Any] | None = None


class SignedShape(Struct, forbid_unknown_fields=True):
    """What a node signs: which request it answers, with which table, and the answer of its desk.

    `edition` names the copy of the holding: another one may answer otherwise.
    """

    format: Literal["bongsu.answer/1"]
    node: Node
    request: UUID
    digest: FilledText
    shape: FilledText
    holding: FilledText
    question: FilledText
    edition: FilledText
    mode: Literal["plan", "private"]
    answer: dict[str, Any]
    software: str = ""


class PrivacySent(Struct):
    """What an answer says of its privacy: nothing about other askers."""

    epsilon: PositiveNumber
    delta: PositiveNumber
    unit: str
    cost: str
    left: str
    records: WholeNumber
    max_weight: PositiveNumber | None = None


def digest_of(document: Mapping[str, Any]) -> str:
    """Returns the hash of a request, whatever the order of its fields."""
    return hashlib.sha256(json.dumps(document, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def require_storable(document: object) -> None:
    """Raises BadInput for a text that no database keeps: NUL, or half of a surrogate pair."""
    try:
        storable = b"\\u0000" not in json.dumps(document).encode() and bool(
            json.dumps(document, ensure_ascii=False).encode()
        )
    except (UnicodeEncodeError, ValueError, RecursionError):
        storable = False
    if not storable:
        raise BadInput(N_("A text has control characters."))


def read_request(document: object) -> tuple[RequestShape, Question]:
    """Reads a request. Raises BadInput or UnknownName with the field."""
    require_storable(document)
    read = convert_document(document, RequestShape, "request")
    question = Question.from_data(read.question, "question")
    if read.purpose.code not in purposes():
        raise BadInput(N_("“{name}” is not a purpose."), name=read.purpose.code[:40], where="purpose.code")
    require_askable(question)
    return read, question


def require_askable(question: Question) -> None:
    """Raises BadInput for a question that nodes do not answer together, or whose answers could not be combined."""
    kinds = {statistic.kind for statistic in question.statistics}
    if question.scores or "histogram" in kinds:
        raise BadInput(
            N_("A question to other nodes has no scores and no histogram."),
            fix=N_("Break down by bands of a whole number instead of a histogram."),
        )
    if len(question.statistics) > MAX_STATISTICS:
        raise BadInput(N_("A question has at most {most} statistics."), most=MAX_STATISTICS)
    if kinds & {"mean", "share"} and not kinds & {"total", "count"}:
        raise BadInput(
            N_("Means and shares cannot be combined without the numbers of people."),
            fix=N_("Ask for the statistic “total” or “count” in the same question."),
        )


def used_concepts(question: Question) -> set[str]:
    """Returns all concepts that a question uses."""
    splits: list[Split] = [*question.breakdown, *(each.over for each in question.statistics if each.over)]
    named = [name for each in question.statistics for name in (each.of, each.along, *each.terms) if name]
    compared = [each.between[0] for each in question.statistics if each.between]
    return {*(split.concept for split in splits), *(one.concept for one in question.where), *named, *compared}


def shape_of(question: Question, codes: Codes) -> PartShape:
    """Returns the table that all nodes arrange, with the cells of each statistic. Raises BadInput if it is too large."""
    layout = arrange_question(question, codes)
    cells = {each.name: 1 if each.kind in MODEL_KINDS else layout.cells for each in question.statistics}
    edges = {split.concept: tuple(map(float, split.bands)) for split in question.breakdown if split.bands}
    return PartShape(layout, None, cells, edges)
