"""Estimates energy, CO2e and water of text, image and video generation from a model's name and the size of the request.

The fitted models give the energy at the chip (text_energy.py, diffusion_energy.py, predict.py). Arguments left out are
integrated over their priors. The energy of a request is its output tokens times the energy per token, prefill included.
"""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Unpack

import numpy as np
import numpy.typing as npt

from bongsu.core.arguments import check_type
from bongsu.core.errors import N_, BadInput
from bongsu.core.estimate import Boundary, Kind
from bongsu.core.units import Quantity
from bongsu.energy.estimate.answer.configuration import configuration_step
from bongsu.energy.estimate.answer.estimate_result import EstimateResult, make_result
from bongsu.energy.estimate.model import diffusion_energy, flop_energy, text_energy
from bongsu.energy.estimate.model.boundary_factors import LEVELS, METHOD, parse_boundary
from bongsu.energy.estimate.model.configuration_sheet import TASKS, ConfigurationSheet, make_single_row
from bongsu.energy.estimate.model.model_inputs import (
    active_parameters,
    diffusion_rows,
    find_diffusion_model,
    find_incomplete_rows,
    text_rows,
)
from bongsu.energy.estimate.model.predict import predict_lognormals
from bongsu.energy.estimate.tables import chips, model_registry, table_files
from bongsu.energy.estimate.tables.coefficients import get_coefficients
from bongsu.energy.estimate.tables.computing_places import PlaceOptions, resolve_place
from bongsu.energy.estimate.values.argument_types import check_inputs
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.steps import Step

_TERMS = {
    "host": N_("fixed energy per token and GPU"),
    "step": N_("fixed energy per step and GPU, shared by the batch"),
    "weights": N_("reading the weights, shared by the batch"),
    "compute": N_("computing"),
    "context": N_("reading the context"),
    "prefill": N_("computing the input"),
}
MAX_COUNT = 1e18  # requests, images or videos: more than the world generates in a year
_FITTED = "docs/methods/energy-estimate.md: fitted to ML.ENERGY leaderboard v3 (Apache-2.0)"


def inference(
    model: str | None = None,
    *,
    output_tokens: float = 500,
    input_tokens: float | None = None,
    cached_tokens: float = 0,
    requests: float = 1,
    total_params: float | None = None,
    active_params: float | None = None,
    architecture: str | None = None,
    precision: str | None = None,
    chip: str | None = None,
    gpus: float | None = None,
    batch: float | None = None,
    task: str | None = None,
    mfu: float | None = None,
    power_w: float | None = None,
    power_boundary: Boundary | str = Boundary.CHIP,
    **where: Unpack[PlaceOptions],
) -> EstimateResult:
    """Estimates text generation with the calibrated model, or from counted FLOP if `mfu` is given.

    Tokens are per request; reasoning tokens count as output. `cached_tokens` are not part of `input_tokens`; they cost only
    the reading of the context. Parameters are in 1e9. `batch` is the mean number of concurrent requests. `task` is a task of
    the measured file; its usual input length is used if `input_tokens` is None. With `mfu`, the energy is 2 x active
    parameters x tokens read and written / (peak x `mfu`) x `power_w` (default: design power). `power_boundary` is the
    boundary of that power; batch and GPUs are then not used.
    Raises TypeError, UnknownName (model, chip, place), BadInput (values out of range), Missing (a country without a grid
    value).
    """
    check_inputs({**locals(), **where})
    check_type("output_tokens", output_tokens, Real)
    check_type("cached_tokens", cached_tokens, Real)
    check_type("requests", requests, Real)
    if task in ("text-to-image", "text-to-video"):
        raise BadInput(
            N_("The task “{task}” does not generate text."), where="task", fix=N_("Use image or video."), task=task
        )
    known = _find_text_model(model, total_params, active_params)
    row = make_single_row(
        task=("task", task or TASKS[0]),
        model_id=("model", model),
        architecture=("architecture", architecture),
        weight_precision=("precision", precision),
        gpu_model=("chip", chip),
        total_params_billions=("total_params", total_params),
        activated_params_billions=("active_params", active_params),
        avg_batch_size=("batch", batch),
        num_gpus=("gpus", gpus),
        avg_output_len=("output_tokens", output_tokens),
        avg_input_len=("input_tokens", input_tokens),
        avg_cached_len=("cached_tokens", cached_tokens),
    )
    home = known.provider if known else None
    units = {"token": output_tokens * requests, "request": requests}
    if mfu is not None:
        tokens = (output_tokens + (input_tokens or 0)) * _check_count(requests, "requests")
        hardware, start = (
            chips.get_chip(chip or chips.REFERENCE_CHIP),
            parse_boundary(power_boundary, "power_boundary", LEVELS),
        )
        joule, made_of, hours = flop_energy.generation_energy(
            model, active_parameters(row), tokens, hardware, precision or "bf16", mfu, power_w, start
        )
        boundary = where.get("boundary") or Boundary.FACILITY
        return make_result(
            model or N_("model"), joule, start, boundary, resolve_place(where, home), units, made_of, hours
        )
    if power_w is not None:
        raise BadInput(N_("The power applies only to the estimate by FLOP."), where="power_w", fix=N_("Give mfu too."))
    (token,) = predict_lognormals(row, "text")
    terms = text_energy.energy_terms(
        text_rows(row, bool(find_incomplete_rows(row, "text")[0])), get_coefficients("text")
    )
    behind = configuration_step(row, "text", known)
    made_of = _energy_step(token, "token", output_tokens * _check_count(requests, "requests"), terms, behind)
    return _make_estimate(model, token * output_tokens * requests, units, made_of, chip, home, where)


