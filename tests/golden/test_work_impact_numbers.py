"""Golden numbers of the event study: worked out by hand on eight cells, and by pyfixest and scipy on real and drawn ones."""

from __future__ import annotations

import csv
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bongsu.core.errors import BadInput, Refused
from bongsu.work.impact.breaks import JUMP_SIGN, TURNOVER_SIGN, find_breaks
from bongsu.work.impact.conclusions import list_conclusions, percent_change
from bongsu.work.impact.distributions import f_tail, incomplete_beta, t_quantile, t_tail
from bongsu.work.impact.estimators import ols, ppml
from bongsu.work.impact.fixed_effects import absorb_effects, build_effect
from bongsu.work.impact.panel import Exposure, Panel
from bongsu.work.impact.study import (
    AlternativeEffect,
    EffectCoefficient,
    GroupStudy,
    PlaceboEffect,
    PreTrend,
    StudyDesign,
    StudyResult,
    run_study,
)

OCCUPATIONS = np.array(["A", "A", "B", "B", "C", "C", "D", "D"])
PERIODS = np.array(["1", "2"] * 4)
OUTCOME = np.array([10.0, 12, 30, 24, 20, 30, 20, 30])
AFTER = np.array([0.0, 1, 0, 1, 0, 0, 0, 0])  # A and B are exposed, 2 is after
EFFECTS = [build_effect("o", OCCUPATIONS), build_effect("t", PERIODS)]
CLUSTERS = EFFECTS[0].levels


@contextmanager
def quiet() -> Iterator[None]:
    """The oracle warns of what is to come in its next versions."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def test_ppml_by_hand() -> None:
    """Exposed: 40 -> 36, a ratio of 0.9; others: 40 -> 60, 1.5. With two periods the coefficient is ln(0.9 / 1.5).

    Fitted: A 22 x 40/76 = 11.578947 and 10.421053, so B's residuals and A's are +-1.578947; C and D have none. Weights of the
    groups 40 x 36/76 = 18.947368 and 40 x 60/100 = 24; less both effects the column rises by 24/42.947368 = 0.558824 in A, B;
    their scores are +-1.578947 x 0.558824 = +-0.882353, sum of squares 1.557093. Model variance 1/40 + 1/36 + 1/40 + 1/60
    = 0.0944444; sandwich 1.557093 x 0.0944444^2 = 0.0138889; factors 4/3 and 7/5: 0.0259259, of which the root is 0.1610153.
    """
    fit = ppml(OUTCOME, AFTER[:, None], ["b"], EFFECTS, CLUSTERS)
    assert fit.coefficients[0] == pytest.approx(math.log(0.6), abs=1e-9)
    assert fit.standard_errors[0] == pytest.approx(0.1610153, abs=1e-6)
    assert percent_change(float(fit.coefficients[0])) == pytest.approx(-40)


def test_ols_by_hand() -> None:
    """Mean log change of A and B less that of C and D: (ln 1.2 + ln 0.8) / 2 - ln 1.5 = -0.0204110 - 0.4054651.

    Both effects taken out, the column is +-1/4: X'X = 8/16 = 0.5. Residual change of A: (ln 1.2 - ln 0.8)/2 = 0.2027326, half
    in each period; cluster scores 2 x 0.25 x 0.1013663 = 0.0506831 for A and B alike, sum of squares 0.00513756. Sandwich
    0.00513756 / 0.25 = 0.0205502. Factors 4/3 (clusters) and 7/5 (K = 1 + (4 + 2 - 1) - 4 nested + 1 = 3): 0.0383604, of
    which the root is 0.1958582.
    """
    fit = ols(np.log(OUTCOME), AFTER[:, None], ["b"], EFFECTS, CLUSTERS)
    assert fit.coefficients[0] == pytest.approx(-0.4258761, abs=1e-7)
    assert fit.standard_errors[0] == pytest.approx(0.1958582, abs=1e-6)
    assert (fit.clusters, fit.parameters) == (4, 3)
    # t = -2.1744104 with 3 degrees of freedom: scipy.stats.t.sf gives 0.0589832, twice 0.1179663
    assert fit.p_value(0) == pytest.approx(0.1179663, abs=1e-6)
    # t with 3 degrees of freedom: the 97.5 % point is 3.182446 (any table)
    # |t| = 0.4258761 / 0.1958582 = 2.174410; scipy: 2 * stats.t.sf(2.174410, 3) = 0.1179663
    assert fit.p_value(0) == pytest.approx(0.1179663, abs=1e-5)
    assert fit.interval(0, 0.95)[1] == pytest.approx(-0.4258761 + 3.182446 * 0.1958582, abs=1e-5)


def test_joint_test_of_two_coefficients() -> None:
    """F = b' V^-1 b / 2 with 2 and 3 degrees of freedom, by numpy and scipy."""
    from scipy import stats

    fit = ols(OUTCOME, noise(8, 2), ["a", "b"], EFFECTS, CLUSTERS)
    f = float(fit.coefficients @ np.linalg.solve(fit.covariance, fit.coefficients)) / 2
    found, freedom, p = fit.wald_test([0, 1])
    assert (found, freedom) == (pytest.approx(f), 2)
    assert p == pytest.approx(stats.f.sf(f, 2, 3), rel=1e-9)


