"""Computes the statistics of a question, with standard errors, for every cell that may be shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import MODEL_KINDS, Question, Split, Statistic
from bongsu.desk import statistics as formulas
from bongsu.desk.answer import ROUNDED, SHOWN, SUPPRESSED, UNDEFINED, Cell, Model, Term
from bongsu.desk.regression import Fit, bound_influence, build_design_matrix, fit_glm, fit_ols
from bongsu.desk.score_codes import round_up_to_ten
from bongsu.desk.variance import replicate_error, taylor_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

    Compute = Callable[[Floats, Floats, float], formulas.Value]  # of the sums a and b, and the shift of b

DISTRIBUTION_KINDS = ("quantile", "gini", "dissimilarity")  # they are computed from a finer table than the one shown
ERROR_DIGITS = 6  # significant digits of a standard error
PLAN_ERROR_DIGITS = 2  # the same, in an answer from a plan


class CellEstimate(NamedTuple):
    """A statistic of one cell, its standard error (NaN if there is none), and the step to which both are rounded (0: none)."""

    value: float
    error: float
    step: float = 0.0


def evaluate_cells(tally: Tally, hidden: Mask, policy: Policy, *, from_plan: bool = False) -> Iterator[Cell]:
    """Yields every statistic of every cell, except models.

    `from_plan`: quantiles and the like are always rounded, and standard errors to PLAN_ERROR_DIGITS, or further if they would
    tell the largest contribution more closely than the p % rule allows: they are equations in squares of few whole numbers.
    """
    for statistic in tally.plan.question.statistics:
        if statistic.kind in MODEL_KINDS:
            continue
        suppressed = hidden | _too_few_for_statistic(tally, statistic, policy)
        if statistic.kind == "share":
            suppressed = suppressed | hidden[_parents(tally, statistic)]
        estimate = _estimator(tally, statistic, policy, rounds_distributions=from_plan)
        coarse = _tells_largest(tally, statistic, policy)
        for cell in range(tally.layout.cells):
            codes = tally.layout.codes(cell)
            if suppressed[cell]:
                yield Cell(codes, statistic.name, None, None, SUPPRESSED)
                continue
            found = estimate(cell)
            if from_plan and found.error > 0:
                rounded = float(f"{found.error:.{PLAN_ERROR_DIGITS}g}")
                found = found._replace(error=round_up_to_125(found.error) if coarse[cell] else rounded)
            yield _answer_cell(codes, statistic, found)


def _tells_largest(tally: Tally, statistic: Statistic, policy: Policy) -> Mask:
    """Returns a mask of the cells in which the root of the sum of squares is within p % of the largest contribution.

    The standard error of a total gives the sum of squares, whose root no contribution exceeds.
    """
    if statistic.of not in tally.plan.measures or not policy.p_percent:
        return np.zeros(tally.layout.cells, bool)
    _, first, squares = tally.contributions(statistic.of)
    return np.asarray(np.sqrt(squares) < (1 + policy.p_percent / 100) * first, bool)


def _answer_cell(codes: tuple[str, ...], statistic: Statistic, found: CellEstimate) -> Cell:
    if not np.isfinite(found.value):
        return Cell(codes, statistic.name, None, None, UNDEFINED)
    error = None if not np.isfinite(found.error) else float(f"{found.error:.{ERROR_DIGITS}g}")
    if not found.step:
        return Cell(codes, statistic.name, found.value, error, SHOWN)
    value = float(f"{round(found.value / found.step) * found.step:.12g}")
    return Cell(codes, statistic.name, value, error and round_up_to_125(error), ROUNDED)


def round_up_to_125(number: float) -> float:
    """Returns the smallest of 1, 2, 5, 10, 20 ... that is at least `number` > 0, so that the step reveals little about it."""
    power = 10.0 ** np.floor(np.log10(number))
    return float(f"{next(n * power for n in (1, 2, 5, 10) if n * power >= number * (1 - 1e-12)):.12g}")


def _estimator(
    tally: Tally, statistic: Statistic, policy: Policy, *, rounds_distributions: bool
) -> Callable[[int], CellEstimate]:
    """Returns the function that computes the statistic of a cell."""
    if statistic.kind == "count":
        records = tally.records()
        return lambda cell: CellEstimate(float(records[cell]), float("nan"))
    if statistic.kind == "share":
        parents = _parents(tally, statistic)

        def share(cell: int) -> CellEstimate:
            parent_rows = tally.rows_in(int(parents[cell]))
            return CellEstimate(
                *_estimate_with_error(tally, "", parent_rows, _share_function(tally.rows_in(cell)[parent_rows]))
            )

        return share

    # If one cell must be rounded, round all, because its value could be computed from the exact values of the others. Round
    # too if the populations of two questions could overlap except for a group with small bins.
    question = tally.plan.question
    overlaps = rounds_distributions or bool(question.where) or any(split.bands for split in question.breakdown)
    coarse = statistic.kind in DISTRIBUTION_KINDS and (
        overlaps
        or any(_has_small_bins(tally, statistic, tally.rows_in(cell), policy) for cell in range(tally.layout.cells))
    )

    steps = _score_steps(tally, statistic, policy)

    def estimate(cell: int) -> CellEstimate:
        inside = tally.rows_in(cell)
        value, error = _estimate_with_error(tally, statistic.of, inside, _statistic_function(tally, statistic, inside))
        if statistic.of in tally.scores:
            return CellEstimate(value, error, float(steps[cell]))
        return CellEstimate(value, error, _rounding_step(tally, statistic, inside, value, policy) if coarse else 0.0)

    return estimate


def _score_steps(tally: Tally, statistic: Statistic, policy: Policy) -> Floats:
    """Returns the steps by cell to which the mean or the total of a score is rounded; 0 for other statistics."""
    if statistic.of not in tally.scores or tally.scores[statistic.of].least >= policy.minimum:
        return np.zeros(tally.layout.cells)
    if statistic.kind == "total":
        each, _ = tally.mean_weight(statistic.of)
        return round_up_to_ten(policy.minimum * tally.scores[statistic.of].reach * each)
    return tally.mean_steps(statistic.of, policy.minimum)


def _has_small_bins(tally: Tally, statistic: Statistic, inside: Mask, policy: Policy) -> bool:
    """Whether a statistic of DISTRIBUTION_KINDS uses bins or categories with fewer contributors than the minimum.

    A quantile, a Gini coefficient or an index of dissimilarity is an equation in the counts of bins and categories. Its exact
    value would let a reader solve for small counts. If no count is below the minimum, the statistic is shown exactly.
    """
    counts, _ = _count_by_bin(tally, statistic, inside)
    repeated = tally.plan.units or bool(tally.plan.period)  # then the sum of a bin may count a contributor twice
    return repeated or bool(((counts > 0) & (counts < policy.minimum)).any())


def _rounding_step(tally: Tally, statistic: Statistic, inside: Mask, value: float, policy: Policy) -> float:
    """Returns the rounding step: the most by which `minimum` contributors could change a statistic of DISTRIBUTION_KINDS."""
    if not np.isfinite(value):
        return 0.0
    counts, smallest = _count_by_bin(tally, statistic, inside)
    if statistic.kind != "quantile":
        return round_up_to_125(policy.minimum / smallest)
    edges = tally.plan.survey.variable(statistic.of).edges
    bin_ = int(np.clip(np.searchsorted(edges, value, side="left"), 1, len(edges) - 1))
    return round_up_to_125(policy.minimum * (edges[bin_] - edges[bin_ - 1]) / max(1.0, float(counts[bin_])))


def _count_by_bin(tally: Tally, statistic: Statistic, inside: Mask) -> tuple[Floats, float]:
    """Returns (people by bin, or by category and group; people in the smaller group, or in all bins)."""
    people = tally.sums(f"v{tally.plan.variables.index(statistic.of)}_n" if statistic.of else "n")[inside]
    if statistic.kind == "dissimilarity":
        assert statistic.over is not None
        groups = _two_groups(tally, statistic)[inside]
        counts = np.bincount(
            np.maximum(tally.key(statistic.over)[inside] * 2 + groups, 0)[groups >= 0], people[groups >= 0]
        )
        return counts.astype(np.float64), float(min(people[groups == group].sum() for group in (0, 1)))
    bins = tally.key(Split(statistic.of))[inside]
    return np.bincount(bins[bins >= 0], people[bins >= 0]).astype(np.float64), float(people[bins >= 0].sum())


def _share_function(inside: Mask) -> Compute:
    return lambda a, b, shift: formulas.share(a, inside)


def _statistic_function(tally: Tally, statistic: Statistic, inside: Mask) -> Compute:
    """Returns the formula of the statistic, a function of the sums of the rows `inside`."""
    if statistic.kind == "total":
        return formulas.variable_total if statistic.of else (lambda a, b, shift: formulas.total(a))
    if statistic.kind == "mean":
        return lambda a, b, shift: formulas.mean(a, b)
    if statistic.kind in ("quantile", "gini"):
        bins = tally.key(Split(statistic.of))[inside]
        if statistic.kind == "gini":
            return lambda a, b, shift: formulas.gini(a, b, bins, shift)
        edges = tally.plan.survey.variable(statistic.of).edges
        return lambda a, b, shift: formulas.quantile(a, bins, edges, statistic.at)
    assert statistic.over is not None
    categories = tally.key(statistic.over)[inside]
    groups = _two_groups(tally, statistic)[inside]
    return lambda a, b, shift: formulas.dissimilarity(a, categories, groups)


def _two_groups(tally: Tally, statistic: Statistic) -> NDArray[np.int64]:
    """Returns 0 or 1 for each row of the two compared groups, -1 for other rows."""
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
    """Returns a mask of cells with too few people for this statistic: in a quantile's tail, or in one of two groups."""
    if statistic.kind == "quantile":
        return tally.contributors(statistic.of) * min(statistic.at, 1 - statistic.at) < policy.minimum
    if statistic.kind == "dissimilarity":
        groups = _two_groups(tally, statistic)
        people = tally.sums("n")
        sizes = [tally.cells(np.where(groups == group, people, 0.0)) for group in (0, 1)]
        return np.minimum(*sizes) < policy.minimum
    return np.zeros(tally.layout.cells, dtype=bool)


