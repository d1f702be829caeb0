"""The JSON of a study's result: printed by `bongsu work impact --json`, saved as a snapshot, and read by the page.

Numbers, names of exposures, periods and counts of occupations; no cell of the panel. The key `uncoded` lists
occupations without a score.
"""

from __future__ import annotations

from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.work.impact.breaks import SeriesBreak
from bongsu.work.impact.conclusions import percent_change
from bongsu.work.impact.study import (
    AlternativeEffect,
    EffectCoefficient,
    EventTime,
    GroupStudy,
    PlaceboEffect,
    PreTrend,
    StudyResult,
)

IMPACT_FORMAT = "bongsu.impact/1"


def result_to_json(result: StudyResult) -> dict[str, Any]:
    """Converts a result to a JSON object; `result_from_json` reads it."""
    return {
        "format": IMPACT_FORMAT,
        "exposure": result.exposure,
        "model": result.model,
        "date": result.date,
        "by": result.by,
        "studies": [_study_to_json(one) for one in result.studies],
        "difference": result.difference and _coefficient_to_json(result.difference),
        "breaks": [
            {"period": one.period, "group": one.group, "sign": one.sign, "values": dict(one.values)}
            for one in result.breaks
        ],
        "uncoded": list(result.unscored_occupations),
        "hidden_series": result.hidden_series,
    }


def _coefficient_to_json(one: EffectCoefficient) -> dict[str, float]:
    return {
        "coefficient": one.value,
        "standard_error": one.standard_error,
        "low": one.low,
        "high": one.high,
        "low95": one.low95,
        "high95": one.high95,
        "p": one.p,
        "percent": percent_change(one.value),
    }


def _study_to_json(one: GroupStudy) -> dict[str, Any]:
    return {
        "group": one.group,
        "effect": _coefficient_to_json(one.effect),
        "event_time": [
            {
                "time": at.time,
                "from": at.first,
                "to": at.last,
                "reference": at.coefficient is None and not at.separated,
                **({"separated": True} if at.separated else {}),
                **(_coefficient_to_json(at.coefficient) if at.coefficient else {}),
            }
            for at in one.event_times
        ],
        "pre_trend": one.pre_trend
        and {
            "f": one.pre_trend.f,
            "degrees_of_freedom": one.pre_trend.degrees_of_freedom,
            "p": one.pre_trend.p,
            "slope": _coefficient_to_json(one.pre_trend.slope),
        },
        "placebo": one.placebo and {"date": one.placebo.date, "effect": _coefficient_to_json(one.placebo.effect)},
        "alternatives": [
            {
                "exposure": other.name,
                "occupations": other.occupations,
                "effect": other.effect and _coefficient_to_json(other.effect),
                "reason": other.reason,
            }
            for other in one.alternatives
        ],
        "occupations": one.occupations,
        "exposed": one.exposed,
        "observations": one.observations,
        "left_out": one.left_out,
        "periods": list(one.periods),
        "informative": one.informative,
        "singletons": one.singletons,
        "separated": one.separated,
        "effective": one.effective,
    }


def result_from_json(found: Any, where: str = "") -> StudyResult:
    """Reads a result from its JSON object. Raises BadInput if it is not valid."""
    try:
        if found["format"] != IMPACT_FORMAT:
            raise ValueError(found["format"])
        return StudyResult(
            str(found["exposure"]),
            str(found["model"]),
            str(found["date"]),
            str(found["by"]),
            tuple(_study_from_json(one) for one in found["studies"]),
            _coefficient_from_json(found["difference"]) if found["difference"] else None,
            tuple(
                SeriesBreak(one["period"], one["group"], one["sign"], tuple(one["values"].items()))
                for one in found["breaks"]
            ),
            tuple(found["uncoded"]),
            int(found.get("hidden_series", 0)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadInput(
            N_("This is not a valid result of an event study: {reason}."), where=where, reason=repr(wrong)
        ) from None


def _coefficient_from_json(one: dict[str, float]) -> EffectCoefficient:
    names = ("coefficient", "standard_error", "low", "high", "low95", "high95", "p")
    return EffectCoefficient(*(float(one[name]) for name in names))


def _study_from_json(one: dict[str, Any]) -> GroupStudy:
    before, placebo = one["pre_trend"], one["placebo"]
    return GroupStudy(
        str(one["group"]),
        _coefficient_from_json(one["effect"]),
        tuple(
            EventTime(
                int(at["time"]),
                str(at["from"]),
                str(at["to"]),
                _coefficient_from_json(at) if "coefficient" in at else None,
                bool(at.get("separated")),
            )
            for at in one["event_time"]
        ),
        PreTrend(before["f"], before["degrees_of_freedom"], before["p"], _coefficient_from_json(before["slope"]))
        if before
        else None,
        PlaceboEffect(str(placebo["date"]), _coefficient_from_json(placebo["effect"])) if placebo else None,
        tuple(
            AlternativeEffect(
                str(other["exposure"]),
                int(other["occupations"]),
                _coefficient_from_json(other["effect"]) if other["effect"] else None,
                str(other["reason"]),
            )
            for other in one["alternatives"]
        ),
        int(one["occupations"]),
        one["exposed"],
        int(one["observations"]),
        int(one["left_out"]),
        (str(one["periods"][0]), str(one["periods"][1])),
        int(one.get("informative", one["occupations"])),
        int(one.get("singletons", 0)),
        int(one.get("separated", 0)),
        None if one.get("effective") is None else float(one["effective"]),
    )
