"""Exposure by sex: one digit by sex, split as the country's two digits are: by hand, on microdata, on drawn countries."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from bongsu.work.employment import read_sub_major_groups
from bongsu.work.exposure.indices import isco08_scores
from bongsu.work.exposure.profile import (
    DIRICHLET_CONCENTRATION,
    SEX_SPLIT_SPREAD,
    ExposureProfile,
    build_profile,
    split_major_groups,
    summarise_group,
)
from bongsu.work.occupations.correspondences import load_correspondences

SCORES = {code: one.value for code, one in isco08_scores("ILO_2025").items()}
GROUPS = {code: summarise_group(SCORES, {}, code) for unit in SCORES for code in (unit[:1], unit[:2], unit[:3])}
TABLES = Path(__file__).parents[2] / "bongsu" / "work" / "tables"


def test_split_by_hand() -> None:
    """Sub-major groups 11 (units at 0.2, 0.4: mean 0.3) and 12 (one at 0.7), shares 3 to 1; women are 40 of 100 persons.

    Mean 0.75 x 0.3 + 0.25 x 0.7 = 0.4. Variance inside 11: 0.01 / (2 x 0.53 + 1) = 0.00485437; of the mean 0.75² of it =
    0.00273058. Between: 0.75 x 0.1² + 0.25 x 0.3² = 0.03, times (1 - 0.4)² x 0.30 = 0.108: 0.00324. Together 0.00597058.
    Class share (0.2 is G2): 0.75 x 0.5 = 0.375; inside 0.75² x 0.25 / 2.06 = 0.06826456; between 0.75 x 0.125² + 0.25 x 0.375²
    = 0.046875, x 0.108 = 0.0050625: 0.07332706. For both sexes together nothing is between.
    """
    labels = {"1101": "G2", "1102": "G1", "1201": "G1"}
    units = {"1101": 0.2, "1102": 0.4, "1201": 0.7}
    groups = {code: summarise_group(units, labels, code) for code in ("1", "11", "12", "2")}
    detail = {"11": 0.3, "12": 0.1, "21": 0.6}
    found = split_major_groups({"1": 40.0, "2": 9.0}, {"1": 100.0, "2": 9.0}, detail, groups)
    one = found["1"]
    assert one is not None
    assert (one.scored, one.mean) == (3, pytest.approx(0.4))
    assert one.variance == pytest.approx(0.00597058, abs=1e-8)
    assert one.shares["G2"] == pytest.approx(0.375)
    assert one.share_variance("G2") == pytest.approx(0.07332706, abs=1e-8)
    assert found["2"] is groups["2"] is None
    all_ = split_major_groups({"1": 100.0}, {"1": 100.0}, detail, groups)["1"]
    assert all_ is not None
    assert all_.variance == pytest.approx(0.00273058, abs=1e-8)
    # A group without detail keeps the equal split.
    assert split_major_groups({"1": 40.0}, {"1": 100.0}, {"21": 1.0}, groups)["1"] is groups["1"]


class Case(NamedTuple):
    """A population of one sex: the mean known from detail, and the profiles by one digit without and with the split."""

    sex: str
    known: float
    before: ExposureProfile
    after: ExposureProfile


def make_cases(women: Mapping[str, float], men: Mapping[str, float], groups: Mapping[str, object]) -> Iterator[Case]:
    """The cases of a population with employment by sex and sub-major group, or a finer one."""
    scored = {code: one for code, one in GROUPS.items() if one}
    both: dict[str, float] = defaultdict(float)
    detail: dict[str, float] = defaultdict(float)
    for part in (women, men):
        for code, amount in part.items():
            both[code[:1]] += amount
            detail[code[:2]] += amount
    for sex, part in (("F", women), ("M", men)):
        wide: dict[str, float] = defaultdict(float)
        for code, amount in part.items():
            wide[code[:1]] += amount
        known = sum(amount * scored[code].mean for code, amount in part.items()) / sum(part.values())
        before = build_profile(wide, GROUPS)
        after = build_profile(wide, split_major_groups(wide, both, detail, groups))  # type: ignore[arg-type]
        assert before is not None
        assert after is not None
        yield Case(sex, known, before, after)


def read_extracts(data: Path) -> list[Case]:
    """Women and men of Austria by sub-major group (ISCO-88 converted), in all and in parts of the economy."""
    links: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for link in load_correspondences()["ISCO88_ISCO08"].links:
        if GROUPS.get(link.target[:2]):
            links[link.source[:2]][link.target[:2]] += link.weight
    cells: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[tuple[str, str], int] = defaultdict(int)
    with (data / "work" / "microdata_austria_ses_synthetic.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            targets = links.get(row["occupation"].strip())
            if not targets:
                continue
            for part in ("", *(f"{name}={row[name]}" for name in ("NACE1", "location", "age", "size", "education"))):
                key = (part, row["sex"])
                counts[key] += 1
                for code, weight in targets.items():
                    cells[key][code] += float(row["weights"]) * weight / sum(targets.values())
    # Detail is known at two digits here, so nothing inside of sub-major groups is unknown.
    exact = {code: one and summarise_group({code: one.mean}, {}, code) for code, one in GROUPS.items()}
    parts = sorted({part for part, _ in cells})
    return [
        case
        for part in parts
        if min(counts[part, "female"], counts[part, "male"]) >= 60
        for case in make_cases(cells[part, "female"], cells[part, "male"], exact)
    ]


def read_spain(data: Path) -> list[Case]:
    """Women and men of Spain by minor group, in all and by age, education and size of the firm."""
    cells: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
    counts: dict[tuple[str, str], int] = defaultdict(int)
    with (data / "work" / "microdata_eulfs_es_toy.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            code = row["ISCO3D"].zfill(3)
            if row["ILOSTAT"] != "1" or not GROUPS.get(code):
                continue
            age, level, size = int(row["AGE"]) // 15, row["HAT11LEV"][:1], row["SIZEFIRM"]
            for part in ("", f"age {age}", f"level {level}", f"size {size}"):
                counts[part, row["SEX"]] += 1
                cells[part, row["SEX"]][code] += float(row["COEFF"])
    parts = sorted({part for part, _ in cells if min(counts[part, "1"], counts[part, "2"]) >= 60})
    return [case for part in parts for case in make_cases(cells[part, "2"], cells[part, "1"], GROUPS)]


def coverage(cases: list[Case]) -> float:
    return float(np.mean([one.after.mean.low <= one.known <= one.after.mean.high for one in cases]))


def mean_error(cases: list[Case], sex: str = "") -> tuple[float, float, float, float]:
    """Mean absolute errors before and after, then biases before and after."""
    chosen = [one for one in cases if sex in ("", one.sex)]
    before = np.array([one.before.mean.value - one.known for one in chosen])
    after = np.array([one.after.mean.value - one.known for one in chosen])
    return float(abs(before).mean()), float(abs(after).mean()), float(before.mean()), float(after.mean())


def test_microdata_collapsed_to_one_digit(data: Path, whole: bool) -> None:
    """The intervals hold 75 to 85 % of the means that the detail gives, and women's bias is a third of what it was."""
    if not whole:
        pytest.skip("the extract is too small to be split by sex and part of the economy")
    austria, spain = read_extracts(data), read_spain(data)
    cases = austria + spain
    assert (len(austria), len(spain)) == (52, 10)
    assert 0.75 <= coverage(cases) <= 0.85
    before, after, _, _ = mean_error(cases)
    assert after < 0.4 * before
    _, _, old, new = mean_error(cases, "F")
    assert old < -0.018
    assert abs(new) < 0.4 * abs(old)


