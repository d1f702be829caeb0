"""Event studies say less when there is less: cells without information, separation, singletons, and few or unequal occupations.

Case by case beside pyfixest 0.60 (fepois and feols); docs/methods/work-impact.md has the table.
"""

from __future__ import annotations

import contextlib
import io
import logging
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from bongsu.core.errors import Refused
from bongsu.work.impact.conclusions import list_conclusions
from bongsu.work.impact.estimators import ols, ppml
from bongsu.work.impact.fixed_effects import build_effect
from bongsu.work.impact.panel import Exposure, Panel
from bongsu.work.impact.result_format import result_from_json, result_to_json
from bongsu.work.impact.study import StudyDesign, _effective_number, run_study

PERIODS = tuple(f"{2016 + t}" for t in range(8))


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """pyfixest's imports print, warn and log."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        yield
    logging.disable(logging.NOTSET)


def draw(
    seed: int = 1, occupations: int = 40, exposed: int = 20
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Returns counts, occupations, periods and exposed x after (from the fifth period on) of a drawn panel."""
    o, t = (axis.ravel() for axis in np.meshgrid(np.arange(occupations), np.arange(8), indexing="ij"))
    column = ((o < exposed) & (t >= 4)).astype(float)
    counts = np.random.default_rng(seed).poisson(np.exp(3 + 0.02 * o + 0.05 * t - 0.1 * column)).astype(float)
    return counts, o, t, column


def fit(counts: Any, o: Any, t: Any, *columns: Any, model: Any = ppml) -> Any:
    effects = [build_effect("o", o), build_effect("t", t)]
    names = [f"b{at}" for at in range(len(columns))]
    return model(counts, np.column_stack(columns), names, effects, effects[0].levels)


def pyfixest_fit(counts: Any, o: Any, t: Any, *columns: Any, linear: bool = False) -> Any:
    import pandas
    import pyfixest

    frame = pandas.DataFrame({"n": counts, "o": o, "t": t, **{f"b{at}": one for at, one in enumerate(columns)}})
    formula = f"n ~ {' + '.join(f'b{at}' for at in range(len(columns)))} | o + t"
    if linear:
        return pyfixest.feols(formula, frame, vcov={"CRV1": "o"}, fixef_rm="singleton", fixef_tol=1e-10)
    return pyfixest.fepois(
        formula, frame, vcov={"CRV1": "o"}, fixef_rm="singleton", separation_check=["fe", "ir"], iwls_tol=1e-10
    )


@pytest.mark.parametrize("model", [ppml, ols])
def test_singletons_are_dropped_as_pyfixest_does(model: Any) -> None:
    """An occupation seen in one period, and after it is gone a period seen in one occupation, tell nothing."""
    counts, o, t, column = draw()
    counts, o, t, column = (
        np.append(one, more) for one, more in ((counts, [7, 5]), (o, [90, 3]), (t, [2, 11]), (column, [0, 1]))
    )
    used = np.log(counts) if model is ols else counts
    ours = fit(used, o, t, column, model=model)
    with quiet():
        theirs = pyfixest_fit(used, o, t, column, linear=model is ols)
    assert (ours.singletons, ours.observations, ours.clusters) == (2, 320, 40)
    assert int(theirs._N) == 320
    assert ours.coefficients[0] == pytest.approx(float(theirs.coef().iloc[0]), abs=1e-8)
    assert ours.standard_errors[0] == pytest.approx(float(theirs.se().iloc[0]), abs=1e-8)
    alone = fit(used[:-2], o[:-2], t[:-2], column[:-2], model=model)
    assert ours.coefficients[0] == pytest.approx(alone.coefficients[0], abs=1e-12)


def test_separated_cells_are_dropped_as_pyfixest_does() -> None:
    """A second term is 1 in four cells, all of them 0: its estimate is minus infinity, and the first term is estimated without.

    The whole effect was “-100.0 % (-100.0 to -100.0)”.
    """
    counts, o, t, column = draw(2)
    other = ((o >= 36) & (t == 7)).astype(float)
    counts[other == 1] = 0
    ours = fit(counts, o, t, column, other)
    assert (ours.separated, ours.observations) == (4, 316)
    assert np.isnan(ours.coefficients[1])
    assert np.isnan(ours.standard_errors[1])
    with quiet():
        theirs = pyfixest_fit(counts, o, t, column, other)
    assert int(theirs._N) == 316
    assert ours.coefficients[0] == pytest.approx(float(theirs.coef()["b0"]), abs=1e-7)
    assert ours.standard_errors[0] == pytest.approx(float(theirs.se()["b0"]), abs=1e-7)
    # One person in one of these cells, and everything is finite.
    counts[np.flatnonzero(other)[0]] = 1
    ours = fit(counts, o, t, column, other)
    assert (ours.separated, ours.observations) == (0, 320)
    assert -6 < ours.coefficients[1] < -2


