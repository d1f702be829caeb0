"""A result as data: what `bongsu work impact --json` prints, what a node keeps as a snapshot, and reads back for its page.

Numbers, names of exposures, periods and counts of occupations; no cell of the panel. `uncoded` names occupations without score.
"""

from __future__ import annotations

from typing import Any

from bongsu.core.errors import N_, BadInput
from bongsu.work.impact.breaks import Break
from bongsu.work.impact.reading import percent
from bongsu.work.impact.study import Alternative, Before, Coefficient, Placebo, Result, Study, Time

FORMAT = "bongsu.impact/1"


def data(result: Result) -> dict[str, Any]:
    """For JSON; `read` takes it back."""
    return {
        "format": FORMAT,
        "exposure": result.exposure,
        "model": result.model,
        "date": result.date,
        "by": result.by,
        "studies": [_study(one) for one in result.studies],
        "difference": result.difference and _coefficient(result.difference),
        "breaks": [
            {"period": one.period, "group": one.group, "sign": one.sign, "values": dict(one.values)}
            for one in result.breaks
        ],
        "uncoded": list(result.uncoded),
        "hidden_series": result.hidden,
    }


def _coefficient(one: Coefficient) -> dict[str, float]:
    return {
        "coefficient": one.value,
        "standard_error": one.error,
        "low": one.low,
        "high": one.high,
        "low95": one.low95,
        "high95": one.high95,
        "p": one.p,
        "percent": percent(one.value),
    }


def _study(one: Study) -> dict[str, Any]:
    return {
        "group": one.group,
        "effect": _coefficient(one.effect),
        "event_time": [
            {
                "time": at.time,
                "from": at.first,
                "to": at.last,
                "reference": at.coefficient is None,
                **(_coefficient(at.coefficient) if at.coefficient else {}),
            }
            for at in one.path
        ],
        "pre_trend": one.before
        and {
            "f": one.before.f,
            "degrees_of_freedom": one.before.freedom,
            "p": one.before.p,
            "slope": _coefficient(one.before.slope),
        },
        "placebo": one.placebo and {"date": one.placebo.date, "effect": _coefficient(one.placebo.effect)},
        "alternatives": [
            {
                "exposure": other.name,
                "occupations": other.occupations,
                "effect": other.effect and _coefficient(other.effect),
                "reason": other.reason,
            }
            for other in one.alternatives
        ],
        "occupations": one.occupations,
        "exposed": one.exposed,
        "observations": one.observations,
        "left_out": one.left_out,
        "periods": list(one.periods),
    }


def read(found: Any, where: str = "") -> Result:
    """A result from its data. Raises BadInput for what is none."""
    try:
        if found["format"] != FORMAT:
            raise ValueError(found["format"])
        return Result(
            str(found["exposure"]),
            str(found["model"]),
            str(found["date"]),
            str(found["by"]),
            tuple(_read_study(one) for one in found["studies"]),
            _read(found["difference"]) if found["difference"] else None,
            tuple(
                Break(one["period"], one["group"], one["sign"], tuple(one["values"].items())) for one in found["breaks"]
            ),
            tuple(found["uncoded"]),
            int(found.get("hidden_series", 0)),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as wrong:
        raise BadInput(N_("This is no result of an event study: {reason}."), where=where, reason=repr(wrong)) from None


def _read(one: dict[str, float]) -> Coefficient:
    names = ("coefficient", "standard_error", "low", "high", "low95", "high95", "p")
    return Coefficient(*(float(one[name]) for name in names))


def _read_study(one: dict[str, Any]) -> Study:
    before, placebo = one["pre_trend"], one["placebo"]
    return Study(
        str(one["group"]),
        _read(one["effect"]),
        tuple(
            Time(int(at["time"]), str(at["from"]), str(at["to"]), None if at["reference"] else _read(at))
            for at in one["event_time"]
        ),
        Before(before["f"], before["degrees_of_freedom"], before["p"], _read(before["slope"])) if before else None,
        Placebo(str(placebo["date"]), _read(placebo["effect"])) if placebo else None,
        tuple(
            Alternative(
                str(other["exposure"]),
                int(other["occupations"]),
                _read(other["effect"]) if other["effect"] else None,
                str(other["reason"]),
            )
            for other in one["alternatives"]
        ),
        int(one["occupations"]),
        one["exposed"],
        int(one["observations"]),
        int(one["left_out"]),
        (str(one["periods"][0]), str(one["periods"][1])),
    )
