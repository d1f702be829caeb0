"""OTLP as stock exporters send it: what is read, what is left alone, and that both encodings say the same."""

import pytest

from bongsu.core.errors import BadInput, UnitMismatch
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.message_formats import read_message, read_report_file

T = 1_795_478_400  # 2026-11-24T00:00:00Z


def series_of(report):
    return {(one.component, one.measure, one.device): one for one in report.series}


def test_the_stock_exporters_message_is_read(specimen, otlp):
    report = read_message("otlp-protobuf", specimen("otlp-cumulative-3.pb"), received=otlp.now)
    values = {(p.series.component, p.series.measure, p.series.device, p.series.rank): p.value for p in report.points()}
    assert values == {
        ("gpu", "energy", "GPU-0", 0): 1080.0,
        ("gpu", "energy", "GPU-1", 0): 540.0,
        ("gpu", "power", "GPU-0", 1): 300.0,
        ("host", "energy", "", 0): 2700.0,
        ("inference", "input_tokens", "gpt-4o", 3): 3000.0,
        ("inference", "output_tokens", "gpt-4o", 3): 600.0,
        ("inference", "input_tokens", "gpt-4o", 0): 3000.0,
        ("inference", "output_tokens", "gpt-4o", 0): 600.0,
        ("inference", "cached_tokens", "gpt-4o", 0): 1800.0,
    }
    assert report.ignored == ("gen_ai.client.inference.usage.reasoning.output_tokens", "hw.temperature")
    gpu = series_of(report)["gpu", "energy", "GPU-0"]
    assert (gpu.source, gpu.boundary, gpu.kind) == ("4c4c4544-0042", Boundary.CHIP, Kind.MEASURED)


def test_json_and_protobuf_give_the_same_points(specimen, otlp):
    one = read_message("otlp-protobuf", specimen("otlp-cumulative-3.pb"), received=otlp.now)
    two = read_message("otlp-json", specimen("otlp-cumulative-3.json"), received=otlp.now)
    assert set(one.points()) == set(two.points())


def test_cumulative_and_delta_add_up_to_the_same(specimen, otlp):
    def rows(name):
        reports = [read_message("otlp-protobuf", specimen(f"{name}-{n}.pb"), received=otlp.now) for n in (1, 2, 3)]
        return {(r.component, r.frequency): r.kwh for r in sum_energy(reports).rows if r.frequency == "D"}

    cumulative, delta = rows("otlp-cumulative"), rows("otlp-delta")
    # three posts of 360 J and 180 J: 3 x 540 / 3.6e6 kWh; of the host 3 x 900 / 3.6e6
    assert cumulative["gpu", "D"] == pytest.approx(3 * 540 / 3.6e6)
    assert cumulative["host", "D"] == pytest.approx(3 * 900 / 3.6e6)
    assert delta == pytest.approx(cumulative)


def test_the_collectors_file_of_one_message_a_line(otlp):
    lines = b"\n".join(
        otlp.message(otlp.counter("hw.energy", otlp.point(v, T + v, hw_id="a", hw_type="gpu"))) for v in (1, 2)
    )
    assert len(read_report_file(lines, "metrics.jsonl", received=otlp.now)) == 2


@pytest.mark.parametrize(
    ("unit", "joules"), [("J", 2), ("kJ", 2e3), ("kWh", 7.2e6), ("kW.h", 7.2e6), ("W.s", 2), ("", 2)]
)
def test_units_are_converted(otlp, unit, joules):
    report = otlp.report(otlp.counter("hw.host.energy", otlp.point(2, T), unit=unit))
    assert report.value.tolist() == [joules]


@pytest.mark.parametrize(
    ("name", "unit"), [("hw.energy", "W"), ("hw.energy", "g"), ("gen_ai.client.inference.usage.input_tokens", "J")]
)
def test_a_unit_of_another_quantity_is_refused(otlp, name, unit):
    metric = otlp.counter(name, otlp.point(1, T, **{"gen_ai.request.model": "m"}), unit=unit)
    with pytest.raises(UnitMismatch, match=r"resourceMetrics\[0\].scopeMetrics\[0\].metrics\[0\]"):
        otlp.report(metric)


def test_one_metric_in_two_units_is_refused(otlp):
    with pytest.raises(BadInput, match="two units"):
        otlp.report(
            otlp.counter("hw.energy", otlp.point(1, T, hw_id="a")),
            otlp.counter("hw.energy", otlp.point(1, T, hw_id="b"), unit="kWh"),
        )


def test_an_unknown_unit_is_refused_and_not_a_missing_page(otlp):
    with pytest.raises(BadInput, match="furlong") as caught:
        otlp.report(otlp.counter("hw.energy", otlp.point(1, T), unit="furlong"))
    assert caught.value.http_status == 400


