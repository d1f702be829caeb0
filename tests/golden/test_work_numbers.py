"""Golden numbers of the work programme, each with its arithmetic, worked out by hand or by another program."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np
import pytest

from bongsu.core.errors import BadInput
from bongsu.store.tables.definitions import read_rows as table_rows
from bongsu.work import methods
from bongsu.work.employment import read_major_groups, read_minor_groups, read_soc, read_sub_major_groups
from bongsu.work.exposure.agreement import ranks, spearman
from bongsu.work.exposure.classes import ilo_class
from bongsu.work.exposure.dissimilarity import duncan
from bongsu.work.exposure.indices import (
    OccupationScore,
    convert_scores,
    isco08_scores,
    scores_by_code_list,
    scores_by_level,
)
from bongsu.work.exposure.profile import DIRICHLET_CONCENTRATION, build_profile, summarise_group
from tools.carry_work_tables import TABLES

ILO = isco08_scores("ILO_2025")
SCORES = {unit: score.value for unit, score in ILO.items()}
LABELS = {unit: ilo_class(score.value, score.sd or 0.0) for unit, score in ILO.items()}

# --- the class rule


@pytest.mark.parametrize(
    ("mean", "sd", "label"),
    [
        (0.60, 0.10, "G4"),  # 0.60 - 0.10 is 0.5 in doubles: at the edge, in
        (0.60, 0.11, "G3"),  # 0.49 below
        (0.59, 0.00, "G3"),  # below 0.60 however narrow
        (0.50, 0.30, "G3"),
        (0.49, 0.01, "G2"),  # 0.49 + 0.01 is 0.5
        (0.40, 0.10, "G2"),
        (0.40, 0.09, "MINIMAL"),
        (0.39, 0.11, "G1"),
        (0.39, 0.10, "MINIMAL"),  # 0.49
        (0.30, 0.10, "MINIMAL"),  # 0.4
        (0.29, 0.10, "NOT_EXPOSED"),  # 0.39
    ],
)
def test_class_rule_at_its_edges(mean: float, sd: float, label: str) -> None:
    assert ilo_class(mean, sd) == label


def test_classes_of_2025_as_published(data: Path) -> None:
    """231 not exposed, 84 minimal, 17, 44, 38, 13 over 427 unit groups, each as in the publisher's file."""
    names = {
        "NOT_EXPOSED": "Not Exposed",
        "MINIMAL": "Minimal Exposure",
        **{f"G{n}": f"Exposed: Gradient {n}" for n in (1, 2, 3, 4)},
    }
    with (data / "work" / "ilo2025_occupation.csv").open(encoding="utf-8-sig") as file:
        published = {row["isco08"]: row["class_2025"] for row in csv.DictReader(file)}
    assert {unit: names[label] for unit, label in LABELS.items()} == published
    counts = Counter(LABELS.values())
    assert counts == {"NOT_EXPOSED": 231, "MINIMAL": 84, "G1": 17, "G2": 44, "G3": 38, "G4": 13}


# --- conversion of an index


def test_a_score_is_converted_by_weights_and_its_coverage_stated() -> None:
    """SOC 11-1011 goes to 1112, 1113, 1114, 1120 by a quarter each; 11-1021 to 1112, 1114, 1120 ... (see the table).

    2120 (mathematicians, actuaries, statisticians) gets 15-2011 actuaries, 15-2021 mathematicians, 15-2041 statisticians,
    15-2091 and 15-2099 of SOC 2010, each with its weight; with scores for two of them alone the mean is theirs.
    """
    from bongsu.work.occupations.correspondences import find_correspondence

    links = {link.source: link.weight for link in find_correspondence("CL_SOC2010").links if link.target == "2120"}
    one, two = sorted(links)[:2]
    found = convert_scores({one: OccupationScore(1.0), two: OccupationScore(4.0)}, "CL_SOC2010")["2120"]
    assert found.value == pytest.approx((links[one] * 1 + links[two] * 4) / (links[one] + links[two]))
    assert found.coverage == pytest.approx((links[one] + links[two]) / sum(links.values()))
    assert found.coverage < 1


def test_unequal_weights_of_a_correspondence() -> None:
    """3353 gets a sixth of SOC 2018 13-1041 and half of 43-4061: (1/6 * 1 + 1/2 * 5) / (2/3) = 4, where the plain mean is 3.

    If 13-1041 alone has a score, its coverage is (1/6) / (2/3) = 0.25, where one of two links would be 0.5.
    """
    one, two = OccupationScore(1.0), OccupationScore(5.0)
    both = convert_scores({"13-1041.00": one, "43-4061.00": two}, "CL_SOC2018")["3353"]
    assert (both.value, both.coverage) == (pytest.approx(4), pytest.approx(1))
    alone = convert_scores({"13-1041.00": one}, "CL_SOC2018")["3353"]
    assert (alone.value, alone.coverage) == (pytest.approx(1), pytest.approx(0.25))


