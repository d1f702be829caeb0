"""OLS and Poisson pseudo-maximum likelihood (PPML) with fixed effects and cluster-robust standard errors.

PPML (Santos Silva and Tenreyro 2006) takes no logarithm of the outcome, so it keeps cells of zero and is not biased by
heteroskedastic errors. The covariance is the sandwich, so the outcome need not be Poisson. Small-sample factor: G/(G-1) times
(N-1)/(N-K), with K the parameters without effects nested in the clusters. The tests compare with pyfixest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.work.impact.distributions import f_tail, t_quantile, t_tail
from bongsu.work.impact.fixed_effects import FixedEffect, Floats, Numbers, absorb_effects

_MAX_ITERATIONS = 100
_TOLERANCE = 1e-10  # relative change of the deviance at convergence
_DEPENDENT = 1e-9  # a column is dependent if its residual on effects and other columns is below this share of its norm
_SEPARATED_STEP = 0.1  # of the linear predictor; it is 1 for a separated observation, and below 1e-4 for any other
NO_ESTIMATE = N_(
    "The outcome is 0 wherever the exposed occupations differ from the others, so no finite estimate exists and no result is "
    "shown."
)
Mask = npt.NDArray[np.bool_]
MIN_CELLS_PER_COEFFICIENT = 3  # at most one coefficient for every three cells


@dataclass(frozen=True)
class EffectsFit:
    """Coefficients by name with their covariance matrix. `observations` and `clusters` count those used in the fit.

    A coefficient without a finite estimate is NaN. `kept` marks the given observations that were used. The others are counted:
    `empty` ones (all outcomes of a level are 0), `singletons` (alone in a level) and `separated` ones (a term or an effect
    predicts their 0 with certainty, so that their estimate is minus infinity).
    """

    names: tuple[str, ...]
    coefficients: Floats
    covariance: Floats
    observations: int
    clusters: int
    parameters: int
    kept: Mask
    empty: int = 0
    singletons: int = 0
    separated: int = 0

    @property
    def standard_errors(self) -> Floats:
        """The standard errors of the coefficients."""
        return np.sqrt(np.diag(self.covariance))

    def interval(self, at: int, level: float) -> tuple[float, float]:
        """Returns the confidence interval of one coefficient at `level` (0 to 1), by Student's t with clusters - 1."""
        width = t_quantile((1 + level) / 2, self.clusters - 1) * float(self.standard_errors[at])
        value = float(self.coefficients[at])
        return value - width, value + width

    def p_value(self, at: int) -> float:
        """Returns the two-sided p-value of the hypothesis that the coefficient is 0."""
        return 2 * t_tail(abs(float(self.coefficients[at] / self.standard_errors[at])), self.clusters - 1)

    def wald_test(self, places: Sequence[int]) -> tuple[float, int, float]:
        """Returns (F, numerator degrees of freedom, p) of the Wald test that all these coefficients are 0.

        The degrees of freedom are the rank of their covariance, which the number of clusters limits.
        """
        chosen = list(places)
        values, matrix = self.coefficients[chosen], self.covariance[np.ix_(chosen, chosen)]
        rank = int(np.linalg.matrix_rank(matrix, hermitian=True))
        wald = float(values @ np.linalg.pinv(matrix, hermitian=True) @ values)
        return wald / rank, rank, f_tail(wald / rank, rank, self.clusters - 1)


def ols(
    outcome: Floats, columns: Floats, names: Sequence[str], effects: Sequence[FixedEffect], clusters: Numbers
) -> EffectsFit:
    """Fits ordinary least squares of `outcome` on `columns` (observations, k) with `effects` absorbed.

    Drops singletons. Raises Refused if the model is saturated or has too many coefficients, BadInput if a column is collinear.
    """
    kept = drop_singletons(effects, np.ones(len(outcome), dtype=bool))
    singletons = int((~kept).sum())
    outcome, columns, clusters, effects = outcome[kept], columns[kept], clusters[kept], _select_levels(effects, kept)
    weights = np.ones(len(outcome))
    parameters = _check_design(outcome, columns, effects, clusters)
    both = absorb_effects(np.column_stack([columns, outcome]), effects, weights)
    inside, left = both[:, :-1], both[:, -1]
    _check_independent(inside, columns, names)
    bread = np.asarray(np.linalg.inv(inside.T @ inside), np.float64)
    coefficients = bread @ (inside.T @ left)
    covariance = _sandwich(bread, inside, left - inside @ coefficients, clusters, parameters)
    counts = (len(outcome), _count_clusters(clusters), parameters)
    return EffectsFit(tuple(names), coefficients, covariance, *counts, kept, 0, singletons)