def test_parts_are_never_added_up_to_a_machine(otlp):
    """Host totals come from hw.host.* alone."""
    report = otlp.report(
        otlp.counter("hw.energy", otlp.point(3.6e6, T + 3600, start=T, hw_id="g0", hw_type="gpu")),
        otlp.counter("hw.energy", otlp.point(1.8e6, T + 3600, start=T, hw_id="c0", hw_type="cpu")),
    )
    assert {row.component for row in sum_energy([report]).rows} == {"gpu", "cpu"}


def test_a_part_inside_a_part_counts_once(otlp):
    def energy(joules, **labels):
        return otlp.counter("hw.energy", otlp.point(joules, T + 3600, start=T, hw_type="gpu", **labels))

    module, die = energy(3.6e6, hw_id="module"), energy(2.0e6, hw_id="die", hw_parent="module")
    assert [row.kwh for row in sum_energy([otlp.report(module, die)]).rows] == [1.0, 1.0]


@pytest.mark.parametrize("type_", ["battery", "temperature", "voltage"])
def test_storage_and_sensor_metrics_are_ignored(otlp, type_):
    with pytest.raises(BadInput, match="no energy"):
        otlp.report(otlp.counter("hw.energy", otlp.point(1, T, hw_id="x", hw_type=type_)))


def test_two_devices_without_a_name_are_refused(otlp):
    with pytest.raises(BadInput, match=r"two different values.*data_points\[1\]"):
        otlp.report(otlp.counter("hw.energy", otlp.point(1, T, hw_type="gpu"), otlp.point(2, T, hw_type="gpu")))


def test_a_point_without_a_recorded_value_is_skipped(otlp):
    silent = {**otlp.point(0, T, hw_id="a"), "flags": 1}
    report = otlp.report(otlp.counter("hw.energy", silent, otlp.point(5, T + 1, hw_id="a")))
    assert report.value.tolist() == [5]


def tokens(otlp, name, value, at, **more):
    return otlp.counter(name, otlp.point(value, at, start=T, **{"gen_ai.request.model": "m"}, **more), unit="{token}")


def test_tokens_of_every_name_count_once_and_parts_never(otlp):
    usage = "gen_ai.client.inference.usage."
    report = otlp.report(
        tokens(otlp, usage + "input_tokens", 1000, T + 60),
        tokens(otlp, usage + "output_tokens", 100, T + 60),
        tokens(otlp, usage + "cache_read.input_tokens", 400, T + 60),
        tokens(otlp, usage + "cache_write.input_tokens", 300, T + 60),
        tokens(otlp, usage + "reasoning.output_tokens", 80, T + 60),
        tokens(otlp, usage + "detailed.input_tokens", 1000, T + 60),
        tokens(otlp, "gen_ai.client.inference.operation.input_tokens", 1000, T + 60),
        tokens(otlp, "gen_ai.client.token.usage", 1000, T + 60, **{"gen_ai.token.type": "input"}),
        tokens(otlp, "gen_ai.client.token.usage", 1400, T + 60, **{"gen_ai.token.type": "total"}),
    )
    seen = []

    def estimate(model, input_, cached, output):
        seen.append((model, input_, cached, output))
        from bongsu.core.estimate import Estimate

        return Estimate.of(
            7200.0, "J", kind=Kind.MODELLED, boundary=Boundary.IT, method="test", low=3600.0, high=14400.0
        )

    hour, day = sum_energy([report], estimate).rows
    assert seen == [("m", 1000, 400, 100)]
    assert (hour.component, hour.boundary, hour.kind, hour.kwh, hour.low, hour.high) == (
        "inference", Boundary.IT, Kind.MODELLED, 0.002, 0.001, 0.004,
    )  # fmt: skip
    assert day._replace(frequency="H", period=hour.period) == hour


def test_the_old_name_counts_where_it_is_alone(otlp):
    report = otlp.report(
        tokens(otlp, "gen_ai.client.token.usage", 1000, T + 60, **{"gen_ai.token.type": "input"}),
        tokens(otlp, "gen_ai.client.token.usage", 70, T + 60, **{"gen_ai.token.type": "completion"}),
    )
    assert {(p.series.measure, p.value) for p in report.points()} == {("input_tokens", 1000), ("output_tokens", 70)}


def test_tokens_without_a_model_are_refused(otlp):
    metric = otlp.counter("gen_ai.client.inference.usage.input_tokens", otlp.point(1, T), unit="{token}")
    with pytest.raises(BadInput, match="has no model attribute"):
        otlp.report(metric)


def test_a_sum_without_a_temporality_is_refused(otlp):
    with pytest.raises(BadInput, match="temporality"):
        otlp.report(otlp.counter("hw.energy", otlp.point(1, T), temporality=0))


def test_a_power_that_is_a_delta_is_refused(otlp):
    with pytest.raises(BadInput, match="cannot be a delta"):
        otlp.report(otlp.counter("hw.power", otlp.point(1, T), unit="W", temporality=1))
