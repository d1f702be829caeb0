"""Builds AI_IMPACT from results of event studies: those shipped with Bongsu and those saved in the node."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Kind
from bongsu.core.programme import BuildInputs, Recipe
from bongsu.core.provenance import Origin, Source
from bongsu.core.release import Draft
from bongsu.store.releases.checks import values_within
from bongsu.store.releases.observations import make_draft
from bongsu.work.impact import result_format
from bongsu.work.impact.conclusions import percent_change
from bongsu.work.impact.kept_results import IMPACT_FAMILY
from bongsu.work.impact.study import EffectCoefficient, GroupStudy, StudyResult

SWEDEN = Source(
    name="impact-study-sweden-2022-12",
    package="bongsu.work",
    resource="tables/impact/sweden-2022-12.json",
    origin=Origin(
        publisher="canaries-sweden; study by this project",
        title="Register employment in Sweden by occupation, month and age: event study around December 2022",
        address="",
        licence="CC-BY-4.0",
        attribution="canaries-sweden (register employment); own computation",
    ),
    vintage="2025-06",
)


def ai_impact(inputs: BuildInputs) -> Draft:
    """Builds every study's effect, its coefficients around the date, and its robustness checks."""
    rows: list[dict[str, Any]] = []
    for name, taken in sorted(inputs.by_name.items()):
        base = {
            "STUDY": name.removeprefix(f"{IMPACT_FAMILY}-"),
            "KIND": Kind.MODELLED,
            "VINTAGE": taken.record.vintage,
            "SOURCE": taken.record.origin.attribution,
        }
        rows += [{**base, **row} for row in _result_rows(parse_result(taken.data, name))]
    return make_draft(inputs, rows)


def parse_result(data: bytes, where: str) -> StudyResult:
    """Parses the result of an event study from a snapshot's bytes. Raises BadInput if they are not a valid result."""
    try:
        return result_format.result_from_json(json.loads(data), where)
    except (UnicodeDecodeError, json.JSONDecodeError) as wrong:
        raise BadInput(
            N_("This is not a valid result of an event study: {reason}."), where=where, reason=wrong
        ) from None


def _result_rows(found: StudyResult) -> Iterator[dict[str, Any]]:
    broken = ", ".join(sorted({one.period for one in found.breaks}))
    comment = f"{found.model}; the series may break at {broken}" if broken else found.model
    for study in found.studies:
        group = study.group or "_T"
        for row in _study_rows(found, study):
            yield {"STUDY_GROUP": group, "EXPOSED_BY": found.exposure, "COMMENT_OBS": comment, **row}
    if found.difference:
        second, first = found.studies[1].group, found.studies[0].group
        yield {
            "STUDY_GROUP": f"{second} - {first}",
            "EXPOSED_BY": found.exposure,
            "COMMENT_OBS": comment,
            **_percent_row("IMPACT_DIFFERENCE", found.date, found.difference),
        }


def _study_rows(found: StudyResult, study: GroupStudy) -> Iterator[dict[str, Any]]:
    effect = study.effect
    yield _percent_row("IMPACT_EFFECT", found.date, effect)
    yield {**_number_row("IMPACT_COEFFICIENT", found.date, effect.value), **_bounds(effect.low, effect.high)}
    yield _number_row("IMPACT_STANDARD_ERROR", found.date, effect.standard_error)
    for at in study.event_times:
        if at.coefficient:
            yield _percent_row("IMPACT_PATH", at.first, at.coefficient)
        else:  # 0 by definition, so its interval has width 0
            reference = {"INDICATOR": "IMPACT_PATH", "TIME_PERIOD": at.first, "UNIT_MEASURE": "%", "OBS_VALUE": 0.0}
            yield {**reference, **_bounds(0.0, 0.0), "COMMENT_OBS": f"reference; {found.model}"}
    if study.pre_trend:
        yield _percent_row("IMPACT_TREND_BEFORE", found.date, study.pre_trend.slope)
        yield _number_row("IMPACT_P_BEFORE", found.date, study.pre_trend.p)
    if study.placebo:
        yield _percent_row("IMPACT_PLACEBO", study.placebo.date, study.placebo.effect)
    for other in study.alternatives:
        if other.effect:
            yield {**_percent_row("IMPACT_EFFECT", found.date, other.effect), "EXPOSED_BY": other.name}


def _percent_row(indicator: str, period: str, one: EffectCoefficient) -> dict[str, Any]:
    return {
        "INDICATOR": indicator,
        "TIME_PERIOD": period,
        "UNIT_MEASURE": "%",
        "OBS_VALUE": percent_change(one.value),
        **_bounds(percent_change(one.low), percent_change(one.high)),
    }


def _number_row(indicator: str, period: str, value: float) -> dict[str, Any]:
    return {"INDICATOR": indicator, "TIME_PERIOD": period, "UNIT_MEASURE": "1", "OBS_VALUE": value}


def _bounds(low: float, high: float) -> dict[str, Any]:
    return {"LOWER_BOUND": low, "UPPER_BOUND": high, "INTERVAL_TYPE": "P80"}


RECIPE = Recipe(
    "AI_IMPACT",
    (SWEDEN,),
    ai_impact,
    (values_within(low=-100, INDICATOR=["IMPACT_EFFECT", "IMPACT_PATH"]),),
    family=IMPACT_FAMILY,
)
