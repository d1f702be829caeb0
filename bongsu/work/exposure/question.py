"""The question about exposure that fits a holding: mean score, share by class and coverage, by what it knows of people.

It is a value for the desk, which answers it or refuses (bongsu/desk); nothing here reads a record. Scores come from the release
EXPOSURE_BY_GROUP, which has every level of ISCO-08, so that two digits are asked as four are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_, BadInput
from bongsu.core.microdata import FORMAT, MOST_SPLITS, Question
from bongsu.work.exposure.classes import CLASSES
from bongsu.work.occupations.correspondences import ISCO08

if TYPE_CHECKING:
    from bongsu.core.mapping import Survey

RELEASE = "EXPOSURE_BY_GROUP"
OCCUPATION = "OCCUPATION"
USUAL = ("SEX", "AGE", "REGION", "INDUSTRY", "ACTIVITY", "TIME_PERIOD")  # concepts of people, the most asked for first
BANDS = (15, 25, 35, 45, 55, 65)
_BY_ITSELF = 2  # dimensions where none is named: more would leave few people in a cell


def exposure_question(survey: Survey, by: Sequence[str] = (), bands: Sequence[int] = BANDS) -> Question:
    """The question of a holding with this mapping, broken down by the concepts `by` (by itself: the first two of USUAL).

    Raises UnknownName for a concept that it does not have, BadInput where its occupations are not ISCO-08.
    """
    occupation = survey.variable(OCCUPATION, where=survey.name)
    if occupation.code_list != ISCO08 and not occupation.system.upper().startswith("ISCO-08"):
        raise BadInput(
            N_("The occupations of this holding are {system}, and scores are by ISCO-08."),
            where=survey.name,
            fix=N_("Convert them before the holding is added (bongsu work correspondence)."),
            system=occupation.system or "?",
        )
    known = [variable.concept for variable in survey.variables]
    chosen = list(by) or [concept for concept in USUAL if concept in known][:_BY_ITSELF]
    if len(chosen) > MOST_SPLITS:
        raise BadInput(N_("A breakdown has at most {most} dimensions."), where="--by", most=MOST_SPLITS)
    return Question.of(
        {
            "format": FORMAT,
            "holding": survey.name,
            "breakdown": [_split(survey, concept, bands) for concept in chosen],
            "statistics": [{"kind": "total"}, *({"kind": "mean", "of": name} for name in _scores())],
            "scores": _scores(),
        },
        survey.name,
    )


def _split(survey: Survey, concept: str, bands: Sequence[int]) -> dict[str, Any]:
    numbers = survey.variable(concept, where=survey.name).kind == "integer"
    return {"concept": concept, **({"bands": list(bands)} if numbers else {})}


def _scores() -> dict[str, dict[str, Any]]:
    """Name of each score -> where it is: EXPOSURE its mean, SHARE_G4 ... the share of a class, SCORED the coverage."""

    def score(indicator: str, label: str = "_T") -> dict[str, Any]:
        return {
            "release": RELEASE,
            "by": OCCUPATION,
            "where": [f"INDICATOR={indicator}", f"EXPOSURE_CLASS={label}"],
        }

    shares = {f"SHARE_{label}": score("UNIT_GROUP_SHARE", label) for label in CLASSES}
    return {"EXPOSURE": score("EXPOSURE_SCORE"), **shares, "SCORED": score("SCORED")}


def toml(question: Question) -> str:
    """The question as TOML, as a person would write it; `Question.read` reads it back."""
    data = question.data()
    lines = [f"format = {_value(data['format'])}", f"holding = {_value(data['holding'])}"]
    lines.append(f"breakdown = [{', '.join(_value(split) for split in data['breakdown'])}]")
    if not data["margins"]:
        lines.append("margins = false")
    for statistic in data["statistics"]:
        lines += ["", "[[statistics]]", *(f"{name} = {_value(value)}" for name, value in statistic.items())]
    for name, score in data["scores"].items():
        lines += ["", f"[scores.{name}]", *(f"{key} = {_value(value)}" for key, value in score.items())]
    return "\n".join(lines) + "\n"


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_value(one)}" for name, one in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
