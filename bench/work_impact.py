"""Benchmarks an event study of the size of a national register (423 occupations x 78 months) against pyfixest."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np
import pandas
import pyfixest

from bongsu.work.impact.estimators import ppml
from bongsu.work.impact.fixed_effects import Floats, build_effect

_REPEATS = 5


def make_cells() -> dict[str, Floats]:
    """Returns synthetic cells: occupation, month, quarter, exposed or not, persons."""
    draw = np.random.default_rng(3)
    occupation, month = (axis.ravel() for axis in np.meshgrid(np.arange(423), np.arange(78), indexing="ij"))
    exposed = (occupation % 4 == 0).astype(float)
    mean = np.exp(draw.normal(6, 1.5, 423)[occupation] + 0.02 * np.sin(month) - 0.1 * exposed * (month >= 47))
    return {"o": occupation, "t": month, "q": month // 3, "x": exposed, "n": draw.poisson(mean).astype(float)}


def time_call(call: Callable[[], Floats]) -> tuple[float, Floats]:
    """Returns the median duration in seconds, and the result."""
    seconds = []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        found = call()
        seconds.append(time.perf_counter() - started)
    return median(seconds), found


def main() -> None:
    """Prints a line for one coefficient and one for 25 times around the date, with the ratio and the largest difference."""
    drawn = make_cells()
    frame = pandas.DataFrame({**drawn, "d": drawn["x"] * (drawn["t"] >= 47)})
    last = 14
    times = np.column_stack([drawn["x"] * (drawn["q"] == one) for one in range(26) if one != last])
    for name, columns, term in (
        ("one coefficient", frame[["d"]].to_numpy(), "d"),
        ("25 times around the date", times, f"i(q, x, ref={last})"),
    ):

        def ours(columns: Floats = columns) -> Floats:
            effects = [build_effect("o", drawn["o"]), build_effect("t", drawn["t"])]
            names = [str(at) for at in range(columns.shape[1])]
            return ppml(drawn["n"], columns, names, effects, effects[0].levels).coefficients

        def theirs(term: str = term) -> Floats:
            fit = pyfixest.fepois(f"n ~ {term} | o + t", frame, vcov={"CRV1": "o"})
            return np.asarray(fit.coef(), np.float64)

        (mine, found), (peer, known) = time_call(ours), time_call(theirs)
        apart = float(np.abs(found - known).max())
        print(
            f"work impact, {name}: {mine:.3f} s, pyfixest {peer:.3f} s: {mine / peer:.2f} of it; apart by {apart:.1e}"
        )


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main()