def test_separation_of_large_counts() -> None:
    """In register counts of millions the fit ends while the fitted mean of a separated cell is still far from 0."""
    counts, o, t, column = draw(3)
    other = ((o >= 36) & (t == 7)).astype(float)
    counts = np.where(other == 1, 0, counts * 1e5)
    ours = fit(counts, o, t, column, other)
    assert (ours.separated, ours.observations) == (4, 316)


def test_an_effect_that_is_separated_has_no_result() -> None:
    counts, o, t, column = draw()
    counts[column == 1] = 0
    with pytest.raises(Refused, match="no finite estimate"):
        fit(counts, o, t, column)


def panel(counts: Any, o: Any, t: Any) -> Panel:
    periods = np.array(PERIODS)[t]
    return Panel(np.array([f"{code:04}" for code in o]), periods, np.array([""] * len(o)), np.asarray(counts, float))


def design(exposed: int = 20, occupations: int = 40, **more: Any) -> StudyDesign:
    scores = {f"{code:04}": float(code < exposed) for code in range(occupations)}
    return StudyDesign("2020", Exposure("x", scores), **more)


@pytest.mark.parametrize("model", ["ppml", "ols"])
def test_empty_occupations_do_not_count_for_the_guard(model: str) -> None:
    """One exposed occupation and nine empty ones gave “-8.5 %”, p 7e-41. Ten with an outcome are enough, nine are not."""
    for empty, refused in ((0, False), (1, True), (9, True)):
        counts, o, t, _ = draw(occupations=40, exposed=10)
        counts[o < empty] = 0
        if refused:
            with pytest.raises(Refused, match="Fewer than 10 occupations of a side"):
                run_study(panel(counts, o, t), design(10, model=model))
        else:
            assert run_study(panel(counts, o, t), design(10, model=model)).studies[0].informative == 40


def test_an_occupation_of_one_side_of_the_date_does_not_count() -> None:
    counts, o, t, _ = draw(exposed=10)
    kept = (o != 4) | (t < 4)
    with pytest.raises(Refused, match="before and after 2020"):
        run_study(panel(counts[kept], o[kept], t[kept]), design(10))


def test_effective_number_by_hand() -> None:
    """90, 10 and 20 persons: 120² / (90² + 10² + 20²) = 14400 / 8600. Equal ones count fully."""
    found = Panel(
        np.array(["a", "a", "b", "c", "z"]),
        np.array(["1", "2", "1", "1", "1"]),
        np.array([""] * 5),
        np.array([40.0, 50, 10, 20, 9]),
    )
    assert _effective_number(found, {"a", "b", "c"}) == pytest.approx(14400 / 8600)
    assert _effective_number(found, {"z"}) == 1


def test_a_side_of_one_large_occupation_is_refused() -> None:
    """Twenty exposed occupations, one of them with 95 % of the persons: its own change would pass for an effect."""
    counts, o, t, _ = draw()
    counts[o == 0] *= 400
    with pytest.raises(Refused, match="A few occupations"):
        run_study(panel(counts, o, t), design())
    assert (
        run_study(panel(counts, o, t), design(model="ols")).studies[0].effective is None
    )  # which does not weight by size
    said = "by size a side is worth"
    counts[o == 0] //= 20
    few = run_study(panel(counts, o, t), design())
    assert few.studies[0].effective is not None
    assert 2 < few.studies[0].effective < 5
    assert [one.message for one in list_conclusions(few) if said in one.message]
    counts[o == 0] //= 20
    assert not [
        one.message for one in list_conclusions(run_study(panel(counts, o, t), design())) if said in one.message
    ]


def test_what_was_dropped_is_said() -> None:
    counts, o, t, _ = draw(5)
    counts[(o < 20) & (t == 6)] = 0  # no exposed occupation has anybody in 2022
    counts[o == 30] = 0
    result = run_study(panel(counts, o, t), design())
    study = result.studies[0]
    assert (study.informative, study.occupations, study.left_out) == (39, 40, 8)
    gone = [at for at in study.event_times if at.separated]
    assert [(at.first, at.coefficient) for at in gone] == [("2022", None)]
    assert [at.first for at in study.event_times if at.coefficient is None and not at.separated] == ["2019"]
    said = [one.values for one in list_conclusions(result) if "does not cover {empty}" in one.message]
    assert said == [{"empty": 1, "all": 40, "single": 0, "separated": 0}]
    assert result_from_json(result_to_json(result)) == result
