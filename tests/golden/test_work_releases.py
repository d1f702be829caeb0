"""Releases of the work programme built from small tables, with every value worked out by hand.

Index: unit groups 1111 at 0.2 (SD 0.05: not exposed), 1112 at 0.6 (0.10: G4), 2421 at 0.5 (0.10: G3), 2423 at 0.1 (0: not
exposed), 3111 and 3112 at 0.3 (0: not exposed), 3113 at 0.6 (0.10: G4). Group 1 has the mean 0.4 and the variance 0.04, group 2
the mean 0.3 and the variance 0.04. A split of k unit groups divides a variance by k a + 1: 1.44 for one digit (a = 0.22) and
two unit groups, 2.06 for two digits (0.53), 2.4 for three (0.70). 80 %: 1.2815516 standard deviations either way.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bongsu.core.provenance import Origin
from bongsu.store.building import builds as building
from bongsu.store.node import Node
from bongsu.store.tables.programmes import read_programme
from bongsu.work.exposure.indices import OccupationScore, convert_scores

ORIGIN = Origin("Someone", "A small table", "https://example.org/", "CC0-1.0", "Someone")
TABLES = {
    "exposure-ilo-2025": (
        "occupation,score,sd\n1111,0.2,0.05\n1112,0.6,0.10\n2421,0.5,0.10\n2423,0.1,0\n3111,0.3,0\n3112,0.3,0\n3113,0.6,0.1\n"
    ),
    "employment-isco1-sex": (
        "area,year,occupation,sex,persons\nKOR,2024,1,F,30\nKOR,2024,2,F,10\nKOR,2024,X,F,10\nKOR,2024,1,M,20\nKOR,2024,2,M,30\n"
    ),
    "employment-isco2": "area,occupation,share\nKOR,11,0.6\nKOR,24,0.4\n",
    "employment-isco3": (
        "area,year,occupation,thousands\nFRA,2014,111,20\nFRA,2014,242,30\nFRA,2016,111,30\nFRA,2016,242,30\n"
        "FRA,2018,111,40\nFRA,2018,242,10\n"
    ),
    # 13-1075 and 13-1141 go to 2423, 13-1081 and 13-1111 to 2421, 15-1121 (in SOC 2010 only) to 2511, which has no score.
    "employment-soc": (
        "area,year,occupation,persons,wage\n"
        "USA,2015,13-1075,100,50\nUSA,2015,13-1141,300,70\nUSA,2015,13-1081,100,90\nUSA,2015,15-1121,100,90\nUSA,2015,99-9999,100,9\n"
        "USA,2024,13-1075,200,60\nUSA,2024,13-1141,320,\nUSA,2024,13-1111,150,100\n"
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    node = Node.create(tmp_path_factory.mktemp("small") / "node")
    for name, table in TABLES.items():
        node.snapshots.save(name, table.encode(), ORIGIN, "2026")
    return node


def rows_of(node: Node, dataflow: str, **codes: str) -> list[dict[str, Any]]:
    if node.current_observations(dataflow) is None:
        list(building.build_releases(node, read_programme("work"), dataflow))
    observations = node.current_observations(dataflow)
    assert observations is not None
    return [row for row in observations.to_pylist() if all(row[name] == code for name, code in codes.items())]


def value_of(node: Node, dataflow: str, **codes: str) -> float:
    (row,) = rows_of(node, dataflow, **codes)
    value: float = row["OBS_VALUE"]
    return value


def bounds_of(node: Node, dataflow: str, **codes: str) -> tuple[float | None, float | None]:
    (row,) = rows_of(node, dataflow, **codes)
    return row["LOWER_BOUND"], row["UPPER_BOUND"]


def test_scores_of_groups(node: Node) -> None:
    """Group 1: SD sqrt(0.04 / 1.44) = 0.1666667, 0.4 -+ 0.2135919. Group 24: sqrt(0.04 / 2.06) = 0.1393466, 0.3 -+ 0.1785799.

    Group 311: one of three in G4; variance (1/3)(2/3) / (3 x 0.70 + 1) = 0.0716846, SD 0.2677398: 0 to 1/3 + 0.3431224.
    """
    score = {"INDICATOR": "EXPOSURE_SCORE", "EXPOSURE_CLASS": "_T"}
    by_group = "EXPOSURE_BY_GROUP"
    assert value_of(node, by_group, OCCUPATION="1", **score) == pytest.approx(0.4)
    assert bounds_of(node, by_group, OCCUPATION="1", **score) == pytest.approx((0.1864081, 0.6135919))
    assert bounds_of(node, by_group, OCCUPATION="24", **score) == pytest.approx((0.1214201, 0.4785799))
    assert value_of(node, by_group, OCCUPATION="1111", **score) == 0.2
    assert bounds_of(node, by_group, OCCUPATION="1111", **score) == (None, None)
    share = {"OCCUPATION": "311", "INDICATOR": "UNIT_GROUP_SHARE", "EXPOSURE_CLASS": "G4"}
    assert value_of(node, by_group, **share) == pytest.approx(1 / 3)
    assert bounds_of(node, by_group, **share) == pytest.approx((0.0, 0.6764557))
    assert value_of(node, by_group, OCCUPATION="1", INDICATOR="SCORED") == 1
    assert value_of(node, by_group, OCCUPATION="4", INDICATOR="SCORED") == 0
    assert not rows_of(node, by_group, OCCUPATION="4", INDICATOR="EXPOSURE_SCORE")


def test_exposure_of_women_by_major_groups(node: Node) -> None:
    """30 in group 1, 10 in group 2, 10 not stated. Mean (30 x 0.4 + 10 x 0.3) / 40 = 0.375; coverage 40 / 50.

    Two digits are known: all of group 1 is in 11 and all of 2 in 24, so only the splits inside of these are unknown. Variance
    (0.75^2 + 0.25^2) x 0.04 / 2.06 = 0.0121359, SD 0.1101632: 0.375 -+ 0.1411798. G4: 30 x 0.5 / 40 = 37.5 %; variance
    0.75^2 x 0.25 / 2.06, SD 0.2612749: 37.5 -+ 33.483723. Not exposed: 30 x 0.5 + 10 x 0.5 of 40 = 50 %.
    """
    women = {"EMPLOYMENT_INPUT": "ISCO1_SEX", "SEX": "F"}
    by_country = "EXPOSURE_BY_COUNTRY"
    assert value_of(node, by_country, INDICATOR="MEAN_EXPOSURE", **women) == pytest.approx(0.375)
    assert bounds_of(node, by_country, INDICATOR="MEAN_EXPOSURE", **women) == pytest.approx((0.2338202, 0.5161798))
    assert value_of(node, by_country, INDICATOR="EMPLOYMENT_COVERAGE", **women) == pytest.approx(80)
    shares = {
        row["EXPOSURE_CLASS"]: row["OBS_VALUE"]
        for row in rows_of(node, by_country, INDICATOR="EMPLOYMENT_SHARE", **women)
    }
    expected = {"NOT_EXPOSED": 50, "MINIMAL": 0, "G1": 0, "G2": 0, "G3": 12.5, "G4": 37.5}
    assert shares == pytest.approx(expected)
    assert bounds_of(node, by_country, EXPOSURE_CLASS="G4", **women) == pytest.approx((4.016277, 70.983723))


def test_exposure_of_both_sexes_and_of_other_inputs(node: Node) -> None:
    """Both sexes: 50 and 40, and 10 not stated: (50 x 0.4 + 40 x 0.3) / 90 = 0.3555556, coverage 90 %. Shares of sub-major
    groups: 0.6 x 0.4 + 0.4 x 0.3 = 0.36. OEWS 2015: (100 x 0.5 + 400 x 0.1) / 500 = 0.18, coverage 500 / 700, no interval.
    """
    by_country = "EXPOSURE_BY_COUNTRY"
    both = {"EMPLOYMENT_INPUT": "ISCO1_SEX", "SEX": "_T"}
    assert value_of(node, by_country, INDICATOR="MEAN_EXPOSURE", **both) == pytest.approx(0.3555556)
    assert value_of(node, by_country, INDICATOR="EMPLOYMENT_COVERAGE", **both) == pytest.approx(90)
    assert value_of(node, by_country, INDICATOR="MEAN_EXPOSURE", EMPLOYMENT_INPUT="ISCO2") == pytest.approx(0.36)
    # The source's shares sum to 1 without the groups that it left out: what they cover is unknown, not 100 %.
    (coverage,) = rows_of(node, by_country, INDICATOR="EMPLOYMENT_COVERAGE", EMPLOYMENT_INPUT="ISCO2")
    assert (coverage["OBS_VALUE"], coverage["OBS_STATUS"]) == (None, "M")
    oews = {"EMPLOYMENT_INPUT": "SOC", "TIME_PERIOD": "2015"}
    assert value_of(node, by_country, INDICATOR="MEAN_EXPOSURE", **oews) == pytest.approx(0.18)
    assert bounds_of(node, by_country, INDICATOR="MEAN_EXPOSURE", **oews) == (None, None)
    assert value_of(node, by_country, INDICATOR="EMPLOYMENT_COVERAGE", **oews) == pytest.approx(500 / 7)


def test_trends_by_unit_groups(node: Node) -> None:
    """Not exposed (2423): 400 persons, then 520: 130 %. G3 (2421): 100, then 150: 150 %. Mean wage of 2423 in 2015:
    (100 x 50 + 300 x 70) / 400 = 65; in 2024 60, because 13-1141 has no wage. SOC 2018 follows SOC 2010: a break. G4 has nobody
    in the first year, so it has no index.
    """
    expected = {
        ("2015", "EMPLOYMENT", "NOT_EXPOSED"): 400, ("2024", "EMPLOYMENT", "NOT_EXPOSED"): 520,
        ("2015", "EMPLOYMENT", "G3"): 100, ("2024", "EMPLOYMENT", "G3"): 150,
        ("2015", "EMPLOYMENT", "G4"): 0, ("2024", "EMPLOYMENT", "G4"): 0,
        ("2015", "EMPLOYMENT_INDEX", "NOT_EXPOSED"): 100, ("2024", "EMPLOYMENT_INDEX", "NOT_EXPOSED"): 130,
        ("2024", "EMPLOYMENT_INDEX", "G3"): 150,
        ("2015", "MEAN_WAGE", "NOT_EXPOSED"): 65, ("2024", "MEAN_WAGE", "NOT_EXPOSED"): 60,
        ("2015", "MEAN_WAGE", "G3"): 90, ("2024", "MEAN_WAGE", "G3"): 100,
        ("2015", "EMPLOYMENT_COVERAGE", "_T"): 500 / 7, ("2024", "EMPLOYMENT_COVERAGE", "_T"): 100,
    }  # fmt: skip
    rows = rows_of(node, "EXPOSURE_TRENDS", EMPLOYMENT_INPUT="SOC")
    values = {(row["TIME_PERIOD"], row["INDICATOR"], row["EXPOSURE_CLASS"]): row["OBS_VALUE"] for row in rows}
    assert {key: values[key] for key in expected} == pytest.approx(expected)
    assert ("2024", "EMPLOYMENT_INDEX", "G4") not in values
    assert {(row["TIME_PERIOD"], row["OBS_STATUS"]) for row in rows} == {("2015", "A"), ("2024", "B")}


def test_trends_by_minor_groups(node: Node) -> None:
    """G4 is half of group 111: 10,000 persons in 2014, then 15,000 and 20,000, that is 150 % and 200 % of the first year.

    2014: a share of 0.2 of 50,000; variance 0.4^2 x 0.25 / 2.4, SD 0.1290994: 10,000 -+ 50,000 x 0.1654476 = 8,272.38.
    """
    g4 = {"EMPLOYMENT_INPUT": "ISCO3", "EXPOSURE_CLASS": "G4"}
    persons = {
        row["TIME_PERIOD"]: row["OBS_VALUE"] for row in rows_of(node, "EXPOSURE_TRENDS", INDICATOR="EMPLOYMENT", **g4)
    }
    assert persons == pytest.approx({"2014": 10_000, "2016": 15_000, "2018": 20_000})
    index = {
        row["TIME_PERIOD"]: row["OBS_VALUE"]
        for row in rows_of(node, "EXPOSURE_TRENDS", INDICATOR="EMPLOYMENT_INDEX", **g4)
    }
    assert index == pytest.approx({"2014": 100, "2016": 150, "2018": 200})
    assert bounds_of(node, "EXPOSURE_TRENDS", INDICATOR="EMPLOYMENT", TIME_PERIOD="2014", **g4) == pytest.approx(
        (1_727.62, 18_272.38), abs=0.01
    )


def test_dissimilarity(node: Node) -> None:
    """Women 0.75, 0.25 and men 0.4, 0.6 (not stated left out): (0.35 + 0.35) / 2 = 35 %.

    France: 0.4, 0.6 in 2014; 0.5, 0.5 in 2016: 10 %; 0.8, 0.2 in 2018: 40 %, against 2014 and not against 2016 (30 %).
    United States: 1/6, 4/6, 1/6 and 150/670, 520/670, 0: (0.0572139 + 0.1094527 + 0.1666667) / 2 = 16.66667 %, with a break.
    """
    flow = "OCCUPATION_DISSIMILARITY"
    assert value_of(node, flow, INDICATOR="DISSIMILARITY_SEX") == pytest.approx(35)
    rows = {(row["REF_AREA"], row["TIME_PERIOD"]): row for row in rows_of(node, flow, INDICATOR="DISSIMILARITY_TIME")}
    assert {key: (row["OBS_VALUE"], row["OBS_STATUS"]) for key, row in rows.items()} == {
        ("FRA", "2016"): (pytest.approx(10), "A"),
        ("FRA", "2018"): (pytest.approx(40), "A"),
        ("USA", "2024"): (pytest.approx(16.66667), "B"),
    }


def test_exposure_of_a_holding(node: Node) -> None:
    """Half an interval is 1.2815516 standard errors: 0.1 of a mean is 0.1281552, 0.05 of a share 6.407758 %.

    A coverage of 97 % ends at 100 %. A hidden cell has status Q and no value.
    """

    def cell(
        statistic: str, value: float | None, error: float | None, age: str, status: str = "shown"
    ) -> dict[str, Any]:
        return {
            "SEX": "F",
            "AGE": age,
            "statistic": statistic,
            "value": value,
            "standard_error": error,
            "status": status,
        }

    cells = [
        cell("total", 1000, 100, "<25"),
        cell("mean EXPOSURE", 0.4, 0.1, "25-44"),
        cell("mean SCORED", 0.97, 0.05, "25-44"),
        cell("mean G4", 0.25, 0.05, ">=65"),
        cell("mean G3", None, None, ">=65", "suppressed"),
    ]
    answers = {
        "format": "bongsu.holding-exposure/1",
        "holding": "lfs",
        "area": "KOR",
        "period": "2024",
        "answers": [{"cells": cells}],
    }
    node.snapshots.save("holding-exposure-lfs", json.dumps(answers).encode(), ORIGIN, "2026")
    found = {
        (row["INDICATOR"], row["EXPOSURE_CLASS"], row["AGE"], row["UNIT_MEASURE"]): (
            row["OBS_VALUE"], row["LOWER_BOUND"], row["UPPER_BOUND"], row["OBS_STATUS"],
        )
        for row in rows_of(node, "HOLDING_EXPOSURE")
    }  # fmt: skip
    assert found == {
        ("EMPLOYMENT", "_T", "Y_LT25", "person"): (1000, pytest.approx(871.8448), pytest.approx(1128.1552), "A"),
        ("MEAN_EXPOSURE", "_T", "Y25T44", "1"): (0.4, pytest.approx(0.2718448), pytest.approx(0.5281552), "A"),
        ("EMPLOYMENT_COVERAGE", "_T", "Y25T44", "%"): (97, pytest.approx(90.592242), 100, "A"),
        ("EMPLOYMENT_SHARE", "G4", "Y_GE65", "%"): (25, pytest.approx(18.592242), pytest.approx(31.407758), "A"),
        ("EMPLOYMENT_SHARE", "G3", "Y_GE65", "%"): (None, None, None, "Q"),
    }


def test_conversion_with_unequal_weights() -> None:
    """SOC 2010 11-1011 goes to 1112 by a third, 11-1021 by a seventh, 11-9161 wholly. Scores 1 and 4 of the first and the last:
    (1/3 + 4) / (4/3) = 3.25, not the plain mean 2.5. Coverage (4/3) / (4/3 + 1/7) = 0.9032258, not two of three.
    """
    scores = {"11-1011": OccupationScore(1.0), "11-9161": OccupationScore(4.0)}
    converted = convert_scores(scores, "CL_SOC2010")["1112"]
    assert converted.value == pytest.approx(3.25)
    assert converted.coverage == pytest.approx(0.9032258)


def test_coverage_counts_detailed_occupations_or_their_broad_one() -> None:
    """3323 is linked to 13-1021, 13-1022, 13-1023 and to their broad occupation 13-1020, each wholly.

    Scores for two of the detailed ones: coverage is 2/3, without the broad one. A score for the broad one alone: coverage
    is 1, because it includes the detailed ones.
    """
    two = {"13-1021": OccupationScore(1.0), "13-1022": OccupationScore(2.0)}
    assert convert_scores(two, "CL_SOC2018")["3323"].coverage == pytest.approx(2 / 3)
    broad = convert_scores({"13-1020": OccupationScore(3.0)}, "CL_SOC2018")["3323"]
    assert (broad.value, broad.coverage) == (3.0, 1.0)


def test_agreement_in_its_release(starter: Path) -> None:
    """ILO 2025 and AIOE: scipy.stats.spearmanr gives 0.8200369864941383 on 416 unit groups.

    By Fisher: z = 1.1569304, width 1.2815516 sqrt((1 + 0.8200370^2 / 2) / 413) = 0.0728957: tanh gives 0.7946905 to 0.8425289.
    """
    pair = {"INDEX": "ILO_2025", "INDEX_COMPARED": "FELTEN_AIOE"}
    node = Node(starter)
    assert value_of(node, "INDEX_AGREEMENT", INDICATOR="RANK_CORRELATION", **pair) == pytest.approx(0.8200369864941383)
    assert bounds_of(node, "INDEX_AGREEMENT", INDICATOR="RANK_CORRELATION", **pair) == pytest.approx(
        (0.7946905, 0.8425289), abs=1e-6
    )
    assert value_of(node, "INDEX_AGREEMENT", INDICATOR="OCCUPATIONS_COMPARED", **pair) == 416
