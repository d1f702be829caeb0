"""Attacks on the desk: no sequence of questions lets a reader isolate a contributor from the answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

from bongsu.core.errors import BadInput, Refused
from bongsu.core.microdata_question import Split
from bongsu.desk.answer import Answer
from bongsu.desk.layout import TOTAL
from bongsu.desk.tally import band_code
from tests.desk.town import MAPPING, Person, Town, compare_alone, people, values, write

BANDS = {"concept": "AGE", "bands": [25, 45, 65]}
LEVELS = {"concept": "OCCUPATION", "digits": [1, 2]}
COLUMNS = {"SEX": "sex", "AGE": "age", "OCCUPATION": "job", "REGION": "region"}


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path, people())


# --- an attacker of our own, who shares no code with the guard: linear programmes over all that was answered


class Attacker:
    """Combines all answers: computes how many people of a kind there can be, as whole numbers of at least 0."""

    def __init__(self, rows: list[Person]) -> None:
        self.rows = rows
        self.kinds = sorted({(r["sex"], r["age"], r["job"], r["region"]) for r in rows})
        self.true = np.array(
            [sum(kind == (r["sex"], r["age"], r["job"], r["region"]) for r in rows) for kind in self.kinds]
        )
        self.equations: list[tuple[np.ndarray, float]] = []

    def listen(self, answer: Answer, where: dict[str, Any], breakdown: list[Any]) -> None:
        """Takes down every count that is shown."""
        inside = np.array([self.meets(kind, where) for kind in self.kinds])
        for codes, value in values(answer).items():
            if value is not None:
                member = [
                    all(self.stands(kind, split, code) for split, code in zip(breakdown, codes, strict=True))
                    for kind in self.kinds
                ]
                self.equations.append(((inside & np.array(member, bool)).astype(float), value))

    def value(self, kind: tuple[str, ...], concept: str) -> str:
        return kind[["SEX", "AGE", "OCCUPATION", "REGION"].index(concept)]

    def meets(self, kind: tuple[str, ...], where: dict[str, Any]) -> bool:
        for concept, condition in where.items():
            value = self.value(kind, concept)
            if isinstance(condition, list):
                if value not in condition:
                    return False
            elif not condition.get("from", 0) <= int(value) <= condition.get("to", 999):
                return False
        return True

    def stands(self, kind: tuple[str, ...], split: Any, code: str) -> bool:
        split = {"concept": split} if isinstance(split, str) else split
        value = self.value(kind, split["concept"])
        if code == TOTAL:
            return True
        if "bands" in split:
            bands = tuple(split["bands"])
            return band_code(Split("AGE", bands=bands), int(np.searchsorted(bands, int(value), side="right"))) == code
        return value.startswith(code) if "digits" in split else value == code

    def groups(self) -> Iterator[np.ndarray]:
        """The kinds that people look for: whoever shares one, two or three of four traits."""
        for known in product((False, True), repeat=4):
            if any(known):
                keys = [tuple(v if k else "" for v, k in zip(kind, known, strict=True)) for kind in self.kinds]
                for key in dict.fromkeys(keys):
                    yield np.array([each == key for each in keys])

    def isolates(self, minimum: int = 10) -> list[tuple[int, float, float]]:
        """(true number, least, most possible) of every small group whose number is certain."""
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.setOptionValue("simplex_strategy", 4)
        size = len(self.kinds)
        for _ in range(size):
            solver.addVar(0.0, highspy.kHighsInf)
        for row, value in self.equations:
            (columns,) = np.nonzero(row)
            solver.addRow(value, value, len(columns), columns.astype(np.int32), row[columns])
        found = []
        for group in self.groups():
            number = int(self.true[group].sum())
            if not 0 < number < minimum:
                continue
            ends = []
            for sign in (1.0, -1.0):
                solver.changeColsCost(size, np.arange(size, dtype=np.int32), sign * group.astype(float))
                solver.run()
                unbounded = solver.getModelStatus() != highspy.HighsModelStatus.kOptimal
                ends.append(-np.inf if unbounded else solver.getInfo().objective_function_value)
            if -ends[1] - ends[0] < 0.5:
                found.append((number, ends[0], -ends[1]))
        return found


QUESTIONS: list[tuple[list[Any], dict[str, Any]]] = [
    (["SEX", BANDS], {}),
    ([LEVELS], {}),
    ([LEVELS, "SEX"], {}),
    (["OCCUPATION", "REGION"], {}),
    (["REGION", "SEX"], {}),
    ([{"concept": "AGE", "bands": [25, 46, 65]}], {}),
    ([{"concept": "AGE", "bands": [26, 45, 65]}, "SEX"], {}),
    (["SEX"], {"AGE": {"from": 20, "to": 64}}),
    (["SEX"], {"AGE": {"from": 20, "to": 65}}),
    ([], {"OCCUPATION": ["11", "12", "21", "22", "23", "31"]}),
    (["SEX"], {"OCCUPATION": ["11", "12", "21", "22", "23"]}),
    ([], {"REGION": ["N", "S"]}),
    ([BANDS], {"REGION": ["N"]}),
    ([BANDS, "OCCUPATION", "SEX"], {}),
    ([{"concept": "OCCUPATION", "digits": [1]}, "REGION", "SEX"], {}),
    ([], {}),
]


@pytest.mark.parametrize("seed", [1, 3])
def test_no_sequence_of_questions_isolates_anybody(tmp_path: Path, seed: int) -> None:
    rows = people(seed=seed)
    town, attacker = Town(tmp_path, rows), Attacker(rows)
    order = np.random.default_rng(seed).permutation(len(QUESTIONS))
    answered = 0
    for breakdown, where in (QUESTIONS[i] for i in order):
        try:
            answer = town.ask(breakdown, where=where)
        except Refused:
            continue
        answered += 1
        attacker.listen(answer, where, breakdown)
    assert answered >= 6  # a desk that refuses every question would also pass
    assert not attacker.isolates()


def test_the_attacker_would_succeed_without_the_guard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the small cells are hidden, and no others that protect them."""
    monkeypatch.setattr("bongsu.desk.plans.solving._protect", lambda linked, tasks, hidden, earlier: hidden)
    rows = people()
    town, attacker = Town(tmp_path, rows), Attacker(rows)
    for breakdown, where in QUESTIONS:
        with suppress(Refused):
            attacker.listen(town.ask(breakdown, where=where), where, breakdown)
    assert attacker.isolates()


