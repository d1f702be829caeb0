"""The event study: compares exposed with less exposed occupations before and after a date, with its robustness checks.

Outcome of occupation o in period t, group g:  log of its mean = (o) + (t) + b x exposure(o) x [t on or after the date].
Also estimated: the coefficient at every time around the date, the trend before it, the effect of a placebo date, the effect
by other exposures, and possible breaks in the series. Formulas: docs/methods/work-impact.md.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from bongsu.core.error_text import describe_public_error
from bongsu.core.errors import N_, BadInput, Refused, unknown_name
from bongsu.work.impact.breaks import SeriesBreak, find_breaks
from bongsu.work.impact.estimators import EffectsFit, ols, ppml
from bongsu.work.impact.fixed_effects import Floats, build_effect
from bongsu.work.impact.panel import MIN_OCCUPATIONS, Exposure, Panel

STUDY_MODELS = ("ppml", "ols")
INTERVAL_LEVEL = 0.8  # as in all of Bongsu; the 95 % interval is given too, as is usual in journals
_MAX_TIMES = 40
_MIN_PERIODS_BEFORE = 4  # periods before the date that a placebo date or a trend needs
MIN_EFFECTIVE = 1.5  # smallest effective number of occupations on each side, by size, for a model that weights by size
_EXPOSED_AFTER = "exposed x after"


@dataclass(frozen=True)
class EffectCoefficient:
    """A coefficient with its standard error, 80 % and 95 % intervals and p-value; per unit of exposure, on a log scale."""

    value: float
    standard_error: float
    low: float
    high: float
    low95: float
    high95: float
    p: float

    @classmethod
    def from_fit(cls, fit: EffectsFit, at: int) -> EffectCoefficient:
        """Returns the coefficient at index `at` of a fit."""
        value, error = float(fit.coefficients[at]), float(fit.standard_errors[at])
        return cls(value, error, *fit.interval(at, INTERVAL_LEVEL), *fit.interval(at, 0.95), fit.p_value(at))


@dataclass(frozen=True)
class EventTime:
    """The coefficient of one time around the date: time 0 begins at the date; the reference (-1) has no coefficient.

    `separated`: it has none because the outcomes of one side are all 0 then, so that no finite estimate exists.
    """

    time: int
    first: str
    last: str
    coefficient: EffectCoefficient | None
    separated: bool = False


@dataclass(frozen=True)
class PreTrend:
    """The test of parallel trends before the date: earlier coefficients jointly 0 (F, p), and their slope per time."""

    f: float
    degrees_of_freedom: int
    p: float
    slope: EffectCoefficient


@dataclass(frozen=True)
class PlaceboEffect:
    """The effect of a placebo date, estimated from the periods before the real date only."""

    date: str
    effect: EffectCoefficient


@dataclass(frozen=True)
class AlternativeEffect:
    """The effect by another exposure: its coefficient, or the reason why it could not be estimated."""

    name: str
    occupations: int
    effect: EffectCoefficient | None
    reason: str = ""


@dataclass(frozen=True)
class GroupStudy:
    """The study of one group. Counts: `occupations`, `exposed` ones, cells used (`observations`) and not (`left_out`).

    Of the cells not used, `singletons` are alone in their occupation or period, and `separated` have an outcome of 0 that the
    exposure predicts with certainty. `informative`: occupations with cells that were used before and after the date.
    """

    group: str
    effect: EffectCoefficient
    event_times: tuple[EventTime, ...]
    pre_trend: PreTrend | None
    placebo: PlaceboEffect | None
    alternatives: tuple[AlternativeEffect, ...]
    occupations: int
    exposed: int | None
    observations: int
    left_out: int
    periods: tuple[str, str]
    informative: int = 0
    singletons: int = 0
    separated: int = 0
    effective: float | None = None  # effective number of occupations by size, of the side that has fewer; None for OLS


@dataclass(frozen=True)
class StudyResult:
    """The result of a study. `difference`: the second group's effect less the first's, if there are two groups."""

    exposure: str
    model: str
    date: str
    by: str  # the column that the groups are codes of; "" without groups
    studies: tuple[GroupStudy, ...]
    difference: EffectCoefficient | None
    breaks: tuple[SeriesBreak, ...]
    unscored_occupations: tuple[str, ...]  # excluded, because they have no score
    hidden_series: int = 0  # series of a holding that the desk hid in part, which are excluded


@dataclass(frozen=True)
class StudyDesign:
    """The design of a study. `model`: "ppml", or "ols" of the logarithm; `step`: periods per time, 0: automatic."""

    date: str
    exposure: Exposure
    by: str = ""
    alternatives: tuple[Exposure, ...] = ()
    model: str = "ppml"
    step: int = 0
    seasonal: bool = False
    placebo: str = ""
    continuous: bool = False
    known_breaks: tuple[str, ...] = ()


def run_study(cells: Panel, design: StudyDesign, hidden: int = 0) -> StudyResult:
    """Runs the study. `hidden`: the number of series that the desk hid, which are not among the cells.

    Raises BadInput for a date outside the periods, Refused if a side has too few occupations.
    """
    if design.model not in STUDY_MODELS:
        raise unknown_name(N_("model"), design.model, STUDY_MODELS)
    periods = cells.periods
    if not periods[0] < design.date <= periods[-1] or len(design.date) != len(periods[0]):
        raise BadInput(
            N_(
                "The date {date} must be written as the periods are, after the first ({first}) and not after the last ({last})."
            ),
            date=design.date,
            first=periods[0],
            last=periods[-1],
        )
    if design.seasonal and len(periods[0]) == 4:
        raise BadInput(N_("Annual data have no seasonal effects to remove."), where="--seasonal")
    exposed = design.exposure.split_occupations(cells.occupations, continuous=design.continuous)
    known = _scored_cells(cells, exposed)
    if 2 * len(known.outcome) < len(cells.outcome):
        raise Refused(
            N_(
                "Only {scored} of {all} cells are of occupations with a score: the codes may be of another classification."
            ),
            where=cells.where,
            scored=len(known.outcome),
            all=len(cells.outcome),
        )
    studies = tuple(_run_group(known.select(known.group == group), group, design, exposed) for group in known.groups)
    return StudyResult(
        design.exposure.name,
        design.model,
        design.date,
        design.by,
        studies,
        _fit_difference(known, design, exposed) if len(studies) == 2 else None,
        find_breaks(cells, design.known_breaks),
        tuple(code for code in cells.occupations if code not in exposed),
        hidden,
    )


def _run_group(cells: Panel, group: str, design: StudyDesign, exposed: Mapping[str, float]) -> GroupStudy:
    fit = _fit_effect(cells, design.date, design, exposed)
    times, pre_trend = _fit_event_times(cells, design, exposed)
    sides = {exposed[code] for code in cells.occupations}
    count = sum(exposed[code] == max(sides) for code in cells.occupations)
    return GroupStudy(
        group,
        EffectCoefficient.from_fit(fit, 0),
        times,
        pre_trend,
        _fit_placebo(cells, design, exposed),
        tuple(_fit_alternative(cells, design, exposed, other) for other in design.alternatives),
        len(cells.occupations),
        count if len(sides) == 2 else None,
        fit.observations,
        len(cells.outcome) - fit.observations,
        (cells.periods[0], cells.periods[-1]),
        len(_informative_occupations(cells, fit, design.date)),
        fit.singletons,
        fit.separated,
        min(_effective_number(cells, codes) for codes in _split_informative(cells, fit, design.date, exposed))
        if design.model == "ppml"
        else None,
    )


def _informative_occupations(cells: Panel, fit: EffectsFit, date: str) -> set[str]:
    """Returns the occupations with cells that a fit used both before and after a date: the others tell nothing about it."""
    used = cells.select(fit.kept)
    after = used.period >= date
    return {str(code) for code in np.intersect1d(used.occupation[after], used.occupation[~after])}


def _check_sides(cells: Panel, fit: EffectsFit, date: str, exposed: Mapping[str, float], model: str) -> None:
    """Raises Refused if a side has fewer than ten occupations that tell something about the effect, or is a few by size.

    With few clusters the standard errors are too small: docs/methods/work-impact.md has the simulation.
    """
    parts = _split_informative(cells, fit, date, exposed)
    least = MIN_OCCUPATIONS * (2 if len(parts) == 1 else 1)
    if min(map(len, parts)) < least:
        raise Refused(
            N_(
                "Fewer than {least} occupations of a side have an outcome before and after {date}, so no result is shown."
            ),
            least=least,
            date=date,
        )
    if model == "ppml" and min(_effective_number(cells, codes) for codes in parts) < MIN_EFFECTIVE:
        raise Refused(
            N_(
                "A few occupations make up almost all of a side, so that chance cannot be told from an effect: no result is "
                "shown."
            )
        )


def _split_informative(cells: Panel, fit: EffectsFit, date: str, exposed: Mapping[str, float]) -> list[set[str]]:
    """Returns the informative occupations of each side, exposed ones first; all as one side for a continuous exposure."""
    sides = {code: exposed[code] for code in _informative_occupations(cells, fit, date)}
    high = {code for code, score in sides.items() if score == max(sides.values())}
    return [set(sides)] if len(set(exposed.values())) > 2 else [high, set(sides) - high]


def _effective_number(cells: Panel, occupations: set[str]) -> float:
    """Returns (sum of w)² / sum of w² for the outcomes w by occupation: how many of equal size would weigh the same."""
    codes, places = np.unique(cells.occupation, return_inverse=True)
    sizes = np.bincount(places, cells.outcome)[np.isin(codes, list(occupations))]
    return float(sizes.sum() ** 2 / (sizes**2).sum())


def _scored_cells(cells: Panel, exposed: Mapping[str, float]) -> Panel:
    return cells.select(np.isin(cells.occupation, list(exposed)))


def _cell_exposures(cells: Panel, exposed: Mapping[str, float]) -> Floats:
    return np.array([exposed[str(code)] for code in cells.occupation])


def _fit_model(
    cells: Panel, column: Floats, names: Sequence[str], design: StudyDesign, effects: Sequence[str] = ()
) -> EffectsFit:
    """Fits the design's model to cells. Effects are letters: o occupation, t period, g group, s season; default: o and t."""
    columns = column.reshape(len(cells.outcome), -1).astype(np.float64)
    positive = cells.outcome > 0
    if design.model == "ols":  # of the logarithm, which cells of 0 do not have
        cells, columns = cells.select(positive), columns[positive]
    of = {"o": cells.occupation, "t": cells.period, "g": cells.group, "s": np.array([t[4:] for t in cells.period])}
    named = effects or ("o", "t")
    if design.seasonal:
        named = [name if "t" in name else f"{name}s" for name in named]
    taken = [build_effect(name, *(of[letter] for letter in name)) for name in named]
    clusters = build_effect("clusters", cells.occupation).levels
    if design.model == "ols":
        fit = ols(np.log(cells.outcome), columns, names, taken, clusters)
        used = positive.copy()
        used[positive] = fit.kept
        return replace(fit, kept=used)
    return ppml(cells.outcome, columns, names, taken, clusters)


