"""A node's part of a sum over several nodes: vectors by cell that can be added, of one question and one holding.

All members of a sum agree on the table before: the axes with every code that any of them has (`agreed_tally`), and the names
and lengths of the vectors (`PartShape`). Variances are by the node's own design, so that their sum is the variance of the
pooled sample with the node as a stratum. The vectors leave this module only through the function `mask`. Not here: the masks
(network/rounds.py) and what is made of the sum (joint.py).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from bongsu.core.errors import N_, BadInput, Refused
from bongsu.core.microdata_question import MODEL_KINDS, Split
from bongsu.desk.cell_covariances import cell_covariances
from bongsu.desk.layout import Axis, Layout, cut_code
from bongsu.desk.regression import mean_and_slope
from bongsu.desk.tally import MAX_CELLS, build_axis, build_tally, count_contributors
from bongsu.desk.variance import taylor_covariance
from bongsu.store.microdata import expressions

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from bongsu.core.microdata_question import Statistic
    from bongsu.desk.planning import PlannedQuestion
    from bongsu.desk.policy import Policy
    from bongsu.desk.tally import Tally
    from bongsu.store.microdata.expressions import SumPlan

    Floats = NDArray[np.float64]
    Mask = NDArray[np.bool_]
    Numbers = NDArray[np.int64]
    Vectors = Mapping[str, Floats]
    Codes = Mapping[str, list[str]]
    Run = Callable[[Any, Any, Mapping[str, pa.Table]], pa.Table]

# By cell: contributors, records, 1 where there are any, 1 where there are too few or the plan hides the cell, squared
# contributors, sum of weights and its variance
CELL_VECTORS = ("n", "records", "nodes", "veto", "n2", "a", "v_aa")
# By cell, over those with a value x: contributors and records, the same for x not 0, sums of w and w x, of w |x|, of (w |x|)^2
# by contributor, variances and covariance of the sums of w and w x
VARIABLE_VECTORS = ("have", "have_records", "some", "some_records", "a", "b", "abs", "squares", "v_aa", "v_ab", "v_bb")
# By finest group (of models, quantiles, indices): contributors, sum of weights; of a variable: contributors, sums of w and w x
GROUP_VECTORS = ("n", "a")
GROUP_VARIABLE_VECTORS = ("have", "a", "b")


@dataclass(frozen=True)
class PartShape:
    """What a part of a question holds: the table's layout, that of the finest groups (None: the table's leaves), the vectors.

    `vectors`: the length of every vector by name, in the order in which they are written.
    """

    layout: Layout
    groups: Layout | None
    vectors: Mapping[str, int]
    edges: Mapping[str, tuple[float, ...]]

    @property
    def count(self) -> int:
        """How many numbers a part has."""
        return sum(self.vectors.values())

    @property
    def digest(self) -> str:
        """A hash of the shape, which all members must have in common before they send a part."""
        axes = [
            [[axis.concept, axis.codes, axis.parents] for axis in layout.axes]
            for layout in (self.layout, self.groups or Layout(()))
        ]
        text = json.dumps([axes, list(self.vectors.items()), list(self.edges.items())], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def flatten(self, vectors: Vectors) -> Floats:
        """Returns the vectors as one list of numbers. A negative zero becomes 0."""
        return np.concatenate([np.asarray(vectors[name], np.float64).reshape(-1) for name in self.vectors]) + 0.0

    def split(self, numbers: Floats) -> dict[str, Floats]:
        """Returns the vectors of such a list. Raises BadInput if it has another length."""
        if numbers.shape != (self.count,):
            raise BadInput(N_("The part has {found} numbers, not {wanted}."), found=numbers.size, wanted=self.count)
        ends = np.cumsum(list(self.vectors.values()))[:-1]
        return dict(zip(self.vectors, np.split(numbers, ends), strict=True))


def plan_part(plan: SumPlan, codes: Codes, policy: Policy) -> PartShape:
    """Returns the shape of every member's part. `codes`: all codes that any member has, by concept, with "_U" for unknown.

    Raises Refused for holdings in mode private, and for questions that sums of several nodes cannot answer: scores, models with
    numbers as terms, too many cells.
    """
    if policy.private:
        raise Refused(
            N_("The holding answers with differential privacy only; a sum over nodes would show exact numbers.")
        )
    if plan.question.scores:
        raise Refused(N_("A question with scores cannot be asked of a sum over several nodes."))
    if plan.models:
        raise Refused(N_("The terms of a model over several nodes must be codes, not numbers."))
    every = replace(policy, zeros="protect")  # the axes must not depend on which codes occur

    def axis(split: Split) -> Axis:
        return build_axis(plan, split, [], codes.get(split.concept, []), every)

    layout = Layout(tuple(axis(split) for split in plan.question.breakdown))
    groups = None
    if len(plan.splits) > len(plan.question.breakdown):
        flat = [Axis.flat(each.concept, tuple(each.positions), total=False) for each in layout.axes]
        inner = [_group_axis(plan, split, codes) for split in plan.splits[len(flat) :]]
        groups = Layout((*flat, *inner))
    cells = max(layout.cells, groups.cells if groups else 0)
    if cells > MAX_CELLS:
        raise Refused(N_("The table would have {cells} cells; the most is {most}."), cells=cells, most=MAX_CELLS)
    edges = {split.concept: _edges(plan, split) for split in plan.splits if _edges(plan, split)}
    return PartShape(layout, groups, _vector_lengths(plan, layout, groups), edges)


def _edges(plan: SumPlan, split: Split) -> tuple[float, ...]:
    return split.bands or plan.survey.variable(split.concept).edges


def _group_axis(plan: SumPlan, split: Split, codes: Codes) -> Axis:
    """The axis of a split beside the breakdown: its codes, or the numbers of its bins from -1 (unknown)."""
    edges = _edges(plan, split)
    if edges:
        return Axis.flat(split.concept, tuple(str(bin_) for bin_ in range(-1, len(edges) + 1)), total=False)
    known = sorted({cut_code(code, split.digits) for code in codes.get(split.concept, [])})
    return Axis.flat(split.concept, tuple(known), total=False)


def _vector_lengths(plan: SumPlan, layout: Layout, groups: Layout | None) -> dict[str, int]:
    found = {"whole": 1, **dict.fromkeys(CELL_VECTORS, layout.cells)}
    for number in range(len(plan.variables)):
        found |= {f"v{number}_{name}": layout.cells for name in VARIABLE_VECTORS}
        found[f"v{number}_unlike"] = 1
    found |= {f"within_{concept}": layout.cells for concept in share_dimensions(plan)}
    if groups:
        found |= {f"group_{name}": groups.cells for name in GROUP_VECTORS}
        for number in range(len(plan.variables)):
            found |= {f"group_v{number}_{name}": groups.cells for name in GROUP_VARIABLE_VECTORS}
    return found


def share_dimensions(plan: SumPlan) -> list[str]:
    """Returns the dimensions along which the question asks for shares, sorted."""
    return sorted({each.along for each in plan.question.statistics if each.kind == "share"})


def agreed_tally(plan: SumPlan, groups: pa.Table, strata: pa.Table, codes: Codes, policy: Policy) -> Tally:
    """Arranges the engine's result in the layout of `plan_part`. Raises Refused if a record has a code outside `codes`."""
    every = replace(policy, zeros="protect")
    found = build_tally(plan, groups, strata, codes, every)
    if found.layout != plan_part(plan, codes, every).layout:
        raise Refused(N_("The holding has codes that the members of the sum did not agree on."))
    return found


