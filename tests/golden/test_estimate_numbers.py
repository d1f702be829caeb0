"""Numbers of the estimate engine worked out by hand: published figures recomputed, and each model's terms once."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from bongsu.core.errors import BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.energy.estimate import inference, training
from bongsu.energy.estimate.model import diffusion_energy, model_inputs, text_energy
from bongsu.energy.estimate.tables import computing_places
from bongsu.energy.estimate.values.lognormal import LogNormal, sum_products

H100_PEAK = 989e12  # FLOP/s, bf16, dense


def near(value: float, percent: float = 1.0) -> object:
    """A published figure within its tolerance."""
    return pytest.approx(value, rel=percent / 100)


# --- published figures (reference_points.csv), through the functions that people call ------------------------------


def test_t5_training_energy() -> None:
    # 512 chips × 20 d × 24 h × 310 W × 1.12 = 85,327 kWh; arXiv:2104.10350 table 4 prints 85.7 MWh
    run = training(chips_used=512, days=20, power_w=310, power_boundary="it", pue=1.12, country="USA")
    assert run.energy.to("MWh").value == near(85.7)
    assert run.energy.boundary is Boundary.FACILITY


def test_gpt3_training_energy_and_carbon() -> None:
    # 10,000 × 14.8 d × 24 h × 330 W × 1.10 = 1,289.4 MWh; × 0.429 kg/kWh = 553.1 t; printed: 1,287 MWh and 552.1 t
    run = training(
        chips_used=10_000, days=14.8, power_w=330, power_boundary="it", pue=1.10, grid_kg_per_kwh=0.429, country="USA"
    )
    assert run.energy.to("MWh").value == pytest.approx(1289.376)
    assert run.energy.to("MWh").value == near(1287)
    assert run.carbon.to("t CO2e").value == near(552.1)


def test_llama_8b_carbon_from_gpu_hours() -> None:
    # 1.46e6 h × 700 W = 1,022 MWh at the chip; × 0.411 t/MWh = 420.0 t
    run = training(gpu_hours=1.46e6, chip="H100", grid_kg_per_kwh=0.411, boundary="chip")
    assert run.energy.to("MWh").value == pytest.approx(1022.0)
    assert run.carbon.to("t CO2e").value == near(420, 5)


def test_olmo_training_energy_from_flop() -> None:
    # 6 × 7.30e9 × 4.05e12 = 1.774e23 FLOP; / (989e12 × 0.345) = 5.199e8 s; × 700 W = 101.1 MWh; metered: 131 MWh
    run = training("OLMo 2 7B", tokens=4050, chip="H100", boundary="chip")
    assert run.energy.to("MWh").value == pytest.approx(6 * 7.30e9 * 4.05e12 / (H100_PEAK * 0.345) * 700 / 3.6e9)
    assert 131 / 2 < (run.energy.to("MWh").value or 0) < 131 * 2
    low, high = run.energy.low, run.energy.high
    assert low is not None
    assert high is not None
    assert low < 131 < high
    # the 80 % interval is the MFU's alone: 1.32^1.28155 = 1.4274
    assert high / (run.energy.value or 0) == pytest.approx(1.4274, rel=1e-3)


def test_epoch_energy_of_a_query() -> None:
    # 2 × 100e9 × 500 = 1e14 FLOP; / (989e12 × 0.1) = 1.0111 s; × 1275 W × 0.7 × 1.2 = 1,082.9 J = 0.3008 Wh
    query = inference(active_params=100, chip="H100", mfu=0.1, power_w=1275 * 0.7, power_boundary="it", pue=1.2)
    assert query.energy.to("Wh").value == near(0.301)
    assert query.energy.to("Wh").value == pytest.approx(0.30081, rel=1e-4)
    assert query.energy.boundary is Boundary.FACILITY


def test_the_steps_name_the_active_parameters_as_a_size_or_a_range() -> None:
    def known(**size: Any) -> list[str]:
        lines = inference(chip="H100", mfu=0.1, power_w=700, power_boundary="it", **size).explanation.lines()
        return [line.strip() for line in lines if "active parameters in" in line]

    assert known(active_params=100) == ["active parameters in 1e9: 100"]
    (ranged,) = known(model="gpt-4o")  # of a closed model only a range is known
    assert " – " in ranged


def test_power_of_an_accelerator_is_bounded() -> None:
    # no accelerator draws more than 100 kW
    run = training(gpu_hours=1, power_w=100_000, power_boundary="it", country="FRA", boundary="it")
    assert run.energy.to("kWh").value == pytest.approx(100)
    with pytest.raises(BadInput, match="at most 100000"):
        training(gpu_hours=1, power_w=100_001, power_boundary="it", country="FRA")


def test_water_on_site_knows_no_pue() -> None:
    # WUE 1 L/kWh on 1 kWh of IT energy is 1 L whatever the PUE; with PUE 2 the facility's grid water doubles
    run = training(gpu_hours=1, power_w=1000, power_boundary="it", pue=2.0, wue=1.0, country="FRA")
    assert run.energy.to("kWh").value == pytest.approx(2.0)
    assert run.footprint.water_on_site.value == pytest.approx(1.0)
    grid = computing_places.get_place("FRA").grid_water
    assert grid is not None
    assert run.footprint.water_off_site is not None
    assert run.footprint.water_off_site.value == pytest.approx(2.0 * grid.value.median)


def test_a_facilitys_power_is_not_multiplied_again() -> None:
    # 1 h at 1,200 W of the facility: 1.2 kWh; with PUE 1.2 its IT takes 1 kWh, which at 0.5 L/kWh drinks 0.5 L
    run = training(gpu_hours=1, power_w=1200, power_boundary="facility", pue=1.2, wue=0.5, country="FRA")
    assert run.energy.to("kWh").value == pytest.approx(1.2)
    assert list(run.boundaries) == [Boundary.FACILITY]
    assert run.footprint.water_on_site.value == pytest.approx(0.5)


# --- the models, term by term ------------------------------------------------------------------------------------------

ROUND = {
    "host": 0.03, "step": 0.4, "step_experts": 2.5, "step_eight_bit": 8.0, "gpus_exponent": 1.0, "weights": 0.2,
    "weights_packed": 1.1, "expert_spread": 1.0, "compute": 0.002, "compute_experts": 1.5, "cache": 0.1, "prefill": 0.0025,
    "prefill_image": 2.0, "prefill_video": 0.7,
}  # fmt: skip


def configuration(**cells: float) -> text_energy.TextConfigurations:
    usual = {
        "total": 8, "active": 8, "experts": 0, "hybrid": 0, "weight_bytes": 2, "eight_bit": 0, "batch": 8, "gpus": 1,
        "input_tokens": 200, "cached_tokens": 0, "output_tokens": 400, "image": 0, "video": 0,
        "step_factor": 1, "memory_factor": 1, "compute_factor": 1,
    }  # fmt: skip
    return text_energy.TextConfigurations(**{name: np.array([float(value)]) for name, value in (usual | cells).items()})


def test_terms_of_a_dense_model() -> None:
    # 8e9 parameters at 2 bytes, batch 8, one GPU, 200 tokens in, 400 out
    found = {name: float(value[0]) for name, value in text_energy.energy_terms(configuration(), ROUND).items()}
    assert found == pytest.approx(
        {
            "host": 0.03,
            "step": 0.4 / 8,
            "weights": 0.2 * 16 / 8,  # 16 GB a step for 8 tokens
            "compute": 0.002 * 8,
            "context": 0.1 * 45 * math.sqrt(8) * (200 + 200) / 1e6,  # 127 kB × 400 tokens = 0.0509 GB
            "prefill": 0.0025 * 8 * 200 / 400,
        }
    )


def test_terms_of_a_mixture_of_experts() -> None:
    # 100e9 with 10e9 active, 8 bit, 2 GPUs, batch 3: beyond the first request 1 - 0.9² = 0.19 of the rest wakes
    c = configuration(total=100, active=10, experts=1, weight_bytes=1, eight_bit=1, batch=3, gpus=2)
    found = {name: float(value[0]) for name, value in text_energy.energy_terms(c, ROUND).items()}
    assert float(text_energy.weights_read_gb(c, 1.0)[0]) == pytest.approx(10 + 90 * 0.19)
    assert found["weights"] == pytest.approx(0.2 * 1.1 * 27.1 / 3)
    assert found["step"] == pytest.approx(0.4 * 2.5 * 8 * 2 / 3)
    assert found["compute"] == pytest.approx(0.002 * 1.5 * 10)
    assert found["host"] == pytest.approx(0.06)


def test_cached_tokens_cost_nearly_nothing() -> None:
    fresh = float(text_energy.energy_per_token(configuration(input_tokens=10_000), ROUND)[0])
    cached = float(text_energy.energy_per_token(configuration(input_tokens=0, cached_tokens=10_000), ROUND)[0])
    none = float(text_energy.energy_per_token(configuration(input_tokens=0), ROUND)[0])
    assert fresh - cached == pytest.approx(0.0025 * 8 * 10_000 / 400)  # the whole prefill, 0.5 J a token
    assert (cached - none) / (fresh - none) < 0.25  # what remains is reading it as context


def test_diffusion_flop_of_an_image() -> None:
    # SD 3.5 medium: 0.8e9 of 2.5e9 on the way of (1024/16)² = 4,096 tokens; 2 × 0.8e9 × 4,096 = 6.5536e12
    # attention 4 × 4,096² × 45,000 × 0.8^(2/3) = 2.6025e12; together 9.156 TFLOP a pass
    c = diffusion_energy.DiffusionConfigurations(
        **{name: np.array([value]) for name, value in {
            "parameters": 2.5, "active": 0.8, "height": 1024.0, "width": 1024.0,
            "frames": 1.0, "steps": 28.0, "batch": 4.0, "gpus": 2.0,
            "ring": 2.0, "latent_pixels": 16.0, "latent_frames": 1.0, "passes": 2.0, "linear_attention": 0.0,
            "step_factor": 1.0, "compute_factor": 1.0,
        }.items()}
    )  # fmt: skip
    assert float(diffusion_energy.tflop_per_pass(c)[0]) == pytest.approx(9.1560, rel=1e-4)
    k = {
        "compute": 2.0,
        "size_exponent": 0.0,
        "gpus_exponent": 0.1,
        "ring_exponent": 0.2,
        "step": 10.0,
        "parameters_exponent": 0.5,
    }
    found = diffusion_energy.energy_terms(c, k)
    assert float(found["compute"][0]) == pytest.approx(2 * 9.1560 * 56 * 2**0.1 * 2**0.2, rel=1e-4)
    assert float(found["step"][0]) == pytest.approx(10 * 2 * 28 * math.sqrt(2.5) / 4)
    # joules per TFLOP fall with the size of a pass, of which 100 TFLOP is the unit: (9.1560 / 100)^-0.5 = 3.30482
    smaller = diffusion_energy.energy_terms(c, k | {"size_exponent": -0.5})["compute"] / found["compute"]
    assert float(smaller[0]) == pytest.approx(3.30482, rel=1e-4)


@pytest.mark.parametrize(("name", "pixels", "published"), [("SDXL", 1024, 5.98), ("Stable Diffusion 1.5", 512, 0.68)])
def test_a_u_net_counts_what_its_profile_says(name: str, pixels: int, published: float) -> None:
    # twice the multiply-adds of the U-Nets: 2.99e12 for SDXL at 1024 x 1024, 0.34e12 for SD 1.5 at 512 x 512
    row = model_inputs.find_diffusion_model(name)
    assert row is not None
    c = diffusion_energy.DiffusionConfigurations(
        **{name: np.array([float(value)]) for name, value in {
            "parameters": row["parameters"], "active": row["active"], "height": pixels, "width": pixels,
            "frames": 1, "steps": 1, "batch": 1,
            "gpus": 1, "ring": 1, "latent_pixels": row["latent_pixels"], "latent_frames": 1, "passes": 1,
            "linear_attention": 0, "step_factor": 1, "compute_factor": 1,
        }.items()}
    )  # fmt: skip
    assert float(diffusion_energy.tflop_per_pass(c)[0]) == pytest.approx(published, rel=0.1)


# --- uncertainty -------------------------------------------------------------------------------------------------------


def test_the_interval_of_a_lognormal_with_a_geometric_deviation_of_2() -> None:
    # The 80 % interval of a log-normal with GSD 2 is a factor of 2^1.28155 = 2.4310 in each direction.
    found = LogNormal.of(10, 2).estimate("kWh", "kWh", Kind.MODELLED, Boundary.IT, "test 1")
    assert found.high == pytest.approx(24.31, abs=0.01)
    assert found.low == pytest.approx(4.1135, abs=0.001)
    exact = LogNormal.of(10, 1).estimate("kWh", "kWh", Kind.MODELLED, Boundary.IT, "test 1")
    assert (exact.low, exact.value, exact.high) == (10, 10, 10)


def test_products_of_lognormals_are_exact() -> None:
    # gsd 1.2 and 1.5: ln² adds, sqrt(0.18232² + 0.40547²) = 0.44457
    both = LogNormal.of(2, 1.2) * LogNormal.of(3, 1.5)
    assert both.median == 6
    assert both.log_sd == pytest.approx(0.44457, rel=1e-4)


def test_a_range_is_the_interval_of_its_lognormal() -> None:
    # 1 to 4: median sqrt(4) = 2, ln sd = ln 4 / (2 × 1.2815516) = 0.540866
    found = LogNormal.between(1, 4)
    assert found.median == 2
    assert found.log_sd == pytest.approx(0.540866, rel=1e-5)
    shown = found.estimate("kWh", "kWh", Kind.MODELLED, Boundary.IT, "test 1")
    assert (shown.low, shown.high) == (pytest.approx(1), pytest.approx(4))


def test_sums_are_drawn_with_a_fixed_seed() -> None:
    # a common factor of gsd 2 on 3 + 4 exact: the sum is log-normal, 7 and 7 × 2^±1.28155
    low, middle, high = sum_products(LogNormal.of(1, 2), [[LogNormal(3)], [LogNormal(4)]])
    assert (low, middle, high) == pytest.approx((7 / 2**1.28155, 7, 7 * 2**1.28155), rel=0.02)
    assert (low, middle, high) == sum_products(LogNormal.of(1, 2), [[LogNormal(3)], [LogNormal(4)]])


def test_a_request_climbs_by_the_stated_factors() -> None:
    # chip × 1.35 (host) × 1.05 (network, storage) × 1.2 (PUE stated) = chip × 1.701
    answer = inference("meta-llama/Llama-3.1-8B-Instruct", chip="H100", gpus=1, batch=64, pue=1.2, country="KOR")
    chip, facility = answer.boundaries[Boundary.CHIP].value, answer.boundaries[Boundary.FACILITY].value
    assert facility == pytest.approx((chip or 0) * 1.35 * 1.05 * 1.2)


# --- the place of computing --------------------------------------------------------------------------------------------


def test_a_region_has_the_latest_grid_value_up_to_the_year() -> None:
    # regions.csv, aws af-south-1: 710.75 g/kWh in 2021, 705.0 in 2022 and 702.03 in 2024; in kg, a thousandth.
    for year, kilograms in ((2021, 0.71075), (2022, 0.705), (2030, 0.70203)):
        place = computing_places.get_place(provider="aws", region="af-south-1", year=year)
        assert place.grid.value.median == pytest.approx(kilograms, rel=1e-12)
        assert str(min(year, 2024)) in place.grid.source


def test_carbon_of_a_request_in_a_region() -> None:
    # CO2e of use is energy x grid intensity: of E Wh, E / 1000 x 0.705 kg = 0.705 E g.
    use = inference("gpt-4o", output_tokens=500, provider="aws", region="af-south-1", year=2022)
    assert use.carbon.to("g CO2e").value == pytest.approx(0.705 * use.energy.to("Wh").value, rel=1e-9)


# --- making of the equipment -------------------------------------------------------------------------------------------


def test_carbon_is_shown_in_the_unit_that_goes_with_the_energy() -> None:
    # at 0.5 kg/kWh as many grams or tonnes as half the Wh of a request, or the MWh of a training run
    request = inference(active_params=100, chip="H100", grid_kg_per_kwh=0.5, country="FRA")
    run = training(gpu_hours=10, power_w=1000, power_boundary="it", grid_kg_per_kwh=0.5, country="FRA")
    for found, energy, carbon in ((request, "Wh", "g CO2e"), (run, "MWh", "t CO2e")):
        assert (found.energy.unit.symbol, found.carbon.unit.symbol) == (energy, carbon)
        assert found.carbon.value == pytest.approx(0.5 * (found.energy.value or 0))


def test_making_follows_the_accelerator_time_and_no_boundary() -> None:
    # priors.toml: (5,700 kg / 8 accelerators + 273 kg) / (5 years x 8,760 h) = 985.5 / 43,800 = 0.0225 kg per hour;
    # 1,000 accelerator hours are 22.5 kg, at the chip and, since PUE costs no time, at the facility.
    for boundary in ("chip", "server", "facility"):
        made = training(gpu_hours=1000, country="KOR", boundary=boundary).footprint.embodied
        assert made.to("kg CO2e").value == pytest.approx(22.5, rel=1e-9)
