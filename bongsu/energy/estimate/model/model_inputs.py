"""Converts a checked sheet to the input arrays of the fitted models; unknown cells are spread over their priors.

Parameters come from the sheet, else from the registry by the model's name, else from the prior. The batch comes from its mean,
else from the configured maximum. An unknown number of GPUs follows from the memory that the weights need. Left out: values
that a run measures (power, latency).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from bongsu.energy.estimate.model.configuration_sheet import BYTES_PER_PARAMETER, ConfigurationSheet, parse_architecture
from bongsu.energy.estimate.model.diffusion_energy import DiffusionConfigurations
from bongsu.energy.estimate.model.text_energy import TextConfigurations
from bongsu.energy.estimate.tables import table_files
from bongsu.energy.estimate.tables.coefficients import chip_factors, get_half_width
from bongsu.energy.estimate.values.quadrature import PriorFill

Array: TypeAlias = npt.NDArray[np.float64]
Factors = Callable[[str, str], dict[str, float]]  # (chip, model) -> factors against an H100, and memory_gb

_NAN = float("nan")


def find_incomplete_rows(s: ConfigurationSheet, kind: str) -> npt.NDArray[np.bool_]:
    """Returns, for each row, whether a cell that `kind` ("text", "image" or "video") needs is unknown."""
    needed = [s.number("num_gpus"), s.by_word("gpu_model", lambda name: 0.0 if name else _NAN)]
    ranged = np.zeros(s.length, dtype=bool)
    if kind == "text":
        total, active = _sizes(s)
        needed += [_batch(s), s.number("avg_output_len"), _bytes(s), *total, *active]
        ranged = (total[0] != total[1]) | (active[0] != active[1])
    else:
        needed += [
            s.number("batch_size"),
            _steps(s),
            _parameters(s),
            _diffusion_fact(s, "latent_pixels"),
            _diffusion_fact(s, "active"),
        ]
    return np.asarray(ranged | np.isnan(needed).any(axis=0))


def text_rows(s: ConfigurationSheet, wide: bool = False, factors: Factors = chip_factors) -> TextConfigurations:
    """Returns the inputs of the text model for the rows of `s`.

    Their shape is (rows, 1); with `wide` it is (rows, NODES), with unknown cells spread over their priors.
    """
    fill, prior = PriorFill(wide), _priors()
    total, active, experts, hybrid = _fill_sizes(s, fill)
    weight_bytes = fill.choice(
        _bytes(s), "precision", {BYTES_PER_PARAMETER[name]: w for name, w in prior["precision"]["choices"].items()}
    )
    chip = _chip(s, fill, "text", factors)
    weights_fit = 2 ** np.ceil(
        np.log2(np.maximum(total * weight_bytes / (chip["memory_gb"] * prior["gpus"]["memory_share"]), 1))
    )
    times = fill.choice(s.number("num_gpus"), "gpus", _numeric_choices(prior["gpus"]["choices"]))
    usual = {
        task: prior["tokens"].get(task, {"input": 0, "output": prior["output_tokens"]["median"]})
        for task in s.words["task"][1]
    }
    return TextConfigurations(
        total=total,
        active=active,
        experts=experts,
        hybrid=hybrid,
        weight_bytes=weight_bytes,
        eight_bit=(weight_bytes == 1.0).astype(np.float64),
        batch=fill.lognormal(_batch(s), "batch", prior["batch"]["median"], prior["batch"]["gsd"]),
        gpus=np.where(np.isnan(s.number("num_gpus"))[:, None], times * weights_fit, times),
        input_tokens=_first_known(s.number("avg_input_len"), s.by_word("task", lambda task: usual[task]["input"]))[
            :, None
        ],
        cached_tokens=np.nan_to_num(s.number("avg_cached_len"))[:, None],
        output_tokens=fill.lognormal(
            s.number("avg_output_len"),
            "output",
            s.by_word("task", lambda task: usual[task]["output"]),
            prior["output_tokens"]["gsd"],
        ),
        image=s.by_word("task", lambda task: float(task == "image-chat"))[:, None],
        video=s.by_word("task", lambda task: float(task == "video-chat"))[:, None],
        step_factor=chip["step"],
        memory_factor=chip["memory"],
        compute_factor=chip["compute"],
    )


def diffusion_rows(
    s: ConfigurationSheet, kind: str, wide: bool = False, factors: Factors = chip_factors
) -> DiffusionConfigurations:
    """Returns the inputs of the diffusion model for the rows of `s`, all of one `kind` ("image" or "video").

    Their shape is that of `text_rows`.
    """
    fill, prior, latent = PriorFill(wide), _priors()[kind], _priors()["latent"]
    chip = _chip(s, fill, "diffusion", factors)
    gpus = fill.choice(s.number("num_gpus"), "gpus", _numeric_choices(_priors()["gpus_images"]["choices"]))
    ulysses, ring = s.number("ulysses_degree")[:, None], s.number("ring_degree")[:, None]

    def side(column: str) -> Array:
        return _first_known(s.number(f"{kind}_{column}"), np.full(s.length, float(prior[column])))[:, None]

    frames = _first_known(s.number("num_frames"), np.full(s.length, float(prior.get("frames", 1))))
    parameters = fill.lognormal(_parameters(s), "total", **_lognormal(prior["parameters"]))
    share = fill.choice(
        _diffusion_fact(s, "active") / _diffusion_fact(s, "parameters"),
        "active",
        _numeric_choices(latent["active_share"]),
    )
    return DiffusionConfigurations(
        parameters=parameters,
        active=parameters * share,
        height=side("height"),
        width=side("width"),
        frames=(frames if kind == "video" else np.ones(s.length))[:, None],
        steps=fill.lognormal(_steps(s), "steps", **_lognormal(prior["steps"])),
        batch=fill.choice(s.number("batch_size"), "batch", _numeric_choices(_priors()["batch_images"]["choices"])),
        gpus=gpus,
        ring=_first_known(ring, _first_known(np.maximum(gpus / ulysses, 1), np.sqrt(gpus))),
        latent_pixels=fill.choice(
            _diffusion_fact(s, "latent_pixels"), "latent", _numeric_choices(latent["latent_pixels"])
        ),
        latent_frames=fill.choice(
            _diffusion_fact(s, "latent_frames"), "latent", _numeric_choices(latent["latent_frames"])
        ),
        passes=fill.choice(_diffusion_fact(s, "passes"), "passes", _numeric_choices(latent["passes"])),
        linear_attention=np.nan_to_num(_diffusion_fact(s, "linear_attention"))[:, None],
        step_factor=chip["step"],
        compute_factor=chip["compute"],
    )


def squared_half_width(s: ConfigurationSheet, kind: str) -> Array:
    """Returns the squared half-width (ln) of each row's 80 % interval; averaged over the prior if the chip is unknown."""
    prior = _priors()["chip"]["choices"]
    unknown_chip = sum(weight * get_half_width(kind, name) ** 2 for name, weight in prior.items()) / sum(prior.values())
    return s.by_word("gpu_model", lambda name: get_half_width(kind, name) ** 2 if name else unknown_chip)


