"""Laws of the sums, whatever the meters send: nothing is made, lost, or counted twice."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.intake_report import SECOND, PointSeries, ReportBuilder
from bongsu.energy.intake.report_encoding import decode_report, encode_report

T = 1_795_478_400
NOW = (T + 10**6) * SECOND
# At most 100 kW: above a machine's ceiling (200 kW) a difference is a base line or is refused, which has tests of its own.
steps_ = st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 1e5)), min_size=1, max_size=30)


def series(form="counter", **more):
    return PointSeries("opentelemetry", "node", "host", "energy", form, Boundary.SERVER, Kind.MEASURED, **more)


def report(points):
    gathering = ReportBuilder()
    for one, start, time, value in points:
        gathering.add(one, time * SECOND, value, start=start * SECOND)
    return gathering.report("test", "d", NOW)


def total(*reports, frequency="H"):
    return sum(row.kwh for row in sum_energy(reports).rows if row.frequency == frequency) * 3.6e6


def running(given_):
    """Points of a counter from increments: each some seconds after the one before."""
    times = list(itertools.accumulate((seconds for seconds, _ in given_), initial=T))[1:]
    values = list(itertools.accumulate(amount for _, amount in given_))
    return list(zip(times, values, strict=True))


@given(steps_)
@settings(max_examples=100, deadline=None)
def test_a_counters_energy_is_its_last_value(given_):
    points = running(given_)
    one = report([(series(), T, time, value) for time, value in points])
    assert total(one) == pytest.approx(points[-1][1], abs=1e-6)
    assert total(one, frequency="D") == pytest.approx(total(one), abs=1e-6)


@given(steps_, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_order_repetition_and_packing_change_nothing(given_, random):
    points = [(series(), T, time, value) for time, value in running(given_)]
    lots = [report([point]) for point in points] * 2
    random.shuffle(lots)
    assert total(*(decode_report(encode_report(one)) for one in lots)) == pytest.approx(total(report(points)), abs=1e-6)


@given(steps_, st.integers(0, 29))
@settings(max_examples=100, deadline=None)
def test_a_restart_adds_the_two_lives(given_, at):
    """A counter that begins again at some point gives the same as one that does not."""
    at = min(at, len(given_) - 1)
    whole = running(given_)
    lost = whole[at][1]
    restarted = [
        (series(), T if n <= at else whole[at][0], t, v if n <= at else v - lost) for n, (t, v) in enumerate(whole)
    ]
    assert total(report(restarted)) == pytest.approx(whole[-1][1], abs=1e-6)


@given(steps_)
@settings(max_examples=60, deadline=None)
def test_cumulative_and_delta_are_the_same_energy_in_the_same_hours(given_):
    times = [T, *(time for time, _ in running(given_))]
    delta = report(
        [(series("delta"), a, b, amount) for (a, b), (_, amount) in zip(itertools.pairwise(times), given_, strict=True)]
    )
    cumulative = report([(series(), T, time, value) for time, value in running(given_)])
    one, two = ({r.period: r.kwh for r in sum_energy([x]).rows} for x in (delta, cumulative))
    assert one == pytest.approx(two, abs=1e-9)


@given(st.integers(1, 40), st.floats(1, 1e4))
@settings(max_examples=60, deadline=None)
def test_a_constant_power_is_power_times_time(minutes, watts):
    gauge = PointSeries("opentelemetry", "n", "host", "power", "gauge", Boundary.SERVER, Kind.MEASURED)
    one = report([(gauge, 0, T + 60 * n, watts) for n in range(minutes + 1)])
    assert total(one) == pytest.approx(watts * 60 * minutes)


def test_an_impossible_step_of_a_counter_is_a_new_base_line():
    """A machine draws at most 200 kW: 2 MJ in 10 s is its limit, one joule more is not counted, nor a step of over a year."""
    counter = series()

    def joules(*points):
        return total(report([(counter, 0, time, value) for time, value in points]))

    assert joules((T, 5), (T + 10, 2_000_005)) == pytest.approx(2_000_000)
    assert joules((T, 5), (T + 10, 2_000_006)) == 0
    assert joules((T, 5), (T + 10, 9e9), (T + 20, 9e9 + 500)) == pytest.approx(500)
    assert joules((T - 367 * 86_400, 5), (T, 105)) == 0
    assert joules((T - 366 * 86_400, 5), (T, 105)) == pytest.approx(100)
