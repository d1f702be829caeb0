"""Solves a publication plan: which cells stay hidden so that everything else may be shown, in any order and for ever.

People come first, then each measure (related ones together), then the scores. The linear programmes and the audit are those of
one table (secondary_suppression.py, audit.py), over the linked cells of all tables. A cell that no table publishes is hidden
at no cost, and is protected like any other if it is sensitive.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np

from bongsu.core.errors import N_, Refused
from bongsu.core.microdata_question import Question, Split, Statistic
from bongsu.core.publication_plan import PlannedTable, PublicationPlan
from bongsu.desk.control import is_protected, scale_task
from bongsu.desk.layout import TOTAL
from bongsu.desk.plans.linked_cells import CellKey, LinkedCells
from bongsu.desk.plans.measure_tasks import LabelledTasks, list_measure_tasks, list_people_tasks
from bongsu.desk.plans.score_sums import ScoreBase, protect_scores
from bongsu.desk.previously_released import code_extents
from bongsu.desk.secondary_suppression import ProtectionTask, protect_cells

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from bongsu.desk.policy import Policy
    from bongsu.desk.previously_released import Codes
    from bongsu.desk.tally import Tally

    Mask = NDArray[np.bool_]

    # Counts a table of all people of the holding, with the totals of measures.
    CountTable = Callable[[Question], Tally]

Report = Callable[[str, int, int], None]  # what is being protected, how many are done, and of how many


@dataclass(frozen=True)
class SolvedPlan:
    """What a plan shows and hides: by measure ("" is people) the published cells and the hidden ones among them.

    `scores`: the protected sums of scores by cell.
    """

    plan: PublicationPlan
    published: Mapping[str, frozenset[CellKey]]
    hidden: Mapping[str, frozenset[CellKey]]
    scores: Mapping[str, ScoreBase]


@dataclass(frozen=True)
class EarlierCells:
    """What answers before the plan have shown or hidden: cells by measure ("" is people), and sums of scores."""

    shown: Mapping[str, frozenset[CellKey]]
    hidden: Mapping[str, frozenset[CellKey]]
    scores: Mapping[str, ScoreBase]


def solve_plan(
    plan: PublicationPlan,
    codes: Codes,
    policy: Policy,
    count: CountTable,
    score_values: Mapping[str, Mapping[str, float]],
    find_earlier: Callable[[Sequence[CellKey]], EarlierCells] = lambda keys: EarlierCells({}, {}, {}),
    report: Report = lambda name, done, most: None,
) -> SolvedPlan:
    """Solves a plan. Raises Refused if it cannot be protected. `score_values`: the number of every code, by score."""
    dimensions = widest_tables(plan, codes)
    measures = tuple(name for name in plan.measures if name not in score_values)
    tallies = [count(_question_of(plan, by, measures)) for by in dimensions]
    linked = LinkedCells.from_layouts([tally.layout for tally in tallies])
    earlier = find_earlier(linked.keys)
    published = {name: _publish(plan, linked, codes, name) for name in ("", *plan.measures)}
    stages = [("",), *group_measures(plan.related, measures)]
    steps = len(stages) + len(score_values)

    report("", 0, steps)
    people = _combine(linked, [list_people_tasks(tally, policy) for tally in tallies])
    hidden = {"": _protect(linked, people.values(), ~published[""], _masks(linked, "", earlier))}
    for done, group in enumerate(stages[1:], 1):
        report(group[0], done, steps)
        names = {name: [list_measure_tasks(tally, name, policy) for tally in tallies] for name in group}
        tasks = [task for parts in names.values() for task in _combine(linked, parts).values()]
        start = hidden[""] | ~reduce(np.logical_or, [published[name] for name in group])
        known = reduce(_either, [_masks(linked, name, earlier) for name in group])
        found = _protect(linked, tasks, start, known)
        hidden |= dict.fromkeys(group, found)
    scores: dict[str, ScoreBase] = {}
    if score_values:
        report(next(iter(score_values)), len(stages), steps)
        values = {name: (dict(plan.scores)[name].by, found) for name, found in score_values.items()}
        weight = people.get("weight", people["people"])
        scores = protect_scores(
            linked,
            tallies,
            weight,
            hidden[""],
            {name: published[name] for name in values},
            values,
            policy,
            earlier.scores,
        )
        for name, base in scores.items():
            hidden[name] = ~np.array([key in base.amounts for key in linked.keys], bool)
    report("", steps, steps)
    return SolvedPlan(
        plan,
        {name: _keys(linked, mask) for name, mask in published.items()},
        {name: _keys(linked, hidden[name] & published[name]) for name in published},
        scores,
    )


def widest_tables(plan: PublicationPlan, codes: Codes) -> list[tuple[Split, ...]]:
    """Returns the dimensions of the tables that contain all others; with scores, also the codes that have the numbers."""
    by_score = {name: source.by for name, source in plan.scores}
    found: list[dict[str, Split]] = []
    for table in plan.tables:
        dimensions = {split.concept: split for split in table.by}
        for name in table.measures:
            if name in by_score:
                concept = by_score[name]
                whole = next((one for one in plan.classifications if one.concept == concept), Split(concept))
                dimensions[concept] = _every_code(whole, codes.get(concept, []))
        found.append(dimensions)
    widest = [
        one
        for number, one in enumerate(found)
        if not any(
            _contains(other, one) and (not _contains(one, other) or place < number) for place, other in enumerate(found)
        )
    ]
    return [tuple(one.values()) for one in widest]


def _every_code(split: Split, codes: Sequence[str]) -> Split:
    """Returns the split with one more level, of whole codes."""
    longest = max((len(code) for code in codes), default=0)
    return replace(split, digits=(*split.digits, longest)) if split.digits and split.digits[-1] < longest else split


def _contains(wide: Mapping[str, Split], narrow: Mapping[str, Split]) -> bool:
    return all(concept in wide and len(split.digits) <= len(wide[concept].digits) for concept, split in narrow.items())


def _question_of(plan: PublicationPlan, by: tuple[Split, ...], measures: Sequence[str]) -> Question:
    statistics = (Statistic("count"), Statistic("total"), *(Statistic("total", of=name) for name in measures))
    return Question(plan.holding, statistics, (), by)


def group_measures(related: Sequence[Sequence[str]], measures: Sequence[str]) -> list[tuple[str, ...]]:
    """Returns the measures, related ones together."""
    groups: list[set[str]] = []
    for group in (*related, *((name,) for name in measures)):
        touching = [each for each in groups if each & set(group)]
        groups = [each for each in groups if each not in touching] + [set(group).union(*touching)]
    return [tuple(name for name in measures if name in group) for group in groups if group & set(measures)]


def published_codes(table: PlannedTable, codes: Codes) -> dict[str, frozenset[str]]:
    """Returns the codes of every dimension of a table, the total and all levels included."""
    return {split.concept: frozenset({TOTAL, *code_extents(split, codes)}) for split in table.by}


def _publish(plan: PublicationPlan, linked: LinkedCells, codes: Codes, measure: str) -> Mask:
    """Returns a mask of the cells in a table that has the measure; "": in any table."""
    found = np.zeros(linked.cells, bool)
    for table in plan.tables:
        if measure and measure not in table.measures:
            continue
        allowed = published_codes(table, codes)
        for layout, numbers in zip(linked.layouts, linked.numbers, strict=True):
            inside = np.ones(layout.shape, bool)
            for position, axis in enumerate(layout.axes):
                among = allowed.get(axis.concept, frozenset({TOTAL}))
                shape = [-1 if place == position else 1 for place in range(len(layout.axes))]
                inside &= np.array([code in among for code in axis.codes]).reshape(shape)
            found[numbers[inside.reshape(-1)]] = True
    return found


def _combine(linked: LinkedCells, parts: Sequence[LabelledTasks]) -> LabelledTasks:
    """Joins the tasks of all tables that have the same label."""
    found = {}
    for label in dict.fromkeys(label for part in parts for label in part):
        tasks = [part[label] for part in parts]
        joint = ProtectionTask(
            values=linked.gather([task.values for task in tasks]),
            up=linked.gather([task.up for task in tasks]),
            down=linked.gather([task.down for task in tasks]),
            fixed=linked.gather([task.fixed for task in tasks]).astype(bool),
            alone=linked.gather([task.alone for task in tasks]).astype(bool),
        )
        found[label] = scale_task(joint)
    return found


def _masks(linked: LinkedCells, name: str, earlier: EarlierCells) -> tuple[Mask, Mask]:
    """Returns masks of the cells that were shown and hidden before."""
    shown, hidden = (each.get(name, frozenset()) for each in (earlier.shown, earlier.hidden))
    return np.array([key in shown for key in linked.keys]), np.array([key in hidden for key in linked.keys])


def _either(one: tuple[Mask, Mask], other: tuple[Mask, Mask]) -> tuple[Mask, Mask]:
    return one[0] | other[0], one[1] | other[1]


def _protect(
    linked: LinkedCells,
    tasks: Iterable[ProtectionTask],
    hidden: Mask,
    earlier: tuple[Mask, Mask],
) -> Mask:
    """Returns the hidden cells that protect all tasks. Raises Refused if the audit finds a cell that is not protected."""
    shown, concealed = earlier
    known = [replace(task, fixed=task.fixed | (shown & ~concealed)) for task in tasks]
    hidden = hidden | concealed
    try:
        for task in known:
            hidden = protect_cells(linked, task, hidden)
        protected = is_protected(linked, known, hidden)
    except Refused:
        protected = False
    if not protected:
        raise Refused(
            N_("The plan cannot be protected as a whole."),
            fix=N_("Publish fewer crossings, or fewer levels of a classification."),
        )
    return hidden


def _keys(linked: LinkedCells, mask: Mask) -> frozenset[CellKey]:
    return frozenset(linked.keys[int(cell)] for cell in np.flatnonzero(mask[: len(linked.keys)]))
