"""The desk's statistics and standard errors: worked out by hand, or by another program on the same records.

Oracles: samplics 0.6.1 (TaylorEstimator, ReplicateEstimator) for designs; statsmodels 0.15 (OLS, WLS, GLM; cov_type="HC0",
times sqrt(n / (n - 1)), which is the survey sandwich of a design with replacement) for models.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bongsu.core.errors import Refused
from bongsu.desk.answer import Answer
from bongsu.desk.cell_statistics import round_up_to_125
from tests.desk.town import Town, compute, people

# stratum, unit, weight, value, domain: three units in stratum a (of 30), three in b (of 12)
SAMPLE = [
    ("a", "1", 10, 5.0, "X"), ("a", "1", 12, 7.0, "Y"), ("a", "2", 9, 4.0, "X"), ("a", "2", 11, 9.0, "X"),
    ("a", "3", 10, 6.0, "Y"), ("b", "4", 20, 3.0, "X"), ("b", "4", 18, 2.0, "Y"), ("b", "5", 22, 8.0, "Y"),
    ("b", "6", 21, 5.0, "X"), ("b", "6", 19, 1.0, "X"),
]  # fmt: skip
STRATA = '[design]\nweight = "w"\nstratum = "h"\ncluster = "u"\n'
MEAN, TOTAL = {"kind": "mean", "of": "EARNINGS"}, {"kind": "total", "of": "EARNINGS"}


def sample(folder: Path, design: str, **columns: list[Any]) -> Town:
    rows = [
        {"sex": d, "age": "30", "job": "11", "region": "N", "pay": str(y), "h": h, "u": u, "w": str(w)}
        | {"N": "30" if h == "a" else "12"}
        | {name: str(values[i]) for name, values in columns.items()}
        for i, (h, u, w, y, d) in enumerate(SAMPLE)
    ]
    return Town(folder, rows, design=design, policy="minimum = 3")


def found(answer: Answer) -> dict[tuple[str, str], tuple[float | None, float | None]]:
    return {(c.statistic.split()[0], "".join(c.codes)): (c.value, c.standard_error) for c in answer.cells}


def test_strata_and_clusters(tmp_path: Path) -> None:
    """By hand, the total: unit totals a: 134, 135, 60; b: 96, 176, 124. Mean of a 109.67: squares 592.1 + 641.8 + 2466.8
    = 3700.67; of b 132: 1296 + 1936 + 64 = 3296. Variance = 3/2 (3700.67 + 3296) = 10495, root 102.445.
    """
    town = sample(tmp_path, STRATA)
    shown = found(town.compute(["SEX"], [MEAN, TOTAL]))
    assert shown["total", "_T"] == (725.0, pytest.approx(102.44510725, rel=1e-5))
    samplics = {
        ("mean", "_T"): (4.769736842105263, 0.9859316887101423),
        ("mean", "X"): (4.1, 0.6682388868335508),
        ("mean", "Y"): (5.741935483870968, 1.6563619163096648),
        ("total", "X"): (369.0, 159.72163284915416),
        ("total", "Y"): (356.0, 177.62882648939612),
    }
    for key, (value, error) in samplics.items():
        assert shown[key] == (pytest.approx(value, rel=1e-12), pytest.approx(error, rel=1e-5)), key


def test_finite_populations(tmp_path: Path) -> None:
    """1 - 3/30 and 1 - 3/12 of each stratum's part: 0.9 x 5551 + 0.75 x 4944 = 8703.9, root 93.295 (samplics: 93.29469)."""
    shown = found(sample(tmp_path, STRATA + 'population = "N"\n').compute((), [MEAN, TOTAL]))
    assert shown["total", ""][1] == pytest.approx(93.29469438, rel=1e-5)
    assert shown["mean", ""][1] == pytest.approx(0.8560015016601429, rel=1e-5)


def test_without_weights_a_record_is_a_person(tmp_path: Path) -> None:
    """Ten records with values that add up to 50."""
    town = sample(tmp_path, "")
    shown = found(town.compute((), [{"kind": "total"}, TOTAL]))
    cells = {cell.statistic: cell.value for cell in town.compute((), [{"kind": "total"}, TOTAL]).cells}
    assert cells == {"total": 10, "total EARNINGS": 50}
    assert shown["total", ""][1] is None


