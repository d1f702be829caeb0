"""Sets the plan of a holding: checks it, solves it with regard to everything that was shown before, and seals it.

A holding that is asked before anybody set a plan gets its default plan. A default plan from which nothing was answered yet may
be replaced by any other. Not here: the file of a sealed plan (protected_base.py), what is in a default plan (default_plan.py).
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from bongsu.core.errors import N_, BadInput, Refused, unknown_name
from bongsu.core.microdata_question import Question, Statistic
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.layout import TOTAL
from bongsu.desk.planning import Scores, plan_question
from bongsu.desk.plans.default_plan import list_default_plans
from bongsu.desk.plans.lookup import PlanLookup
from bongsu.desk.plans.protected_base import (
    ProtectedBase,
    lock_desk,
    next_number,
    read_base,
    require_same_holding,
    write_base,
)
from bongsu.desk.plans.solving import EarlierCells, Report, group_measures, solve_plan
from bongsu.desk.policy import is_private
from bongsu.desk.previously_released import code_extents, condition_extent, intersect_extents
from bongsu.desk.released_tables import ReleasedTable, read_released_tables

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bongsu.desk.asking import Desk
    from bongsu.desk.plans.linked_cells import CellKey
    from bongsu.desk.previously_released import Codes
    from bongsu.desk.tally import Tally
    from bongsu.store.microdata.holdings import Holding, Holdings
    from bongsu.store.node import Node


def set_plan(
    node: Node,
    holdings: Holdings,
    desk: Desk,
    plan: PublicationPlan,
    report: Report = lambda name, done, most: None,
    scores: Scores | None = None,
) -> ProtectedBase:
    """Solves a plan and stores it.

    Raises UnknownName or BadInput if it does not fit the holding, Refused if it cannot be protected. Tables of the holding's
    earlier plan remain; cells that earlier answers have shown stay shown, hidden ones stay hidden. Questions wait meanwhile.
    `scores`: numbers by code, by default from releases.
    """
    with lock_desk(node):
        base = _solve(node, holdings, desk, plan, report, scores)
        write_base(node, base)
    return base


def solve_default_plan(node: Node, holdings: Holdings, desk: Desk, name: str) -> ProtectedBase:
    """Solves and stores the default plan of a holding that has no plan; else returns the plan that it has. Questions wait.

    Raises UnknownName, BadInput for a holding in mode private, and as `read_or_solve_base`.
    """
    holding = holdings.get(name)
    if is_private(holdings.survey(name)):
        raise BadInput(N_("“{holding}” is in mode “private”, so it needs no plan."), holding=name)
    with lock_desk(node):
        return read_or_solve_base(node, holdings, desk, holding)


def read_usable_base(node: Node, holdings: Holdings, holding: Holding) -> ProtectedBase | None:
    """Returns the base of a holding's plan, or None without one. Raises Refused if it was solved for other records."""
    base = read_base(node, holding.name)
    if base is not None:
        require_same_holding(base, holdings, holding)
    return base


def read_or_solve_base(node: Node, holdings: Holdings, desk: Desk, holding: Holding) -> ProtectedBase:
    """Returns the base of a holding's plan; without a plan, solves its default plan and stores it first.

    The desk must be locked (`lock_desk`). Raises Refused if no default plan can be protected, or the plan is for other records.
    """
    base = read_usable_base(node, holdings, holding)
    if base is not None:
        return base
    for plan in list_default_plans(holdings.survey(holding.name), holdings.codes(holding.name)):
        try:
            base = _solve(node, holdings, desk, plan)
        except Refused:
            continue  # a smaller one may be possible
        base = replace(base, default=True)
        write_base(node, base)
        return base
    raise Refused(
        N_("No default plan of “{holding}” can be protected."),
        fix=N_("Its custodian can set a smaller one: bongsu desk plan {holding} --set PLAN.toml"),
        holding=holding.name,
    )


