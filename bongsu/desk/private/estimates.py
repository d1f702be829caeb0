"""Computes statistics, with the standard deviation of their noise, from tables to which noise was added. Reads no data.

Deviations of ratios and quantiles are those of the first-order change. A statistic is undefined where the noisy number of
people is below MIN_DEVIATIONS standard deviations of its noise.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.microdata_question import MODEL_KINDS, Statistic
from bongsu.desk import statistics as formulas
from bongsu.desk.answer import PERTURBED, UNDEFINED, Cell
from bongsu.desk.private.tables import NoisySum, PrivatePlan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from bongsu.store.microdata.whole_sums import WholeTable

    Floats = NDArray[np.float64]
    Noisy = Mapping[WholeTable, list[NoisySum]]

MIN_DEVIATIONS = 2.0
DIGITS = 4  # significant digits of a standard deviation


def estimate_cells(plan: PrivatePlan, noisy: Noisy) -> Iterator[Cell]:
    """Yields every statistic of every cell, except models."""
    layout = plan.layout
    for statistic in plan.question.statistics:
        if statistic.kind in MODEL_KINDS:
            continue
        sums = noisy[plan.tables[statistic.name]]
        for name, values, deviations in _estimate(plan, statistic, sums):
            for cell in range(layout.cells):
                codes, value = layout.codes(cell), float(values[cell])
                if not np.isfinite(value):
                    yield Cell(codes, name, None, None, UNDEFINED)
                else:
                    deviation = float(f"{deviations[cell]:.{DIGITS}g}")
                    yield Cell(codes, name, value, None, PERTURBED, noise=deviation)


def _estimate(plan: PrivatePlan, statistic: Statistic, sums: list[NoisySum]) -> Iterator[tuple[str, Floats, Floats]]:
    """Yields (name, values by cell, standard deviations by cell)."""
    layout = plan.layout
    root = np.sqrt(layout.sums(np.ones(layout.leaf_shape)))  # of the number of noisy numbers in each cell
    if statistic.kind in ("quantile", "histogram"):
        bins = np.stack([layout.sums(each) for each in np.moveaxis(sums[0].values, -1, 0)], axis=1)
        deviations = root * sums[0].deviation
        if statistic.kind == "quantile":
            yield statistic.name, *_estimate_quantile(plan, statistic, bins, deviations)
            return
        for name, values in zip(_name_bins(plan, statistic), bins.T, strict=True):
            yield f"{statistic.name} {name}", values, deviations
        return
    first, deviation = layout.sums(sums[0].values), root * sums[0].deviation
    if statistic.kind == "share":
        yield statistic.name, *_estimate_share(plan, statistic, first, deviation)
    elif statistic.kind == "mean":
        number = plan.tables[statistic.name].sums[1].factors[0]
        known = first >= MIN_DEVIATIONS * deviation
        people = np.where(known, first, np.nan)
        away = layout.sums(sums[1].values) / people
        spread = np.hypot(root * sums[1].deviation, away * deviation) / people
        yield statistic.name, np.clip(number.centre + away, number.low, number.high), spread
    else:
        yield statistic.name, first, deviation


def _estimate_share(
    plan: PrivatePlan, statistic: Statistic, people: Floats, deviation: Floats
) -> tuple[Floats, Floats]:
    """Returns shares and deviations. With p = a / A and A = a + rest: variance ((1 - p)² var a + p² var rest) / A²."""
    layout = plan.layout
    position = [axis.concept for axis in layout.axes].index(statistic.along)
    numbers = np.arange(layout.cells).reshape(layout.shape)
    parents = np.broadcast_to(numbers.take([0], axis=position), numbers.shape).reshape(-1)
    whole = np.where(people[parents] >= MIN_DEVIATIONS * deviation[parents], people[parents], np.nan)
    share = people / whole
    rest = np.maximum(deviation[parents] ** 2 - deviation**2, 0.0)
    spread = np.sqrt((1 - share) ** 2 * deviation**2 + share**2 * rest) / whole
    return np.clip(share, 0.0, 1.0), spread


def _estimate_quantile(
    plan: PrivatePlan, statistic: Statistic, bins: Floats, deviations: Floats
) -> tuple[Floats, Floats]:
    """Returns quantiles from noisy bins (cells, bins). Numbers below a bound are made to rise with it, as true ones do."""
    edges = plan.sums.survey.variable(statistic.of).edges
    numbers = np.arange(bins.shape[1])
    values, spread = np.full((2, len(bins)), np.nan)
    for cell, counts in enumerate(bins):
        enough = counts.sum() >= MIN_DEVIATIONS * deviations[cell] * np.sqrt(bins.shape[1])
        rising = np.diff(np.maximum.accumulate(np.maximum(np.cumsum(counts), 0.0)), prepend=0.0)
        found = formulas.quantile(rising, numbers, edges, statistic.at)
        if enough and np.isfinite(found.value):
            values[cell] = found.value
            spread[cell] = deviations[cell] * np.sqrt((found.by_a**2).sum())
    return values, spread


def _name_bins(plan: PrivatePlan, statistic: Statistic) -> list[str]:
    """Returns the names of the bins of a histogram: "<0", "0..1000" (from 0 to below 1000), ">=6000"."""
    edges = [f"{edge:.12g}" for edge in plan.sums.survey.variable(statistic.of).edges]
    inner = [f"{low}..{high}" for low, high in pairwise(edges)]
    return [f"<{edges[0]}", *inner, f">={edges[-1]}"]