def _parents(tally: Tally, statistic: Statistic) -> NDArray[np.int64]:
    """Returns, for each cell, the cell of which it is a share: the total (or whole level) along the statistic's dimension."""
    position = [axis.concept for axis in tally.layout.axes].index(statistic.along)
    numbers = np.arange(tally.layout.cells).reshape(tally.layout.shape)
    return np.broadcast_to(numbers.take([0], axis=position), numbers.shape).reshape(-1)


def _estimate_with_error(tally: Tally, variable: str, inside: Mask, compute: Compute) -> tuple[float, float]:
    """Returns a statistic of the rows `inside` and its standard error (NaN for a complete count)."""
    rows = tally.variable(variable).take(inside)
    value = compute(rows.a, rows.b, 0.0).value
    survey = tally.plan.survey.design
    if not np.isfinite(value) or not survey.sampled:
        return value, float("nan")
    shift = rows.shift
    moved = compute(rows.a, rows.amounts(shift), shift)
    if survey.replicates:
        sums = [tally.replicate(variable, r) for r in range(len(survey.replicates))]
        away = rows.centre - shift
        values = [compute(a[inside], d[inside] + away * a[inside], shift).value for a, d in sums]
        return value, replicate_error(moved.value, values, survey.method, survey.rho)
    return value, taylor_error(rows, moved, tally.sample, shift)


