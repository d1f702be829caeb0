"""Contrast by WCAG 2.2, against ratios that its authors and other programs publish."""

from __future__ import annotations

import pytest

from bongsu.core.contrast import contrast, lighten, relative_luminance


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.478),  # the known pair around 4.5: #777 fails, #767676 passes
        ("#767676", "#ffffff", 4.542),
        ("#ff0000", "#ffffff", 3.998),  # luminance of red 0.2126: 1.05 / 0.2626
        ("#0000ff", "#ffffff", 8.592),  # of blue 0.0722: 1.05 / 0.1222
        ("#00ff00", "#000000", 15.304),  # of green 0.7152: 0.7652 / 0.05
        ("#123456", "#123456", 1.0),
    ],
)
def test_known_ratios(one: str, other: str, ratio: float) -> None:
    assert contrast(one, other) == pytest.approx(ratio, abs=5e-4)
    assert contrast(other, one) == contrast(one, other)


def test_the_dark_end_of_the_curve_is_a_line() -> None:
    # 10 / 255 = 0.0392157 is below 0.04045: divided by 12.92
    assert relative_luminance("#0a0a0a") == pytest.approx(0.00303527, abs=1e-8)


def test_white_is_mixed_in() -> None:
    assert lighten("#0b5394", 0) == "#0b5394"
    assert lighten("#0b5394", 1) == "#ffffff"
    assert lighten("#000064", 0.5) == "#8080b2"
