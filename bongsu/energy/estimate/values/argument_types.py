"""Checks the types of the arguments of an estimate. Those that become cells of a sheet are checked there."""

from __future__ import annotations

from collections.abc import Mapping

from bongsu.core.arguments import check_texts_and_numbers

_TEXTS = ("model", "architecture", "precision", "chip", "task", "country", "provider", "region")
_NUMBERS = (
    *("requests", "images", "videos", "mfu", "power_w", "pue", "wue", "grid_kg_per_kwh", "year"),
    *("flop", "params", "tokens", "gpu_hours", "chips_used", "days"),
)


def check_inputs(given: Mapping[str, object]) -> None:
    """Raises TypeError if an argument of an estimate is not a text or not a number."""
    check_texts_and_numbers(given, _TEXTS, _NUMBERS)
