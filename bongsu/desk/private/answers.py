"""Answers a question with differential privacy: budget first, then sums, then noise, then statistics of the noisy sums.

Whether a question is answered depends on declarations and on the account alone, never on the data. No answer is compared with
earlier ones: the account bounds what all of them together reveal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from bongsu.core.errors import N_
from bongsu.core.microdata_question import MODEL_KINDS
from bongsu.desk.answer import Answer, Privacy
from bongsu.desk.private.budget import Account, read_account, spend
from bongsu.desk.private.estimates import estimate_cells
from bongsu.desk.private.kept_answers import (
    Numbers,
    arrange_answer,
    compute_key,
    keep_answer,
    load_answer,
    to_canonical,
)
from bongsu.desk.private.mechanisms import load_opendp
from bongsu.desk.private.models import estimate_model
from bongsu.desk.private.rules import RHO, PrivateRules, describe_weights, to_epsilon, write_amount
from bongsu.desk.private.tables import PrivatePlan, Whole, add_noise, arrange_sums, plan_tables
from bongsu.store.microdata.expressions import plan_sums
from bongsu.store.microdata.whole_sums import WholeTable, whole_sum_expression

if TYPE_CHECKING:
    import pyarrow as pa

    from bongsu.desk.planning import PlannedQuestion
    from bongsu.store.microdata.holdings import Holding
    from bongsu.store.node import Node

    Run = Callable[[Any, Any, Mapping[str, pa.Table]], pa.Table]


def answer_privately(
    node: Node, holding: Holding, planned: PlannedQuestion, rules: PrivateRules, run: Run, asker: str
) -> tuple[Answer, dict[str, Any]]:
    """Returns (the answer, what the journal keeps of it). The same question has the same answer, at no cost.

    Raises BadInput for what the mode does not offer, Refused if the budget is spent, PartMissing without OpenDP.
    """
    asked = planned.question
    canonical = to_canonical(asked, planned.codes)
    plan = plan_tables(plan_sums(canonical, planned.sums.survey), rules, planned.codes, planned.values)
    key = compute_key(canonical, planned.values)
    numbers = load_answer(node, holding, key)
    again = numbers is not None
    if numbers is None:
        load_opendp()  # what is missing is noticed before the budget is spent
        account = spend(node.journal, holding.name, rules, asker, asked.id)
        numbers = estimate(plan, fetch_sums(plan, planned, run))
        keep_answer(node, holding, key, numbers)
    else:
        account = read_account(node.journal, holding.name, rules)
    cells, models = arrange_answer(numbers, canonical, asked)
    names = tuple(split.concept for split in asked.breakdown)
    privacy = _describe_privacy(account, rules, asker, plan, again=again)
    answer = Answer(holding.name, asked.id, names, cells, models, privacy=privacy)
    kept = {"key": key, "unit": rules.unit, "amount": "0" if again else str(rules.per_question)}
    return answer, {"moments": False, "private": kept}


def fetch_sums(plan: PrivatePlan, planned: PlannedQuestion, run: Run) -> Whole:
    """Returns the exact sums of every table of a plan."""
    import pyarrow as pa

    found: dict[WholeTable, list[list[int]]] = {}
    for table in dict.fromkeys(plan.tables.values()):
        used = {name for each in table.sums for name in each.known}
        used |= {one.name for each in table.sums for one in each.factors}
        scores = {
            name: pa.table({"code": list(values), "score": pa.array(values.values(), pa.float64())})
            for name, values in planned.values.items()
            if name in used
        }
        expression = whole_sum_expression(
            table, plan.sums, records=plan.records, max_weight=plan.rules.max_weight, scores=scores
        )
        found[table] = arrange_sums(plan, table, run(expression, planned.source, scores))
    return found


def estimate(plan: PrivatePlan, whole: Whole) -> Numbers:
    """Adds noise to exact sums and returns the cells and models computed from the noisy sums."""
    noisy = add_noise(plan, whole)
    models = tuple(
        estimate_model(plan, each, noisy[plan.tables[each.name]])
        for each in plan.question.statistics
        if each.kind in MODEL_KINDS
    )
    return tuple(estimate_cells(plan, noisy)), models


def _describe_privacy(account: Account, rules: PrivateRules, asker: str, plan: PrivatePlan, *, again: bool) -> Privacy:
    cost = float(rules.per_question)
    return Privacy(
        rules.unit,
        write_amount(rules.per_question),
        float(f"{to_epsilon(cost, rules.delta):.6g}") if rules.unit == RHO else cost,
        rules.delta if rules.unit == RHO else 0.0,
        write_amount(account.left_for(asker)),
        write_amount(account.left),
        again,
        rules.max_weight,
        plan.records,
    )


def describe_privacy(privacy: Privacy, translate: Callable[[str], str]) -> list[str]:
    """Returns in words what an answer cost and what is left."""
    if privacy.again:
        text = N_("This question was answered before: it has the same answer, at no cost.")
    elif privacy.delta:
        text = N_("Cost: {cost} of {unit} (epsilon {epsilon} at delta {delta}).")
    else:
        text = N_("Cost: {cost} of {unit}.")
    delta, epsilon = f"{privacy.delta:g}", f"{privacy.epsilon:.4g}"
    cost = translate(text).format(cost=privacy.cost, unit=privacy.unit, epsilon=epsilon, delta=delta)
    left = translate(N_("Left for you: {left}; for all askers: {all}.")).format(
        left=privacy.left, all=privacy.left_of_holding
    )
    return [cost, left, describe_weights(privacy.max_weight, translate)]
