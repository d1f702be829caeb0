"""Observations as Vega-Lite, written with Altair: one specification for page, picture and download.

A Chart (core.structure) says what is shown: one of the release's own, or one from the explorer. Intervals are always drawn;
marks of modelled values are hollow, those of measured or reported values are filled; series differ by shape as well as by
colour; bars are side by side and never stacked, because values may not be additive. Left out: rendering (chart_render.py)
and the theme (chart_theme.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from bongsu.core.errors import N_, unknown_name
from bongsu.core.letters import text_width
from bongsu.core.release import Release
from bongsu.core.selection import Selection
from bongsu.core.structure import AREA, HOME, NUMERIC_COLUMNS, TIME, VALUE, Chart, Structure, place_home
from bongsu.publish.charts import chart_theme
from bongsu.publish.charts.chart_caption import caption_of_rows
from bongsu.publish.formats import periods
from bongsu.store.node import Node

Row = dict[str, Any]
Specification = dict[str, Any]
_MOMENT = "PERIOD_START"  # the field with TIME_PERIOD as a timestamp, for the axis
_MODELLED_KINDS = ("modelled", "default")  # kinds drawn with hollow marks
_MAX_POINTS = 24  # maximum points marked on a line; more would hide it
_SORTED_FROM = 12  # from this many bars they are sorted by length; fewer keep the order of their code list


def find_chart(structure: Structure, id_: str) -> Chart:
    """Returns the chart with this id. Raises UnknownName."""
    charts = {chart.id: chart for chart in structure.dataflow.charts}
    if id_ not in charts:
        raise unknown_name(N_("chart"), id_, charts)
    return charts[id_]


def shows_home(chart: Chart) -> bool:
    """Whether a chart depends on the institution's country: it selects it, or marks it among its bars."""
    return any(HOME in codes for _, codes in chart.where) or _marks_home(chart)


def _marks_home(chart: Chart) -> bool:
    return AREA in (chart.x, chart.y) and not chart.color and chart.mark in ("bar", "dot")


def chart_rows(node: Node, release: Release, chart: Chart, home: str = "") -> list[Row]:
    """Reads the observations of a chart in the order of the dimensions; with `top`, only those with the largest values.

    `home` is the institution's country, by its code. Flagged observations are left out.
    """
    found = node.usable_observations(release, Selection(place_home(chart.where, home)))
    return largest_rows(found.rows, chart.top)


def largest_rows(rows: Sequence[Row], top: int) -> list[Row]:
    """Returns the `top` observations with the largest values, largest first. If `top` is 0, returns all, unsorted."""
    valued = [row for row in rows if row[VALUE] is not None]
    return sorted(valued, key=lambda row: -row[VALUE])[:top] if top else list(rows)


def release_specification(
    node: Node, release: Release, chart: Chart, language: str, size: str = "wide", home: str = ""
) -> Specification:
    """Builds a release's own chart as a Vega-Lite specification that includes its data and has names in `language`."""
    return chart_specification(
        node.releases.structure(release), chart, chart_rows(node, release, chart, home), language, size, home
    )


def chart_specification(
    structure: Structure, chart: Chart, shown: Sequence[Row], language: str, size: str = "wide", home: str = ""
) -> Specification:
    """Builds a chart of the observations `shown` as a Vega-Lite specification. `size` is wide (desktop) or narrow (phone).

    Among bars of areas, that of `home` has another colour, and its name is bold.
    """
    import altair  # in the functions that draw: its import takes a third of a second, and most commands draw nothing

    page = chart_theme.PICTURE_SIZES[size]
    columns = [c for c in (chart.x, chart.y, chart.color, chart.facet) if c and c not in NUMERIC_COLUMNS]
    units = list(dict.fromkeys(row["UNIT_MEASURE"] for row in shown))
    data = [_datum(structure, columns, row, language) for row in shown]
    titles = {c.id: c.name.to(language) for c in (*structure.dataflow.dimensions, *structure.dataflow.attributes)}
    titles[VALUE] = ", ".join(unit for unit in units if unit != "1")
    orders = {column: _order(structure, column, shown, language) for column in columns}
    if len(units) > 1 and chart.facet:  # each panel names its unit
        for datum in data:
            datum[chart.facet] = _with_unit(datum[chart.facet], datum["UNIT_MEASURE"])
        orders[chart.facet] = sorted({datum[chart.facet] for datum in data})
        titles[VALUE] = ""
    marked = chart_theme.one_line(structure.name_of(AREA, home, language)) if home and _marks_home(chart) else ""
    drawn = _ChartBuilder(chart, data, titles, orders, page, marked).build()
    caption = caption_of_rows(structure, shown, language)
    title = altair.TitleParams(
        chart_theme.wrap_text(chart.title.to(language), page.letters),
        subtitle=[
            line
            for text in (caption.without_sources, caption.sources)
            for line in chart_theme.wrap_text(text, int(page.letters * 1.25))
        ],
        anchor="start",
        offset=12,
    )
    read: Specification = drawn.properties(title=title).to_dict()
    read.pop("datasets", None)  # the data go to the top level, where a reader of the specification expects them
    return {**read, "config": chart_theme.vega_config(language), "data": {"values": data}}


