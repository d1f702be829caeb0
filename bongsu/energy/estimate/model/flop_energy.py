"""Computes energy from counted FLOP: time = FLOP / (peak x MFU), energy = time x power.

Training uses it, and inference if `mfu` is given. The peak is the chip's dense peak. Left out: memory bandwidth, which limits
small batches; for inference without a known MFU the calibrated model (text_energy.py) is more accurate.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.core.units import Quantity
from bongsu.energy.estimate.model.boundary_factors import METHOD
from bongsu.energy.estimate.tables import chips, table_files
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.operation_counts import inference_flop
from bongsu.energy.estimate.values.steps import Step

Array = npt.NDArray[np.float64]

MAX_WATTS = 100_000.0


def accelerator_time(
    flop: LogNormal, work: Step, hardware: chips.Chip, precision: str, mfu: float | None
) -> tuple[LogNormal, Step]:
    """Returns the accelerator hours for `flop` at `mfu` (default: the prior of training runs), and their step.

    `work` is the step that computed `flop`. Raises BadInput.
    """
    if mfu is not None and not 0 < mfu <= 1:
        raise BadInput(N_("The utilisation must be above 0 and at most 1, not {value}."), where="mfu", value=mfu)
    prior = table_files.read_toml("priors.toml")["mfu"]
    peak = hardware.flop_per_second(precision)
    used = LogNormal(mfu) if mfu is not None else LogNormal.of(prior["median"], prior["gsd"])
    share = used.estimate("1", "1", Kind.MODELLED, Boundary.NONE, METHOD)
    rate = Step("MFU", share, "", N_("stated") if mfu is not None else prior["source"])
    top = Step(N_("dense peak"), Quantity.of(peak, "FLOP/s"), "", f"{hardware.name}, {precision}: {hardware.source}")
    hours = flop / (used * (peak * 3600))
    return hours, time_step(hours, "FLOP / (peak × MFU)", "", (work, top, rate))


def generation_energy(
    model: str | None,
    active: tuple[Array, Array],
    tokens: float,
    hardware: chips.Chip,
    precision: str,
    mfu: float,
    power_w: float | None,
    start: Boundary,
) -> tuple[LogNormal, Step, LogNormal]:
    """Returns (joules at `start`, the step that computed them, accelerator hours per joule) for `tokens` read and written.

    `active`: lowest and highest active parameters in 1e9; a range is treated as log-uniform. Raises BadInput, Missing.
    """
    low, high = (float(end[0]) for end in active)
    if math.isnan(low):
        raise BadInput(
            N_("The active parameters of “{model}” are not known."), where="active_params", model=model or ""
        )
    size = LogNormal(math.sqrt(low * high), math.log(high / low) / math.sqrt(12))
    flop = size * inference_flop(1e9, tokens)
    value = flop.estimate("FLOP", "FLOP", Kind.MODELLED, Boundary.NONE, METHOD)
    known = Step(N_("active parameters in 1e9"), f"{low:g}" if low == high else f"{low:g} – {high:g}")
    inputs = (known, Step(N_("tokens"), Quantity.of(tokens, "token")))
    work = Step("FLOP", value, N_("2 × active parameters × tokens"), "arXiv:2001.08361", inputs)
    hours, spent = accelerator_time(flop, work, hardware, precision, mfu)
    watts, draw = accelerator_power(hardware, power_w)
    joule = hours * (watts * 3600)
    energy = joule.estimate("J", "Wh", Kind.MODELLED, start, METHOD)
    made_of = Step(N_("energy of the accelerators"), energy, N_("accelerator time × power"), "", (spent, draw))
    return joule, made_of, LogNormal(1 / (watts * 3600))


def time_step(hours: LogNormal, formula: str, source: str, inputs: tuple[Step, ...] = ()) -> Step:
    """Returns the step that explains accelerator hours."""
    value = hours.estimate("h", "h", Kind.MODELLED, Boundary.NONE, METHOD)
    return Step(N_("accelerator time"), value, formula, source, inputs)


def accelerator_power(hardware: chips.Chip, stated: float | None) -> tuple[float, Step]:
    """Returns the power of an accelerator in W (`stated`, else the design power) and its step. Raises BadInput, Missing."""
    watts = check_positive(stated, "power_w", MAX_WATTS) if stated is not None else hardware.power()
    source = N_("stated") if stated is not None else f"{hardware.name}: {hardware.source}"
    return watts, Step(N_("power of an accelerator"), Quantity.of(watts, "W"), "", source)


def check_positive(value: float, name: str, most: float) -> float:
    """Returns `value` if it is above 0 and at most `most`; else raises BadInput naming the argument `name`."""
    if not (math.isfinite(value) and 0 < value <= most):
        raise BadInput(
            N_("{field} must be above 0 and at most {most:g}, not {value:g}."),
            where=name,
            value=value,
            field=name,
            most=most,
        )
    return value
