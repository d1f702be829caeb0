"""Fits models from noisy sufficient statistics, with the standard deviation that the noise gives to each coefficient.

Numbers are scaled to -1 to 1 by their declared bounds. Codes with fewer people than MIN_DEVIATIONS standard deviations of noise
are left out with their records. A model has no terms if the noise is too large to fit it.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bongsu.core.errors import Refused
from bongsu.core.microdata_question import Statistic
from bongsu.desk.answer import Model, Term
from bongsu.desk.private.estimates import DIGITS
from bongsu.desk.private.tables import NoisySum, PrivatePlan
from bongsu.desk.regression import build_design_matrix, solve_scoring

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.store.microdata.whole_sums import WholeTable

    Floats = NDArray[np.float64]

MIN_DEVIATIONS = 3.0


def estimate_model(plan: PrivatePlan, statistic: Statistic, sums: list[NoisySum]) -> Model:
    """Returns a model; without terms if it cannot be fitted."""
    table = plan.tables[statistic.name]
    kept, names, matrix, references = _keep_codes(plan, table, sums[0])
    if not len(matrix):
        return Model(statistic.name, (), None)
    scaled = [_scale(table, number, each, kept) for number, each in enumerate(sums)]
    try:
        glm = statistic.kind == "glm"
        found = _fit_glm(statistic, table, matrix, scaled) if glm else _fit_ols(table, matrix, scaled)
    except (np.linalg.LinAlgError, Refused):
        found = None
    if found is None or not np.isfinite(np.r_[found[0], found[1]]).all():
        return Model(statistic.name, (), None)
    terms = zip((*names, *table.sums[0].known[:-1]), *found, strict=True)
    every = tuple(Term(name, float(value), None, float(f"{noise:.{DIGITS}g}")) for name, value, noise in terms)
    return Model(statistic.name, every, None, references)


class KeptCodes(NamedTuple):
    """The cells whose codes have enough people, the names of terms, their design matrix, and each concept's reference code."""

    cells: NDArray[np.bool_]
    names: tuple[str, ...]
    matrix: Floats
    references: dict[str, str]


def _keep_codes(plan: PrivatePlan, table: WholeTable, people: NoisySum) -> KeptCodes:
    """Keeps the codes of a model that have enough people."""
    shape = plan.shape(table)
    if not shape:
        return KeptCodes(np.ones(1, bool), ("(intercept)",), np.ones((1, 1)), {})
    index = np.indices(shape).reshape(len(shape), -1)
    kept = np.ones(prod(shape), bool)
    codes = []
    for position, axis in enumerate(plan.axes(table)):
        others = tuple(each for each in range(len(shape)) if each != position)
        enough = people.values.sum(axis=others) > MIN_DEVIATIONS * people.deviation * np.sqrt(
            prod(shape) / shape[position]
        )
        kept &= enough[index[position]]
        codes.append((axis.concept, [axis.codes[leaf] for leaf in axis.leaves], enough, index[position]))
    known = []
    for concept, names, enough, at in codes:
        numbers = np.cumsum(enough) - 1
        known.append((concept, [name for name, each in zip(names, enough, strict=True) if each], numbers[at][kept]))
    if not kept.any():
        return KeptCodes(kept, (), np.zeros((0, 1)), {})
    terms, matrix = build_design_matrix(known)
    return KeptCodes(kept, terms, matrix, {concept: names[0] for concept, names, _ in known})


def _scale(table: WholeTable, number: int, each: NoisySum, kept: NDArray[np.bool_]) -> NoisySum:
    """Returns a sum in units in which every number reaches from -1 to 1."""
    unit = prod(one.most * one.step for one in table.sums[number].factors) or 1.0
    return NoisySum(each.values.reshape(-1)[kept] / unit, each.deviation / unit)


def _fit_glm(statistic: Statistic, table: WholeTable, matrix: Floats, sums: list[NoisySum]) -> tuple[Floats, Floats]:
    """Returns coefficients and deviations of a model of codes."""
    outcome = table.sums[1].factors[0]
    high = outcome.most * outcome.step
    a = np.maximum(sums[0].values, 0.0)
    b = np.clip(sums[1].values * high, 0.0, a * high)
    beta, fitted, inverse = solve_scoring(matrix, a, b, statistic.family)
    variance = fitted**2 * sums[0].deviation ** 2 + (high * sums[1].deviation) ** 2
    return beta, np.sqrt(((inverse @ matrix.T) ** 2 * variance).sum(axis=1))


def _fit_ols(table: WholeTable, matrix: Floats, sums: list[NoisySum]) -> tuple[Floats, Floats] | None:
    """Returns coefficients and deviations of least squares on codes and numbers; None if X'WX is not positive definite.

    With A b = c, noise in A and c changes b by A⁻¹ (dc - dA b), to first order; each noisy number has its own column below.
    """
    by = {tuple(one.name for one in each.factors): noisy for each, noisy in zip(table.sums, sums, strict=True)}
    *numbers, outcome = [one.factors[0] for one in table.sums if len(one.factors) == 1]
    y = outcome.name
    codes, size = matrix.shape[1], matrix.shape[1] + len(numbers)
    a, c = np.zeros((size, size)), np.zeros(size)
    a[:codes, :codes] = matrix.T @ (by[()].values[:, None] * matrix)
    c[:codes] = matrix.T @ by[(y,)].values
    for i, one in enumerate(numbers):
        a[:codes, codes + i] = a[codes + i, :codes] = matrix.T @ by[(one.name,)].values
        c[codes + i] = by[(one.name, y)].values.sum()
        for j in range(i, len(numbers)):
            a[codes + i, codes + j] = a[codes + j, codes + i] = by[(one.name, numbers[j].name)].values.sum()
    if np.linalg.eigvalsh(a)[0] <= 0:
        return None
    inverse = np.linalg.inv(a)
    beta = inverse @ c
    rows, fitted = inverse[:, :codes] @ matrix.T, matrix @ beta[:codes]
    root = np.sqrt(len(matrix))
    changes = [-rows * fitted * by[()].deviation, rows * by[(y,)].deviation]
    for i, one in enumerate(numbers):
        own = inverse[:, codes + i, None]
        changes.append(-(rows * beta[codes + i] + own * fitted) * by[(one.name,)].deviation)
        changes.append(own * root * by[(one.name, y)].deviation)
        for j in range(i, len(numbers)):
            change = own * beta[codes + j]
            if j > i:
                change = change + inverse[:, codes + j, None] * beta[codes + i]
            changes.append(-change * root * by[(one.name, numbers[j].name)].deviation)
    natural = np.zeros((size, size))
    reach = outcome.most * outcome.step
    natural[np.arange(codes), np.arange(codes)] = reach
    for i, one in enumerate(numbers):
        slope = reach / (one.most * one.step)
        natural[codes + i, codes + i] = slope
        natural[0, codes + i] = -slope * one.centre
    value = natural @ beta
    value[0] += outcome.centre
    return value, np.sqrt(((natural @ np.hstack(changes)) ** 2).sum(axis=1))
