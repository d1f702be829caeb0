"""Fits the coefficients to measurements and reports the prediction error on models left out of the fit.

    python -m bongsu.energy.estimate.calibration.calibrate FILE              # prints the prediction errors
    python -m bongsu.energy.estimate.calibration.calibrate FILE --write      # refits the tables

FILE has measured configurations in the columns of measured_inference_configurations.csv. The second command rewrites the
`value` column of coefficients.csv and the table spreads.csv. The fit is least squares in the logarithm of energy, with a prior
on every coefficient (a ridge penalty that regularises the fit on few data). The total weight of a model grows with the square
root of its number of rows. Cross-validation leaves out whole base models: a model together with all variants whose weights
have the same shape (column `base` of the model tables), because a quantised or instruction-tuned variant in the fit would
make the test too easy.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from bongsu.energy.estimate.model import configuration_sheet, diffusion_energy, text_energy
from bongsu.energy.estimate.model.diffusion_energy import DiffusionConfigurations
from bongsu.energy.estimate.model.model_inputs import diffusion_rows, text_rows
from bongsu.energy.estimate.model.text_energy import TextConfigurations
from bongsu.energy.estimate.tables import chips, table_files

Array = npt.NDArray[np.float64]

MEASUREMENT_SOURCE = "ML.ENERGY leaderboard v3, measured inference configurations (Apache-2.0)"
RESIDUAL_WEIGHT = 3.0  # a residual of 1/3 in ln (a factor 1.4) weighs as much as one prior spread
ROWS_AT_FULL_WEIGHT = 20.0  # each row of a model with this many rows has weight 1


@dataclass(frozen=True)
class CoefficientPrior:
    """A coefficient's prior: a row of coefficients.csv."""

    name: str
    log: bool
    prior: float
    spread: float


@dataclass(frozen=True)
class Measurements:
    """Measured rows: configurations, joule per token or item, chip, stratum ("text H100"), model, and base model."""

    configurations: TextConfigurations | DiffusionConfigurations
    joule: Array
    chip: npt.NDArray[np.object_]
    stratum: npt.NDArray[np.object_]
    model: npt.NDArray[np.object_]
    base: npt.NDArray[np.object_]


def coefficient_priors(model: str) -> list[CoefficientPrior]:
    """Returns the priors of the coefficients of `model` ("text" or "diffusion")."""
    return [
        CoefficientPrior(row["name"], row["scale"] == "log", float(row["prior"]), float(row["prior_spread"]))
        for row in table_files.read_rows("coefficients.csv")
        if row["model"] == model
    ]


def read_measurements(path: str, model: str) -> Measurements:
    """Reads the measurements for `model` ("text" or "diffusion") from the file at `path`. Chip factors are from design data."""
    table = configuration_sheet.read_text_table(path)
    whole = configuration_sheet.make_sheet(table, path)
    kinds = {0: "text"} if model == "text" else {1: "image", 2: "video"}
    bases = {
        row["id"]: row["base"] for name in ("models.csv", "diffusion_models.csv") for row in table_files.read_rows(name)
    }
    configurations: list[TextConfigurations | DiffusionConfigurations] = []
    columns: dict[str, list[npt.NDArray[Any]]] = {"joule": [], "gpu_model": [], "model_id": []}
    for code, kind in kinds.items():
        energy = _measured_joule(table, f"energy_per_{'token' if kind == 'text' else kind}_joules")
        chosen = (whole.kind == code) & ~np.isnan(energy)
        part = whole.rows(chosen)
        by_design = lambda name, _: chips.design_factors(name)  # noqa: E731
        configurations.append(
            text_rows(part, factors=by_design) if kind == "text" else diffusion_rows(part, kind, factors=by_design)
        )
        columns["joule"].append(energy[chosen])
        for column in ("gpu_model", "model_id"):
            columns[column].append(part.word(column))
    joule, chip, name = (np.concatenate(parts) for parts in columns.values())
    layer = np.concatenate(
        [np.full(len(part), kind) for part, kind in zip(columns["joule"], kinds.values(), strict=True)]
    )
    return Measurements(
        configurations=_join_configurations(configurations),
        joule=joule,
        chip=chip,
        stratum=np.array([f"{kind} {gpu}" for kind, gpu in zip(layer, chip, strict=True)], dtype=object),
        model=name,
        base=np.array([bases.get(one, one) for one in name], dtype=object),
    )


