"""Attacks that compute counts from a statistic, each with a similar question that is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bongsu.core.errors import BadInput
from tests.desk.town import Person, Town, people, values


@pytest.mark.parametrize(("ones", "value"), [(4, 1), (596, 1), (4, 250)])
def test_hides_mean_of_binary_variable_with_few_ones_or_zeros(tmp_path: Path, ones: int, value: int) -> None:
    """The values may be 0 and any other number: the mean is a share of it."""
    rows = [{**r, "pay": str(value * (number < ones))} for number, r in enumerate(people())]
    mean = [{"kind": "mean", "of": "EARNINGS"}]
    assert values(Town(tmp_path, rows).ask((), mean), "mean EARNINGS") == {(): None}


def test_refuses_quantile_with_more_than_two_decimals(tmp_path: Path) -> None:
    """Quantiles at 0.3333 and 0.3334 would locate the bound of a bin, and so the count in it."""
    town = Town(tmp_path, people())
    with pytest.raises(BadInput, match="at most two decimals"):
        town.ask((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.333}])
    assert town.ask((), [{"kind": "quantile", "of": "EARNINGS", "at": 0.29}]).cells


def test_rounds_quantile_in_all_cells_if_one_has_small_bins(tmp_path: Path) -> None:
    """The bins of everybody less those of region N are those of region W, where one bin has three people."""
    rows: list[Person] = people()
    for number, row in enumerate(rows):
        row["region"] = "W" if number < 40 else "N"
        bin_ = (0 if number < 20 else 1 if number < 37 else 2) if number < 40 else number % 4
        row["pay"] = str([500, 1500, 2500, 3500][bin_])
    cells = Town(tmp_path, rows).ask(["REGION"], [{"kind": "quantile", "of": "EARNINGS", "at": 0.4}]).cells
    assert {cell.status for cell in cells} == {"rounded"}


def test_hides_short_code_in_hierarchy(tmp_path: Path) -> None:
    """Four people have the code "20" where three or four digits are asked for: "20_U" is hidden, the rest is shown."""
    rows = people()
    for number, row in enumerate(rows):
        row["job"] = "20" if number < 4 else ["2511", "2521", "2611", "3111", "3121"][number % 5]
    levels = {"concept": "OCCUPATION", "digits": [1, 3, 4]}
    shown = values(Town(tmp_path, rows).ask([levels]))
    assert shown["20_U",] is None
    assert shown["2",] == sum(r["job"].startswith("2") for r in rows)
