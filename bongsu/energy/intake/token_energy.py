"""Estimates the energy of counted tokens with the estimate engine: modelled, with a wide interval, boundary facility.

Counters give the number of tokens but not of requests, so each request is assumed to write TYPICAL_OUTPUT_TOKENS and to read
an equal part of the input. Input and output per request determine the energy per token; the number of requests scales it.
"""

from __future__ import annotations

from functools import lru_cache

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity
from bongsu.energy.estimate import inference

TYPICAL_OUTPUT_TOKENS = 500.0  # per request; the engine's default (docs/methods/energy-estimate.md)
METHOD = "metered-energy 1, tokens"


def estimate_tokens(model: str, input_: float, cached: float, output: float) -> Estimate:
    """The energy (J) of `input_` tokens read (`cached` included) and `output` written. Raises UnknownName, BadInput."""
    written = min(TYPICAL_OUTPUT_TOKENS, output) if output >= 1 else 1.0
    requests = max(output, 1.0) / written
    fresh = _round_count(max(input_ - cached, 0.0) / requests)
    one = _request_energy(model, fresh, _round_count(cached / requests), _round_count(written))
    return one.times(Quantity.of(requests, "1"), method=METHOD).to("J")


@lru_cache(maxsize=8192)
def _request_energy(model: str, fresh: float, cached: float, output: float) -> Estimate:
    return inference(model, input_tokens=fresh, cached_tokens=cached, output_tokens=output).energy


def _round_count(count: float) -> float:
    """Rounds to three significant digits, far finer than the estimate, so that similar hours share one cached estimate."""
    return float(f"{count:.3g}")