def fit_coefficients(data: Measurements, rows: npt.NDArray[np.bool_], model: str) -> dict[str, float]:
    """Fits the coefficients to the chosen rows by damped Gauss-Newton steps on their unbounded scale."""
    known = coefficient_priors(model)
    prior = np.array([np.log(c.prior) if c.log else c.prior for c in known])
    tight = np.array([1 / np.log(c.spread) if c.log else 1 / c.spread for c in known])
    count = Counter(data.model[rows])
    weight = RESIDUAL_WEIGHT * np.sqrt(ROWS_AT_FULL_WEIGHT / np.array([count[name] for name in data.model[rows]]))
    target = np.log(data.joule[rows])

    def misfit(theta: Array) -> Array:
        residual = (np.log(_model_energy(data, rows, _coefficient_values(known, theta))) - target) * weight
        return np.concatenate([residual, (theta - prior) * tight])

    return _coefficient_values(known, _least_squares(misfit, prior))


def cross_validate(data: Measurements, groups: npt.NDArray[np.object_], model: str) -> Array:
    """Returns ln(estimate / measured) of every row, where the estimate is from a fit without the row's group."""
    residual = np.empty(len(groups))
    for group in np.unique(groups.astype(str)):
        held = groups == group
        k = fit_coefficients(data, ~held, model)
        residual[held] = np.log(_model_energy(data, held, k) / data.joule[held])
    return residual


def residual_half_width(residual: Array, groups: npt.NDArray[np.object_]) -> float:
    """Returns half the width of the 80 % interval in ln for a new group.

    It is the 80 % quantile of |residual|, times sqrt(1 + b/n) because the spread between groups is estimated from only n
    groups; b is the share of the squared residuals that lies between groups.
    """
    names, members = np.unique(groups.astype(str), return_inverse=True)
    means = np.bincount(members, residual) / np.bincount(members)
    between = float(np.sum(means[members] ** 2) / np.sum(residual**2))
    return float(np.quantile(np.abs(residual), 0.8) * np.sqrt(1 + between / len(names)))


def interval_coverage(data: Measurements, residual: Array, groups: npt.NDArray[np.object_]) -> npt.NDArray[np.bool_]:
    """Returns, for each row, whether it lies in the 80 % interval computed from the other groups of its stratum."""
    inside = np.zeros(len(residual), dtype=bool)
    for stratum in np.unique(data.stratum.astype(str)):
        for group in np.unique(groups.astype(str)):
            held = (groups == group) & (data.stratum == stratum)
            others = (groups != group) & (data.stratum == stratum)
            if held.any() and others.any():
                inside[held] = np.abs(residual[held]) <= residual_half_width(residual[others], groups[others])
    return inside


def transfer_residuals(data: Measurements, model: str) -> Array:
    """Returns ln(estimate / measured) on B200 from a fit to H100 rows and design data: the error on an unmeasured chip."""
    h100 = data.chip == "H100"
    by_design = _model_energy(data, ~h100, fit_coefficients(data, h100, model), by_design=True)
    return np.asarray(np.log(by_design / data.joule[~h100]))


def _model_energy(
    data: Measurements, rows: npt.NDArray[np.bool_], k: dict[str, float], by_design: bool = False
) -> Array:
    part = data.configurations[rows]
    if not by_design:
        b200 = (data.chip[rows] == "B200").astype(np.float64)[:, None]
        names = ("step", "memory", "compute") if isinstance(part, TextConfigurations) else ("step", "compute")
        part = replace(part, **{f"{name}_factor": k[f"b200_{name}"] ** b200 for name in names})
    energy = (
        text_energy.energy_per_token(part, k)
        if isinstance(part, TextConfigurations)
        else diffusion_energy.energy_per_item(part, k)
    )
    return np.asarray(energy[:, 0], dtype=np.float64)


def _coefficient_values(known: Sequence[CoefficientPrior], theta: Array) -> dict[str, float]:
    return {c.name: float(np.exp(value) if c.log else value) for c, value in zip(known, theta, strict=True)}


def _least_squares(misfit: Callable[[Array], Array], start: Array) -> Array:
    """Minimises by Levenberg-Marquardt with forward differences; stops when a step reduces the cost by less than 1e-9 of it."""
    theta, residual, damping = start.copy(), misfit(start), 1e-2
    for _ in range(100):
        jacobian = np.stack([(misfit(theta + h) - residual) / 1e-6 for h in np.eye(len(theta)) * 1e-6], axis=1)
        normal, gradient = jacobian.T @ jacobian, jacobian.T @ residual
        for _ in range(12):
            trial = theta - np.linalg.solve(normal + damping * np.diag(np.diag(normal)), gradient)
            new = misfit(trial)
            if new @ new < residual @ residual:
                break
            damping *= 5
        else:
            return theta
        gain = 1 - (new @ new) / (residual @ residual)
        theta, residual, damping = trial, new, damping / 5
        if gain < 1e-9:
            break
    return theta


