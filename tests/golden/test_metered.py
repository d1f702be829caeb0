"""Metered energy worked out by hand: the arithmetic stands beside each figure. 1 kWh = 3.6 MJ; hours are UTC."""

import numpy as np
import pytest

from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.intake.consumption import compute_consumption
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.intake_report import SECOND, PointSeries, ReportBuilder

H = 3600
MIDNIGHT = 1_795_478_400  # 2026-11-24T00:00:00Z
NINE = MIDNIGHT + 9 * H
NOW = (MIDNIGHT + 48 * H) * SECOND


def series(form, measure="energy", device="GPU-0", **more):
    return PointSeries("opentelemetry", "node-1", "gpu", measure, form, Boundary.CHIP, Kind.MEASURED, device, **more)


def report(*points):
    """Points as (series, start, time, value), moments in seconds."""
    gathering = ReportBuilder()
    for one, start, time, value in points:
        gathering.add(one, round(time * SECOND), value, start=round(start * SECOND))
    return gathering.report("test", "digest", NOW)


def hours(*reports):
    return {row.period[11:13]: row.kwh for row in sum_energy(reports).rows if row.frequency == "H"}


def day(*reports):
    return [row.kwh for row in sum_energy(reports).rows if row.frequency == "D"]


def test_power_becomes_an_area():
    """A ramp from 0 to 3,600 W in an hour (a sample every 10 min) is 1,800 W x 1 h = 1.8 kWh; the trapezoid is exact."""
    points = [(series("gauge", "power"), 0, NINE + 600 * n, 600.0 * n) for n in range(7)]
    assert hours(report(*points)) == pytest.approx({"09": 1.8})


def test_a_silence_longer_than_ten_minutes_is_not_filled():
    """1,200 W at 9:00, 9:10 and, after a silence, at 9:50 and 10:00: 2 x 10 min x 1,200 W = 0.4 kWh, not 1.2."""
    points = [(series("gauge", "power"), 0, NINE + m * 60, 1200.0) for m in (0, 10, 50, 60)]
    assert hours(report(*points)) == pytest.approx({"09": 0.4})


def test_a_counter_with_a_start_counts_from_it_and_is_shared_among_hours_by_time():
    """7.2 MJ from 9:30 to 11:30 is 2 kWh at 1 kW: 0.5 in the hour of nine, 1 in that of ten, 0.5 in that of eleven."""
    one = report((series("counter"), NINE + 1800, NINE + 9000, 7.2e6))
    assert hours(one) == pytest.approx({"09": 0.5, "10": 1.0, "11": 0.5})
    assert day(one) == pytest.approx([2.0])


def test_a_counter_without_a_start_counts_from_its_first_value():
    """5,000,000 to 8,600,000 J: 3.6 MJ, 1 kWh; what it stood at before is not ours to know."""
    one = report((series("counter"), 0, NINE, 5.0e6), (series("counter"), 0, NINE + H, 8.6e6))
    assert hours(one) == pytest.approx({"09": 1.0})


def test_a_reset_seen_by_its_smaller_value():
    """1.8 MJ more (0.5 kWh), then a fall to 0.9 MJ: the counter began again and gave 0.25 kWh. In all 0.75."""
    values = (1.0e6, 2.8e6, 0.9e6)
    one = report(*((series("counter"), 0, NINE + 1200 * n, v) for n, v in enumerate(values)))
    assert hours(one) == pytest.approx({"09": 0.75})


def test_a_reset_told_by_a_new_start():
    """By start: 3.6 MJ of the first life (1 kWh) and 5.4 MJ of the second (1.5), though no value ever fell."""
    one = report(
        (series("counter"), NINE, NINE + 1800, 3.6e6),
        (series("counter"), NINE + 1800, NINE + H, 5.4e6),
    )
    assert hours(one) == pytest.approx({"09": 2.5})


def test_a_raw_counter_under_a_young_start_is_a_base_line():
    """500 MJ since the machine was switched on cannot be used in the ten seconds since the exporter's start (50 MW)."""
    one = report(
        (series("counter"), NINE, NINE + 10, 5.0e8),
        (series("counter"), NINE, NINE + H, 5.0e8 + 1.8e6),
    )
    result = sum_energy([one])
    assert [row.kwh for row in result.rows] == pytest.approx([0.5, 0.5])
    assert result.left_out == (("base line or out of bounds: opentelemetry gpu", 1),)


def test_deltas_add_up():
    """1.8 MJ in each of three half hours from 9:00: 1 kWh in the hour of nine, 0.5 in that of ten."""
    one = report(*((series("delta"), NINE + 1800 * n, NINE + 1800 * (n + 1), 1.8e6) for n in range(3)))
    assert hours(one) == pytest.approx({"09": 1.0, "10": 0.5})


