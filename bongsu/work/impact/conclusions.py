"""Selects the sentences on what may and may not be concluded from an event study, by its own tests; never a causal claim.

A sentence is a template with its values, so that the terminal and the page can translate it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from bongsu.core.errors import N_
from bongsu.work.impact.study import AlternativeEffect, EffectCoefficient, GroupStudy, StudyResult

SIGNIFICANCE = 0.1  # significance level of the tests that select the sentences
FEW_BY_SIZE = 5.0  # with a smaller effective number of occupations a test at 5 % rejects in 15 % of draws or more
MAY, MAY_NOT = "may", "may-not"


class Conclusion(NamedTuple):
    """A sentence: `side` is MAY or MAY_NOT, `group` the group it applies to ("" for all), then the template and its values."""

    side: str
    group: str
    message: str
    values: dict[str, object]


def _p_text(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def percent_change(coefficient: float) -> float:
    """Converts a coefficient on a log scale to a change in per cent: 100 (e^b - 1). -0.113 gives -10.7 %."""
    return 100 * math.expm1(coefficient)


def list_conclusions(result: StudyResult) -> Iterator[Conclusion]:
    """Yields the sentences in reading order: those of each group, then those of the whole study."""
    for study in result.studies:
        yield from _study_conclusions(study, result.date)
    if result.difference:
        values = _effect_values(result.difference) | {"one": result.studies[1].group, "other": result.studies[0].group}
        yield Conclusion(
            MAY,
            "",
            N_(
                "The effect in “{one}” differs from the effect in “{other}” by {percent:+.1f} % ({low:+.1f} to {high:+.1f}), "
                "net of changes that an occupation has in both groups."
            ),
            values,
        )
    for one in result.breaks:
        yield Conclusion(
            MAY_NOT,
            one.group,
            N_("The series may break at {period}: a change there may come from how people are counted."),
            {"period": one.period},
        )
    if result.unscored_occupations:
        yield Conclusion(
            MAY_NOT,
            "",
            N_("{count} occupations have no score and are excluded: the study does not cover them."),
            {"count": len(result.unscored_occupations)},
        )
    if result.hidden_series:
        yield Conclusion(
            MAY_NOT,
            "",
            N_(
                "{count} series are excluded because the desk hides some of their cells: the study does not cover small "
                "occupations."
            ),
            {"count": result.hidden_series},
        )
    yield Conclusion(
        MAY_NOT,
        "",
        N_(
            "The study does not show that AI is the cause: it also measures every other change after the date that "
            "affected exposed occupations differently (interest rates, the end of a boom, remote work)."
        ),
        {},
    )
    yield Conclusion(
        MAY_NOT,
        "",
        N_(
            "The study does not show how many jobs were lost or gained: it compares occupations with each other, and "
            "people who move between occupations count on both sides."
        ),
        {},
    )


def _study_conclusions(study: GroupStudy, date: str) -> Iterator[Conclusion]:
    values = _effect_values(study.effect) | {"date": date}
    if study.exposed is None:
        message = N_(
            "From {date} on, one standard deviation more of exposure is associated with a change in the outcome of "
            "{percent:+.1f} % ({low:+.1f} to {high:+.1f}, 80 % interval), compared with before."
        )
    else:
        message = N_(
            "From {date} on, the outcome of exposed occupations changed by {percent:+.1f} % ({low:+.1f} to {high:+.1f}, "
            "80 % interval) relative to less exposed occupations, compared with before."
        )
    yield Conclusion(MAY, study.group, message, values)
    if study.effect.p >= SIGNIFICANCE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_("The study does not show a difference: chance alone can explain one of this size ({p})."),
            values,
        )
    if study.separated or study.singletons or study.informative < study.occupations:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "The study does not cover {empty} of {all} occupations, which have no outcome before or after the date; "
                "{single} cells were left out because they are alone in their occupation or period, and {separated} because "
                "their 0 has no finite estimate."
            ),
            {
                "empty": study.occupations - study.informative,
                "all": study.occupations,
                "single": study.singletons,
                "separated": study.separated,
            },
        )
    if study.effective is not None and study.effective < FEW_BY_SIZE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "The study does not show how certain it is: by size a side is worth {count:.1f} occupations, and with so few "
                "the intervals are too narrow."
            ),
            {"count": study.effective},
        )
    before = study.pre_trend
    if before is None:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "The study does not show that the date matters: too few periods precede it to test the trend before it."
            ),
            {},
        )
    elif before.p < SIGNIFICANCE or before.slope.p < SIGNIFICANCE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "The study does not show that the date matters: exposed and less exposed occupations diverged before it "
                "(joint test of all earlier times: {joint}; trend: {trend})."
            ),
            {"joint": _p_text(before.p), "trend": _p_text(before.slope.p)},
        )
    else:
        yield Conclusion(
            MAY,
            study.group,
            N_("Before the date, the data show no divergence of exposed from less exposed occupations ({joint})."),
            {"joint": _p_text(before.p)},
        )
    if study.placebo and study.placebo.effect.p < SIGNIFICANCE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "The study does not show that the date is special: the placebo date {placebo}, at which nothing happened, "
                "also shows an effect of {percent:+.1f} %."
            ),
            {"placebo": study.placebo.date, "percent": percent_change(study.placebo.effect.value)},
        )
    yield from _alternative_conclusions(study)


def _alternative_conclusions(study: GroupStudy) -> Iterator[Conclusion]:
    tried = [one for one in study.alternatives if one.effect is not None]
    if not tried:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_("The study does not show that the result is robust: no other index of exposure could be tried."),
            {},
        )
        return
    against = [one.name for one in tried if not _agrees(one, study.effect)]
    values: dict[str, object] = {"count": len(tried), "names": ", ".join(against)}
    if against:
        message = N_("The indices do not all agree: by {names}, the effect has another sign or is not significant.")
        yield Conclusion(MAY_NOT, study.group, message, values)
    else:
        yield Conclusion(
            MAY, study.group, N_("The sign is the same by every other index that was tried ({count})."), values
        )


def _agrees(one: AlternativeEffect, effect: EffectCoefficient) -> bool:
    assert one.effect is not None
    return one.effect.value * effect.value > 0 and (one.effect.p < SIGNIFICANCE or effect.p >= SIGNIFICANCE)


def _effect_values(effect: EffectCoefficient) -> dict[str, object]:
    return {
        "percent": percent_change(effect.value),
        "low": percent_change(effect.low),
        "high": percent_change(effect.high),
        "p": _p_text(effect.p),
    }