def test_jackknife_weights(tmp_path: Path) -> None:
    """Each unit left out in turn, the others times 6/5: samplics, about the full sample, says 1.0650456989993753."""
    units = [u for _, u, *_ in SAMPLE]
    columns = {f"r{n}": [0 if u == n else w * 1.2 for (_, u, w, *_) in SAMPLE] for n in sorted(set(units))}
    design = f'[design]\nweight = "w"\nmethod = "JK1"\nreplicates = {sorted(columns)}\n'
    assert found(sample(tmp_path, design, **columns).compute((), [MEAN]))["mean", ""][1] == pytest.approx(
        1.0650456990, rel=1e-5
    )


@pytest.mark.parametrize(
    ("method", "error"),
    [
        ('method = "BRR"', 2.5),
        ('method = "BRR"\nrho = 0.5', 5.0),
        ('method = "JK1"', 2.5),
        ('method = "bootstrap"', 3.535534),
    ],
)
def test_replicate_weights_by_hand(tmp_path: Path, method: str, error: float) -> None:
    """Values 1 to 10, mean 5.5. Two replicates take one half each: means 3 and 8, both 2.5 away, squares 12.5.

    BRR: 12.5 / 2 = 6.25, root 2.5; by Fay with 0.5: 6.25 / 0.25 = 25, root 5; JK1: 1/2 x 12.5; bootstrap: 12.5 / (2 - 1).
    """
    rows = [
        {"sex": "F", "age": "30", "job": "11", "region": "N", "pay": str(i + 1), "w": "1"}
        | {"r1": str(2 * (i < 5)), "r2": str(2 * (i >= 5))}
        for i in range(10)
    ]
    town = Town(tmp_path, rows, design=f'[design]\nweight = "w"\nreplicates = ["r1", "r2"]\n{method}\n')
    assert found(town.compute((), [MEAN]))["mean", ""] == (5.5, pytest.approx(error, rel=1e-5))


# By samplics 0.6.1 on the same file, estimate and standard error: the drawn excerpt, and the published file
EARNINGS = {
    "excerpts": {
        ("mean", "F"): (10.746747777399, 0.380780627869),
        ("mean", "M"): (12.880844049401, 0.459548940938),
        ("total", "F"): (133882.306766, 14404.609949),
        ("share", "F"): (0.507811640175, 0.021247036176),
    },
    "whole": {
        ("mean", "F"): (11.101690, 0.235423),
        ("mean", "M"): (14.633787, 0.283188),
        ("total", "F"): (4.983153e05, 33685.6096),
        ("share", "F"): (0.38781828585, 0.013641756),
    },
}


def test_an_institutions_file_against_another_program(tmp_path: Path, data: Path, whole: bool) -> None:
    """Hourly earnings by sex, employees within employers: samplics on the same file."""
    from bongsu.core.microdata_question import Question
    from bongsu.store.microdata.holdings import Holdings
    from bongsu.store.node import Node

    node = Node.create(tmp_path / "node")
    holdings = Holdings(node)
    mapping = (Path(__file__).parents[1] / "desk" / "mappings" / "austria-ses.toml").read_text(encoding="utf-8")
    holdings.add(data / "work" / "microdata_austria_ses_synthetic.csv", mapping)
    asked = {
        "holding": "austria-ses",
        "breakdown": ["SEX"],
        "statistics": [MEAN, TOTAL, {"kind": "share", "along": "SEX"}],
    }
    shown = found(compute(node, holdings, Question.from_data(asked)))
    for key, (value, error) in EARNINGS["whole" if whole else "excerpts"].items():
        assert shown[key] == (pytest.approx(value, rel=1e-6), pytest.approx(error, rel=1e-5)), key


def town_of(folder: Path, rows: list[tuple[str, str, float, int]]) -> Town:
    """(sex, job, pay, how many) as people with a weight of one."""
    made = [
        {"sex": sex, "age": "30", "job": job, "region": "N", "pay": str(pay), "w": "1"}
        for sex, job, pay, many in rows
        for _ in range(many)
    ]
    return Town(folder, made, design='[design]\nweight = "w"\n')


def test_a_quantile_of_a_histogram(tmp_path: Path) -> None:
    """40 people below 1,000 and 60 below 2,000: the 50th stands 10/60 into the second bin, 1,166.67.

    Its standard error: 1,000/60 for every person by whom the rank moves. Each of the 40 moves it by 0.5 - 1, each of the 60
    by 0.5 - 1/6; squares 40 x 0.25 + 60 x 0.1111 = 16.667, times 100/99 = 16.835, root 4.1031; so 68.385.
    """
    town = town_of(tmp_path, [("F", "11", 500, 40), ("F", "11", 1500, 60)])
    (cell,) = town.compute((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.5}]).cells
    assert (cell.value, cell.standard_error) == (pytest.approx(1166.6667, abs=1e-3), pytest.approx(68.385, abs=0.001))