def test_a_point_that_comes_twice_counts_once():
    one = report((series("delta"), NINE, NINE + 1800, 1.8e6))
    two = report((series("delta"), NINE, NINE + 1800, 1.8e6), (series("delta"), NINE + 1800, NINE + H, 1.8e6))
    assert hours(one, two, two) == pytest.approx({"09": 1.0})


def test_a_late_point_finds_its_place():
    """The points of 9:00, 9:40 and 10:00 came first, that of 9:20 last: 0, 0.6, 2.4 and 3.6 MJ are 1 kWh in any order."""
    first = report(*((series("counter"), 0, NINE + m * 60, v) for m, v in ((0, 0.0), (40, 2.4e6), (60, 3.6e6))))
    late = report((series("counter"), 0, NINE + 1200, 0.6e6))
    assert hours(first, late) == pytest.approx({"09": 1.0})


def test_a_clock_set_back_by_an_hour_takes_nothing_away():
    """A counter since 9:00 goes on from 1.8 to 2.4 to 3.6 MJ while its times say 10:30, 9:40, 10:40: 1 kWh in all.

    In the order of its values: 0.5 kWh from 9:00 to 10:30 (1/3 in the hour of nine, 1/6 in that of ten), 1/6 at 9:40, and 1/3
    from 9:40 to 10:40 (1/9 and 2/9). So 11/18 and 7/18. In the order of its times one step would be negative.
    """
    own = series("counter")
    one = report(
        (own, NINE, NINE + 5400, 1.8e6),
        (own, NINE, NINE + 2400, 2.4e6),
        (own, NINE, NINE + 6000, 3.6e6),
    )
    assert hours(one) == pytest.approx({"09": 11 / 18, "10": 7 / 18})
    assert day(one) == pytest.approx([1.0])


def test_energy_goes_before_power_of_the_same_device():
    """The counter's 0.5 kWh count; the gauge beside it (1,800 W for ten minutes, 0.3 kWh) says the same less well."""
    one = report(
        (series("counter", rank=0), NINE, NINE + H, 1.8e6),
        (series("gauge", "power", rank=1), 0, NINE, 1800.0),
        (series("gauge", "power", rank=1), 0, NINE + 600, 1800.0),
    )
    assert hours(one) == pytest.approx({"09": 0.5})


def test_power_counts_in_the_hours_without_energy():
    """9:00 to 10:00 by the counter, 0.5 kWh; from 10:00 on only the gauge: 1,800 W for ten minutes, 0.3 kWh."""
    one = report(
        (series("counter", rank=0), NINE, NINE + H, 1.8e6),
        (series("gauge", "power", rank=1), 0, NINE + H, 1800.0),
        (series("gauge", "power", rank=1), 0, NINE + H + 600, 1800.0),
    )
    assert hours(one) == pytest.approx({"09": 0.5, "10": 0.3})


def test_windows_in_one_another_count_once():
    """Zeus: "training" (7.2 MJ) holds "epoch" (3.6 MJ) on GPU 0; both end at 10:00. 2 kWh, not 3."""
    training, epoch = (series("counter", nested=True, label=name) for name in ("training", "epoch"))
    one = report((training, NINE, NINE + H, 7.2e6), (epoch, NINE + 1800, NINE + H, 3.6e6))
    assert hours(one) == pytest.approx({"09": 2.0})


def test_eight_devices_are_eight_times_one():
    points = [(series("counter", device=f"GPU-{n}"), NINE, NINE + H, 2.52e6) for n in range(8)]
    assert hours(report(*points)) == pytest.approx({"09": 8 * 0.7})  # 700 W each


def test_days_are_the_sums_of_their_hours_and_split_at_midnight():
    """1 kW from 22:00 to 01:30: 2 kWh on the first day, 1.5 on the second."""
    late = MIDNIGHT + 22 * H
    one = report((series("delta"), late, late + 3.5 * H, 3.5 * 3.6e6))
    assert [(r.period, r.kwh) for r in sum_energy([one]).rows if r.frequency == "D"] == [
        ("2026-11-24", pytest.approx(2.0)),
        ("2026-11-25", pytest.approx(1.5)),
    ]


def test_ten_times_too_much_would_be_seen():
    """The planted error: a value ten times as large gives ten times the energy, so a slip of a unit cannot hide."""
    one, ten = (hours(report((series("delta"), NINE, NINE + H, v)))["09"] for v in (3.6e5, 3.6e6))
    assert ten == pytest.approx(10 * one)
    assert one == pytest.approx(0.1)


def test_no_points_no_steps():
    assert compute_consumption([]).amount.tolist() == []
    assert sum_energy([]).rows == ()
    assert np.isfinite(0.0)