def prepare_tally(planned: PlannedQuestion, run: Run, codes: Codes) -> tuple[Tally, float]:
    """Fetches the sums of a question. Returns them in the agreed layout, and the contributors of the whole population."""
    expression = expressions.sum_expression(planned.sums, signed=planned.signed)
    groups = run(expression, planned.source, {})
    strata = run(expressions.strata_expression(planned.sums.survey), planned.source, {})
    return agreed_tally(planned.sums, groups, strata, codes, planned.policy), count_contributors(groups, planned.sums)


def build_part(
    tally: Tally, shape: PartShape, whole: float, minimum: int, hidden: Mask, *, veto: bool = True
) -> dict[str, Floats]:
    """Returns the vectors of a node's part. `whole`: the contributors of the population; `minimum`: the node's own.

    `hidden`: the cells that the node's plan hides (plans/answering.py, `hide_by_plan`). The sum hides them too, because the
    plans of other nodes show theirs. `veto`: so is a cell in which the node has some contributors, but fewer than its minimum.
    """
    plan, people = tally.plan, tally.contributors()
    few = (people > 0) & (people < minimum)
    found = {
        "whole": np.array([whole]),
        "n": people,
        "records": tally.records(),
        "nodes": (people > 0).astype(np.float64),
        "veto": ((few & veto) | hidden).astype(np.float64),
        "n2": people**2,
        "a": tally.cells(tally.sums("a")),
        "v_aa": cell_covariances(tally).aa,
    }
    for number, name in enumerate(plan.variables):
        total, _, squares = tally.contributions(name)
        rows, spread = tally.variable(name), cell_covariances(tally, name)
        values = (
            *(tally.contributors(name), tally.records(name)),
            *(tally.contributors(name, "some"), tally.records(name, "some")),
            *(tally.cells(rows.a), tally.cells(rows.b), total, squares, spread.aa, spread.ab, spread.bb),
        )
        found |= {f"v{number}_{each}": value for each, value in zip(VARIABLE_VECTORS, values, strict=True)}
        found[f"v{number}_unlike"] = np.array([float(not tally.is_binary(name))])
    for concept in share_dimensions(plan):
        found[f"within_{concept}"] = cell_covariances(tally, "", cells_of_shares(tally.layout, concept)).within
    if shape.groups:
        place = group_places(tally, shape.groups)
        columns = {"group_n": "n", "group_a": "a"}
        for number in range(len(plan.variables)):
            columns |= {
                f"group_v{number}_{name}": f"v{number}_{'n' if name == 'have' else name}" for name in ("have", "a", "b")
            }
        for name, column in columns.items():
            found[name] = np.bincount(place, tally.sums(column), minlength=shape.groups.cells)
    return found