def test_scores_of_another_classification_by_the_weights_of_its_links() -> None:
    """13-1041 goes by a sixth to 3351 (0.32), 3353 (0.45) and 3354 (0.43), by a quarter to 2422 (0.42) and 3339 (0.44).

    1.20 / 6 + 0.86 / 4 = 0.415, where the plain mean of the five is 0.412.
    """
    assert scores_by_code_list("ILO_2025", "CL_SOC2018")["13-1041"] == pytest.approx(0.415, abs=1e-12)


def test_the_score_of_a_wider_group_is_the_mean_of_its_unit_groups() -> None:
    """335: 0.32, 0.49, 0.45, 0.43, 0.23 and 0.36 sum to 2.28; a sixth is 0.38."""
    assert scores_by_level("ILO_2025")["335"] == pytest.approx(0.38, abs=1e-12)


def test_onet_occupations_of_one_soc_code_count_alike() -> None:
    """11-1011.00 at 0.2 and 11-1011.03 at 0.4: the SOC code 11-1011 has 0.3."""
    found = convert_scores({"11-1011.00": OccupationScore(0.2), "11-1011.03": OccupationScore(0.4)}, "CL_SOC2018")
    assert {round(score.value, 12) for score in found.values()} == {0.3}


# --- agreement


def test_spearman_by_hand() -> None:
    """Ranks 1 2 3 4 5 and 2 1 4 3 5: squared differences 1+1+1+1+0 = 4; 1 - 6*4/(5*24) = 0.8."""
    first = dict(zip("abcde", (10, 20, 30, 40, 50), strict=True))
    second = dict(zip("abcde", (2, 1, 4, 3, 5), strict=True))
    found = spearman(first, second | {"f": 9})
    assert found.rho == pytest.approx(0.8, abs=1e-12)
    assert found.occupations == 5
    # z = atanh(0.8) = 1.0986123; width = 1.2815516 * sqrt((1 + 0.32)/2) = 1.0411374; tanh(0.0574749), tanh(2.1397497)
    assert (found.low, found.high) == (pytest.approx(0.0574117, abs=1e-6), pytest.approx(0.9726792, abs=1e-6))


def test_equal_values_share_a_rank() -> None:
    assert ranks([7, 3, 7, 1]).tolist() == [3.5, 2.0, 3.5, 1.0]


def test_ilo_against_aioe() -> None:
    """Spearman near 0.82 over some 416 occupations; scipy.stats.spearmanr gives 0.8200369864941383 on the same scores."""
    aioe = {unit: score.value for unit, score in isco08_scores("FELTEN_AIOE").items()}
    found = spearman(SCORES, aioe)
    assert found.occupations == 416
    assert found.rho == pytest.approx(0.8200369864941383, abs=1e-12)


def test_indices_that_agree_entirely_have_no_interval_and_three_occupations_no_agreement() -> None:
    scores = dict(zip("abcd", (1.0, 2.0, 3.0, 4.0), strict=True))
    same, reverse = spearman(scores, scores), spearman(scores, {code: -value for code, value in scores.items()})
    assert (same.rho, same.low, same.high, same.occupations) == (1.0, 1.0, 1.0, 4)
    assert (reverse.rho, reverse.low, reverse.high) == (-1.0, -1.0, -1.0)
    with pytest.raises(BadInput, match="share 3 occupations"):
        spearman(scores, {code: scores[code] for code in "abc"})


def test_a_constant_index_has_no_ranks() -> None:
    with pytest.raises(BadInput, match="no ranks"):
        spearman(dict.fromkeys("abcd", 1.0), dict(zip("abcd", range(4), strict=True)))


# --- employment by exposure


def test_profile_by_hand() -> None:
    """Group 1 has units at 0.2, 0.4, 0.6 (mean 0.4), group 2 one unit at 0.1; 30 and 60 persons, 10 without a score.

    Mean: (30*0.4 + 60*0.1) / 90 = 0.2. Coverage: 90/100. Class A: one of three in group 1: 30/90/3 = 1/9; class B: the
    rest, 8/9. Variance of group 1 (one digit): population variance 0.08/3, over 3 * 0.22 + 1 = 1.66: 0.0160643; of the mean:
    (1/3)^2 of it = 0.00178492, SD 0.0422483; 80 % interval 0.2 +- 1.2815516 * 0.0422483 = 0.2 +- 0.0541434.
    """
    scores = {"11": 0.2, "12": 0.4, "13": 0.6, "21": 0.1}
    labels = {"11": "NOT_EXPOSED", "12": "G2", "13": "NOT_EXPOSED", "21": "NOT_EXPOSED"}
    groups = {code: summarise_group(scores, labels, code) for code in ("1", "2", "X")}
    found = build_profile({"1": 30, "2": 60, "X": 10}, groups)
    assert found is not None
    assert found.mean.value == pytest.approx(0.2)
    assert found.coverage == pytest.approx(0.9)
    assert found.shares["G2"].value == pytest.approx(1 / 9)
    assert found.shares["NOT_EXPOSED"].value == pytest.approx(8 / 9)
    assert found.mean.high - found.mean.value == pytest.approx(0.0541434, abs=1e-6)
    assert found.mean.value - found.mean.low == pytest.approx(0.0541434, abs=1e-6)