def evaluate_models(tally: Tally, policy: Policy) -> Iterator[Model]:
    """Yields every model of the question. Raises Refused for one whose coefficients would reveal a table."""
    for statistic in tally.plan.question.statistics:
        if statistic.kind in MODEL_KINDS:
            fit, steps = fit_model(tally, statistic, policy)
            if steps.any():
                fit = replace(fit, moments=None)  # exact sums would reveal what is rounded
            errors = fit.standard_errors
            if errors is None:
                rows = tally.variable(statistic.of)
                errors = np.array([taylor_error(rows, value, tally.sample, rows.shift) for value in fit.derivatives])
            terms = tuple(
                Term(name, *_round_coefficient(float(value), float(error), float(step)))
                for name, value, error, step in zip(fit.terms, fit.coefficients, errors, steps, strict=True)
            )
            coded = (split for split in map(Split, statistic.terms) if split in tally.plan.splits)
            references = {split.concept: tally.codes(split)[0] for split in coded}
            yield Model(statistic.name, terms, fit.moments, references)


def _round_coefficient(value: float, error: float, step: float) -> tuple[float, float]:
    if not step:
        return value, float(f"{error:.{ERROR_DIGITS}g}")
    return float(f"{round(value / step) * step:.12g}"), round_up_to_125(error) if error else 0.0


