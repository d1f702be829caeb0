"""Numbers of INFERENCE_ENERGY and ACCELERATOR_EFFICIENCY worked out by hand: units, the climb, one model, one chip."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest

from bongsu.core.estimate import Boundary
from bongsu.energy.dataflows.inference_energy import (
    INPUT_TOKENS,
    OUTPUT_TOKENS,
    _energy_per_thousand,
    model_energies,
)
from bongsu.energy.estimate.model import model_inputs
from bongsu.energy.estimate.output.chip_comparison import compare_chips
from bongsu.energy.estimate.tables.coefficients import get_coefficients
from bongsu.energy.estimate.tables.model_registry import ModelEntry
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.quadrature import uniform_nodes


def test_joule_per_token_to_watt_hours_per_thousand() -> None:
    # 3.6 J/token × 1,000 tokens = 3,600 J = 1 Wh
    assert _energy_per_thousand(LogNormal(3.6), Boundary.CHIP).value == pytest.approx(1.0)
    # gsd e^0.5: the 80 % interval is 1 Wh × e^±(1.28155 × 0.5) = 0.5269 to 1.898 Wh
    estimate = _energy_per_thousand(LogNormal(3.6, 0.5), Boundary.CHIP)
    assert (estimate.low, estimate.high) == pytest.approx((0.52687, 1.89801), rel=1e-4)


def test_nodes_of_the_additive_recurrence() -> None:
    """Ten dimensions: x^11 = x + 1 has the root 1.0682971889; node n of dimension d is the fraction of 0.5 + n / x^d.

    "batch" is the first dimension, "passes" the tenth: 0.5 + 1/x = 1.436069, 0.5 + 64 / x^10 = 33.556671.
    """
    first, last = uniform_nodes("batch"), uniform_nodes("passes")
    assert len(first) == len(last) == 64
    assert first[:2] == pytest.approx([0.4360691, 0.3721382], abs=1e-7)
    assert last[-1] == pytest.approx(0.5566712, abs=1e-7)


def test_a_model_by_hand() -> None:
    """A dense model of 10e9 parameters whose precision is published: batch, GPUs and chip are drawn, the rest is known."""
    model = ModelEntry("m", "openai", (10.0, 10.0), (10.0, 10.0), "dense", "bfloat16", "")
    (found,) = model_energies([model])
    k, prior = get_coefficients("text"), model_inputs._priors()
    # the six terms of docs/methods/energy-estimate.md at each of the 64 nodes, in plain arithmetic
    logs = []
    for u_batch, u_gpus, u_chip in zip(
        uniform_nodes("batch"), uniform_nodes("gpus"), uniform_nodes("chip"), strict=True
    ):
        batch = prior["batch"]["median"] * prior["batch"]["gsd"] ** NormalDist().inv_cdf(u_batch)
        gpus = 1 if u_gpus <= 0.6 else 2 if u_gpus <= 0.9 else 4  # 20 GB of weights fit one GPU of 80 GB
        b200 = u_chip > 0.7
        step, memory, compute = (k[f"b200_{part}"] if b200 else 1.0 for part in ("step", "memory", "compute"))
        joule = (
            k["host"] * gpus * step
            + k["step"] * gpus ** k["gpus_exponent"] * step / batch
            + k["weights"] * memory * 2 * 10 / batch
            + k["compute"] * compute * 10
            + k["cache"] * memory * 45 * 10**0.5 / 1e6 * (INPUT_TOKENS + OUTPUT_TOKENS / 2)
            + k["prefill"] * compute * 10 * INPUT_TOKENS / OUTPUT_TOKENS
        )
        logs.append(np.log(joule))
    assert found[Boundary.CHIP].value == pytest.approx(np.exp(np.mean(logs)) / 3.6, rel=1e-9)
    # the interval: the model's own half-width, 70 % H100 and 30 % B200, and the spread over the nodes
    own = 0.7 * 0.3861**2 + 0.3 * 0.3840**2
    spread = np.sqrt(own + 1.281552**2 * np.var(logs))
    assert found[Boundary.CHIP].high == pytest.approx(np.exp(np.mean(logs) + spread) / 3.6, rel=1e-4)
    # chip × 1.35 (host) × 1.05 (network, storage) × 1.20 (openai's PUE) = chip × 1.701
    assert found[Boundary.FACILITY].value == pytest.approx(1.701 * (found[Boundary.CHIP].value or 0))


def test_a_chip_by_hand() -> None:
    found = {one.chip.name: one for one in compare_chips()}
    # H100: 989e12 FLOP/s / 700 W = 1,412.857e9 FLOP/J
    assert found["NVIDIA H100 SXM5 80GB"].flop_per_joule == pytest.approx(1412.857e9, rel=1e-6)
    # T4: 16.0 GB of weights (8e9 x 2 bytes) / (16 GB x 0.8) = 1.25, so two of them
    # a step costs 70/700 = 0.1 of an H100's; a byte 0.1/(320/3350) = 1.0469; a FLOP 0.1/(65/989) = 1.52154
    k = get_coefficients("text")
    joule = (
        k["host"] * 2 * 0.1
        + k["step"] * 2 ** k["gpus_exponent"] * 0.1 / 64
        + k["weights"] * 1.046875 * 16 / 64
        + k["compute"] * 1.521538 * 8
        + k["cache"] * 1.046875 * 45 * 8**0.5 / 1e6 * 1250
        + k["prefill"] * 1.521538 * 8 * 1000 / 500
    )
    tokens = found["NVIDIA T4"].tokens_per_joule
    assert tokens is not None
    assert tokens.value == pytest.approx(1 / joule, rel=1e-5)
    # the half-width of a chip that was not measured: e^0.6402 = 1.8969
    assert tokens.high == pytest.approx(1.8969 / joule, rel=1e-3)