def test_drawn_countries() -> None:
    """141 countries whose sexes are drawn around the country's split: Dirichlet with the parameter 2/0.30 - 1.

    Units inside of sub-major groups are drawn too (DIRICHLET_CONCENTRATION). The intervals hold 75 to 85 %.
    """
    random = np.random.default_rng(4)
    held, old, new = [], [], []
    text = (TABLES / "employment_isco2.csv").read_text(encoding="utf-8")
    concentration = 2 / SEX_SPLIT_SPREAD - 1
    for country in read_sub_major_groups(text):
        people: dict[str, dict[str, float]] = {"F": {}, "M": {}}
        for major in "123456789":
            inside = {
                code: share
                for code, share in country.amounts.items()
                if code[0] == major and share > 0 and GROUPS.get(code)
            }
            if not inside:
                continue
            total, women = sum(inside.values()), random.beta(2, 2)
            shares = np.array(list(inside.values())) / total
            for sex, part in (("F", women), ("M", 1 - women)):
                drawn = random.dirichlet(concentration * shares)
                people[sex] |= {code: total * part * one for code, one in zip(inside, drawn, strict=True)}
        true = {}
        for code in people["F"]:
            units = [SCORES[unit] for unit in SCORES if unit.startswith(code)]
            true[code] = float(random.dirichlet(np.full(len(units), DIRICHLET_CONCENTRATION[2])) @ units)
        for case in make_cases(people["F"], people["M"], GROUPS):
            known = sum(amount * true[code] for code, amount in people[case.sex].items()) / sum(
                people[case.sex].values()
            )
            held.append(case.after.mean.low <= known <= case.after.mean.high)
            old.append(abs(case.before.mean.value - known))
            new.append(abs(case.after.mean.value - known))
    assert len(held) == 282
    assert 0.75 <= np.mean(held) <= 0.85
    assert np.mean(new) < 2 / 3 * np.mean(old)