def _measured_joule(table: pa.Table, column: str) -> Array:
    return np.array([float(cell) if cell else np.nan for cell in table[column].to_pylist()])


def _join_configurations(
    parts: Sequence[TextConfigurations | DiffusionConfigurations],
) -> TextConfigurations | DiffusionConfigurations:
    kind = type(parts[0])
    return kind(**{field.name: np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(kind)})


def summarise_residuals(residual: Array) -> dict[str, float]:
    """Returns the share of estimates within a factor of 2, and the geometric standard deviation about a ratio of 1."""
    return {
        "within 2": float(np.mean(np.abs(residual) < np.log(2))),
        "gsd": float(np.exp(np.sqrt(np.mean(residual**2)))),
    }


def validation_lines(path: str) -> Iterator[str]:
    """Yields a line for each chip and each base model with the errors of fits without that base model."""
    for model in ("text", "diffusion"):
        data = read_measurements(path, model)
        residual = cross_validate(data, data.base, model)
        inside = interval_coverage(data, residual, data.base)
        for names in (data.stratum, data.base):
            for name in np.unique(names.astype(str)):
                rows = names == name
                found, ratio = summarise_residuals(residual[rows]), np.exp(residual[rows].mean())
                yield (
                    f"{name:22} {rows.sum():4} rows, {found['within 2']:.1%} within 2, GSD {found['gsd']:.2f}, "
                    f"80 % interval holds {inside[rows].mean():.0%}, estimated {ratio:.2f} times\n"
                )


def rewrite_tables(path: str) -> None:
    """Refits all coefficients and rewrites coefficients.csv and spreads.csv."""
    home = Path(table_files.__file__).parent
    values: dict[tuple[str, str], float] = {}
    spreads = []
    for model in ("text", "diffusion"):
        data = read_measurements(path, model)
        every = np.ones(len(data.joule), dtype=bool)
        values |= {(model, name): value for name, value in fit_coefficients(data, every, model).items()}
        residual, layer = cross_validate(data, data.base, model), data.stratum
        moved, there = transfer_residuals(data, model), layer[data.chip != "H100"]
        widths = {
            name: residual_half_width(residual[layer == name], data.base[layer == name]) for name in sorted(set(layer))
        }
        for stratum in widths:
            rows = layer == stratum
            kind, chip = stratum.split()
            spreads.append(
                [
                    kind,
                    chip,
                    widths[stratum],
                    summarise_residuals(residual[rows])["gsd"],
                    rows.sum(),
                    len(set(data.model[rows])),
                ]
            )
            if chip == "B200":
                apart = moved[there == stratum]
                both = float(np.hypot(widths[f"{kind} H100"], np.quantile(np.abs(apart), 0.8)))
                spreads.append(
                    [kind, "other", both, summarise_residuals(apart)["gsd"], len(apart), len(set(data.model[rows]))]
                )
    today = date.today().isoformat()  # noqa: DTZ011 - the day of the fit, for the table
    rows_ = [dict(row) for row in table_files.read_rows("coefficients.csv")]
    for row in rows_:
        row["value"] = f"{values[row['model'], row['name']]:.5g}"
        row["source"] = f"fitted {today} to {MEASUREMENT_SOURCE}"
    with (home / "coefficients.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*(n for n in rows_[0] if n != "source"), "source"], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows_)
    with (home / "spreads.csv").open("w", newline="", encoding="utf-8") as file:
        plain = csv.writer(file, lineterminator="\n")
        plain.writerow(["kind", "chip", "half_width", "gsd", "rows", "models", "source"])
        plain.writerows(
            [
                [k, c, f"{h:.4f}", f"{g:.4f}", n, m, f"whole base models left out, {today}, {MEASUREMENT_SOURCE}"]
                for k, c, h, g, n, m in spreads
            ]
        )


if __name__ == "__main__":
    if sys.argv[2:] == ["--write"]:
        rewrite_tables(sys.argv[1])
    else:
        sys.stdout.writelines(validation_lines(sys.argv[1]))
