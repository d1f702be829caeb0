"""Estimates what nobody metered: the energy, CO2e and water of training, inference, image and video generation.

    >>> from bongsu.energy.estimate import inference
    >>> inference("gpt-4o", output_tokens=500, country="KOR").energy        # doctest: +SKIP

Measured configurations calibrate the models (calibration/); unknown cells are integrated over stated priors
(priors.toml); every result carries its boundary, its 80 % interval and the tree of its steps. Needs `bongsu[node]`.
"""

from bongsu.energy.estimate.answer.inference import image, inference, video
from bongsu.energy.estimate.answer.training import training

__all__ = ["image", "inference", "training", "video"]
