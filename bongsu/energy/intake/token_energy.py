"""The energy of tokens that somebody counted, by the estimate engine: modelled, with its wide interval, for a facility.

Counters say how many tokens there were and not in how many requests, so a request is taken to write TYPICAL tokens, and to
read its share of the input. Input and output per request decide the energy per token; the number of requests only scales it.
"""

from __future__ import annotations

from functools import lru_cache

from bongsu.core.estimate import Estimate
from bongsu.core.units import Quantity
from bongsu.energy.estimate import inference

TYPICAL_OUTPUT_TOKENS = 500.0  # output tokens of a request: the engine's own default (docs/methods/energy-estimate.md)
METHOD = "metered-energy 1, tokens"


def estimate_tokens(model: str, input_: float, cached: float, output: float) -> Estimate:
    """The energy of `input_` tokens read (`cached` among them) and `output` written. Raises UnknownName, BadInput."""
    written = min(TYPICAL_OUTPUT_TOKENS, output) if output >= 1 else 1.0
    requests = max(output, 1.0) / written
    fresh = _round_count(max(input_ - cached, 0.0) / requests)
    one = _request_energy(model, fresh, _round_count(cached / requests), _round_count(written))
    return one.times(Quantity.of(requests, "1"), method=METHOD).to("J")


@lru_cache(maxsize=8192)
def _request_energy(model: str, fresh: float, cached: float, output: float) -> Estimate:
    return inference(model, input_tokens=fresh, cached_tokens=cached, output_tokens=output).energy


def _round_count(count: float) -> float:
    """To three digits, far finer than the estimate, so that hours that look alike are estimated once."""
    return float(f"{count:.3g}")
