"""Choropleth maps of countries, in Vega-Lite; names in the reader's language.

Five steps of one colour, with rounded quintiles as class breaks, so that one large value does not make all others pale. A
country without a value is grey, not light. Left out: countries too small for outlines at this scale, and Antarctica; the
table of the same page has every value.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.translation import gettext, override

from bongsu.core.structure import TIME, VALUE, Structure
from bongsu.publish.charts import chart_theme
from bongsu.publish.charts.chart_caption import caption_of_rows
from bongsu.publish.charts.specifications import Row, Specification
from bongsu.publish.formats import figures, periods
from bongsu.store.tables.definitions import area_outlines, code_lists, concepts

AREA = "REF_AREA"
_SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
_LEFT_OUT = ("ATA",)


def is_mappable(rows: Sequence[Row]) -> bool:
    """Returns whether the observations can be mapped: one value per area, one unit, at least three areas with an outline."""
    areas = [row[AREA] for row in rows if row.get(AREA) and row[VALUE] is not None]
    units = {row["UNIT_MEASURE"] for row in rows}
    return len(set(areas)) == len(areas) and len(units) == 1 and len(area_outlines().keys() & set(areas)) >= 3


def map_specification(
    structure: Structure, title: str, rows: Sequence[Row], language: str, size: str = "wide"
) -> Specification:
    """Builds the map of `rows`, which must satisfy `is_mappable`, as a Vega-Lite specification."""
    page = chart_theme.PICTURE_SIZES[size]
    values = {row[AREA]: row for row in rows if row[VALUE] is not None}
    caption = caption_of_rows(structure, rows, language)
    features = [_feature(code, values.get(code), language) for code in area_outlines() if code not in _LEFT_OUT]
    cuts = class_breaks([row[VALUE] for row in values.values()])
    unit = rows[0]["UNIT_MEASURE"] if rows else ""
    scale = {
        "type": "threshold",
        "domain": cuts,
        "range": chart_theme.light_colours(chart_theme.MAP_COLOURS)[-len(cuts) - 1 :],
    }
    legend = {
        "title": unit if unit != "1" else None,
        "orient": "bottom",
        "direction": "horizontal",
        "format": ",~r",
        "gradientLength": 320,
    }
    colour = {"field": "properties.value", "type": "quantitative", "scale": scale, "legend": legend}
    without = {"test": "!isValid(datum.properties.value)", "value": chart_theme.NO_DATA[0]}
    said = {"name": AREA, "written": VALUE}  # the lines of a tooltip need titles
    tips = [
        {
            "field": f"properties.{name}",
            "type": "nominal",
            "title": chart_theme.tooltip_title(concepts()[column].name.to(language)),
        }
        for name, column in said.items()
    ]
    return {
        "$schema": _SCHEMA,
        "title": {
            "text": chart_theme.wrap_text(title, page.letters),
            "subtitle": [
                line
                for text in (_describe_periods(rows, language), caption.without_sources, caption.sources)
                if text
                for line in chart_theme.wrap_text(text, int(page.letters * 1.25))
            ],
            "anchor": "start",
            "offset": 8,
        },
        "config": chart_theme.vega_config(language),
        "width": page.width + 60,
        "height": (page.width + 60) // 2,
        "projection": {"type": "equalEarth"},
        "data": {"values": features},
        "mark": {"type": "geoshape", "stroke": chart_theme.PAPER[0], "strokeWidth": 0.5},
        "encoding": {"color": {"condition": without, **colour}, "tooltip": tips},
    }


def _describe_periods(rows: Sequence[Row], language: str) -> str:
    """Says of which periods the values are: the newest of an area may be older than that of another."""
    found = sorted({row[TIME] for row in rows if row.get(TIME) and row[AREA] in area_outlines()})
    if not found:
        return ""
    first, last = (periods.format_period(period, language) for period in (found[0], found[-1]))
    with override(language):
        span = gettext("Newest value of each area, {first} to {last}").format(first=first, last=last)
    return first if len(found) == 1 else span


def class_breaks(values: Sequence[float]) -> list[float]:
    """Returns up to four class breaks: the quintiles of the values, rounded to two significant digits, without duplicates."""
    ordered = sorted(values)
    cuts = [ordered[math.ceil(len(ordered) * part / 5) - 1] for part in range(1, 5)] if ordered else []
    return sorted({_rounded(cut) for cut in cuts})


def _rounded(value: float) -> float:
    return float(f"{value:.2g}")


def _feature(code: str, row: Row | None, language: str) -> dict[str, Any]:
    name = code_lists()["CL_AREA"].name_of(code, language)
    value = row[VALUE] if row else None
    written = f"{figures.format_number(value, language)} {row['UNIT_MEASURE']}" if row else "–"
    if row and row.get(TIME):
        written += f" ({periods.format_period(row[TIME], language)})"
    return {
        "type": "Feature",
        "id": code,
        "geometry": _geometry(code),
        "properties": {"name": name, "value": value, "written": written},
    }


@lru_cache(maxsize=512)
def _geometry(code: str) -> dict[str, Any]:
    return {"type": "MultiPolygon", "coordinates": area_outlines()[code]}
