"""The chart of an estimate: its energy at every boundary with its interval, as a Vega-Lite specification.

The scale is logarithmic, because the intervals are symmetric in the logarithm. Each boundary includes the one before it.
"""

from __future__ import annotations

from typing import Any

from bongsu.core.text import Text
from bongsu.core.units import convert
from bongsu.energy.estimate.answer.estimate_result import EstimateResult
from bongsu.energy.estimate.values.value_text import format_value, readable_unit
from bongsu.energy.scenario.charts import FONT, OWN_COLOUR, VEGA_LITE_SCHEMA
from bongsu.store.tables.definitions import code_lists

TITLE = Text(
    en="Energy by what it includes, with the 80 % interval",
    ko="경계별 에너지와 80% 구간",
    fr="Énergie selon ce qu’elle comprend, avec l’intervalle à 80 %",
)


def boundary_specification(result: EstimateResult, language: str) -> dict[str, Any]:
    """Returns the Vega-Lite specification of the chart."""
    names = code_lists()["CL_BOUNDARY"]
    unit = readable_unit(result.energy.value, str(result.energy.unit))
    rows = [
        {
            "boundary": names.name_of(str(boundary), language),
            **{end: _convert_end(getattr(value, end), str(value.unit), unit) for end in ("value", "low", "high")},
            "text": format_value(value, language),
        }
        for boundary, value in result.boundaries.items()
    ]
    y_axis = {"field": "boundary", "type": "ordinal", "title": None, "sort": None}
    scale = {"type": "log", "nice": True}
    amount = {
        "field": "value",
        "type": "quantitative",
        "title": unit,
        "scale": scale,
        "axis": {"format": "~g", "tickCount": 6},
    }
    tip = [{"field": "boundary", "title": ""}, {"field": "text", "title": unit}]
    return {
        "$schema": VEGA_LITE_SCHEMA,
        "title": {"text": TITLE.to(language), "anchor": "start"},
        "width": 560,
        "height": {"step": 34},
        "data": {"values": rows},
        "layer": [
            {
                "mark": {"type": "rule", "strokeWidth": 8, "opacity": 0.3, "color": OWN_COLOUR},
                "encoding": {"y": y_axis, "x": {**amount, "field": "low"}, "x2": {"field": "high"}, "tooltip": tip},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "color": OWN_COLOUR, "opacity": 1},
                "encoding": {"y": y_axis, "x": amount, "tooltip": tip},
            },
        ],
        "config": {"font": FONT, "background": "white", "view": {"strokeOpacity": 0}},
    }


def _convert_end(value: float | None, symbol: str, unit: str) -> float | None:
    return None if value is None else convert(value, symbol, unit)
