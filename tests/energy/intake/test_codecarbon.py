"""CodeCarbon's emissions.csv, of four versions as written, and the traps of its rows."""

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.message_formats import read_message, read_report_file

HEADER = b"timestamp,project_name,run_id,duration,emissions,cpu_energy,gpu_energy,ram_energy,energy_consumed,pue\n"


def rows(data, now, **stated):
    report = read_message("codecarbon", data, received=now, **stated)
    return {row.component: row for row in sum_energy([report]).rows if row.frequency == "D"}


@pytest.mark.parametrize(
    ("version", "kwh"),
    [("2.1.4", 7.110106680351901e-05), ("2.3.4", 7.128543107095867e-05), ("3.3.2", 3.50541272855973e-05)],
)
def test_rows_of_a_run_are_running_totals(specimen, otlp, version, kwh):
    """The last row of the specimen states the run's energy; its two rows together would be half as much again."""
    found = rows(specimen(f"codecarbon-{version}.csv"), otlp.now)
    assert found["run"].kwh == pytest.approx(kwh)
    assert found["cpu"].kwh + found["memory"].kwh == pytest.approx(kwh)
    assert "gpu" not in found  # the machine had none
    assert (found["run"].kind, found["run"].boundary) == (Kind.MODELLED, Boundary.SERVER)


def test_the_first_versions_called_a_run_an_experiment(otlp):
    data = (
        b"timestamp,experiment_id,project_name,duration,emissions,energy_consumed,country_name\n"
        b"2020-03-23T09:26:11,68f5,p,34,8,0.8,USA\n"
    )
    assert rows(data, otlp.now)["run"].kwh == pytest.approx(0.8)
    assert read_report_file(data, received=otlp.now).format == "codecarbon"


def test_energy_is_in_kwh_and_split_at_the_hour_by_the_rows_duration(otlp):
    """3 kWh in the hour that ends at 09:30: half before nine, half after."""
    report = read_message("codecarbon", HEADER + b"2026-04-01T09:30:00,p,r,3600,1,1,1.5,0.5,3,1.0\n", received=otlp.now)
    hours = [(r.period, r.kwh) for r in sum_energy([report]).rows if r.component == "run" and r.frequency == "H"]
    assert hours == [("2026-04-01T08:00:00", 1.5), ("2026-04-01T09:00:00", 1.5)]
    assert {p.series.component: p.value for p in report.points()} == {
        "cpu": 3.6e6,
        "gpu": 5.4e6,
        "memory": 1.8e6,
        "run": 1.08e7,
    }


def test_a_pue_is_in_the_figures_already(otlp):
    found = rows(HEADER + b"2026-04-01T09:30:00,p,r,3600,1,1,1,1,3,1.5\n", otlp.now)
    assert {row.boundary for row in found.values()} == {Boundary.FACILITY}
    assert found["run"].kwh == pytest.approx(3)


def test_times_are_in_the_zone_that_is_stated(otlp):
    line = b"2026-11-24T14:30:00,p,r,60,1,0,0,0,0.1,1\n"  # 05:30 UTC; now is 06:00
    assert rows(HEADER + line, otlp.now, timezone="Asia/Seoul")["run"].period == "2026-11-24"
    with pytest.raises(BadInput, match=r"510 min ahead.*line 2.*timezone="):
        rows(HEADER + line, otlp.now)


def test_a_clock_set_back_during_a_run_changes_nothing(otlp):
    """Paris, the night of 25 October 2026: the second row is written 40 min after the first, at 02:20 after 02:40."""
    lines = b"2026-10-25T02:40:00,p,r,1200,1,0,0,0,1.0,1\n2026-10-25T02:20:00,p,r,3600,1,0,0,0,3.0,1\n"
    report = read_message("codecarbon", HEADER + lines, received=otlp.now, timezone="Europe/Paris")
    assert [r.kwh for r in sum_energy([report]).rows if r.frequency == "D"] == pytest.approx([3.0])
    first, second = report.points()
    assert second.time - first.time == 2400 * 10**9


def test_the_file_of_tasks_holds_parts_to_add_up(otlp):
    data = (
        b"task_name,timestamp,project_name,run_id,duration,emissions,energy_consumed\n"
        b"load,2026-04-01T09:10:00,p,r,60,1,0.1\n"
        b"fit,2026-04-01T09:20:00,p,r,600,1,0.4\n"
    )
    assert rows(data, otlp.now)["run"].kwh == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"2020-04-31T03:26:11,p,r,60,1,0,0,0,0.1,1\n", "not a valid date and time.*line 3"),
        (b"2026-04-01T09:30:00,p,r,60,1,0,0,0,-0.1,1\n", r"energy_consumed holds -0.1.*line 3"),
        (b"2026-04-01T09:30:00,p,r,60,1,0,0,0,nan,1\n", r"energy_consumed holds nan.*line 3"),
        (b"2026-04-01T09:30:00,p,r,60,1,0,0,0,much,1\n", r"“much”.*line 3"),
        (b"2026-04-01T09:30:00,p,r,60,1,0,0,0,1e12,1\n", r"above the maximum.*run.*line 3"),
        (b"2026-04-01T09:30:00,p,,60,1,0,0,0,0.1,1\n", r"has no run_id.*line 3"),
        (b"2026-04-01T09:30:00,p,r,60,1\n", r"5 cells; the header has 10.*line 3"),
        (b'2026-04-01T09:30:00,p,"r,60,1,0,0,0,0.1,1\n', r"line 3"),
    ],
)
def test_one_wrong_line_refuses_the_file(otlp, line, message):
    good = b"2026-04-01T09:20:00,p,r,60,1,0,0,0,0.1,1\n"
    with pytest.raises(BadInput, match=message):
        read_message("codecarbon", HEADER + good + line, received=otlp.now)


def test_another_table_is_named_as_such(otlp):
    with pytest.raises(BadInput, match=r"energy_consumed.*line 1"):
        read_message("codecarbon", b"timestamp,duration\n1,2\n", received=otlp.now)


def test_a_table_of_more_than_64_columns_is_another_table(otlp):
    row = b"2026-04-01T09:20:00,p,r,60,1,0,0,0,0.1,1"
    for more, table in ((54, None), (55, "not a CodeCarbon emissions.csv")):
        names = b"".join(b",extra%d" % number for number in range(more))
        data = HEADER.rstrip() + names + b"\n" + row + b"," * more + b"\n"
        if table is None:
            assert read_message("codecarbon", data, received=otlp.now)
        else:
            with pytest.raises(BadInput, match=table):
                read_message("codecarbon", data, received=otlp.now)
