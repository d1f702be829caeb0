"""Tests whether answers show that a person is in a holding: `python -m tools.membership` or `make membership`.

One town is asked with and without one person of the largest value. The desk's engine fetches the sums once; the function that
answers questions adds noise again and again. Of the events "at least t" and "at most t", the first half of the draws chooses t,
the second half gives the probabilities; Clopper and Pearson's limits give a lower bound of the epsilon that was seen, at 95 %
for all events of a statistic together. It must not exceed the epsilon that the answer states.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from math import lgamma, log
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from bongsu.core.microdata_question import Question
from bongsu.desk.planning import plan_question
from bongsu.desk.policy import Policy
from bongsu.desk.private.answers import estimate, fetch_sums
from bongsu.desk.private.rules import RHO, to_epsilon
from bongsu.desk.private.tables import plan_tables
from bongsu.store.microdata import expressions
from bongsu.store.microdata.holdings import Holdings
from bongsu.store.node import Node

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

RUNS = 10_000
CONFIDENCE = 0.95
MAPPING = """
name = "town"
[concepts.SEX]
column = "sex"
codes = {{ F = "F", M = "M" }}
[concepts.EARNINGS]
column = "pay"
kind = "measure"
edges = [0, 1000, 2000, 4000]
[design]
contributor = "who"
weight = "weight"
[policy]
mode = "private"
[policy.private]
unit = "{unit}"
budget = 1000
per_asker = 1000
per_question = {cost}
max_weight = 100
[policy.private.bounds]
EARNINGS = [0, 4000]
"""
STATISTICS: dict[str, dict[str, Any]] = {
    "count": {"kind": "count"},
    "total": {"kind": "total"},
    "total EARNINGS": {"kind": "total", "of": "EARNINGS"},
    "mean EARNINGS": {"kind": "mean", "of": "EARNINGS"},
    "share SEX": {"kind": "share", "along": "SEX"},
    "quantile EARNINGS 0.5": {"kind": "quantile", "of": "EARNINGS", "at": 0.5},
}


class Seen(NamedTuple):
    """What a test saw: the statistic, the epsilon that is stated, and the lower bound of the one that was seen."""

    statistic: str
    stated: float
    seen: float


def measure_epsilon(unit: str, cost: float, statistic: str, runs: int = RUNS, confidence: float = CONFIDENCE) -> Seen:
    """Measures the epsilon of one statistic, over `runs` answers with the person and as many without."""
    asked = STATISTICS[statistic]
    with tempfile.TemporaryDirectory() as folder:
        there = _draw(Path(folder) / "with", unit, cost, asked, runs, there=True)
        absent = _draw(Path(folder) / "without", unit, cost, asked, runs, there=False)
    delta = 1e-6 if unit == RHO else 0.0
    stated = to_epsilon(cost, delta) if unit == RHO else cost
    return Seen(statistic, stated, bound_epsilon(there, absent, delta, confidence))


def _draw(folder: Path, unit: str, cost: float, statistic: dict[str, Any], runs: int, *, there: bool) -> Floats:
    """Returns the value of the cell of women in `runs` answers."""
    folder.mkdir()
    rows = [f"{'FM'[i % 2]},{500 + 10 * i},p{i},60" for i in range(60)]
    # Five records of one person, far above the bounds: one is used, and counts as 4,000 with a weight of 100.
    rows += ["F,9000000,her,5000"] * 5 if there else []
    (folder / "town.csv").write_text("sex,pay,who,weight\n" + "\n".join(rows) + "\n")
    node = Node.create(folder / "node")
    holdings = Holdings(node)
    holdings.add(folder / "town.csv", MAPPING.format(unit=unit, cost=cost), check=Policy.from_data)
    question = Question.from_data({"holding": "town", "breakdown": ["SEX"], "statistics": [statistic]})
    planned = plan_question(node, holdings, holdings.get("town"), question, None)
    assert planned.policy.private
    plan = plan_tables(planned.sums, planned.policy.private, planned.codes, planned.values)
    whole = fetch_sums(plan, planned, expressions.run_expression)
    found = []
    for _ in range(runs):
        cells, _models = estimate(plan, whole)
        value = next(cell.value for cell in cells if cell.codes == ("F",))
        found.append(np.nan if value is None else value)
    return np.array(found)


def bound_epsilon(one: Floats, other: Floats, delta: float, confidence: float) -> float:
    """Returns the lower bound of epsilon from draws with and without a person. An undefined value is below all others."""
    risk = (1 - confidence) / 8  # four events, and two limits of each
    found = 0.0
    for sign in (1.0, -1.0):
        a, b = (np.nan_to_num(sign * each, nan=-np.inf) for each in (one, other))
        for often, rarely in ((a, b), (b, a)):
            threshold = _choose_threshold(often[::2], rarely[::2])
            hits, misses = (int((each[1::2] >= threshold).sum()) for each in (often, rarely))
            runs = len(often[1::2])
            low = limit_share(hits, runs, risk, upper=False) - delta
            high = limit_share(misses, runs, risk, upper=True)
            found = max(found, log(low / high) if low > 0 else 0.0)
    return found


def _choose_threshold(often: Floats, rarely: Floats) -> float:
    """Returns the t for which "at least t" is most frequent in `often` compared with `rarely`; few hits prove little."""
    thresholds = np.unique(np.quantile(often, np.linspace(0.02, 0.98, 49), method="nearest"))
    ratios = [(often >= t).sum() / ((rarely >= t).sum() + 20) for t in thresholds]
    return float(thresholds[int(np.argmax(ratios))])


def limit_share(hits: int, runs: int, risk: float, *, upper: bool) -> float:
    """Returns Clopper and Pearson's limit of a share, wrong with at most `risk`, by bisection of the binomial distribution."""
    if (hits == runs) if upper else (hits == 0):
        return float(upper)
    numbers = np.arange(hits + 1) if upper else np.arange(hits, runs + 1)
    ways = np.array([lgamma(runs + 1) - lgamma(k + 1) - lgamma(runs - k + 1) for k in numbers.tolist()])
    low, high = 0.0, 1.0
    for _ in range(50):
        p = (low + high) / 2
        tail = float(np.exp(ways + numbers * log(p) + (runs - numbers) * log(1 - p)).sum())
        low, high = (p, high) if (tail > risk) == upper else (low, p)
    return (low + high) / 2


def main() -> int:
    """Prints the epsilon that was seen beside the one that is stated; 1 if any is larger."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    wrong = 0
    for unit, cost in (("epsilon", 1.0), ("rho", 0.05)):
        for statistic in STATISTICS:
            seen = measure_epsilon(unit, cost, statistic, runs)
            wrong += seen.seen > seen.stated
            print(f"{unit} {cost:g}  {statistic:24} stated {seen.stated:.3f}  seen at least {seen.seen:.3f}")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