def test_what_effects_explain_is_gone() -> None:
    """A column that is one number for A plus one for period 2 leaves nothing; means of every level of the rest are 0."""
    column = np.where(OCCUPATIONS == "A", 5.0, 1.0) + np.where(PERIODS == "2", 3.0, 0.0)
    assert np.abs(absorb_effects(column[:, None], EFFECTS, np.ones(8))).max() < 1e-9
    left = absorb_effects(OUTCOME[:, None], EFFECTS, np.arange(1.0, 9))[:, 0]
    for one in EFFECTS:
        assert np.abs(np.bincount(one.levels, np.arange(1.0, 9) * left)).max() < 1e-7


def test_without_effects_nothing_is_taken_out() -> None:
    """A regression on a constant alone: the residuals of no effect are the columns, in an array of their own."""
    columns = OUTCOME[:, None]
    left = absorb_effects(columns, [], np.ones(8))
    assert left.tolist() == columns.tolist()
    left[0] = 0
    assert OUTCOME[0] == 10


def noise(cells: int, columns: int) -> np.ndarray:
    return np.random.default_rng(1).normal(size=(cells, columns))


@pytest.mark.parametrize("fit", [ols, ppml])
def test_models_that_would_show_their_cells_are_refused(fit: Any) -> None:
    """Eight cells have five levels of both effects: three coefficients leave nothing over, and two are fewer than a third."""
    with pytest.raises(Refused, match="saturated"):
        fit(OUTCOME, noise(8, 3), ["a", "b", "c"], EFFECTS, CLUSTERS)
    fit(OUTCOME, noise(8, 2), ["a", "b"], EFFECTS, CLUSTERS)
    (one,) = (build_effect("o", np.zeros(8, np.int64)),)
    with pytest.raises(Refused, match="three cells"):
        fit(OUTCOME, noise(8, 3), ["a", "b", "c"], [one], CLUSTERS)
    assert fit(OUTCOME[:6], noise(6, 2), ["a", "b"], [build_effect("o", np.zeros(6, np.int64))], CLUSTERS[:6])


def test_what_has_no_estimate_is_refused() -> None:
    column = np.where(OCCUPATIONS == "A", 1.0, 0.0)
    for fit in (ols, ppml):
        with pytest.raises(BadInput, match="“b”"):
            fit(OUTCOME, column[:, None], ["b"], EFFECTS, CLUSTERS)
    with pytest.raises(BadInput):
        ppml(-OUTCOME, AFTER[:, None], ["b"], EFFECTS, CLUSTERS)


def test_occupations_without_any_outcome_change_nothing() -> None:
    more = np.array([*OUTCOME, 0.0, 0.0])
    effects = [build_effect("o", np.array([*OCCUPATIONS, "E", "E"])), build_effect("t", np.array([*PERIODS, "1", "2"]))]
    found = ppml(more, np.array([*AFTER, 0.0, 1.0])[:, None], ["b"], effects, effects[0].levels)
    fit = ppml(OUTCOME, AFTER[:, None], ["b"], EFFECTS, CLUSTERS)
    assert (found.observations, found.clusters, found.parameters) == (8, 4, fit.parameters)
    assert found.coefficients == pytest.approx(fit.coefficients)
    assert found.standard_errors == pytest.approx(fit.standard_errors)


