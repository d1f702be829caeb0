"""Asks the desk for the exposure of employment in an institution's own microdata, and saves its answers as a snapshot.

There are three questions: people and mean exposure; coverage; shares by class. The shares are one question because they sum
to 1, so a hidden share could be computed from the others. HOLDING_EXPOSURE is built from the snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, Refused, unknown_name
from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question
from bongsu.core.provenance import Origin
from bongsu.store.disk.clock import utc_now
from bongsu.work.exposure.desk_questions import QUESTION_SCORES, build_question

if TYPE_CHECKING:
    from bongsu.desk.answer import Answer
    from bongsu.store.node import Node

EXPOSURE_FAMILY = "holding-exposure"
EXPOSURE_FORMAT = "bongsu.holding-exposure/1"
DIMENSIONS = ("SEX", "AGE", "REGION", "ACTIVITY")


def exposure_questions(survey: Survey, by: Mapping[str, Any], where: Mapping[str, Any]) -> list[Question]:
    """Returns the questions to the desk. `by` maps names from DIMENSIONS to splits; `where` as in any question.

    Raises UnknownName for another dimension, BadInput if the holding's occupations are not coded in ISCO-08.
    """
    for name in by:
        if name not in DIMENSIONS:
            raise unknown_name(N_("dimension of exposure"), name, DIMENSIONS)
    breakdown = [by[name] for name in DIMENSIONS if name in by]
    return [build_question(survey, breakdown, about, where) for about in QUESTION_SCORES]


def keep_answers(node: Node, survey: Survey, answers: list[Answer], area: str, period: str) -> str:
    """Saves the desk's answers as a snapshot of EXPOSURE_FAMILY. Returns its name."""
    origin = Origin(
        publisher=node.identity.name,
        title=survey.title or survey.name,
        address="",
        licence=survey.licence or "LicenseRef-unstated",
        attribution=survey.source or node.identity.name,
    )
    data = {
        "format": EXPOSURE_FORMAT,
        "holding": survey.name,
        "area": area,
        "period": period,
        "answers": [answer.to_data() for answer in answers],
    }
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
    snapshot, _ = node.snapshots.save(f"{EXPOSURE_FAMILY}-{survey.name}", text.encode(), origin, utc_now()[:10])
    return snapshot.name


def ask_and_keep(
    node: Node,
    ask: Callable[[Question], Answer],
    survey: Survey,
    by: Mapping[str, Any],
    where: Mapping[str, Any],
    area: str,
    period: str,
) -> str:
    """Asks the desk, saves its answers as a snapshot and returns its name. Skips questions that the desk refuses.

    Raises Refused if the desk refuses all of them, UnknownName for an unknown area.
    """
    from bongsu.store.tables.definitions import code_lists

    code_lists()["CL_AREA"].get(area)
    answers: list[Answer] = []
    refused: Refused | None = None
    for question in exposure_questions(survey, by, where):
        try:
            answers.append(ask(question))
        except Refused as no:
            refused = no
    if refused and not answers:
        raise refused
    return keep_answers(node, survey, answers, area, period)


def parse_splits(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Parses dimensions such as "SEX" and "AGE:25,45,65" into splits of a question. Raises BadInput for an invalid one."""
    for word in words:
        name, colon, bands = word.partition(":")
        try:
            yield (
                name,
                {"concept": name, "bands": [int(band) for band in bands.split(",")]} if colon else {"concept": name},
            )
        except ValueError:
            raise BadInput(
                N_("“{word}” is not a valid dimension."), fix=N_("Write SEX, or AGE:25,45,65."), word=word
            ) from None