def active_parameters(s: ConfigurationSheet) -> tuple[Array, Array]:
    """Returns (low, high) of each row's active parameters in 1e9; NaN if neither the sheet nor the name has them."""
    return _sizes(s)[1]


@cache
def find_diffusion_model(name: str) -> dict[str, str] | None:
    """Returns the row of diffusion_models.csv whose id or alias is `name`, ignoring case; None if there is none."""
    for row in table_files.read_rows("diffusion_models.csv"):
        names = {row["id"].casefold(), *(alias.casefold() for alias in row["aliases"].split("|"))}
        if name.casefold() in names or name.casefold() == row["id"].casefold().rsplit("/", 1)[-1]:
            return row
    return None


def _priors() -> dict[str, Any]:
    return table_files.read_toml("priors.toml")


def _lognormal(row: Mapping[str, Any]) -> dict[str, float]:
    return {"median": row["median"], "gsd": row["gsd"]}


def _numeric_choices(choices: Mapping[str, float]) -> dict[float, float]:
    return {float(value): weight for value, weight in choices.items()}


def _first_known(*columns: Array) -> Array:
    """Returns, cell by cell, the first value among the columns that is not NaN."""
    filled = columns[0]
    for column in columns[1:]:
        filled = np.where(np.isnan(filled), column, filled)
    return filled


def _batch(s: ConfigurationSheet) -> Array:
    share = _priors()["batch_of_sequences"]["share"]
    return _first_known(s.number("avg_batch_size"), s.number("max_num_seqs") * share, s.number("batch_size"))


def _bytes(s: ConfigurationSheet) -> Array:
    def known(precision: str | None) -> float:
        return BYTES_PER_PARAMETER[precision.casefold()] if precision else _NAN

    def bytes_of_model(name: str) -> float:
        model = s.find_model(name)
        return known(model.precision) if model else _NAN

    stated = s.by_word("weight_precision", known)
    return _first_known(stated, s.by_word("model_id", bytes_of_model)) if np.isnan(stated).any() else stated