def test_a_quantile_is_of_those_who_have_a_value(tmp_path: Path) -> None:
    """The same 100 people, and 20 whose pay is not known."""
    known = [("F", "11", 500, 40), ("F", "11", 1500, 60)]
    town = town_of(tmp_path, [*known, ("F", "11", "", 20)])  # type: ignore[list-item]
    (cell,) = town.compute((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.5}]).cells
    assert cell.value == pytest.approx(1166.6667, abs=1e-3)


def test_a_gini_coefficient(tmp_path: Path) -> None:
    """Half of the people have 500 each and half 1,500: the poorer half has 0.25 of all, so G = 0.5 - 0.25."""
    town = town_of(tmp_path, [("F", "11", 500, 50), ("F", "11", 1500, 50)])
    (cell,) = town.compute((), [{"kind": "gini", "of": "EARNINGS"}]).cells
    assert cell.value == pytest.approx(0.25)


def test_duncans_index_of_dissimilarity(tmp_path: Path) -> None:
    """Women 20, 30 and men 40, 10 in two jobs: (|0.4 - 0.8| + |0.6 - 0.2|) / 2 = 0.4."""
    town = town_of(tmp_path, [("F", "11", 5, 20), ("F", "12", 5, 30), ("M", "11", 5, 40), ("M", "12", 5, 10)])
    duncan = {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["SEX", "F", "M"]}
    (cell,) = town.compute((), [duncan]).cells
    assert (cell.value, cell.status) == (pytest.approx(0.4), "shown")


def test_dissimilarity_leaves_out_who_is_in_neither_group(tmp_path: Path) -> None:
    """In N 20 and 30, in S 40 and 10 people in two jobs, and 50 elsewhere: (|0.4 - 0.8| + |0.6 - 0.2|) / 2 = 0.4."""
    numbers = [("N", "11", 20), ("N", "12", 30), ("S", "11", 40), ("S", "12", 10), ("W", "11", 50)]
    made = [
        {"sex": "F", "age": "30", "job": job, "region": region, "pay": "5", "w": "1"}
        for region, job, many in numbers
        for _ in range(many)
    ]
    town = Town(tmp_path, made, design='[design]\nweight = "w"\n')
    asked = {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["REGION", "N", "S"]}
    (cell,) = town.compute((), [asked]).cells
    assert (cell.value, cell.status) == (pytest.approx(0.4), "shown")


def test_a_coefficient_that_rests_on_a_small_bin_is_rounded(tmp_path: Path) -> None:
    """100 people of 50 below the first edge, 5 of 190: G = 0.112, to the step that 10 of 105 could move: 0.1."""
    made = [
        {"sex": "F", "age": "30", "job": "11", "region": "N", "pay": "5", "wealth": wealth}
        for wealth in [*100 * ["50"], *5 * ["190"]]
    ]
    concept = '[concepts.WEALTH]\ncolumn = "wealth"\nkind = "measure"\nlow = 0\nedges = [100, 200]\n'
    town = Town(tmp_path, made, design=concept)
    (cell,) = town.compute((), [{"kind": "gini", "of": "WEALTH"}]).cells
    assert (cell.value, cell.status) == (pytest.approx(0.1), "rounded")


def test_what_rests_on_small_groups_is_rounded(tmp_path: Path) -> None:
    """Two men in job 12: the index 0.4 + ... is given to the step that 10 of 42 could move: 10/42 = 0.238, next step 0.5."""
    town = town_of(tmp_path, [("F", "11", 5, 20), ("F", "12", 5, 30), ("M", "11", 5, 40), ("M", "12", 5, 2)])
    duncan = {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["SEX", "F", "M"]}
    (cell,) = town.compute((), [duncan]).cells
    assert (cell.value, cell.status) == (0.5, "rounded")  # exactly |0.4 - 40/42| = 0.552


def test_the_smaller_of_two_groups_sets_the_step(tmp_path: Path) -> None:
    """Of N 20 and 30 people, of S 40 and 2 in two jobs, and 50 elsewhere: the step is of 10 of the 42 in S, not of the 50."""
    numbers = [("N", "11", 20), ("N", "12", 30), ("S", "11", 40), ("S", "12", 2), ("W", "11", 50)]
    made = [
        {"sex": "F", "age": "30", "job": job, "region": region, "pay": "5", "w": "1"}
        for region, job, many in numbers
        for _ in range(many)
    ]
    asked = {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["REGION", "N", "S"]}
    (cell,) = Town(tmp_path, made, design='[design]\nweight = "w"\n').compute((), [asked]).cells
    assert (cell.value, cell.status) == (0.5, "rounded")  # exactly |0.4 - 40/42| = 0.552