@pytest.mark.parametrize(("code", "variance"), [("1", 0.01606426), ("11", 0.01029601), ("111", 0.00860215)])
def test_the_variance_of_a_group_by_its_digits(code: str, variance: float) -> None:
    """Scores 0.2, 0.4, 0.6: population variance 0.08/3; over 3 * 0.22 + 1, 3 * 0.53 + 1 and 3 * 0.70 + 1."""
    found = summarise_group({"1111": 0.2, "1112": 0.4, "1113": 0.6}, {}, code)
    assert found is not None
    assert found.variance == pytest.approx(variance, abs=1e-8)


def test_interval_is_that_of_a_dirichlet_law() -> None:
    """The closed variance against 200,000 draws of how a sub-major group's employment might split."""
    units = [unit for unit in SCORES if unit.startswith("24")]
    found = summarise_group(SCORES, LABELS, "24")
    assert found is not None
    draws = np.random.default_rng(1).dirichlet(np.full(len(units), DIRICHLET_CONCENTRATION[2]), 200_000)
    means = draws @ np.array([SCORES[unit] for unit in units])
    assert found.mean == pytest.approx(means.mean(), abs=2e-4)
    assert found.variance == pytest.approx(means.var(), rel=0.02)
    shares = draws @ np.array([float(LABELS[unit] == "G2") for unit in units])
    assert found.shares["G2"] * (1 - found.shares["G2"]) * found.mean_variance_share == pytest.approx(
        shares.var(), rel=0.02
    )


def test_splits_are_as_gathered_as_in_the_united_states() -> None:
    """Two and three digits: the parameter a at which the sum of squared shares inside a group is that of OEWS 2024.

    It is (a + 1)/(k a + 1), on average over groups of k unit groups; a by halving.
    """
    *_, last = read_soc((TABLES / "employment_soc.csv").read_text(encoding="utf-8"))
    assert last.year == "2024"
    for digits in (2, 3):
        inside: dict[str, list[float]] = defaultdict(list)
        for unit in SCORES:
            inside[unit[:digits]].append(last.amounts.get(unit, 0.0))
        shares = [np.array(one) / sum(one) for one in inside.values() if len(one) > 1 and sum(one) > 0]
        seen, sizes = np.mean([one @ one for one in shares]), np.array([len(one) for one in shares])
        low, high = 0.01, 10.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if ((middle + 1) / (sizes * middle + 1)).mean() > seen else (low, middle)
        assert low == pytest.approx(DIRICHLET_CONCENTRATION[digits], abs=0.005)


def test_one_digit_holds_the_means_of_four_countries_in_five() -> None:
    """141 countries: the mean from sub-major groups lies in the interval from major groups in 80 % of cases.

    So do the means of the four countries whose unit or minor groups are known.
    """
    text = (TABLES / "employment_isco2.csv").read_text(encoding="utf-8")
    within = [_held(one.amounts) for one in read_sub_major_groups(text)]
    assert len(within) == 141
    assert sum(within) / 141 == pytest.approx(0.80, abs=0.02)
    *_, oews = read_soc((TABLES / "employment_soc.csv").read_text(encoding="utf-8"))
    minor = read_minor_groups((TABLES / "employment_isco3.csv").read_text(encoding="utf-8"))
    assert all(_held(one.amounts) for one in (oews, *(one for one in minor if one.year == "2018")))


def _held(amounts: dict[str, float]) -> bool:
    """Whether one digit's interval holds the mean that the detail gives."""
    wide: dict[str, float] = defaultdict(float)
    for code, amount in amounts.items():
        if summarise_group(SCORES, LABELS, code):
            wide[code[0]] += amount
    fine = build_profile(amounts, {code: summarise_group(SCORES, LABELS, code) for code in amounts})
    coarse = build_profile(wide, {code: summarise_group(SCORES, LABELS, code) for code in wide})
    assert fine is not None
    assert coarse is not None
    return coarse.mean.low <= fine.mean.value <= coarse.mean.high


