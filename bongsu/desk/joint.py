"""Disclosure control and statistics of a table that several nodes added up, from the sums of their parts alone.

`JointTally` has the face that the rules (control.py) and the statistics (cell_statistics.py) ask of a table, so both are the
same as for one holding. Besides, cells are hidden that tell what one node has: with people of fewer than three groups of nodes,
with a veto of a member, or with one group that could have more than 85 % of the contributors. The largest contribution is not
known; the root of the sum of squares bounds it. Not here: earlier answers about other populations, which only a plan of tables
fixed in advance rules out, and what a member learns of hidden cells because it knows its own part of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from bongsu.core.errors import N_, Refused
from bongsu.core.mapping import Design
from bongsu.core.microdata_question import MODEL_KINDS
from bongsu.desk.answer import SHOWN, Cell, Model, Term
from bongsu.desk.cell_statistics import ERROR_DIGITS, evaluate_cells, fit_model
from bongsu.desk.control import amount_task, choose_hidden_cells, is_protected, protection_tasks
from bongsu.desk.part import GROUP_VARIABLE_VECTORS, GROUP_VECTORS, cells_of_shares
from bongsu.desk.policy import Policy
from bongsu.desk.previously_released import PreviousCells
from bongsu.desk.primary_suppression import bound_largest_sum_by_squares, is_shown_zero
from bongsu.desk.secondary_suppression import ProtectionTask
from bongsu.desk.tally import Tally
from bongsu.desk.variance import Sample, ratio_error

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.core.microdata_question import Statistic
    from bongsu.desk.layout import Layout
    from bongsu.desk.part import PartShape
    from bongsu.desk.regression import Fit
    from bongsu.store.microdata.expressions import SumPlan

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]

MIN_GROUPS = 3
MAX_GROUP_SHARE = 0.85


@dataclass(frozen=True)
class Members:
    """The nodes of a sum: how many, in how many groups of one institution, and how many nodes the largest group has."""

    nodes: int
    groups: int
    largest: int = 1

    @classmethod
    def of(cls, nodes: Sequence[str], groups: Mapping[str, str]) -> Members:
        """Counts nodes. `groups`: the group of nodes that share one; any other node is a group of its own."""
        sizes: dict[str, int] = {}
        for node in set(nodes):
            sizes[groups.get(node, node)] = sizes.get(groups.get(node, node), 0) + 1
        return cls(len(set(nodes)), len(sizes), max(sizes.values(), default=0))


@dataclass(frozen=True)
class JointTally(Tally):
    """A table of several nodes. Its rows are the finest groups; `by_cell` has the members' summed vectors (part.py)."""

    by_cell: Mapping[str, Floats] = field(default_factory=dict)
    members: Members = Members(0, 0)
    weighted: bool = False
    sampled: bool = False

    @property
    def bound_largest(self) -> Callable[[Floats, Floats, Floats, int], Floats]:
        """The bound of the sum of the n largest contributions, from the sum of squares."""
        return bound_largest_sum_by_squares

    def weights(self) -> Floats | None:
        """Returns the weighted people; None if no member has weights."""
        return self.by_cell["a"] if self.weighted else None

    def vector(self, name: str, which: str) -> Floats:
        """Returns a vector of a variable, by cell."""
        return self.by_cell[f"v{self.plan.variables.index(name)}_{which}"]

    def contributors(self, name: str = "", column: str = "n") -> Floats:
        """Returns the sum of the members' contributors. A person in two holdings counts twice."""
        return self.vector(name, "have" if column == "n" else column) if name else self.by_cell["n"]

    def records(self, name: str = "", column: str = "n") -> Floats:
        """Returns the counts that are shown."""
        return self.vector(name, f"{'have' if column == 'n' else column}_records") if name else self.by_cell["records"]

    def is_binary(self, name: str) -> bool:
        """Whether every value of a variable is 0 or 1 at every member."""
        return not self.vector(name, "unlike").any()

    def contributions(self, name: str) -> tuple[Floats, Floats, Floats]:
        """Returns (total, a bound of the largest, sum of squares) of the absolute weighted contributions."""
        squares = self.vector(name, "squares")
        return self.vector(name, "abs"), np.sqrt(squares), squares

    def least_groups(self) -> Floats:
        """Returns the least number of groups with people in each cell: nodes, less those that could share a group."""
        return self.by_cell["nodes"] - (self.members.nodes - self.members.groups)

    def tells_of_a_node(self) -> Mask:
        """Returns a mask of the cells that would tell what one group of nodes has, or that the plan of a node hides."""
        people, squares = self.by_cell["n"], self.members.largest * self.by_cell["n2"]
        few = self.least_groups() < MIN_GROUPS
        held_by_one = np.sqrt(squares) > MAX_GROUP_SHARE * people  # a group has at most the root of its nodes' squares
        return np.asarray(((people > 0) & (few | held_by_one)) | (self.by_cell["veto"] > 0))


