"""From a message to the release METERED_ENERGY: files taken, added up, built, sealed, and changed by a late report only."""

from datetime import date

import pytest

from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.energy.intake.message_formats import read_report_file
from bongsu.energy.intake.node_reports import encode_rows, keep_report, read_reports, snapshot_energy
from bongsu.store.building.builds import build_release
from bongsu.store.tables.programmes import read_programme

T = 1_775_034_000  # 2026-04-01T09:00:00Z
TODAY = date(2026, 4, 2)


@pytest.fixture
def recipe():
    return next(recipe for recipe in read_programme("energy").recipes if recipe.flow == "METERED_ENERGY")


def machine(otlp, megajoules, hours, host="node-1"):
    return otlp.report(
        otlp.counter("hw.host.energy", otlp.point(megajoules * 1e6, T + hours * 3600, start=T)), host=host
    )


def built(node, recipe):
    list(snapshot_energy(node, TODAY, {"kaist": "KAIST"}))
    result = build_release(node, read_programme("energy"), recipe)
    return result, node.observations(result.release).to_pylist()


def test_the_release_holds_each_organisations_kwh(empty, otlp, recipe):
    """7.2 MJ in two hours is 1 kWh in each, 2 in the day; the other organisation's 3.6 MJ is its own."""
    assert keep_report(empty, "kaist", machine(otlp, 7.2, 2)) is True
    assert keep_report(empty, "snu", machine(otlp, 3.6, 1)) is True
    result, rows = built(empty, recipe)
    found = {(r["ORGANISATION"], r["FREQ"], r["TIME_PERIOD"]): r["OBS_VALUE"] for r in rows}
    assert found == {
        ("kaist", "H", "2026-04-01T09:00:00"): 1.0,
        ("kaist", "H", "2026-04-01T10:00:00"): 1.0,
        ("kaist", "D", "2026-04-01"): 2.0,
        ("snu", "H", "2026-04-01T09:00:00"): 1.0,
        ("snu", "D", "2026-04-01"): 1.0,
    }
    assert {(r["BOUNDARY"], r["KIND"], r["UNIT_MEASURE"], r["OBS_STATUS"]) for r in rows} == {
        ("server", "measured", "kWh", "A")
    }
    assert {r["SOURCE"] for r in rows} == {"KAIST", "snu"}
    assert result.new


def test_a_repeated_report_makes_no_new_release(empty, otlp, recipe):
    keep_report(empty, "kaist", machine(otlp, 7.2, 2))
    first, _ = built(empty, recipe)
    assert keep_report(empty, "kaist", machine(otlp, 7.2, 2)) is False
    again, _ = built(empty, recipe)
    assert (again.new, again.release.number) == (False, first.release.number)


def test_a_late_report_makes_a_new_release_and_keeps_the_old(empty, otlp, recipe):
    keep_report(empty, "kaist", machine(otlp, 7.2, 2))
    first, _ = built(empty, recipe)
    keep_report(empty, "kaist", machine(otlp, 3.6, 1, host="node-2"))
    second, rows = built(empty, recipe)
    assert (first.release.number, second.release.number) == (1, 2)
    assert {r["TIME_PERIOD"]: r["OBS_VALUE"] for r in rows}["2026-04-01"] == 3.0


def test_the_day_that_goes_on_is_provisional(empty, otlp):
    keep_report(empty, "kaist", machine(otlp, 54.0, 15))  # from 09:00 to midnight
    (snapshot, _, _) = next(snapshot_energy(empty, TODAY, {}))
    lines = [line.split(",") for line in empty.snapshots.read(snapshot).decode().splitlines()[1:]]
    assert {line[5][:10]: line[9] for line in lines} == {"2026-04-01": "A"}
    (later, _, _) = next(snapshot_energy(empty, date(2026, 4, 1), {}))
    assert {line.rsplit(",", 1)[1] for line in empty.snapshots.read(later).decode().splitlines()[1:]} == {"P"}


def test_what_was_kept_is_what_was_read(empty, otlp, specimen):
    report = read_report_file(specimen("otlp-cumulative-3.pb"), received=otlp.now)
    keep_report(empty, "kaist", report)
    (back,) = read_reports(empty, "kaist")
    assert list(back.points()) == list(report.points())
    assert (back.format, back.digest, back.received, back.ignored) == (
        report.format, report.digest, report.received, report.ignored,
    )  # fmt: skip


def test_an_estimate_keeps_its_interval(empty, otlp):
    metric = otlp.counter(
        "gen_ai.client.inference.usage.output_tokens",
        otlp.point(500, T + 60, start=T, **{"gen_ai.request.model": "m"}),
        unit="{token}",
    )
    keep_report(empty, "kaist", otlp.report(metric))

    def estimate(*_):
        return Estimate.of(1.0, "Wh", low=0.5, high=3.0, kind=Kind.MODELLED, boundary=Boundary.FACILITY, method="m 1")

    _, _, found = next(snapshot_energy(empty, TODAY, {}, estimate))
    lines = encode_rows(found.rows, TODAY).decode().splitlines()
    assert lines[1] == "opentelemetry,inference,facility,modelled,H,2026-04-01T09:00:00,0.001,0.0005,0.003,E"
    assert next(snapshot_energy(empty, TODAY, {}))[2].left_out == (("tokens without an estimate: m", 1),)


def test_the_engine_estimates_tokens_and_scales_with_requests():
    """Ten times the tokens in the same shape is ten times the energy; cached input costs less than fresh."""
    from bongsu.energy.intake.token_energy import estimate_tokens

    one, ten = estimate_tokens("gpt-4o", 1000, 0, 500), estimate_tokens("gpt-4o", 10_000, 0, 5000)
    cached = estimate_tokens("gpt-4o", 1000, 900, 500)
    assert ten.value == pytest.approx(10 * one.value)
    assert cached.value < one.value
    assert one.low < one.value < one.high
    assert estimate_tokens("gpt-4o", 400, 0, 0).value > 0
