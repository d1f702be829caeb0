"""What an estimate answers and refuses: boundaries, places, models, chips, water, explanations."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bongsu.core.errors import BadInput, BongsuError, BoundaryMismatch, Missing, UnknownName
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.estimate import image, inference, training, video
from bongsu.energy.estimate.answer.estimate_result import EstimateResult
from bongsu.energy.estimate.output.chip_comparison import compare_chips
from bongsu.energy.estimate.tables import chips, computing_places, model_registry, table_files
from bongsu.energy.estimate.values.steps import Step
from bongsu.energy.grid import grid_table

LLAMA = {"model": "meta-llama/Llama-3.1-8B-Instruct", "chip": "H100", "gpus": 1, "batch": 64, "precision": "bfloat16"}


def value(result: EstimateResult) -> float:
    found = result.energy.value
    assert found is not None
    return found


def test_each_boundary_includes_the_one_before() -> None:
    found = inference(**LLAMA, country="KOR").boundaries
    assert list(found) == [Boundary.CHIP, Boundary.SERVER, Boundary.IT, Boundary.FACILITY]
    assert all((inner.value or 0) < (outer.value or 0) for inner, outer in pairwise(found.values()))
    assert all(each.kind is Kind.MODELLED and each.boundary is boundary for boundary, each in found.items())
    with pytest.raises(BoundaryMismatch, match=r"chip.*facility"):
        found[Boundary.CHIP] + found[Boundary.FACILITY]


def test_a_life_cycle_adds_manufacturing() -> None:
    use, cycle = (inference(**LLAMA, country="FRA", boundary=boundary) for boundary in ("facility", "life-cycle"))
    assert cycle.carbon.boundary is Boundary.LIFE_CYCLE
    assert cycle.energy == use.energy
    parts = (use.carbon.value or 0) + (use.footprint.embodied.value or 0)
    assert cycle.carbon.value == pytest.approx(parts, rel=0.1)


def test_a_closed_model_has_a_wider_interval_than_an_open_one() -> None:
    closed, open_ = inference("gpt-4o", country="KOR").energy, inference(**LLAMA, country="KOR").energy
    assert (closed.high or 0) / (closed.low or 1) > 4 * (open_.high or 0) / (open_.low or 1)


def test_cached_input_costs_far_less_than_input() -> None:
    none, fresh, cached = (
        value(inference(**LLAMA, input_tokens=fresh, cached_tokens=cached, boundary="chip"))
        for fresh, cached in ((0, 0), (20_000, 0), (0, 20_000))
    )
    assert fresh > 2 * none
    # a cached token is only read as context
    assert cached - none < 0.5 * (fresh - none)


@settings(max_examples=40, deadline=None)
@given(st.floats(1, 4096), st.floats(1.1, 8), st.sampled_from(["H100", "B200", "A100", "MI300X", "FuriosaAI RNGD"]))
def test_a_larger_batch_never_costs_more(batch: float, times: float, chip: str) -> None:
    row = LLAMA | {"chip": chip, "boundary": "chip"}
    assert value(inference(**row | {"batch": batch * times})) < value(inference(**row | {"batch": batch}))


@settings(max_examples=40, deadline=None)
@given(st.floats(0.5, 500), st.floats(1.1, 4))
def test_a_larger_dense_model_costs_more(size: float, times: float) -> None:
    def energy(parameters: float) -> float:
        return value(
            inference(total_params=parameters, chip="H100", gpus=8, batch=32, precision="fp8", boundary="chip")
        )

    assert energy(size) < energy(size * times)


@settings(max_examples=30, deadline=None)
@given(st.floats(1, 1e4), st.floats(1, 1e4))
def test_energy_is_proportional_to_requests(one: float, other: float) -> None:
    first, second = (value(inference(**LLAMA, requests=count, boundary="chip")) for count in (one, other))
    assert first / second == pytest.approx(one / other)


def test_an_unmeasured_chip_has_a_wider_interval() -> None:
    measured, scaled = (inference(**LLAMA | {"chip": chip}, boundary="chip").energy for chip in ("H100", "A100 80GB"))
    assert math.log((scaled.high or 0) / (scaled.low or 1)) > 1.3 * math.log((measured.high or 0) / (measured.low or 1))


def test_images_and_videos() -> None:
    picture = image("FLUX.1-dev", steps=50, height=1024, width=1024, batch=1, chip="H100", gpus=1, country="KOR")
    small = image("FLUX.1-dev", steps=50, height=512, width=512, batch=1, chip="H100", gpus=1, country="KOR")
    assert value(picture) > 2.5 * value(small)  # a quarter of the tokens, but the steps cost what they cost
    assert value(image("FLUX.1-schnell", chip="H100", gpus=1, batch=1)) < value(picture) / 8  # 4 steps instead of 50
    film = video(
        "HunyuanVideo", height=720, width=1280, frames=129, steps=50, chip="H100", gpus=1, batch=1, boundary="chip"
    )
    assert film.energy.to("kWh").value == pytest.approx(1_164_112 / 3.6e6, rel=0.5)  # measured


def test_training_overhead_is_off_by_default() -> None:
    run, more = (training(gpu_hours=1e6, country="USA", overhead=factor) for factor in (False, 1.5))
    assert value(more) == pytest.approx(1.5 * value(run))
    prior = training(gpu_hours=1e6, country="USA", overhead=True)
    assert value(prior) == pytest.approx(table_files.read_toml("priors.toml")["overhead"]["median"] * value(run))
    assert any("idle" in line for line in prior.explanation.lines())


def test_a_region_has_its_own_figures() -> None:
    seoul = computing_places.get_place(region="ap-northeast-2", provider="aws", year=2024)
    assert seoul.country == "KOR"
    assert "2024" in seoul.grid.source or "2023" in seoul.grid.source
    assert computing_places.get_place(region="us-central1", provider="gcp").pue.value.median == pytest.approx(
        1.1, abs=0.02
    )
    older = computing_places.get_place(region="us-central1", provider="gcp", year=2020)
    assert older.grid.value.median != computing_places.get_place(region="us-central1", provider="gcp").grid.value.median
    with pytest.raises(BadInput, match="KOR"):
        computing_places.get_place(country="FRA", region="ap-northeast-2", provider="aws")
    with pytest.raises(Missing, match="ap-northeast-2"):
        computing_places.get_place(region="ap-northeast-2", year=2001)


def test_countries_by_code_and_name() -> None:
    assert {computing_places.alpha3(name) for name in ("KOR", "kr", "South Korea", "대한민국", "Corée du Sud")} == {
        "KOR"
    }
    assert computing_places.get_place("FRA").grid.value.median == pytest.approx(0.041, rel=0.3)  # kg CO2e/kWh
    assert computing_places.get_place().country == grid_table.WORLD


@pytest.mark.parametrize(
    ("call", "error", "says"),
    [
        (lambda: inference("gpt-44o"), UnknownName, "gpt-4o"),
        (lambda: inference("gpt-4o", chip="H1000"), UnknownName, "H100"),
        (lambda: inference("gpt-4o", precision="fp9"), UnknownName, "fp8"),
        (lambda: inference("gpt-4o", country="LIE"), Missing, "LIE"),
        (lambda: inference("gpt-4o", country="Atlantis"), UnknownName, "Atlantis"),
        (lambda: inference("gpt-4o", provider="acme"), UnknownName, "acme"),
        (lambda: inference("gpt-4o", region="mars-1"), UnknownName, "mars-1"),
        (lambda: inference("gpt-4o", boundary="planet"), UnknownName, "planet"),
        (lambda: inference("gpt-4o", output_tokens=-1), BadInput, "output_tokens"),
        (lambda: inference("gpt-4o", requests=0), BadInput, "requests"),
        (lambda: inference("gpt-4o", batch=float("nan")), BadInput, "batch"),
        (lambda: inference("gpt-4o", pue=0.9), BadInput, "PUE"),
        (lambda: inference("gpt-4o", grid_kg_per_kwh=417), BadInput, "417"),
        (lambda: inference("gpt-4o", year=24), BadInput, "24"),
        (lambda: inference(), BadInput, "model"),
        (lambda: inference("gpt-4o", active_params=10, total_params=5), BadInput, "active"),
        (lambda: inference("gpt-4o", task="text-to-image"), BadInput, "image"),
        (lambda: image("nonesuch"), UnknownName, "nonesuch"),
        (lambda: image("FLUX.1-dev", steps=-4), BadInput, "steps"),
        (lambda: video("Wan 2.1 14B", frames=0), BadInput, "frames"),
        (lambda: training(), BadInput, "gpu_hours"),
        (lambda: training(flop=-1), BadInput, "flop"),
        (lambda: training(flop=1e23, mfu=40), BadInput, "mfu"),
        (lambda: training(flop=1e23, chip="Sapeon X220"), (UnknownName, Missing), "X220"),
        (lambda: training(gpu_hours=1, boundary="chip", power_boundary="it", power_w=300), BadInput, "chip"),
        (lambda: training("gpt-4o", tokens=1e4), BadInput, "range"),
        (lambda: training(gpu_hours=1, overhead=0.5), BadInput, "0.5"),
    ],
)
def test_impossible_values_are_refused(call: Callable[[], object], error: type[BongsuError], says: str) -> None:
    with pytest.raises(error) as raised:
        call()
    assert says in str(raised.value)


def test_at_least_forty_chips_with_dense_peaks() -> None:
    known = chips.chips()
    assert len(known) >= 40
    assert {entry.maker for entry in known.values()} >= {
        "NVIDIA", "AMD", "Google", "Intel", "Huawei", "AWS", "Groq", "Cerebras", "Rebellions", "FuriosaAI", "Sapeon",
    }  # fmt: skip
    # datasheets print twice these with structured sparsity
    assert chips.get_chip("H100").flop_per_second() == 989e12
    assert chips.get_chip("B200").flop_per_second("fp8") == 4500e12
    assert chips.get_chip("MI300X").flop_per_second() == 1307e12
    for entry in known.values():
        assert entry.source
        if "bf16" in entry.peak and "fp8" in entry.peak:
            assert entry.peak["bf16"] <= entry.peak["fp8"] <= 2.03 * entry.peak["bf16"]
        if entry.power_w and "bf16" in entry.peak:
            assert 1e9 < entry.flop_per_joule() < 4e12, entry.name
    compared = compare_chips()
    assert len(compared) >= 40
    assert [one.chip.year for one in compared] == sorted(one.chip.year for one in compared)
    served = {one.chip.name: one.tokens_per_joule for one in compared}
    assert served["Groq LPU v1"] is None  # 230 MB: no eight of them hold the model
    low_power, large = served["FuriosaAI RNGD"], served["NVIDIA A100 SXM4 80GB"]
    assert low_power is not None
    assert large is not None
    assert (low_power.value or 0) > (large.value or 0)
    # eight of most chips do not hold a model of 405e9 parameters
    assert 0 < len([one for one in compare_chips("meta-llama/Llama-3.1-405B-Instruct") if one.tokens_per_joule]) < 30
    with pytest.raises(UnknownName, match="fp9"):
        compare_chips(precision="fp9")


def test_models_are_found_by_name_alias_and_size_in_the_name() -> None:
    assert model_registry.get_model("GPT-4o").total == model_registry.get_model("openai/gpt-4o").total
    assert model_registry.get_model("claude-sonnet-4-5").name == "claude-sonnet-4-5-20250929"
    said = model_registry.get_model("acme/Great-235B-A22B-FP8")
    assert (said.total, said.active, said.precision, said.architecture) == ((235, 235), (22, 22), "fp8", "moe")
    assert model_registry.get_model("acme/Small-7b-chat").architecture == "dense"


def every(step: Step) -> list[Step]:
    return [step, *(below for one in step.inputs for below in every(one))]


def test_an_explanation_leads_to_sources() -> None:
    result = inference("gpt-4o", country="KOR", boundary="life-cycle")
    steps = every(result.explanation)
    assert any("ecologits" in step.source for step in steps)
    assert any(step.formula == "IT energy × PUE" for step in steps)
    lines = list(result.explanation.lines())
    assert len(lines) == len(steps)
    assert lines[0].startswith("gpt-4o")
    assert result.as_dict()["explanation"]


def configured(result: EstimateResult) -> dict[str, Step]:
    (found,) = [step for step in every(result.explanation) if step.name == "configuration"]
    return {step.name: step for step in found.inputs}


def test_an_explanation_lists_assumed_and_stated_inputs() -> None:
    closed = configured(inference("gpt-4o"))
    assert closed["accelerator"].value == "H100 (70%), B200 (30%)"
    assert "Assumption" in closed["concurrent requests"].source
    assert closed["concurrent requests"].value.low == pytest.approx(64 / 4**1.28155, rel=1e-3)  # type: ignore[union-attr]
    assert closed["parameters in 1e9, total and active"].value == "440; 44 – 132"
    stated = configured(inference(**LLAMA, input_tokens=7))
    assert {step.source for name, step in stated.items() if name.startswith(("acc", "concurrent", "pre", "tok"))} == {
        "stated"
    }
    assert stated["tokens read"].value.value == 7  # type: ignore[union-attr]
    # the measured chips' half-width: e^0.3861 = 1.471
    assert "× 1.47" in str(next(step.value for name, step in stated.items() if name.startswith("80 %")))
    assert {step.source != "" for step in configured(video("HunyuanVideo", frames=9)).values()} == {True}
    assert configured(video("HunyuanVideo", frames=9))["frames"].value == "9"


def test_the_terms_add_up() -> None:
    made = next(step for step in every(inference("gpt-4o").explanation) if step.name == "accelerator energy per unit")
    parts = sum(getattr(step.value, "value", 0) for step in made.inputs if not isinstance(step.value, str))
    assert parts == pytest.approx(getattr(made.value, "value", 0))