def test_a_quantile_of_a_part_is_rounded_to_what_the_minimum_could_move(tmp_path: Path) -> None:
    """20 women below 1,000, 30 below 2,000: the median is 1,000 + 5/30 of 1,000 = 1,166.67.

    Ten of the 30 in its bin could move it by 10/30 of 1,000 = 333, next step 500: 1,166.67 becomes 1,000.
    """
    town = town_of(tmp_path, [("F", "11", 500, 20), ("F", "11", 1500, 30), ("M", "11", 500, 30)])
    median = {"kind": "quantile", "of": "EARNINGS", "at": 0.5}
    (cell,) = town.compute((), [median], {"SEX": ["F"]}).cells
    assert (cell.value, cell.status) == (1000, "rounded")


def test_statistics_by_band_are_rounded(tmp_path: Path) -> None:
    """A Gini coefficient of 0.25 of 100 people, to the step 10/100 = 0.1."""
    town = town_of(tmp_path, [("F", "11", 500, 50), ("F", "11", 1500, 50)])
    answer = town.compute([{"concept": "AGE", "bands": [15, 65]}], [{"kind": "gini", "of": "EARNINGS"}])
    found = {cell.codes: (cell.value, cell.status) for cell in answer.cells}
    assert found["_T",] == (pytest.approx(0.2), "rounded")


@pytest.mark.parametrize(("many", "status"), [(40, "shown"), (39, "suppressed")])
@pytest.mark.parametrize("at", [0.25, 0.75])
def test_a_quantile_needs_the_minimum_in_its_tail(tmp_path: Path, at: float, many: int, status: str) -> None:
    """A quarter of 40 is 10, the minimum; of 39 it is less, in the lower tail and in the upper one."""
    town = town_of(tmp_path, [("F", "11", 1500, many)])
    (cell,) = town.compute((), [{"kind": "quantile", "of": "EARNINGS", "at": at}]).cells
    assert cell.status == status


@pytest.mark.parametrize(
    ("numbers", "value", "status"),
    [
        ((10, 30, 40, 10), 0.55, "shown"),  # |0.25 - 0.8|; every category has the minimum
        ((9, 31, 40, 10), 0.5, "rounded"),  # |0.225 - 0.8| = 0.575; ten of the 40 women: 0.25, next step 0.5
        ((39, 1, 40, 10), 0.0, "rounded"),  # 0.175; one woman is fewer than the minimum
        ((10, 0, 40, 10), 0.2, "shown"),  # |1 - 0.8|; ten women are enough
        ((9, 0, 40, 10), None, "suppressed"),
    ],
)
def test_dissimilarity_at_the_minimum(
    tmp_path: Path, numbers: tuple[int, ...], value: float | None, status: str
) -> None:
    """Women and men in two jobs, at least ten of them; the step is of the smaller group."""
    groups = (("F", "11"), ("F", "12"), ("M", "11"), ("M", "12"))
    town = town_of(tmp_path, [(sex, job, 5, many) for (sex, job), many in zip(groups, numbers, strict=True)])
    duncan = {"kind": "dissimilarity", "over": "OCCUPATION", "between": ["SEX", "F", "M"]}
    (cell,) = town.compute((), [duncan]).cells
    assert (cell.value, cell.status) == (value if value is None else pytest.approx(value), status)


@pytest.mark.parametrize(
    ("number", "step"),
    [(0.1, 0.1), (0.11, 0.2), (0.2, 0.2), (0.21, 0.5), (0.51, 1), (3, 5), (70, 100), (0.3 - 0.1, 0.2)],
)
def test_steps_are_1_2_or_5_of_a_power_of_ten(number: float, step: float) -> None:
    assert round_up_to_125(number) == step