def test_country_means_are_those_of_the_source(data: Path, whole: bool) -> None:
    """The source's own contributions (share x score of the sub-major group) sum to the mean, for each of 141 countries."""
    contributions: dict[str, float] = defaultdict(float)
    with (data / "work" / "employment_isco2_by_country.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            contributions[row["country_code"].replace("KOS", "XKK")] += float(row["contribution"])
    text = (TABLES / "employment_isco2.csv").read_text(encoding="utf-8")
    found = {}
    for one in read_sub_major_groups(text):
        if one.area not in contributions:
            continue
        made = build_profile(one.amounts, {code: summarise_group(SCORES, LABELS, code) for code in one.amounts})
        assert made is not None
        found[one.area] = made.mean.value
    assert found.keys() == contributions.keys()
    assert len(found) == (141 if whole else 14)
    assert all(found[area] == pytest.approx(mean, abs=1e-9) for area, mean in contributions.items())


def test_a_group_of_an_older_year_is_kept_and_named() -> None:
    text = "area,year,occupation,sex,persons\nJPN,2022,7,F,10\nJPN,2024,1,F,5\nJPN,2024,1,M,4\nJPN,2024,2,O,1\n"
    found = {one.sex: one for one in read_major_groups(text)}
    assert found["_T"].amounts == {"7": 10, "1": 9, "2": 1}
    assert found["F"].amounts == {"7": 10, "1": 5}
    assert found["M"].amounts == {"1": 4}
    assert found["_T"].year == "2024"
    assert found["_T"].comment == "groups of an older year: 7 in 2022"


def test_thousands_become_persons_and_a_masked_cell_is_named() -> None:
    (found,) = read_minor_groups("area,year,occupation,thousands\nITA,2015,111,19.193\nITA,2015,951,\n")
    assert found.amounts == {"111": 19193.0}
    assert found.comment == "masked by the source: 951"


def test_soc_employment_is_converted_and_nothing_lost_in_silence() -> None:
    """17-2041 (chemical engineers) goes to 2145 alone; an unknown code is lost, and said to be.

    Mean wage: (100 * 50 + 300 * 70) / 400 = 65.
    """
    text = "area,year,occupation,persons,wage\nUSA,2015,17-2041,100,50\nUSA,2015,99-9999,7,1\n"
    (found,) = read_soc(text)
    assert found.amounts == {"2145": 100.0}
    assert found.unconverted == 7
    assert found.wages == {"2145": 50.0}
    assert methods.mean_wage({"a": 100, "b": 300, "c": 5}, {"a": 50, "b": 70}, {"a", "b", "c"}) == 65


def test_negative_employment_is_refused_with_its_line() -> None:
    with pytest.raises(BadInput, match=r"“-3”.*line 3"):
        list(read_minor_groups("area,year,occupation,thousands\nITA,2015,111,1\nITA,2015,112,-3\n"))
    with pytest.raises(BadInput, match="0 or a positive number"):
        build_profile({"1": -1.0}, {})


# --- dissimilarity and trends


def test_duncan_by_hand() -> None:
    """Shares 0.5 0.5 0 and 0.25 0.25 0.5: (0.25 + 0.25 + 0.5) / 2 = 0.5."""
    assert duncan({"a": 10, "b": 10}, {"a": 1, "b": 1, "c": 2}) == pytest.approx(0.5)
    assert duncan({"a": 3, "b": 7}, {"a": 30, "b": 70}) == pytest.approx(0.0)
    assert duncan({"a": 3}, {"b": 7}) == pytest.approx(1.0)
    assert duncan({"a": 0.25, "b": 0.25}, {"b": 0.125}) == pytest.approx(0.5)  # amounts below 1 are amounts
    for wrong in ({}, {"a": 0.0}, {"a": 3.0, "b": -1.0}):
        with pytest.raises(BadInput, match="total above 0"):
            duncan({"a": 3}, wrong)


def test_mean_wage_by_hand() -> None:
    """10 persons at 20 and 30 at 40: 1,400 / 40 = 35. Codes without persons or a wage, or not asked for, change nothing."""
    amounts, wages = {"a": 10, "b": 30, "d": 5, "e": 0, "x": 100}, {"a": 20, "b": 40, "c": 99, "e": 99, "x": 99}
    assert methods.mean_wage(amounts, wages, set("abcde")) == pytest.approx(35)
    assert methods.mean_wage(amounts, wages, {"c", "d", "e"}) is None


def test_index_of_the_first_year() -> None:
    assert methods.percent_of_first({"2016": 30.0, "2014": 20.0}) == {"2016": 150.0, "2014": 100.0}


def test_nine_unit_groups_have_no_score() -> None:
    units = {row["code"] for row in table_rows(_codes()) if len(row["code"]) == 4}
    assert units - SCORES.keys() == {"0110", "0210", "0310", "1439", "3139", "3435", "5249", "7319", "8189"}


def _codes() -> Path:
    from importlib.resources import files

    return Path(str(files("bongsu.definitions"))) / "codes" / "CL_ISCO08.csv"