# --- one attack each


def test_refuses_holding_that_repeats_records_of_another(town: Town) -> None:
    for rows in (town.rows[1:], [*town.rows, town.rows[0]], [*town.rows[1:], town.rows[1]], town.rows):
        with pytest.raises(Refused, match="Almost all of these records are already in “town”"):
            town.add("again", rows)
    town.holdings.drop("town")
    with pytest.raises(Refused):  # its earlier answers still count
        town.add("again", town.rows[1:])
    with pytest.raises(Refused, match="These records were stored before as “town”"):
        town.add("again", town.rows)
    town.add("town", town.rows)  # the same records under the same name are accepted


def test_refuses_copies_and_editions_of_a_holding(tmp_path: Path) -> None:
    """An edition with 12 other records, the file without a column, weights of four digits: all answered what was refused."""
    design = '[design]\nweight = "weight"\n'
    town = Town(tmp_path, people(300), design=design)
    other = people(300, seed=9)
    mapping = MAPPING.format(name="again", design=design, policy="")
    editions = {
        "twelve others": ([*town.rows[12:], *other[:12]], mapping),
        "weights rounded": ([{**row, "weight": f"{float(row['weight']):.4g}"} for row in town.rows], mapping),
        "no region": (town.rows, mapping.replace('[concepts.REGION]\ncolumn = "region"\n', "")),
        "another name": (town.rows, mapping.replace("[concepts.REGION]", "[concepts.PLACE]")),
    }
    for number, (name, (rows, text)) in enumerate(editions.items()):
        path = write(tmp_path / f"{number}.csv", rows)
        with pytest.raises(Refused, match="a copy or another edition"):
            town.holdings.add(path, text)
        assert [holding.name for holding in town.holdings.all()] == ["town"], name
    town.holdings.drop("town")
    with pytest.raises(Refused, match="those of “town”"):  # what it showed is known
        town.holdings.add(path, text)
    town.holdings.add(path, text, despite="the region was renamed, nothing was published of the first")
    *_, line = town.node.journal.lines()
    assert line.detail["despite"].startswith("the region")
    town.add("others", other)