def test_a_model_of_numbers_needs_the_minimum_and_no_outlier(tmp_path: Path) -> None:
    """16 people of 30 and 40 years, as many as the minimum, have a leverage of 1/16 each, by their age.

    One of 99 among 50 of 30 and 50 of 31 has 1: 69^2 of the sum of squares, although weights and ages are much larger than 1.
    """
    ols = {"kind": "ols", "of": "EARNINGS", "terms": ["AGE"]}
    person = town_of(tmp_path / "one", [("F", "11", 5, 20)]).rows[0]
    rows = [{**person, "age": str(30 + 10 * (i % 2)), "pay": str(100 + i // 2)} for i in range(16)]
    (model,) = Town(tmp_path / "even", rows, policy="minimum = 16").compute((), [ols]).models
    assert [term.value for term in model.terms] == pytest.approx([103.5, 0], abs=1e-6)
    with pytest.raises(Refused, match="too few"):
        Town(tmp_path / "few", rows, policy="minimum = 17").compute((), [ols])
    old = [{**person, "age": str(30 + i % 2), "pay": str(100 + i)} for i in range(100)] + [{**person, "age": "99"}]
    with pytest.raises(Refused, match="A term of the model has too few contributors"):
        Town(tmp_path / "old", old).compute((), [ols])


STATSMODELS: dict[str, tuple[dict[str, Any], str, list[float], list[float]]] = {
    "ols": (
        {"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "REGION"]}, "",
        [1641.1806120092926, 59.94038149220279, 179.78300582992625, 293.8409062992946],
        [56.83771769504796, 76.87247387838876, 84.11454959220133, 299.32796022219634],
    ),
    "wls": (
        {"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "REGION"]}, '[design]\nweight = "weight"\n',
        [1648.697682311889, 56.56128518484665, 168.89256626806633, 235.12121099571016],
        [59.171958620784274, 81.52222790911541, 87.41278197138254, 330.4938500536903],
    ),
    "logit": (
        {"kind": "glm", "of": "EXPOSED", "family": "binomial", "terms": ["SEX", "REGION"]}, "",
        [0.5090904928352376, -0.15544495453003052, -0.4331345586111204, -0.44865621029863006],
        [0.13510298710868032, 0.1662956462408405, 0.17508022194475856, 0.474820817856202],
    ),
    "poisson": (
        {"kind": "glm", "of": "EARNINGS", "family": "poisson", "terms": ["SEX", "REGION"]}, "",
        [7.403917874557804, 0.034415409955153076, 0.1020702051395892, 0.16240546003145634],
        [0.033921208267969336, 0.044172248443999994, 0.04692064937524029, 0.1535629445211238],
    ),
    "ols of a number": (
        {"kind": "ols", "of": "EARNINGS", "terms": ["AGE"]}, "",
        [1723.3644511845773, 0.45106491057704856], [107.66666700436792, 2.2403806630073513],
    ),
    "wls of two numbers": (
        {"kind": "ols", "of": "EARNINGS", "terms": ["AGE", "EXPOSED"]}, '[design]\nweight = "weight"\n',
        [1638.1067956658926, 0.23190617034795435, 171.0745198165472],
        [117.06627160550708, 2.264814621408364, 78.74624388974347],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STATSMODELS)
def test_models_against_another_program(tmp_path: Path, name: str) -> None:
    from bongsu.core.microdata_question import Question

    statistic, design, coefficients, errors = STATSMODELS[name]
    town = Town(tmp_path, people(), design=design, policy="minimum = 5")  # few of region W are exposed
    exposed = {job: float(job < "20") for job in ("01", "11", "12", "21", "22", "23", "31")}
    asked = {
        "holding": "town",
        "statistics": [statistic],
        "scores": {"EXPOSED": {"release": "NONE", "by": "OCCUPATION"}},
    }
    (model,) = compute(town.node, town.holdings, Question.from_data(asked), {"EXPOSED": exposed}).models
    assert [term.value for term in model.terms] == pytest.approx(coefficients, rel=1e-6)
    assert [term.standard_error for term in model.terms] == pytest.approx(errors, rel=1e-5)


def test_a_model_as_json(tmp_path: Path) -> None:
    """Women earn 500 and men 1,500, both 100 more in S; one woman earns 505, so that the model is not exact."""
    rows = [("F", 500), ("F", 500), ("M", 1500)]
    made = [
        {"sex": sex, "age": "30", "job": "11", "region": region, "pay": str(pay + 100 * (region == "S")), "w": "1"}
        for region in ("N", "S")
        for sex, pay in rows
        for _ in range(30)
    ]
    made += [{**made[0], "pay": "505"}]
    town = Town(tmp_path, made)
    (model,) = town.compute((), [{"kind": "ols", "of": "EARNINGS", "terms": ["SEX", "REGION"]}]).to_data()["models"]
    assert model["statistic"] == "ols EARNINGS SEX+REGION"
    assert [term["term"] for term in model["terms"]] == ["(intercept)", "SEX=M", "REGION=S"]
    assert [term["value"] for term in model["terms"]] == pytest.approx([500, 1000, 100], abs=0.1)
    assert all(term["standard_error"] > 0 for term in model["terms"])
    assert model["moments"]["xwx"] == [[181, 60, 90], [60, 60, 30], [90, 30, 90]]
    assert model["references"] == {"SEX": "F", "REGION": "N"}
