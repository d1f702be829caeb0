"""HOLDING_EXPOSURE: exposure of employment from an institution's own microdata, asked of the desk.

Asks the desk three questions: people and mean exposure; coverage; shares by class. The shares are one question because they
sum to 1, so a hidden share could be computed from the others. The answers are saved as a snapshot, from which the recipe
builds the release. No microdata is read here; a value hidden by the desk becomes an observation of status Q.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, Refused, unknown_name
from bongsu.core.estimate import Kind
from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question
from bongsu.core.programme import BuildInputs
from bongsu.core.provenance import Origin
from bongsu.core.release import Draft
from bongsu.desk.answer import SUPPRESSED, UNDEFINED, Z90
from bongsu.store.disk.clock import utc_now
from bongsu.work.build import Rows, make_draft
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
        "answers": [answer.data() for answer in answers],
    }
    text = json.dumps(data, ensure_ascii=False, sort_keys=True, indent=1)
    snapshot, _ = node.snapshots.keep(f"{EXPOSURE_FAMILY}-{survey.name}", text.encode(), origin, utc_now()[:10])
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


def holding_exposure(shelf: BuildInputs) -> Draft:
    """Builds HOLDING_EXPOSURE: the cells of every saved answer as observations."""
    return make_draft(
        shelf, (row for taken in shelf.taken.values() for row in _answer_rows(json.loads(taken.data), taken.record))
    )


def _answer_rows(data: Mapping[str, Any], record: Any) -> Rows:
    base = {
        "HOLDING": data["holding"],
        "REF_AREA": data["area"],
        "TIME_PERIOD": data["period"],
        "KIND": Kind.MODELLED,
        "VINTAGE": record.vintage,
        "SOURCE": record.origin.attribution,
    }
    for answer in data["answers"]:
        for cell in answer["cells"]:
            yield {**base, **{name: _sdmx_code(cell.get(name, "_T")) for name in DIMENSIONS}, **_value_columns(cell)}


def _sdmx_code(code: str) -> str:
    """Converts an age band to its SDMX code: Y_LT25, Y25T44, Y_GE65. Returns any other code as it is."""
    if code[:1] == "<":
        return f"Y_LT{code[1:]}"
    if code[:2] == ">=":
        return f"Y_GE{code[2:]}"
    first, dash, last = code.partition("-")
    return f"Y{first}T{last}" if dash and first.isdigit() and last.isdigit() else code


def _value_columns(cell: Mapping[str, Any]) -> dict[str, Any]:
    kind, _, name = cell["statistic"].partition(" ")
    indicator, label, scale, most = {
        "": ("EMPLOYMENT", "_T", 1.0, float("inf")),
        "EXPOSURE": ("MEAN_EXPOSURE", "_T", 1.0, 1.0),
        "SCORED": ("EMPLOYMENT_COVERAGE", "_T", 100.0, 100.0),
    }.get(name if kind == "mean" else "", ("EMPLOYMENT_SHARE", name, 100.0, 100.0))
    unit = "person" if indicator == "EMPLOYMENT" else "%" if scale == 100.0 else "1"
    row = {"INDICATOR": indicator, "EXPOSURE_CLASS": label, "UNIT_MEASURE": unit}
    if cell["value"] is None:
        return {**row, "OBS_STATUS": {SUPPRESSED: "Q", UNDEFINED: "M"}[cell["status"]]}
    value = cell["value"] * scale
    row["OBS_VALUE"] = value
    if cell["standard_error"] is not None:
        half = Z90 * cell["standard_error"] * scale
        bounds = {"LOWER_BOUND": max(0.0, min(value, value - half)), "UPPER_BOUND": max(value, min(most, value + half))}
        row |= {**bounds, "INTERVAL_TYPE": "P80"}
    return row


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
