"""The measured models applied to a sheet: joule per token, image or video at the chip, with its 80 % interval.

Every row is log-normal: its median from the fitted terms, its spread from the misfit on models left out; a row with unknown
cells adds the spread over their priors. Variances add in the logarithm, so the interval is closed form.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bongsu.core.estimate import Z90
from bongsu.energy.estimate.model import diffusion_energy, text_energy
from bongsu.energy.estimate.model.configuration_sheet import Sheet
from bongsu.energy.estimate.model.model_inputs import diffusion_rows, holes, squared_half_width, text_rows
from bongsu.energy.estimate.tables.coefficients import fitted
from bongsu.energy.estimate.values.lognormal import LogNormal

Array = npt.NDArray[np.float64]

KINDS = ("text", "image", "video")
CHUNK = 4096  # rows with holes hold NODES columns; a chunk of them stays in the cache


@dataclass(frozen=True)
class Predicted:
    """Per row: `kind` (index into KINDS), joule per token, image or video, and the 80 % interval."""

    kind: npt.NDArray[np.int64]
    joule: Array
    low: Array
    high: Array


def predict(s: Sheet) -> Predicted:
    """The energy of every row of the sheet at the chip."""
    log_median, log_sd = np.empty(s.length), np.empty(s.length)
    for code, kind in enumerate(KINDS):
        of_kind = np.flatnonzero(s.kind == code)
        if len(of_kind):
            log_median[of_kind], log_sd[of_kind] = _logs(s.rows(of_kind), kind)
    return Predicted(s.kind, np.exp(log_median), np.exp(log_median - Z90 * log_sd), np.exp(log_median + Z90 * log_sd))


def log_normals(s: Sheet, kind: str) -> list[LogNormal]:
    """The energy at the chip, in joule per token, image or video, of every row of a sheet that makes `kind` alone."""
    log_median, log_sd = _logs(s, kind)
    return [LogNormal(float(median), float(sd)) for median, sd in zip(np.exp(log_median), log_sd, strict=True)]


def _logs(part: Sheet, kind: str) -> tuple[Array, Array]:
    """Logarithm of the median and its standard deviation by row; rows with holes in chunks."""
    log_median, log_sd = np.empty(part.length), np.empty(part.length)
    wide = holes(part, kind)
    for width in (False, True):
        rows = np.flatnonzero(wide == width)
        for start in range(0, len(rows), CHUNK if width else max(len(rows), 1)):
            chosen = rows[start : start + CHUNK] if width else rows
            log_median[chosen], log_sd[chosen] = _log(part.rows(chosen), kind, width)
    return log_median, log_sd


def _log(part: Sheet, kind: str, wide: bool) -> tuple[Array, Array]:
    if kind == "text":
        energy = np.log(text_energy.energy_per_token(text_rows(part, wide), fitted("text")))
    else:
        energy = np.log(diffusion_energy.energy_per_item(diffusion_rows(part, kind, wide), fitted("diffusion")))
    own = squared_half_width(part, kind) / Z90**2
    if not wide:
        return energy[:, 0], np.sqrt(own)
    return energy.mean(axis=1), np.sqrt(own + energy.var(axis=1))
