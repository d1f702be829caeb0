"""Prometheus text of Kepler, by its old and its new names, and of Zeus."""

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.estimate import Kind
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.message_formats import read_message, read_report_file

AT = 1_795_478_400 * 10**9  # 2026-11-24T00:00:00Z
HOUR = 3600 * 10**9


def values(report):
    found = {}
    for p in report.points():
        found[p.series.component, p.series.measure] = found.get((p.series.component, p.series.measure), 0) + p.value
    return found


def test_kepler_by_its_old_names(specimen, otlp):
    """Platform 80,000 + 20,000; package 7,000 + 2,000 + 6,000; core, process and container parts are left alone."""
    report = read_report_file(specimen("kepler-0.7.prom"), received=otlp.now, at=AT)
    assert values(report) == {
        ("host", "energy"): 100_000, ("cpu", "energy"): 15_000, ("memory", "energy"): 2_000,
        ("gpu", "energy"): 54_000, ("workload", "energy"): 6_001,
    }  # fmt: skip
    assert {s.source for s in report.series if s.component != "workload"} == {"worker-1"}
    assert {s.kind for s in report.series if s.component == "workload"} == {Kind.MODELLED}


def test_kepler_by_its_new_names(specimen, otlp):
    """Zones package 15,000 + 14,000 and dram 2,000; core, psys, active, idle and process are said already."""
    report = read_report_file(specimen("kepler-0.11.prom"), received=otlp.now, at=AT)
    assert values(report) == {
        ("cpu", "energy"): 29_000, ("memory", "energy"): 2_000, ("workload", "energy"): 2_510.75,
        ("host", "power"): 450, ("cpu", "power"): 120.5,
    }  # fmt: skip


def test_two_scrapes_are_a_difference(specimen, otlp):
    """An hour later the machine's counters are 3.6 MJ (dynamic) higher: 1 kWh, and nothing of what was before."""
    first = specimen("kepler-0.7.prom")
    second = first.replace(b'mode="dynamic",source="acpi"} 80000', b'mode="dynamic",source="acpi"} 3680000')
    reports = [
        read_message("prometheus", text, received=otlp.now, at=at) for text, at in ((first, AT), (second, AT + HOUR))
    ]
    rows = {row.component: row.kwh for row in sum_energy(reports).rows if row.frequency == "D"}
    assert rows == {"host": pytest.approx(1.0), "cpu": 0, "memory": 0, "gpu": 0, "workload": 0}


def test_an_unknown_metric_is_ignored_and_named(otlp):
    text = b"kepler_node_dram_joules_total 5\nup 1\nup 1\ngo_threads 9\n"
    report = read_message("prometheus", text, received=otlp.now)
    assert (len(report), report.ignored) == (1, ("go_threads", "up"))
    assert report.time.tolist() == [otlp.now]


def test_a_modelled_node_is_called_modelled(otlp):
    line = b'kepler_node_package_joules_total{instance="vm",source="trained_power_model"} 5\n'
    (series,) = read_message("prometheus", line, received=otlp.now).series
    assert series.kind is Kind.MODELLED


def test_zeus_windows_in_one_another_count_once(specimen, otlp):
    """prometheus_client states when a counter was made, so its first value counts. GPU 0: 7,200 J of the outer window;
    GPU 1: 14,400; CPU 900.5. The inner windows (3,600 and 7,200 J) are parts of these."""
    report = read_report_file(specimen("zeus-counter.prom"), received=otlp.now, at=AT + HOUR)
    rows = {row.component: row.kwh * 3.6e6 for row in sum_energy([report]).rows if row.frequency == "D"}
    assert rows == {"gpu": pytest.approx(21_600), "cpu": pytest.approx(900.5)}


def test_zeus_histogram_and_power(specimen, otlp):
    report = read_report_file(specimen("zeus-histogram.prom"), received=otlp.now, at=AT + HOUR)
    assert values(report) == {("gpu", "energy"): 600, ("gpu", "power"): 412.5}


def test_times_of_both_text_formats(otlp):
    line = "energy_monitor_gpu_energy_joules_total 5 {}\n"
    prometheus = read_message("prometheus", line.format("1795478400500").encode(), received=otlp.now)
    open_metrics = read_message("prometheus", (line.format("1795478400.5") + "# EOF\n").encode(), received=otlp.now)
    assert prometheus.time.tolist() == open_metrics.time.tolist() == [AT + 500_000_000]


def test_labels_may_hold_anything(otlp):
    line = rb'kepler_node_dram_joules_total{instance="a\"b}\\{,\n=",x="1"} 5 # {trace_id="t"} 1' + b"\n"
    (series,) = read_message("prometheus", line, received=otlp.now).series
    assert series.source == 'a"b}\\{,\n='


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"kepler_node_dram_joules_total 5", "cut off.*line 1"),
        (b"# HELP x\nkepler_node_dram_joules_total{a=\n", "not a valid line of the Prometheus.*line 2"),
        (b"kepler_node_dram_joules_total many\n", "“many” is not a number.*line 1"),
        (b"kepler_node_dram_joules_total -5\n", "-5 is negative.*line 1"),
        (b"kepler_node_dram_joules_total NaN\n", "not a finite.*line 1"),
        (b"kepler_node_dram_joules_total 1e30\n", "above the maximum.*memory.*line 1"),
        (b"x 1\nkepler_node_dram_joules_total 1\nkepler_node_dram_joules_total 2\n", "two different values.*line 3"),
        (b"up 1\n", "no energy"),
        (b"\xff\xfe\n", "UTF-8"),
    ],
)
def test_one_wrong_line_refuses_the_text(otlp, text, message):
    with pytest.raises(BadInput, match=message):
        read_message("prometheus", text, received=otlp.now)


def test_a_long_hostile_line_is_answered_at_once(otlp):
    text = b"kepler_node_dram_joules_total{" + b'a="\\\\",' * 20_000 + b"\n"
    with pytest.raises(BadInput, match="line 1"):
        read_message("prometheus", text, received=otlp.now)
