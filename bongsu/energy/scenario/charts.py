"""The charts of a scenario, as Vega-Lite: a line with its interval and the published figures, and a tornado of the levers.

The colours are safe for colour-blind readers, and the vintages also differ by shape. vl-convert renders the charts on the
server, so the page needs no script for them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from bongsu.core.estimate import Estimate
from bongsu.core.text import Text
from bongsu.energy.scenario.levers import OUTCOMES
from bongsu.energy.scenario.projection import ProjectedYear, Swing
from bongsu.energy.scenario.published_comparison import PublishedSeries
from bongsu.store.fonts import register_vega_fonts

Specification = dict[str, Any]
VEGA_LITE_SCHEMA = "https://vega.github.io/schema/vega-lite/v5.json"
FONT = "system-ui, 'Noto Sans', 'Noto Sans KR', 'NanumGothic', sans-serif"
OWN_COLOUR, LOW_COLOUR, HIGH_COLOUR = "#0072B2", "#56B4E9", "#D55E00"  # Okabe and Ito
VINTAGE_COLOURS = ["#000000", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#0072B2", "#56B4E9"]
OUTCOME_NAMES = {
    "electricity": Text(en="Electricity", ko="전력", fr="Électricité"),
    "co2e": Text(en="Emissions", ko="배출량", fr="Émissions"),
    "water_on_site": Text(en="Water on site", ko="현장 물", fr="Eau sur site"),
    "water_off_site": Text(en="Water off site", ko="현장 밖 물", fr="Eau hors site"),
    "water_off_site_reservoirs": Text(
        en="Water off site, reservoirs included",
        ko="현장 밖 물(저수지 증발 포함)",
        fr="Eau hors site, retenues comprises",
    ),
}
OWN_TITLE = Text(en="Your scenario, 80 % interval", ko="내 시나리오, 80% 구간", fr="Votre scénario, intervalle à 80 %")
LOW_TITLE = Text(en="at its low end", ko="하한일 때", fr="à sa borne basse")
HIGH_TITLE = Text(en="at its high end", ko="상한일 때", fr="à sa borne haute")


def line_specification(
    years: Sequence[ProjectedYear], series: Sequence[PublishedSeries], outcome: str, language: str
) -> Specification:
    """Returns the chart of an outcome by year with its interval; for electricity also the published series."""
    own = [_estimate_row(year.year, getattr(year, outcome)) for year in years]
    layers: list[Specification] = [
        {
            "data": {"values": own},
            "mark": {"type": "area", "color": OWN_COLOUR, "opacity": 0.18},
            "encoding": {"x": _YEAR_AXIS, "y": _amount_axis("low", outcome, language), "y2": {"field": "high"}},
        },
        {
            "data": {"values": own},
            "mark": {"type": "line", "color": OWN_COLOUR, "strokeWidth": 3},
            "encoding": {"x": _YEAR_AXIS, "y": _amount_axis("value", outcome, language)},
        },
    ]
    if outcome == "electricity" and (points := _published_points(series, years[0].year)):
        layers += _published_layers(points, outcome, language)
    title = {
        "text": f"{OUTCOME_NAMES[outcome].to(language)}, {OUTCOMES[outcome]}",
        "subtitle": OWN_TITLE.to(language),
        "anchor": "start",
    }
    return _complete_specification(title, {"layer": layers, "height": 320})


def _published_points(series: Sequence[PublishedSeries], first: int) -> list[dict[str, Any]]:
    """Returns a row for each published figure from the year `first` on."""
    return [
        {
            "year": f"{figure.year}",
            "value": figure.value,
            "low": figure.low,
            "high": figure.high,
            "series": f"{one.publisher} {one.vintage}",
        }
        for one in series
        for figure in one.figures
        if figure.year >= first
    ]


def _published_layers(points: Sequence[dict[str, Any]], outcome: str, language: str) -> list[Specification]:
    """Returns layers with published figures as points and published ranges as lines; each vintage has its own shape."""
    named = sorted({str(point["series"]) for point in points})
    by_series = {"field": "series", "type": "nominal", "title": None, "legend": {"orient": "bottom", "columns": 3}}
    colour = {**by_series, "scale": {"domain": named, "range": VINTAGE_COLOURS[: len(named)]}}
    return [
        {
            "data": {"values": [point for point in points if point["value"] is not None]},
            "mark": {"type": "point", "size": 90, "strokeWidth": 2},
            "encoding": {
                "x": _YEAR_AXIS,
                "y": _amount_axis("value", outcome, language),
                "shape": {**by_series, "scale": {"domain": named}},
                "color": colour,
            },
        },
        {
            "data": {"values": [p for p in points if p["low"] is not None and p["high"] is not None]},
            "mark": {"type": "rule", "strokeWidth": 2},
            "encoding": {
                "x": _YEAR_AXIS,
                "y": _amount_axis("low", outcome, language),
                "y2": {"field": "high"},
                "color": by_series,
            },
        },
    ]


def tornado_specification(
    swings: Sequence[Swing], projected: ProjectedYear, outcome: str, language: str
) -> Specification:
    """Returns the chart of an outcome of one year with each lever in turn at its low and high end, the widest range on top.

    Levers without effect are left out.
    """
    centre = getattr(projected, outcome).value
    rows = [
        {"lever": swing.lever.name.to(language), "end": end.to(language), "value": value, "centre": centre}
        for swing in swings
        if swing.width > 0
        for end, value in ((LOW_TITLE, swing.at_low), (HIGH_TITLE, swing.at_high))
    ]
    ends = [LOW_TITLE.to(language), HIGH_TITLE.to(language)]
    colour = {
        "field": "end",
        "type": "nominal",
        "title": None,
        "scale": {"domain": ends, "range": [LOW_COLOUR, HIGH_COLOUR]},
        "legend": {"orient": "bottom"},
    }
    lever = {"field": "lever", "type": "nominal", "title": None, "sort": None, "axis": {"labelLimit": 220}}
    amount = {"type": "quantitative", "title": OUTCOMES[outcome], "scale": {"zero": False}}
    drawn = {
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "bar", "height": 18},
                "encoding": {
                    "y": lever,
                    "x": {**amount, "field": "value"},
                    "x2": {"field": "centre"},
                    "color": colour,
                },
            },
            {"mark": {"type": "rule", "color": "#000000"}, "encoding": {"x": {**amount, "field": "centre"}}},
        ],
        "height": {"step": 30},
    }
    return _complete_specification(
        {"text": f"{OUTCOME_NAMES[outcome].to(language)}, {projected.year}", "anchor": "start"}, drawn
    )


def render_vega(specification: Specification, form: str = "svg") -> bytes:
    """Renders the specification as SVG or PNG, or returns it as JSON."""
    return _render_text(json.dumps(specification, ensure_ascii=False), form)


@lru_cache(maxsize=64)
def _render_text(text: str, form: str) -> bytes:
    import vl_convert

    if form == "json":
        return text.encode()
    register_vega_fonts()
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(text, scale=2))
    # The reader's font may be wider than the installed one: measure labels with a wide font, so that none is cut off.
    return str(vl_convert.vegalite_to_svg(text.replace("system-ui, ", "system-ui, 'DejaVu Sans', ", 1))).encode()


_YEAR_AXIS = {"field": "year", "type": "ordinal", "title": None, "axis": {"labelAngle": 0}}


def _amount_axis(field: str, outcome: str, language: str) -> Specification:
    return {"field": field, "type": "quantitative", "title": OUTCOMES[outcome], "scale": {"zero": True}}


def _estimate_row(year: int, estimate: Estimate) -> Specification:
    return {"year": f"{year}", "value": estimate.value, "low": estimate.low, "high": estimate.high}


def _complete_specification(title: Specification, drawn: Specification) -> Specification:
    return {
        "$schema": VEGA_LITE_SCHEMA,
        "title": title,
        "width": 620,
        "background": "white",
        "config": {"font": FONT, "view": {"strokeOpacity": 0}},
        **drawn,
    }