def _fit_effect(cells: Panel, date: str, design: StudyDesign, exposed: Mapping[str, float]) -> EffectsFit:
    fit = _fit_model(cells, _cell_exposures(cells, exposed) * (cells.period >= date), (_EXPOSED_AFTER,), design)
    _check_sides(cells, fit, date, exposed, design.model)
    return fit


def _fit_difference(cells: Panel, design: StudyDesign, exposed: Mapping[str, float]) -> EffectCoefficient:
    """Estimates the second group's effect less the first's, net of occupation-by-period effects common to both groups."""
    second = (cells.group == cells.groups[1]) * _cell_exposures(cells, exposed) * (cells.period >= design.date)
    return EffectCoefficient.from_fit(_fit_model(cells, second, (_EXPOSED_AFTER,), design, ("og", "tg", "ot")), 0)


def event_times(periods: Sequence[str], date: str, step: int = 0) -> dict[str, int]:
    """Returns the time of every period: 0 from the date on, then 1, ... of `step` periods each (default: at most 40 times)."""
    if step < 0:
        raise BadInput(N_("The step must be one period or more."), where="--step")
    start = sum(period < date for period in periods)
    widths = (1, 3, 12, 24, 60, 120)
    wide = step or next((width for width in widths if len(periods) <= _MAX_TIMES * width), len(periods))
    return {period: (place - start) // wide for place, period in enumerate(periods)}


def _fit_event_times(
    cells: Panel, design: StudyDesign, exposed: Mapping[str, float]
) -> tuple[tuple[EventTime, ...], PreTrend | None]:
    times = event_times(cells.periods, design.date, design.step)
    time = np.array([times[str(period)] for period in cells.period])
    scores = _cell_exposures(cells, exposed)
    # With seasonal effects, every season needs its own reference: the year before the date.
    seasons = len({period[4:] for period in times}) if design.seasonal else 1
    width = max(1, sum(its == 0 for its in times.values()))
    first = -math.ceil(seasons / width)
    asked = [one for one in sorted(set(times.values())) if not first <= one < 0]
    columns = np.column_stack([scores * (time == one) for one in asked])
    fit = _fit_model(cells, columns, [f"time {one}" for one in asked], design)
    path = []
    for one in sorted(set(times.values())):
        inside = [period for period, its in times.items() if its == one]
        found = one in asked and bool(np.isfinite(fit.coefficients[asked.index(one)]))
        coefficient = EffectCoefficient.from_fit(fit, asked.index(one)) if found else None
        path.append(EventTime(one, inside[0], inside[-1], coefficient, one in asked and not found))
    earlier = [at for at, one in enumerate(asked) if one < 0 and np.isfinite(fit.coefficients[at])]
    if not earlier or sum(period < design.date for period in cells.periods) < _MIN_PERIODS_BEFORE:
        return tuple(path), None
    f, freedom, p = fit.wald_test(earlier)
    old = cells.period < design.date
    try:
        trend = _fit_model(cells.select(old), (scores * time)[old], ("exposed x time",), design)
    except Refused:  # no finite estimate
        return tuple(path), None
    return tuple(path), PreTrend(f, freedom, p, EffectCoefficient.from_fit(trend, 0))


def _fit_placebo(cells: Panel, design: StudyDesign, exposed: Mapping[str, float]) -> PlaceboEffect | None:
    """Estimates the effect of a placebo date (default: halfway before the date); None if too few cells precede the date."""
    earlier = [period for period in cells.periods if period < design.date]
    if len(earlier) < _MIN_PERIODS_BEFORE:
        return None
    date = design.placebo or earlier[len(earlier) // 2]
    if not earlier[0] < date <= earlier[-1]:
        raise BadInput(
            N_("The placebo date {date} must be after the first period and before the date of the study."), date=date
        )
    old = cells.select(cells.period < design.date)
    try:
        return PlaceboEffect(date, EffectCoefficient.from_fit(_fit_effect(old, date, design, exposed), 0))
    except Refused:  # too few occupations have an outcome in these periods
        return None


def _fit_alternative(
    cells: Panel, design: StudyDesign, main: Mapping[str, float], other: Exposure
) -> AlternativeEffect:
    """Estimates the effect by another exposure. One that splits occupations as the main exposure does is used as continuous."""
    name = other.name
    try:
        exposed = other.split_occupations(cells.occupations, continuous=design.continuous)
        if exposed.items() <= main.items():
            name = f"{name} (SD)"
            exposed = other.split_occupations(cells.occupations, continuous=True)
        fit = _fit_effect(_scored_cells(cells, exposed), design.date, design, exposed)
    except (BadInput, Refused) as wrong:  # an index that cannot be used must not hide the others
        return AlternativeEffect(name, 0, None, describe_public_error(wrong, str).sentence)
    return AlternativeEffect(name, len(exposed), EffectCoefficient.from_fit(fit, 0))
