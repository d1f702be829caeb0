"""Builds questions about exposure for a holding: mean score, shares by class or coverage, by characteristics of people.

They are three questions because the desk also hides statistics of the same question from which a hidden one could be
computed: a class with few people must not hide the mean.

Nothing here reads a record; the desk answers or refuses the question (bongsu/desk). Scores come from the release
EXPOSURE_BY_GROUP, which has every level of ISCO-08, so occupations may have two digits or four.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput, unknown_name
from bongsu.core.microdata_question import FORMAT, Question
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.occupations.correspondences import ISCO08

if TYPE_CHECKING:
    from bongsu.core.mapping import Survey

SCORES_FLOW = "EXPOSURE_BY_GROUP"
OCCUPATION_CONCEPT = "OCCUPATION"
DEFAULT_CONCEPTS = (
    "SEX",
    "AGE",
    "REGION",
    "INDUSTRY",
    "ACTIVITY",
    "TIME_PERIOD",
)  # concepts to break down by, in order of preference
DEFAULT_BANDS = (
    25,
    35,
    45,
    55,
    65,
)  # a band “<15” is empty in most surveys, and hides another small one, of people over 65
# Subject of a question -> its scores: a name, and the indicator and class in SCORES_FLOW that give it.
QUESTION_SCORES = {
    "mean": {"EXPOSURE": ("EXPOSURE_SCORE", "_T")},
    "coverage": {"SCORED": ("SCORED", "_T")},
    "classes": {label: ("UNIT_GROUP_SHARE", label) for label in CLASSES},
}
_DEFAULT_DIMENSIONS = 2  # number of dimensions by default: more would leave few people in a cell


def build_question(
    survey: Survey,
    breakdown: Sequence[Mapping[str, Any]] = (),
    about: str = "mean",
    where: Mapping[str, Any] = MappingProxyType({}),
) -> Question:
    """Builds a question to the holding with this mapping. `breakdown` and `where` as in any question.

    `about`: "mean" (people and their mean score), "classes" or "coverage". Raises UnknownName for a concept that the holding
    does not have, BadInput if its occupations are not coded in ISCO-08.
    """
    if about not in QUESTION_SCORES:
        raise unknown_name(N_("question about exposure"), about, QUESTION_SCORES)
    occupation = survey.variable(OCCUPATION_CONCEPT, where=survey.name)
    if occupation.code_list != ISCO08 and not occupation.system.upper().startswith("ISCO-08"):
        raise BadInput(
            N_("The occupations of this holding are coded in {system}, but scores are by ISCO-08."),
            where=survey.name,
            fix=N_("Convert them before the holding is added (bongsu work correspondence)."),
            system=occupation.system or "?",
        )
    people = [{"kind": "total"}] if about == "mean" else []
    return Question.from_data(
        {
            "format": FORMAT,
            "holding": survey.name,
            "breakdown": list(breakdown),
            "where": dict(where),
            "statistics": [*people, *({"kind": "mean", "of": name} for name in QUESTION_SCORES[about])],
            "scores": {name: _score_reference(*place) for name, place in QUESTION_SCORES[about].items()},
        },
        survey.name,
    )


def choose_breakdown(
    survey: Survey, by: Sequence[str] = (), bands: Sequence[int] = DEFAULT_BANDS
) -> list[dict[str, Any]]:
    """Returns the concepts `by` as dimensions; splits integers into `bands`.

    Default: the first two of DEFAULT_CONCEPTS that the holding has. Raises UnknownName for a concept that it does not have.
    """
    known = [variable.concept for variable in survey.variables]
    chosen = list(by) or [concept for concept in DEFAULT_CONCEPTS if concept in known][:_DEFAULT_DIMENSIONS]
    return [_build_split(survey, concept, bands) for concept in chosen]


def _build_split(survey: Survey, concept: str, bands: Sequence[int]) -> dict[str, Any]:
    variable = survey.variable(concept, where=survey.name)
    if variable.kind != "integer":
        return {"concept": concept}
    low, high = (variable.low, variable.high)
    # A limit outside the bounds of the holding would make a band that nobody can be in.
    inside = [band for band in bands if (low is None or band > low) and (high is None or band <= high)]
    return {"concept": concept, "bands": inside or list(bands)}


def _score_reference(indicator: str, label: str) -> dict[str, Any]:
    return {
        "release": SCORES_FLOW,
        "by": OCCUPATION_CONCEPT,
        "where": [f"INDICATOR={indicator}", f"EXPOSURE_CLASS={label}"],
    }


def question_to_toml(question: Question) -> str:
    """Returns the question as TOML that `Question.parse` can read."""
    data = question.to_data()
    lines = [f"format = {_toml_value(data['format'])}", f"holding = {_toml_value(data['holding'])}"]
    lines.append(f"breakdown = [{', '.join(_toml_value(split) for split in data['breakdown'])}]")
    if data["where"]:
        lines.append(f"where = {_toml_value(data['where'])}")
    if not data["margins"]:
        lines.append("margins = false")
    for statistic in data["statistics"]:
        lines += ["", "[[statistics]]", *(f"{name} = {_toml_value(value)}" for name, value in statistic.items())]
    for name, score in data["scores"].items():
        lines += ["", f"[scores.{name}]", *(f"{key} = {_toml_value(value)}" for key, value in score.items())]
    return "\n".join(lines) + "\n"


def _toml_value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_toml_value(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
