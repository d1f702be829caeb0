"""The statistics of a question for every cell that may be shown, with standard errors. It never looks at hidden cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import MODEL_KINDS, Question, Split, Statistic
from bongsu.desk import statistics as of
from bongsu.desk.answer import PERTURBED, ROUNDED, SHOWN, SUPPRESSED, UNDEFINED, Cell, Model, Term
from bongsu.desk.perturbation import draw_noise, perturb_counts, relative_noise
from bongsu.desk.regression import Fit, build_design_matrix, fit_glm, fit_ols
from bongsu.desk.variance import replicate_error, taylor_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

    Compute = Callable[[Floats, Floats], of.Value]

DISTRIBUTION_KINDS = ("quantile", "gini", "dissimilarity")  # they rest on a finer table than the one shown
ERROR_DIGITS = 6  # of a standard error
NOISY_ERROR_DIGITS = 2  # where the statistic itself is given with noise


class CellEstimate(NamedTuple):
    """A statistic of one cell, its standard error (NaN where there is none), and the step both are rounded to (0: none)."""

    value: float
    error: float
    step: float = 0.0


def evaluate_cells(tally: Tally, hidden: Mask, policy: Policy) -> Iterator[Cell]:
    """Every statistic of every cell, models left out."""
    for statistic in tally.plan.question.statistics:
        if statistic.kind in MODEL_KINDS:
            continue
        withheld = hidden | _too_few_for_statistic(tally, statistic, policy)
        if statistic.kind == "share":
            withheld = withheld | hidden[_parents(tally, statistic)]
        estimate = _estimator(tally, statistic, policy)
        moved = _noise_function(tally, statistic, policy) if policy.noise else None
        for cell in range(tally.layout.cells):
            codes = tally.layout.codes(cell)
            if withheld[cell]:
                yield Cell(codes, statistic.name, None, None, SUPPRESSED)
                continue
            found = estimate(cell)
            yield _answer_cell(
                codes, statistic, found._replace(value=moved(found.value, cell)) if moved else found, policy
            )


def _answer_cell(codes: tuple[str, ...], statistic: Statistic, found: CellEstimate, policy: Policy) -> Cell:
    if not np.isfinite(found.value):
        return Cell(codes, statistic.name, None, None, UNDEFINED)
    value, digits = found.value, NOISY_ERROR_DIGITS if policy.noise else ERROR_DIGITS
    error = None if not np.isfinite(found.error) else float(f"{found.error:.{digits}g}")
    if not found.step:
        return Cell(codes, statistic.name, value, error, PERTURBED if policy.noise else SHOWN)
    value = float(f"{round(value / found.step) * found.step:.12g}")
    return Cell(codes, statistic.name, value, error and _round_up_to_125(error), PERTURBED if policy.noise else ROUNDED)


def _round_up_to_125(number: float) -> float:
    """The next of 1, 2, 5, 10, 20 ... that is not below `number` > 0: a step that says little of what it was made from."""
    power = 10.0 ** np.floor(np.log10(number))
    return float(f"{next(n * power for n in (1, 2, 5, 10) if n * power >= number * (1 - 1e-12)):.12g}")


def _noise_function(tally: Tally, statistic: Statistic, policy: Policy) -> Callable[[float, int], float]:
    """How the noise of a cell moves a value of it: one noise for all statistics of a cell, so that none averages it away."""
    people, drawn = tally.contributors(), draw_noise(tally.keys(), policy.noise)
    if statistic.kind == "count":
        records = tally.records()
        moved = perturb_counts(records, drawn)
        return lambda value, cell: float(moved[cell])
    share = np.zeros_like(people)
    if statistic.of in tally.plan.variables:
        total, first, _ = tally.contributions(statistic.of)
        share = np.divide(first, total, out=share, where=total > 0)
    moves = relative_noise(people, drawn, policy.noise, share)
    if statistic.kind == "share":  # of two values with noise, so that a share of 1 stays 1 and shows none of it
        parents = _parents(tally, statistic)
        return lambda value, cell: value * (1 + float(moves[cell])) / (1 + float(moves[parents[cell]]))
    if statistic.kind == "mean":  # by what people differ: where they are all alike, a reader knows the mean
        spread = tally.spread(statistic.of)
        return lambda value, cell: value + float(moves[cell] * spread[cell])
    return lambda value, cell: value * (1 + float(moves[cell]))


def _estimator(tally: Tally, statistic: Statistic, policy: Policy) -> Callable[[int], CellEstimate]:
    """The function that computes the statistic of a cell."""
    if statistic.kind == "count":
        records = tally.records()
        return lambda cell: CellEstimate(float(records[cell]), float("nan"))
    if statistic.kind == "share":
        parents = _parents(tally, statistic)

        def share(cell: int) -> CellEstimate:
            around = tally.within(int(parents[cell]))
            return CellEstimate(*_estimate_with_error(tally, "", around, _share_function(tally.within(cell)[around])))

        return share

    # Rounded in one cell, rounded in all: from the exact values of others its own would follow. So too where populations
    # of two questions could overlap but for a group whose own bins are small.
    question = tally.plan.question
    overlaps = bool(question.where) or any(split.bands for split in question.breakdown)
    coarse = statistic.kind in DISTRIBUTION_KINDS and (
        overlaps
        or any(_has_small_bins(tally, statistic, tally.within(cell), policy) for cell in range(tally.layout.cells))
    )

    def estimate(cell: int) -> CellEstimate:
        inside = tally.within(cell)
        value, error = _estimate_with_error(tally, statistic.of, inside, _statistic_function(tally, statistic, inside))
        return CellEstimate(value, error, _rounding_step(tally, statistic, inside, value, policy) if coarse else 0.0)

    return estimate


def _has_small_bins(tally: Tally, statistic: Statistic, inside: Mask, policy: Policy) -> bool:
    """Whether a statistic of DISTRIBUTION_KINDS rests on bins or categories of fewer contributors than the minimum.

    A quantile, a Gini coefficient or an index of dissimilarity is an equation about the people in the bins and
    categories behind it. Given exactly, it would let a reader solve for those of few people; where each has as many as
    the policy asks for, there is nothing to solve for and it is exact.
    """
    behind, _ = _count_by_bin(tally, statistic, inside)
    many = tally.plan.units or bool(tally.plan.period)  # then a bin's sum counts somebody twice
    return many or bool(((behind > 0) & (behind < policy.minimum)).any())


def _rounding_step(tally: Tally, statistic: Statistic, inside: Mask, value: float, policy: Policy) -> float:
    """What `minimum` contributors could move a statistic of DISTRIBUTION_KINDS by."""
    if not np.isfinite(value):
        return 0.0
    behind, smallest = _count_by_bin(tally, statistic, inside)
    if statistic.kind != "quantile":
        return _round_up_to_125(policy.minimum / smallest)
    edges = tally.plan.survey.variable(statistic.of).edges
    bin_ = int(np.clip(np.searchsorted(edges, value, side="left"), 1, len(edges) - 1))
    return _round_up_to_125(policy.minimum * (edges[bin_] - edges[bin_ - 1]) / max(1.0, float(behind[bin_])))


def _count_by_bin(tally: Tally, statistic: Statistic, inside: Mask) -> tuple[Floats, float]:
    """(people by bin, or by category and group; people of the smaller group)."""
    people = tally.sums(f"v{tally.plan.variables.index(statistic.of)}_n" if statistic.of else "n")[inside]
    if statistic.kind == "dissimilarity":
        assert statistic.over is not None
        groups = _two_groups(tally, statistic)[inside]
        behind = np.bincount(
            np.maximum(tally.key(statistic.over)[inside] * 2 + groups, 0)[groups >= 0], people[groups >= 0]
        )
        return behind.astype(np.float64), float(min(people[groups == group].sum() for group in (0, 1)))
    bins = tally.key(Split(statistic.of))[inside]
    return np.bincount(bins[bins >= 0], people[bins >= 0]).astype(np.float64), float(people[bins >= 0].sum())


def _share_function(inside: Mask) -> Compute:
    return lambda a, b: of.share(a, inside)


def _statistic_function(tally: Tally, statistic: Statistic, inside: Mask) -> Compute:
    """The function of sums that the statistic is, for the rows `inside`."""
    if statistic.kind == "total":
        return (lambda a, b: of.variable_total(a, b)) if statistic.of else (lambda a, b: of.total(a))
    if statistic.kind == "mean":
        return of.mean
    if statistic.kind in ("quantile", "gini"):
        bins = tally.key(Split(statistic.of))[inside]
        if statistic.kind == "gini":
            return lambda a, b: of.gini(a, b, bins)
        edges = tally.plan.survey.variable(statistic.of).edges
        return lambda a, b: of.quantile(a, bins, edges, statistic.at)
    assert statistic.over is not None
    categories = tally.key(statistic.over)[inside]
    groups = _two_groups(tally, statistic)[inside]
    return lambda a, b: of.dissimilarity(a, categories, groups)


def _two_groups(tally: Tally, statistic: Statistic) -> NDArray[np.int64]:
    """0 and 1 for the rows of the two groups that are compared, -1 for others."""
    assert statistic.between is not None
    concept, one, other = statistic.between
    split = Split(concept)
    known = tally.codes(split)
    index = tally.key(split)
    found = np.full(tally.rows, -1)
    for number, code in enumerate((one, other)):
        if code in known:
            found[index == known.index(code)] = number
    return found


def _too_few_for_statistic(tally: Tally, statistic: Statistic, policy: Policy) -> Mask:
    """Cells where this statistic, for itself, would rest on too few: the tail of a quantile, one of two groups."""
    if statistic.kind == "quantile":
        return tally.contributors(statistic.of) * min(statistic.at, 1 - statistic.at) < policy.minimum
    if statistic.kind == "dissimilarity":
        groups = _two_groups(tally, statistic)
        people = tally.sums("n")
        sizes = [tally.cells(np.where(groups == group, people, 0.0)) for group in (0, 1)]
        return np.minimum(*sizes) < policy.minimum
    return np.zeros(tally.layout.cells, dtype=bool)


def _parents(tally: Tally, statistic: Statistic) -> NDArray[np.int64]:
    """For every cell the cell in which its shares add to one: the total (or the whole level) of the dimension `along`."""
    position = [axis.concept for axis in tally.layout.axes].index(statistic.along)
    numbers = np.arange(tally.layout.cells).reshape(tally.layout.shape)
    return np.broadcast_to(numbers.take([0], axis=position), numbers.shape).reshape(-1)


def _estimate_with_error(tally: Tally, variable: str, inside: Mask, compute: Compute) -> tuple[float, float]:
    """A statistic of the rows `inside` and its standard error (NaN for a complete count)."""
    rows = tally.variable(variable).take(inside)
    value = compute(rows.a, rows.b)
    survey = tally.plan.survey.design
    if not np.isfinite(value.value) or not survey.sampled:
        return value.value, float("nan")
    if survey.replicates:
        again = [tally.replicate(variable, r) for r in range(len(survey.replicates))]
        values = [compute(a[inside], b[inside]).value for a, b in again]
        return value.value, replicate_error(value.value, values, survey.method, survey.rho)
    return value.value, taylor_error(rows, value, tally.sample)


def evaluate_models(tally: Tally, policy: Policy) -> Iterator[Model]:
    """Every model of the question. Raises Refused for one that would be a table in disguise."""
    for statistic in tally.plan.question.statistics:
        if statistic.kind in MODEL_KINDS:
            fit = _fit_model(tally, statistic, policy)
            if policy.noise:
                fit = replace(fit, moments=None)  # exact sums beside perturbed ones would show the noise
            errors = fit.errors
            if errors is None:
                rows = tally.variable(statistic.of)
                errors = np.array([taylor_error(rows, value, tally.sample) for value in fit.derivatives])
            rounded = (float(f"{error:.{ERROR_DIGITS}g}") for error in errors)
            terms = tuple(map(Term, fit.terms, map(float, fit.coefficients), rounded))
            yield Model(statistic.name, terms, fit.moments)


def _fit_model(tally: Tally, statistic: Statistic, policy: Policy) -> Fit:
    plan = tally.plan
    codes = [term for term in statistic.terms if Split(term) in plan.splits]
    if len(codes) == len(statistic.terms):
        known = [(term, tally.codes(Split(term)), tally.key(Split(term))) for term in codes]
        names, matrix = build_design_matrix(known)
        rows = tally.variable(statistic.of)
        people = tally.sums(f"v{plan.variables.index(statistic.of)}_n")
        family = statistic.family or "gaussian"
        return fit_glm(names, matrix, rows.a, rows.b, people, family, policy.minimum)
    model = next(
        m for m, z in enumerate(plan.models) if z == (*_numeric_terms(plan.question, statistic, codes), statistic.of)
    )
    size = len(plan.models[model]) + 1
    moments = np.zeros((size, size))
    for i in range(size):
        for j in range(i, size):
            moments[i, j] = moments[j, i] = tally.sums(f"m{model}_{i}_{j}").sum()
    counted = float(tally.sums(f"m{model}_n").sum())
    if counted < policy.minimum:
        raise Refused(N_("The population has too few people, so nothing of it is shown."))
    terms = ("(intercept)", *plan.models[model][:-1])
    return fit_ols(terms, moments, counted, _term_reach(tally, model, moments, counted), policy.minimum)


def _term_reach(tally: Tally, model: int, moments: Floats, people: float) -> Floats:
    """See `fit_ols`."""
    found = np.zeros(len(moments) - 1)
    weight = _column_extreme(tally, f"m{model}_w", max) * people / moments[0, 0]
    for i in range(1, len(found)):
        mean = moments[0, i] / moments[0, 0]
        low, high = _column_extreme(tally, f"m{model}_{i}_low", min), _column_extreme(tally, f"m{model}_{i}_high", max)
        found[i] = weight * max(mean - low, high - mean) ** 2
    return found


def _column_extreme(tally: Tally, name: str, of_all: Callable[[list[float]], float]) -> float:
    return float(of_all([value for value in tally.table[name].to_pylist() if value is not None]))


def _numeric_terms(question: Question, statistic: Statistic, codes: list[str]) -> tuple[str, ...]:
    return tuple(term for term in statistic.terms if term not in codes)
