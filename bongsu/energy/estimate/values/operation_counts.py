"""Counts a model's floating-point operations from its size and tokens.

A negative or non-finite argument raises BadInput. Left out: uncertainty, which the callers add.
"""

from __future__ import annotations

import math

from bongsu.core.errors import N_, BadInput


def training_flop(parameters: float, tokens: float) -> float:
    """Returns 6 FLOP per parameter and token, forward and backward. Kaplan et al. 2020, arXiv:2001.08361."""
    _check_inputs(parameters=parameters, tokens=tokens)
    return 6 * parameters * tokens


def inference_flop(active_parameters: float, tokens: float) -> float:
    """Returns 2 FLOP per active parameter and token."""
    _check_inputs(active_parameters=active_parameters, tokens=tokens)
    return 2 * active_parameters * tokens


def _check_inputs(**numbers: float) -> None:
    for name, number in numbers.items():
        if not (math.isfinite(number) and number >= 0):
            raise BadInput(
                N_("{field} must be a number of 0 or more, not {value}."), where=name, field=name, value=number
            )
