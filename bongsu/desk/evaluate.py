"""The statistics of a question for every cell that may be shown, with standard errors. It never looks at hidden cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.microdata import Question, Split, Statistic
from bongsu.desk import statistics as of
from bongsu.desk.answer import PERTURBED, SHOWN, SUPPRESSED, UNDEFINED, Cell, Model, Term
from bongsu.desk.perturbation import perturb_counts, perturb_values
from bongsu.desk.regression import Fit, design, glm, ols_of_moments
from bongsu.desk.variance import replicated, taylor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

    Compute = Callable[[Floats, Floats], of.Value]

DIGITS = 4  # of a standard error: more would only help to work backwards


def cells(tally: Tally, hidden: Mask, policy: Policy) -> Iterator[Cell]:
    """Every statistic of every cell, models left out."""
    for number, statistic in enumerate(
        each for each in tally.plan.question.statistics if each.kind not in ("ols", "glm")
    ):
        if statistic.kind == "count":
            values, errors = tally.contributors(), np.full(tally.layout.cells, np.nan)
            withheld = hidden
        else:
            values, errors, withheld = _estimates(tally, statistic, hidden, policy)
        if policy.noise:
            values = _perturbed(tally, statistic, values, number, policy)
        for cell in range(tally.layout.cells):
            yield _cell(tally, cell, statistic, values, errors, withheld, policy)


def _cell(tally: Tally, cell: int, statistic: Statistic, values: Floats, errors: Floats, withheld: Mask, policy: Policy) -> Cell:  # fmt: skip
    codes = tally.layout.codes(cell)
    if withheld[cell]:
        return Cell(codes, statistic.name, None, None, SUPPRESSED)
    if not np.isfinite(values[cell]):
        return Cell(codes, statistic.name, None, None, UNDEFINED)
    error = None if not np.isfinite(errors[cell]) else float(f"{errors[cell]:.{DIGITS}g}")
    return Cell(codes, statistic.name, float(values[cell]), error, PERTURBED if policy.noise else SHOWN)


def _perturbed(tally: Tally, statistic: Statistic, values: Floats, number: int, policy: Policy) -> Floats:
    keys = tally.keys()
    people = tally.contributors()
    if statistic.kind == "count":
        return perturb_counts(people, keys, policy.noise)
    return perturb_values(values, people, keys, policy.noise, number + 1)


def _estimates(tally: Tally, statistic: Statistic, hidden: Mask, policy: Policy) -> tuple[Floats, Floats, Mask]:
    """Values, standard errors and what is withheld, by cell."""
    values, errors = np.full((2, tally.layout.cells), np.nan)
    withheld = hidden | _too_thin(tally, statistic, policy)
    if statistic.kind == "share":
        withheld = withheld | hidden[_parents(tally, statistic)]
    for cell in np.flatnonzero(~withheld):
        inside = tally.within(int(cell))
        if statistic.kind == "share":
            around = tally.within(int(_parents(tally, statistic)[cell]))
            values[cell], errors[cell] = _estimate(tally, "", around, _share(inside[around]))
        else:
            values[cell], errors[cell] = _estimate(tally, statistic.of, inside, _compute(tally, statistic, inside))
    return values, errors, withheld


def _share(inside: Mask) -> Compute:
    return lambda a, b: of.share(a, inside)


def _compute(tally: Tally, statistic: Statistic, inside: Mask) -> Compute:
    """The function of sums that the statistic is, for the rows `inside`."""
    if statistic.kind == "total":
        return (lambda a, b: of.total_of(a, b)) if statistic.of else (lambda a, b: of.total(a))
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


def _too_thin(tally: Tally, statistic: Statistic, policy: Policy) -> Mask:
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


def _estimate(tally: Tally, variable: str, inside: Mask, compute: Compute) -> tuple[float, float]:
    """A statistic of the rows `inside` and its standard error (NaN for a complete count)."""
    rows = tally.variable(variable).take(inside)
    value = compute(rows.a, rows.b)
    survey = tally.plan.survey.design
    if not np.isfinite(value.value) or not survey.weight:
        return value.value, float("nan")
    if survey.replicates:
        again = [tally.replicate(variable, r) for r in range(len(survey.replicates))]
        values = [compute(a[inside], b[inside]).value for a, b in again]
        return value.value, replicated(value.value, values, survey.method, survey.rho)
    return value.value, taylor(rows, value, tally.sample)


def models(tally: Tally, policy: Policy) -> Iterator[Model]:
    """Every model of the question. Raises Refused for one that would be a table in disguise."""
    for statistic in tally.plan.question.statistics:
        if statistic.kind in ("ols", "glm"):
            fit = _fit(tally, statistic, policy)
            errors = fit.errors
            if errors is None:
                rows = tally.variable(statistic.of)
                errors = np.array([taylor(rows, value, tally.sample) for value in fit.derivatives])
            rounded = (float(f"{error:.{DIGITS}g}") for error in errors)
            terms = tuple(map(Term, fit.terms, map(float, fit.coefficients), rounded))
            yield Model(statistic.name, terms, fit.moments)


def _fit(tally: Tally, statistic: Statistic, policy: Policy) -> Fit:
    plan = tally.plan
    codes = [term for term in statistic.terms if Split(term) in plan.splits]
    if len(codes) == len(statistic.terms):
        known = [(term, tally.codes(Split(term)), tally.key(Split(term))) for term in codes]
        names, matrix = design(known)
        rows = tally.variable(statistic.of)
        people = tally.sums(f"v{plan.variables.index(statistic.of)}_n")
        family = statistic.family or "gaussian"
        return glm(names, matrix, rows.a, rows.b, people, family, policy.minimum)
    model = next(
        m for m, z in enumerate(plan.models) if z == (*_numbers(plan.question, statistic, codes), statistic.of)
    )
    size = len(plan.models[model]) + 1
    moments = np.zeros((size, size))
    for i in range(size):
        for j in range(i, size):
            moments[i, j] = moments[j, i] = tally.sums(f"m{model}_{i}_{j}").sum()
    people_total = float(tally.sums(f"m{model}_n").sum())
    return ols_of_moments(("(intercept)", *plan.models[model][:-1]), moments, people_total)


def _numbers(question: Question, statistic: Statistic, codes: list[str]) -> tuple[str, ...]:
    return tuple(term for term in statistic.terms if term not in codes)