def _with_unit(name: str, unit: str) -> str:
    return f"{name} ({unit})" if unit != "1" else name


def _datum(structure: Structure, columns: Sequence[str], row: Row, language: str) -> Row:
    """Returns the datum of one observation: the columns that are drawn, its numbers, and the attributes of its value."""
    named = {c: chart_theme.one_line(structure.name_of(c, row[c], language)) for c in columns}
    moment = {_MOMENT: periods.period_start(row[TIME])} if TIME in columns else {}
    names = {c: structure.name_of(c, row[c], language) for c in ("KIND", "BOUNDARY", "VINTAGE")}
    bounds = {column: row[column] for column in NUMERIC_COLUMNS}
    return {
        **named,
        **moment,
        **bounds,
        **names,
        "UNIT_MEASURE": row["UNIT_MEASURE"],
        "made": row["KIND"] in _MODELLED_KINDS,
    }


def _order(structure: Structure, column: str, shown: Sequence[Row], language: str) -> list[str]:
    """Returns the names in `column` in the order of its code list, or of the observations if it has none."""
    used = dict.fromkeys(row[column] for row in shown)
    concept = next(c for c in (*structure.dataflow.dimensions, *structure.dataflow.attributes) if c.id == column)
    codes = structure.code_list(concept.code_list) if concept.code_list else None
    ordered = [code.id for code in codes if code.id in used] if codes else sorted(used)
    return list(dict.fromkeys(chart_theme.one_line(structure.name_of(column, code, language)) for code in ordered))


