"""OLS and Poisson pseudo-maximum likelihood with fixed effects, and errors that allow for what observations of a cluster share.

PPML (Santos Silva and Tenreyro 2006) needs no logarithm of the outcome, so cells of zero stay and a heteroskedastic error does
not bias it; standard errors are the sandwich, so the outcome need not be Poisson. Small-sample factor: G/(G-1) times
(N-1)/(N-K), K the parameters without effects nested in the clusters. Oracle in the tests: pyfixest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.work.impact.distributions import f_tail, t_quantile, t_tail
from bongsu.work.impact.fixed_effects import FixedEffect, Floats, Numbers, absorb_effects

_MAX_ITERATIONS = 100
_TOLERANCE = 1e-10  # of the deviance
_DEPENDENT = 1e-9  # what is left of a column that the effects and the columns before explain, of its own size
_MIN_CLUSTERS = 3
MIN_CELLS_PER_COEFFICIENT = 3  # the coefficients shown are at most a third of the cells


@dataclass(frozen=True)
class EffectsFit:
    """Coefficients by name with their covariance matrix. `observations` and `clusters` are those that the fit used."""

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    observations: int
    clusters: int
    parameters: int

    @property
    def errors(self) -> Floats:
        """Standard errors."""
        return np.sqrt(np.diag(self.covariance))

    def interval(self, at: int, level: float) -> tuple[float, float]:
        """The interval of one coefficient that holds the truth in the share `level` of samples (t, clusters - 1)."""
        width = t_quantile((1 + level) / 2, self.clusters - 1) * float(self.errors[at])
        value = float(self.coefficients[at])
        return value - width, value + width

    def p_value(self, at: int) -> float:
        """Two-sided, of the hypothesis that the coefficient is 0."""
        return 2 * t_tail(abs(float(self.coefficients[at] / self.errors[at])), self.clusters - 1)

    def jointly_zero(self, places: Sequence[int]) -> tuple[float, int, float]:
        """(F, numerator degrees of freedom, p) of the hypothesis that all these coefficients are 0 (Wald).

        Degrees of freedom are the rank of their covariance, which clusters bound.
        """
        chosen = list(places)
        values, matrix = self.coefficients[chosen], self.covariance[np.ix_(chosen, chosen)]
        rank = int(np.linalg.matrix_rank(matrix, hermitian=True))
        wald = float(values @ np.linalg.pinv(matrix, hermitian=True) @ values)
        return wald / rank, rank, f_tail(wald / rank, rank, self.clusters - 1)


def ols(
    outcome: Floats, columns: Floats, names: Sequence[str], effects: Sequence[FixedEffect], clusters: Numbers
) -> EffectsFit:
    """Ordinary least squares of `outcome` on `columns` (observations, k) with `effects` taken out.

    Raises Refused where the design is saturated or has too many parameters, BadInput where a column is explained by others.
    """
    weights = np.ones(len(outcome))
    parameters = _check_design(outcome, columns, effects, clusters)
    both = absorb_effects(np.column_stack([columns, outcome]), effects, weights)
    inside, left = both[:, :-1], both[:, -1]
    _check_independent(inside, columns, names)
    bread = np.asarray(np.linalg.inv(inside.T @ inside), np.float64)
    coefficients = bread @ (inside.T @ left)
    covariance = _sandwich(bread, inside, left - inside @ coefficients, clusters, parameters)
    return EffectsFit(tuple(names), coefficients, covariance, len(outcome), _count_clusters(clusters), parameters)


def ppml(
    outcome: Floats, columns: Floats, names: Sequence[str], effects: Sequence[FixedEffect], clusters: Numbers
) -> EffectsFit:
    """Poisson pseudo-maximum likelihood: log of the mean = `columns` times coefficients + effects.

    Levels of an effect whose outcomes are all 0 say nothing and are left out (their mean is 0 whatever the rest).
    Raises as `ols`, and BadInput for a negative outcome or where it does not converge.
    """
    if (outcome < 0).any():
        raise BadInput(N_("A count cannot be negative."))
    kept = _informative_cells(outcome, effects)
    if not kept.all():
        smaller = [FixedEffect(one.name, np.unique(one.levels[kept], return_inverse=True)[1]) for one in effects]
        return ppml(outcome[kept], columns[kept], names, smaller, clusters[kept])
    parameters = _check_design(outcome, columns, effects, clusters)
    mean = (outcome + outcome.mean()) / 2
    linear = np.log(mean)
    deviance = np.inf
    _check_independent(absorb_effects(columns, effects, mean), columns, names)
    both, shown = np.asfortranarray(np.column_stack([columns, linear])), linear
    coefficients: Floats = np.zeros(columns.shape[1])
    for _ in range(_MAX_ITERATIONS):
        # What the step before left, with what is new in the outcome, is nearly settled (Correia, Guimaraes and Zylkin 2020).
        fresh = linear + (outcome - mean) / mean
        both[:, -1] += fresh - shown
        both, shown = absorb_effects(both, effects, mean), fresh
        inside, working = both[:, :-1], both[:, -1]
        weighted = inside * mean[:, None]
        coefficients = np.asarray(
            np.linalg.solve(_cross_product(weighted, inside), _cross_product(weighted, working[:, None])[:, 0]),
            np.float64,
        )
        linear = fresh - (working - (inside * coefficients).sum(axis=1))
        mean = np.exp(np.clip(linear, -500, 500))
        before, deviance = deviance, _deviance(outcome, mean)
        if abs(before - deviance) < _TOLERANCE * max(deviance, 0.1):
            bread = np.asarray(np.linalg.inv(_cross_product(inside * mean[:, None], inside)), np.float64)
            covariance = _sandwich(bread, inside, outcome - mean, clusters, parameters)
            return EffectsFit(
                tuple(names), coefficients, covariance, len(outcome), _count_clusters(clusters), parameters
            )
    raise BadInput(N_("The Poisson model does not converge: a term separates zero outcomes from the others."))


def _sandwich(bread: Floats, inside: Floats, scores: Floats, clusters: Numbers, parameters: int) -> Floats:
    """Cluster-robust covariance of the coefficients."""
    size = int(clusters.max()) + 1
    sums = np.column_stack([np.bincount(clusters, column * scores, size) for column in inside.T])
    groups, observations = _count_clusters(clusters), len(scores)
    factor = groups / (groups - 1) * (observations - 1) / (observations - parameters)
    return np.asarray(factor * bread @ (sums.T @ sums) @ bread)


def _cross_product(one: Floats, two: Floats) -> Floats:
    """one' two, for columns that are long and few: the threads of BLAS cost more there than they bring."""
    return np.asarray(np.einsum("ni,nj->ij", one, two))