def cells_of_shares(layout: Layout, along: str) -> Numbers:
    """Returns, for each cell, the cell of which it is a share: the total along the dimension `along`."""
    position = [axis.concept for axis in layout.axes].index(along)
    numbers = np.arange(layout.cells).reshape(layout.shape)
    return np.broadcast_to(numbers.take([0], axis=position), numbers.shape).reshape(-1)


def group_places(tally: Tally, groups: Layout) -> Numbers:
    """Returns the group of each row. Raises Refused for a code that the members did not agree on."""
    breakdown = len(tally.plan.question.breakdown)
    indices = list(tally.leaves)
    for axis, split in zip(groups.axes[breakdown:], tally.plan.splits[breakdown:], strict=True):
        if _edges(tally.plan, split):
            indices.append(tally.key(split) + 1)
            continue
        names = tally.codes(split)
        if set(names) - set(axis.codes):
            raise Refused(N_("The holding has codes that the members of the sum did not agree on."))
        indices.append(np.array([axis.positions[name] for name in names], np.int64)[tally.key(split)])
    return np.asarray(np.ravel_multi_index(tuple(indices), groups.shape), np.int64)


def send_part(
    tally: Tally,
    shape: PartShape,
    whole: float,
    minimum: int,
    hidden: Mask,
    mask: Callable[[Floats], bytes],
    *,
    veto: bool = True,
) -> bytes:
    """Returns the masked part of a node: its vectors leave the desk only so. Arguments: see `build_part`."""
    return mask(shape.flatten(build_part(tally, shape, whole, minimum, hidden, veto=veto)))


def send_middle(
    tally: Tally,
    statistic: Statistic,
    patterns: Codes,
    coefficients: Floats,
    mask: Callable[[Floats], bytes],
) -> bytes:
    """Returns the masked covariances (p x p) of a node's scores of a model, at the coefficients of the pooled fit.

    `patterns`: the codes of each term's concept, the reference first. A member answers with one such part for each model of a
    question: with those at a second vector of coefficients its table would follow (NETWORK.md, section 2).
    """
    return mask(score_covariances(tally, statistic, patterns, coefficients).reshape(-1) + 0.0)


def score_covariances(tally: Tally, statistic: Statistic, patterns: Codes, coefficients: Floats) -> Floats:
    """Returns (p, p): the covariances under the design of the sums of w (y - fitted) times each term.

    Raises Refused for a model of another kind, or a code that no coefficient has.
    """
    if statistic.kind not in MODEL_KINDS:
        raise Refused(N_("The terms of a model over several nodes must be codes, not numbers."))
    columns = [np.ones(tally.rows)]
    for term in statistic.terms:
        names = np.array(tally.codes(Split(term)))[tally.key(Split(term))]
        if set(names) - set(patterns[term]):
            raise Refused(N_("The holding has codes that the members of the sum did not agree on."))
        columns += [(names == code).astype(np.float64) for code in patterns[term][1:]]
    matrix = np.stack(columns)
    fitted, _ = mean_and_slope(coefficients @ matrix, statistic.family or "gaussian")
    return taylor_covariance(tally.variable(statistic.of), -matrix * fitted, matrix, tally.sample)