def build_joint_tally(
    plan: SumPlan, shape: PartShape, sums: Mapping[str, Floats], members: Members, designs: Sequence[Design]
) -> JointTally:
    """Arranges the sums of all members' parts as a table. `plan`: the keeper's; `designs`: of all members' holdings.

    The plan of the table has no design of its own, because standard errors come from the members' variances.
    """
    units = any(each.cluster or each.contributor or each.repeated for each in designs)
    own = replace(plan, survey=replace(plan.survey, design=Design(contributor="several records" if units else "")))
    layout = shape.groups or leaf_layout(shape.layout)
    names = [f"group_{name}" for name in GROUP_VECTORS]
    for number in range(len(plan.variables)):
        names += [f"group_v{number}_{name}" for name in GROUP_VARIABLE_VECTORS]
    values = {name.removeprefix("group_"): _by_group(shape, sums, name) for name in names}
    there = np.flatnonzero(values["n"] > 0)
    indices = np.unravel_index(there, layout.shape) if layout.axes else ()
    table = {}
    for number, (axis, index) in enumerate(zip(layout.axes, indices, strict=True)):
        codes = np.array(axis.codes)[index].tolist()
        binned = number >= len(shape.layout.axes) and axis.concept in shape.edges
        table[f"k{number}"] = (
            pa.array([int(code) for code in codes], pa.int32()) if binned else pa.array(codes, pa.string())
        )
    zero = np.zeros(len(there))
    columns = {"n": values["n"][there], "a": values["a"][there], "aa": zero}
    for number in range(len(plan.variables)):
        a, b, have = (values[f"v{number}_{name}"][there] for name in ("a", "b", "have"))
        columns |= {f"v{number}_a": a, f"v{number}_b": b, f"v{number}_n": have}
        columns |= {f"v{number}_{name}": zero for name in ("aa", "ab", "bb")}
    return JointTally(
        own,
        pa.table(table | {name: pa.array(column) for name, column in columns.items()}),
        shape.layout,
        np.array(indices[: len(shape.layout.axes)], np.int64).reshape(len(shape.layout.axes), len(there)),
        Sample(np.ones(1), np.full(1, np.inf)),
        {"": 0},
        by_cell={name: value for name, value in sums.items() if not name.startswith("group_")},
        members=members,
        weighted=any(each.weight for each in designs),
        sampled=any(each.sampled for each in designs),
    )


def leaf_layout(layout: Layout) -> Layout:
    """Returns the layout of the leaves alone."""
    return replace(
        layout,
        axes=tuple(
            replace(axis, codes=tuple(axis.positions), parents=(-1,) * len(axis.leaves)) for axis in layout.axes
        ),
    )


def _by_group(shape: PartShape, sums: Mapping[str, Floats], name: str) -> Floats:
    """Returns a vector by finest group: as it was sent or, if these are the leaves of the table, from the cells."""
    if shape.groups:
        return sums[name]
    cells = sums[name.removeprefix("group_")].reshape(shape.layout.shape)
    for position, axis in enumerate(shape.layout.axes):
        cells = cells.take(axis.leaves, axis=position)
    return np.asarray(cells.reshape(-1))


def strictest_policy(policies: Sequence[Policy]) -> Policy:
    """Returns a policy that hides whatever one of the policies hides: of each rule the strictest."""
    rules = [policy.dominance for policy in policies if policy.dominance]
    dominance = (max(n for n, _ in rules), min(k for _, k in rules)) if rules else None
    return replace(
        policies[0],
        minimum=max(policy.minimum for policy in policies),
        dominance=dominance,
        p_percent=max(policy.p_percent for policy in policies),
        zeros="protect" if any(policy.zeros == "protect" for policy in policies) else "show",
    )


def no_previous_cells(layout: Layout) -> PreviousCells:
    """Returns the masks of a first answer."""
    return PreviousCells(np.zeros(layout.cells, bool), np.zeros(layout.cells, bool), {})


def joint_tasks(tally: JointTally, policy: Policy, previous: PreviousCells) -> Iterator[ProtectionTask]:
    """Yields the tasks of control.py and, for cells that would tell what one node has, one for each table.

    Such a cell must seem possible p % (or 10 %) above and below its value, and `minimum` contributors more or fewer.
    """
    yield from protection_tasks(tally, policy, previous)
    tells = tally.tells_of_a_node()
    if not tells.any():
        return
    people, alone = tally.contributors(), tally.contributors() == 1
    fixed = is_shown_zero(people, policy) | previous.shown
    share = (policy.p_percent or 10.0) / 100
    counts = np.where(tells, np.maximum(policy.minimum, share * tally.records()), 0.0)
    yield ProtectionTask(tally.records(), counts, np.minimum(counts, tally.records()), fixed, alone)
    weighted = tally.weights()
    amounts = [] if weighted is None else [weighted]
    amounts += [tally.contributions(name)[0] for name in tally.plan.variables]
    for values in amounts:
        yield amount_task(values, np.where(tells, share * values, 0.0), fixed, alone)