class _ChartBuilder:
    """Builds the parts of one chart, which share data, titles and orders."""

    def __init__(
        self,
        chart: Chart,
        data: list[Row],
        titles: dict[str, str],
        orders: dict[str, list[str]],
        page: chart_theme.PictureSize,
        marked: str,
    ) -> None:
        self.chart, self.data, self.titles, self.orders, self.page = chart, data, titles, orders, page
        self.marked = marked if marked in orders.get(AREA, []) else ""
        self.across = chart.x in NUMERIC_COLUMNS  # horizontal bars
        self.value = chart.x if self.across else chart.y
        self.other = chart.y if self.across else chart.x
        self.timed = self.other == TIME and all(row[_MOMENT] for row in data)
        self.panels = self._panels(orders.get(chart.facet, []))
        self.has_bounds = any(row["LOWER_BOUND"] is not None and row["UPPER_BOUND"] is not None for row in data)

    def build(self) -> Any:
        """Builds the layers, in panels if the chart has panels."""
        import altair

        layered = altair.layer(*(self._lines() if self.chart.mark in ("line", "band") else self._bars()))
        source = altair.InlineData(values=self.data)
        width = (self.page.width - 70 * (self.panels - 1)) // self.panels
        height = {} if self.across else {"height": 300 if self.panels == 1 else 240}
        if not self.chart.facet:
            return layered.properties(data=source, width=width, **height)
        facet = altair.Facet(field=self.chart.facet, type="nominal", title=None, sort=self.orders[self.chart.facet])
        # The data are at the top level, so that each panel draws only its own part.
        panelled = layered.properties(width=width, **height).facet(facet=facet, columns=self.panels, data=source)
        units = {row["UNIT_MEASURE"] for row in self.data}
        return panelled.resolve_scale(**_INDEPENDENT["x" if self.across else "y"]) if len(units) > 1 else panelled

    def _panels(self, names: Sequence[str]) -> int:
        """Returns the number of panels in a row: as many as their headings leave room for."""
        most = min(self.page.columns, len(names) or 1)
        longest = max(map(_pixels, names), default=0)
        return next((count for count in range(most, 1, -1) if longest < self.page.width / count), 1)

    # --- parts

    def _lines(self) -> list[Any]:
        base = {"x": self._axis_channel(), "y": self._value_channel()}
        coloured = {**base, **self._coloured()}
        series = max(1, len(self.orders.get(self.chart.color, [])))
        few = len(self.data) / series / max(1, len(self.orders.get(self.chart.facet, []))) <= _MAX_POINTS
        layers = []
        if self.has_bounds:
            bounds = {"y": {**self._value_channel(), "field": "LOWER_BOUND"}, "y2": {"field": "UPPER_BOUND"}}
            layers.append(_layer({"type": "area", "opacity": 0.16}, {**coloured, **bounds}))
            if few:
                layers.append(_layer({"type": "rule", "strokeWidth": 1.5, "opacity": 0.7}, {**coloured, **bounds}))
        tips = {"tooltip": self._tooltips()}
        if not few:
            dashed = self._dashed() if series > 1 else {}
            return [*layers, _layer({"type": "line", "strokeWidth": 2}, {**coloured, **dashed, **tips})]
        layers.append(_layer({"type": "line", "strokeWidth": 2}, coloured))
        return [*layers, *self._points({**coloured, **self._shaped(), **tips})]

    def _bars(self) -> list[Any]:
        side, far_side, along = ("x", "x2", "y") if self.across else ("y", "y2", "x")
        base: dict[str, Any] = {side: self._value_channel(), along: self._axis_channel()}
        dots = self.chart.mark == "dot"
        if self.chart.color and self.chart.color != self.other and not dots:
            base["yOffset" if self.across else "xOffset"] = {
                "field": self.chart.color,
                "type": "nominal",
                "sort": self.orders[self.chart.color],
            }
        encoding = {**base, **self._coloured(), "tooltip": self._tooltips()}
        bounds = {**base, side: {**self._value_channel(), "field": "LOWER_BOUND"}, far_side: {"field": "UPPER_BOUND"}}
        if dots:
            rule = _layer({"type": "rule", "strokeWidth": 2, "opacity": 0.55}, {**bounds, **self._coloured()})
            return [*([rule] if self.has_bounds else []), *self._points({**encoding, **self._shaped()})]
        layers = [_layer({"type": "bar", "cornerRadiusEnd": 1.5}, encoding)]
        if self.has_bounds:
            layers.append(_layer({"type": "rule", "strokeWidth": 1.5, "color": chart_theme.INK[0]}, bounds))
        return layers

    def _points(self, encoding: dict[str, Any]) -> list[Any]:
        """Points: filled for measured or reported values, hollow for modelled ones."""
        layers = []
        for made in sorted({row["made"] for row in self.data}):
            mark = {"type": "point", "filled": not made, "size": 62, "opacity": 1, "strokeWidth": 1.8}
            paper = {"fill": chart_theme.PAPER[0]} if made else {}
            layers.append(_layer({**mark, **paper}, encoding, f"datum.made === {'true' if made else 'false'}"))
        return layers

    def _axis_channel(self) -> dict[str, Any]:
        if self.timed:
            axis = {"title": None, "grid": False, "labelOverlap": True, **self._years()}
            return {"field": _MOMENT, "type": "temporal", "scale": {"type": "utc"}, "axis": axis}
        names = self.orders[self.other]
        by_length = self.across and (self.chart.top or len(names) > _SORTED_FROM)
        axis = {"labelLimit": self.page.labels, "title": None, **({} if self.across else {"labelAngle": -30})}
        if self.marked:
            bold = {"test": f"datum.value === {json.dumps(self.marked)}", "value": "bold"}
            axis |= {"labelFontWeight": {"condition": bold, "value": "normal"}}
        order = self._by_length() if by_length else names
        return {"field": self.other, "type": "ordinal", "sort": order, "axis": axis}

    def _by_length(self) -> list[str]:
        """Returns the names of the axis by their largest value. Vega-Lite shares only a list as sort order between layers."""
        largest: dict[str, float] = {}
        for row in self.data:
            value = row[VALUE] if row[VALUE] is not None else float("-inf")
            largest[row[self.other]] = max(value, largest.get(row[self.other], float("-inf")))
        return sorted(largest, key=lambda name: -largest[name])

    def _years(self) -> dict[str, Any]:
        """Returns the time axis: ticks at whole years if all periods are years, else Vega-Lite's own ticks."""
        moments = sorted({row[_MOMENT] for row in self.data})
        if not moments or not all(moment.endswith("-01-01T00:00:00Z") for moment in moments):
            return {"tickCount": 6 if self.panels == 1 else 3}
        first, last = int(moments[0][:4]), int(moments[-1][:4])
        most = {1: 11, 2: 5}.get(self.panels, 3) if self.page.columns > 1 else 6
        step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 1000) if (last - first) // step < most)
        years = range(-(-first // step) * step, last + 1, step)
        return {"format": "%Y", "values": [f"{year}-01-01T00:00:00Z" for year in years]}

    def _value_channel(self) -> dict[str, Any]:
        numbers = [row[c] for row in self.data for c in NUMERIC_COLUMNS if row[c] is not None]
        from_zero = self.chart.mark == "bar" or not numbers or not 0.6 * max(numbers) < min(numbers)
        scale = {"zero": from_zero, "nice": True}
        axis = {"format": ",~r" if max(map(abs, numbers), default=0) < 1e6 else "~s", "tickCount": 5}
        return {
            "field": self.value,
            "type": "quantitative",
            "title": self.titles[VALUE] or None,
            "scale": scale,
            "axis": axis,
        }

    def _legend_channel(self, column: str) -> dict[str, Any]:
        columns = 2 if self.page.columns == 1 else 4
        legend = {"orient": "bottom", "columns": columns, "symbolOpacity": 1, "title": None}
        return {"field": column, "type": "nominal", "sort": self.orders[column], "legend": legend}

    def _coloured(self) -> dict[str, Any]:
        if not self.chart.color:
            plain, other = chart_theme.light_colours(chart_theme.SERIES_COLOURS[:2])
            own = {"test": f"datum[{json.dumps(AREA)}] === {json.dumps(self.marked)}", "value": other}
            return {"color": {"value": plain, **({"condition": own} if self.marked else {})}}
        scale = {
            "domain": self.orders[self.chart.color],
            "range": chart_theme.light_colours(chart_theme.SERIES_COLOURS),
        }
        return {"color": {**self._legend_channel(self.chart.color), "scale": scale}}

    def _shaped(self) -> dict[str, Any]:
        if not self.chart.color:
            return {}
        scale = {"domain": self.orders[self.chart.color], "range": list(chart_theme.SHAPES)}
        return {"shape": {**self._legend_channel(self.chart.color), "scale": scale}}

    def _dashed(self) -> dict[str, Any]:
        names = self.orders[self.chart.color]
        dashes = [_DASHES[index % len(_DASHES)] for index in range(len(names))]
        return {"strokeDash": {**self._legend_channel(self.chart.color), "scale": {"domain": names, "range": dashes}}}

    def _tooltips(self) -> list[dict[str, Any]]:
        names = dict.fromkeys(c for c in (self.other, self.chart.color, self.chart.facet, "KIND", "VINTAGE") if c)
        heads = {column: chart_theme.tooltip_title(title) for column, title in self.titles.items()}
        heads[VALUE] = heads[VALUE] or " "
        fields = [{"field": c, "type": "nominal", "title": heads[c]} for c in names]
        bounds = NUMERIC_COLUMNS if self.has_bounds else (VALUE,)
        return fields + [{"field": c, "type": "quantitative", "title": heads[c], "format": ",.4~r"} for c in bounds]


def _pixels(name: str) -> float:
    """Estimates the width of a heading in pixels, at a font size of 13 pixels."""
    return text_width(name, narrow=7.6, wide=13)


_INDEPENDENT: dict[str, dict[str, Any]] = {"x": {"x": "independent"}, "y": {"y": "independent"}}
_DASHES = [[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [12, 4], [4, 4], [1, 3], [10, 2, 2, 2, 2, 2]]


def _layer(mark: dict[str, Any], encoding: dict[str, Any], test: str = "") -> Any:
    import altair

    layer = altair.Chart(mark=altair.MarkDef(**mark))
    layer.encoding = altair.FacetedEncoding.from_dict(encoding, validate=False)
    return layer.transform_filter(test) if test else layer