def image(
    model: str | None = None,
    *,
    images: float = 1,
    parameters: float | None = None,
    steps: float | None = None,
    height: float | None = None,
    width: float | None = None,
    batch: float | None = None,
    chip: str | None = None,
    gpus: float | None = None,
    **where: Unpack[PlaceOptions],
) -> EstimateResult:
    """Estimates image generation by a diffusion model. Sizes in pixels, parameters in 1e9. Raises as `inference`."""
    check_inputs({**locals(), **where})
    _check_diffusion_model(model, parameters)
    row = make_single_row(
        task=("task", "text-to-image"),
        model_id=("model", model),
        gpu_model=("chip", chip),
        total_params_billions=("parameters", parameters),
        inference_steps=("steps", steps),
        image_height=("height", height),
        image_width=("width", width),
        batch_size=("batch", batch),
        num_gpus=("gpus", gpus),
    )
    return _estimate_items(model, row, "image", _check_count(images, "images"), chip, where)


def video(
    model: str | None = None,
    *,
    videos: float = 1,
    parameters: float | None = None,
    steps: float | None = None,
    height: float | None = None,
    width: float | None = None,
    frames: float | None = None,
    batch: float | None = None,
    chip: str | None = None,
    gpus: float | None = None,
    **where: Unpack[PlaceOptions],
) -> EstimateResult:
    """Estimates video generation by a diffusion model. Sizes in pixels, parameters in 1e9. Raises as `inference`."""
    check_inputs({**locals(), **where})
    _check_diffusion_model(model, parameters)
    row = make_single_row(
        task=("task", "text-to-video"),
        model_id=("model", model),
        gpu_model=("chip", chip),
        total_params_billions=("parameters", parameters),
        inference_steps=("steps", steps),
        video_height=("height", height),
        video_width=("width", width),
        num_frames=("frames", frames),
        batch_size=("batch", batch),
        num_gpus=("gpus", gpus),
    )
    return _estimate_items(model, row, "video", _check_count(videos, "videos"), chip, where)


def _estimate_items(
    model: str | None, row: ConfigurationSheet, kind: str, count: float, chip: str | None, where: PlaceOptions
) -> EstimateResult:
    (each,) = predict_lognormals(row, kind)
    terms = diffusion_energy.energy_terms(
        diffusion_rows(row, kind, bool(find_incomplete_rows(row, kind)[0])), get_coefficients("diffusion")
    )
    made_of = _energy_step(each, kind, count, terms, configuration_step(row, kind, None))
    return _make_estimate(model, each * count, {kind: count}, made_of, chip, None, where)


def _make_estimate(
    model: str | None,
    joule: LogNormal,
    units: Mapping[str, float],
    made_of: Step,
    chip: str | None,
    home: str | None,
    where: PlaceOptions,
) -> EstimateResult:
    at = resolve_place(where, home)
    share = table_files.read_toml("priors.toml")["power_share"]
    power = chips.get_chip(chip or chips.REFERENCE_CHIP).power()
    hours = LogNormal.of(1 / (power * share["median"] * 3600), share["gsd"])
    boundary = where.get("boundary") or Boundary.FACILITY
    return make_result(model or N_("model"), joule, Boundary.CHIP, boundary, at, units, made_of, hours)


def _energy_step(
    each: LogNormal, unit: str, count: float, terms: Mapping[str, npt.NDArray[np.float64]], behind: Step
) -> Step:
    """Returns the step of the energy at the chip, with the model's terms and the step `behind` that lists their inputs."""
    # Each term's share is averaged over the nodes, so that the terms sum to the median.
    whole = np.sum(list(terms.values()), axis=0)
    shares = {name: float(np.mean(values / whole)) for name, values in terms.items()}
    parts = [Step(_TERMS[name], Quantity.of(share * each.median, f"J/{unit}")) for name, share in shares.items()]
    one_made = each.estimate(f"J/{unit}", f"J/{unit}", Kind.MODELLED, Boundary.CHIP, METHOD)
    made = Step(N_("accelerator energy per unit"), one_made, N_("sum of the terms below"), _FITTED, (*parts, behind))
    number = Step(N_("number"), Quantity.of(count, unit))
    value = (each * count).estimate("J", "Wh", Kind.MODELLED, Boundary.CHIP, METHOD)
    return Step(N_("energy of the accelerators"), value, N_("number × energy per unit"), "", (number, made))


def _find_text_model(model: str | None, total: float | None, active: float | None) -> model_registry.ModelEntry | None:
    if model is None and total is None and active is None:
        raise BadInput(N_("Name a model, or give its parameters."), where="model")
    if model is None or total is not None or active is not None:
        return model_registry.find_model(model) if model else None
    return model_registry.get_model(model)


def _check_diffusion_model(model: str | None, parameters: float | None) -> None:
    if model is None and parameters is None:
        raise BadInput(N_("Name a model, or give its parameters."), where="model")
    if (
        model is not None
        and parameters is None
        and find_diffusion_model(model) is None
        and model_registry.find_model(model) is None
    ):
        raise model_registry.unknown_diffusion_error(model)


def _check_count(count: float, name: str) -> float:
    return flop_energy.check_positive(count, name, MAX_COUNT)
