"""A small picture of a page in the colours that somebody tries, in light and in dark mode, with the contrasts reached."""

from __future__ import annotations

import re
from collections.abc import Mapping

from bongsu.core.contrast import TEXT_CONTRAST
from bongsu.store.tables.site_table import DARK, LIGHT, Colours, measure_colours

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_STANDARD = Colours(header="#14222f", accent="#0b5394", accent_dark="#8ec2ff")  # as in style.css
_INK = ("#1b2733", "#e6ebf0")


def valid_colours(texts: Mapping[str, str]) -> Colours:
    """Returns the colours that are valid among texts; the others are left out."""
    names = ("header", "accent", "accent_dark")
    return Colours(**{name: texts[name] for name in names if _COLOUR.fullmatch(texts.get(name, ""))})


def draw_preview(colours: Colours) -> str:
    """Returns the picture as SVG. Where a colour is not given, the standard one is shown."""
    header = colours.header or _STANDARD.header
    shown = Colours(header, colours.accent or _STANDARD.accent, colours.on_dark or _STANDARD.accent_dark)
    reached = measure_colours(shown)
    parts = [
        _page(0, LIGHT[0], _INK[0], shown, shown.accent, reached["header"], reached["accent"]),
        _page(320, DARK[0], _INK[1], shown, shown.accent_dark, reached["header"], reached["accent_dark"]),
    ]
    font = 'font-family="system-ui, sans-serif" font-size="15"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 150" width="640" height="150" {font}>'
        f"{''.join(parts)}</svg>"
    )


def _page(x: int, paper: str, ink: str, colours: Colours, link: str, on_header: float, on_paper: float) -> str:
    text = colours.header_text
    sample = "Aa 가나 Éé"
    return (
        f'<rect x="{x}" width="320" height="150" fill="{paper}"/>'
        f'<rect x="{x}" width="320" height="50" fill="{colours.header}"/>'
        f'<rect x="{x}" width="320" height="4" fill="{link}"/>'
        f'<text x="{x + 16}" y="33" font-weight="700" fill="{text}">{sample}</text>'
        f"{_ratio(x, 33, text, on_header)}"
        f'<text x="{x + 16}" y="84" fill="{ink}">42.0 TWh</text>'
        f'<text x="{x + 16}" y="120" fill="{link}" text-decoration="underline">{sample}</text>'
        f"{_ratio(x, 120, link, on_paper)}"
    )


def _ratio(x: int, y: int, colour: str, reached: float) -> str:
    mark = "✓" if reached >= TEXT_CONTRAST else "✗"
    return (
        f'<text x="{x + 304}" y="{y}" text-anchor="end" fill="{colour}">{int(reached * 10) / 10:.1f} : 1 {mark}</text>'
    )