def test_hides_total_from_which_dominated_cell_could_be_computed(tmp_path: Path) -> None:
    """In region W one person earns nearly everything. The count of W may be shown; its total of earnings may not."""
    rows = people()
    for row in rows[:25]:
        row["region"] = "W"
    rows[0]["pay"] = "900000"
    town = Town(tmp_path, rows)
    total = {"kind": "total", "of": "EARNINGS"}
    shown = values(town.ask(["REGION"], [{"kind": "count"}]))
    assert shown[("W",)] is not None
    assert values(town.ask((), [total]), "total EARNINGS")[()]
    assert not any(values(town.ask((), [total], {"REGION": ["N", "S"]}), "total EARNINGS").values())
    assert not any(
        values(town.ask((), [{"kind": "mean", "of": "EARNINGS"}], {"REGION": ["N", "S"]}), "mean EARNINGS").values()
    )
    assert values(town.ask(where={"REGION": ["N", "S"]}))[()]  # the count is not dominated


def test_refuses_model_with_score_of_few_contributors(town: Town) -> None:
    model = {"kind": "ols", "of": "EARNINGS", "terms": ["PICK"]}
    source = {"PICK": {"release": "NONE", "by": "OCCUPATION"}}
    jobs = ["01", "11", "12", "21", "22", "23", "31"]
    with pytest.raises(Refused, match="too few contributors"):
        town.desk.ask(_question((), [model], scores=source), {"PICK": {job: float(job == "01") for job in jobs}})
    pick = {"PICK": {job: float(job < "20") for job in jobs}}
    fitted = compare_alone(town, _question((), [model], scores=source), pick)
    assert [term.term for term in fitted.models[0].terms] == ["(intercept)", "PICK"]


