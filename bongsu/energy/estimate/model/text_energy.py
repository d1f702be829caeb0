"""Computes the energy of an output token at the accelerator: a small roofline model of energy.

One decoding step of a batch reads the weights once and the context of every request, computes one token per request, and
has a fixed cost (kernel launches, synchronisation, idle waiting); prefill computes the input. The terms are in joules per
output token, each with one or two fitted coefficients:

    host      cost of each token on each GPU, independent of the model (sampling, scheduling, idle gaps)
    step      cost of each step on each GPU, shared by the batch; higher for mixtures of experts, and for 8-bit ones
    weights   bytes of weights read in a step, shared by the batch; of a mixture of experts only the experts in use
    compute   2 FLOP per active parameter, as fitted energy per 1e9 active parameters
    context   bytes of key-value cache read for each token
    prefill   input tokens per output token, by FLOP; cached tokens only count as context

Left out: tensor or expert parallelism, layer counts, serving software; their effect is part of the interval. All functions
work on numpy arrays over rows and serve both the fit (calibrate.py) and the estimate.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Key-value cache: kB per token of context = 45 sqrt(active parameters / 1e9), from the published layer and head counts of
# the measured models (Qwen 3 8B 147, 14B 164, 235B-A22B 188, Llama 3 8B 131, 70B 328 kB at 16 bit), within a factor 2.
CACHE_KB = 45.0
# A Mamba-Transformer hybrid keeps attention in about every fifth layer or fewer (Nemotron Nano 2: 6 of 62).
HYBRID_CACHE = 0.2


@dataclass(frozen=True)
class TextConfigurations:
    """Configurations, one number per row (or broadcastable): parameters in 1e9, bytes per parameter, mean requests in
    a batch, GPUs, tokens per request, and factors of the chip's energy relative to an H100 (1 for an H100).
    """

    total: Array
    active: Array
    experts: Array  # 1 for a mixture of experts, else 0
    hybrid: Array  # 1 for a Mamba-Transformer hybrid, else 0
    weight_bytes: Array
    eight_bit: Array  # 1 for 8-bit floating-point weights, else 0
    batch: Array
    gpus: Array
    input_tokens: Array
    cached_tokens: Array
    output_tokens: Array
    image: Array  # 1 if the input has images, else 0
    video: Array  # 1 if the input has video, else 0
    step_factor: Array
    memory_factor: Array
    compute_factor: Array

    def __getitem__(self, chosen: npt.NDArray[np.bool_]) -> TextConfigurations:
        """Returns the chosen rows."""
        return TextConfigurations(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def weights_read_gb(c: TextConfigurations, spread: float | Array) -> Array:
    """Returns the GB of weights read in one step: every active parameter once, plus the experts that the batch uses.

    A request uses a share a = active/total of the experts; B requests with independent choices use 1 - (1-a)^B. Real requests
    choose similar experts, so `spread` (fitted, < 1) slows the growth with B.
    """
    share = c.active / c.total
    with np.errstate(divide="ignore", invalid="ignore"):  # a dense model has no other experts
        woken = -np.expm1(np.maximum(c.batch - 1, 0.0) ** spread * np.log1p(-share))
    woken = np.where(share >= 1, 0.0, woken)
    return np.asarray(c.weight_bytes * (c.active + (c.total - c.active) * woken), dtype=np.float64)


def energy_terms(c: TextConfigurations, k: Mapping[str, float]) -> dict[str, Array]:
    """Returns joules per output token at the chip, by term. `k`: coefficients by name, as in coefficients.csv."""
    step = k["step"] * k["step_experts"] ** c.experts * k["step_eight_bit"] ** (c.experts * c.eight_bit)
    compute = k["compute"] * k["compute_experts"] ** c.experts * c.compute_factor
    read = k["weights"] * np.where(c.weight_bytes < 2, k["weights_packed"], 1.0) * c.memory_factor
    cache_gb = CACHE_KB * np.sqrt(c.active) * np.where(c.hybrid > 0, HYBRID_CACHE, 1.0) / 1e6
    context = c.input_tokens + c.cached_tokens + c.output_tokens / 2
    prefill = k["prefill"] * k["prefill_image"] ** c.image * k["prefill_video"] ** c.video
    return {
        "host": k["host"] * c.gpus * c.step_factor,
        "step": step * c.gpus ** k["gpus_exponent"] * c.step_factor / c.batch,
        "weights": read * weights_read_gb(c, k["expert_spread"]) / c.batch,
        "compute": compute * c.active,
        "context": k["cache"] * c.memory_factor * cache_gb * context,
        "prefill": prefill
        * k["compute_experts"] ** c.experts
        * c.compute_factor
        * c.active
        * c.input_tokens
        / c.output_tokens,
    }


def energy_per_token(c: TextConfigurations, k: Mapping[str, float]) -> Array:
    """Returns joules per output token at the chip, prefill included."""
    total: Array = np.asarray(sum(energy_terms(c, k).values()), dtype=np.float64)
    return total
