"""The classes of the ILO's 2025 index: a rule on the mean and SD of the scores of an occupation's tasks.

Source: Gmyrek et al. (2025), ILO Working Paper 140. A class belongs to one occupation at four digits. A mean over
occupations has no class: sum employment by class instead (exposure/profile.py).
"""

from __future__ import annotations

# Least exposed first; the codes of CL_EXPOSURE_CLASS.
CLASSES = ("NOT_EXPOSED", "MINIMAL", "G1", "G2", "G3", "G4")


def ilo_class(mean: float, sd: float) -> str:
    """Returns the class of an occupation whose tasks have the mean score `mean` and the sample SD `sd`.

    Give both as published, rounded to two decimals. Uses double arithmetic without tolerance, which reproduces the published
    classes (0.45 + 0.05 is 0.5, and 0.40 + 0.10 too).
    """
    low, high = mean - sd, mean + sd
    if mean >= 0.60 and low >= 0.50:
        return "G4"
    if mean >= 0.50:
        return "G3"
    if mean >= 0.40 and high >= 0.50:
        return "G2"
    if mean < 0.40 and high >= 0.50:
        return "G1"
    if high >= 0.40:
        return "MINIMAL"
    return "NOT_EXPOSED"
