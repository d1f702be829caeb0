"""Lists the inputs of an estimate as steps for its explanation: values stated, values from tables, and values assumed.

The step of an assumed value shows the whole prior that is integrated (model_inputs.py reads the same rows of priors.toml)
and its source.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from bongsu.core.errors import N_
from bongsu.core.estimate import Boundary, Estimate, Kind
from bongsu.core.units import Quantity
from bongsu.energy.estimate.model.boundary_factors import METHOD
from bongsu.energy.estimate.model.configuration_sheet import TASKS, ConfigurationSheet
from bongsu.energy.estimate.model.model_inputs import find_diffusion_model, squared_half_width
from bongsu.energy.estimate.tables import table_files
from bongsu.energy.estimate.tables.model_registry import ModelEntry
from bongsu.energy.estimate.values.lognormal import LogNormal
from bongsu.energy.estimate.values.steps import Step

ConfigurationValue = Quantity | Estimate | str


def configuration_step(row: ConfigurationSheet, kind: str, model: ModelEntry | None) -> Step:
    """Returns a step whose inputs are the cells of a one-row sheet that makes `kind` ("text", "image" or "video")."""
    inputs = _text_steps(row, model) if kind == "text" else _diffusion_steps(row, kind)
    half_width = math.sqrt(squared_half_width(row, kind)[0])
    spread = Step(
        N_("80 % range on models left out of the fit"),
        f"÷ {math.exp(half_width):.2f} – × {math.exp(half_width):.2f}",
        "",
        table_files.read_rows("spreads.csv")[0]["source"],
    )
    return Step(N_("configuration"), "", "", "", (*inputs, spread))


def _text_steps(row: ConfigurationSheet, model: ModelEntry | None) -> Iterator[Step]:
    prior = table_files.read_toml("priors.toml")
    yield _chip_step(row, prior)
    yield _number_step(row, "avg_batch_size", N_("concurrent requests"), "request", prior["batch"])
    yield _number_step(row, "num_gpus", N_("accelerators per batch"), "1", prior["gpus"], "× {}")
    stated = _word(row, "weight_precision")
    if not stated and model and model.precision:
        yield Step(N_("precision of the weights"), model.precision, "", model.source)
    else:
        yield _word_step(N_("precision of the weights"), stated, prior["precision"])
    yield from _size_steps(row, model, prior)
    read = _number(row, "avg_input_len")
    usual = prior["tokens"].get(_word(row, "task") or TASKS[0], {"input": 0})["input"]
    source = prior["tokens"]["source"]["text"]
    yield (
        Step(N_("tokens read"), Quantity.of(usual, "token"), "", source)
        if read is None
        else Step(N_("tokens read"), Quantity.of(read, "token"), "", N_("stated"))
    )
    if cached := _number(row, "avg_cached_len"):
        yield Step(N_("tokens from a cache"), Quantity.of(cached, "token"), "", N_("stated"))
    yield _number_step(row, "avg_output_len", N_("tokens written"), "token", prior["output_tokens"])


def _size_steps(row: ConfigurationSheet, model: ModelEntry | None, prior: Mapping[str, Any]) -> Iterator[Step]:
    total, active = (_number(row, column) for column in ("total_params_billions", "activated_params_billions"))
    if total is None and active is None and model is not None:
        ends = "; ".join(_format_range(part) for part in (model.total, model.active))
        yield Step(N_("parameters in 1e9, total and active"), ends, "", model.source)
        return
    if total is not None:
        yield Step(N_("parameters in 1e9"), f"{total:g}", "", N_("stated"))
    if active is not None:
        yield Step(N_("active parameters in 1e9"), f"{active:g}", "", N_("stated"))
    if total is None and active is None:
        yield Step(
            N_("parameters in 1e9"), _describe_prior(prior["parameters"], "1"), "", prior["parameters"]["source"]
        )


def _diffusion_steps(row: ConfigurationSheet, kind: str) -> Iterator[Step]:
    prior = table_files.read_toml("priors.toml")
    usual, known = prior[kind], find_diffusion_model(_word(row, "model_id"))
    yield _chip_step(row, prior)
    yield _number_step(row, "batch_size", N_("items per batch"), kind, prior["batch_images"])
    yield _number_step(row, "num_gpus", N_("accelerators per batch"), "1", prior["gpus_images"])
    for column, name, fact in (
        ("total_params_billions", N_("parameters in 1e9"), "parameters"),
        ("inference_steps", N_("denoising steps"), "steps"),
    ):
        if _number(row, column) is None and known:
            yield Step(name, known[fact], "", known["source"])
        else:
            yield _number_step(row, column, name, "1", {**usual[fact], "source": usual["source"]})
    if known:
        through = Step(N_("parameters in 1e9 that a latent token passes"), known["active"], "", known["source"])
    else:
        share = _describe_prior({"choices": prior["latent"]["active_share"]})
        through = Step(N_("share of the parameters that a latent token passes"), share, "", prior["latent"]["source"])
    yield through
    sides = [(f"{kind}_height", N_("height in pixels"), "height"), (f"{kind}_width", N_("width in pixels"), "width")]
    if kind == "video":
        sides.append(("num_frames", N_("frames"), "frames"))
    for column, name, fact in sides:
        value = _number(row, column)
        source = N_("stated") if value is not None else usual["source"]
        yield Step(name, f"{usual[fact] if value is None else value:g}", "", source)
    if known:
        yield Step(N_("passes per step"), known["passes"], "", known["source"])
    else:
        yield Step(
            N_("passes per step"),
            _describe_prior({"choices": prior["latent"]["passes"]}),
            "",
            prior["latent"]["source"],
        )


def _chip_step(row: ConfigurationSheet, prior: Mapping[str, Any]) -> Step:
    return _word_step(N_("accelerator"), _word(row, "gpu_model"), prior["chip"])


def _word_step(name: str, word: str, prior: Mapping[str, Any]) -> Step:
    return Step(name, word, "", N_("stated")) if word else Step(name, _describe_prior(prior), "", prior["source"])


def _number_step(
    row: ConfigurationSheet, column: str, name: str, unit: str, prior: Mapping[str, Any], form: str = "{}"
) -> Step:
    value = _number(row, column)
    if value is None:
        return Step(name, _describe_prior(prior, unit, form), "", prior["source"])
    return Step(name, Quantity.of(value, unit), "", N_("stated"))


def _describe_prior(prior: Mapping[str, Any], unit: str = "1", form: str = "{}") -> ConfigurationValue:
    """Formats a prior for display: a log-normal as its median and 80 % range, choices with their weights."""
    if "choices" in prior:
        whole = sum(prior["choices"].values())
        return ", ".join(f"{form.format(name)} ({weight / whole:.0%})" for name, weight in prior["choices"].items())
    return LogNormal.of(prior["median"], prior["gsd"]).estimate(unit, unit, Kind.DEFAULT, Boundary.NONE, METHOD)


def _number(row: ConfigurationSheet, column: str) -> float | None:
    value = float(row.number(column)[0])
    return None if math.isnan(value) else value


def _word(row: ConfigurationSheet, column: str) -> str:
    return str(row.word(column)[0])


def _format_range(ends: tuple[float, float]) -> str:
    return f"{ends[0]:g}" if ends[0] == ends[1] else f"{ends[0]:g} – {ends[1]:g}"
