"""Proposes a publication plan for a holding, from its mapping and its codes: its default plan, and a start for the custodian.

Every concept alone, every pair, and every concept by sex and age; with all measures. Tables with too many cells are left out.
Nothing here depends on what was asked, so that the default plan of a holding is always the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from math import prod
from typing import TYPE_CHECKING, Any

from bongsu.core.microdata_question import Split
from bongsu.core.publication_plan import PlannedTable, PublicationPlan
from bongsu.desk.previously_released import code_extents

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bongsu.core.mapping import Survey
    from bongsu.desk.previously_released import Codes

MAX_CODES = 40  # a concept with more codes is published by its first one and two characters
MAX_TABLE_CELLS = 1_500
MAX_PLAN_CELLS = 10_000
# Counted once for people and once for each measure: the first question waits for the solution.
MAX_DEFAULT_CELLS = 2_000
HIERARCHIES = ("OCCUPATION", "INDUSTRY")  # the first characters of their codes are groups
AGE_BANDS = (15, 25, 35, 45, 55, 65)


def list_default_plans(survey: Survey, codes: Codes) -> Iterator[PublicationPlan]:
    """Yields the default plan of a holding, and a smaller one in case that it cannot be protected. None without any codes."""
    whole = propose_plan(survey, codes, MAX_DEFAULT_CELLS)
    alone = tuple(table for table in whole.tables if len(table.by) == 1)
    yield from (replace(whole, tables=tables) for tables in dict.fromkeys((whole.tables, alone)) if tables)


def propose_plan(survey: Survey, codes: Codes, most: int = MAX_PLAN_CELLS) -> PublicationPlan:
    """Returns a plan of at most `most` cells. Not in it: integers but AGE, and concepts with many codes of one character."""
    classifications = [
        split for split in (_classify(one.concept, one.kind, codes) for one in survey.variables) if split
    ]
    measures = tuple(one.concept for one in survey.variables if one.kind == "measure")
    crossings: list[tuple[Split, ...]] = [(one,) for one in classifications]
    crossings += combinations(classifications, 2)
    people = [one for one in classifications if one.concept in ("SEX", "AGE")]
    if len(people) == 2:
        crossings += [(*people, one) for one in classifications if one not in people]
    tables, cells = [], 0
    for crossing in crossings:
        size = prod(1 + len(code_extents(split, codes)) for split in crossing)
        weight = size * (1 + len(measures))
        if size <= MAX_TABLE_CELLS and cells + weight <= most:
            tables.append(PlannedTable(crossing, measures))
            cells += weight
    return PublicationPlan(survey.name, tuple(classifications), tuple(tables))


def _classify(concept: str, kind: str, codes: Codes) -> Split | None:
    if kind == "integer":
        return Split(concept, bands=AGE_BANDS) if concept == "AGE" else None
    if kind != "code":
        return None
    known = codes.get(concept, [])
    longest = max(map(len, known), default=0)
    if len(known) <= MAX_CODES and (concept not in HIERARCHIES or longest < 2):
        return Split(concept)
    levels = Split(concept, digits=(1, 2) if len(known) > MAX_CODES else tuple(sorted({1, 2, longest})))
    return levels if len(known) <= MAX_CODES or len(code_extents(levels, codes)) < len(known) else None


def write_plan(plan: PublicationPlan) -> str:
    """Returns a plan as TOML text, which `PublicationPlan.parse` reads."""
    data = plan.to_data()
    lines = [f'format = "{data["format"]}"', f'holding = "{plan.holding}"', "[classifications]"]
    lines += [f"{concept} = {_inline(levels)}" for concept, levels in data["classifications"].items()]
    for table in data["tables"]:
        lines += ["[[tables]]", f"by = [{', '.join(map(_inline, table['by']))}]"]
        lines += [f"measures = {_list(table['measures'])}"] if table["measures"] else []
    if plan.related:
        lines.insert(2, f"related = [{', '.join(map(_list, plan.related))}]")
    for name, source in data["scores"].items():
        lines += [f"[scores.{name}]", *(f"{key} = {_inline(value)}" for key, value in source.items())]
    return "\n".join(lines) + "\n"


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_inline(each)}" for key, each in value.items()) + " }" if value else "{}"
    return _list(value) if isinstance(value, list | tuple) else f'"{value}"' if isinstance(value, str) else str(value)


def _list(values: Sequence[Any]) -> str:
    return "[" + ", ".join(map(_inline, values)) + "]"
