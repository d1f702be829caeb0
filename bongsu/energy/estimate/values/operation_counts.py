"""Floating-point operations of a model by its size and tokens, and the hours of a year. Units stand in the names.

A negative or non-finite argument is refused. Left out: uncertainty, which the callers carry.
"""

from __future__ import annotations

import math

from bongsu.core.errors import N_, BadInput

HOURS_PER_YEAR = 8760.0  # the year of SCI, ISO/IEC 21031:2024


def training_flop(parameters: float, tokens: float) -> float:
    """6 FLOP per parameter and token, forward and backward. Kaplan et al. 2020, arXiv:2001.08361."""
    _check_inputs(parameters=parameters, tokens=tokens)
    return 6 * parameters * tokens


def inference_flop(active_parameters: float, tokens: float) -> float:
    """2 FLOP per active parameter and token."""
    _check_inputs(active_parameters=active_parameters, tokens=tokens)
    return 2 * active_parameters * tokens


def _check_inputs(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (math.isfinite(number) and number >= 0):
            raise BadInput(
                N_("{field} must be a number of 0 or more, not {value}."), where=name, field=name, value=number
            )