def _solve(
    node: Node,
    holdings: Holdings,
    desk: Desk,
    plan: PublicationPlan,
    report: Report = lambda name, done, most: None,
    scores: Scores | None = None,
) -> ProtectedBase:
    holding = holdings.get(plan.holding)
    records, mapping = holdings.hash_contents(holding)
    before = read_base(node, plan.holding)
    if before is not None and (before.records != records or not _binds(node, before)):
        before = None  # another file under the name of one that was dropped, or a default plan that answered nothing
    if before is not None:
        plan = _extend_plan(before.plan, plan)
    measures = tuple(name for name in plan.measures if name not in dict(plan.scores))
    statistics = (Statistic("count"), *(Statistic("total", of=name) for name in plan.measures))
    whole = plan_question(node, holdings, holding, Question(plan.holding, statistics, scores=plan.scores), scores)
    _check_measures(plan)
    for name, base in before.scores.items() if before else ():
        if whole.values.get(name) != base.values:
            raise BadInput(N_("The numbers of the scores “{name}” have changed since they were published."), name=name)
    remembered = read_released_tables(node.journal, whole.question, whole.sums)

    def count(question: Question) -> Tally:
        planned = plan_question(node, holdings, holding, question, scores)
        return desk.count_table(planned, extremes=True)

    def earlier(keys: Sequence[CellKey]) -> EarlierCells:
        asked = _cells_of_tables(plan, remembered, whole.codes)
        return _merge_cells(asked, _cells_of_plan(before, keys, whole.codes)) if before else asked

    solved = solve_plan(plan, whole.codes, whole.policy, count, whole.values, earlier, report)
    if set(remembered) - {ReleasedTable.whole_holding()}:  # the number of records is a cell of the plan
        tables = [table for name in ("", *measures) for table in list_shown_tables(solved.plan, solved.hidden, name)]
        try:
            desk.refuse_disclosure(whole, remembered, tables)
        except Refused:
            raise Refused(
                N_(
                    "With the number of records and answers given before, this plan would reveal a group of too few people."
                ),
                fix=N_("Use the bands and levels of the earlier questions, or publish fewer crossings."),
            ) from None
    number = next_number(node, plan.holding)
    return ProtectedBase(number, solved.plan, solved.hidden, solved.scores, records, mapping)


def _binds(node: Node, base: ProtectedBase) -> bool:
    """Whether a later plan must extend this one: its custodian set it, or a question was answered from it."""
    return not base.default or any(
        line.event == "answered" and line.subject == base.plan.holding and line.detail.get("plan") == base.number
        for line in node.journal.lines()
    )


def _check_measures(plan: PublicationPlan) -> None:
    """Raises BadInput for a measure that is a classification too, UnknownName for a score by something that is none."""
    known = {split.concept for split in plan.classifications}
    for name in plan.measures:
        if name in known:
            raise BadInput(
                N_(
                    "“{name}” is a classification of the plan, so its total cannot be a measure: it would show small groups."
                ),
                where="tables",
                name=name,
            )
    for name, source in plan.scores:
        if source.by not in known:
            raise unknown_name(N_("classification of the plan"), source.by, known, where=f"scores.{name}.by")


def _extend_plan(before: PublicationPlan, plan: PublicationPlan) -> PublicationPlan:
    """Returns the plan with the tables of the one before. Raises BadInput if a classification was changed."""
    now = {split.concept: split for split in plan.classifications}
    for split in before.classifications:
        new = now.setdefault(split.concept, split)
        if (
            new.bands != split.bands
            or new.digits[: len(split.digits)] != split.digits
            or bool(new.digits) != bool(split.digits)
        ):
            raise BadInput(
                N_("The classification of “{concept}” is published already and cannot change."),
                where=f"classifications.{split.concept}",
                fix=N_("Keep its bands, and add levels only below its lowest."),
                concept=split.concept,
            )
    tables = (*plan.tables, *(table for table in before.tables if table not in plan.tables))
    scores = dict(before.scores) | dict(plan.scores)
    changed = [name for name, source in before.scores if scores[name] != source]
    if changed:
        raise BadInput(
            N_("The scores “{name}” are published already and cannot change."),
            where=f"scores.{changed[0]}",
            name=changed[0],
        )
    related = (*plan.related, *before.related)
    for group in group_measures(related, before.measures):
        if group not in group_measures(
            before.related, before.measures
        ):  # cells that were shown would have to be hidden
            raise BadInput(
                N_("“{names}” are published already and cannot become related."),
                where="related",
                names=", ".join(group),
            )
    return replace(
        plan, classifications=tuple(now.values()), tables=tables, related=related, scores=tuple(sorted(scores.items()))
    )