def _sizes(s: ConfigurationSheet) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    """Returns (low, high) of total and of active parameters in 1e9; NaN if neither the sheet nor the name has them."""
    total, active = s.number("total_params_billions"), s.number("activated_params_billions")
    dense = s.by_word("architecture", lambda name: float((parse_architecture(name) or (1.0,))[0] == 0)) > 0
    total, active = (
        np.where(dense, _first_known(total, active), total),
        np.where(dense, _first_known(active, total), active),
    )
    if not (np.isnan(total) | np.isnan(active)).any():
        return (total, total), (active, active)

    def ends(part: str, stated: Array) -> list[Array]:
        def size(name: str, end: int) -> float:
            model = s.find_model(name)
            return float(getattr(model, part)[end]) if model else _NAN

        return [_first_known(stated, s.by_word("model_id", lambda name, end=end: size(name, end))) for end in (0, 1)]

    totals, actives = ends("total", total), ends("active", active)
    totals = [np.where(active > known, active, known) for known in totals]
    low, high = (np.where(known > most, most, known) for known, most in zip(actives, totals, strict=True))
    return (totals[0], totals[1]), (low, high)


def _fill_sizes(s: ConfigurationSheet, fill: PriorFill) -> tuple[Array, Array, Array, Array]:
    """Returns total parameters, active parameters, 1 for a mixture of experts, 1 for a Mamba hybrid."""
    (total_low, total_high), (active_low, active_high) = _sizes(s)
    experts, hybrid = (_architecture(s, part) for part in (0, 1))
    experts = np.where(np.isnan(experts), active_low < total_low * 0.95, experts)[:, None]
    total, active = fill.between(total_low, total_high, "total"), fill.between(active_low, active_high, "active")
    # A dense model whose size is a range: total and active parameters are the same number.
    active = np.where(((active_low == total_low) & (active_high == total_high))[:, None], total, active)
    if fill.wide:
        # If only one of the two is known for a mixture of experts, the other follows from the prior of their ratio.
        nothing = np.full(s.length, np.nan)
        share = np.minimum(fill.lognormal(nothing, "active", **_lognormal(_priors()["active_share"])), 1.0)
        drawn = fill.lognormal(nothing, "total", **_lognormal(_priors()["parameters"]))
        total = _first_known(total, np.where(experts > 0, active / share, active), drawn)
        active = _first_known(active, np.where(experts > 0, total * share, total))
    return total, np.minimum(active, total), np.asarray(experts, dtype=np.float64), np.nan_to_num(hybrid)[:, None]


def _architecture(s: ConfigurationSheet, part: int) -> Array:
    """Returns 1 or 0 for mixture of experts (part 0) or Mamba hybrid (part 1).

    The sheet decides, else the model tables; NaN if neither has it.
    """

    def architecture_part(name: str | None) -> float:
        marks = parse_architecture(name or "")
        return marks[part] if marks else _NAN

    stated = s.by_word("architecture", architecture_part)
    if not np.isnan(stated).any():
        return stated
    by_model = s.by_word(
        "model_id", lambda name: architecture_part(model.architecture if (model := s.find_model(name)) else None)
    )
    return _first_known(stated, by_model)


def _chip(s: ConfigurationSheet, fill: PriorFill, model: str, factors: Factors) -> dict[str, Array]:
    """Returns the factors and the memory of each row's chip; if it is unknown, those of chips from the prior."""
    choices = _priors()["chip"]["choices"]
    names = list(dict.fromkeys([*filter(None, s.words["gpu_model"][1]), *choices]))
    known = s.by_word("gpu_model", lambda name: float(names.index(name)) if name else _NAN)
    drawn = fill.choice(known, "chip", {float(names.index(name)): weight for name, weight in choices.items()})
    chosen = np.nan_to_num(drawn).astype(np.int64)
    found = [factors(name, model) for name in names]
    return {
        part: np.array([entry[part] for entry in found])[chosen] for part in ("step", "memory", "compute", "memory_gb")
    }


def _steps(s: ConfigurationSheet) -> Array:
    return _first_known(s.number("inference_steps"), _diffusion_fact(s, "steps"))


def _parameters(s: ConfigurationSheet) -> Array:
    def total_parameters(name: str) -> float:
        model = None if find_diffusion_model(name) else s.find_model(name)
        return model.total[0] if model else _NAN

    stated = _first_known(
        s.number("total_params_billions"), s.number("activated_params_billions"), _diffusion_fact(s, "parameters")
    )
    return _first_known(stated, s.by_word("model_id", total_parameters)) if np.isnan(stated).any() else stated


def _diffusion_fact(s: ConfigurationSheet, fact: str) -> Array:
    return s.by_word("model_id", lambda name: float(row[fact]) if (row := find_diffusion_model(name)) else _NAN)