def _count_clusters(clusters: Numbers) -> int:
    return len(np.unique(clusters))


def _deviance(outcome: Floats, mean: Floats) -> float:
    logs = np.log(np.where(outcome > 0, outcome / mean, 1.0))
    return 2 * float((outcome * logs - (outcome - mean)).sum())


def _informative_cells(outcome: Floats, effects: Sequence[FixedEffect]) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Observations of levels that have an outcome above 0, in every effect, until nothing more falls out."""
    kept = np.ones(len(outcome), dtype=bool)
    while True:
        before = int(kept.sum())
        for one in effects:
            kept &= np.bincount(one.levels, np.where(kept, outcome, 0.0), one.size)[one.levels] > 0
        if int(kept.sum()) == before:
            return kept


def _check_design(outcome: Floats, columns: Floats, effects: Sequence[FixedEffect], clusters: Numbers) -> int:
    """The number of parameters that the errors count. Raises Refused for a design that would show its cells."""
    levels = sum(one.size for one in effects) - max(0, len(effects) - 1)
    if columns.shape[1] + levels >= len(outcome):
        raise Refused(N_("The model is saturated: it would show the cells themselves, so nothing of it is shown."))
    if MIN_CELLS_PER_COEFFICIENT * columns.shape[1] > len(outcome):
        raise Refused(N_("The model has more coefficients than a third of its cells, so nothing of it is shown."))
    nested = [one for one in effects if one.nested_in(clusters)]
    return int(columns.shape[1]) + levels - sum(one.size for one in nested) + len(nested)


def _check_independent(inside: Floats, columns: Floats, names: Sequence[str]) -> None:
    """Raises BadInput for a column that the effects or the other columns explain."""
    sizes = np.sqrt((columns**2).sum(axis=0))
    triangle = np.abs(np.diag(np.linalg.qr(inside, mode="r")))
    for name, left, size in zip(names, triangle, sizes, strict=True):
        if left <= _DEPENDENT * max(size, 1e-300):
            raise BadInput(
                N_("“{name}” cannot be told apart from the fixed effects or from the other terms."), name=name
            )