def ppml(
    outcome: Floats, columns: Floats, names: Sequence[str], effects: Sequence[FixedEffect], clusters: Numbers
) -> EffectsFit:
    """Fits Poisson pseudo-maximum likelihood: log of the mean = `columns` times coefficients + effects.

    Drops levels of an effect whose outcomes are all 0 (their fitted mean is 0 whatever the coefficients), singletons, and
    separated observations; a term that is collinear without these has no finite estimate.
    Raises as `ols`, BadInput for a negative outcome or if the fit does not converge, and Refused if no term has an estimate.
    """
    if (outcome < 0).any():
        raise BadInput(N_("A count cannot be negative."))
    kept, empty, singletons, separated = np.ones(len(outcome), dtype=bool), 0, 0, 0
    while True:
        full = _informative_cells(outcome, effects, kept)
        empty += int(kept.sum() - full.sum())
        kept = drop_singletons(effects, full)
        if not np.array_equal(kept, full):
            singletons += int(full.sum() - kept.sum())
            continue
        y, x, of, some = outcome[kept], columns[kept], clusters[kept], _select_levels(effects, kept)
        if not len(y):
            raise Refused(NO_ESTIMATE)
        estimable = np.ones(len(names), dtype=bool)
        dependent = _find_dependent(absorb_effects(x, some, (y + y.mean()) / 2), x)
        if dependent.any() and not separated:
            _refuse_dependent(dependent, names)
        estimable[dependent] = False
        if not estimable.any():
            raise Refused(NO_ESTIMATE)
        parameters = _check_design(y, x[:, estimable], some, of)
        solved, certain, variance = _iterate_weights(y, x[:, estimable], some, of, parameters)
        if not certain.any():
            break
        separated += int(certain.sum())
        kept[np.flatnonzero(kept)[certain]] = False
    coefficients = np.full(len(names), np.nan)
    coefficients[estimable] = solved
    covariance = np.full((len(names), len(names)), np.nan)
    covariance[np.ix_(estimable, estimable)] = variance
    counts = (len(y), _count_clusters(of), parameters)
    return EffectsFit(tuple(names), coefficients, covariance, *counts, kept, empty, singletons, separated)


def _iterate_weights(
    outcome: Floats, columns: Floats, effects: Sequence[FixedEffect], clusters: Numbers, parameters: int
) -> tuple[Floats, Mask, Floats]:
    """Returns the coefficients by iterated weighted least squares, a mask of separated observations, and the covariance.

    Where the estimate is finite, the linear predictor has stopped to change when the deviance has. That of a separated
    observation has not: each iteration takes 1 from it, and would for ever.
    """
    mean = (outcome + outcome.mean()) / 2
    linear = np.log(mean)
    deviance = np.inf
    both, shown = np.asfortranarray(np.column_stack([columns, linear])), linear
    for _ in range(_MAX_ITERATIONS):
        # Start from the residual of the previous step plus the change of the outcome (Correia, Guimaraes and Zylkin 2020).
        fresh = linear + (outcome - mean) / mean
        both[:, -1] += fresh - shown
        both, shown = absorb_effects(both, effects, mean), fresh
        inside, working = both[:, :-1], both[:, -1]
        weighted = inside * mean[:, None]
        coefficients = np.asarray(
            np.linalg.solve(_cross_product(weighted, inside), _cross_product(weighted, working[:, None])[:, 0]),
            np.float64,
        )
        earlier, linear = linear, fresh - (working - (inside * coefficients).sum(axis=1))
        mean = np.exp(np.clip(linear, -500, 500))
        before, deviance = deviance, _deviance(outcome, mean)
        if abs(before - deviance) < _TOLERANCE * max(deviance, 0.1):
            bread = np.asarray(np.linalg.inv(_cross_product(inside * mean[:, None], inside)), np.float64)
            covariance = _sandwich(bread, inside, outcome - mean, clusters, parameters)
            return coefficients, (outcome == 0) & (linear - earlier < -_SEPARATED_STEP), covariance
    raise BadInput(N_("The Poisson model does not converge: a term separates zero outcomes from the others."))


