"""The event study: estimates on simulated data, refusals, warnings, and no cell value in the result."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.cli import main
from bongsu.core.errors import BadInput, BongsuError, Refused, UnknownName
from bongsu.core.microdata_question import Question, Statistic
from bongsu.desk.answer import SUPPRESSED, Answer
from bongsu.store.node import Node
from bongsu.work.impact import effect_plot, result_format
from bongsu.work.impact.breaks import JUMP_SIGN, NAMED_SIGN, TURNOVER_SIGN
from bongsu.work.impact.conclusions import MAY, MAY_NOT, _agrees, list_conclusions
from bongsu.work.impact.holding_cells import ask_cells
from bongsu.work.impact.kept_results import keep_result
from bongsu.work.impact.panel import (
    Exposure,
    Panel,
    PanelColumns,
    build_panel,
    exposure_from_column,
    exposure_from_index,
)
from bongsu.work.impact.study import (
    AlternativeEffect,
    EffectCoefficient,
    StudyDesign,
    StudyResult,
    event_times,
    run_study,
)
from bongsu.work.occupations.sheets import TextSheet
from tests.desk.private_town import PrivateTown
from tests.desk.town import Town, compute

SIDE = 20


def drawn(
    change: float = -0.2, *, seed: int = 1, years: int = 8, trend: float = 0.0, groups: tuple[str, ...] = ("",)
) -> tuple[Panel, Exposure]:
    """Simulates a panel of 40 occupations by half-year; the exposed half changes by `change` (log) from 2022 on."""
    draw = np.random.default_rng(seed)
    periods = [f"{2016 + year}-{month}" for year in range(years) for month in ("01", "07")]
    rows: list[tuple[str, str, str, float]] = []
    for at in range(2 * SIDE):
        size = draw.uniform(200, 20_000)
        for place, period in enumerate(periods):
            wave = 0.02 * np.sin(place)
            for group in groups:
                own = (change if group in ("", "1") else 0.0) * (at < SIDE) * (period >= "2022")
                mean = size * np.exp(wave + own + trend * place * (at < SIDE) + draw.normal(0, 0.02))
                rows.append((f"{at:04}", period, group, float(draw.poisson(mean))))
    o, t, g, n = zip(*rows, strict=True)
    exposed = Exposure("drawn", {f"{at:04}": float(at < SIDE) for at in range(2 * SIDE)})
    return Panel(np.array(o), np.array(t), np.array(g), np.array(n)), exposed


def sentences(found: StudyResult, side: str) -> list[str]:
    return [one.message for one in list_conclusions(found) if one.side == side]


def test_estimates_simulated_effect_without_earlier_effect() -> None:
    cells, exposed = drawn(-0.2, seed=2)
    found = run_study(cells, StudyDesign("2022-01", exposed))
    (one,) = found.studies
    assert one.effect.low95 < -0.2 < one.effect.high95
    assert abs(one.effect.value + 0.2) < 0.03
    assert one.pre_trend is not None
    assert one.pre_trend.p > 0.05
    assert one.placebo is not None
    assert one.placebo.date == "2019-01"
    assert abs(one.placebo.effect.value) < 0.03
    assert [at.time for at in one.event_times] == list(range(-12, 4))
    assert [at.time for at in one.event_times if at.coefficient is None] == [-1]
    assert all(at.coefficient.value < -0.1 for at in one.event_times if at.time >= 0 and at.coefficient)
    assert (one.occupations, one.exposed, one.observations) == (40, 20, 640)


def test_reports_trend_before_the_date() -> None:
    cells, exposed = drawn(0.0, trend=-0.02)
    found = run_study(cells, StudyDesign("2022-01", exposed))
    assert found.studies[0].effect.value < -0.1  # the trend alone gives a negative coefficient
    assert any("diverged before it" in one for one in sentences(found, MAY_NOT))
    assert any("nothing happened" in one for one in sentences(found, MAY_NOT))


@settings(max_examples=10, deadline=None)
@given(st.floats(-0.5, 0.5), st.integers(0, 99))
def test_estimates_any_simulated_effect(change: float, seed: int) -> None:
    cells, exposed = drawn(change, seed=seed)
    for model in ("ppml", "ols"):
        effect = run_study(cells, StudyDesign("2022-01", exposed, model=model)).studies[0].effect
        assert abs(effect.value - change) < 5 * effect.standard_error + 0.005


def test_estimates_groups_and_their_difference() -> None:
    cells, exposed = drawn(-0.3, groups=("0", "1"))
    found = run_study(cells, StudyDesign("2022-01", exposed))
    assert [one.group for one in found.studies] == ["0", "1"]
    assert found.difference is not None
    assert abs(found.difference.value + 0.3) < 0.04
    assert any("differs from the effect in" in one for one in sentences(found, MAY))


def test_reports_alternative_exposures_that_disagree() -> None:
    cells, exposed = drawn(-0.2)
    other = Exposure("other", {code: float(int(code) % 2) for code in exposed.scores})
    same = Exposure("finer", {code: 100 - float(code) for code in exposed.scores})
    found = run_study(cells, StudyDesign("2022-01", exposed, alternatives=(other, same)))
    one, two = found.studies[0].alternatives
    assert one.effect is not None
    assert abs(one.effect.value) < 0.2
    assert two.effect is not None
    assert two.effect.value < 0
    assert any("another sign" in said for said in sentences(found, MAY_NOT))
    alone = run_study(cells, StudyDesign("2022-01", exposed))
    assert any("no other index" in said for said in sentences(alone, MAY_NOT))


def test_removes_seasonal_effects() -> None:
    cells, exposed = drawn(-0.2)
    summer = np.array([t.endswith("07") for t in cells.period]) & np.isin(
        cells.occupation, [f"{at:04}" for at in range(SIDE)]
    )
    waved = Panel(cells.occupation, cells.period, cells.group, np.round(cells.outcome * np.where(summer, 1.4, 1.0)))
    plain = run_study(waved, StudyDesign("2022-01", exposed)).studies[0].event_times
    seasonal = run_study(waved, StudyDesign("2022-01", exposed, seasonal=True)).studies[0].event_times
    assert [at.time for at in seasonal if at.coefficient is None] == [-2, -1]

    def spread(path: Any) -> float:
        return float(np.std([at.coefficient.value for at in path if at.time >= 0]))

    assert spread(plain) > 0.1
    assert spread(seasonal) < 0.05


def test_reports_breaks_in_series() -> None:
    cells, exposed = drawn(0.0)
    jump = Panel(
        cells.occupation,
        cells.period,
        cells.group,
        np.round(cells.outcome * np.where(cells.period >= "2019-07", 1.3, 1.0)),
    )
    found = run_study(jump, StudyDesign("2022-01", exposed, known_breaks=("2018-01",)))
    assert {(one.period, one.sign) for one in found.breaks} == {("2018-01", NAMED_SIGN), ("2019-07", JUMP_SIGN)}
    renamed = np.where((cells.period >= "2020-01") & (cells.occupation < "0006"), "9", "") + cells.occupation.astype(
        object
    )
    scores = {**exposed.scores, **{f"9{code}": score for code, score in exposed.scores.items()}}
    other = Panel(renamed.astype(str), cells.period, cells.group, cells.outcome)
    found = run_study(other, StudyDesign("2022-01", Exposure("drawn", scores)))
    assert [(one.period, one.sign) for one in found.breaks] == [("2020-01", TURNOVER_SIGN)]
    assert any("may break" in one for one in sentences(found, MAY_NOT))
    assert not run_study(cells, StudyDesign("2022-01", exposed)).breaks


def test_refuses_too_few_occupations() -> None:
    cells, exposed = drawn()
    few = Exposure("few", {code: float(int(code) < 9) for code in exposed.scores})
    with pytest.raises(Refused, match="fewer than 10"):
        run_study(cells, StudyDesign("2022-01", few))


def test_refuses_invalid_design() -> None:
    cells, exposed = drawn()
    for date in ("2016-01", "2024-01", "2022"):
        with pytest.raises(BadInput, match="must be written as the periods"):
            run_study(cells, StudyDesign(date, exposed))
    with pytest.raises(BadInput, match="placebo"):
        run_study(cells, StudyDesign("2022-01", exposed, placebo="2023-01"))
    with pytest.raises(UnknownName, match="2017-03"):
        run_study(cells, StudyDesign("2022-01", exposed, known_breaks=("2017-03",)))
    constant = Exposure("all", dict.fromkeys(exposed.scores, 1.0))
    with pytest.raises(Refused):
        run_study(cells, StudyDesign("2022-01", constant))


def test_annual_data_have_no_seasons() -> None:
    cells, exposed = drawn(years=8)
    annual = cells.select(np.array([t.endswith("-01") for t in cells.period]))
    annual = Panel(annual.occupation, np.array([t[:4] for t in annual.period]), annual.group, annual.outcome)
    run_study(annual, StudyDesign("2022", exposed))
    with pytest.raises(BadInput, match="Annual data"):
        run_study(annual, StudyDesign("2022", exposed, seasonal=True))


def test_cells_of_zero_have_a_count_and_no_logarithm() -> None:
    """Two cells of 640 are 0: a Poisson model keeps them, one of the logarithm leaves them out."""
    cells, exposed = drawn()
    outcome = cells.outcome.copy()
    outcome[[3, 400]] = 0
    cells = Panel(cells.occupation, cells.period, cells.group, outcome)
    used = {
        model: run_study(cells, StudyDesign("2022-01", exposed, model=model)).studies[0] for model in ("ppml", "ols")
    }
    assert {model: (one.observations, one.left_out) for model, one in used.items()} == {
        "ppml": (640, 0),
        "ols": (638, 2),
    }


@pytest.mark.parametrize(
    ("value", "p", "main_p", "agrees"),
    [
        (-0.3, 0.01, 0.01, True),
        (-0.3, 0.5, 0.01, False),  # the study is significant, by this index it is not
        (-0.3, 0.5, 0.5, True),  # neither is
        (-0.3, 0.01, 0.5, True),
        (0.3, 0.01, 0.01, False),
    ],
)
def test_an_index_agrees_by_sign_and_significance(value: float, p: float, main_p: float, agrees: bool) -> None:
    def effect(value: float, p: float) -> EffectCoefficient:
        return EffectCoefficient(value, 0.1, value - 0.13, value + 0.13, value - 0.2, value + 0.2, p)

    assert _agrees(AlternativeEffect("other", 40, effect(value, p)), effect(-0.2, main_p)) is agrees


def test_a_result_kept_twice_is_one_snapshot(tmp_path: Path) -> None:
    """The order of the keys says nothing: the same result is the same bytes."""
    node = Node.create(tmp_path / "node")
    first = keep_result(node, "jobs", {"a": 1, "b": {"c": 2, "d": 3}}, "CC0-1.0", "Institute")
    assert keep_result(node, "jobs", {"b": {"d": 3, "c": 2}, "a": 1}, "CC0-1.0", "Institute") == first
    assert len(node.snapshots.all()) == 1
    with pytest.raises(BadInput, match="lowercase"):
        keep_result(node, "Jobs!", {}, "CC0-1.0", "")


def test_a_concept_that_a_holding_lacks_is_named() -> None:
    def ask(question: Any) -> Any:
        raise AssertionError("the desk was asked")

    with pytest.raises(UnknownName, match="sex"):
        ask_cells(
            ask,
            "survey",
            PanelColumns(occupation="job", period="year", group="sex"),
            {"job": ["1111"], "year": ["2020"]},
        )


# sex, job, region (as the period), how many of them, pay
CELLS = [
    ("F", "11", "N", 5, 10), ("F", "11", "S", 6, 20), ("F", "12", "N", 2, 10), ("F", "12", "S", 7, 10),
    ("M", "11", "N", 4, 30), ("M", "11", "S", 1, 10), ("M", "12", "N", 8, 10), ("M", "12", "S", 9, 10),
    ("", "11", "N", 5, 10), ("F", "", "N", 5, 10),
]  # fmt: skip
HOLDING_COLUMNS = PanelColumns(occupation="OCCUPATION", period="REGION", group="SEX")


def cells_of_holding(folder: Path, columns: PanelColumns, policy: str) -> tuple[dict[tuple[str, str, str], float], int]:
    """The cells of a holding and the number of series dropped; at least three people a cell."""
    rows = [
        {"sex": sex, "age": "30", "job": job, "region": region, "pay": str(pay)}
        for sex, job, region, many, pay in CELLS
        for _ in range(many)
    ]
    town = Town(folder, rows, policy=policy)

    def ask(question: Question) -> Answer:
        """Hides the cells with fewer people than the minimum only."""
        people = compute(town.node, town.holdings, replace(question, statistics=(Statistic("count"),)))
        few = {cell.codes for cell in people.cells if cell.value < 3}
        answer = compute(town.node, town.holdings, question)
        cells = (replace(cell, value=None, status=SUPPRESSED) if cell.codes in few else cell for cell in answer.cells)
        return replace(answer, cells=tuple(cells))

    codes = {"SEX": ["F", "M", "_U"], "OCCUPATION": ["11", "12", "_U"], "REGION": ["N", "S"]}
    cells, dropped = ask_cells(ask, "town", columns, codes)
    keys = zip(cells.group.tolist(), cells.occupation.tolist(), cells.period.tolist(), strict=True)
    return dict(zip(keys, cells.outcome.tolist(), strict=True)), dropped


def test_series_with_a_hidden_cell_are_dropped_and_counted_over_all_groups(tmp_path: Path) -> None:
    """F 12 has a cell of 2 persons and M 11 one of 1: with at least three, both series go, with their larger cells too."""
    found, dropped = cells_of_holding(tmp_path, HOLDING_COLUMNS, "minimum = 3")
    assert found == {("F", "11", "N"): 5, ("F", "11", "S"): 6, ("M", "12", "N"): 8, ("M", "12", "S"): 9}
    assert dropped == 2


def test_an_outcome_other_than_persons_is_a_mean(tmp_path: Path) -> None:
    found, _ = cells_of_holding(tmp_path, HOLDING_COLUMNS._replace(outcome="EARNINGS"), "minimum = 3")
    assert found["F", "11", "N"] == pytest.approx(10)
    assert found["F", "11", "S"] == pytest.approx(20)


def test_cells_with_noise_are_used(tmp_path: Path) -> None:
    """A private holding with a cost so high that the noise is below one: no cell is hidden, those without people are 0."""
    rows = [
        {"sex": sex, "age": "30", "job": job, "region": region, "pay": str(pay)}
        for sex, job, region, many, pay in CELLS
        for _ in range(many)
    ]
    town = PrivateTown(tmp_path, rows, budget="9000", per_asker="9000", per_question="1000")
    codes = {"SEX": ["F", "M", "_U"], "OCCUPATION": ["11", "12", "_U"]}
    cells, dropped = ask_cells(town.desk.ask, "town", PanelColumns(occupation="OCCUPATION", period="SEX"), codes)
    keys = zip(cells.occupation.tolist(), cells.period.tolist(), strict=True)
    found = dict(zip(keys, cells.outcome.tolist(), strict=True))
    assert dropped == 0
    assert found["11", "F"] == sum(many for sex, job, _, many, _ in CELLS if (sex, job) == ("F", "11"))
    assert found["31", "M"] == 0


def sheet(*rows: tuple[str, ...]) -> TextSheet:
    return TextSheet(("occupation", "period", "persons", "score"), [list(row) for row in rows], "cells.csv")


@pytest.mark.parametrize(
    ("rows", "place"),
    [
        ((("0110", "2020", "3", "1"), ("0110", "2021", "-4", "1")), "line 3"),
        ((("0110", "2020", "three", "1"),), "line 2"),
        ((("0110", "2020", "3", "1"), ("0110", "2020", "7", "1")), "line 3"),
        ((("0110", "2020", "3", "1"), ("0110", "2020-01", "7", "1")), "line 3"),
        ((("", "2020", "3", "1"),), "line 2"),
        ((("0110", "May 2020", "3", "1"),), "line 2"),
    ],
)
def test_refuses_invalid_cell_by_line_without_its_value(rows: Any, place: str) -> None:
    with pytest.raises(BadInput, match=place) as refused:
        build_panel(sheet(*rows), PanelColumns())
    assert not re.search(r"\b(three|-4|7)\b", str(refused.value))


def test_refuses_invalid_exposure() -> None:
    with pytest.raises(BadInput, match=r"two values.*line 3"):
        exposure_from_column(sheet(("1", "2020", "3", "1"), ("1", "2021", "3", "2")), PanelColumns(), "score")
    with pytest.raises(BadInput, match="is not a number"):
        exposure_from_column(sheet(("1", "2020", "3", "high")), PanelColumns(), "score")
    with pytest.raises(UnknownName, match="scores"):
        exposure_from_column(sheet(("1", "2020", "3", "1")), PanelColumns(), "scores")


def test_panel_keeps_leading_zeros() -> None:
    assert build_panel(sheet(("0110", "2020", "3", "1")), PanelColumns()).occupations == ["0110"]
    assert "0110" not in exposure_from_index("ilo-2025").scores
    assert "1111" in exposure_from_index("ILO_2025").scores


def test_index_has_scores_of_every_level_and_of_soc() -> None:
    """By hand: 2611 at ILO 2025 is itself; group 26 the mean of its units; SOC 2018 23-1011 (lawyers) goes to 2611 alone."""
    from bongsu.work.exposure.indices import isco08_scores, published_scores

    ilo = {unit: score.value for unit, score in isco08_scores("ILO_2025").items()}
    levels = exposure_from_index("ilo-2025").scores
    inside = [score for unit, score in ilo.items() if unit.startswith("26")]
    assert levels["2611"] == ilo["2611"]
    assert levels["26"] == pytest.approx(sum(inside) / len(inside))
    assert exposure_from_index("ilo-2025", "CL_SOC2018").scores["23-1011"] == ilo["2611"]
    assert (
        exposure_from_index("microsoft", "CL_SOC2018").scores["11-1011"]
        == published_scores("MICROSOFT")["11-1011"].value
    )
    with pytest.raises(UnknownName, match="SSYK"):
        exposure_from_index("ilo-2025", "CL_SSYK2012")


def test_event_times_by_hand() -> None:
    periods = [f"20{year}-{month:02}" for year in (21, 22) for month in range(1, 13)]
    times = event_times(periods, "2022-01", 3)
    assert (times["2022-03"], times["2022-04"], times["2021-12"], times["2021-01"]) == (0, 1, -1, -4)
    assert max(event_times([f"{year}" for year in range(1900, 2020)], "1960").values()) == 19  # three years each


def test_result_round_trips_through_json() -> None:
    cells, exposed = drawn(groups=("0", "1"))
    found = run_study(cells, StudyDesign("2022-01", exposed, "sex", (Exposure("none", {}),)))
    told = json.loads(json.dumps(result_format.result_to_json(found)))
    assert result_format.result_from_json(told) == found
    for broken in ({}, [], {**told, "format": "x"}, {**told, "studies": [{}]}):
        with pytest.raises(BadInput, match="not a valid result"):
            result_format.result_from_json(broken)


def test_result_contains_no_cell_value() -> None:
    """Every outcome ends in .37, so that a cell value in the result can be recognised."""
    cells, exposed = drawn()
    marked = Panel(cells.occupation, cells.period, cells.group, np.round(cells.outcome) + 0.37)
    found = run_study(marked, StudyDesign("2022-01", exposed))
    text = json.dumps(result_format.result_to_json(found)) + json.dumps(effect_plot.build_specification(found))
    outcomes = {f"{value:.2f}" for value in marked.outcome}
    assert not outcomes & set(re.findall(r"\d+\.\d\d\b", text))


def designed(simulated: tuple[Panel, Exposure]) -> tuple[Panel, StudyDesign]:
    return simulated[0], StudyDesign("2022-01", simulated[1])


@pytest.mark.parametrize("language", ["en", "ko", "fr"])
def test_plot_in_every_language(language: str) -> None:
    cells, exposed = drawn(groups=("0", "1"))
    found = run_study(cells, StudyDesign("2022-01", exposed))
    assert effect_plot.render_plot(found, "svg", language).startswith(b"<svg")
    spec = effect_plot.build_specification(found, language)
    assert "2022-01" in spec["title"]["subtitle"]
    assert (spec["facet"]["field"], spec["spec"]["width"]) == ("group", 380)  # two, side by side
    (values,) = spec["datasets"].values()
    assert [row["value"] for row in values if row["period"] == "2021-07"] == [0, 0]  # the time compared with
    alone = effect_plot.build_specification(run_study(*designed(drawn())), language)
    assert "facet" not in alone
    assert alone["width"] == 560
    with pytest.raises(UnknownName):
        effect_plot.render_plot(found, "pdf")


SWEDEN = ["--occupation", "ssyk4", "--period", "year_month", "--outcome", "n_employed", "--exposure", "high_exposure"]


class Fitted(NamedTuple):
    """What pyfixest 0.60 finds (fepois, occupation and month effects, errors clustered by occupation)."""

    older: float
    young: float
    young_error: float
    difference: float


REGISTERS = {
    "excerpts": Fitted(-0.0606859, -0.1359023, 0.0170624, -0.0847371),
    "whole": Fitted(0.0519057, -0.1130787, 0.029607, -0.1240701),
}


def test_command_on_swedish_register(
    data: Path, whole: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    expected = REGISTERS["whole" if whole else "excerpts"]
    file = str(data / "work" / "sweden_employment_occupation_month.csv")
    plot = tmp_path / "plot.svg"
    words = ["work", "impact", file, *SWEDEN, "--by", "young", "--alternative", "pctl_rank_genai", "--date", "2022-12"]
    assert main([*words, "--plot", str(plot), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [one["group"] for one in told["studies"]] == ["0", "1"]
    assert told["studies"][0]["effect"]["coefficient"] == pytest.approx(expected.older, abs=1e-6)
    assert told["studies"][1]["effect"]["coefficient"] == pytest.approx(expected.young, abs=1e-6)
    assert told["studies"][1]["effect"]["standard_error"] == pytest.approx(expected.young_error, abs=1e-6)
    assert told["difference"]["coefficient"] == pytest.approx(expected.difference, abs=1e-6)
    assert {one["period"] for one in told["breaks"]} >= {"2020-01"}
    assert all(study["alternatives"][0]["effect"] for study in told["studies"])
    assert {one["side"] for one in told["reading"]} == {MAY, MAY_NOT}
    assert plot.read_bytes().startswith(b"<svg")


MAPPING = """
format = "bongsu.mapping/1"
name = "register"
[concepts.OCCUPATION]
column = "o"
width = 4
[concepts.TIME_PERIOD]
column = "t"
[design]
frequency = "n"
repeated = "TIME_PERIOD"
"""


def test_studies_holding_through_the_desk(
    node_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same cells from a file and from a holding; two occupations have a cell of 3 persons, which the desk hides."""
    cells, exposed = drawn(-0.2)
    small = np.isin(cells.occupation, ["0003", "0033"]) & (cells.period == "2018-01")
    outcome = np.where(small, 3, cells.outcome)
    register, kept, scores = tmp_path / "register.csv", tmp_path / "kept.csv", tmp_path / "scores.csv"
    lines = [f"{o},{t},{n:.0f}" for o, t, n in zip(cells.occupation, cells.period, outcome, strict=True)]
    register.write_text("\n".join(["o,t,n", *lines]) + "\n", encoding="utf-8")
    scores.write_text(
        "\n".join(["occupation,score", *(f"{code},{score}" for code, score in exposed.scores.items())]),
        encoding="utf-8",
    )
    (tmp_path / "register.toml").write_text(MAPPING, encoding="utf-8")
    at = ["--node", str(node_folder)]
    assert main(["hold", "add", str(register), "--mapping", str(tmp_path / "register.toml"), *at]) == 0
    classifications = "[classifications]\nOCCUPATION = {}\nTIME_PERIOD = {}\n"
    table = '[[tables]]\nby = ["OCCUPATION", "TIME_PERIOD"]\n'
    (tmp_path / "plan.toml").write_text(f'holding = "register"\n{classifications}{table}', encoding="utf-8")
    assert main(["desk", "plan", "register", "--set", str(tmp_path / "plan.toml"), *at]) == 0
    question = 'holding = "register"\nbreakdown = ["OCCUPATION", "TIME_PERIOD"]\n[[statistics]]\nkind = "total"\n'
    (tmp_path / "question.toml").write_text(question, encoding="utf-8")
    capsys.readouterr()
    assert main(["desk", "ask", str(tmp_path / "question.toml"), "--json", *at]) == 0
    answer = json.loads(capsys.readouterr().out)["cells"]
    hidden = {cell["OCCUPATION"] for cell in answer if cell["value"] is None and cell["TIME_PERIOD"] != "_T"}
    assert hidden > {"0003", "0033"}
    shown = [line for line in lines if line[:4] not in hidden]
    kept.write_text("\n".join(["occupation,period,persons", *shown]) + "\n", encoding="utf-8")
    asked = ["--date", "2022-01", "--exposure", str(scores), "--json"]
    concepts = ["--occupation", "OCCUPATION", "--period", "TIME_PERIOD"]
    assert main(["work", "impact", "--holding", "register", *concepts, *asked, *at]) == 0
    held = json.loads(capsys.readouterr().out)
    assert main(["work", "impact", str(kept), *asked]) == 0
    filed = json.loads(capsys.readouterr().out)
    assert (held["hidden_series"], filed["hidden_series"]) == (len(hidden - {"_T"}), 0)
    assert held["studies"][0]["effect"] == pytest.approx(filed["studies"][0]["effect"])
    assert any("the desk hides" in one["sentence"] for one in held["reading"])
    assert main(["work", "impact", str(kept), *asked[:-1]]) == 0
    effect = filed["studies"][0]["effect"]
    printed = capsys.readouterr().out
    assert all(f"{effect[name]:.5g}" in printed for name in ("coefficient", "standard_error", "low", "high"))
    assert main(["work", "impact", "--holding", "register", *asked, *at]) == 64  # no concept “occupation”
    assert main(["work", "impact", *asked]) == 65


def test_command_names_the_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "cells.csv"
    file.write_text("occupation,period,persons,x\n0110,2020,4,1\n0110,2021,6,1\n", encoding="utf-8")
    common = ["work", "impact", str(file), "--date", "2021"]
    for words, status, said in (
        ([*common], 65, "Give the exposure"),
        ([*common, "--exposure", "x", "--index", "ilo-2025"], 65, "Give the exposure"),
        ([*common, "--exposure", "y"], 64, "There is no column “y”"),
        ([*common, "--index", "ilo-2024"], 64, "ilo-2023"),
        ([*common, "--exposure", "x"], 77, "fewer than 10"),
        ([*common, "--exposure", "x", "--period", "month"], 64, "month"),
        (["work", "impact", str(tmp_path / "none.csv"), "--date", "2021", "--exposure", "x"], 66, "There is no file"),
    ):
        assert main(words) == status
        err = capsys.readouterr().err
        assert said in err
        assert not re.search(r"\b[46]\b", err.replace(str(tmp_path), ""))


def test_refuses_unknown_model() -> None:
    cells, exposed = drawn()
    with pytest.raises(BongsuError):
        run_study(cells, StudyDesign("2022-01", exposed, model="probit"))
