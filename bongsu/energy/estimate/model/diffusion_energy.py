"""Computes the energy of an image or video at the accelerator from the FLOP and the steps of a diffusion transformer.

    tokens   L = (height/p) (width/p) ((frames-1)/f + 1)         p, f: pixels and frames behind one latent token
    FLOP     per pass 2 A L + 4 L² D                             A: parameters that a latent token passes
                                                                 D: width x layers, about 45,000 (A/1e9)^(2/3)
             x passes per step (2 with classifier-free guidance) x steps
    energy   e FLOP (FLOP per pass / 1e14)^s n^v r^w  +  b n steps P^q / batch

The same formula serves images and videos. P: parameters in 1e9; n: GPUs; r: degree of ring attention. A is less than P if the
transformer has a separate stream for text, or parameters that only modulate its blocks: a third of P in SD 3.5 large, half in
FLUX.1, nine tenths in Wan 2.1. Left out: the text encoder, the decoder to pixels (a few per cent), and caching that skips
passes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

# Width x layers of a transformer with 1e9 parameters that a token passes, from the published sizes of PixArt, Hunyuan-DiT,
# SD 3.5, Wan 2.1, CogVideoX and HunyuanVideo: 39,000 to 51,000 after scaling by A^(2/3).
WIDTH_LAYERS = 45_000.0


@dataclass(frozen=True)
class DiffusionConfigurations:
    """Configurations, one number per row (or broadcastable). An image is a video of one frame."""

    parameters: Array  # 1e9
    active: Array  # 1e9 that a latent token passes
    height: Array  # pixels
    width: Array
    frames: Array
    steps: Array
    batch: Array
    gpus: Array
    ring: Array
    latent_pixels: Array
    latent_frames: Array
    passes: Array
    linear_attention: Array  # 1 if the cost of attention grows with L instead of L², else 0
    step_factor: Array
    compute_factor: Array

    def __getitem__(self, chosen: npt.NDArray[np.bool_]) -> DiffusionConfigurations:
        """Returns the chosen rows."""
        return DiffusionConfigurations(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def tflop_per_pass(c: DiffusionConfigurations) -> Array:
    """Returns the FLOP, in 1e12, of one pass of the transformer over one image or video."""
    tokens = (c.height / c.latent_pixels) * (c.width / c.latent_pixels) * ((c.frames - 1) / c.latent_frames + 1)
    linear = 2 * c.active * 1e9 * tokens
    attention = 4 * tokens**2 * WIDTH_LAYERS * c.active ** (2 / 3) * (1 - c.linear_attention)
    return np.asarray((linear + attention) / 1e12, dtype=np.float64)


def energy_terms(c: DiffusionConfigurations, k: Mapping[str, float]) -> dict[str, Array]:
    """Returns joules per image or video at the chip, by term. `k`: coefficients by name, as in coefficients.csv."""
    each = tflop_per_pass(c)
    tflop = each * c.passes * c.steps
    joule_per_tflop = k["compute"] * (each / 100) ** k["size_exponent"] * c.ring ** k["ring_exponent"]
    return {
        "compute": joule_per_tflop * c.compute_factor * tflop * c.gpus ** k["gpus_exponent"],
        "step": k["step"] * c.step_factor * c.gpus * c.steps * c.parameters ** k["parameters_exponent"] / c.batch,
    }


def energy_per_item(c: DiffusionConfigurations, k: Mapping[str, float]) -> Array:
    """Returns joules per image or video at the chip."""
    total: Array = np.asarray(sum(energy_terms(c, k).values()), dtype=np.float64)
    return total
