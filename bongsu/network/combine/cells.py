"""Combines cells: sums for counts and totals, ratios of sums for means and shares, quantiles of summed histograms.

A cell is combined over the nodes that show it, and says which these are. Nodes of one institution are one group. With fewer
groups than a minimum there is no combined value, only each node's own. Standard errors take the nodes as independent samples
and the weights of means and shares as known; a complete count adds no variance, noise adds its own. The leave-one-out range
is that of the combined value without any one group. Formulas: docs/methods/network.md. Not here: coefficients (models.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bongsu.core.errors import N_, BadInput
from bongsu.core.microdata_question import Question, Statistic
from bongsu.desk import statistics as formulas
from bongsu.desk.layout import Layout
from bongsu.desk.part import cells_of_shares
from bongsu.desk.tally import band_code
from bongsu.network.combine.answers import NodeAnswer

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

NODES_MINIMUM = 3
MAX_ERRORS = 5.0  # a value that moves the combined one by more standard errors of the others is flagged V
NO_WEIGHT = "no-weight"
ADDED = ("count", "total")
AVERAGED = ("mean", "share")


@dataclass(frozen=True)
class OwnValue:
    """What one node shows for a cell."""

    node: str
    value: float | None
    standard_error: float | None
    status: str


@dataclass(frozen=True)
class CombinedCell:
    """A statistic of a cell over several nodes; None for a value that is not combined.

    `nodes`: those combined; `coverage`: groups combined, and groups asked; `left_out`: (node, status) of the others; `low`,
    `high`: the leave-one-out range; `flagged`: nodes whose value is unlikely (V); `own`: every node's own value.
    """

    codes: tuple[str, ...]
    statistic: str
    value: float | None
    standard_error: float | None
    nodes: tuple[str, ...]
    coverage: tuple[int, int]
    left_out: tuple[tuple[str, str], ...]
    low: float | None
    high: float | None
    flagged: tuple[str, ...]
    own: tuple[OwnValue, ...]

    def to_data(self, dimensions: Sequence[str]) -> dict[str, Any]:
        """Returns the cell as a JSON object."""
        return {
            **dict(zip(dimensions, self.codes, strict=True)),
            "statistic": self.statistic,
            "value": self.value,
            "standard_error": self.standard_error,
            "nodes": list(self.nodes),
            "coverage": {"combined": self.coverage[0], "asked": self.coverage[1]},
            "left_out": dict(self.left_out),
            "leave_one_out": None if self.low is None else [self.low, self.high],
            "flagged": dict.fromkeys(self.flagged, "V"),
            "own": [vars(each) for each in self.own],
        }


class Sums(NamedTuple):
    """What is added over nodes, (nodes, cells): numerators, denominators (None: a plain sum), variances of numerators."""

    amounts: Floats
    weights: Floats | None
    variances: Floats


def combine_cells(
    answers: Sequence[NodeAnswer],
    question: Question,
    layout: Layout,
    absent: Mapping[str, str] | None = None,
    nodes_minimum: int = NODES_MINIMUM,
) -> list[CombinedCell]:
    """Combines all statistics of a question but models. `absent`: the status of nodes without an answer, by group and node.

    Every node of `absent` is named "group/node", or "node" if it is a group of its own.
    """
    _check_nodes(answers)
    found = []
    for statistic in question.statistics:
        if statistic.kind in (*ADDED, *AVERAGED, "quantile", "gini", "dissimilarity"):
            found += _combine_statistic(answers, statistic, question, layout, dict(absent or {}), nodes_minimum)
    return found


def _check_nodes(answers: Sequence[NodeAnswer]) -> None:
    if len({answer.node for answer in answers}) < len(answers):
        raise BadInput(N_("A node has answered twice."))


def _combine_statistic(
    answers: Sequence[NodeAnswer],
    statistic: Statistic,
    question: Question,
    layout: Layout,
    absent: dict[str, str],
    nodes_minimum: int,
) -> list[CombinedCell]:
    cells = [answer.statistics[statistic.name] for answer in answers]
    shown = np.array([each.shown for each in cells]).reshape(len(cells), layout.cells)
    sums = _sums_of(answers, statistic, question, layout)
    used = shown & (sums.weights > 0) if sums.weights is not None else shown
    if statistic.kind not in (*ADDED, *AVERAGED):
        used = np.zeros_like(shown)
    groups = sorted({answer.group for answer in answers})
    asked = len({*groups, *(name.split("/")[0] for name in absent)})
    member = np.array([[answer.group == group for answer in answers] for group in groups]).reshape(
        len(groups), len(answers)
    )
    there = np.array([used[each].any(axis=0) for each in member]).reshape(len(groups), layout.cells)
    combined = there.sum(axis=0) >= nodes_minimum
    value, error = _estimate(sums, used)
    low, high, flags = _leave_one_out(sums, used, member, there, value)
    has_error = np.array([np.isfinite(each.errors) | (each.noise > 0) for each in cells]).reshape(used.shape)
    with_error = (used & has_error).any(axis=0)

    def number(values: Floats, cell: int) -> float | None:
        return float(values[cell]) if combined[cell] and np.isfinite(values[cell]) else None

    found = []
    for cell in range(layout.cells):
        left_out = [
            (answer.node, str(each.status[cell]) if not shown[i, cell] else NO_WEIGHT)
            for i, (answer, each) in enumerate(zip(answers, cells, strict=True))
            if not used[i, cell]
        ]
        own = tuple(
            OwnValue(
                answer.node,
                _or_none(each.values[cell]),
                _or_none(each.errors[cell]),
                str(each.status[cell]),
            )
            for answer, each in zip(answers, cells, strict=True)
        )
        found.append(
            CombinedCell(
                layout.codes(cell),
                statistic.name,
                number(value, cell),
                number(error, cell) if with_error[cell] else None,
                tuple(answer.node for i, answer in enumerate(answers) if used[i, cell]),
                (int(there[:, cell].sum()), asked),
                (*left_out, *((name.split("/")[-1], why) for name, why in absent.items())),
                number(low, cell),
                number(high, cell),
                tuple(answer.node for i, answer in enumerate(answers) if combined[cell] and flags[i, cell]),
                own,
            )
        )
    return found


def _or_none(number: float) -> float | None:
    return float(number) if np.isfinite(number) else None


def _sums_of(answers: Sequence[NodeAnswer], statistic: Statistic, question: Question, layout: Layout) -> Sums:
    """Returns what is added for a statistic; 0 where a node shows no value."""
    shape = (len(answers), layout.cells)
    cells = [answer.statistics[statistic.name] for answer in answers]
    values = np.nan_to_num(np.array([each.values for each in cells]).reshape(shape))
    variances = np.array([np.where(each.shown, each.variances, 0.0) for each in cells]).reshape(shape)
    if statistic.kind not in AVERAGED:
        return Sums(values, None, variances)
    weights = np.array([_weights(answer, statistic, question) for answer in answers]).reshape(shape)
    if statistic.kind == "share":
        weights = weights[:, cells_of_shares(layout, statistic.along)]
    return Sums(weights * values, weights, weights**2 * variances)


def _weights(answer: NodeAnswer, statistic: Statistic, question: Question) -> Floats:
    """Returns the people by whom a mean or a share is weighted, by cell; 0 where they are not shown.

    For a mean, the total of the variable divided by the mean, which are those who have a value; else the number of people,
    weighted if the question asks for it. Raises BadInput if the question has none of them.
    """
    names = {each.name for each in question.statistics}
    found: Floats | None = None
    for name in ("total", "count"):
        if name in names and found is None:
            found = np.nan_to_num(answer.statistics[name].values)
    if statistic.kind == "mean" and f"total {statistic.of}" in names:
        mean, amount = answer.statistics[statistic.name].values, answer.statistics[f"total {statistic.of}"].values
        known = np.isfinite(mean) & np.isfinite(amount) & (mean != 0)
        exact = np.divide(amount, mean, out=np.zeros_like(mean), where=known)
        found = np.where(known, exact, 0.0 if found is None else found)
    if found is None:
        raise BadInput(
            N_("“{statistic}” cannot be combined without the numbers of people."),
            fix=N_("Ask for the statistic “total” or “count” in the same question."),
            statistic=statistic.name,
        )
    return np.asarray(np.maximum(found, 0.0))


def _estimate(sums: Sums, used: Mask) -> tuple[Floats, Floats]:
    """Returns the combined values and their standard errors over the nodes `used`; NaN where there are none."""
    amount = np.where(used, sums.amounts, 0.0).sum(axis=0)
    error = np.sqrt(np.where(used, sums.variances, 0.0).sum(axis=0))
    if sums.weights is None:
        there = used.any(axis=0)
        return np.where(there, amount, np.nan), np.where(there, error, np.nan)
    weight = np.where(used, sums.weights, 0.0).sum(axis=0)
    nothing = np.full_like(weight, np.nan)
    return (
        np.divide(amount, weight, out=nothing.copy(), where=weight > 0),
        np.divide(error, weight, out=nothing.copy(), where=weight > 0),
    )


def _leave_one_out(sums: Sums, used: Mask, member: Mask, there: Mask, value: Floats) -> tuple[Floats, Floats, Mask]:
    """Returns the range of the value without one group, and which nodes (nodes, cells) have an unlikely value.

    An average is unlikely if it moves the combined one by more than MAX_ERRORS standard errors of the others. Sums of nodes of
    different sizes have no such expectation: a value is unlikely if it exceeds those of all others together by as much.
    """
    low, high = np.full_like(value, np.inf), np.full_like(value, -np.inf)
    flags = np.zeros(used.shape, bool)
    for group, inside in zip(member, there, strict=True):
        others, error = _estimate(sums, used & ~group[:, None])
        known = inside & np.isfinite(others)
        low, high = np.where(known, np.minimum(low, others), low), np.where(known, np.maximum(high, others), high)
        moved = np.abs(value - others) - (np.abs(others) if sums.weights is None else 0.0)
        slack = 1e-12 * np.abs(np.nan_to_num(value))
        flags |= group[:, None] & used & (known & (moved > MAX_ERRORS * error + slack))
    none = np.isinf(low)
    return np.where(none, np.nan, low), np.where(none, np.nan, high), flags


def combine_quantile(
    cells: Sequence[CombinedCell], question: Question, concept: str, at: float
) -> dict[tuple[str, ...], float | None]:
    """Returns the quantile of a number over all nodes, from the summed numbers of people by band, for every other cell.

    The keys have the code "_T" for `concept`. None if a band has no combined value or the quantile lies in an open band.
    Bands in which different nodes are left out are not comparable, so all bands must have the same nodes. There is no
    standard error.
    """
    position = [split.concept for split in question.breakdown].index(concept)
    edges = question.breakdown[position].bands
    if not edges:
        raise BadInput(N_("A quantile over several nodes needs bands of “{concept}”."), concept=concept)
    names = [band_code(question.breakdown[position], number) for number in range(len(edges) + 1)]
    people = "total" if any(each.name == "total" for each in question.statistics) else "count"
    by_codes = {cell.codes: cell for cell in cells if cell.statistic == people}
    found: dict[tuple[str, ...], float | None] = {}
    for codes in by_codes:
        if codes[position] != "_T":
            continue
        bands = [by_codes.get((*codes[:position], name, *codes[position + 1 :])) for name in names]
        known = [band for band in bands if band is not None and band.value is not None]
        if len(known) < len(names) or len({band.nodes for band in known}) > 1:
            found[codes] = None
            continue
        counts = np.array([band.value for band in known], np.float64)
        value = formulas.quantile(counts, np.arange(len(names)), tuple(map(float, edges)), at).value
        found[codes] = _or_none(value)
    return found
