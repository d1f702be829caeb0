"""Estimates energy, CO2e and water of training, inference, image and video generation where no meter reading exists.

    >>> from bongsu.energy.estimate import inference
    >>> inference("gpt-4o", output_tokens=500, country="KOR").energy        # doctest: +SKIP

The models are calibrated on measured configurations (calibration/). Unknown inputs are integrated over the priors in
priors.toml. Every result has its boundary, its 80 % interval and the tree of its steps. Needs `bongsu[node]`.
"""

from bongsu.energy.estimate.answer.inference import image, inference, video
from bongsu.energy.estimate.answer.training import training

__all__ = ["image", "inference", "training", "video"]