def fit_model(tally: Tally, statistic: Statistic, policy: Policy) -> tuple[Fit, Floats]:
    """Fits a model. Returns it with the steps to which its coefficients are rounded (0: not), which scores need.

    Raises Refused if it would reveal a table, a table by the codes of a score included.
    """
    plan = tally.plan
    scores = [name for name in (statistic.of, *statistic.terms) if name in tally.scores]
    rounded = [name for name in scores if tally.scores[name].least < policy.minimum]
    for name in scores:
        if tally.scores[name].find_revealing(np.zeros(1), policy).any():
            raise Refused(N_("A term of the model has too few contributors, so no result is shown."))
    codes = [term for term in statistic.terms if Split(term) in plan.splits]
    if len(codes) == len(statistic.terms):
        known = [(term, tally.codes(Split(term)), tally.key(Split(term))) for term in codes]
        names, matrix = build_design_matrix(known)
        rows = tally.variable(statistic.of)
        people = tally.sums(f"v{plan.variables.index(statistic.of)}_n")
        family = statistic.family or "gaussian"
        fit = fit_glm(names, matrix, rows, people, family, policy.minimum)
        if not rounded:
            return fit, np.zeros(len(names))
        change = policy.minimum * tally.scores[statistic.of].reach[0] * tally.mean_weight(statistic.of)[0][0]
        return fit, round_up_to_ten([change * np.abs(value.by_b).max() for value in fit.derivatives])
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
        raise Refused(N_("The population has too few people, so no result is shown."))
    terms = ("(intercept)", *plan.models[model][:-1])
    centre = np.array([_column_extreme(tally, f"m{model}_{i}_c", max) for i in range(1, size)])
    fit = fit_ols(terms, moments, centre, counted, _term_reach(tally, model, moments, counted), policy.minimum)
    steps = np.zeros(len(terms))
    for name in rounded:
        number = plan.models[model].index(name) + 1
        change = policy.minimum * _column_extreme(tally, f"m{model}_w", max) * tally.scores[name].reach[0]
        steps = np.maximum(steps, change * bound_influence(fit, moments, centre, number, _column_ranges(tally, model)))
    return fit, round_up_to_ten(steps)


def _column_ranges(tally: Tally, model: int) -> Floats:
    """Returns the range of every number of a model, the outcome last."""
    columns = range(1, len(tally.plan.models[model]) + 1)
    return np.array(
        [
            _column_extreme(tally, f"m{model}_{i}_high", max) - _column_extreme(tally, f"m{model}_{i}_low", min)
            for i in columns
        ]
    )


def _term_reach(tally: Tally, model: int, moments: Floats, people: float) -> Floats:
    """Returns the argument `reach` of `fit_ols`. Numbers and moments are less the centre."""
    found = np.zeros(len(moments) - 1)
    weight = _column_extreme(tally, f"m{model}_w", max) * people / moments[0, 0]
    for i in range(1, len(found)):
        mean = moments[0, i] / moments[0, 0]
        low, high = _column_extreme(tally, f"m{model}_{i}_low", min), _column_extreme(tally, f"m{model}_{i}_high", max)
        found[i] = weight * max(mean - low, high - mean) ** 2
    return found


def _column_extreme(tally: Tally, name: str, min_or_max: Callable[[list[float]], float]) -> float:
    return float(min_or_max([value for value in tally.table[name].to_pylist() if value is not None]))


def _numeric_terms(question: Question, statistic: Statistic, codes: list[str]) -> tuple[str, ...]:
    return tuple(term for term in statistic.terms if term not in codes)