def _cells_of_plan(before: ProtectedBase, keys: Sequence[CellKey], codes: Codes) -> EarlierCells:
    lookup = PlanLookup(before, codes)
    names = ("", *before.plan.measures)
    shown = {
        name: frozenset(
            key for key in keys if lookup.is_published(key, name) and not lookup.is_any_hidden([key], [name])
        )
        for name in names
    }
    return EarlierCells(shown, before.hidden, before.scores)


def _merge_cells(one: EarlierCells, other: EarlierCells) -> EarlierCells:
    """Joins what answers and plans have shown and hidden; what a later one has shown is known."""

    def join(a: Mapping[str, frozenset[CellKey]], b: Mapping[str, frozenset[CellKey]]) -> dict[str, frozenset[CellKey]]:
        return {name: a.get(name, frozenset()) | b.get(name, frozenset()) for name in {**a, **b}}

    shown = join(one.shown, other.shown)
    hidden = {name: keys - shown.get(name, frozenset()) for name, keys in join(one.hidden, other.hidden).items()}
    return EarlierCells(shown, hidden, other.scores)


def _cells_of_tables(plan: PublicationPlan, tables: Sequence[ReleasedTable], codes: Codes) -> EarlierCells:
    """Returns the cells of the plan that earlier tables have shown or hidden; sums of several cells are not among them."""
    lookup = PlanLookup(ProtectedBase(0, plan, {}, {}), codes)
    shown: dict[str, set[CellKey]] = {name: set() for name in ("", *plan.measures)}
    hidden: dict[str, set[CellKey]] = {name: set() for name in ("", *plan.measures)}
    for table in tables:
        outside = {one.concept: condition_extent(one, codes) for one in table.where}
        nodes = [
            [(split.concept, code, extent) for code, extent in code_extents(split, codes).items()]
            + ([(split.concept, TOTAL, None)] if table.margins else [])
            for split in table.breakdown
        ]
        for chosen in product(*nodes):
            inside = {concept: intersect_extents(extent, outside.get(concept)) for concept, _, extent in chosen}
            parts = lookup.find_parts({**outside, **inside})
            if parts is None or len(parts) != 1:
                continue
            concealed = tuple(code for _, code, _ in chosen) in table.hidden
            if concealed:
                for name in table.variables or {""}:
                    hidden.get(name, set()).add(parts[0])
            else:
                for name in ("", *table.variables):
                    shown.get(name, set()).add(parts[0])
    return EarlierCells(
        {name: frozenset(keys - hidden[name]) for name, keys in shown.items()},
        {name: frozenset(keys) for name, keys in hidden.items()},
        {},
    )


def list_all_shown(base: ProtectedBase) -> list[ReleasedTable]:
    """Returns all that a base shows, of people and of its measures, as tables."""
    return [table for name in ("", *base.plan.measures) for table in list_shown_tables(base.plan, base.hidden, name)]


def list_shown_tables(
    plan: PublicationPlan, hidden: Mapping[str, frozenset[CellKey]], name: str
) -> list[ReleasedTable]:
    """Returns what a plan shows of a measure ("" is people), as tables."""
    found = []
    for table in plan.tables:
        if name and name not in table.measures:
            continue
        order = {split.concept: place for place, split in enumerate(table.by)}
        concealed = set()
        for key in hidden[name] | hidden[""]:
            if all(concept in order for concept, _ in key):
                codes = [TOTAL] * len(order)
                for concept, code in key:
                    codes[order[concept]] = code
                concealed.add(tuple(codes))
        variables = frozenset({name} if name else ())
        found.append(ReleasedTable((), table.by, True, frozenset(concealed), variables, variables))
    return found
