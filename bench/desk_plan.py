"""Benchmarks the publication plan: solving it, and what a session of honest questions shows, in several orders.

    python bench/desk_plan.py [MAPPING.toml DATA.csv]

Without arguments the data are 20,000 made-up people. The plan is the proposed one, for people only; its tables are asked in
three orders. Then a holding without a plan is asked one question, so that its default plan is solved. Targets: no question is
refused in any order, and the first question of a holding without a plan waits for less than a minute.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np

from bongsu.core.errors import Refused
from bongsu.core.mapping import Survey
from bongsu.core.microdata_question import Question, Statistic
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.asking import Desk
from bongsu.desk.plans.default_plan import propose_plan
from bongsu.desk.plans.description import describe_plan
from bongsu.desk.plans.setting import set_plan
from bongsu.desk.policy import Policy
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

MAPPING = """
name = "bench"
[concepts.SEX]
column = "sex"
[concepts.AGE]
column = "age"
kind = "integer"
[concepts.OCCUPATION]
column = "job"
width = 2
[concepts.REGION]
column = "region"
"""


def make_up_people(folder: Path) -> tuple[Path, Path]:
    """Writes a mapping and 20,000 people of 30 occupations and 12 regions, some of them rare."""
    draw = np.random.default_rng(3)
    jobs, regions = [f"{n}" for n in range(11, 41)], [f"R{n:02}" for n in range(12)]
    shares = [1 / (n + 1) for n in range(42)]
    rows = zip(
        draw.choice(["F", "M"], 20_000),
        draw.integers(15, 80, 20_000),
        draw.choice(jobs, 20_000, p=np.array(shares[:30]) / sum(shares[:30])),
        draw.choice(regions, 20_000, p=np.array(shares[:12]) / sum(shares[:12])),
        strict=True,
    )
    lines = ["sex,age,job,region", *(",".join(map(str, row)) for row in rows)]
    (folder / "people.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "people.toml").write_text(MAPPING, encoding="utf-8")
    return folder / "people.toml", folder / "people.csv"


def add_holding(folder: Path, mapping: Path, data: Path) -> tuple[Node, Holdings, Survey]:
    """Makes a node with the holding."""
    node = Node.create(folder)
    holdings = Holdings(node)
    holding, _ = holdings.add(data, mapping.read_text(encoding="utf-8"), check=Policy.from_data)
    return node, holdings, holdings.survey(holding.name)


def make_questions(plan: PublicationPlan) -> list[Question]:
    """Makes questions: the tables of the plan, and those that contain one of them, with other statistics."""
    found = [Question(plan.holding, (Statistic("count"),), (), table.by) for table in plan.tables]
    for one, other in combinations(plan.tables, 2):
        narrow = {split.concept for split in one.by} < {split.concept for split in other.by}
        if narrow and len(found) < 24:
            found.append(Question(plan.holding, (Statistic("count"), Statistic("total")), (), other.by[::-1]))
    return found[:24]


def ask_all(desk: Desk, questions: list[Question]) -> tuple[int, int, float]:
    """Returns the number of shown counts, of refused questions, and the seconds."""
    shown, refused, start = 0, 0, time.perf_counter()
    for question in questions:
        try:
            shown += sum(cell.value is not None for cell in desk.ask(question).cells if cell.statistic == "count")
        except Refused:
            refused += 1
    return shown, refused, time.perf_counter() - start


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        mapping, data = map(Path, sys.argv[1:3]) if len(sys.argv) > 2 else make_up_people(Path(folder))
        node, holdings, survey = add_holding(Path(folder) / "plan", mapping, data)
        codes = holdings.codes(survey.name)
        proposed = propose_plan(survey, codes)
        plan = replace(proposed, tables=tuple(replace(table, measures=()) for table in proposed.tables))
        start = time.perf_counter()
        base = set_plan(node, holdings, Desk(node, holdings), plan)
        rows = describe_plan(base, codes)
        cells, hidden = sum(row.cells for row in rows), sum(row.hidden for row in rows)
        print(f"plan of {len(rows)} tables, {cells} cells: {hidden} hidden, {time.perf_counter() - start:.1f} s")
        questions = make_questions(plan)
        orders = {"in order": questions, "backwards": questions[::-1]}
        orders["shuffled"] = random.Random(7).sample(questions, len(questions))
        for name, order in orders.items():
            shown, refused, seconds = ask_all(Desk(node, holdings), order)
            print(f"with the plan, {name}: {shown} shown, {refused} of {len(order)} refused, {seconds:.1f} s")
        other, held, _ = add_holding(Path(folder) / "default", mapping, data)
        start = time.perf_counter()
        Desk(other, held).ask(Question(survey.name, (Statistic("count"),), (), ()))
        print(f"first question of a holding without a plan: {time.perf_counter() - start:.1f} s")


if __name__ == "__main__":
    main()