def test_tails_against_scipy() -> None:
    from scipy import special, stats

    for freedom in (1, 3, 7.5, 30, 422):
        for t in (0.0, 0.3, 1.96, 5.0, 40.0):
            assert t_tail(t, freedom) == pytest.approx(stats.t.sf(t, freedom), rel=1e-10)
        for p in (0.6, 0.9, 0.975, 0.9995):
            assert t_quantile(p, freedom) == pytest.approx(stats.t.ppf(p, freedom), rel=1e-9)
        for f in (0.0, 0.1, 1.0, 3.4, 20.0):
            assert f_tail(f, 14, freedom) == pytest.approx(stats.f.sf(f, 14, freedom), rel=1e-9)
    for a, b, x in ((0.5, 0.5, 0.1), (200, 0.5, 0.999), (3, 70, 0.02)):
        assert incomplete_beta(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-10)


def test_tails_at_their_ends() -> None:
    assert [incomplete_beta(2, 3, x) for x in (-0.1, 0.0, 1.0, 1.1)] == [0.0, 0.0, 1.0, 1.0]
    assert (t_tail(0, 5), f_tail(0, 2, 5), f_tail(-1e-9, 2, 5)) == (0.5, 1.0, 1.0)


def _sweden(data: Path, young: str) -> dict[str, Any]:
    with (data / "work" / "sweden_employment_occupation_month.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["young"] == young]
    return {
        "n": np.array([float(row["n_employed"]) for row in rows]),
        "o": np.array([row["ssyk4"] for row in rows]),
        "t": np.array([row["year_month"] for row in rows]),
        "x": np.array([float(row["high_exposure"]) for row in rows]),
    }


@pytest.mark.parametrize(("young", "around"), [("0", False), ("1", False), ("1", True)])
def test_sweden_agrees_with_pyfixest(data: Path, young: str, around: bool) -> None:
    """Coefficient to 1e-6 and cluster-robust error to 1e-6, PPML and OLS, with one term and with 25 times around the date."""
    import pandas
    import pyfixest

    cells = _sweden(data, young)
    quarter = np.array([4 * int(t[:4]) + (int(t[5:]) - 1) // 3 for t in cells["t"]])
    last = 4 * 2022 + 2
    after = cells["x"] * (cells["t"] >= "2022-12")
    times = np.column_stack([cells["x"] * (quarter == one) for one in np.unique(quarter) if one != last])
    columns, term = (times, f"i(q, x, ref={last})") if around else (after[:, None], "d")
    effects = [build_effect("o", cells["o"]), build_effect("t", cells["t"])]
    frame = pandas.DataFrame({**cells, "l": np.log(cells["n"]), "d": after, "q": quarter})
    names = [str(at) for at in range(columns.shape[1])]
    for model, outcome, oracle, left in (
        (ppml, cells["n"], pyfixest.fepois, "n"),
        (ols, np.log(cells["n"]), pyfixest.feols, "l"),
    ):
        fit = model(outcome, columns, names, effects, effects[0].levels)
        with quiet():
            theirs = oracle(f"{left} ~ {term} | o + t", frame, vcov={"CRV1": "o"})
        assert np.abs(theirs.coef().to_numpy() - fit.coefficients).max() < 1e-6
        assert np.abs(theirs.se().to_numpy() - fit.standard_errors).max() < 1e-6


def test_three_effects_and_zeros_agree_with_pyfixest() -> None:
    """Drawn cells, a third of them 0, an occupation that is 0 throughout, effects that cross."""
    import pandas
    import pyfixest

    draw = np.random.default_rng(5)
    o, t, g = (axis.ravel() for axis in np.meshgrid(np.arange(30), np.arange(12), np.arange(2), indexing="ij"))
    column = ((o % 3 == 0) & (t >= 6) & (g == 1)).astype(float)
    counts = draw.poisson(np.exp(0.4 - 0.5 * column + 0.02 * o - 0.03 * t * g + 0.1 * g)).astype(float)
    counts[o == 7] = 0
    effects = [build_effect("og", o, g), build_effect("tg", t, g), build_effect("ot", o, t)]
    fit = ppml(counts, column[:, None], ["b"], effects, build_effect("o", o).levels)
    frame = pandas.DataFrame({"n": counts, "b": column, "o": o, "og": o * 2 + g, "tg": t * 2 + g, "ot": o * 12 + t})
    with quiet():
        theirs = pyfixest.fepois("n ~ b | og + tg + ot", frame, vcov={"CRV1": "o"}, iwls_tol=1e-10)
    assert fit.coefficients[0] == pytest.approx(float(theirs.coef().iloc[0]), abs=1e-6)
    assert fit.observations < len(counts)


# --- what a study concludes, at the limits of its tests


def coefficient(value: float, p: float) -> EffectCoefficient:
    return EffectCoefficient(value, 0.1, value - 0.1, value + 0.1, value - 0.2, value + 0.2, p)


def conclusions(
    p: float = 0.01, joint: float = 0.5, trend: float = 0.5, placebo: float = 0.5, alternatives: tuple[float, ...] = ()
) -> set[str]:
    """The sides and first words of a study's conclusions, with these p-values and alternative effects (at p = 0.01)."""
    study = GroupStudy(
        "",
        coefficient(-0.2, p),
        (),
        PreTrend(1.0, 3, joint, coefficient(0.0, trend)),
        PlaceboEffect("2020-01", coefficient(0.1, placebo)),
        tuple(AlternativeEffect(str(at), 20, coefficient(value, 0.01)) for at, value in enumerate(alternatives)),
        40, 20, 640, 0, ("2016-01", "2023-07"),
    )  # fmt: skip
    result = StudyResult("x", "ppml", "2022-01", "", (study,), None, (), ())
    return {f"{one.side}: {one.message[:40]}" for one in list_conclusions(result)}


def test_conclusions_at_the_significance_level() -> None:
    """The level is 0.1. At p = 0.1 an effect is no difference, and a trend or a placebo is no warning; below 0.1 they are."""
    chance = "may-not: The study does not show a difference: ch"
    date, special = (
        "may-not: The study does not show that the date ma",
        "may-not: The study does not show that the date is",
    )
    assert chance in conclusions(p=0.1)
    assert chance not in conclusions(p=0.0999)
    assert chance not in conclusions(p=0.06)
    for name in ("joint", "trend"):
        assert date not in conclusions(**{name: 0.1})
        assert date in conclusions(**{name: 0.0999})
    assert special not in conclusions(placebo=0.1)
    assert special in conclusions(placebo=0.0999)


def test_alternatives_agree_if_sign_and_significance_do() -> None:
    agree, differ = "may: The sign is the same by every other inde", "may-not: The indices do not all agree: by {names}"
    assert agree in conclusions(alternatives=(-0.1, -0.3))
    assert differ in conclusions(alternatives=(-0.1, 0.3))
    assert differ in conclusions(alternatives=(0.0,))  # no sign is not the same sign


# --- breaks in a series


def panel(totals: list[float], *, first: int = 2000, split: float = 0.5) -> Panel:
    """Two occupations that share these yearly totals."""
    periods = [str(first + at) for at in range(len(totals))]
    outcome = [part for total in totals for part in (split * total, (1 - split) * total)]
    return Panel(
        np.array(["A", "B"] * len(totals)),
        np.array(periods).repeat(2),
        np.array([""] * 2 * len(totals)),
        np.array(outcome),
    )


def growing(*changes: float) -> list[float]:
    return [1000 * math.exp(sum(changes[:at])) for at in range(len(changes) + 1)]


def test_a_jump_is_more_than_six_median_deviations_and_two_per_cent() -> None:
    """Changes (log) 0.01, 0.02, 0.03, 0.02, x: median 0.02, so deviations 0.01, 0, 0.01, 0, |x - 0.02|, their median 0.01.

    Six of these are 0.06: x = 0.075 is usual (0.055), x = 0.085 a jump (0.065). It is given as 100 (e^0.085 - 1) = 8.87171 %,
    where 100 (e^0.02 - 1) = 2.02013 % is usual. Of a regular series (0.02 throughout), 0.035 is usual (0.015) and 0.045 a jump.
    """
    assert not find_breaks(panel(growing(0.01, 0.02, 0.03, 0.02, 0.075)))
    (jump,) = find_breaks(panel(growing(0.01, 0.02, 0.03, 0.02, 0.085)))
    assert (jump.period, jump.sign) == ("2005", JUMP_SIGN)
    assert dict(jump.values) == {"change": pytest.approx(8.87171, abs=1e-5), "usual": pytest.approx(2.02013, abs=1e-5)}
    assert not find_breaks(panel(growing(0.02, 0.02, 0.02, 0.02, 0.035)))
    assert [one.period for one in find_breaks(panel(growing(0.02, 0.02, 0.02, 0.02, 0.045)))] == ["2005"]


def half_years(*changes: float) -> Panel:
    """Two occupations whose total starts with 1,000 in 2000-01 and changes (log) every half-year."""
    totals = growing(*changes)
    periods = [f"{2000 + at // 2}-{('01', '07')[at % 2]}" for at in range(len(totals))]
    return Panel(
        np.array(["A", "B"] * len(totals)),
        np.array(periods).repeat(2),
        np.array([""] * 2 * len(totals)),
        np.array(totals).repeat(2) / 2,
    )


def test_the_usual_change_of_a_season_is_its_median_of_three_years() -> None:
    """July: 0.20, 0.21, 0.35, median 0.21 (mean 0.253); January: -0.10, -0.11, -0.12, median -0.11.

    Deviations 0.01, 0, 0.14, 0.01, 0, 0.01: median 0.01, limit 0.06, so July 2002 is a jump: 100 (e^0.35 - 1) = 41.90675 %,
    where 100 (e^0.21 - 1) = 23.36781 % is usual. By the median of all six, 0.05, every deviation is 0.15 or more: no jump.
    """
    (jump,) = find_breaks(half_years(0.20, -0.10, 0.21, -0.11, 0.35, -0.12))
    assert (jump.period, jump.sign) == ("2002-07", JUMP_SIGN)
    assert dict(jump.values) == {
        "change": pytest.approx(41.90675, abs=1e-5),
        "usual": pytest.approx(23.36781, abs=1e-5),
    }


def test_a_year_without_anybody_has_no_change() -> None:
    assert not find_breaks(panel([1000, 0, 1000, 1000, 1000]))


def test_two_years_do_not_make_a_season() -> None:
    """0.02 three times, then 0.10 in the second January: the median of all, 0.02, is usual, and 0.08 more is a jump.

    By the two Januaries, 0.06 would be usual and either 0.04 away from it: no jump.
    """
    (jump,) = find_breaks(half_years(0.02, 0.02, 0.02, 0.10))
    assert jump.period == "2002-01"
    assert dict(jump.values)["usual"] == pytest.approx(2.02013, abs=1e-5)


def test_turnover_is_a_share_of_all_occupations_before_or_after() -> None:
    """One of 20 occupations leaves and another comes: 2 of the 21 in either period are 9.52381 %, above 5 %. One that only
    leaves is 1 of 20 or 5 %, which is not above.
    """

    def two_periods(before: list[str], after: list[str]) -> Panel:
        codes = np.array([*before, *after])
        periods = np.array(["2000"] * len(before) + ["2001"] * len(after))
        return Panel(codes, periods, np.array([""] * len(codes)), np.ones(len(codes)))

    codes = [f"{at:02}" for at in range(20)]
    (turnover,) = find_breaks(two_periods(codes, [*codes[1:], "99"]))
    assert (turnover.period, turnover.sign) == ("2001", TURNOVER_SIGN)
    assert dict(turnover.values) == {"share": pytest.approx(9.52381, abs=1e-5)}
    assert not find_breaks(two_periods(codes, codes[1:]))


# --- the study as a whole


def test_study_by_hand() -> None:
    """Ten exposed occupations have 40, 40, 44, 44 persons in 2000 to 2003 and 36 in 2004 to 2007; twelve others 40, then 60.

    With one effect per occupation and period, PPML gives the log odds ratio of the pooled numbers. Effect of 2004:
    ln((144 / 240) / (168 / 160)) = ln(0.5714286). Placebo in the middle of the years before, 2002: ln((88 / 80) / 1).
    Time 2004 against 2003: ln((36 / 60) / (44 / 40)); 2000 against 2003: ln((40 / 40) / (44 / 40)).
    The 90 % point of t with 21 degrees of freedom is 1.323188 (any table): the lower end of 80 %.
    """
    exposed = {f"E{at:02}": [40.0, 40, 44, 44, 36, 36, 36, 36] for at in range(10)}
    others = {f"O{at:02}": [40.0, 40, 40, 40, 60, 60, 60, 60] for at in range(12)}
    years = [str(year) for year in range(2000, 2008)]
    cells = [
        (code, year, n) for code, series in (exposed | others).items() for year, n in zip(years, series, strict=True)
    ]
    codes, periods, persons = (np.array(column) for column in zip(*cells, strict=True))
    design = StudyDesign("2004", Exposure("hand", {code: float(code in exposed) for code in exposed | others}))
    (study,) = run_study(Panel(codes, periods, np.array([""] * len(cells)), persons), design).studies
    effect = study.effect
    assert effect.value == pytest.approx(math.log(0.6 / 1.05))
    assert effect.low == pytest.approx(effect.value - 1.323188 * effect.standard_error, abs=1e-6)
    assert study.placebo is not None
    assert (study.placebo.date, study.placebo.effect.value) == ("2002", pytest.approx(math.log(1.1)))
    by_time = {one.first: one.coefficient and one.coefficient.value for one in study.event_times}
    assert by_time["2003"] is None
    assert by_time["2004"] == pytest.approx(math.log(0.6 / 1.1))
    assert by_time["2000"] == pytest.approx(math.log(1 / 1.1))
    assert (study.occupations, study.exposed, study.observations) == (22, 10, 176)


def groups_by_hand(groups: str) -> tuple[Panel, StudyDesign]:
    """Ten exposed occupations have 40, 40, 44, 44 persons before 2004, then 36 in group F and 30 in any other.

    Twelve others have 40, then 60. Each has up to one person more or fewer, because exact data have no standard errors.
    """
    exposed, others = [40.0, 40, 44, 44], [40.0, 40, 40, 40, 60, 60, 60, 60]
    rows = [
        (f"{side}{at:02}", str(2000 + year), group, persons + (7 * at + 5 * year + ord(group)) % 3 - 1)
        for group in groups
        for side, count, series in (("E", 10, [*exposed, *[36.0 if group == "F" else 30.0] * 4]), ("O", 12, others))
        for at in range(count)
        for year, persons in enumerate(series)
    ]
    codes, periods, by, persons = (np.array(column) for column in zip(*rows, strict=True))
    return Panel(codes, periods, by, persons), StudyDesign(
        "2004", Exposure("hand", {code: float(code[0] == "E") for code in codes.tolist()}), by="sex"
    )


def test_groups_by_hand() -> None:
    """F: ln((144 / 240) / (168 / 160)) = ln(0.6 / 1.05); M: ln((120 / 240) / (168 / 160)) = ln(0.5 / 1.05).

    Difference, M less F: ln(0.5 / 0.6). Without effects common to both groups (occupation by period) it would be M's alone.
    """
    study = run_study(*groups_by_hand("FM"))
    assert {one.group: one.effect.value for one in study.studies} == {
        "F": pytest.approx(math.log(0.6 / 1.05), abs=0.01),
        "M": pytest.approx(math.log(0.5 / 1.05), abs=0.01),
    }
    assert {(one.occupations, one.exposed, one.observations, one.left_out) for one in study.studies} == {
        (22, 10, 176, 0)
    }
    assert study.difference is not None
    assert study.difference.value == pytest.approx(math.log(0.5 / 0.6), abs=0.01)
    assert run_study(*groups_by_hand("F")).difference is None
    assert run_study(*groups_by_hand("FMX")).difference is None


def test_intervals_of_an_effect() -> None:
    """22 clusters: t with 21 degrees of freedom is 1.323188 at 90 % and 2.079614 at 97.5 % (any table)."""
    (study,) = run_study(*groups_by_hand("F")).studies
    effect = study.effect
    assert effect.standard_error > 0.001
    for ends, quantile in (((effect.low, effect.high), 1.323188), ((effect.low95, effect.high95), 2.079614)):
        reach = quantile * effect.standard_error
        assert ends == (pytest.approx(effect.value - reach, abs=1e-6), pytest.approx(effect.value + reach, abs=1e-6))


def test_limits_of_dates() -> None:
    """Four years before the date allow a placebo, three do not; the first period is no date, the last one is."""
    codes = [f"{side}{at:02}" for side in "EO" for at in range(10)]
    years = [str(year) for year in range(2000, 2006)]
    rows = [(code, year) for code in codes for year in years]
    outcome = 100 + np.random.default_rng(3).integers(0, 20, len(rows)).astype(float)
    cells = Panel(
        np.array([code for code, _ in rows]), np.array([year for _, year in rows]), np.array([""] * len(rows)), outcome
    )
    exposure = Exposure("hand", {code: float(code[0] == "E") for code in codes})
    placebos = {
        date: run_study(cells, StudyDesign(date, exposure)).studies[0].placebo for date in ("2003", "2004", "2005")
    }
    assert {date: placebo and placebo.date for date, placebo in placebos.items()} == {
        "2003": None,
        "2004": "2002",
        "2005": "2002",
    }
    for design in (StudyDesign("2000", exposure), StudyDesign("2004", exposure, placebo="2000")):
        with pytest.raises(BadInput, match="after the first"):
            run_study(cells, design)
