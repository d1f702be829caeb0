"""Simulated people of a small town as a holding, and a desk to ask about it, for the desk's tests."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from bongsu.core.microdata_question import Question
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.answer import Answer
from bongsu.desk.asking import Desk
from bongsu.desk.cell_statistics import evaluate_cells, evaluate_models
from bongsu.desk.planning import check_terms, plan_question
from bongsu.desk.plans.protected_base import ProtectedBase
from bongsu.desk.policy import Policy
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

Person = dict[str, str]
MAPPING = """
name = "{name}"
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
[concepts.EARNINGS]
column = "pay"
kind = "measure"
low = 0
edges = [0, 1000, 2000, 3000, 4000, 6000]
{design}
[policy]
{policy}
"""


def people(number: int = 600, seed: int = 1) -> list[Person]:
    """`number` people, some of them alone in their job, their age or their region."""
    random = np.random.default_rng(seed)
    jobs = ["11", "12", "21", "22", "23", "31", "01"]
    shares = [0.3, 0.25, 0.2, 0.15, 0.06, 0.03, 0.01]
    return [
        {
            "sex": str(random.choice(["F", "M"])),
            "age": str(int(random.integers(15, 75))),
            "job": str(random.choice(jobs, p=shares)),
            "region": str(random.choice(["N", "S", "W"], p=[0.6, 0.37, 0.03])),
            "pay": f"{random.lognormal(7.4, 0.5):.2f}",
            "weight": f"{random.uniform(50, 150):.3f}",
        }
        for _ in range(number)
    ]


def write(path: Path, rows: list[Person]) -> Path:
    """The people as a CSV file."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


class Town:
    """A node with a holding of people, and its desk."""

    def __init__(self, folder: Path, rows: list[Person], *, design: str = "", policy: str = "") -> None:
        self.folder = folder
        self.rows = rows
        folder.mkdir(exist_ok=True)
        self.node = Node.create(folder / "town")
        (self.node.root / "secret.key").write_text("5" * 64)
        self.holdings = Holdings(self.node)
        self.desk = Desk(self.node, self.holdings)
        self.design, self.policy = design, policy
        self.add("town", rows)

    def add(self, name: str, rows: list[Person], despite: str = "") -> None:
        """Another holding of such people."""
        mapping = MAPPING.format(name=name, design=self.design, policy=self.policy)
        self.holdings.add(write(self.folder / f"{name}.csv", rows), mapping, check=Policy.from_data, despite=despite)

    def ask(
        self,
        breakdown: Iterable[Any] = (),
        statistics: Iterable[Mapping[str, Any]] = ({"kind": "count"},),
        where: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The desk's answer to a question."""
        data = {
            "holding": "town",
            "breakdown": list(breakdown),
            "statistics": list(statistics),
            "where": where or {},
        }
        return self.desk.ask(Question.from_data(data))

    def compute(
        self,
        breakdown: Iterable[Any] = (),
        statistics: Iterable[Mapping[str, Any]] = ({"kind": "count"},),
        where: Mapping[str, Any] | None = None,
    ) -> Answer:
        """The statistics of a question by the functions of the desk, with every cell and digit: nothing is protected."""
        data = {"holding": "town", "breakdown": list(breakdown), "statistics": list(statistics), "where": where or {}}
        return compute(self.node, self.holdings, Question.from_data(data))


def compare_alone(town: Town, question: Question, scores: Mapping[str, Mapping[str, float]]) -> Answer:
    """The answer to a question with scores as if the plan of the holding showed nothing."""
    planned = plan_question(town.node, town.holdings, town.holdings.get("town"), question, scores)
    nothing = ProtectedBase(0, PublicationPlan("town", (), ()), {"": frozenset()}, {})
    return town.desk._compare(planned, nothing)[0]


def compute(node: Node, holdings: Holdings, question: Question, scores: Any = None) -> Answer:
    """The statistics of a question, without protection."""
    planned = plan_question(node, holdings, holdings.get(question.holding), question, scores)
    check_terms(planned)
    tally = Desk(node, holdings).count_table(planned)
    models = tuple(evaluate_models(tally, planned.policy))
    cells = tuple(evaluate_cells(tally, np.zeros(tally.layout.cells, bool), planned.policy))
    return Answer(question.holding, question.id, tuple(split.concept for split in question.breakdown), cells, models)


def values(answer: Answer, statistic: str = "count") -> dict[tuple[str, ...], float | None]:
    """What an answer shows of a statistic, by cell; None where it is hidden."""
    return {cell.codes: cell.value for cell in answer.cells if cell.statistic == statistic}
