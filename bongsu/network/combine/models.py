"""Combines coefficients of several nodes: inverse variance, random effects by DerSimonian and Laird, OLS by moments.

Coefficients are comparable only if all nodes have the same terms and the same reference codes; the others are left out. There
are no rounds of fitting, because two rounds give a node's table away (NETWORK.md, section 2). References: Cochran 1954;
DerSimonian and Laird 1986; Higgins and Thompson 2002. Formulas: docs/methods/network.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bongsu.network.combine.answers import ABSENT, ModelShape, NodeAnswer
from bongsu.network.combine.cells import MAX_ERRORS, NODES_MINIMUM

Floats = NDArray[np.float64]

OTHER_TERMS = "other-terms"
NO_ERROR = "no-standard-error"


@dataclass(frozen=True)
class Pooled:
    """A pooled coefficient with its standard error, and its range without any one group (None with only one)."""

    value: float
    standard_error: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class CombinedTerm:
    """A term of a model over several nodes. `q`, `i2`, `tau2`: heterogeneity; `flagged`: nodes with an unlikely value (V)."""

    term: str
    fixed: Pooled
    random: Pooled
    q: float
    i2: float
    tau2: float
    flagged: tuple[str, ...]


@dataclass(frozen=True)
class CombinedModel:
    """A model over several nodes. `terms` is empty with fewer groups than the minimum.

    `exact`: the coefficients of the pooled records, by term, if the model is linear and all combined nodes gave their
    moments. They have no standard errors, which need the sum of squares of the outcome. `own`: every node's coefficients and
    errors.
    """

    statistic: str
    terms: tuple[CombinedTerm, ...]
    exact: tuple[tuple[str, float], ...]
    nodes: tuple[str, ...]
    coverage: tuple[int, int]
    left_out: tuple[tuple[str, str], ...]
    own: tuple[tuple[str, tuple[tuple[str, float, float | None], ...]], ...]

    def to_data(self) -> dict[str, Any]:
        """Returns the model as a JSON object."""
        return {
            **asdict(self),
            "exact": dict(self.exact),
            "left_out": dict(self.left_out),
            "coverage": {"combined": self.coverage[0], "asked": self.coverage[1]},
        }


def pool_fixed(values: Floats, variances: Floats) -> tuple[float, float, float]:
    """Returns the mean weighted by inverse variance, its standard error, and Cochran's Q."""
    weights = 1 / variances
    mean = float((weights * values).sum() / weights.sum())
    return mean, float(1 / np.sqrt(weights.sum())), float((weights * (values - mean) ** 2).sum())


def pool_random(values: Floats, variances: Floats) -> tuple[float, float, float]:
    """Returns the random-effects mean, its standard error, and tau2, the variance between nodes by DerSimonian and Laird."""
    _, _, q = pool_fixed(values, variances)
    weights = 1 / variances
    scale = weights.sum() - (weights**2).sum() / weights.sum()
    tau2 = max(0.0, float((q - (len(values) - 1)) / scale)) if scale > 0 else 0.0
    mean, error, _ = pool_fixed(values, variances + tau2)
    return mean, error, tau2


def combine_model(
    statistic: str,
    answers: Sequence[NodeAnswer],
    absent: Mapping[str, str] | None = None,
    nodes_minimum: int = NODES_MINIMUM,
) -> CombinedModel:
    """Combines a model of the question. `absent`: as in `combine_cells`."""
    given = {answer.node: model for answer in answers if (model := answer.models.get(statistic)) is not None}
    kinds = Counter(map(_terms_and_references, given.values()))
    common = max(kinds, key=lambda kind: (kinds[kind], kind), default=((), ()))
    left_out, used = [], []
    for answer in answers:
        model = given.get(answer.node)
        if model is None:
            left_out.append((answer.node, ABSENT))
        elif _terms_and_references(model) != common:
            left_out.append((answer.node, OTHER_TERMS))
        elif not all(term.standard_error or term.noise for term in model.terms):
            left_out.append((answer.node, NO_ERROR))
        else:
            used.append(answer)
    absent = absent or {}
    groups = sorted({answer.group for answer in used})
    asked = len({*(answer.group for answer in answers), *(name.split("/")[0] for name in absent)})
    enough = len(groups) >= nodes_minimum
    models = [given[answer.node] for answer in used]
    return CombinedModel(
        statistic,
        tuple(_combine_term(number, used, models) for number in range(len(common[0]))) if enough else (),
        _fit_by_moments(models) if enough and statistic.startswith("ols ") else (),
        tuple(answer.node for answer in used),
        (len(groups), asked),
        (*left_out, *((name.split("/")[-1], why) for name, why in absent.items())),
        tuple((node, tuple((t.term, t.value, t.standard_error) for t in model.terms)) for node, model in given.items()),
    )


def _terms_and_references(model: ModelShape) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    return tuple(term.term for term in model.terms), tuple(sorted(model.references.items()))


def _combine_term(number: int, answers: Sequence[NodeAnswer], models: Sequence[ModelShape]) -> CombinedTerm:
    terms = [model.terms[number] for model in models]
    values = np.array([term.value for term in terms])
    variances = np.array([(term.standard_error or 0.0) ** 2 + (term.noise or 0.0) ** 2 for term in terms])
    fixed, fixed_error, q = pool_fixed(values, variances)
    random, random_error, tau2 = pool_random(values, variances)
    groups = np.array([answer.group for answer in answers])
    fixed_without, random_without, flagged = [], [], []
    for group in sorted(set(groups.tolist())):
        rest = groups != group
        if not rest.any():
            continue
        other, other_error, _ = pool_fixed(values[rest], variances[rest])
        fixed_without.append(other)
        random_without.append(pool_random(values[rest], variances[rest])[0])
        if abs(fixed - other) > MAX_ERRORS * other_error:
            flagged += [answer.node for answer in answers if answer.group == group]
    return CombinedTerm(
        terms[0].term,
        Pooled(fixed, fixed_error, min(fixed_without, default=None), max(fixed_without, default=None)),
        Pooled(random, random_error, min(random_without, default=None), max(random_without, default=None)),
        q,
        max(0.0, (q - (len(values) - 1)) / q) if q > 0 else 0.0,
        tau2,
        tuple(flagged),
    )


def _fit_by_moments(models: Sequence[ModelShape]) -> tuple[tuple[str, float], ...]:
    """Returns the coefficients (sum of X'WX)^-1 (sum of X'Wy), or () if a node did not give its moments."""
    moments = [model.moments for model in models if model.moments is not None]
    if len(moments) < len(models):
        return ()
    names = [term.term for term in models[0].terms]
    if any(np.shape(each.xwx) != (len(names), len(names)) or len(each.xwy) != len(names) for each in moments):
        return ()
    xwx, xwy = (np.sum([getattr(each, name) for each in moments], axis=0) for name in ("xwx", "xwy"))
    if np.linalg.matrix_rank(xwx) < len(names):
        return ()
    return tuple(zip(names, np.linalg.solve(xwx, xwy).tolist(), strict=True))
