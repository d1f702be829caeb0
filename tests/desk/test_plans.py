"""A publication plan: tables protected together, questions answered in any order, nothing about a small group to compute.

The attacker knows every cell that the plan shows and that no number of people is negative, for every combination of codes of
the holding. Her linear programme shares nothing with the desk's: it has one variable for each combination.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import highspy
import numpy as np
import pytest

from bongsu.core.errors import BadInput, Damaged, Refused, UnknownName
from bongsu.core.microdata_question import Question
from bongsu.core.publication_plan import PublicationPlan
from bongsu.desk.part import build_part, plan_part, prepare_tally
from bongsu.desk.planning import plan_question
from bongsu.desk.plans.answering import hide_by_plan
from bongsu.desk.plans.default_plan import propose_plan, write_plan
from bongsu.desk.plans.lookup import PlanLookup
from bongsu.desk.plans.protected_base import ProtectedBase, read_base
from bongsu.desk.plans.setting import set_plan
from bongsu.store.microdata.expressions import run_expression
from tests.desk.town import Person, Town, people, values

CLASSIFICATIONS: dict[str, Any] = {
    "SEX": {},
    "AGE": {"bands": [25, 45, 65]},
    "OCCUPATION": {"digits": [1, 2]},
    "REGION": {},
}
JOBS = {"concept": "OCCUPATION", "digits": [1]}
TABLES: list[dict[str, Any]] = [
    {"by": ["SEX", "AGE", JOBS], "measures": ["EARNINGS"]},
    {"by": ["SEX", "OCCUPATION"], "measures": ["EARNINGS"]},
    {"by": ["REGION", "OCCUPATION"]},
    {"by": ["REGION", "AGE"]},
]
INDEX = {"01": 0.8731, "11": 0.1237, "12": 0.3562, "21": 0.6173, "22": 0.7481, "23": 0.2915, "31": 0.5326}
SOURCE = {"release": "NONE", "by": "OCCUPATION", "where": []}


def make_plan(tables: list[dict[str, Any]] = TABLES, **more: Any) -> PublicationPlan:
    data = {"holding": "town", "classifications": CLASSIFICATIONS, "tables": tables, **more}
    return PublicationPlan.from_data(data)


def plan_for(town: Town, plan: PublicationPlan, scores: Any = None) -> ProtectedBase:
    return set_plan(town.node, town.holdings, town.desk, plan, scores=scores)


def band_of(age: str) -> str:
    return "<25" if int(age) < 25 else "25-44" if int(age) < 45 else "45-64" if int(age) < 65 else ">=65"


class Attacker:
    """What follows from the counts that a plan shows."""

    def __init__(self, town: Town, base: ProtectedBase, rows: list[Person]) -> None:
        jobs = sorted({row["job"] for row in rows})
        axes = [["F", "M"], ["<25", "25-44", "45-64", ">=65"], jobs, sorted({row["region"] for row in rows})]
        self.atoms = list(product(*axes))
        place = {atom: number for number, atom in enumerate(self.atoms)}
        found = [place[row["sex"], band_of(row["age"]), row["job"], row["region"]] for row in rows]
        self.people = np.bincount(found, minlength=len(self.atoms))
        lookup = PlanLookup(base, town.holdings.codes("town"))
        nodes = [*axes[:2], [*jobs, *sorted({job[0] for job in jobs})], axes[3]]
        self.cells = {}
        for codes in product(*(["_T", *each] for each in nodes)):
            key = frozenset((c, code) for c, code in zip(CLASSIFICATIONS, codes, strict=True) if code != "_T")
            self.cells[key] = np.array(
                [
                    n
                    for n, atom in enumerate(self.atoms)
                    if all(c == "_T" or a.startswith(c) for a, c in zip(atom, codes, strict=True))
                ]
            )
        self.shown = [key for key in self.cells if lookup.is_published(key) and key not in base.hidden[""]]
        self.solver = highspy.Highs()
        self.solver.setOptionValue("output_flag", False)
        for _ in self.atoms:
            self.solver.addVar(0, highspy.kHighsInf)
        for key in self.shown:
            number = float(self.people[self.cells[key]].sum())
            self.solver.addRow(number, number, len(self.cells[key]), self.cells[key], np.ones(len(self.cells[key])))

    def bound(self, members: np.ndarray, weights: np.ndarray | None = None) -> tuple[float, float]:
        """The least and the greatest number of people in a group."""
        everybody = np.arange(len(self.atoms))
        found = []
        for sign in (1.0, -1.0):
            cost = np.zeros(len(self.atoms))
            cost[members] = sign
            self.solver.changeColsCost(len(everybody), everybody, cost)
            self.solver.run()
            best = self.solver.getInfo().objective_function_value
            found.append(sign * best)
        return found[0], found[1]

    def find_revealed(self, minimum: int = 10) -> list[Any]:
        """The groups of fewer than `minimum` people that could not be nobody, or could not be the minimum."""
        found = []
        for key, members in self.cells.items():
            number = int(self.people[members].sum())
            if 0 < number < minimum:
                low, high = self.bound(members)
                if low > 1e-6 or high < minimum - 1e-6:
                    found.append((sorted(key), number, low, high))
        return found


def test_weights_of_several_tables_have_one_unit(tmp_path: Path) -> None:
    """Tables whose largest required movements differ: scaled apart, their sums would contradict each other."""
    town = Town(tmp_path, people(500), design='[design]\nweight = "weight"\n')
    base = plan_for(town, make_plan([{"by": ["SEX", "OCCUPATION"]}, {"by": ["REGION", "OCCUPATION"]}, {"by": ["SEX"]}]))
    assert Attacker(town, base, town.rows).find_revealed() == []
    assert frozenset({("SEX", "F")}) not in base.hidden[""]


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Town, ProtectedBase]:
    town = Town(tmp_path_factory.mktemp("plan"), people(1500))
    return town, plan_for(town, make_plan())


def test_nobody_can_be_computed_from_all_that_a_plan_shows(planned: tuple[Town, ProtectedBase]) -> None:
    attacker = Attacker(*planned, planned[0].rows)
    small = [key for key, members in attacker.cells.items() if 0 < attacker.people[members].sum() < 10]
    assert len(small) > 100
    assert len(attacker.shown) > 60
    assert attacker.find_revealed() == []


def test_attacker_succeeds_if_one_more_cell_is_shown(planned: tuple[Town, ProtectedBase]) -> None:
    town, base = planned
    revealed = 0
    for key in sorted(base.hidden[""], key=sorted)[:12]:
        weaker = replace(base, hidden={**base.hidden, "": base.hidden[""] - {key}})
        revealed += bool(Attacker(town, weaker, town.rows).find_revealed())
    assert revealed >= 6


QUESTIONS: list[tuple[list[Any], dict[str, Any]]] = [
    (["SEX"], {}),
    (["AGE"], {}),
    (["SEX", "AGE"], {}),
    ([JOBS], {}),
    (["OCCUPATION"], {}),
    (["SEX", "OCCUPATION"], {}),
    (["REGION", "OCCUPATION"], {}),
    (["REGION"], {"AGE": {"from": 25, "to": 64}}),
    (["SEX", JOBS], {"AGE": {"from": 25, "to": 44}}),
    (["SEX"], {"OCCUPATION": ["11", "12"]}),
]


def spell(breakdown: list[Any]) -> list[Any]:
    return [{"concept": "AGE", "bands": [25, 45, 65]} if each == "AGE" else each for each in breakdown]


def test_answers_do_not_depend_on_order(planned: tuple[Town, ProtectedBase]) -> None:
    town, _ = planned
    statistics = [{"kind": "count"}, {"kind": "share", "along": "SEX"}]
    given = []
    for order in (QUESTIONS, QUESTIONS[::-1]):
        answers = {}
        for breakdown, where in order:
            asked = statistics[: 2 if "SEX" in breakdown else 1]
            answers[str(breakdown) + str(where)] = town.ask(spell(breakdown), asked, where).cells
        given.append(answers)
    assert given[0] == given[1]
    assert sum(cell.status == "shown" for cells in given[0].values() for cell in cells) > 60


def test_answer_names_the_plan_and_counts_are_exact(planned: tuple[Town, ProtectedBase]) -> None:
    answer = planned[0].ask(["SEX"])
    assert (answer.plan, answer.to_data()["plan"]) == (1, 1)
    women = sum(row["sex"] == "F" for row in planned[0].rows)
    assert values(answer)[("F",)] == women


@pytest.mark.parametrize(
    ("breakdown", "statistics", "where"),
    [
        (["SEX", "REGION"], [{"kind": "count"}], {}),  # a crossing that no table has
        (["SEX", {"concept": "AGE", "bands": [25, 45, 65]}, "OCCUPATION"], [{"kind": "count"}], {}),  # a level too many
        ([{"concept": "AGE", "bands": [30]}], [{"kind": "count"}], {}),  # another classification
        (["SEX"], [{"kind": "count"}], {"AGE": {"from": 25, "to": 43}}),  # a part of a band
        (["REGION"], [{"kind": "total", "of": "EARNINGS"}], {}),  # a measure that is not in these tables
        ([], [{"kind": "dissimilarity", "over": "REGION", "between": ["SEX", "F", "M"]}], {}),
        ([], [{"kind": "glm", "of": "EARNINGS", "terms": ["SEX", "REGION"], "family": "poisson"}], {}),
    ],
)
def test_question_outside_the_plan_is_refused(
    planned: tuple[Town, ProtectedBase], breakdown: list[Any], statistics: list[Any], where: Any
) -> None:
    with pytest.raises(Refused, match="does not publish"):
        planned[0].ask(breakdown, statistics, where)


def test_sum_of_cells_is_shown_if_all_are(planned: tuple[Town, ProtectedBase]) -> None:
    """Ages 25 to 64 are two bands."""
    town, base = planned
    answer = values(town.ask(["SEX"], where={"AGE": {"from": 25, "to": 64}}))
    assert answer[("F",)] == sum(row["sex"] == "F" and 25 <= int(row["age"]) < 65 for row in town.rows)
    assert frozenset({("OCCUPATION", "01"), ("REGION", "S")}) in base.hidden[""]
    assert values(town.ask([], where={"OCCUPATION": ["01", "11"], "REGION": "S"}))[()] is None


def test_hidden_for_people_is_hidden_for_measures(planned: tuple[Town, ProtectedBase]) -> None:
    base = planned[1]
    assert base.hidden[""] & base.hidden["EARNINGS"]
    shown = planned[0].ask(["SEX", JOBS], [{"kind": "count"}, {"kind": "mean", "of": "EARNINGS"}])
    by_kind = [
        {c.codes for c in shown.cells if c.statistic == name and c.value is None} for name in ("count", "mean EARNINGS")
    ]
    assert by_kind[0] == by_kind[1]


def test_base_that_was_changed_is_damaged(tmp_path: Path) -> None:
    town = Town(tmp_path, people(300))
    plan_for(town, make_plan([{"by": ["SEX"]}]))
    path = tmp_path / "town/holdings/.plans/town/0001.json"
    assert path.stat().st_mode & 0o777 == 0o600
    plan_for(town, make_plan([{"by": ["SEX", "REGION"]}]))
    second = path.with_name("0002.json")
    kept = second.read_bytes()
    second.write_bytes(path.read_bytes())  # sealed, but not the plan of the journal
    with pytest.raises(Damaged, match="was changed"):
        town.ask(["SEX"])
    second.unlink()
    with pytest.raises(Damaged, match="is missing"):  # the first one still stands
        town.ask(["SEX"])
    second.write_bytes(kept.replace(b'"number": 2', b'"number": 3'))
    with pytest.raises(Damaged, match="was changed"):
        town.ask(["SEX"])
    second.write_bytes(kept)
    assert town.ask(["SEX"]).plan == 2


def test_plan_is_extended_and_keeps_what_it_showed(tmp_path: Path) -> None:
    """The second plan crosses what the first published; what was shown stays shown."""
    town = Town(tmp_path, people(900))
    first = plan_for(town, make_plan([{"by": ["SEX", JOBS]}, {"by": ["AGE"]}]))
    before = values(town.ask(["SEX", JOBS]))
    second = plan_for(town, make_plan([{"by": ["SEX", "AGE"]}, {"by": ["AGE", JOBS]}]))
    assert (first.number, second.number) == (1, 2)
    after = values(town.ask(["SEX", JOBS]))
    assert after == before
    assert [line.detail["plan"] for line in town.node.journal.lines() if line.event == "planned"] == [1, 2]
    assert Attacker(town, second, town.rows).find_revealed() == []
    with pytest.raises(BadInput, match="cannot change"):
        plan_for(town, make_plan([{"by": ["AGE"]}], classifications={**CLASSIFICATIONS, "AGE": {"bands": [30]}}))


def remember(town: Town, breakdown: list[Any], where: Any = None, hidden: Any = ()) -> None:
    """Records an answer as versions before the default plan did."""
    question = {"holding": "town", "breakdown": breakdown, "where": where or {}, "statistics": [{"kind": "count"}]}
    data = Question.from_data(question)
    detail = {"question": data.to_data(), "hidden": list(map(list, hidden)), "moments": False}
    town.node.journal.append("answered", "town", id=data.id, **detail)


def test_plan_takes_answers_before_it_into_account(tmp_path: Path) -> None:
    """A node of an earlier version answered without a plan."""
    alone = Town(tmp_path / "alone", people(900))
    plan_for(alone, make_plan([{"by": ["SEX", JOBS]}]))
    early = values(alone.ask(["SEX", JOBS]))
    town = Town(tmp_path, people(900))
    remember(town, ["SEX", JOBS], hidden=[codes for codes, number in early.items() if number is None])
    base = plan_for(town, make_plan([{"by": ["SEX", JOBS]}, {"by": ["SEX", "AGE"]}]))
    late = values(town.ask(["SEX", JOBS]))
    assert {codes for codes, number in early.items() if number is not None} <= {
        codes for codes, number in late.items() if number is not None
    }
    assert all(late[codes] is None for codes, number in early.items() if number is None)
    assert base.hidden[""]


def test_plan_that_would_reveal_somebody_with_earlier_answers_is_refused(tmp_path: Path) -> None:
    """All but those aged 25 to 33 were counted; the plan would count those aged 25 to 34, three of whom are 34."""
    rows = [{**row, "age": "50" if row["age"] == "34" else row["age"]} for row in people(900)]
    for row in rows[:3]:
        row["age"] = "34"
    town = Town(tmp_path, rows)
    remember(town, [], {"AGE": {"from": 25, "to": 33}})
    classifications = {**CLASSIFICATIONS, "AGE": {"bands": [25, 35]}}
    with pytest.raises(Refused, match="answers given before"):
        plan_for(town, make_plan([{"by": ["AGE"]}], classifications=classifications))
    assert read_base(town.node, "town") is None


def test_a_holding_without_a_plan_is_answered_from_its_default_plan(tmp_path: Path) -> None:
    """The plan that `bongsu desk plan --propose` shows, whatever is asked first; the custodian may set another until then."""
    town = Town(tmp_path, people(300))
    answer = town.ask([{"concept": "AGE", "bands": [25, 45, 65]}])
    base = read_base(town.node, "town")
    assert base
    assert (answer.plan, answer.default_plan, base.default) == (1, True, True)
    assert base.plan.tables == propose_plan(town.holdings.survey("town"), town.holdings.codes("town")).tables
    with pytest.raises(Refused, match="does not publish"):
        town.ask([{"concept": "AGE", "bands": [26]}])
    with pytest.raises(BadInput, match="cannot change"):
        plan_for(town, make_plan([{"by": ["AGE"]}], classifications={"AGE": {"bands": [26]}}))
    wider = make_plan([{"by": ["AGE"]}], classifications={"AGE": {"bands": [15, 25, 35, 45, 55, 65]}})
    assert not plan_for(town, wider).default


def test_a_question_with_scores_needs_no_default_plan(tmp_path: Path) -> None:
    """The default plan cannot have them. It is solved for the first other question, with regard to their answers."""
    town = Town(tmp_path, people(900))
    scores = {code: 0.8 if place % 2 else 0.2 for place, code in enumerate(town.holdings.codes("town")["OCCUPATION"])}
    data = {"holding": "town", "statistics": [{"kind": "mean", "of": "INDEX"}]}
    question = Question.from_data({**data, "scores": {"INDEX": {"release": "NONE", "by": "OCCUPATION"}}})
    (cell,) = town.desk.ask(question, {"INDEX": scores}).cells
    assert cell.value is not None
    assert read_base(town.node, "town") is None
    assert town.ask(["SEX"]).plan == 1
    with pytest.raises(Refused, match="does not publish"):
        town.ask([{"concept": "AGE", "bands": [26]}])


def test_a_default_plan_that_answered_nothing_may_be_replaced(tmp_path: Path) -> None:
    town = Town(tmp_path, people(300))
    with pytest.raises(Refused, match="does not publish"):
        town.ask([{"concept": "AGE", "bands": [26]}])
    plan_for(town, make_plan([{"by": ["AGE"]}], classifications={"AGE": {"bands": [26]}}))
    assert town.ask([{"concept": "AGE", "bands": [26]}]).plan == 2


def test_the_first_plan_of_earlier_answers_that_cannot_be_kept_is_smaller(tmp_path: Path) -> None:
    """Those aged 25 to 33 were counted before; three are 34, so that the bands of ages would tell: no plan with them."""
    rows = [{**row, "age": "50" if row["age"] == "34" else row["age"]} for row in people(600)]
    for row in rows[:3]:
        row["age"] = "34"
    town = Town(tmp_path, rows)
    remember(town, [], {"AGE": {"from": 25, "to": 33}})
    with pytest.raises(Refused, match="No default plan"):
        town.ask(["SEX"])


def test_sum_over_nodes_shows_no_cell_that_a_plan_hides(tmp_path: Path) -> None:
    """The other nodes' plans show theirs, so that the sum would tell this node's: it is vetoed; a code that it lacks is not."""
    town = Town(tmp_path, people(600))
    base = plan_for(town, make_plan([{"by": ["SEX", "OCCUPATION"]}]))
    asked = Question.from_data({"holding": "town", "breakdown": ["OCCUPATION"], "statistics": [{"kind": "count"}]})
    planned = plan_question(town.node, town.holdings, town.holdings.get("town"), asked, None)
    codes = {**planned.codes, "OCCUPATION": [*planned.codes["OCCUPATION"], "99"]}
    tally, whole = prepare_tally(planned, run_expression, codes)
    hidden = hide_by_plan(planned, base, tally.layout)
    shape = plan_part(planned.sums, codes, planned.policy)
    part = build_part(tally, shape, whole, 3, hidden)
    cells = dict(zip(map(tally.layout.codes, range(tally.layout.cells)), part["veto"].tolist(), strict=True))
    shown = values(town.ask(["OCCUPATION"]))
    assert {codes for codes, veto in cells.items() if veto} == {
        codes for codes, value in shown.items() if value is None
    }
    assert cells[("99",)] == 0
    other = Question.from_data({**asked.to_data(), "breakdown": ["REGION"]})
    planned = plan_question(town.node, town.holdings, town.holdings.get("town"), other, None)
    with pytest.raises(Refused, match="does not publish"):
        hide_by_plan(planned, base, plan_part(planned.sums, codes, planned.policy).layout)


def test_equal_values_of_a_group_are_not_shown(tmp_path: Path) -> None:
    """Twelve women in job 31 are all paid 1234.50: the mean would tell the pay of each."""
    rows = [row for row in people(900) if row["job"] not in ("01", "31")]
    rows += [{**rows[0], "sex": "F", "job": "31", "pay": "1234.50"} for _ in range(12)]
    rows += [{**rows[0], "sex": "M", "job": "31", "pay": f"{1000 + 40 * n}"} for n in range(15)]
    town = Town(tmp_path, rows)
    base = plan_for(town, make_plan([{"by": ["SEX", "OCCUPATION"], "measures": ["EARNINGS"]}]))
    cell = frozenset({("SEX", "F"), ("OCCUPATION", "31")})
    assert cell not in base.hidden[""]
    assert cell in base.hidden["EARNINGS"]
    assert len(base.hidden["EARNINGS"] - base.hidden[""]) >= 2  # another cell must hide it


def test_related_measures_hide_the_same_cells(tmp_path: Path) -> None:
    """One person has most of the pay of job 31; the weekly hours are dominated by nobody."""
    rows = people(900)
    big = next(row for row in rows if row["job"] == "31")
    big["pay"] = "5000000"
    design = '[concepts.HOURS]\ncolumn = "weight"\nkind = "measure"\nlow = 0\n'
    tables = [{"by": ["SEX", "OCCUPATION"], "measures": ["EARNINGS", "HOURS"]}]
    apart = plan_for(Town(tmp_path / "apart", rows, design=design), make_plan(tables))
    together = plan_for(
        Town(tmp_path / "together", rows, design=design), make_plan(tables, related=[["EARNINGS", "HOURS"]])
    )
    assert apart.hidden["HOURS"] < apart.hidden["EARNINGS"]
    assert together.hidden["HOURS"] == together.hidden["EARNINGS"]


def ask_scores(town: Town, breakdown: list[Any], where: Any = None) -> Any:
    data = {
        "holding": "town",
        "breakdown": breakdown,
        "statistics": [{"kind": "mean", "of": "I"}, {"kind": "total", "of": "I"}, {"kind": "count"}],
        "where": where or {},
        "scores": {"I": SOURCE},
    }
    return town.desk.ask(Question.from_data(data), {"I": INDEX})


@pytest.mark.parametrize("number", [400, 1500])
def test_means_of_scores_reveal_no_small_code(tmp_path: Path, number: int) -> None:
    """The attacker also knows every mean of the score, give or take half its step, and every count."""
    town = Town(tmp_path, people(number))
    plan = make_plan(
        [{"by": ["SEX", "AGE"], "measures": ["EXPOSURE"]}, {"by": ["SEX", "OCCUPATION"]}], scores={"EXPOSURE": SOURCE}
    )
    base = plan_for(town, plan, {"EXPOSURE": INDEX})
    scores = base.scores["EXPOSURE"]
    assert scores.rounded
    assert scores.amounts
    attacker = Attacker(town, base, town.rows)
    answer = ask_scores(town, spell(["SEX", "AGE"]))
    shown = {cell.codes: cell for cell in answer.cells if cell.statistic == "mean I" and cell.value is not None}
    assert shown
    for codes, cell in shown.items():
        key = frozenset((c, code) for c, code in zip(("SEX", "AGE"), codes, strict=True) if code != "_T")
        members = attacker.cells[key]
        people_there = float(attacker.people[members].sum())
        true = float(sum(INDEX[attacker.atoms[n][2]] * attacker.people[n] for n in members))
        step = round(
            10.0 ** np.ceil(np.log10(10 * 0.7494 / people_there)), 12
        )  # ten people over the range of the score
        assert cell.value is not None
        assert abs(cell.value - true / people_there) <= step / 2 + 1e-9
        assert round(cell.value / step, 6) == round(cell.value / step)
        low, high = (cell.value - step / 2) * people_there, (cell.value + step / 2) * people_there
        weights = np.array([INDEX[attacker.atoms[n][2]] for n in members])
        attacker.solver.addRow(low, high, len(members), members, weights)
    assert attacker.find_revealed() == []


def test_score_of_a_sum_of_cells_is_the_sum_of_rounded_ones(tmp_path: Path) -> None:
    """Another rounding of the same people would tell more."""
    town = Town(tmp_path, people(1500))
    plan = make_plan([{"by": ["SEX", "AGE"], "measures": ["EXPOSURE"]}], scores={"EXPOSURE": SOURCE})
    base = plan_for(town, plan, {"EXPOSURE": INDEX})
    answer = ask_scores(town, [], {"AGE": {"from": 25, "to": 64}})
    parts = [base.scores["EXPOSURE"].amounts[frozenset({("AGE", band)})] for band in ("25-44", "45-64")]
    amount, weight = (sum(each) for each in zip(*parts, strict=True))
    assert [cell.value for cell in answer.cells[:2]] == [pytest.approx(amount / weight), pytest.approx(amount)]


def test_another_score_is_outside_the_plan(planned: tuple[Town, ProtectedBase]) -> None:
    with pytest.raises(Refused, match="does not publish"):
        ask_scores(planned[0], ["SEX"])


def test_proposed_plan_is_a_plan(tmp_path: Path) -> None:
    town = Town(tmp_path, people(300))
    holding = town.holdings
    plan = propose_plan(holding.survey("town"), holding.codes("town"))
    assert PublicationPlan.parse(write_plan(plan)) == plan
    assert [split.concept for split in plan.classifications] == ["SEX", "AGE", "OCCUPATION", "REGION"]
    assert ("SEX", "AGE", "REGION") in [tuple(split.concept for split in table.by) for table in plan.tables]


@pytest.mark.parametrize(
    ("change", "error", "words"),
    [
        ({"tables": [{"by": ["JOB"]}]}, UnknownName, "JOB"),
        ({"tables": [{"by": ["SEX", "SEX"]}]}, BadInput, "twice"),
        ({"tables": [{"by": [{"concept": "OCCUPATION", "digits": [2]}]}]}, BadInput, "first of its classification"),
        ({"tables": [{"by": ["SEX"], "measures": ["PAY"]}]}, UnknownName, "PAY"),
        ({"tables": [{"by": ["SEX"], "measures": ["AGE"]}]}, BadInput, "is a classification"),
        ({"tables": []}, BadInput, "no tables"),
        ({"related": [["EARNINGS", "HOURS"]]}, UnknownName, "HOURS"),
        ({"classifications": {"JOB": {}}, "tables": [{"by": ["JOB"]}]}, UnknownName, "JOB"),
    ],
)
def test_plan_that_does_not_fit_is_refused_with_its_field(
    planned: tuple[Town, ProtectedBase], change: dict[str, Any], error: type[Exception], words: str
) -> None:
    town, _ = planned
    data = {"holding": "town", "classifications": CLASSIFICATIONS, "tables": TABLES, **change}
    with pytest.raises(error) as found:
        plan_for(town, PublicationPlan.from_data(data))
    assert words in str(getattr(found.value, "text", found.value)) or words in repr(vars(found.value))


def test_unknown_people_are_not_shown_at_an_upper_level(tmp_path: Path) -> None:
    """Four people have no occupation: "_U" is a code of its own, never cut to "_"."""
    rows = people(900)
    for row in rows[20:24]:
        row["job"] = ""
    town = Town(tmp_path, rows)
    plan_for(town, make_plan([{"by": ["SEX", "OCCUPATION"]}, {"by": ["AGE", JOBS]}]))
    answer = values(town.ask([JOBS]))
    assert ("_U",) in answer
    assert answer[("_U",)] is None
    assert ("_",) not in answer


def test_plan_is_for_the_records_that_it_was_solved_for(tmp_path: Path) -> None:
    town = Town(tmp_path, people(600))
    plan = make_plan([{"by": ["SEX", "OCCUPATION"]}])
    plan_for(town, plan)
    before = values(town.ask(["SEX", "OCCUPATION"]))
    town.holdings.drop("town")
    town.add("town", town.rows[::-1])  # the same people
    assert values(town.ask(["SEX", "OCCUPATION"])) == before
    town.holdings.drop("town")
    town.add("town", people(600, 9))
    with pytest.raises(Refused, match="other records"):
        town.ask(["SEX", "OCCUPATION"])
    assert plan_for(town, plan).number == 2
    assert town.ask(["SEX"]).plan == 2


def test_models_use_only_what_the_plan_shows(tmp_path: Path) -> None:
    """With coefficients and margins, men_j = (Y_j - n_j (b0 + b_j)) / b_M: a cell that is hidden must be in no model."""
    rows = [{**row, "sex": "F"} if row["job"] == "23" and n % 20 else row for n, row in enumerate(people(900))]
    design = '[concepts.HOURS]\ncolumn = "weight"\nkind = "measure"\nlow = 0\n'
    town = Town(tmp_path, rows, design=design)
    plan_for(
        town,
        make_plan(
            [{"by": ["SEX", "OCCUPATION"], "measures": ["EARNINGS"]}, {"by": ["REGION"], "measures": ["EARNINGS"]}]
        ),
    )
    with pytest.raises(Refused, match="hides"):
        town.ask([], [{"kind": "ols", "of": "EARNINGS", "terms": ["OCCUPATION", "SEX"]}])
    for term in ("HOURS", "AGE"):  # mean of the term = (mean of earnings - a) / b
        with pytest.raises(Refused, match="does not publish"):
            town.ask([], [{"kind": "ols", "of": "EARNINGS", "terms": [term]}])
    shown = Town(tmp_path / "shown", people(3000))
    plan_for(shown, make_plan([{"by": ["SEX", "REGION"], "measures": ["EARNINGS"]}]))
    assert shown.ask([], [{"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "REGION"]}]).models[0].moments


def test_dissimilarity_uses_only_what_the_plan_shows(planned: tuple[Town, ProtectedBase]) -> None:
    """Many of them, each rounded, left one number of men in a job possible."""
    town, base = planned
    assert any(dict(key).keys() == {"SEX", "OCCUPATION"} for key in base.hidden[""])
    asked = {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["SEX", "F", "M"]}
    with pytest.raises(Refused, match="hides"):
        town.ask([], [asked])
    assert (
        values(town.ask([], [asked], {"OCCUPATION": ["11", "12"]}), "dissimilarity OCCUPATION SEX-F-M")[()] is not None
    )


def test_answers_before_the_first_plan_count_for_the_second(tmp_path: Path) -> None:
    rows = [{**row, "age": "50" if row["age"] == "34" else row["age"]} for row in people(900)]
    for row in rows[:3]:
        row["age"] = "34"
    town = Town(tmp_path, rows)
    remember(town, [], {"AGE": {"from": 25, "to": 33}})
    plan_for(town, make_plan([{"by": ["SEX"]}], classifications={"SEX": {}}))
    classifications = {**CLASSIFICATIONS, "AGE": {"bands": [25, 35]}}
    with pytest.raises(Refused, match="answers given before"):
        plan_for(town, make_plan([{"by": ["AGE"]}], classifications=classifications))


def test_scores_of_a_plan_stay(tmp_path: Path) -> None:
    """What was shown exactly stays exact, and numbers cannot change."""
    town = Town(tmp_path, [row for row in people(1500) if row["job"] != "01"])
    index = {code: number for code, number in INDEX.items() if code != "01"}
    first = make_plan([{"by": ["SEX"], "measures": ["EXPOSURE"]}], scores={"EXPOSURE": SOURCE})
    exact = plan_for(town, first, {"EXPOSURE": index}).scores["EXPOSURE"]
    assert not exact.rounded
    wider = make_plan([{"by": ["SEX", "AGE"], "measures": ["EXPOSURE"]}], scores={"EXPOSURE": SOURCE})
    base = plan_for(town, wider, {"EXPOSURE": index})
    assert base.scores["EXPOSURE"].rounded
    assert base.scores["EXPOSURE"].amounts.items() >= exact.amounts.items()
    with pytest.raises(BadInput, match="have changed"):
        plan_for(town, wider, {"EXPOSURE": {**index, "11": 0.9}})


def test_standard_errors_have_two_digits(tmp_path: Path) -> None:
    """Six digits and equal weights left one number of people by stratum possible; and the largest amount within 8.5 %."""
    town = Town(tmp_path, people(900), design='[design]\nweight = "weight"\nstratum = "region"\n')
    plan_for(town, make_plan([{"by": ["SEX", "OCCUPATION"], "measures": ["EARNINGS"]}]))
    answer = town.ask(["SEX"], [{"kind": "total"}, {"kind": "mean", "of": "EARNINGS"}])
    errors = [cell.standard_error for cell in answer.cells]
    assert all(errors)
    assert all(float(f"{error:.2g}") == error for error in errors if error)


def test_measures_that_were_published_apart_cannot_become_related(tmp_path: Path) -> None:
    design = '[concepts.HOURS]\ncolumn = "weight"\nkind = "measure"\nlow = 0\n'
    town = Town(tmp_path, people(600), design=design)
    tables = [{"by": ["SEX"], "measures": ["EARNINGS", "HOURS"]}]
    plan_for(town, make_plan(tables))
    with pytest.raises(BadInput, match="cannot become related"):
        plan_for(town, make_plan(tables, related=[["EARNINGS", "HOURS"]]))


def test_scores_that_no_table_has_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="No table has the scores"):
        make_plan([{"by": ["SEX"]}], scores={"X": SOURCE})


def test_bands_outside_a_condition_are_empty(planned: tuple[Town, ProtectedBase]) -> None:
    town, _ = planned
    answer = values(town.ask(spell(["AGE"]), where={"AGE": {"from": 25, "to": 64}}))
    assert answer[("25-44",)] == sum(25 <= int(row["age"]) < 45 for row in town.rows)