@dataclass(frozen=True)
class JointAnswer:
    """The cells of a joint table, and its hidden cells, (cells,)."""

    cells: tuple[Cell, ...]
    hidden: Mask


def answer_jointly(tally: JointTally, policy: Policy, previous: PreviousCells | None = None) -> JointAnswer:
    """Protects a joint table and computes its statistics. `policy`: see `strictest_policy`.

    Raises Refused if the population has too few people, or if the table cannot be protected.
    """
    earlier = previous or no_previous_cells(tally.layout)
    listed = max((len(set(condition.codes)) for condition in tally.plan.question.where), default=0)
    if tally.by_cell["whole"][0] < policy.minimum + max(0, listed - 1):
        raise Refused(N_("The population has too few people, so no result is shown."))
    tasks = tuple(joint_tasks(tally, policy, earlier))
    hidden = choose_hidden_cells(tally.layout, tasks, policy, earlier)
    if not is_protected(tally.layout, tasks, hidden):
        raise Refused(N_("The table cannot be protected, so no result is shown."))
    errors = joint_errors(tally)
    cells = []
    for position, cell in enumerate(evaluate_cells(tally, hidden, policy)):
        found = errors.get(cell.statistic)
        if cell.status == SHOWN and found is not None:
            cell = replace(cell, standard_error=_round_error(found[position % tally.layout.cells]))
        cells.append(cell)
    return JointAnswer(tuple(cells), hidden)


def joint_errors(tally: JointTally) -> dict[str, Floats]:
    """Returns the standard errors by statistic and cell, of totals, means and shares; NaN where undefined.

    Empty if all members have complete counts. Quantiles, Gini coefficients and dissimilarities have none in a sum.
    """
    if not tally.sampled:
        return {}
    found, people, spread = {}, tally.by_cell["a"], tally.by_cell["v_aa"]
    for statistic in tally.plan.question.statistics:
        if statistic.kind == "total" and not statistic.of:
            found[statistic.name] = np.sqrt(np.maximum(0.0, spread))
        elif statistic.kind == "total":
            found[statistic.name] = np.sqrt(np.maximum(0.0, tally.vector(statistic.of, "v_bb")))
        elif statistic.kind == "mean":
            a, b, aa, ab, bb = (tally.vector(statistic.of, each) for each in ("a", "b", "v_aa", "v_ab", "v_bb"))
            found[statistic.name] = ratio_error(b, a, bb, ab, aa)
        elif statistic.kind == "share":
            whole = cells_of_shares(tally.layout, statistic.along)
            within = tally.by_cell[f"within_{statistic.along}"]
            found[statistic.name] = ratio_error(people, people[whole], spread, within, spread[whole])
    return found


def _round_error(error: float) -> float | None:
    return float(f"{error:.{ERROR_DIGITS}g}") if np.isfinite(error) else None


def fit_joint_model(tally: JointTally, statistic: Statistic, policy: Policy) -> tuple[Fit, dict[str, list[str]]]:
    """Fits a model of codes once, from the summed patterns. Returns it with the codes of each term, the reference first.

    Raises Refused as regression.py does for one holding, and for another kind of statistic.
    """
    if statistic.kind not in MODEL_KINDS:
        raise Refused(N_("The terms of a model over several nodes must be codes, not numbers."))
    if tally.tells_of_a_node().any():
        raise Refused(N_("A node has too many of the contributors, so no result is shown."))
    fit, _ = fit_model(tally, statistic, policy)
    return fit, {split.concept: tally.codes(split) for split in tally.plan.splits if split.concept in statistic.terms}


def model_errors(fit: Fit, middle: Floats) -> Floats:
    """Returns the standard errors of a model of codes by the sandwich: `middle` between two inverses of the information."""
    assert fit.inverse is not None
    return np.asarray(np.sqrt(np.maximum(0.0, np.diag(fit.inverse @ middle @ fit.inverse))), np.float64)


def answer_model(fit: Fit, statistic: Statistic, patterns: Mapping[str, Sequence[str]], middle: Floats | None) -> Model:
    """Returns the model with standard errors by the sandwich. `middle`: the sum of all members' `score_covariances`.

    None: no member is a sample.
    """
    errors: list[float | None] = [None] * len(fit.terms)
    if middle is not None:
        errors = [_round_error(float(each)) for each in model_errors(fit, middle)]
    terms = tuple(
        Term(name, float(value), error) for name, value, error in zip(fit.terms, fit.coefficients, errors, strict=True)
    )
    return Model(statistic.name, terms, fit.moments, {term: codes[0] for term, codes in patterns.items()})
