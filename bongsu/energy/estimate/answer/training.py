"""Estimates the energy of training from FLOP or accelerator hours; wider boundaries follow as for inference.

    by FLOP    FLOP / (peak x MFU) x power         MFU, if not given: log-normal, median 0.345, GSD 1.32
    by time    accelerator hours x power

Power is the design power (TDP) unless stated. Experiments, failed runs and idle time are a separate factor, off by default
because most published figures leave them out.
"""

from __future__ import annotations

from typing import Unpack

from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.core.units import Quantity
from bongsu.energy.estimate.answer.estimate_result import EstimateResult, make_result
from bongsu.energy.estimate.model.boundary_factors import LEVELS, METHOD, parse_boundary
from bongsu.energy.estimate.model.flop_energy import accelerator_power, accelerator_time, check_positive, time_step
from bongsu.energy.estimate.tables import chips, model_registry, table_files
from bongsu.energy.estimate.tables.computing_places import PlaceOptions, resolve_place
from bongsu.energy.estimate.values.argument_types import check_inputs
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.operation_counts import training_flop
from bongsu.energy.estimate.values.steps import Step


def training(
    model: str | None = None,
    *,
    flop: float | None = None,
    params: float | None = None,
    tokens: float | None = None,
    gpu_hours: float | None = None,
    chips_used: float | None = None,
    days: float | None = None,
    chip: str = chips.REFERENCE_CHIP,
    precision: str = "bf16",
    mfu: float | None = None,
    power_w: float | None = None,
    power_boundary: Boundary | str = Boundary.CHIP,
    overhead: float | bool = False,
    **where: Unpack[PlaceOptions],
) -> EstimateResult:
    """Estimates a training run from the first of these that is given: `gpu_hours`, `chips_used` x `days`, `flop`,
    6 x `params` (1e9) x `tokens` (1e9).

    `power_w` is the mean power of an accelerator, at `power_boundary` ("it" for a system's metered power per chip).
    `overhead` is the factor for experiments, failed runs and idle time: a number of at least 1, or True for the prior.
    Raises TypeError, UnknownName, BadInput, Missing.
    """
    check_inputs({**locals(), **where})
    hardware = chips.get_chip(chip)
    start = parse_boundary(power_boundary, "power_boundary", LEVELS)
    watts, draw = accelerator_power(hardware, power_w)
    hours, spent = _accelerator_hours(
        model, flop, params, tokens, gpu_hours, chips_used, days, hardware, precision, mfu
    )
    factor, extra = _overhead_factor(overhead)
    joule = hours * factor * (watts * 3600)
    energy = joule.estimate("J", "MWh", Kind.MODELLED, start, METHOD)
    formula = N_("accelerator time × power × overhead") if extra else N_("accelerator time × power")
    made_of = Step(N_("energy of the accelerators"), energy, formula, "", (spent, draw, *extra))
    at = resolve_place(where)
    boundary = where.get("boundary") or Boundary.FACILITY
    # hours per joule have no interval, because power is taken as constant
    return make_result(
        model or N_("training run"), joule, start, boundary, at, {}, made_of, LogNormal(1 / (watts * 3600)), "MWh"
    )


def _accelerator_hours(
    model: str | None,
    flop: float | None,
    params: float | None,
    tokens: float | None,
    gpu_hours: float | None,
    chips_used: float | None,
    days: float | None,
    hardware: chips.Chip,
    precision: str,
    mfu: float | None,
) -> tuple[LogNormal, Step]:
    """Returns the accelerator hours and the step that computed them."""
    if gpu_hours is not None:
        hours = LogNormal(check_positive(gpu_hours, "gpu_hours", 1e12))
        return hours, time_step(hours, "", N_("stated"))
    if chips_used is not None and days is not None:
        hours = LogNormal(check_positive(chips_used, "chips_used", 1e8) * check_positive(days, "days", 36_500) * 24)
        fleet = (Step(N_("accelerators"), f"{chips_used:g}"), Step(N_("days"), f"{days:g}"))
        return hours, time_step(hours, N_("accelerators × days × 24 h"), N_("stated"), fleet)
    amount, work = _training_flop_step(model, flop, params, tokens)
    return accelerator_time(LogNormal(amount), work, hardware, precision, mfu)


def _training_flop_step(
    model: str | None, flop: float | None, params: float | None, tokens: float | None
) -> tuple[float, Step]:
    if flop is not None:
        return check_positive(flop, "flop", 1e32), Step(
            N_("training FLOP"), Quantity.of(flop, "FLOP"), "", N_("stated")
        )
    if params is None and model is not None and tokens is not None:
        known = model_registry.get_model(model)
        if known.active[0] != known.active[1]:
            raise BadInput(
                N_("The size of “{model}” is known only as a range."),
                where="flop",
                fix=N_("Give its training FLOP."),
                model=model,
            )
        params = known.active[0]
    if params is None or tokens is None:
        raise BadInput(
            N_("A training run needs its accelerator hours, its FLOP, or its parameters and tokens."),
            where="training",
            fix=N_("Give gpu_hours, chips_used and days, flop, or params and tokens (both in 1e9)."),
        )
    amount = training_flop(check_positive(params, "params", 1e6) * 1e9, check_positive(tokens, "tokens", 1e7) * 1e9)
    work = (Step(N_("parameters"), f"{params:g}e9"), Step(N_("tokens"), f"{tokens:g}e9"))
    return amount, Step(
        N_("training FLOP"), Quantity.of(amount, "FLOP"), N_("6 × parameters × tokens"), "arXiv:2001.08361", work
    )


def _overhead_factor(overhead: float | bool) -> tuple[LogNormal, tuple[Step, ...]]:
    if overhead is False:
        return LogNormal(1.0), ()
    prior = table_files.read_toml("priors.toml")["overhead"]
    if overhead is not True and not 1 <= overhead <= 100:
        raise BadInput(
            N_("The factor for experiments must be between 1 and 100, not {value}."), where="overhead", value=overhead
        )
    factor = LogNormal.of(prior["median"], prior["gsd"]) if overhead is True else LogNormal(float(overhead))
    value = factor.estimate("1", "1", Kind.MODELLED, Boundary.NONE, METHOD)
    source = prior["source"] if overhead is True else N_("stated")
    return factor, (Step(N_("experiments, failed runs and idle time"), value, "", source),)
