"""The theme of charts: a palette for light and dark backgrounds, a font stack, number and date formats of each language.

A picture is drawn once, for a white background; the SVG has a style rule that replaces its colours on devices in dark mode,
so that one file serves both. Every colour has a contrast of at least 3:1 with its background, and series are distinguished
by shape as well as by colour (specifications.py).
"""

from __future__ import annotations

import textwrap
from functools import lru_cache
from typing import Any, NamedTuple

import vl_convert

from bongsu.core.languages import describe_language
from bongsu.core.letters import count_columns

PAPER = ("#ffffff", "#12181f")  # on light, on dark
INK = ("#1b2733", "#e6ebf0")
MUTED = ("#54626f", "#a3b0bd")
LINE = ("#dfe4ea", "#2f3a45")
NO_DATA = ("#e4e7eb", "#28323c")
SERIES_COLOURS = (
    ("#0b5fa5", "#6cb6ff"),
    ("#c2410c", "#ff9a5c"),
    ("#0a7a5a", "#4fd1a5"),
    ("#9b3d8f", "#e59ad8"),
    ("#8a6d00", "#e0c14a"),
    ("#48707d", "#9cc7d3"),
    ("#5b4636", "#d3b8a3"),
    ("#6b7280", "#b9c0ca"),
)
# From low to high, for maps: one hue, distinguishable in grey as well.
MAP_COLOURS = (
    ("#c9def0", "#1d3a55"),
    ("#92bfe0", "#27587f"),
    ("#569bcb", "#3b7fb3"),
    ("#1f70ad", "#66a8dc"),
    ("#0a4070", "#b5d8f5"),
)
SHAPES = ("circle", "square", "triangle-up", "diamond", "cross", "triangle-down", "triangle-right", "triangle-left")
# A browser uses the first font. vl-convert does not know system-ui and measures text with the second if it is installed: its
# letters (Verdana's widths) are as wide as those of any other, so that no label is cut off in a browser.
FONT = "system-ui, 'DejaVu Sans', 'Noto Sans', 'Noto Sans KR', 'Apple SD Gothic Neo', 'Malgun Gothic', NanumGothic, sans-serif"


class PictureSize(NamedTuple):
    """The width of a picture in pixels, the number of panels in a row, and the maximum length of labels and lines of text."""

    width: int
    columns: int
    labels: int  # pixels
    letters: int  # Latin letters


PICTURE_SIZES = {"wide": PictureSize(680, 3, 260, 84), "narrow": PictureSize(300, 1, 130, 38)}


def wrap_text(text: str, letters: int) -> list[str]:
    """Breaks a text into lines of at most `letters` Latin letters; a Korean letter counts as two."""
    return textwrap.wrap(text, max(8, int(letters * len(text) / count_columns(text)))) if text else []


def one_line(text: str) -> str:
    """Returns a name without line breaks, which would end an expression of Vega in which it stands."""
    return " ".join(text.split())


def tooltip_title(text: str) -> str:
    """Returns a title for a line of a tooltip.

    Vega-Lite writes it into an expression, where it escapes quotation marks, but neither backslashes nor line breaks.
    """
    return one_line(text).replace("\\", "\\\\")


def light_colours(pairs: tuple[tuple[str, str], ...]) -> list[str]:
    """Returns the colours of `pairs` for a white background."""
    return [pair[0] for pair in pairs]


def _chart_locales(name: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """D3's formats of numbers and of times in a locale; the British ones for a locale that D3 does not have."""
    try:
        return vl_convert.get_format_locale(name), vl_convert.get_time_format_locale(name)
    except ValueError:
        return vl_convert.get_format_locale("en-GB"), vl_convert.get_time_format_locale("en-GB")


@lru_cache(maxsize=8)
def vega_config(language: str) -> dict[str, Any]:
    """Returns Vega-Lite's `config` for a language."""
    numbers, times = _chart_locales(describe_language(language).locale)
    text = {"labelColor": MUTED[0], "titleColor": INK[0], "labelFontSize": 12, "titleFontSize": 12}
    return {
        "font": FONT,
        "background": PAPER[0],
        "locale": {"number": numbers, "time": times},
        "view": {"stroke": None},
        "axis": {
            **text,
            "titleFontWeight": "normal",
            "gridColor": LINE[0],
            "domainColor": MUTED[0],
            "tickColor": MUTED[0],
            "labelLimit": 260,
        },
        "legend": {**text, "titleFontWeight": "normal", "labelLimit": 240, "symbolSize": 90, "symbolStrokeWidth": 2},
        "header": {**text, "labelFontSize": 13, "labelFontWeight": "bold", "labelColor": INK[0]},
        "title": {
            "color": INK[0],
            "subtitleColor": MUTED[0],
            "fontSize": 15,
            "subtitleFontSize": 12,
            "subtitlePadding": 5,
        },
        "text": {"color": INK[0]},
    }


def add_dark_style(svg: str) -> str:
    """Adds a style element for dark mode, which takes precedence over the picture's presentation attributes."""
    pairs = (PAPER, INK, MUTED, LINE, NO_DATA, *SERIES_COLOURS, *MAP_COLOURS)
    rules = "".join(
        f'[{attribute}="{on_light}"]{{{attribute}:{on_dark}}}'
        for on_light, on_dark in pairs
        for attribute in ("fill", "stroke")
        if f'{attribute}="{on_light}"' in svg
    )
    head, sign, rest = svg.partition(">")
    return f"{head}{sign}<style>@media screen and (prefers-color-scheme:dark){{{rules}}}</style>{rest}"
