"""The contrast of two colours, by WCAG 2.2 (relative luminance): 1 for equal colours, 21 for black and white.

Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio. Text needs 4.5 (success criterion 1.4.3, level AA).
"""

from __future__ import annotations

TEXT_CONTRAST = 4.5


def relative_luminance(colour: str) -> float:
    """Returns the relative luminance, from 0 (black) to 1 (white), of a colour such as #0b5394."""
    red, green, blue = (_linear(int(colour[place : place + 2], 16) / 255) for place in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Returns the contrast ratio of two colours, from 1 to 21."""
    low, high = sorted((relative_luminance(one), relative_luminance(other)))
    return (high + 0.05) / (low + 0.05)


def lighten(colour: str, share: float) -> str:
    """Returns a colour mixed with white; `share`, from 0 to 1, is that of white."""
    parts = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * share):02x}" for part in parts)


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