def test_model_of_codes_and_numbers_is_refused_and_no_term_is_left_out(town: Town) -> None:
    with pytest.raises(BadInput, match="all codes, or all numbers"):
        town.ask((), [{"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "AGE"]}])


def test_hides_statistics_from_which_number_without_score_could_be_computed(town: Town) -> None:
    """Job 01 has no score and few people. Total / mean gives the number with a score; the count gives all of them."""
    source = {"ONE": {"release": "NONE", "by": "OCCUPATION"}}
    scores = {"ONE": dict.fromkeys(("11", "12", "21", "22", "23", "31"), 1.0)}
    both = [{"kind": "count"}, {"kind": "mean", "of": "ONE"}, {"kind": "total", "of": "ONE"}]
    mean = town.desk.ask(_question((), both[:2], scores=source), scores)
    assert values(mean, "mean ONE") == {(): 1.0}
    assert not [c for c in town.desk.ask(_question((), both, scores=source), scores).cells if c.value is not None]


def test_hides_mean_of_binary_score_if_group_is_small(town: Town) -> None:
    """The mean of a binary score is the share of a group: six people in job 01, or everybody else."""
    source = {"GROUP": {"release": "NONE", "by": "OCCUPATION"}}
    jobs = ["01", "11", "12", "21", "22", "23", "31"]
    asked = _question((), [{"kind": "mean", "of": "GROUP"}], scores=source)
    for group in ({"01"}, set(jobs) - {"01"}):
        (cell,) = town.desk.ask(asked, {"GROUP": {job: float(job in group) for job in jobs}}).cells
        assert cell.value is None
    fresh = Town(town.folder / "fresh", town.rows)
    (cell,) = compare_alone(fresh, asked, {"GROUP": {job: float(job < "20") for job in jobs}}).cells
    assert cell.value == pytest.approx(sum(r["job"] < "20" for r in town.rows) / len(town.rows))


def test_contributor_in_every_month_counts_once(tmp_path: Path) -> None:
    rows = [{**r, "month": f"2024-{m:02d}"} for r in people(200) for m in range(1, 13)]
    design = '[concepts.MONTH]\ncolumn = "month"\n[design]\nrepeated = "MONTH"'
    town = Town(tmp_path, rows, design=design)
    shown = values(town.ask(["OCCUPATION"]))
    for (code,), value in shown.items():
        true = sum(code in (TOTAL, r["job"]) for r in rows) / 12
        assert value is None or value / 12 == true >= 10
    assert shown[("01",)] is None
    assert values(town.ask(where={"OCCUPATION": ["01"]})) == {(): None}


def test_contributor_with_many_records_counts_once(tmp_path: Path) -> None:
    """Four employers with ten records each are forty records and four contributors."""
    rows = [{**r, "firm": str(i % 40)} for i, r in enumerate(people(400))]
    for row in rows:
        row["region"] = "W" if int(row["firm"]) < 4 else "N"
    town = Town(tmp_path, rows, design='[design]\ncontributor = "firm"')
    assert values(town.ask(["REGION"])) == {(TOTAL,): 40.0, ("N",): None, ("W",): None}
    assert values(town.ask(where={"REGION": ["N"]})) == {(): None}  # 40 - N would give the four
    with pytest.raises(Refused, match="sums of cells"):  # less those in each, it is the firms with records in both
        town.ask(where={"OCCUPATION": ["11", "21"]})


@pytest.mark.parametrize(
    ("largest", "others", "design", "is_shown"),
    [
        # 20 records of 50 are one firm's 1,000 of 1,150: too much. By records the largest is 50, and nothing dominates.
        (20 * [50], 15 * [10], "contributor", False),
        (20 * [50], 15 * [10], "", True),
        # 700 of 1,360; the other eleven firms' squares bound the second at 199, and 899 is 66 %.
        (14 * [50], 11 * [60], "contributor", True),
        # One record of 850 of 1,000, and the next of at most 38.7 by the squares: 89 %. 600 of 1,000 and at most 80: 68 %.
        ([850], 15 * [10], "", False),
        ([600], 25 * [16], "", True),
    ],
)
def test_dominance_is_computed_by_contributor_not_by_record(
    tmp_path: Path, largest: list[int], others: list[int], design: str, is_shown: bool
) -> None:
    firms = [*((pay, "0") for pay in largest), *((pay, str(i)) for i, pay in enumerate(others, 1))]
    rows = [{**people(1)[0], "pay": str(pay), "firm": firm} for pay, firm in firms]
    town = Town(tmp_path, rows, design='[design]\ncontributor = "firm"' if design else "")
    (cell,) = town.ask((), [{"kind": "total", "of": "EARNINGS"}]).cells
    assert (cell.value is not None) == is_shown


def test_dominance_uses_absolute_value_of_negative_contributions(tmp_path: Path) -> None:
    """One person lost 1,000 and 30 others gained 10 each: 1,000 of 1,300 in absolute values is 77 %, above 70 %."""
    rows = [{**people(1)[0], "balance": str(balance)} for balance in [-1000, *30 * [10]]]
    concept = '[concepts.BALANCE]\ncolumn = "balance"\nkind = "measure"\n'
    town = Town(tmp_path, rows, design=concept, policy="dominance = [1, 70]\np_percent = 0")
    (cell,) = town.ask((), [{"kind": "total", "of": "BALANCE"}]).cells
    assert cell.value is None


def test_refuses_plan_that_audit_finds_unprotected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the choice of hidden cells is wrong, the audit refuses the whole plan."""
    town = Town(tmp_path, people())
    monkeypatch.setattr("bongsu.desk.plans.solving.protect_cells", lambda linked, task, hidden: hidden | task.sensitive)
    with pytest.raises(Refused, match="No default plan"):
        town.ask(["OCCUPATION"])
    *_, line = town.node.journal.lines()
    assert line.event == "refused"


def test_errors_and_journal_contain_no_value_of_a_record(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    secret = town.rows[0]["pay"]

    def broken(*_: Any) -> Any:
        raise ValueError(f"cannot convert {secret} of record 1")

    desk = town.desk
    monkeypatch.setattr(desk, "_run", broken)
    with pytest.raises(Exception, match="could not be answered") as wrong:
        town.ask(["SEX"])
    assert secret not in f"{wrong.value!r} {wrong.value} {wrong.value.values}"  # type: ignore[attr-defined]
    assert wrong.value.__suppress_context__
    journal = (town.folder / "town" / "journal.jsonl").read_text(encoding="utf-8")
    assert secret not in journal


def test_journal_contains_no_counts(town: Town) -> None:
    town.ask(["OCCUPATION", "SEX"])
    lines = [line for line in town.node.journal.lines() if line.event in ("asked", "answered")]
    assert [line.event for line in lines] == ["asked", "answered"]
    assert set(lines[1].detail) == {"id", "question", "hidden", "plan"}
    numbers = [n for n in json.loads(json.dumps(lines[1].detail["hidden"])) for n in n if not isinstance(n, str)]
    assert not numbers
    with pytest.raises(Refused):
        town.ask(where={"AGE": {"from": 27}})
    *_, asked, refused = town.node.journal.lines()
    assert (asked.event, refused.event) == ("asked", "refused")
    assert refused.detail["reason"] == "The plan of “{holding}” does not publish this: {cells}."
    assert town.node.journal.verify() == len(list(town.node.journal.lines()))


def _question(breakdown: Any, statistics: Any, **more: Any) -> Any:
    from bongsu.core.microdata_question import Question

    return Question.from_data({"holding": "town", "breakdown": list(breakdown), "statistics": statistics, **more})
