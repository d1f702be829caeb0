"""A dataflow's charts as Vega-Lite, written with Altair: one specification for page, picture and download.

Intervals are drawn, not hidden. What a chart shows is told by the release itself (core.structure.Chart). Left out:
anything that would need a script in the page; pictures are rendered here, by vl-convert.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import altair
import vl_convert

from bongsu.core.errors import N_, unknown
from bongsu.core.release import Release
from bongsu.core.structure import NUMBERS, TIME, VALUE, Chart, Structure
from bongsu.store.node import Node

# Okabe and Ito's colours, told apart by people with any kind of colour vision (https://jfly.uni-koeln.de/color/).
_COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000"]
_FONT = "system-ui, 'Noto Sans', 'Noto Sans KR', sans-serif"


def find(structure: Structure, id_: str) -> Chart:
    """The chart with this id. Raises UnknownName."""
    charts = {chart.id: chart for chart in structure.dataflow.charts}
    if id_ not in charts:
        raise unknown(N_("chart"), id_, charts)
    return charts[id_]


def rows(node: Node, release: Release, chart: Chart) -> list[dict[str, Any]]:
    """The observations that a chart shows, in the order of the dimensions."""
    table = node.table(release)
    for key, codes in chart.where:
        table = table.filter(table[key].isin(codes))
    if chart.top:
        table = table.order_by(table[VALUE].desc()).limit(chart.top)
    found: list[dict[str, Any]] = node.engine.run(table).to_pylist()
    return found


def specification(node: Node, release: Release, chart: Chart, language: str) -> dict[str, Any]:
    """The chart as a Vega-Lite specification with its data and with names in `language`."""
    structure = node.releases.structure(release)
    columns = [c for c in (chart.x, chart.y, chart.color, chart.facet) if c]
    shown = rows(node, release, chart)
    data = [
        {
            **{c: row[c] if c in NUMBERS else structure.name_of(c, row[c], language) for c in {*columns, *NUMBERS}},
            "UNIT_MEASURE": row["UNIT_MEASURE"],
        }
        for row in shown
    ]
    units = sorted({row["UNIT_MEASURE"] for row in shown})
    titles = {c.id: c.name.to(language) for c in (*structure.dataflow.dimensions, *structure.dataflow.attributes)}
    titles[VALUE] = ", ".join(units)
    drawn = _draw(chart, data, titles)
    whole = drawn.properties(title=altair.TitleParams(chart.title.to(language), anchor="start"))
    read: dict[str, Any] = whole.configure(font=_FONT, background="white").configure_view(strokeOpacity=0).to_dict()
    read.pop("datasets", None)  # the data stand where a reader of the specification looks for them
    return {**read, "data": {"values": data}}


def _draw(chart: Chart, data: list[dict[str, Any]], titles: dict[str, str]) -> Any:
    value, other = (chart.x, chart.y) if chart.x in NUMBERS else (chart.y, chart.x)
    across = chart.x in NUMBERS  # bars that grow to the right
    side, far_side = ("x", "x2") if across else ("y", "y2")
    amount = {"field": value, "type": "quantitative", "title": titles[value], "scale": {"zero": True}}
    encoding: dict[str, Any] = {side: amount, "y" if across else "x": _along(other, titles, across)}
    if chart.color:
        encoding["color"] = {
            "field": chart.color,
            "type": "nominal",
            "title": titles[chart.color],
            "sort": None,
            "scale": {"range": _COLOURS},
            "legend": {"orient": "bottom", "columns": 3, "symbolOpacity": 1},
        }
    tooltips = [{"field": column, "title": titles[column]} for column in (other, chart.color, value) if column]
    interval = {**encoding, side: {**amount, "field": "LOWER_BOUND"}, far_side: {"field": "UPPER_BOUND"}}
    layers = [_layer(_MARKS[chart.mark], {**encoding, "tooltip": tooltips})]
    if any(row["LOWER_BOUND"] is not None and row["UPPER_BOUND"] is not None for row in data):
        layers.insert(0, _layer({"type": "rule", "strokeWidth": 6, "opacity": 0.3}, interval))
    layered = altair.layer(*layers)
    source = altair.InlineData(values=data)
    if not chart.facet:
        return layered.properties(data=source, width=560, **({} if across else {"height": 300}))
    facet = altair.Facet(field=chart.facet, type="nominal", title=titles[chart.facet])
    # The data stand at the top, so that each panel draws its own part and not the whole.
    return layered.properties(width=270, height=280).facet(facet=facet, columns=3, data=source)


_MARKS: dict[str, dict[str, Any]] = {
    "line": {"type": "line", "point": True, "strokeWidth": 2},
    "bar": {"type": "bar"},
    "dot": {"type": "point", "filled": True, "size": 60},
}


def _along(column: str, titles: dict[str, str], across: bool) -> dict[str, Any]:
    if column == TIME:
        return {
            "field": TIME,
            "type": "temporal",
            "title": None,
            "axis": {"format": "%Y", "tickCount": 5, "labelOverlap": True},
        }
    return {"field": column, "type": "ordinal", "title": titles[column], **({"sort": "-x"} if across else {})}


def _layer(mark: dict[str, Any], encoding: dict[str, Any]) -> Any:
    layer = altair.Chart(mark=altair.MarkDef(**mark))
    layer.encoding = altair.FacetedEncoding.from_dict(encoding, validate=False)
    return layer


@lru_cache(maxsize=256)
def picture(node: Node, release: Release, id_: str, language: str, form: str) -> bytes:
    """The chart as SVG or PNG. A release never changes, so neither does its picture."""
    import json

    spec = json.dumps(specification(node, release, find(node.releases.structure(release), id_), language))
    if form == "png":
        return bytes(vl_convert.vegalite_to_png(spec, scale=2))
    return str(vl_convert.vegalite_to_svg(spec)).encode()