def _sandwich(bread: Floats, inside: Floats, scores: Floats, clusters: Numbers, parameters: int) -> Floats:
    """Returns the cluster-robust covariance of the coefficients."""
    size = int(clusters.max()) + 1
    sums = np.column_stack([np.bincount(clusters, column * scores, size) for column in inside.T])
    groups, observations = _count_clusters(clusters), len(scores)
    factor = groups / (groups - 1) * (observations - 1) / (observations - parameters)
    return np.asarray(factor * bread @ (sums.T @ sums) @ bread)


def _cross_product(one: Floats, two: Floats) -> Floats:
    """Returns one' two. Avoids BLAS, whose threads cost more than they save for few long columns."""
    return np.asarray(np.einsum("ni,nj->ij", one, two))


def _count_clusters(clusters: Numbers) -> int:
    return len(np.unique(clusters))


def _deviance(outcome: Floats, mean: Floats) -> float:
    logs = np.log(np.where(outcome > 0, outcome / mean, 1.0))
    return 2 * float((outcome * logs - (outcome - mean)).sum())


def _informative_cells(outcome: Floats, effects: Sequence[FixedEffect], kept: Mask) -> Mask:
    """Returns those of the observations `kept` whose level of every effect has an outcome above 0, iterated until stable."""
    kept = kept.copy()
    while True:
        before = int(kept.sum())
        for one in effects:
            kept &= np.bincount(one.levels, np.where(kept, outcome, 0.0), one.size)[one.levels] > 0
        if int(kept.sum()) == before:
            return kept


def drop_singletons(effects: Sequence[FixedEffect], kept: Mask) -> Mask:
    """Returns those of the observations `kept` that are not alone in a level of an effect, iterated until stable."""
    kept = kept.copy()
    while True:
        before = int(kept.sum())
        for one in effects:
            kept &= np.bincount(one.levels, kept, one.size)[one.levels] > 1
        if int(kept.sum()) == before:
            return kept


def _select_levels(effects: Sequence[FixedEffect], kept: Mask) -> list[FixedEffect]:
    return [FixedEffect(one.name, np.unique(one.levels[kept], return_inverse=True)[1]) for one in effects]


def _check_design(outcome: Floats, columns: Floats, effects: Sequence[FixedEffect], clusters: Numbers) -> int:
    """Returns the number of parameters K for the standard errors. Raises Refused for a design that would reveal its cells."""
    levels = sum(one.size for one in effects) - max(0, len(effects) - 1)
    if columns.shape[1] + levels >= len(outcome):
        raise Refused(N_("The model is saturated: its coefficients would reveal the cells, so no result is shown."))
    if MIN_CELLS_PER_COEFFICIENT * columns.shape[1] > len(outcome):
        raise Refused(N_("The model has more than one coefficient for every three cells, so no result is shown."))
    nested = [one for one in effects if one.nested_in(clusters)]
    return int(columns.shape[1]) + levels - sum(one.size for one in nested) + len(nested)


def _check_independent(inside: Floats, columns: Floats, names: Sequence[str]) -> None:
    """Raises BadInput for a column that is collinear with the effects or with other columns."""
    dependent = _find_dependent(inside, columns)
    if dependent.any():
        _refuse_dependent(dependent, names)


def _refuse_dependent(dependent: Mask, names: Sequence[str]) -> None:
    name = names[int(np.flatnonzero(dependent)[0])]
    raise BadInput(N_("“{name}” is collinear with the fixed effects or with other terms."), name=name)


def _find_dependent(inside: Floats, columns: Floats) -> Mask:
    """Returns a mask of the columns that are collinear with the effects or with earlier columns."""
    sizes = np.sqrt((columns**2).sum(axis=0))
    triangle = np.abs(np.diag(np.linalg.qr(inside, mode="r")))
    return np.asarray(triangle <= _DEPENDENT * np.maximum(sizes, 1e-300))
