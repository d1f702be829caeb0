"""The same cell has the same noise; the noise of different cells is uncorrelated and has mean 0."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from bongsu.desk.layout import TOTAL
from bongsu.desk.perturbation import MODULUS, draw_noise, perturb_counts, relative_noise
from tests.desk.town import Town, people, values

keys = st.lists(st.integers(0, MODULUS - 1), min_size=1, max_size=30)


@given(keys, st.integers(1, 9))
def test_same_records_have_same_noise(records: list[int], largest: int) -> None:
    first = draw_noise(np.array([sum(records)], np.uint64), largest)
    again = draw_noise(np.array([sum(reversed(records)) % MODULUS], np.uint64), largest)
    assert first == again
    assert abs(first[0]) <= largest
    assert first[0] == int(first[0])


def test_noise_of_keys_by_hand() -> None:
    """SplitMix64 takes 0 to 0.8833 of 2^64, 1 to 0.5666, 2^31 to 0.1456: floor(11 x 0.8833) - 5 = 4, and so 1 and -4."""
    assert draw_noise(np.array([0, 1, 2**31, 2**32, 2**32 + 1], np.uint64), 5).tolist() == [4, 1, -4, 4, 1]


def test_noise_is_uniform_and_uncorrelated_between_cells() -> None:
    random = np.random.default_rng(1)
    cells = random.integers(0, MODULUS, 40_000).astype(np.uint64)
    drawn = draw_noise(cells, 4)
    shares = np.bincount((drawn + 4).astype(int), minlength=9) / len(drawn)
    assert np.abs(shares - 1 / 9).max() < 0.006  # 3.5 standard errors of sqrt(1/9 * 8/9 / 40000)
    assert abs(np.corrcoef(drawn, draw_noise(cells + np.uint64(1), 4))[0, 1]) < 0.02


def test_noise_leaves_empty_cell_empty() -> None:
    assert perturb_counts(np.array([0.0, 50, 2]), np.array([3.0, -3, -3])).tolist() == [0, 47, 0]


def test_relative_noise_is_at_least_share_of_largest_contribution() -> None:
    """100 people and noise of at most 5: by 5 % where all are alike, by 40 % where one has 40 % of the total."""
    people, drawn = np.array([100.0, 100.0, 0.0]), np.array([5.0, 5.0, 5.0])
    assert relative_noise(people, drawn, 5, np.array([0.01, 0.4, 0.0])).tolist() == [0.05, 0.4, 0.0]
    assert relative_noise(np.array([8.0]), np.array([2.0]), 4, np.zeros(1)).tolist() == [0.25]  # two of eight people


def test_each_cell_of_an_answer_has_noise_of_its_own(tmp_path: Path) -> None:
    """If all cells had the same noise, a reader who knows one of them would know the others."""
    town = Town(tmp_path, people(2000), policy="noise = 5")
    drawn = [
        value - sum(job in (TOTAL, row["job"]) and sex in (TOTAL, row["sex"]) for row in town.rows)
        for (job, sex), value in values(town.ask(["OCCUPATION", "SEX"])).items()
        if value is not None
    ]
    assert len(drawn) > 12
    assert len(set(drawn)) > 4  # of the eleven numbers from -5 to 5
