"""What may and may not be concluded from an event study: sentences chosen by its own tests, never a verdict of cause.

A sentence is a template with its values, so that the terminal and the page say it in the reader's language.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from bongsu.core.errors import N_
from bongsu.work.impact.study import AlternativeEffect, EffectCoefficient, GroupStudy, StudyResult

SIGNIFICANCE = 0.1  # a p-value below it counts as a sign
MAY, MAY_NOT = "may", "may-not"


class Conclusion(NamedTuple):
    """`side`: MAY or MAY_NOT; `group` it speaks of, "" for all; a template and its values."""

    side: str
    group: str
    message: str
    values: dict[str, object]


def _p_text(p: float) -> str:
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}"


def percent_change(coefficient: float) -> float:
    """A coefficient on a log scale as a change in per cent: 100 (e^b - 1). -0.113 gives -10.7 %."""
    return 100 * math.expm1(coefficient)


def list_conclusions(result: StudyResult) -> Iterator[Conclusion]:
    """Every sentence, in the order in which a careful person would say them."""
    for study in result.studies:
        yield from _study_conclusions(study, result.date)
    if result.difference:
        values = _effect_values(result.difference) | {"one": result.studies[1].group, "other": result.studies[0].group}
        yield Conclusion(
            MAY,
            "",
            N_(
                "In “{one}”, exposed occupations moved by {percent:+.1f} % ({low:+.1f} to {high:+.1f}) more than in “{other}”, "
                "what befell an occupation in both groups taken out."
            ),
            values,
        )
    for one in result.breaks:
        yield Conclusion(
            MAY_NOT,
            one.group,
            N_("The series may break at {period}: a change there may be one of counting."),
            {"period": one.period},
        )
    if result.uncoded:
        yield Conclusion(
            MAY_NOT,
            "",
            N_("{count} occupations have no score and are left out: nothing is said of them."),
            {"count": len(result.uncoded)},
        )
    if result.hidden:
        yield Conclusion(
            MAY_NOT,
            "",
            N_("{count} series are left out, for the desk hides cells of them: nothing is said of small occupations."),
            {"count": result.hidden},
        )
    yield Conclusion(
        MAY_NOT,
        "",
        N_(
            "Not that AI is the cause: whatever else set exposed occupations apart after the date "
            "(interest rates, the end of a boom, remote work) counts too."
        ),
        {},
    )
    yield Conclusion(
        MAY_NOT,
        "",
        N_(
            "Not how many jobs were lost or won: occupations are compared with each other, and people who move between "
            "them count on both sides."
        ),
        {},
    )


def _study_conclusions(study: GroupStudy, date: str) -> Iterator[Conclusion]:
    values = _effect_values(study.effect) | {"date": date}
    if study.exposed is None:
        message = N_(
            "From {date} on, one standard deviation more of exposure went with {percent:+.1f} % in the outcome "
            "({low:+.1f} to {high:+.1f}, 80 % interval), against before."
        )
    else:
        message = N_(
            "From {date} on, exposed occupations stood {percent:+.1f} % ({low:+.1f} to {high:+.1f}, 80 % interval) against "
            "less exposed ones, compared with before."
        )
    yield Conclusion(MAY, study.group, message, values)
    if study.effect.p >= SIGNIFICANCE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_("Not that there is a difference: chance alone explains one of this size ({p})."),
            values,
        )
    before = study.before
    if before is None:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_("Not that the date matters: too few periods come before it to see how the paths ran."),
            {},
        )
    elif before.p < SIGNIFICANCE or before.slope.p < SIGNIFICANCE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "Not that the date matters: the paths had parted before it already (all earlier times alike: {joint}; "
                "trend: {trend})."
            ),
            {"joint": _p_text(before.p), "trend": _p_text(before.slope.p)},
        )
    else:
        yield Conclusion(
            MAY,
            study.group,
            N_("Before the date, the paths ran alike as far as the data can tell ({joint})."),
            {"joint": _p_text(before.p)},
        )
    if study.placebo and study.placebo.effect.p < SIGNIFICANCE:
        yield Conclusion(
            MAY_NOT,
            study.group,
            N_(
                "Not that the date is special: {placebo}, at which nothing happened, shows an effect of {percent:+.1f} % too."
            ),
            {"placebo": study.placebo.date, "percent": percent_change(study.placebo.effect.value)},
        )
    yield from _alternative_conclusions(study)


def _alternative_conclusions(study: GroupStudy) -> Iterator[Conclusion]:
    tried = [one for one in study.alternatives if one.effect is not None]
    if not tried:
        yield Conclusion(
            MAY_NOT, study.group, N_("Not that the finding is robust: no other index of exposure could be tried."), {}
        )
        return
    against = [one.name for one in tried if not _agrees(one, study.effect)]
    values: dict[str, object] = {"count": len(tried), "names": ", ".join(against)}
    if against:
        message = N_(
            "Not that every index says so: by {names} the effect has another sign or cannot be told from none."
        )
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
