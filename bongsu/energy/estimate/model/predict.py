"""Applies the fitted models to a sheet: joules per token, image or video at the chip, with the 80 % interval.

Every row is log-normal. The median comes from the fitted terms, the spread from the errors on models left out of the fit; a
row with unknown cells adds the spread over their priors. The variances of the logarithm add up, so the interval has a closed
form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.core.estimate import Z90
from bongsu.energy.estimate.model import diffusion_energy, text_energy
from bongsu.energy.estimate.model.configuration_sheet import ConfigurationSheet
from bongsu.energy.estimate.model.model_inputs import (
    diffusion_rows,
    find_incomplete_rows,
    squared_half_width,
    text_rows,
)
from bongsu.energy.estimate.tables.coefficients import get_coefficients
from bongsu.energy.estimate.values.lognormal import LogNormal

Array = npt.NDArray[np.float64]

OUTPUT_KINDS = ("text", "image", "video")
CHUNK = 4096  # rows with unknown cells have NODES columns; a chunk of them fits in the processor's cache


@dataclass(frozen=True)
class Prediction:
    """Per row: `kind` (index into OUTPUT_KINDS), joules per token, image or video, and the 80 % interval."""

    kind: npt.NDArray[np.int64]
    joule: Array
    low: Array
    high: Array


def predict_energy(s: ConfigurationSheet) -> Prediction:
    """Returns the energy of every row of the sheet at the chip."""
    log_median, log_sd = np.empty(s.length), np.empty(s.length)
    for code, kind in enumerate(OUTPUT_KINDS):
        of_kind = np.flatnonzero(s.kind == code)
        if len(of_kind):
            log_median[of_kind], log_sd[of_kind] = _log_moments(s.rows(of_kind), kind)
    return Prediction(s.kind, np.exp(log_median), np.exp(log_median - Z90 * log_sd), np.exp(log_median + Z90 * log_sd))


def predict_lognormals(s: ConfigurationSheet, kind: str) -> list[LogNormal]:
    """Returns the energy of every row at the chip, in joules per token, image or video; all rows must be of `kind`."""
    log_median, log_sd = _log_moments(s, kind)
    return [LogNormal(float(median), float(sd)) for median, sd in zip(np.exp(log_median), log_sd, strict=True)]


def _log_moments(part: ConfigurationSheet, kind: str) -> tuple[Array, Array]:
    """Returns ln(median) and its standard deviation by row; computes rows with unknown cells in chunks."""
    log_median, log_sd = np.empty(part.length), np.empty(part.length)
    wide = find_incomplete_rows(part, kind)
    for width in (False, True):
        rows = np.flatnonzero(wide == width)
        for start in range(0, len(rows), CHUNK if width else max(len(rows), 1)):
            chosen = rows[start : start + CHUNK] if width else rows
            log_median[chosen], log_sd[chosen] = _log_moments_of_chunk(part.rows(chosen), kind, width)
    return log_median, log_sd


def _log_moments_of_chunk(part: ConfigurationSheet, kind: str, wide: bool) -> tuple[Array, Array]:
    if kind == "text":
        energy = np.log(text_energy.energy_per_token(text_rows(part, wide), get_coefficients("text")))
    else:
        energy = np.log(
            diffusion_energy.energy_per_item(diffusion_rows(part, kind, wide), get_coefficients("diffusion"))
        )
    own = squared_half_width(part, kind) / Z90**2
    if not wide:
        return energy[:, 0], np.sqrt(own)
    return energy.mean(axis=1), np.sqrt(own + energy.var(axis=1))
