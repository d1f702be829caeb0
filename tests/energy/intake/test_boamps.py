"""BoAmps reports: CodeCarbon's as written, Bongsu's own, and hand-made ones with the format's traps."""

import json

import pytest

from bongsu.core.errors import BadInput
from bongsu.core.estimate import Kind
from bongsu.energy.intake.energy_sums import sum_energy
from bongsu.energy.intake.message_formats import read_message, read_report_file


def document(*measures, **header):
    return json.dumps({"header": header, "task": {}, "measures": list(measures)}).encode()


def measure(energy, **more):
    return {"measurementMethod": "codecarbon", "powerConsumption": energy, "measurementDuration": 1800,
            "measurementDateTime": "2026-04-01 09:45:00", **more}  # fmt: skip


def points(data, now):
    return [(p.series.kind, p.value) for p in read_message("boamps", data, received=now).points()]


def test_codecarbons_report_is_read_in_kwh(specimen, otlp):
    """powerConsumption 1.2787910986282933e-05 kWh x 3.6e6 = 46.04 J."""
    report = read_report_file(specimen("boamps-codecarbon-3.3.2.json"), received=otlp.now)
    assert (report.format, report.value.tolist()) == ("boamps", [pytest.approx(46.036479550618556)])


def test_of_several_meters_the_largest_counts(specimen, otlp):
    """CodeCarbon says 0.0025 kWh, a wattmeter 0.004: 14,400 J, in the 18 s that end at 09:09:41."""
    report = read_message("boamps", specimen("boamps-llm-inference.json"), received=otlp.now)
    (point,) = report.points()
    assert (point.value, point.series.kind) == (14_400.0, Kind.REPORTED)
    assert point.time - point.start == 18 * 10**9


def test_the_first_examples_carried_a_unit(otlp):
    assert points(document(measure(351, unit="Wh")), otlp.now) == [(Kind.REPORTED, pytest.approx(351 * 3600))]


def test_bongsus_own_measures_are_parts(otlp):
    parts = [measure(0.2, measurementMethod=f"bongsu, {kind}") for kind in ("measured", "modelled")]
    assert points(document(*parts), otlp.now) == [(Kind.MEASURED, 720_000.0), (Kind.MODELLED, 720_000.0)]


def test_the_hour_is_that_of_the_measurement(otlp):
    """0.6 kWh in the half hour that ends at 09:45."""
    report = read_message("boamps", document(measure(0.6)), received=otlp.now)
    assert [(r.period, r.kwh) for r in sum_energy([report]).rows] == [("2026-04-01T09:00:00", 0.6), ("2026-04-01", 0.6)]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (document(measure(-1)), r"-1.*measures\[0\].powerConsumption"),
        (document(measure("much")), r"much.*measures\[0\].powerConsumption"),
        (document(measure(1, unit="W")), r"different quantities.*measures\[0\].powerConsumption"),
        (document(measure(1, unit="furlong")), r"furlong.*measures\[0\]"),
        (document(measure(1, measurementDateTime="yesterday")), r"yesterday.*measures\[0\].measurementDateTime"),
        (document(measure(1e9)), r"above the maximum.*measures\[0\]"),
        (document(7), r"not a JSON object.*measures\[0\]"),
        (document({}), "no energy"),
        (b'{"measures": [], "task": {}', "not a valid JSON"),
        (b"[]", "not a BoAmps report"),
        (b"[" * 100_000, "not a valid JSON"),
    ],
)
def test_a_wrong_report_is_refused_with_its_field(otlp, data, message):
    with pytest.raises(BadInput, match=message) as caught:
        read_message("boamps", data, received=otlp.now)
    assert caught.value.http_status == 400
